"""Why two products differ: by member, by section, with a likely cause."""

from __future__ import annotations

import gzip
import io
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from scripts.reproduce.differences import differences


def _zip(path: Path, members: dict[str, bytes], *, year: int = 2000, mode: int = 0o644) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return path


def _said(then: Path, now: Path) -> str:
    return "\n".join(str(one) for one in differences(then, now))


def test_equal_files_do_not_differ(tmp_path: Path) -> None:
    one = _zip(tmp_path / "a.whl", {"x.py": b"1"})
    assert differences(one, Path(shutil.copy(one, tmp_path / "b.whl"))) == []


@pytest.mark.parametrize(
    ("other", "part", "cause"),
    [
        ({"members": {"a.py": b"x = 1\r\n"}}, "line ends", "another source"),
        ({"members": {"a.py": b"x = 2\n"}}, "line 1: b'x = 1' against b'x = 2'", "another source"),
        ({"members": {"a.py": b"x = 1\n", "b.py": b""}}, "b.py: only in the second", "another version of a tool"),
        ({"members": {}}, "a.py: only in the first", "another source"),
        ({"members": {"a.py": b"x = 1\n"}, "year": 2001}, "time: ", "SOURCE_DATE_EPOCH"),
        ({"members": {"a.py": b"x = 1\n"}, "mode": 0o600}, "mode: ", "umask"),
    ],
)
def test_members_of_wheels(tmp_path: Path, other: dict[str, object], part: str, cause: str) -> None:
    then = _zip(tmp_path / "then.whl", {"a.py": b"x = 1\n"})
    said = _said(then, _zip(tmp_path / "now.whl", **other))  # type: ignore[arg-type]
    assert part in said
    assert cause in said


def test_the_order_of_members(tmp_path: Path) -> None:
    then = _zip(tmp_path / "then.whl", {"a": b"1", "b": b"2"})
    assert "order of members" in _said(then, _zip(tmp_path / "now.whl", {"b": b"2", "a": b"1"}))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes this machine's own ELF file")
def test_a_section_of_an_elf_file(tmp_path: Path) -> None:
    elf = Path(sys.executable).resolve().read_bytes()
    place = elf.index(b"GCC: (") if b"GCC: (" in elf else elf.rindex(b"\0PATH\0")
    changed = bytearray(elf)
    changed[place + 1] ^= 1
    said = _said(_zip(tmp_path / "then.whl", {"x.so": elf}), _zip(tmp_path / "now.whl", {"x.so": bytes(changed)}))
    assert "x.so: section ." in said
    assert "likely cause: " in said


def test_members_of_source_archives(tmp_path: Path) -> None:
    for name, time, content in (("then", 1, b"1"), ("now", 2, b"2")):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as archive:
            member = tarfile.TarInfo("n-1/a.py")
            member.size, member.mtime = 1, time
            archive.addfile(member, io.BytesIO(content))
        (tmp_path / f"{name}.tar.gz").write_bytes(gzip.compress(raw.getvalue(), mtime=0))
    said = _said(tmp_path / "then.tar.gz", tmp_path / "now.tar.gz")
    assert "a.py: line 1" in said
    assert "time, mode or owner" in said
