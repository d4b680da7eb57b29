"""sysroots/debian.toml and the pins beside it as frozen dataclasses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.errors import ConfigError, RequestError
from scripts.core.tables import Table, read_toml

FILE = "debian.toml"
# A line as sha256sum(1) writes it.
PIN = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>pool/[A-Za-z0-9._+~/-]+)")


@dataclass(frozen=True, kw_only=True)
class DebianSet:
    """Packages of one suite and architecture, with what they depend on unless they stand `alone`.

    `sources` gives upstream archives instead.
    """

    name: str
    suite: str
    architecture: str
    packages: tuple[str, ...]
    sources: tuple[str, ...]
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Sources:
    """All of sysroots/debian.toml."""

    path: Path
    debian: Mapping[str, DebianSet]

    def debian_set(self, name: str) -> DebianSet:
        """Return the set called `name`; RequestError names the ones there are."""
        if name not in self.debian:
            raise RequestError(f"sysroots/{FILE} has no Debian set {name!r}; it has {', '.join(self.debian)}")
        return self.debian[name]


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A file of a Debian mirror: its path there, and the sha256 that it must have."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


def _debian(name: str, table: Table) -> DebianSet:
    table.only("suite", "architecture", "packages", "sources", "alone")
    packages = table.strings("packages", "names of Debian packages", ())
    sources = table.strings("sources", "names of Debian source packages", ())
    if bool(packages) == bool(sources):
        raise table.fail("packages", packages, "names of packages, or sources with names of source packages, not both")
    return DebianSet(
        name=name,
        suite=table.get("suite", str, "a Debian suite such as bookworm"),
        architecture=table.get("architecture", str, "a Debian architecture such as arm64"),
        packages=packages,
        sources=sources,
        alone=table.get("alone", bool, "true or false", False),
    )


def read_sources(sysroots: Path) -> Sources:
    """Return the sources of a folder sysroots/; ConfigError for whatever the file must not hold."""
    top = read_toml(sysroots / FILE)
    top.only("debian")
    return Sources(
        path=sysroots / FILE,
        debian={name: _debian(name, table) for name, table in top.tables("debian").items()},
    )


def pins_path(sources: Sources, one: DebianSet) -> Path:
    """Return where the pins of a set lie."""
    return sources.path.with_name(f"{one.name}.sha256")


def read_pins(path: Path) -> tuple[Pin, ...]:
    """Return the pins of a file that `nox -s lock` made; ConfigError where it is missing or a line is no pin."""
    if not path.is_file():
        raise ConfigError(f"sysroots/{path.name} is missing; nox -s lock -- {path.stem} makes it")
    pins = []
    for line in path.read_text(encoding="utf-8").splitlines():
        found = PIN.fullmatch(line)
        if found is None or ".." in found["path"].split("/"):
            raise ConfigError(
                f"sysroots/{path.name}: {line[:80]!r} is not a sha256 and a path below pool/; restore the file with git checkout"
            )
        pins.append(Pin(path=found["path"], sha256=found["sha256"]))
    if not pins:
        raise ConfigError(f"sysroots/{path.name} pins nothing; restore it with git checkout")
    return tuple(pins)


def pins_digest(pins: tuple[Pin, ...]) -> str:
    """Return one sha256 over a set's pins."""
    return hashlib.sha256("".join(f"{pin.sha256}  {pin.path}\n" for pin in pins).encode()).hexdigest()
