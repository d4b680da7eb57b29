"""Sysroots: pinned inputs, safe unpacking, a generated import library, and a Python that answers for the target."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.context import Context
from scripts.core.errors import ConfigError, FetchError, IntegrityError, InterpreterError
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.platforms import python_names
from scripts.foreign.sources import read_pins
from scripts.stages.sysroot import _fits, headers_of
from scripts.sysroot.crossing import write_crossing
from scripts.sysroot.import_library import definition, symbols_of
from scripts.sysroot.sources import (
    PackagedHeaders,
    PythonSource,
    headers_source,
    known_pythons,
    python_source,
    pythons_with_headers,
)
from scripts.sysroot.unpack import python_archive, take_folder
from tests.helpers import ROOT

MEMBER = "w-1/data.zip"


@pytest.fixture
def source() -> PythonSource:
    return PythonSource(version="3.11.9", project="w", filename="w-1.tar.gz", sha256="0" * 64, member=MEMBER, folder="cp311")


def pack(place: Path, files: dict[str, bytes], member: str = MEMBER) -> Path:
    """Write an archive such as the index has: a zip inside of a tar file."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with tarfile.open(place, "w:gz") as outer:
        info = tarfile.TarInfo(member)
        info.size = len(inner.getvalue())
        outer.addfile(info, io.BytesIO(inner.getvalue()))
    return place


def test_every_source_is_pinned() -> None:
    for python in known_pythons(ROOT / "sysroots"):
        one = python_source(ROOT / "sysroots", python)
        assert one.version.startswith(f"{python.rstrip('t')}.")


def test_a_cpython_without_headers_says_which_have_them() -> None:
    with pytest.raises(InterpreterError, match=r"no headers of CPython 3.98 .* has 3.11, 3.12"):
        python_source(ROOT / "sysroots", "3.98")


def test_posix_headers_of_the_newest_are_in_debian_packages() -> None:
    assert set(pythons_with_headers(ROOT / "sysroots", "windows")) < set(pythons_with_headers(ROOT / "sysroots", "macos"))
    for python in ("3.14", "3.14t", "3.15", "3.15t"):
        one = headers_source(ROOT / "sysroots", python, "linux")
        assert isinstance(one, PackagedHeaders)
        assert one.version.startswith(f"{python.rstrip('t')}.")
        assert any(f"-dev_{one.version}-" in pin.name for pin in read_pins(ROOT / "sysroots" / f"{one.debian_set}.sha256"))
        with pytest.raises(InterpreterError, match=r"only POSIX headers are known of 3\.14, 3\.14t"):
            headers_source(ROOT / "sysroots", python, "windows")


@pytest.mark.parametrize(
    ("old", "new"), [('sha256 = "b6', 'sha256 = "B6'), ("project =", "projekt ="), ('folder = "cp311"\n', "")]
)
def test_a_wrong_lock_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (ROOT / "sysroots" / "sources.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "sources.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sources.toml: python.3.11"):
        python_source(tmp_path, "3.11")


def test_the_headers_come_out_and_nothing_else(tmp_path: Path, source: PythonSource) -> None:
    files = {
        "cp311/include/Python.h": b"P",
        "cp311/include/cpython/code.h": b"C",
        "cp311/python.exe": b"MZ",
        "cp3110/include/x.h": b"",
    }
    with python_archive(pack(tmp_path / "w-1.tar.gz", files), source) as archive:
        assert take_folder(archive, "cp311/include", tmp_path / "out") == 2
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {"Python.h", "cpython/code.h"}


@pytest.mark.parametrize("name", ["cp311/include/../../../x.h", "cp311/include//etc/x.h", "cp311/include/..\\x.h"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, source: PythonSource, name: str) -> None:
    with python_archive(pack(tmp_path / "w-1.tar.gz", {name: b""}), source) as archive:
        with pytest.raises(IntegrityError, match="leads out of it"):
            take_folder(archive, "cp311/include", tmp_path / "out")
    assert not (tmp_path / "x.h").exists()


def test_another_or_a_damaged_archive_is_told(tmp_path: Path, source: PythonSource) -> None:
    with pytest.raises(IntegrityError, match=r"has no w-1/data.zip|does not hold w-1/data.zip"):
        with python_archive(pack(tmp_path / "w-1.tar.gz", {}, member="w-2/data.zip"), source):
            pass
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "w-1.tar.gz").read_bytes()[:60])
    with pytest.raises(IntegrityError, match="cannot be unpacked"), python_archive(tmp_path / "cut.tar.gz", source):
        pass


def archive_index(names: list[str]) -> bytes:
    """Return a COFF archive that is nothing but its index."""
    body = struct.pack(">I", len(names)) + b"\0\0\0\0" * len(names) + b"".join(name.encode() + b"\0" for name in names)
    return b"!<arch>\n" + b"/".ljust(48) + str(len(body)).encode().ljust(10) + b"`\n" + body


def test_an_import_library_is_made_of_functions_and_data(tmp_path: Path) -> None:
    library = tmp_path / "python311.lib"
    library.write_bytes(archive_index(["__IMPORT_DESCRIPTOR_x", "PyRun", "__imp_PyRun", "__imp_PyExc"]))
    text = definition("python311.dll", symbols_of(library))
    assert text.splitlines() == ["LIBRARY python311.dll", "EXPORTS", "    PyExc DATA", "    PyRun"]


@pytest.mark.parametrize("content", [b"", b"!<arch>\n", b"MZ" * 100, b"!<arch>\n" + b"/".ljust(48) + b"x" * 12])
def test_what_is_no_import_library_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.lib").write_bytes(content)
    with pytest.raises(IntegrityError, match="no import library"):
        symbols_of(tmp_path / "x.lib")


def test_numpys_headers_are_those_of_the_wheel_that_would_be_installed(config: Config) -> None:
    def fits(name: str, target: str) -> bool:
        return _fits(f"numpy-2.5.5-{name}.whl", "2.5.5", config.target(target), "3.13")

    assert fits("cp313-cp313-manylinux_2_27_aarch64.manylinux_2_28_aarch64", "linux-aarch64")
    assert fits("cp313-cp313-macosx_11_0_arm64", "macos-arm64")
    assert fits("cp313-cp313-win32", "windows-win32")
    assert not fits("cp313-cp313-macosx_14_0_arm64", "macos-arm64"), "it is for newer systems than the wheel"
    assert not fits("cp313-cp313t-win32", "windows-win32")
    assert not fits("cp312-cp312-win32", "windows-win32")
    assert not fits("cp313-cp313-musllinux_1_2_aarch64", "linux-aarch64")
    assert not _fits("numpy-2.5.5.tar.gz", "2.5.5", config.target("linux-aarch64"), "3.13")


def test_the_numpy_of_a_cpython_is_the_one_that_builds_are_locked_to() -> None:
    wanted = read_locked_set(ROOT / "requirements", "build")
    for python in ("3.11", "3.13", "3.14t"):
        version, hashes = wanted.pin("numpy", python)
        assert version in wanted.versions("numpy")
        assert len(hashes) > 20
    with pytest.raises(ConfigError, match=r"has no scipy for CPython 3\.13"):
        wanted.pin("scipy", "3.13")


def test_other_bytes_than_the_lock_names_are_not_used(
    context: Context, layout: Layout, monkeypatch: pytest.MonkeyPatch, config: Config, tmp_path: Path
) -> None:
    """A file in the store under the right name with other bytes is as good as none: it is fetched again, or nothing is made."""
    real = replace(layout, root=ROOT, out=tmp_path / "out")
    layout.packages.mkdir(parents=True)
    (layout.packages / "numpy-2.4.6-cp311-cp311-win_amd64.whl").write_bytes(b"altered")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(FetchError, match=r"numpy .* for windows-amd64 and CPython 3.11 cannot be had"):
        headers_of(replace(context, layout=real), config.target("windows-amd64"), "3.11")


def test_python_answers_for_the_target(config: Config, tmp_path: Path) -> None:
    """The interpreter that runs this, told to build for Windows, says so to setuptools and to numexpr's setup.py."""
    target = config.target("windows-arm64")
    names = python_names(target, "3.13", "win_arm64")
    variables = write_crossing(tmp_path, names, "3.13", tmp_path / "include", 8)
    program = """
import json, platform, sysconfig
get = sysconfig.get_config_var
print(json.dumps([sysconfig.get_platform(), get("EXT_SUFFIX"), get("SOABI"), get("py_version_nodot"), get("INCLUDEPY"),
                  platform.uname().system, platform.machine()]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60, check=True
    )
    expected = ["win-arm64", ".cp313-win_arm64.pyd", "cp313-win_arm64", "313", str(tmp_path / "include"), "Windows", "ARM64"]
    assert json.loads(ended.stdout) == expected
