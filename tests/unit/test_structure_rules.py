"""The rules that native code is held to, and the list of CPython's names; tests/pipeline/test_structure.py has real objects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.errors import ConfigError
from scripts.structure.python_symbols import LIST, python_symbols, rendered
from scripts.structure.rules import BUILD_PATHS, PYTHON_NAME, rules_for
from scripts.structure.signature import signature_fault


def allows(config: Config, target: str, library: str, *, python: str = "3.13", platform: str = "any") -> bool:
    rules = rules_for(config.target(target), python, platform)
    return any(re.fullmatch(pattern, library) for pattern in rules.libraries)


@pytest.mark.parametrize(
    ("target", "library"),
    [
        ("linux-x86_64", "libc.so.6"),
        ("linux-aarch64", "ld-linux-aarch64.so.1"),
        ("musllinux-x86_64", "libc.musl-x86_64.so.1"),
        ("musllinux-aarch64", "libc.musl-aarch64.so.1"),
        ("macos-arm64", "/usr/lib/libSystem.B.dylib"),
        ("windows-amd64", "KERNEL32.dll"),
        ("windows-arm64", "python313.dll"),
        ("windows-win32", "api-ms-win-crt-math-l1-1-0.dll"),
    ],
)
def test_what_a_platform_promises_is_allowed(config: Config, target: str, library: str) -> None:
    assert allows(config, target, library)


@pytest.mark.parametrize(
    ("target", "library"),
    [
        ("linux-x86_64", "libgomp.so.1"),
        ("linux-x86_64", "libc.so"),
        ("musllinux-x86_64", "libc.so.6"),
        ("musllinux-x86_64", "libc.musl-aarch64.so.1"),
        ("macos-arm64", "/opt/homebrew/lib/libomp.dylib"),
        ("windows-amd64", "python312.dll"),
        ("windows-amd64", "python313t.dll"),
        ("windows-amd64", "msvcp140.dll"),
        ("windows-amd64", "libstdc++-6.dll"),
    ],
)
def test_what_it_does_not_promise_is_not(config: Config, target: str, library: str) -> None:
    assert not allows(config, target, library)


def test_a_free_threaded_cpython_has_a_dll_of_its_own(config: Config) -> None:
    assert allows(config, "windows-amd64", "python314t.dll", python="3.14t")
    assert not allows(config, "windows-amd64", "python314.dll", python="3.14t")


@pytest.mark.parametrize(
    ("target", "python", "platform", "newest"),
    [
        ("macos-x86_64", "3.13", "macosx_10_15_x86_64", (10, 15)),
        ("macos-arm64", "3.13", "macosx_12_0_arm64", (12, 0)),
        ("macos-arm64", "3.13", "macosx_10_15_universal2", (11, 0)),
        ("windows-amd64", "3.12", "win_amd64", (6, 3)),
        ("windows-amd64", "3.13", "win_amd64", (10, 0)),
        ("linux-x86_64", "3.13", "manylinux_2_28_x86_64", ()),
    ],
)
def test_the_newest_system_that_may_be_asked_for(
    config: Config, target: str, python: str, platform: str, newest: tuple[int, ...]
) -> None:
    assert rules_for(config.target(target), python, platform).newest == newest


def test_the_list_knows_the_cpythons_that_are_pinned() -> None:
    for python in ("3.11", "3.12", "3.13"):
        known = python_symbols(python)
        assert known is not None
        assert {"PyArg_ParseTuple", "PyModule_Create2", "_Py_NoneStruct", "_Py_Dealloc"} <= known
        assert all(PYTHON_NAME.fullmatch(name) for name in known)
    assert "PyList_GetItemRef" in (python_symbols("3.13") or ())
    assert "PyList_GetItemRef" not in (python_symbols("3.12") or ())
    assert python_symbols("3.99") is None


def test_the_list_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / LIST.name
    path.write_text(rendered({"3.11": frozenset({"PyA", "PyB"}), "3.12": frozenset({"PyB", "PyC"})}))
    assert python_symbols("3.11", path) == frozenset({"PyA", "PyB"})
    assert python_symbols("3.12", path) == frozenset({"PyB", "PyC"})


def test_a_lost_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read .*restore it with git checkout"):
        python_symbols("3.11", tmp_path / "nothing.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"\0/home/a/b.cpp\0",
        b"/Users/runner/work/x",
        b"/root/.cache/zig",
        b"/tmp/build/a.o",
        rb"C:\Users\me\x.cpp",
        rb"D:\a\numexpr\x",
    ],
)
def test_paths_of_building_machines_are_seen(content: bytes) -> None:
    assert any(pattern.search(content) for pattern in BUILD_PATHS)


@pytest.mark.parametrize("content", [b"/usr/lib/libSystem.B.dylib", b"/proc/cpuinfo", b"/tmp/\0", b"/home/ is", rb"C:\Windows\x"])
def test_other_paths_are_not(content: bytes) -> None:
    assert not any(pattern.search(content) for pattern in BUILD_PATHS)


@pytest.mark.parametrize("content", [b"", b"\xcf\xfa\xed\xfe", b"\xcf\xfa\xed\xfe" + bytes(60)])
def test_what_has_no_signature_says_so(content: bytes) -> None:
    assert signature_fault(content) == "it has no code signature"
