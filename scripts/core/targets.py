"""Which of wheels.toml's targets this machine is, and the cells (python x target x variant) of a run."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Config, Target
from scripts.core.errors import RequestError

# What platform.machine() says, as wheels.toml spells it.
MACHINES = {
    "linux": {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"},
    "macos": {"x86_64": "x86_64", "arm64": "arm64"},
    "windows": {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64"},
}
SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One wheel to be made: which CPython (as wheels.toml names it), for which target, of which variant."""

    python: str
    target: Target
    variant: str

    @property
    def name(self) -> str:
        """The cell's name in file names and messages, such as cp313-linux-x86_64-vml."""
        return f"cp{self.python.replace('.', '')}-{self.target.name}-{self.variant}"


CELL_NAME = re.compile(r"cp3(?P<minor>\d+)(?P<threads>t?)-(?P<target>.+)-(?P<variant>[^-]+)")


def cell_of(name: str, config: Config) -> Cell:
    """Return the cell that a name such as cp313-linux-x86_64-vml stands for; RequestError where there is no such cell."""
    found = CELL_NAME.fullmatch(name)
    if found is None or found["variant"] not in config.variants:
        raise RequestError(f"{name!r} names no cell; a cell is called like cp313-linux-x86_64-plain")
    return Cell(python=f"3.{found['minor']}{found['threads']}", target=config.target(found["target"]), variant=found["variant"])


def this_machine() -> tuple[str, str, str]:
    """Return system, machine and C library of the machine that this runs on, as wheels.toml spells them."""
    system = SYSTEMS.get(sys.platform, sys.platform)
    machine = MACHINES.get(system, {}).get(platform.machine().lower(), platform.machine())
    libc = ""
    if system == "linux":
        libc = "musl" if any(Path("/lib").glob("ld-musl-*")) and not platform.libc_ver()[0] else "glibc"
    return system, machine, libc


def is_host(target: Target) -> bool:
    """Tell whether a target is the machine that this runs on."""
    return (target.system, target.machine, target.libc) == this_machine()


def host_target(config: Config) -> Target:
    """Return the target that this machine is; RequestError where wheels.toml has none like it."""
    for target in config.targets.values():
        if is_host(target):
            return target
    raise RequestError(
        f"wheels.toml has no target for this machine ({' '.join(filter(None, this_machine()))}); "
        f"it has {', '.join(config.targets)}"
    )
