"""sysroots/sources.toml: which archive holds the headers of a CPython, with its sha256."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import InterpreterError
from scripts.core.tables import Table, read_toml

SOURCES = "sources.toml"
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class PythonSource:
    """A file of the package index: the zip `member` in it holds a Windows CPython below `folder`."""

    version: str
    project: str
    filename: str
    sha256: str
    member: str
    folder: str


def _known(sysroots: Path) -> dict[str, Table]:
    table = read_toml(sysroots / SOURCES)
    table.only("python")
    return table.tables("python")


def known_pythons(sysroots: Path) -> tuple[str, ...]:
    """Return the CPythons whose headers sources.toml has."""
    return tuple(_known(sysroots))


def python_source(sysroots: Path, python: str) -> PythonSource:
    """Return where the headers of CPython `python` come from.

    Raises:
        ConfigError: sources.toml is not right.
        InterpreterError: it has none for that CPython.
    """
    known = _known(sysroots)
    if python not in known:
        raise InterpreterError(
            f"there are no headers of CPython {python} to build for another platform than this machine's; sysroots/{SOURCES} has "
            f"{', '.join(known)}. On a machine of the target itself, nox -s build takes the headers of the CPython there"
        )
    one = known[python]
    one.only("version", "project", "filename", "sha256", "member", "folder")
    texts = {key: one.get(key, str, "a text") for key in ("version", "project", "filename", "sha256", "member", "folder")}
    if not SHA256.fullmatch(texts["sha256"]):
        raise one.fail("sha256", texts["sha256"], "the sha256 of the archive, 64 hexadecimal digits")
    return PythonSource(**texts)
