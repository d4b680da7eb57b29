"""What a test needs of a CPython: an environment of its own with the wheel in it, and what to say of how it was run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.core.environments import Environment
from scripts.core.packages import LockedSet

NATIVE = "native"
STRUCTURE_ONLY = "structure only"
# What a way of running is called in wheels.toml ([upload] tested); `how` begins with it and has versions behind.
KINDS = (NATIVE, "qemu-user", "musl", "wine")


def kind_of(how: str) -> str:
    """Return the way of running, without versions, that a record's `how` is one of."""
    return how.partition(" ")[0]


def as_it_is(path: str) -> str:
    """Return a path as a CPython prints it, where that is what this machine calls it too."""
    return path


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A CPython that can run a wheel here: `how` says by what means, such as native or qemu-user 7.2.

    `full` is its version, `identity` all of it that can change how a test ends. `create` makes a fresh environment at a path,
    with the packages of a requirement set in it; `add_wheel` adds the wheel. `here` turns a path as that CPython prints it into
    this machine's.
    """

    how: str
    full: str
    identity: Mapping[str, Any]
    create: Callable[[Path, LockedSet, Path], Environment]
    add_wheel: Callable[[Environment, Path, Path], None]
    here: Callable[[str], str] = as_it_is
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Untestable:
    """Why a wheel cannot be run here, and what a person can do about it (empty where nothing helps)."""

    why: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.why}; {self.mend}" if self.mend else self.why
