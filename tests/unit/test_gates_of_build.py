"""What a build has to show before it goes on: flags that reached the compiler, version, size."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.build_gates import check_calls, check_wheel
from scripts.core.errors import GateError
from tests.helpers import make_wheel

GOOD = "-O3 -DNDEBUG -fPIC -c numexpr/interpreter.cpp -o build/interpreter.o"
LINK = "-shared build/interpreter.o -o numexpr/interpreter.so"
EXTENSION = "numexpr/interpreter.cpython-311-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    "calls",
    [
        GOOD,
        f" {GOOD}\n {GOOD.replace('-O3', '-O2')}\n {LINK}\n",
        f"-O0 {GOOD}",  # the last one counts
        f"--version\n{GOOD}",
        "-O3 -DNDEBUG numexpr/interpreter.cpp -c",
    ],
)
def test_calls_that_optimise_pass(calls: str) -> None:
    check_calls(calls)


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ("", "no call of the compiler was seen"),
        (LINK, "no call of the compiler was seen"),
        (GOOD.replace("-O3 ", ""), "called with no -O at all"),
        (f"{GOOD} -O0", "called with -O0, not -O2 or -O3"),
        (GOOD.replace("-O3", "-Os"), "called with -Os"),
        (GOOD.replace("-O3", "-Ofast"), "called with -Ofast"),
        (GOOD.replace("-DNDEBUG ", ""), "called without -DNDEBUG"),
        (f"{GOOD} -UNDEBUG", "called without -DNDEBUG"),
        (GOOD.replace("-DNDEBUG", "-DNDEBUGGER"), "called without -DNDEBUG"),
        (f"{GOOD}\n{GOOD.replace('-O3', '-O1')}\n{GOOD}", "called with -O1"),
    ],
)
def test_calls_that_do_not_are_refused(calls: str, said: str) -> None:
    with pytest.raises(GateError) as caught:
        check_calls(calls)
    assert said in str(caught.value)


def test_a_wheel_of_the_right_version_and_size_passes(tmp_path: Path) -> None:
    check_wheel(make_wheel(tmp_path, {EXTENSION: b"x" * 100}), "2.14.2", 100, 100)


@pytest.mark.parametrize(
    ("version", "inner", "expected", "said"),
    [
        ("2.14.2", "", "2.14.3", "says version 2.14.2, the source's VERSION says 2.14.3"),
        ("2.14.2", "2.14.1", "2.14.2", "says version 2.14.1 and 2.14.2"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, version: str, inner: str, expected: str, said: str) -> None:
    wheel = make_wheel(tmp_path, {EXTENSION: b"x"}, version=version, inner_version=inner)
    with pytest.raises(GateError, match=said):
        check_wheel(wheel, expected, 1, 10)


@pytest.mark.parametrize("size", [99, 201])
def test_an_extension_out_of_bounds_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(GateError, match=rf"{EXTENSION} has {size} bytes, outside of 100 to 200 \(compile.extension-bytes"):
        check_wheel(make_wheel(tmp_path, {EXTENSION: b"x" * size}), "2.14.2", 100, 200)


@pytest.mark.parametrize("names", [[], [EXTENSION, "numexpr/interpreter.abi3.so"], ["other/interpreter.so"]])
def test_a_wheel_holds_one_extension(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(GateError, match=r"holds \d extensions numexpr/interpreter, not one"):
        check_wheel(make_wheel(tmp_path, dict.fromkeys(names, b"x")), "2.14.2", 1, 10)


@pytest.mark.parametrize("version", ["2.15.0.dev1", "2.14.3rc1", "2.15.0-dev1"])
def test_versions_may_be_written_in_another_way(tmp_path: Path, version: str) -> None:
    """A branch of numexpr has a VERSION such as 2.14.3.dev1; setuptools writes it as PEP 440 normalises it."""
    normal = version.replace("-dev", ".dev")
    check_wheel(make_wheel(tmp_path, {EXTENSION: b"x"}, version=normal), version, 1, 10)
