"""The [ci] table of wheels.toml: which runner builds a target, which one repairs and tests it, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import SYSTEMS, Target
from scripts.core.tables import Table, read_toml
from scripts.sysroot.sources import known_pythons

LABEL = "the label of a GitHub runner, such as ubuntu-24.04"


@dataclass(frozen=True, kw_only=True)
class CiSettings:
    """`runners` by system and machine, `containers` by the machine of a musl target, `without` by target and python.

    `pythons_with_headers` are those that the builder can compile for other platforms, from archives that stay where they are:
    a Debian package is gone from the mirrors once a newer one is there.
    """

    builder: str
    built_there: tuple[str, ...]
    runners: Mapping[tuple[str, str], str]
    containers: Mapping[str, str]
    without: Mapping[tuple[str, str], str]
    pythons_with_headers: frozenset[str]

    def runner(self, target: Target) -> str:
        """Return the runner that is of the target's system and machine; empty where there is none."""
        return self.runners.get((target.system, target.machine), "")

    def container(self, target: Target) -> str:
        """Return the image that a job of the target runs in; empty for none."""
        return self.containers.get(target.machine, "") if target.libc == "musl" else ""


def _pairs(table: Table, meaning: str) -> dict[tuple[str, str], str]:
    return {
        (outer, inner): inside.get(inner, str, meaning)
        for outer, inside in ((name, table.table(name)) for name in table.values)
        for inner in inside.values
    }


def ci_settings(path: Path) -> CiSettings:
    """Return the [ci] table of `path` (wheels.toml); ConfigError for a wrong key or value."""
    table = read_toml(path).table("ci")
    table.only("builder", "built-there", "runners", "musl-containers", "without")
    runners = table.table("runners")
    runners.only(*SYSTEMS)
    containers = table.table("musl-containers") if "musl-containers" in table.values else None
    without = table.table("without") if "without" in table.values else None
    return CiSettings(
        builder=table.get("builder", str, LABEL),
        built_there=table.strings("built-there", "a list of targets", ()),
        runners=_pairs(runners, LABEL),
        containers={name: containers.get(name, str, "a container image") for name in containers.values} if containers else {},
        pythons_with_headers=frozenset(known_pythons(path.parent / "sysroots")),
        without=_pairs(without, "the reason, in a few words") if without else {},
    )
