"""The names that CPython exports, by version: python-symbols.txt, made by `nox -s lock -- python-symbols`.

Taken from the pinned Windows CPythons of sysroots/sources.toml, whose DLL exports what the headers declare (PyAPI_FUNC,
PyAPI_DATA) and nothing else, while a Linux CPython exports whatever is not static.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scripts.core.errors import ConfigError

LIST = Path(__file__).with_name("python-symbols.txt")
HEAD = "# Made by nox -s lock -- python-symbols; do not edit. A name, and the CPythons that export it."


def rendered(exported: Mapping[str, frozenset[str]]) -> str:
    """Return the text of the list from the exported names by CPython."""
    names = sorted(frozenset().union(*exported.values()))
    lines = [" ".join([name, *(python for python, have in exported.items() if name in have)]) for name in names]
    return "\n".join([HEAD, *lines]) + "\n"


@cache
def _known(path: Path) -> Mapping[str, frozenset[str]]:
    known: dict[str, set[str]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read ({error.strerror}); restore it with git checkout") from error
    for line in lines:
        name, *pythons = line.split()
        if name != "#":
            for python in pythons:
                known.setdefault(python, set()).add(name)
    return {python: frozenset(names) for python, names in known.items()}


def python_symbols(python: str, path: Path = LIST) -> frozenset[str] | None:
    """Return the names that a CPython called as in wheels.toml exports; None where the list does not know it."""
    return _known(path).get(python)
