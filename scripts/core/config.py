"""wheels.toml as frozen dataclasses: what is built, from what, for whom, and the bounds it must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scripts.core.errors import RequestError
from scripts.core.tables import Table, read_toml
from scripts.core.tree import is_excluded

Libc = Literal["glibc", "musl", ""]

SYSTEMS = ("linux", "macos", "windows")
# Files of every numexpr that cannot be compiled without them.
COMPILED = ("setup.py", "pyproject.toml", "numexpr/__init__.py", "numexpr/interpreter.cpp", "numexpr/interpreter.hpp")
# PEP 425: windows has a fixed tag for each machine.
WINDOWS_TAGS = {"amd64": "win_amd64", "arm64": "win_arm64", "x86": "win32"}


# How a tag of each family begins, for messages: the versions are the ones most wheels ask for.
EXAMPLES = {"glibc": "manylinux_2_28", "musl": "musllinux_1_2", "": "macosx_11_0"}


# The versions that auditwheel has a policy for, oldest first; it repairs for no other. tests/unit/test_config.py holds them
# to auditwheel's own list, which nox, who reads this file as well, cannot import.
VERSIONS = {
    "glibc": (
        "2_5", "2_12", "2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34", "2_35", "2_36", "2_37", "2_38", "2_39", "2_40",
        "2_41",
    ),
    "musl": ("1_1", "1_2"),
}  # fmt: skip
FAMILIES = {"glibc": "manylinux", "musl": "musllinux", "": "macosx"}


def policy_pattern(system: str, libc: str, machine: str) -> re.Pattern[str]:
    """Return what a platform tag of a target looks like: PEP 600 (manylinux), PEP 656 (musllinux), PEP 425 (macosx, win)."""
    if system == "windows":
        return re.compile(re.escape(WINDOWS_TAGS.get(machine, machine)))
    versions = "|".join(VERSIONS.get(libc, (r"\d+_\d+",)))
    return re.compile(rf"{FAMILIES[libc]}_({versions})_{re.escape(machine)}")


def _allowed_policies(system: str, libc: str, machine: str) -> str:
    """Return what a platform tag of a target may be, for messages."""
    if system == "windows":
        return f"the platform tag of this target, {WINDOWS_TAGS.get(machine, machine)}"
    highest = f"; the highest that auditwheel knows is {FAMILIES[libc]}_{VERSIONS[libc][-1]}_{machine}" if libc else ""
    return f"a platform tag of this target, such as {EXAMPLES[libc]}_{machine}{highest}"


@dataclass(frozen=True, kw_only=True)
class SourceConfig:
    """Where numexpr comes from; `exclude` are path patterns that do not reach the compiler."""

    remote: str
    lock: str
    exclude: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A kind of wheel; `library` names the folder of vendor/ it is linked against, empty for none."""

    name: str
    description: str
    library: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """A platform and architecture.

    `policies` maps each variant it has to the platform tag asked for, `libraries` a variant to the folder of vendor/ that it
    is linked against where that is not the variant's own. `without_flags` are compiler flags that its compiler cannot take.
    """

    name: str
    system: str
    machine: str
    libc: Libc
    zig: str
    policies: Mapping[str, str]
    libraries: Mapping[str, str] = field(default_factory=dict)
    without_flags: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """What its wheels are tagged for: linux, musllinux, macos or windows."""
        return "musllinux" if self.libc == "musl" else self.system


@dataclass(frozen=True, kw_only=True)
class CompileConfig:
    """The full set of compiler and linker flags, and the bounds of the extension's size in bytes."""

    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    least_bytes: int
    most_bytes: int

    def flags_for(self, target: Target) -> tuple[str, ...]:
        """Return the compiler flags for a target."""
        return tuple(flag for flag in self.flags if flag not in target.without_flags)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All of wheels.toml."""

    pythons: tuple[str, ...]
    source: SourceConfig
    variants: Mapping[str, Variant]
    targets: Mapping[str, Target]
    compile: CompileConfig
    test_floor: int

    def target(self, name: str) -> Target:
        """Return the target called `name`; RequestError names the ones there are."""
        if name not in self.targets:
            raise RequestError(f"wheels.toml has no target {name!r}; it has {', '.join(self.targets)}")
        return self.targets[name]

    def policy(self, target: Target, variant: str) -> str:
        """Return the platform tag for a variant of a target; RequestError where the target has no such variant."""
        if variant not in target.policies:
            has = ", ".join(target.policies)
            raise RequestError(
                f"{target.name} has no {variant} variant in wheels.toml (targets.{target.name}.policy); it has {has}"
            )
        return target.policies[variant]


def _source(table: Table) -> SourceConfig:
    table.only("remote", "lock", "exclude")
    for pattern in table.strings("exclude", "a list of path patterns", ()):
        taken = [name for name in COMPILED if is_excluded(name, [pattern])]
        if taken:
            raise table.fail("exclude", pattern, f"patterns that leave what is compiled; this one takes {taken[0]} away")
    return SourceConfig(
        remote=table.get("remote", str, "the URL of numexpr's git repository"),
        lock=table.get("lock", str, "a file of this repository"),
        exclude=table.strings("exclude", "a list of path patterns", ()),
    )


def _variant(name: str, table: Table) -> Variant:
    table.only("description", "library")
    return Variant(
        name=name,
        description=table.get("description", str, "one line of text"),
        library=table.get("library", str, "the name of a folder of vendor/", ""),
    )


def _target(name: str, table: Table, variants: Mapping[str, Variant]) -> Target:
    table.only("system", "machine", "libc", "zig", "policy", "library", "without-flags")
    system = table.choice("system", SYSTEMS)
    libc: Libc = ""
    if system == "linux":
        libc = "musl" if table.choice("libc", ("glibc", "musl")) == "musl" else "glibc"
    policy = table.table("policy")
    policy.only(*variants)
    if not policy.values:
        raise table.fail("policy", {}, "a platform tag for at least one variant")
    policies = {key: policy.get(key, str, "a platform tag such as manylinux_2_28_x86_64") for key in policy.values}
    machine = table.get("machine", str, "an architecture")
    for key, tag in policies.items():
        if not policy_pattern(system, libc, machine).fullmatch(tag):
            raise policy.fail(key, tag, _allowed_policies(system, libc, machine))
    return Target(
        name=name,
        system=system,
        machine=machine,
        libc=libc,
        zig=table.get("zig", str, "a target of zig such as x86_64-linux-gnu", ""),
        policies=policies,
        libraries=_libraries(table, policies, variants),
        without_flags=table.strings("without-flags", "a list of compiler flags", ()),
    )


def _libraries(table: Table, policies: Mapping[str, str], variants: Mapping[str, Variant]) -> dict[str, str]:
    if "library" not in table.values:
        return {}
    libraries = table.table("library")
    libraries.only(*(name for name in policies if variants[name].library))
    return {name: libraries.get(name, str, "the name of a folder of vendor/") for name in libraries.values}


def _compile(table: Table) -> CompileConfig:
    table.only("flags", "link-flags", "extension-bytes")
    bounds = table.table("extension-bytes")
    bounds.only("min", "max")
    least = bounds.count("min", "bytes", least=1)
    most = bounds.count("max", "bytes")
    if most <= least:
        raise bounds.fail("max", most, f"more than min, which is {least}")
    return CompileConfig(
        flags=table.strings("flags", "a list of compiler flags"),
        link_flags=table.strings("link-flags", "a list of linker flags", ()),
        least_bytes=least,
        most_bytes=most,
    )


def read_config(path: Path) -> Config:
    """Return the configuration in `path` (wheels.toml); ConfigError for whatever it must not hold."""
    top = read_toml(path)
    top.only("pythons", "source", "variants", "targets", "compile", "test", "ci", "upload")
    pythons = top.strings("pythons", "a list such as ['3.13', '3.14t']")
    if not pythons:
        raise top.fail("pythons", [], "at least one version such as '3.13'")
    for python in pythons:
        if not re.fullmatch(r"3\.\d+t?", python):
            raise top.fail("pythons", python, "versions such as '3.13', or '3.14t' for free-threaded")
    variants = {name: _variant(name, table) for name, table in top.tables("variants").items()}
    for name, variant in variants.items():
        if variant.library and not (path.parent / "vendor" / variant.library).is_dir():
            raise top.fail(f"variants.{name}.library", variant.library, "the name of a folder of vendor/")
    targets = {name: _target(name, table, variants) for name, table in top.tables("targets").items()}
    for target in targets.values():
        for name, library in target.libraries.items():
            if not (path.parent / "vendor" / library).is_dir():
                raise top.fail(f"targets.{target.name}.library.{name}", library, "the name of a folder of vendor/")
    test = top.table("test")
    test.only("floor")
    return Config(
        pythons=pythons,
        source=_source(top.table("source")),
        variants=variants,
        targets=targets,
        compile=_compile(top.table("compile")),
        test_floor=test.count("floor", "the least number of tests that counts as the suite", least=1),
    )
