"""Staging's promises to readers, at every point where an uploader can be killed or met by another one."""

from __future__ import annotations

import errno
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.core.config import Config, read_config
from scripts.core.errors import IntegrityError, RemoteError, UploadError
from scripts.publish.artifact import Artifact, admit
from scripts.publish.gate import Rules
from scripts.publish.object_store import ObjectStore
from scripts.publish.staging import Staging
from scripts.publish.store import FolderStore, Store, digest
from tests.publish_house import COMMIT, House, make_house, make_wheel

RULES = Rules(floor=6000, tested=("native",), commits={"2.14.2": COMMIT})
# Writes of one upload of a file: wheel, metadata, three records; then two pages each for project and root, and the human page.
WRITES_OF_A_FILE = 5
WRITES_OF_AN_INDEX = 5


class Killed(BaseException):
    """What a killed process leaves is what it wrote before."""


class Watched:
    """A store that calls `at` before each write, with its number."""

    def __init__(self, store: Store, at: Callable[[int], None]) -> None:
        self.store = store
        self.at = at
        self.count = 0
        self.puts: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def _next(self) -> None:
        self.count += 1
        self.at(self.count)

    def put_new(self, source: Path, name: str) -> None:
        self._next()
        if self.store.sha256(name) is None:
            self.puts.append(name)
        self.store.put_new(source, name)

    def write(self, name: str, content: bytes) -> None:
        self._next()
        self.store.write(name, content)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), pythons=("3.11", "3.12"))


@pytest.fixture(scope="module")
def config(house: House) -> Config:
    return read_config(house.layout.config)


@pytest.fixture(scope="module")
def artifacts(house: House) -> list[Artifact]:
    return [admit(path, RULES) for path in house.wheels()]


@pytest.fixture(params=["folder", "object store"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "staging")
    return ObjectStore(f"memory://{uuid.uuid4()}/staging")


def staging(store: object, config: Config) -> Staging:
    return Staging(store, config, ["plain"])  # type: ignore[arg-type]


def upload(place: Staging, artifacts: list[Artifact]) -> None:
    for artifact in artifacts:
        place.send(artifact)
    place.finish()


def listed(store: Store) -> list[str]:
    """Return the files of the index, after checking that each is there with the bytes and companions it promises."""
    page = store.read("plain/simple/numexpr/index.json")
    if page is None:
        return []
    html = (store.read("plain/simple/numexpr/index.html") or b"").decode()
    names = []
    for file in json.loads(page)["files"]:
        path = file["url"].removeprefix("../../")
        assert store.sha256(f"plain/{path}") == file["hashes"]["sha256"]
        assert digest(store.read(f"plain/{path}.metadata") or b"") == file["core-metadata"]["sha256"]
        for stage in ("build", "repair", "test"):
            assert store.read(f"plain/{path}.{stage}.json")
        names.append(file["filename"])
    for line in html.splitlines():
        if line.startswith("<a "):
            assert store.read("plain/files/" + line.split("files/")[1].split("#")[0])
    return names


def test_killed_at_every_write_readers_see_whole_files_and_the_next_run_converges(
    config: Config, artifacts: list[Artifact], tmp_path: Path
) -> None:
    total = WRITES_OF_A_FILE * len(artifacts) + WRITES_OF_AN_INDEX
    for killed_at in range(1, total + 2):
        plain = ObjectStore(f"memory://{uuid.uuid4()}/s") if killed_at % 2 else FolderStore(tmp_path / str(killed_at))

        def kill(count: int, at: int = killed_at) -> None:
            if count == at:
                raise Killed

        first = Watched(plain, kill)
        try:
            upload(staging(first, config), artifacts)
        except Killed:
            assert killed_at <= total
        else:
            assert killed_at == total + 1
        listed(plain)
        second = Watched(plain, lambda _: None)
        upload(staging(second, config), artifacts)
        assert listed(plain) == sorted(artifact.name for artifact in artifacts)
        assert sorted(first.puts + second.puts) == sorted(f"plain/files/{artifact.name}" for artifact in artifacts)


def test_two_uploaders_at_once_lose_nothing_wherever_they_meet(config: Config, artifacts: list[Artifact]) -> None:
    """The other uploader does all of its work in front of each single write of this one: no lock, as in an object store."""
    mine, other = artifacts[:1], artifacts[1:]
    for meeting in range(1, WRITES_OF_A_FILE + WRITES_OF_AN_INDEX + 1):
        plain = ObjectStore(f"memory://{uuid.uuid4()}/s")

        def meet(count: int, at: int = meeting, where: Store = plain) -> None:
            if count == at:
                upload(staging(where, config), other)

        upload(staging(Watched(plain, meet), config), mine)
        assert listed(plain) == sorted(artifact.name for artifact in artifacts), meeting


def test_a_store_that_never_settles_is_given_up(config: Config, artifacts: list[Artifact], store: Store, tmp_path: Path) -> None:
    def add(count: int) -> None:
        (tmp_path / "one").write_bytes(b"1")
        store.put_new(tmp_path / "one", f"plain/files/stranger-{count}.txt")

    with pytest.raises(UploadError, match="change faster than its index"):
        upload(staging(Watched(store, add), config), artifacts)


def test_other_bytes_under_a_name_are_never_overwritten(
    config: Config, artifacts: list[Artifact], store: Store, tmp_path: Path
) -> None:
    name = f"plain/files/{artifacts[0].name}"
    (tmp_path / "other").write_bytes(b"other")
    store.put_new(tmp_path / "other", name)
    with pytest.raises(IntegrityError, match="was not overwritten"):
        staging(store, config).send(artifacts[0])
    assert store.read(name) == b"other"
    assert store.names("plain/files") == {artifacts[0].name: 5}


def test_sending_again_changes_nothing(config: Config, artifacts: list[Artifact], store: Store) -> None:
    upload(staging(store, config), artifacts)
    again = Watched(store, lambda _: None)
    upload(staging(again, config), artifacts)
    assert again.puts == []
    assert listed(store) == sorted(artifact.name for artifact in artifacts)


def test_a_file_without_its_records_or_with_foreign_ones_is_not_listed(
    config: Config, artifacts: list[Artifact], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    upload(staging(store, config), artifacts)
    store.write(f"plain/files/{artifacts[0].name}.test.json", b"{}")
    staging(store, config).finish()
    assert listed(store) == [artifacts[1].name]
    assert f"{artifacts[0].name} is not listed" in capsys.readouterr().out


def test_the_index_says_what_was_tested_not_what_lies_there(config: Config, artifacts: list[Artifact], tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    upload(staging(store, config), artifacts)
    (tmp_path / "plain" / "files" / artifacts[0].name).write_bytes(b"tampered")
    staging(store, config).finish()
    page = json.loads(store.read("plain/simple/numexpr/index.json") or b"{}")
    assert page["files"][0]["hashes"]["sha256"] == artifacts[0].sha256


def test_a_full_disk_says_so(artifacts: list[Artifact], config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("scripts.publish.store.copy_whole", full)
    with pytest.raises(UploadError, match="is full; make room"):
        staging(FolderStore(tmp_path), config).send(artifacts[0])


def test_a_folder_is_not_left(tmp_path: Path) -> None:
    for name in ("../out", "/etc/passwd"):
        with pytest.raises(RemoteError, match="leads out"):
            FolderStore(tmp_path / "staging").write(name, b"")


def test_hidden_files_are_not_part_of_a_store(store: Store, tmp_path: Path) -> None:
    store.write("a/.part", b"1")
    store.write("a/b", b"22")
    assert store.names("a") == {"b": 2}
    assert store.names("nothing") == {}
    assert store.read("a/c") is None


def test_a_wheel_of_another_variant_lies_in_another_index(
    house: House, config: Config, store: Store, artifacts: list[Artifact]
) -> None:
    assert staging(store, config)._folder(artifacts[0]) == "plain/files"
    assert make_wheel(house.layout.work, "3.11", "vml").name != artifacts[0].name
