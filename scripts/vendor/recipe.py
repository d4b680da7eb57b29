"""vendor/<library>/recipe.toml as frozen dataclasses: data about a native library, no code.

There are two kinds: libraries that are linked out of archives of the package index, and libraries that are built from a
pinned source and C of our own. A recipe with a [source] table is of the second kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.config import SYSTEMS, Target
from scripts.core.errors import RequestError
from scripts.core.source_lock import SHA256
from scripts.core.tables import Table, read_toml

# The name of a shared library, by system.
FILES = {"linux": "lib{name}.so", "macos": "lib{name}.dylib", "windows": "{name}.dll"}


@dataclass(frozen=True, kw_only=True)
class About:
    """What both kinds say of the library: its name for the linker, and what it may need at run time on each system.

    `needed` are patterns of names of libraries, `highest_glibc` is the newest symbol version of glibc on Linux.
    """

    path: Path
    name: str
    needed: Mapping[str, tuple[str, ...]]
    highest_glibc: str

    @property
    def library(self) -> str:
        """The name of the folder in vendor/."""
        return self.path.parent.name

    def file(self, target: Target) -> str:
        """Return the file name of the shared library on a target's system."""
        return FILES[target.system].format(name=self.name)


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
class ArchiveRecipe:
    """A library that is linked out of static archives of the package index."""

    about: About
    targets: Mapping[str, RecipeTarget]
    options: tuple[str, ...]
    libraries: tuple[str, ...]

    def target(self, target: Target) -> RecipeTarget:
        """Return the part for a target; RequestError where the library does not exist for it."""
        if target.name not in self.targets:
            raise _does_not_exist(self.about, target, self.targets)
        return self.targets[target.name]


@dataclass(frozen=True, kw_only=True)
class SourceRecipe:
    """A library that is built from a pinned source and from C of our own beside the recipe.

    `levels` maps an architecture, as zig calls it, to its levels and each level's compiler flags; `link` holds the linker
    options of each system.
    """

    about: About
    remote: str
    lock: str
    debian: str
    licences: tuple[str, ...]
    headers: str
    generators: tuple[str, ...]
    options: tuple[str, ...]
    kernels: str
    dispatch: str
    flags: tuple[str, ...]
    levels: Mapping[str, Mapping[str, tuple[str, ...]]]
    link: Mapping[str, tuple[str, ...]]

    def levels_of(self, target: Target) -> Mapping[str, tuple[str, ...]]:
        """Return the levels of a target's architecture; RequestError where the library does not exist for it."""
        architecture = target.zig.partition("-")[0]
        if architecture not in self.levels:
            raise _does_not_exist(self.about, target, self.levels)
        return self.levels[architecture]


Recipe = ArchiveRecipe | SourceRecipe


def _does_not_exist(about: About, target: Target, known: Mapping[str, object]) -> RequestError:
    return RequestError(
        f"vendor/{about.library} does not exist for {target.name}, so there is no vml wheel for it; it exists for "
        f"{', '.join(known)}"
    )


def _paths(table: Table, key: str) -> tuple[str, ...]:
    members = table.strings(key, "paths inside the file", ())
    for member in members:
        if PurePosixPath(member).is_absolute() or ".." in member.split("/"):
            raise table.fail(key, member, "a path inside the file")
    return members


def _file_name(table: Table, key: str) -> str:
    name = table.get(key, str, "a file name")
    if not re.fullmatch(r"[\w.+-]+", name):
        raise table.fail(key, name, "a file name without folders")
    return name


def _input(table: Table) -> RecipeInput:
    table.only("name", "version", "filename", "sha256", "archives", "headers", "licences")
    sha256 = table.get("sha256", str, "64 hex digits")
    if not SHA256.fullmatch(sha256):
        raise table.fail("sha256", sha256, "64 hex digits")
    return RecipeInput(
        name=table.get("name", str, "a project of the package index"),
        version=table.get("version", str, "its version"),
        filename=_file_name(table, "filename"),
        sha256=sha256,
        archives=_paths(table, "archives"),
        headers=_paths(table, "headers"),
        licences=_paths(table, "licences"),
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


def _about(path: Path, table: Table) -> About:
    table.only("name", "needed", "highest_glibc")
    glibc = table.get("highest_glibc", str, "a version such as 2.4")
    if not re.fullmatch(r"\d+(\.\d+)+", glibc):
        raise table.fail("highest_glibc", glibc, "a version such as 2.4")
    needed = table.table("needed")
    needed.only(*SYSTEMS)
    return About(
        path=path,
        name=_file_name(table, "name"),
        needed={system: needed.strings(system, "patterns of names of libraries", ()) for system in SYSTEMS},
        highest_glibc=glibc,
    )


def _archive_recipe(about: About, top: Table) -> ArchiveRecipe:
    top.only("library", "targets", "link")
    link = top.table("link")
    link.only("options", "libraries")
    return ArchiveRecipe(
        about=about,
        targets={name: _target(table) for name, table in top.tables("targets").items()},
        options=link.strings("options", "a list of linker options", ()),
        libraries=link.strings("libraries", "a list of libraries", ()),
    )


def _levels(table: Table) -> dict[str, tuple[str, ...]]:
    for name in table.values:
        if not re.fullmatch(r"[a-z0-9]+", name):
            raise table.fail(name, name, "names of levels: small letters and digits")
    return {name: table.strings(name, "a list of compiler flags") for name in table.values}


def _source_recipe(about: About, top: Table) -> SourceRecipe:
    top.only("library", "source", "headers", "compile", "link")
    source, headers, compile_table, link = (top.table(name) for name in ("source", "headers", "compile", "link"))
    source.only("remote", "lock", "debian", "licences")
    headers.only("files", "generators", "options")
    compile_table.only("kernels", "dispatch", "flags", "levels")
    link.only(*SYSTEMS)
    return SourceRecipe(
        about=about,
        remote=source.get("remote", str, "the URL of a git repository"),
        lock=_file_name(source, "lock"),
        debian=source.get("debian", str, "a path on a Debian mirror"),
        licences=_paths(source, "licences"),
        headers=headers.get("files", str, "the path of a level's header in the build folder, with {level}"),
        generators=headers.strings("generators", "names of programs that the build runs"),
        options=headers.strings("options", "a list of options of cmake", ()),
        kernels=_file_name(compile_table, "kernels"),
        dispatch=_file_name(compile_table, "dispatch"),
        flags=compile_table.strings("flags", "a list of compiler flags"),
        levels={name: _levels(table) for name, table in compile_table.tables("levels").items()},
        link={system: link.strings(system, "a list of linker options", ()) for system in SYSTEMS},
    )


def read_recipe(vendor: Path, library: str) -> Recipe:
    """Return vendor/<library>/recipe.toml; ConfigError for whatever it must not hold."""
    path = vendor / library / "recipe.toml"
    top = read_toml(path)
    about = _about(path, top.table("library"))
    return _source_recipe(about, top) if "source" in top.values else _archive_recipe(about, top)
