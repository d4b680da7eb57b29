"""What the CPython of a target calls itself, and how a linker has to be spoken to there: one small description a system.

The names are those that CPython's own builds use: PEP 3149 (POSIX suffixes), PC/pyconfig.h (Windows), `sysconfig.get_platform`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.core.config import Target

MACOS_TAG = re.compile(r"macosx_(\d+)_(\d+)_")
# PEP 600, PEP 656, and macOS' tags: a lower version installs in more places.
VERSIONED = re.compile(r"(?P<family>manylinux|musllinux|macosx)_(?P<major>\d+)_(?P<minor>\d+)_(?P<machine>.+)")
# What a musl system calls the library that zig knows as libc.so.
MUSL_LIBC = "libc.musl-{machine}.so.1"


@dataclass(frozen=True, kw_only=True)
class PythonNames:
    """A target's CPython: what sysconfig and platform say there."""

    platform: str
    soabi: str
    suffix: str
    system: str
    machine: str


@dataclass(frozen=True, kw_only=True)
class Linking:
    """What a link for a target needs beyond -shared: further words, and an ELF library to be called by another name.

    `exports` are the names that a Windows library offers, where it would otherwise offer all that it has.
    """

    words: tuple[str, ...] = ()
    renamed: tuple[str, str] | None = None
    exports: tuple[str, ...] = ()


def _tag(python: str) -> str:
    return python.replace(".", "")


def _linux(target: Target, python: str, _: str) -> PythonNames:
    soabi = f"cpython-{_tag(python)}-{target.machine}-linux-{'musl' if target.libc == 'musl' else 'gnu'}"
    return PythonNames(
        platform=f"linux-{target.machine}", soabi=soabi, suffix=f".{soabi}.so", system="Linux", machine=target.machine
    )


def _macos(target: Target, python: str, policy: str) -> PythonNames:
    version = ".".join(_macos_version(policy))
    soabi = f"cpython-{_tag(python)}-darwin"
    return PythonNames(
        platform=f"macosx-{version}-{target.machine}", soabi=soabi, suffix=f".{soabi}.so", system="Darwin", machine=target.machine
    )


def _macos_version(policy: str) -> tuple[str, str]:
    found = MACOS_TAG.match(policy)
    assert found is not None, policy  # wheels.toml and --policy were held to the pattern
    return found[1], found[2]


WINDOWS_NAMES = {"amd64": ("win-amd64", "AMD64"), "arm64": ("win-arm64", "ARM64"), "x86": ("win32", "x86")}


def _windows(target: Target, python: str, _: str) -> PythonNames:
    platform, machine = WINDOWS_NAMES[target.machine]
    soabi = f"cp{_tag(python)}-{platform.replace('-', '_')}"
    return PythonNames(platform=platform, soabi=soabi, suffix=f".{soabi}.pyd", system="Windows", machine=machine)


def _link_linux(target: Target, _: PythonNames) -> Linking:
    if target.libc != "musl":
        return Linking()
    return Linking(renamed=("libc.so", MUSL_LIBC.format(machine=target.machine)))


def _link_macos(_: Target, names: PythonNames) -> Linking:
    # The extension finds Python's symbols in the process that loads it; its own name must not be a path of this machine.
    return Linking(words=("-undefined", "dynamic_lookup", f"-Wl,-install_name,@rpath/interpreter{names.suffix}"))


def _link_windows(_: Target, names: PythonNames) -> Linking:
    return Linking(words=(f"-l{import_library(names)}",), exports=("PyInit_interpreter",))


def import_library(names: PythonNames) -> str:
    """Return the name of Windows' Python library, such as python313 or python314t."""
    return names.soabi.partition("-")[0].replace("cp", "python")


@dataclass(frozen=True, kw_only=True)
class System:
    """How things are done on one system."""

    names: Callable[[Target, str, str], PythonNames]
    linking: Callable[[Target, PythonNames], Linking]


SYSTEMS: Mapping[str, System] = {
    "linux": System(names=_linux, linking=_link_linux),
    "macos": System(names=_macos, linking=_link_macos),
    "windows": System(names=_windows, linking=_link_windows),
}


def python_names(target: Target, python: str, policy: str) -> PythonNames:
    """Return what a target's CPython `python` (3.13, 3.14t) calls itself; `policy` is the tag that is built for."""
    return SYSTEMS[target.system].names(target, python, policy)


def linking(target: Target, names: PythonNames) -> Linking:
    """Return what a link of an extension for a target needs."""
    return SYSTEMS[target.system].linking(target, names)


def is_as_good(platform: str, policy: str) -> bool:
    """Tell whether whatever can install a wheel of `policy` can install one of `platform` as well."""
    found, wanted = VERSIONED.fullmatch(platform), VERSIONED.fullmatch(policy)
    if not found or not wanted:
        return platform == policy
    same = (found["family"], found["machine"]) == (wanted["family"], wanted["machine"])
    return same and (int(found["major"]), int(found["minor"])) <= (int(wanted["major"]), int(wanted["minor"]))
