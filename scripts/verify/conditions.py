"""What must not change a product: each condition varies one thing, or several that belong together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.files import fresh_folder
from scripts.core.interpreters import Interpreter, all_interpreters, override_variable
from scripts.core.layout import CACHE_VARIABLE, Layout

LONG_NAME = "ein sehr langer Pfad, mit Leerzeichen und ünïcödé, 数値式, " + "und noch länger " * 4
LONG_AGO = 915_148_800  # 1999-01-01, in seconds since 1970


def _nothing(_: Path) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One way of building: `prepare` is given the copy of the checkout and returns the variables to set."""

    name: str
    folder: str
    prepare: Callable[[Path], Mapping[str, str]] = _nothing
    umask: int = 0o022
    processors: frozenset[int] = field(default_factory=frozenset)


def _elsewhere(copy: Path) -> Mapping[str, str]:
    home, temporary = fresh_folder(copy.parent / "another home"), fresh_folder(copy.parent / "another tmp")
    return {"HOME": str(home), "TMPDIR": str(temporary), "USER": "somebody", "LOGNAME": "somebody"}


def _scrambled(copy: Path) -> Mapping[str, str]:
    """Give all files other times and modes than git gave them."""
    for number, path in enumerate(sorted(copy.rglob("*"))):
        path.chmod(0o700 if path.is_dir() or number % 2 else 0o600)
        os.utime(path, (LONG_AGO + number * 86_400, LONG_AGO + number * 86_400))
    return {}


def _other_cache(layout: Layout) -> Callable[[Path], Mapping[str, str]]:
    def prepare(copy: Path) -> Mapping[str, str]:
        """Point to a cache with the same downloads, but with environments and compiler cache still to be made."""
        cache = fresh_folder(copy.parent / "another cache")
        for name in ("packages", "zig"):
            if (layout.cache / name).is_dir():
                (cache / name).symlink_to(layout.cache / name)
        return {CACHE_VARIABLE: str(cache)}

    return prepare


def _no_git(_: Path) -> Mapping[str, str]:
    """Put every remote out of git's reach, so that the source comes from the index's sdist."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "url.file:///nowhere/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://",
    }


def _another_python(python: Interpreter, other: Interpreter) -> Condition:
    def prepare(_: Path) -> Mapping[str, str]:
        return {override_variable(python.name): other.executable}

    return Condition(name=f"another CPython {python.name}: {other.full} in another place", folder="other python", prepare=prepare)


def conditions(layout: Layout, python: Interpreter) -> Iterator[Condition]:
    """Yield the conditions of this machine; the first one is the one that the others are compared with."""
    yield Condition(name="as it is", folder="plain")
    yield Condition(name="a long path with spaces and other letters", folder=LONG_NAME.strip())
    yield Condition(name="another home, temporary folder and user name", folder="elsewhere", prepare=_elsewhere)
    yield Condition(
        name="another time zone and locale",
        folder="abroad",
        prepare=lambda _: {"TZ": "Asia/Kathmandu", "LANG": "tr_TR.UTF-8", "LC_ALL": "C", "PYTHONUTF8": "0"},
    )
    yield Condition(name="umask 077, other times and modes of all files", folder="scrambled", prepare=_scrambled, umask=0o077)
    yield Condition(
        name="flags, date and hash seed set by the person",
        folder="variables",
        prepare=lambda _: {
            "CFLAGS": "-O0 -g", "CXXFLAGS": "-O0 -g", "LDFLAGS": "-Wl,--build-id", "SOURCE_DATE_EPOCH": "1",
            "PYTHONHASHSEED": "42", "MAKEFLAGS": "-j7", "CC": "false", "CXX": "false",
        },
    )  # fmt: skip
    yield Condition(name="environments and compiler cache made anew", folder="cold", prepare=_other_cache(layout))
    yield Condition(name="one processor", folder="single", processors=frozenset({0}))
    yield Condition(name="source by sdist, git out of reach", folder="no git", prepare=_no_git)
    for other in all_interpreters(python.name):
        if Path(other.executable).resolve() != Path(python.executable).resolve() and other.headers:
            yield _another_python(python, other)
            return
