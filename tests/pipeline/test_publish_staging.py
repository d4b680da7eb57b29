"""Staging on a plain static web server: pip and uv install from it, two uploaders meet in it, promote trusts none of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.core.errors import IntegrityError, RecordError, RemoteError, RequestError, UploadError, WheelsError
from scripts.stages.promote import promote
from scripts.stages.upload import upload
from tests.helpers import ROOT
from tests.publish_house import NOT_WAITING, House, make_house, tree
from tests.publish_servers import install, page_server, static_server, uv_program

RUN = """
import sys
from pathlib import Path
from scripts.core.layout import layout_of
from scripts.stages.upload import upload
upload(layout_of(Path(sys.argv[1])), sys.argv[2:])
"""
KILL = """
import os, signal
from scripts.publish import store
written = 0
def counted(function):
    def call(*arguments):
        global written
        written += 1
        if written == int(os.environ["KILL_AT"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return call
store.copy_whole, store.write_whole = counted(store.copy_whole), counted(store.write_whole)
"""
TOOLS = [
    "pip",
    pytest.param("uv", marks=pytest.mark.skipif(uv_program() is None, reason="uv is neither in this environment nor on PATH")),
]
PROMOTE = ["numexpr", "2.14.2", "--yes", "--variant", "plain"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), variants=("plain", "vml"))


@pytest.fixture(scope="module")
def staged(house: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staging")
    upload(house.layout, ["--to", str(folder), "--yes"])
    return folder


@pytest.fixture
def staging(staged: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(staged, tmp_path / "staging"))


@pytest.fixture
def elsewhere(house: House, tmp_path: Path) -> House:
    """Another checkout, without a wheelhouse: what it knows of a wheel it has from staging."""
    other = make_house(tmp_path / "elsewhere")
    shutil.rmtree(other.wheelhouse)
    return other


@pytest.fixture
def web(staging: Path) -> Iterator[str]:
    with static_server(staging) as url:
        yield url


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("variant", ["plain", "vml"])
def test_installers_take_each_variant_from_its_own_index(web: str, tmp_path: Path, tool: str, variant: str) -> None:
    ended = install(tool, tmp_path / "target", ["--index-url", f"{web}{variant}/simple/", "numexpr==2.14.2"])
    assert ended.returncode == 0, ended.stderr
    said = (tmp_path / "target" / "numexpr" / "__init__.py").read_text(encoding="utf-8")
    assert f"variant = '{variant}'" in said


@pytest.mark.parametrize("tool", TOOLS)
def test_installers_refuse_a_tampered_file(web: str, staging: Path, tmp_path: Path, tool: str) -> None:
    wheel = next((staging / "plain" / "files").glob("*cp311*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    ended = install(tool, tmp_path / "target", ["--index-url", f"{web}plain/simple/", "numexpr==2.14.2"])
    assert ended.returncode != 0
    assert "hash" in ended.stderr.lower()


def test_pip_reads_the_metadata_file_and_not_the_wheel(web: str, tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "pip",
        "--isolated",
        "install",
        "--no-cache-dir",
        "--dry-run",
        "--no-deps",
        "-v",
        "--target",
        str(tmp_path / "x"),
    ]
    chosen = [
        "--only-binary",
        ":all:",
        "--platform",
        "manylinux_2_28_x86_64",
        "--python-version",
        "3.11",
        "--implementation",
        "cp",
    ]
    said = subprocess.run(
        [*words, *chosen, "--index-url", f"{web}plain/simple/", "numexpr"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert ".whl.metadata" in said.stdout


def test_a_copy_of_staging_works_under_any_path(staging: Path, tmp_path: Path) -> None:
    shutil.copytree(staging, tmp_path / "web" / "deep" / "down")
    with static_server(tmp_path / "web") as url:
        ended = install("pip", tmp_path / "target", ["--index-url", f"{url}deep/down/plain/simple/", "numexpr"])
    assert ended.returncode == 0, ended.stderr


def test_a_second_upload_changes_no_byte(house: House, staging: Path) -> None:
    before = tree(staging)
    sent = upload(house.layout, ["--to", str(staging), "--yes"])
    assert (len(sent.sent), len(sent.there)) == (0, 11)
    assert tree(staging) == before


def test_another_file_of_the_same_name_stops_everything(house: House, tmp_path: Path) -> None:
    place = tmp_path / "staging" / "plain" / "files" / house.wheels()[2].name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"other")
    with pytest.raises(IntegrityError, match="nothing was sent"):
        upload(house.layout, ["--to", str(tmp_path / "staging"), "--yes"])
    assert tree(tmp_path / "staging") == {f"plain/files/{place.name}": tree(place.parent)[place.name]}


def _listed(staging: Path) -> list[str]:
    page = staging / "plain" / "simple" / "numexpr" / "index.json"
    if not page.is_file():
        return []
    files = json.loads(page.read_text(encoding="utf-8"))["files"]
    present = tree(staging)
    for file in files:
        assert present[f"plain/files/{file['filename']}"] == file["hashes"]["sha256"]
    return [file["filename"] for file in files]


@pytest.mark.parametrize("at", [1, 4, 13, 30, 31, 33])
def test_killed_at_a_write_staging_is_whole_and_the_next_run_converges(
    house: House, tmp_path: Path, staged: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILL_AT", str(at))
    words = ["--to", str(tmp_path / "staging"), "--yes", "--variant", "plain"]
    ended = subprocess.run(
        [sys.executable, "-c", KILL + RUN, str(house.layout.root), *words],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == -9
    _listed(tmp_path / "staging")
    upload(house.layout, words)
    expected = {name: digest for name, digest in tree(staged).items() if name.startswith("plain/")}
    found = {name: digest for name, digest in tree(tmp_path / "staging").items() if name.startswith("plain/")}
    assert found == expected


def test_two_processes_at_once_lose_nothing(house: House, tmp_path: Path, staged: Path) -> None:
    command = [sys.executable, "-c", RUN, str(house.layout.root), "--to", str(tmp_path / "staging"), "--yes"]
    words = (["--variant", "plain"], ["--variant", "vml"], ["--variant", "plain", "--partial", "-t", "manylinux"])
    running = [subprocess.Popen([*command, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for more in words]
    for process in running:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert tree(tmp_path / "staging") == tree(staged)


def test_promote_takes_all_from_staging_and_keeps_provenance(elsewhere: House, web: str, tmp_path: Path, staged: Path) -> None:
    words = ["numexpr", "2.14.2", "--from", web, "--to", str(tmp_path / "release"), "--yes"]
    assert len(promote(elsewhere.layout, words, NOT_WAITING).sent) == 11
    assert tree(tmp_path / "release") == tree(staged)


def test_promote_from_a_folder_without_a_server(elsewhere: House, staging: Path, tmp_path: Path, staged: Path) -> None:
    for number, source in enumerate((str(staging), staging.as_uri())):
        target = tmp_path / f"release{number}"
        promote(elsewhere.layout, ["numexpr", "2.14.2", "--from", source, "--to", str(target), "--yes"], NOT_WAITING)
        assert tree(target) == tree(staged)


def tampered(files: Path) -> None:
    wheel = next(files.glob("*cp312*.whl"))
    wheel.write_bytes(wheel.read_bytes().replace(b"PK", b"PQ", 1))


def truncated(files: Path) -> None:
    wheel = next(files.glob("*cp312*.whl"))
    wheel.write_bytes(wheel.read_bytes()[:100])


def untested(files: Path) -> None:
    next(files.glob("*cp312*.test.json")).unlink()


def edited(files: Path) -> None:
    record = next(files.glob("*cp312*.test.json"))
    record.write_text(record.read_text(encoding="utf-8").replace("6042", "6043"), encoding="utf-8")


def gone(files: Path) -> None:
    next(files.glob("*cp312*.whl")).unlink()


def swapped(files: Path) -> None:
    for ending in ("", ".repair.json", ".test.json", ".build.json"):
        one, two = next(files.glob(f"*cp312*.whl{ending}")), next(files.glob(f"*cp313*.whl{ending}"))
        content = one.read_bytes()
        one.write_bytes(two.read_bytes())
        two.write_bytes(content)


def endless(files: Path) -> None:
    next(files.glob("*cp312*.test.json")).write_bytes(b" " * 2_000_000)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (tampered, IntegrityError, r"came with sha256 .*, its record says .*changed or cut short"),
        (truncated, IntegrityError, r"\(100 bytes\), its record says"),
        (untested, RecordError, "has no test record beside it"),
        (edited, RecordError, "was edited after it was written"),
        (gone, RemoteError, "is listed and is not there"),
        (swapped, WheelsError, "cp312|cp313"),
        (endless, RemoteError, "larger than 1,000,000 bytes"),
    ],
)
@pytest.mark.parametrize("place", ["", "plain/files/"])
def test_what_is_wrong_in_staging_goes_nowhere(
    elsewhere: House,
    staging: Path,
    web: str,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    error: type[WheelsError],
    message: str,
    place: str,
) -> None:
    spoil(staging / "plain" / "files")
    (staging / "plain" / "files" / "index.html").unlink(missing_ok=True)
    if (spoil, place) == (gone, "plain/files/"):
        pytest.skip("a server's own list does not name what is not there")
    with pytest.raises(error, match=message):
        promote(elsewhere.layout, [*PROMOTE, "--from", web + place, "--to", str(tmp_path / "release")], NOT_WAITING)
    assert not (tmp_path / "release").exists()


def test_a_wheel_without_a_test_record_is_left_out_where_that_was_said(
    elsewhere: House, staging: Path, web: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    untested(staging / "plain" / "files")
    sent = promote(elsewhere.layout, [*PROMOTE, "--from", web, "--to", str(tmp_path / "release"), "--partial"], NOT_WAITING)
    assert len(sent.sent) == 5
    assert "left out: numexpr-2.14.2-cp312" in capsys.readouterr().out


def test_a_listing_that_leads_out_of_its_folder(elsewhere: House, tmp_path: Path) -> None:
    link = "..%2f..%2f..%2fnumexpr-2.14.2-cp311-cp311-manylinux_2_28_x86_64.whl"
    pages = {"/numexpr/": ("text/html", f'<a href="{link}#sha256={"a" * 64}">numexpr</a>'.encode())}
    with page_server(pages) as url, pytest.raises(RemoteError, match="may lead into another folder"):
        promote(elsewhere.layout, ["numexpr", "2.14.2", "--from", url, "--to", str(tmp_path / "release"), "--yes"], NOT_WAITING)
    assert not (tmp_path / "release").exists()


def test_a_hundred_thousand_links(elsewhere: House, tmp_path: Path) -> None:
    with (
        page_server({"/numexpr/": ("text/html", b'<a href="x">x</a>' * 100_000)}) as url,
        pytest.raises(RemoteError, match="10,000 links"),
    ):
        promote(elsewhere.layout, ["numexpr", "2.14.2", "--from", url, "--to", str(tmp_path / "release"), "--yes"], NOT_WAITING)


def test_local_files_are_never_sent_unseen(elsewhere: House, web: str, tmp_path: Path) -> None:
    local = tmp_path / "local"
    words = [*PROMOTE, "--from", web, "--wheelhouse", str(local)]
    promote(elsewhere.layout, [*words, "--no-upload"], NOT_WAITING)
    first = next((local / "plain").glob("*cp311*.whl"))
    content = first.read_bytes()
    stale = local / "plain" / first.name.replace("2.14.2", "2.13.0")
    stale.write_bytes(b"stale")
    first.write_bytes(b"mine")
    with pytest.raises(RequestError, match=r"another file than the one that was fetched; nothing was sent.*--clobber"):
        promote(elsewhere.layout, [*words, "--to", str(tmp_path / "release")], NOT_WAITING)
    assert not (tmp_path / "release").exists()
    promote(elsewhere.layout, [*words, "--clobber", "--to", str(tmp_path / "release")], NOT_WAITING)
    assert first.read_bytes() == content
    assert not any("2.13.0" in name for name in tree(tmp_path / "release"))


def test_types_of_wheels(elsewhere: House, web: str, tmp_path: Path) -> None:
    sent = promote(elsewhere.layout, [*PROMOTE, "-t", "manylinux", "--from", web, "--to", str(tmp_path / "a")], NOT_WAITING)
    assert len(sent.sent) == 5
    with pytest.raises(RemoteError, match=r"lists no win file of numexpr 2\.14\.2"):
        promote(elsewhere.layout, [*PROMOTE, "-t", "win", "--from", web, "--to", str(tmp_path / "b")], NOT_WAITING)
    with pytest.raises(RequestError, match="publishes numexpr, not numpy"):
        promote(elsewhere.layout, ["numpy", "2.0", "--from", web, "--to", str(tmp_path / "c")], NOT_WAITING)
    with pytest.raises(RemoteError, match="neither staging, nor an index"):
        promote(elsewhere.layout, ["numexpr", "2.14.2", "--from", f"{web}nowhere/", "--to", str(tmp_path / "c")], NOT_WAITING)


@pytest.fixture
def key(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if shutil.which("gpg") is None:
        pytest.skip("there is no gpg here")
    # Short: the agent's socket lies in it.
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    words = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "test@example.invalid", "ed25519", "sign"]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    yield home
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True, timeout=60)


def test_signatures_lie_beside_the_files_in_staging(
    key: Path, house: House, elsewhere: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staging = tmp_path / "staging"
    upload(house.layout, ["--to", str(staging), "--yes", "--variant", "plain"])
    assert not list(staging.rglob("*.asc"))
    # Promotion signs what it fetched, and keeps the signatures where the files came from.
    words = ["numexpr", "2.14.2", "--from", str(staging), "--no-upload", "--sign"]
    promote(elsewhere.layout, words, NOT_WAITING)
    signatures = list((staging / "plain" / "files").glob("*.asc"))
    assert len(signatures) == 6
    for signature in signatures:
        subprocess.run(
            ["gpg", "--verify", str(signature), str(signature.with_suffix(""))], check=True, capture_output=True, timeout=60
        )
    assert ">signature</a>" in (staging / "index.html").read_text(encoding="utf-8")
    promote(
        elsewhere.layout, ["numexpr", "2.14.2", "--from", str(staging), "--to", str(tmp_path / "release"), "--yes"], NOT_WAITING
    )
    assert "good signature" in capsys.readouterr().out
    assert len(list((tmp_path / "release").rglob("*.asc"))) == 6
    signatures[0].write_bytes(signatures[1].read_bytes())
    with pytest.raises(IntegrityError, match="a signature of other bytes"):
        promote(
            elsewhere.layout, ["numexpr", "2.14.2", "--from", str(staging), "--to", str(tmp_path / "third"), "--yes"], NOT_WAITING
        )


def test_upload_signs_too_and_says_what_gpg_lacks(
    house: House, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--to", str(tmp_path / "staging"), "--yes", "--variant", "vml", "--sign"]
    upload(house.layout, words)
    assert len(list((tmp_path / "staging" / "vml" / "files").glob("*.asc"))) == 5
    (tmp_path / "no keys").mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "no keys"))
    with pytest.raises(UploadError, match="it needs a secret key"):
        upload(house.layout, words)
    for signature in (house.wheelhouse / "vml").glob("*.asc"):
        signature.unlink()
