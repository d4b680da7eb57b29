"""What tags and numbers are called where people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable

MACHINES = {"x86_64": "x86-64", "amd64": "x86-64", "arm64": "ARM64", "aarch64": "ARM64", "universal2": "universal"}
LIBC = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(.+)")
MACOS = re.compile(r"macosx_(\d+)_(\d+)_(.+)")


def platform_words(platforms: Iterable[str]) -> tuple[str, str]:
    """Return a platform as a person says it, and what it asks for, of the least demanding of a wheel's tags."""
    tag = sorted(platforms, key=_demand)[0]
    if linux := LIBC.fullmatch(tag):
        libc = "musl" if linux[1] == "musllinux" else "glibc"
        return f"Linux {MACHINES.get(linux[4], linux[4])}", f"{libc} {linux[2]}.{linux[3]} or newer"
    if macos := MACOS.fullmatch(tag):
        return f"macOS {MACHINES.get(macos[3], macos[3])}", f"macOS {macos[1]}.{macos[2]} or newer"
    if tag.startswith("win"):
        machine = tag.removeprefix("win_") if tag != "win32" else "x86"
        return f"Windows {MACHINES.get(machine, machine)}", ""
    return tag, ""


def _demand(tag: str) -> tuple[int, ...]:
    # The numbers in front of the machine; names without any, such as manylinux2014, say less and go last.
    found = LIBC.fullmatch(tag) or MACOS.fullmatch(tag)
    return tuple(int(part) for part in found.groups() if part.isdigit()) if found else (10**6,)


def python_words(interpreter: str) -> str:
    """Return the CPython of a wheel's python and abi tags, such as `3.14, free-threaded` for cp314-cp314t."""
    found = re.match(r"cp3(\d+)-cp3\d+(t?)", interpreter)
    return f"3.{found[1]}{', free-threaded' if found[2] else ''}" if found else interpreter


def size_words(size: int) -> str:
    """Return a size in bytes as a person reads it."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"
