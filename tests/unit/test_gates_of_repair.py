"""What a repaired wheel has to show: its platform tag, its libraries, no path of the machine that built it."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.core.elf import GLIBC, needs
from scripts.core.errors import GateError, PolicyError
from scripts.stages.repair import check_libraries, check_paths, check_policy, explain_policy, record_path
from tests.helpers import make_wheel

EXTENSION = "numexpr/interpreter.cpython-311-x86_64-linux-gnu.so"
GRAFTED = "numexpr.libs/libnumexpr-vml-0a1b2c3d.so"
NATIVE = "libnumexpr-vml.so"


@pytest.mark.parametrize(
    ("platforms", "policy"),
    [
        ("manylinux_2_28_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_27_x86_64.manylinux_2_28_x86_64", "manylinux_2_28_x86_64"),
        ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64"),
    ],
)
def test_the_tag_that_was_asked_for_or_a_better_one_passes(tmp_path: Path, platforms: str, policy: str) -> None:
    check_policy(make_wheel(tmp_path, tag=f"cp311-cp311-{platforms}"), policy)


@pytest.mark.parametrize(
    ("platforms", "policy"),
    [
        ("linux_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_35_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_aarch64", "manylinux_2_28_x86_64"),
        ("musllinux_1_2_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_x86_64", "musllinux_1_2_x86_64"),
    ],
)
def test_another_tag_is_refused(tmp_path: Path, platforms: str, policy: str) -> None:
    with pytest.raises(PolicyError, match=f"is not {policy}"):
        check_policy(make_wheel(tmp_path, tag=f"cp311-cp311-{platforms}"), policy)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF objects are Linux's")
def test_a_tag_that_the_object_does_not_keep_names_symbol_version_and_object(tmp_path: Path) -> None:
    place = Path(sysconfig.get_config_var("DESTSHARED") or "/nowhere")
    for path in sorted(place.glob("*.so")):
        found = [(version, one) for one in needs("x", path.read_bytes()) if (version := GLIBC.fullmatch(one.version))]
        if found:
            break
    else:
        pytest.skip("this interpreter has no shared object that needs glibc")
    newest, need = max(found, key=lambda pair: (int(pair[0][1]), int(pair[0][2])))
    policy = f"manylinux_{newest[1]}_{int(newest[2]) - 1}_x86_64"
    wheel = make_wheel(tmp_path, {EXTENSION: path.read_bytes()}, tag=f"cp311-cp311-{policy}")
    with pytest.raises(PolicyError) as caught:
        check_policy(wheel, policy)
    assert re.search(
        rf"says {policy}, but {re.escape(EXTENSION)} needs \w+ of {re.escape(need.version)} \(lib", str(caught.value)
    )
    assert explain_policy(wheel, f"manylinux_{newest[1]}_{newest[2]}_x86_64") == ""


@pytest.mark.parametrize(("names", "native"), [([EXTENSION], ""), ([EXTENSION, GRAFTED], NATIVE)])
def test_the_expected_libraries_pass(tmp_path: Path, names: list[str], native: str) -> None:
    check_libraries(make_wheel(tmp_path, dict.fromkeys(names, b"x")), native)


@pytest.mark.parametrize(
    ("names", "native", "said"),
    [
        ([], "", "expected one extension and no library"),
        ([EXTENSION], NATIVE, f"expected one extension and {NATIVE}"),
        ([GRAFTED], NATIVE, "expected one extension"),
        ([EXTENSION, GRAFTED], "", f"{GRAFTED}, which does not belong there"),
        ([EXTENSION, "numexpr.libs/libstdc++-1a2b.so.6"], "", r"libstdc\+\+-1a2b.so.6, which does not belong there"),
        ([EXTENSION, GRAFTED, "numexpr.libs/libgomp.so.1"], NATIVE, "libgomp.so.1, which does not belong there"),
        ([EXTENSION, GRAFTED, GRAFTED.replace("0a1b", "ffff")], NATIVE, "expected one extension"),
        ([EXTENSION, "numexpr/interpreter.abi3.so"], "", "expected one extension"),
    ],
)
def test_missing_and_foreign_libraries_are_refused(tmp_path: Path, names: list[str], native: str, said: str) -> None:
    with pytest.raises(GateError, match=said):
        check_libraries(make_wheel(tmp_path, dict.fromkeys(names, b"x")), native)


def test_a_wheel_without_paths_of_the_machine_passes(tmp_path: Path, context: Context) -> None:
    check_paths(make_wheel(tmp_path, {EXTENSION: b"/usr/lib/libc.so.6\0/tmp/other"}), context)


@pytest.mark.parametrize("which", ["root", "cache", "home"])
def test_a_path_of_the_machine_is_refused(tmp_path: Path, context: Context, which: str) -> None:
    path = {"root": str(context.layout.root), "cache": str(context.layout.cache), "home": f"{Path.home()}{os.sep}"}[which]
    wheel = make_wheel(tmp_path, {EXTENSION: f"\0{path}/build/x.cpp\0".encode()})
    with pytest.raises(GateError, match=f"{re.escape(EXTENSION)} contains the path .* of the machine that built it"):
        check_paths(wheel, context)


def test_records_lie_beside_their_wheel() -> None:
    assert record_path(Path("wheelhouse/plain/x.whl"), "test") == Path("wheelhouse/plain/x.whl.test.json")
