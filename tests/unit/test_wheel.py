"""Wheels are read with distrust: RECORD, names, tags, and damage anywhere in the file."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts.core.errors import GateError
from scripts.core.wheel import check_record, check_tags, find_bytes, libraries, metadata_version, wheel_name
from tests.helpers import damaged, make_wheel, record_row

INFO = "numexpr-2.14.2.dist-info"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(tmp_path_factory.mktemp("whole"), {"numexpr/a.py": b"text that deflates " * 40})


def test_a_whole_wheel_is_right(whole: Path) -> None:
    check_record(whole)
    check_tags(whole)
    assert metadata_version(whole) == "2.14.2"


@pytest.mark.parametrize(
    ("name", "platforms", "interpreter"),
    [
        ("numexpr-2.14.2-cp311-cp311-manylinux_2_17_x86_64.whl", ("manylinux_2_17_x86_64",), "cp311-cp311"),
        (
            "numexpr-2.14.2-cp314-cp314t-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
            ("manylinux_2_27_x86_64", "manylinux_2_28_x86_64"),
            "cp314-cp314t",
        ),
        ("numexpr-2.14.2-1-py2.py3-none-any.whl", ("any",), "py2-none/py3-none"),
    ],
)
def test_names_are_read(name: str, platforms: tuple[str, ...], interpreter: str) -> None:
    read = wheel_name(Path(name))
    assert (read.project, read.version, read.platforms, read.interpreter) == ("numexpr", "2.14.2", platforms, interpreter)


@pytest.mark.parametrize(
    "name", ["numexpr.whl", "numexpr-2.14.2.tar.gz", "numexpr-x-cp311-cp311-any.whl", "numexpr-2.14.2-cp311.whl"]
)
def test_a_name_that_is_no_wheel_s_is_refused(name: str) -> None:
    with pytest.raises(GateError, match="is not the name of a wheel"):
        wheel_name(Path(name))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (record_row("numexpr/a.py", b"other"), "numexpr/a.py is not the file that RECORD names"),
        ("numexpr/a.py,sha256=abc,1", "numexpr/a.py is not the file that RECORD names"),
        ("numexpr/a.py,md5=kAFQmDzST7DWlj99KOF_cg,3", "numexpr/a.py is not the file that RECORD names"),
        ("numexpr/a.py,,", "numexpr/a.py is not the file that RECORD names"),
        ("numexpr/a.py", "numexpr/a.py is not the file that RECORD names"),
        ("", r"RECORD lacks \['numexpr/a.py'\] and names nothing"),
        (record_row("numexpr/a.py", b"abc") + "\nnumexpr/gone.py,sha256=abc,1", r"names \['numexpr/gone.py'\] that is not there"),
    ],
)
def test_a_wrong_record_is_refused(tmp_path: Path, row: str, said: str) -> None:
    good = make_wheel(tmp_path, {"numexpr/a.py": b"abc"})
    with zipfile.ZipFile(good) as archive:
        rows = archive.read(f"{INFO}/RECORD").decode().splitlines()
    others = [line for line in rows if not line.startswith(("numexpr/a.py", f"{INFO}/RECORD"))]
    with pytest.raises(GateError, match=said):
        check_record(make_wheel(tmp_path, {"numexpr/a.py": b"abc"}, record=[*others, *([row] if row else [])]))


def test_a_file_that_record_does_not_know_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("numexpr/evil.py", "")
    with pytest.raises(GateError, match=r"RECORD lacks \['numexpr/evil.py'\]"):
        check_record(wheel)


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, {"numexpr/a.py": b"abc"})
    with warnings.catch_warnings(), zipfile.ZipFile(wheel, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("numexpr/a.py", "abc")
    with pytest.raises(GateError, match="holds a file twice"):
        check_record(wheel)


@pytest.mark.parametrize("name", ["RECORD", "WHEEL", "METADATA"])
def test_two_files_of_which_a_wheel_has_one_are_refused(tmp_path: Path, name: str) -> None:
    wheel = make_wheel(tmp_path, {f"other-1.dist-info/{name}": b""})
    with pytest.raises(GateError, match=f"holds 2 files .dist-info/{name}"):
        {"RECORD": check_record, "WHEEL": check_tags, "METADATA": metadata_version}[name](wheel)


def test_a_renamed_wheel_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, tag="cp311-cp311-manylinux_2_17_x86_64", inner_tag="cp311-cp311-linux_x86_64")
    with pytest.raises(
        GateError, match=r"claims cp311-cp311-manylinux_2_17_x86_64, its WHEEL file says cp311-cp311-linux_x86_64"
    ):
        check_tags(wheel)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip file at all" * 10])
def test_a_file_that_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "numexpr-2.14.2-cp311-cp311-any.whl"
    path.write_bytes(content)
    for check in (check_record, check_tags, metadata_version, libraries):
        with pytest.raises(GateError, match="is damaged"):
            check(path)


def test_members_are_stored_or_deflated(tmp_path: Path) -> None:
    path = tmp_path / "numexpr-2.14.2-cp311-cp311-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("numexpr/a.py", "a")
    with pytest.raises(GateError, match="packed by method 12"):
        libraries(path)


@given(share=st.floats(0, 1), bit=st.integers(0, 8))
@example(share=0.998046875, bit=0)  # the offset of the archive's directory
@settings(max_examples=150, deadline=None)
def test_damage_anywhere_is_refused_or_does_no_harm(whole: Path, share: float, bit: int) -> None:
    path = whole.with_name(whole.name.replace("cp311-cp311", "cp311-abi3"))
    path.write_bytes(damaged(whole.read_bytes(), share, bit))
    try:
        check_record(path)
        metadata_version(path)
        find_bytes(path, ["needle"])
    except GateError as error:
        assert path.name in str(error)  # noqa: PT017


def test_libraries_are_found_by_their_names(tmp_path: Path) -> None:
    names = ["numexpr/interpreter.cpython-311.so", "numexpr.libs/libx-1234.so.2", "a.dylib", "b.pyd", "c.dll"]
    wheel = make_wheel(tmp_path, dict.fromkeys([*names, "numexpr/so.py", "numexpr/soap.txt"], b"12"))
    assert libraries(wheel) == dict.fromkeys(names, 2)


def test_bytes_are_found_inside_members(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, {"numexpr/a.so": b"\0/home/someone/x\0", "numexpr/b.py": "/größe".encode()})
    assert find_bytes(wheel, ["/home/someone/", "/größe", "/nowhere"]) == [
        ("numexpr/a.so", "/home/someone/"),
        ("numexpr/b.py", "/größe"),
    ]
