"""An sdist is believed file by file: what the commit's tree lists, in git's form, and nothing else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.core import sdist_source
from scripts.core.errors import IntegrityError
from scripts.core.sdist_source import newest_time, prove, read_sdist
from scripts.core.source_lock import Blob, blob_id
from scripts.core.tree import File
from tests.helpers import damaged

LF, CRLF = b"one\ntwo\n", b"one\r\ntwo\r\n"


def listed(content: bytes, mode: str = "100644") -> Blob:
    return Blob(mode=mode, object_id=blob_id(content))


def file_of(content: bytes) -> File:
    return File(mode="100644", content=content)


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def sdist(folder: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    path = folder / "numexpr-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def test_crlf_of_the_packing_becomes_what_git_has() -> None:
    assert prove({"a.py": file_of(CRLF)}, {"a.py": listed(LF)}, "x")["a.py"].content == LF


def test_crlf_stays_where_git_has_it() -> None:
    assert prove({"a.hpp": file_of(CRLF)}, {"a.hpp": listed(CRLF)}, "x")["a.hpp"].content == CRLF


def test_lf_stays_lf() -> None:
    assert prove({"a.py": file_of(LF)}, {"a.py": listed(LF)}, "x")["a.py"].content == LF


@pytest.mark.parametrize("content", [b"one\ntwo.\n", b"one\r\ntwo\r\n\r\n", b"one\rtwo\n", b"", b"one\r\r\ntwo\r\r\n"])
def test_one_altered_byte_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError, match=r"x\.tar\.gz: a\.py is not the file of the commit"):
        prove({"a.py": file_of(content)}, {"a.py": listed(LF)}, "x.tar.gz")


@pytest.mark.parametrize("path", ["evil.py", "numexpr/setup.cfg", "PKG-INFO.py", "numexpr/version.pyc", "sub/PKG-INFO"])
def test_a_file_that_the_tree_does_not_list_is_refused(path: str) -> None:
    with pytest.raises(IntegrityError, match=f"holds {path}, which the commit's tree does not"):
        prove({path: file_of(b"")}, {}, "x.tar.gz")


def test_what_the_packing_makes_is_left_out() -> None:
    made = ("PKG-INFO", "setup.cfg", "numexpr.egg-info/SOURCES.txt", "numexpr/version.py")
    assert prove({path: file_of(b"?") for path in made}, {}, "x") == {}


def test_the_tree_knows_what_is_executable() -> None:
    assert prove({"run": file_of(LF)}, {"run": listed(LF, "100755")}, "x")["run"].mode == "100755"


def test_files_are_read_below_the_top_folder(tmp_path: Path) -> None:
    path = sdist(
        tmp_path,
        member("n-1/a", LF, mtime=5),
        member("n-1/s", type=tarfile.DIRTYPE),
        member("n-1/s/b", CRLF, mode=0o755, mtime=9),
    )
    read = read_sdist(path)
    assert {name: (file.mode, file.content) for name, file in read.items()} == {"a": ("100644", LF), "s/b": ("100755", CRLF)}
    assert newest_time(path) == 9


@pytest.mark.parametrize(
    "bad",
    [
        member("n-1/../../outside", LF),
        member("n-1/..", LF),
        member("/etc/passwd", LF),
        member("n-1//etc/passwd", LF),
        member("no-folder", LF),
        member("n-1/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("n-1/hard", type=tarfile.LNKTYPE, linkname="n-1/a"),
        member("n-1/device", type=tarfile.CHRTYPE),
        member("n-1/pipe", type=tarfile.FIFOTYPE),
    ],
    ids=lambda bad: bad[0].name,
)
def test_members_that_are_no_plain_files_inside_are_refused(tmp_path: Path, bad: tuple[tarfile.TarInfo, bytes]) -> None:
    with pytest.raises(IntegrityError, match="no plain file inside it"):
        read_sdist(sdist(tmp_path, member("n-1/a", LF), bad))


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_source, "MOST_BYTES", 10)
    with pytest.raises(IntegrityError, match="larger than any release"):
        read_sdist(sdist(tmp_path, member("n-1/a", LF), member("n-1/b", LF)))


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist_source, "MOST_MEMBERS", 3)
    with pytest.raises(IntegrityError, match="larger than any release"):
        read_sdist(sdist(tmp_path, *(member(f"n-1/{number}") for number in range(9))))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "".join(f"line {number * number}\n" for number in range(3000)).encode()
    return sdist(tmp_path_factory.mktemp("whole"), member("n-1/a", text), member("n-1/b", text[::-1]))


@given(share=st.floats(0, 1), bit=st.integers(0, 8))
@settings(max_examples=60, deadline=None)
def test_a_damaged_archive_is_refused_or_reads_the_same(whole: Path, share: float, bit: int) -> None:
    path = whole.with_name("damaged.tar.gz")
    path.write_bytes(damaged(whole.read_bytes(), share, bit))
    try:
        assert read_sdist(path) == read_sdist(whole)
    except IntegrityError as error:
        assert "damaged.tar.gz" in str(error)  # noqa: PT017
