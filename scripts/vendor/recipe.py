"""vendor/<library>/recipe.toml as frozen dataclasses: data about a native library, no code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.errors import ConfigError, RequestError
from scripts.core.source_lock import SHA256
from scripts.core.tables import Table, read_toml


@dataclass(frozen=True, kw_only=True)
class RecipeInput:
    """A file of the package index, pinned, and the members of it that are used."""

    name: str
    version: str
    filename: str
    sha256: str
    archives: tuple[str, ...]
    headers: tuple[str, ...]
    licences: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """All that is taken out of the file."""
        return (*self.archives, *self.headers, *self.licences)


@dataclass(frozen=True, kw_only=True)
class RecipeTarget:
    """What one target's library is made from; `compile` is the name of the target for zig."""

    compile: str
    inputs: tuple[RecipeInput, ...]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A recipe: the library's names and bounds, its inputs by target, and how it is linked."""

    path: Path
    file: str
    soname: str
    needed: tuple[str, ...]
    highest_glibc: str
    targets: Mapping[str, RecipeTarget]
    options: tuple[str, ...]
    libraries: tuple[str, ...]

    def target(self, name: str) -> RecipeTarget:
        """Return the part for a target; RequestError where the library does not exist for it."""
        if name not in self.targets:
            raise RequestError(
                f"vendor/{self.path.parent.name} does not exist for {name}, so there is no vml wheel for it; it exists for "
                f"{', '.join(self.targets)}"
            )
        return self.targets[name]


def _members(table: Table, key: str) -> tuple[str, ...]:
    members = table.strings(key, "paths inside the file", ())
    for member in members:
        if PurePosixPath(member).is_absolute() or ".." in member.split("/"):
            raise table.fail(key, member, "a path inside the file")
    return members


def _input(table: Table) -> RecipeInput:
    table.only("name", "version", "filename", "sha256", "archives", "headers", "licences")
    sha256 = table.get("sha256", str, "64 hex digits")
    if not SHA256.fullmatch(sha256):
        raise table.fail("sha256", sha256, "64 hex digits")
    filename = table.get("filename", str, "a file name")
    if not re.fullmatch(r"[\w.+-]+", filename):
        raise table.fail("filename", filename, "a file name without folders")
    return RecipeInput(
        name=table.get("name", str, "a project of the package index"),
        version=table.get("version", str, "its version"),
        filename=filename,
        sha256=sha256,
        archives=_members(table, "archives"),
        headers=_members(table, "headers"),
        licences=_members(table, "licences"),
    )


def _target(table: Table) -> RecipeTarget:
    table.only("compile", "inputs")
    inputs = table.get("inputs", list, "a list of tables")
    if not inputs or not all(isinstance(one, dict) for one in inputs):
        raise table.fail("inputs", inputs, "a list of tables")
    return RecipeTarget(
        compile=table.get("compile", str, "a target of zig such as x86_64-linux-gnu.2.17"),
        inputs=tuple(_input(Table(table.file, f"{table.key}.inputs[{number}]", one)) for number, one in enumerate(inputs)),
    )


def read_recipe(vendor: Path, library: str) -> Recipe:
    """Return vendor/<library>/recipe.toml; ConfigError for whatever it must not hold."""
    path = vendor / library / "recipe.toml"
    top = read_toml(path)
    top.only("library", "targets", "link")
    about, link = top.table("library"), top.table("link")
    about.only("file", "soname", "needed", "highest_glibc")
    link.only("options", "libraries")
    glibc = about.get("highest_glibc", str, "a version such as 2.4")
    if not re.fullmatch(r"\d+(\.\d+)+", glibc):
        raise ConfigError(f"{path.name}: library.highest_glibc: found {glibc!r}; allowed: a version such as 2.4")
    return Recipe(
        path=path,
        file=about.get("file", str, "a file name"),
        soname=about.get("soname", str, "a file name"),
        needed=about.strings("needed", "names of libraries"),
        highest_glibc=glibc,
        targets={name: _target(table) for name, table in top.tables("targets").items()},
        options=link.strings("options", "a list of linker options", ()),
        libraries=link.strings("libraries", "a list of libraries", ()),
    )
