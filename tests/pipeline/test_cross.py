"""Wheels for other platforms from here, for real: headers, compilers, repair."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import this_maker
from scripts.core.errors import FetchError, PolicyError, StaleError
from scripts.core.interpreters import find_interpreter, usable
from scripts.core.layout import layout_of
from scripts.core.run import output_of
from scripts.core.targets import host_target
from scripts.core.toolchain import zig_toolchain
from scripts.core.wheel import libraries, wheel_name
from scripts.stages.repair import check_policy
from tests.helpers import ROOT
from tests.pipeline.checkouts import PYTHON, Checkout, finish

PE, ELF = b"MZ", b"\x7fELF"
# The machine's field and value in the two formats: IMAGE_FILE_MACHINE_AMD64 behind e_lfanew, EM_AARCH64 at byte 18.
AMD64, AARCH64 = b"\x64\x86", b"\xb7\x00"


def extension(wheel: Path) -> tuple[str, bytes]:
    (name,) = libraries(wheel)
    with zipfile.ZipFile(wheel) as archive:
        return name, archive.read(name)


def machine_of(content: bytes) -> bytes:
    if content.startswith(ELF):
        return content[18:20]
    header = int.from_bytes(content[0x3C:0x40], "little")
    assert content[header : header + 4] == b"PE\0\0"
    return content[header + 4 : header + 6]


@pytest.fixture(scope="session")
def _linux(config: Config) -> None:
    if host_target(config).system != "linux":
        pytest.skip("other platforms' wheels are built on Linux")


@pytest.mark.usefixtures("_linux")
@pytest.mark.parametrize(
    ("target", "name", "magic", "machine", "policy"),
    [
        ("windows-amd64", "numexpr/interpreter.cp{digits}-win_amd64.pyd", PE, AMD64, "win_amd64"),
        ("linux-aarch64", "numexpr/interpreter.cpython-{digits}-aarch64-linux-gnu.so", ELF, AARCH64, "manylinux_2_28_aarch64"),
    ],
    ids=["windows", "arm"],
)
def test_a_wheel_is_built_here_for(
    fresh: Checkout, config: Config, target: str, name: str, magic: bytes, machine: bytes, policy: str
) -> None:
    if host_target(config).name == target:
        pytest.skip(f"this machine is {target}: nothing is another platform about it")
    with fresh.start("build", target=target) as process:
        ended = finish(process)
    if ended.status == FetchError.exit_status:
        pytest.skip(f"the headers for {target} cannot be had here: {ended.said.splitlines()[-1]}")
    assert ended.status == 0, ended.said
    with fresh.start("repair", target=target) as process:
        ended = finish(process)
    assert ended.status == 0, ended.said
    wheel = fresh.wheel()
    found, content = extension(wheel)
    assert found == name.format(digits=PYTHON.replace(".", ""))
    assert (content[: len(magic)], machine_of(content)) == (magic, machine)
    assert policy in wheel_name(wheel).platforms
    with pytest.raises(PolicyError):
        check_policy(wheel, "manylinux_2_28_x86_64")
    record = fresh.latest("build")
    assert record.definition["internalParameters"]["interpreter"]["version"].startswith(f"{PYTHON}.")
    assert any(one.name == f"sysroot of {target}" for one in record.inputs)
    # This machine's own wheel is another cell, and nothing of the other platform's counts for it.
    fresh.run("repair", fails=StaleError)


@pytest.mark.usefixtures("_linux")
def test_the_headers_are_those_of_a_real_cpython(tmp_path: Path, config: Config) -> None:
    """Preprocessed with our pyconfig.h, Python.h is text for text what it is with the one that CPython's configure wrote."""
    interpreter = usable(PYTHON, find_interpreter(PYTHON))
    asked = "import sysconfig; print(sysconfig.get_paths()['include'])"
    theirs = Path(output_of([interpreter.executable, "-I", "-c", asked]))
    toolchain = zig_toolchain(this_maker(layout_of(ROOT)), f"{host_target(config).zig}.2.28")
    (tmp_path / "x.cpp").write_text("#include <Python.h>\n", encoding="utf-8")

    def preprocessed(name: str, config_header: Path) -> str:
        folder = tmp_path / name
        shutil.copytree(theirs, folder)
        shutil.copyfile(config_header, folder / "pyconfig.h")
        ended = subprocess.run(
            [*toolchain.compile_cxx, "-E", "-P", "-DNDEBUG", f"-I{folder}", tmp_path / "x.cpp"],
            env={**os.environ, **toolchain.environment}, capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
        return ended.stdout

    real = Path(interpreter.split_headers or theirs) / "pyconfig.h"
    expected = preprocessed("theirs", real)
    assert expected.count("\n") > 9000
    assert preprocessed("ours", ROOT / "sysroots" / "pyconfig.h") == expected
    # The comparison can fail: a size too many is another text, or none at all.
    wrong = tmp_path / "wrong.h"
    wrong.write_text((ROOT / "sysroots" / "pyconfig.h").read_text(encoding="utf-8").replace("WITH_PYMALLOC 1", "Py_TRACE_REFS 1"))
    assert preprocessed("wrong", wrong) != expected
    wrong.write_text((ROOT / "sysroots" / "pyconfig.h").read_text(encoding="utf-8").replace("SIZEOF_LONG 8", "SIZEOF_LONG 4"))
    with pytest.raises(subprocess.CalledProcessError):
        preprocessed("refused", wrong)
