"""sysroots/sources.toml: where the headers of each CPython are, an archive of the package index or a Debian package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.errors import InterpreterError
from scripts.core.tables import Table, read_toml

SOURCES = "sources.toml"
SHA256 = re.compile(r"[0-9a-f]{64}")
TEXT = "a text"


@dataclass(frozen=True, kw_only=True)
class PythonSource:
    """A file of the package index: the zip `member` in it holds a Windows CPython below `folder`."""

    version: str
    project: str
    filename: str
    sha256: str
    member: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class PackagedHeaders:
    """A set of sysroots/debian.toml, and the folder `include` with a POSIX CPython's headers in its packages."""

    version: str
    debian_set: str
    include: PurePosixPath


def _known(sysroots: Path) -> tuple[dict[str, Table], dict[str, Table]]:
    top = read_toml(sysroots / SOURCES)
    top.only("python", "packaged")
    return top.tables("python"), top.tables("packaged") if "packaged" in top.values else {}


def known_pythons(sysroots: Path) -> tuple[str, ...]:
    """Return the CPythons whose headers are in an archive of the index, for every system and for good."""
    return tuple(_known(sysroots)[0])


def pythons_with_headers(sysroots: Path, system: str) -> tuple[str, ...]:
    """Return the CPythons whose headers can be had for a system."""
    archived, packaged = _known(sysroots)
    return (*archived, *(() if system == "windows" else packaged))


def python_source(sysroots: Path, python: str) -> PythonSource:
    """Return the archive that holds CPython `python` for Windows, and its headers for every system.

    Raises:
        ConfigError: sources.toml is not right.
        InterpreterError: it has none for that CPython.
    """
    archived, packaged = _known(sysroots)
    if python not in archived:
        headers = f"; only POSIX headers are known of {', '.join(packaged)}" if python in packaged else ""
        raise InterpreterError(
            f"there are no headers of CPython {python} to build for another platform than this machine's; sysroots/{SOURCES} has "
            f"{', '.join(archived)}{headers}. On a machine of the target itself nox -s build takes the headers of its CPython"
        )
    one = archived[python]
    one.only("version", "project", "filename", "sha256", "member", "folder")
    texts = {key: one.get(key, str, TEXT) for key in ("version", "project", "filename", "sha256", "member", "folder")}
    if not SHA256.fullmatch(texts["sha256"]):
        raise one.fail("sha256", texts["sha256"], "the sha256 of the archive, 64 hexadecimal digits")
    return PythonSource(**texts)


def headers_source(sysroots: Path, python: str, system: str) -> PythonSource | PackagedHeaders:
    """Return where the headers of CPython `python` come from for a system.

    Raises:
        ConfigError: sources.toml is not right.
        InterpreterError: it has none for that CPython and system.
    """
    archived, packaged = _known(sysroots)
    if python in archived or python not in packaged or system == "windows":
        return python_source(sysroots, python)
    one = packaged[python]
    one.only("version", "set", "include")
    include = PurePosixPath(one.get("include", str, TEXT))
    return PackagedHeaders(version=one.get("version", str, TEXT), debian_set=one.get("set", str, TEXT), include=include)
