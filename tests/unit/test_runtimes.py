"""On what a wheel is tested: which CPython runs it, what is missing, how packages for it are chosen."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.core.layout import layout_of
from scripts.core.packages import read_locked_set
from scripts.core.targets import Cell, is_host
from scripts.runtimes import musl, qemu_user, table, wine
from scripts.runtimes.foreign_packages import Platform
from scripts.runtimes.hand_made import make_environment
from scripts.runtimes.runtime import KINDS, Runtime, Untestable, kind_of
from scripts.runtimes.wine import LAUNCHER, MARKERS, this_path, windows_path
from scripts.runtimes.wine_shim import NAME, REPLACED, SOURCE, defined_functions, definition_file, use_shim
from tests.helpers import ROOT

TARGETS = ("linux-aarch64", "musllinux-x86_64", "windows-amd64")


@pytest.fixture
def here(context: Context) -> Context:
    """A run in this very checkout, with a cache of its own."""
    return replace(context, layout=layout_of(ROOT, {"NUMEXPR_WHEELS_CACHE": str(context.layout.cache)}))


@pytest.fixture(autouse=True)
def _linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "this_machine", lambda: table.LINUX_X86_64)


def cell(context: Context, target: str, python: str = "3.11") -> Cell:
    return Cell(python=python, target=context.config.target(target), variant="plain")


def test_a_missing_emulator_is_named_with_the_command_that_brings_it(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    reasons = {name: table.runtime_for(here, cell(here, name)) for name in TARGETS}
    assert str(reasons["musllinux-x86_64"]) == "make is missing, which builds a CPython on musl; apt-get install make"
    assert str(reasons["linux-aarch64"]) == "qemu-user is missing; apt-get install qemu-user-static"
    assert str(reasons["windows-amd64"]) == "wine is missing; apt-get install wine64"


def test_without_apt_there_is_no_cpython_of_debians(here: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (musl, qemu_user):
        monkeypatch.setattr(module, "APT_HELPER", tmp_path / "nowhere")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    for name in ("linux-aarch64", "musllinux-x86_64"):
        assert str(table.runtime_for(here, cell(here, name))).startswith("apt and dpkg are missing, which bring")


@pytest.mark.parametrize("target", ["macos-arm64", "macos-x86_64"])
def test_what_nothing_runs_is_structure_only(here: Context, target: str) -> None:
    assert table.runtime_for(here, cell(here, target)) == Untestable(why=f"nothing here runs a CPython of {target}")


@pytest.mark.parametrize("target", TARGETS)
def test_a_cpython_that_is_not_pinned_is_no_runtime(here: Context, target: str) -> None:
    found = table.runtime_for(here, cell(here, target, "3.99"))
    assert isinstance(found, Untestable)
    assert "3.99" in found.why


@pytest.mark.skipif(not any(map(shutil.which, wine.PROGRAMS)), reason="wine is missing; apt-get install wine64")
def test_wine_says_its_version_and_the_stand_in(here: Context) -> None:
    found = table.runtime_for(here, cell(here, "windows-amd64"))
    assert isinstance(found, Runtime)
    assert found.how.startswith("wine ")
    assert found.how.endswith(" + complex shim")
    assert kind_of(found.how) in KINDS


def test_musl_says_its_version(here: Context) -> None:
    found = table.runtime_for(here, cell(here, "musllinux-x86_64"))
    assert isinstance(found, Runtime)
    assert found.how.startswith("musl 1.2.")
    assert found.full.startswith("3.11.")


def test_another_machine_tests_no_foreign_wheel(here: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "this_machine", lambda: ("macos", "arm64", ""))
    foreign = [name for name in TARGETS if not is_host(here.config.target(name))]
    assert foreign
    for name in foreign:
        assert isinstance(table.runtime_for(here, cell(here, name)), Untestable)


def test_ways_of_running_are_compared_without_versions() -> None:
    assert [kind_of(how) for how in ("native", "qemu-user 7.2", "musl 1.2.5", "wine 8.0 + complex shim")] == list(KINDS)
    assert kind_of("structure only") not in KINDS


def test_packages_are_chosen_by_the_markers_of_the_platform() -> None:
    wanted = read_locked_set(ROOT / "requirements", "test")
    linux = Platform(tags=("manylinux_2_28_aarch64",), python="3.11", full="3.11.2", markers={"platform_machine": "aarch64"})
    windows = Platform(tags=("win_amd64",), python="3.13", full="3.13.2", markers=MARKERS)
    there, elsewhere = wanted.lines_for(linux.environment()), wanted.lines_for(windows.environment())
    assert "colorama==" in elsewhere
    assert "colorama==" not in there
    assert there.count("numpy==") == elsewhere.count("numpy==") == 1
    assert all(" --hash=sha256:" in line and ";" not in line for line in [*there.splitlines(), *elsewhere.splitlines()])
    assert windows.options() == ("--implementation", "cp", "--python-version", "3.13", "--platform", "win_amd64")


def test_paths_go_to_wine_and_back() -> None:
    path = Path("/some where/numexpr/__init__.py")
    assert windows_path(path) == r"Z:\some where\numexpr\__init__.py"
    assert this_path(windows_path(path)) == str(path)


def test_an_environment_made_by_hand_runs_its_launcher(tmp_path: Path) -> None:
    environment = make_environment(tmp_path / "environment", home="/nowhere", full="3.11.2", launcher='#!/bin/sh\necho "$@"\n')
    assert (environment.path / "pyvenv.cfg").read_text().startswith("home = /nowhere\n")
    assert subprocess.run([environment.python, "-I", "x y"], capture_output=True, text=True, check=True).stdout == "-I x y\n"


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize("status", [0, 3])
def test_the_launcher_of_wine_gives_output_and_exit_status_on(tmp_path: Path, status: int) -> None:
    program = tmp_path / "wine"
    # Like CPython under Wine, it refuses a plain file as its output.
    program.write_text(f'#!/bin/sh\ntest -p /proc/self/fd/1 || exit 9\necho "out $1"; echo err >&2\nexit {status}\n')
    program.chmod(0o755)
    launcher = tmp_path / "python"
    launcher.write_text(LAUNCHER.format(exports="X=1", words=str(program)))
    with (tmp_path / "log").open("w") as log:
        ended = subprocess.run(["/bin/sh", launcher, "a b"], stdout=log, stderr=subprocess.STDOUT, check=False)
    assert ended.returncode == status
    assert sorted((tmp_path / "log").read_text().splitlines()) == ["err", "out a b"]


def test_the_stand_in_defines_the_complex_functions_and_forwards_the_rest() -> None:
    functions = defined_functions(SOURCE.read_text(encoding="utf-8"))
    assert {"cabs", "ccos", "cexp", "cpow", "csqrt", "conj"} <= set(functions)
    text = definition_file(functions, ["sin", "ccos", "ccosl", "llroundl", "?weird@@YAXXZ"])
    lines = text.splitlines()
    assert {"ccos=shim_ccos", "ccosf=shim_ccosf", "ccosl=shim_ccos", "sin=ucrtbase.sin", "llroundl=ucrtbase.llroundl"} <= set(
        lines
    )
    assert "ccos=ucrtbase.ccos" not in lines
    assert "weird" not in text


def test_only_what_asks_for_the_replaced_library_is_changed(tmp_path: Path) -> None:
    assert len(NAME) == len(REPLACED)
    (tmp_path / "a.pyd").write_bytes(b"x" + REPLACED + b"\0y")
    (tmp_path / "b.dll").write_bytes(b"nothing")
    (tmp_path / "c.txt").write_bytes(REPLACED)
    assert use_shim(tmp_path) == 1
    assert (tmp_path / "a.pyd").read_bytes() == b"x" + NAME + b"\0y"
    assert (tmp_path / "c.txt").read_bytes() == REPLACED
