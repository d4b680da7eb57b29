"""An S3-compatible object store (moto): the same promises without a lock."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3fs

from scripts.core.errors import IntegrityError, UploadError
from scripts.publish.object_store import ObjectStore
from scripts.stages.promote import promote
from scripts.stages.upload import upload
from tests.helpers import ROOT
from tests.publish_house import NOT_WAITING, House, make_house, tree
from tests.publish_servers import SECRET, free_port, install, pypiserver, uv_program, wait_for

# The S3 libraries warn of their own future in every release.
pytestmark = pytest.mark.filterwarnings("default")

RUN = """
import sys
from pathlib import Path
from scripts.core.layout import layout_of
from scripts.stages.upload import upload
upload(layout_of(Path(sys.argv[1])), sys.argv[2:])
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as file:
        words = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(words, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    name = f"bucket-{uuid.uuid4()}"
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    return name


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), variants=("plain", "vml"))


def contents(bucket: str) -> dict[str, Any]:
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    return {path.partition("staging/")[2]: files.cat_file(path) for path in files.find(bucket)}


def test_upload_promote_and_install(house: House, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"s3://{bucket}/staging"
    assert len(upload(house.layout, ["--to", place, "--yes"], NOT_WAITING).sent) == 11
    again = upload(house.layout, ["--to", place, "--yes"], NOT_WAITING)
    assert (len(again.sent), len(again.there)) == (0, 11)
    upload(house.layout, ["--to", str(tmp_path / "folder"), "--yes"])
    assert set(contents(bucket)) == set(tree(tmp_path / "folder"))
    # The address of the page itself works from any S3 endpoint; index documents are a matter of the bucket's website.
    info = s3fs.S3FileSystem(skip_instance_cache=True).info(f"{bucket}/staging/plain/simple/numexpr/index.html")
    assert info["ContentType"].startswith("text/html")
    monkeypatch.setenv("TWINE_USERNAME", "manager")
    monkeypatch.setenv("TWINE_PASSWORD", SECRET)
    with pypiserver(tmp_path / "index") as (url, packages):
        words = ["numexpr", "2.14.2", "--from", place, "--to", url, "--variant", "plain", "--yes"]
        assert len(promote(house.layout, words, NOT_WAITING).sent) == 6
        assert len(tree(packages)) == 6
        private = url.replace("//", f"//manager:{SECRET.replace('/', '%2f')}@")
        for tool in ("pip", *(["uv"] if uv_program() else [])):
            ended = install(tool, tmp_path / tool, ["--index-url", f"{private}simple/", "numexpr==2.14.2"])
            assert ended.returncode == 0, ended.stderr
    promote(house.layout, ["numexpr", "2.14.2", "--from", place, "--to", str(tmp_path / "second"), "--yes"], NOT_WAITING)
    assert tree(tmp_path / "second") == tree(tmp_path / "folder")


def test_the_store_itself_refuses_a_second_file_of_a_name(bucket: str, tmp_path: Path) -> None:
    store = ObjectStore(f"s3://{bucket}/staging")
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "two").write_bytes(b"two")
    assert store._create("a", b"one") is True
    # Another uploader's file is there by now, though this one has just seen that it is not.
    assert store._create("a", b"two") is False
    assert store.read("a") == b"one"
    store.put_new(tmp_path / "one", "a")
    with pytest.raises(IntegrityError, match="was not overwritten"):
        store.put_new(tmp_path / "two", "a")


def test_two_processes_at_once_lose_nothing(house: House, bucket: str) -> None:
    command = [sys.executable, "-c", RUN, str(house.layout.root), "--to", f"s3://{bucket}/staging", "--yes"]
    words = (["--variant", "plain"], ["--variant", "vml"])
    running = [subprocess.Popen([*command, *more], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for more in words]
    for process in running:
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 0, said
    found = contents(bucket)
    page = found["index.html"].decode()
    for wheel in (*house.files(), *house.wheels("vml")):
        assert f'files/{wheel.name}"' in page
    for variant, count in (("plain", 6), ("vml", 5)):
        assert found[f"{variant}/simple/numexpr/index.html"].decode().count("<a href") == count


def test_a_bucket_that_is_not_there_and_a_store_that_does_not_answer(
    house: House, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UploadError, match="is not there"):
        upload(house.layout, ["--to", "s3://no-such-bucket/staging", "--yes"], NOT_WAITING)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UploadError, match=r"\(3 tries\)") as caught:
        upload(house.layout, ["--to", f"s3://{bucket}/staging", "--yes"], NOT_WAITING)
    assert SECRET not in str(caught.value)
