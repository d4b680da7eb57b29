"""Which program repairs a wheel: the one of its own system, or one that does the same work on another system.

auditwheel knows ELF files of every machine. delocate needs macOS' own tools, so elsewhere repairwheel does its work, which
reads and signs Mach-O files in Python; delvewheel runs everywhere. Both come from requirements/foreign.txt then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Target
from scripts.core.environments import Maker, base_interpreter
from scripts.core.targets import is_host, this_machine

Words = list[str | Path]
AUDITWHEEL_FOR = Path(__file__).with_name("auditwheel_for.py")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A wheel to be repaired for a target: into which folder, for which platform tag, with libraries from where, if any."""

    wheel: Path
    target: Target
    policy: str
    native: Path | None
    out: Path


def _auditwheel(python: Path, wish: Wish) -> tuple[Words, Mapping[str, str]]:
    as_there: Words = [python, AUDITWHEEL_FOR, wish.target.machine, wish.target.libc]
    program: Words = [python, "-m", "auditwheel"] if is_host(wish.target) else as_there
    words: Words = [*program, "repair", "--plat", wish.policy, "-w", wish.out, wish.wheel]
    return words, {"LD_LIBRARY_PATH": str(wish.native)} if wish.native else {}


def _delocate(python: Path, wish: Wish) -> tuple[Words, Mapping[str, str]]:
    words: Words = [python.with_name("delocate-wheel"), "--require-archs", wish.target.machine, "-w", wish.out, wish.wheel]
    return words, {"DYLD_LIBRARY_PATH": str(wish.native)} if wish.native else {}


def _repairwheel(python: Path, wish: Wish) -> tuple[Words, Mapping[str, str]]:
    add: Words = ["--lib-dir", wish.native] if wish.native else []
    return [python, "-m", "repairwheel", "--no-sys-paths", *add, "--output-dir", wish.out, wish.wheel], {}


def _delvewheel(python: Path, wish: Wish) -> tuple[Words, Mapping[str, str]]:
    add: Words = ["--add-path", wish.native] if wish.native else []
    return [python, "-m", "delvewheel", "repair", *add, "-w", wish.out, wish.wheel], {}


Repairer = Callable[[Path, Wish], tuple[Words, Mapping[str, str]]]
AT_HOME: Mapping[str, Repairer] = {"linux": _auditwheel, "macos": _delocate, "windows": _delvewheel}
ELSEWHERE: Mapping[str, Repairer] = {"macos": _repairwheel, "windows": _delvewheel}


def _is_at_home(target: Target) -> bool:
    """Tell whether the tools of this machine are the ones for a target's wheels."""
    return target.system == "linux" or target.system == this_machine()[0]


def repair_set(target: Target) -> str:
    """Return the requirement set that has the program which repairs a target's wheels here."""
    return "tools" if _is_at_home(target) else "foreign"


def repair_command(maker: Maker, wish: Wish) -> tuple[Words, Mapping[str, str]]:
    """Return the command that repairs a wheel here, and what it sets; the environment is made where it is not there yet."""
    python, repairers = Path(sys.executable), AT_HOME
    if not _is_at_home(wish.target):
        base = base_interpreter()
        python, repairers = maker.cached("foreign", base, f"CPython {sys.version.split()[0]}").python, ELSEWHERE
    words, variables = repairers[wish.target.system](python, wish)
    return words, {"PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)]), **variables}
