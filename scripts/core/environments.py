"""Python environments of hash-locked packages, made by uv, or by virtualenv and pip where there is no uv.

An environment that is only read (tools, compiler, build) lies in the cache under a key and is made once; one that a
wheel is tested in is fresh each time, with the packages of a cached one. A marker file is written last: an environment
without it was never finished.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import CommandError, FetchError, IntegrityError
from scripts.core.files import locked, remove_tree, write_whole
from scripts.core.layout import Layout
from scripts.core.packages import LINES_SHOWN, LockedSet, fetch, read_locked_set
from scripts.core.patience import pip
from scripts.core.run import attempt, command, run, show_tail, step

COMPLETE = "complete.json"
# Hard links are fastest; uv falls back to copies on another file system by itself, on Windows they are the rule.
LINK_MODE = "copy" if os.name == "nt" else "hardlink"
LIBRARY = "Lib" if os.name == "nt" else "lib"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment with an interpreter of its own."""

    path: Path

    @property
    def scripts(self) -> Path:
        return self.path / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    def script(self, name: str) -> Path:
        """Return the path of a program of the environment."""
        return self.scripts / (name + (".exe" if os.name == "nt" else ""))

    @property
    def library(self) -> Path:
        """Return the folder that its packages are in, some levels down."""
        return self.path / LIBRARY


def link_or_copy(source: str, place: str) -> None:
    """Link a file, or copy it where the file system has no links; one that is there already stays."""
    if os.path.lexists(place):
        return
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)


@dataclass(frozen=True, kw_only=True)
class Maker:
    """How environments are made: `uv` is a path or None; `python` has virtualenv and pip."""

    layout: Layout
    python: str
    uv: str | None

    def _pip(self, *, speaks_for: Path) -> list[str]:
        return [self.python, "-m", "pip", "--python", str(speaks_for)]

    def _uv_environment(self) -> dict[str, str]:
        return {"UV_NO_CONFIG": "1", "UV_OFFLINE": "1", "UV_NO_PROGRESS": "1", "UV_LINK_MODE": LINK_MODE}

    def create(self, path: Path, interpreter: str, log: Path) -> Environment:
        """Make an empty environment at `path` from an interpreter."""
        remove_tree(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.uv:
            made = command(
                [self.uv, "venv", "--no-project", "--python", interpreter, path],
                log=log, environment=self._uv_environment(),
            )  # fmt: skip
        else:
            made = command(
                [self.python, "-m", "virtualenv", "--no-periodic-update", "--no-download", "--no-seed",
                 "--python", interpreter, path],
                log=log,
            )  # fmt: skip
        run(made, f"no environment can be made for {interpreter}")
        return Environment(path=path)

    def _install_command(self, environment: Environment, words: Sequence[str]) -> list[str]:
        offline = ["--no-index", "--find-links", str(self.layout.packages), *words]
        if self.uv:
            return [self.uv, "pip", "install", "--python", str(environment.python), *offline]
        return [*self._pip(speaks_for=environment.python), "install", "--disable-pip-version-check", *offline]

    def _install(self, environment: Environment, words: Sequence[str], log: Path) -> int:
        variables = self._uv_environment() if self.uv else {}
        return attempt(command(self._install_command(environment, words), log=log, environment=variables))

    def install_locked(self, environment: Environment, wanted: LockedSet, log: Path, *, compiled: bool = False) -> None:
        """Install a requirement set, from the package store where that suffices.

        `compiled` has Python's files compiled as well, once for all who read them; pip does that anyway.

        Raises:
            FetchError: something has to be downloaded and cannot be.
            IntegrityError: the store holds other bytes than the lock names, and so does the index.
        """
        words = ["--no-deps", "--require-hashes", "--requirement", str(wanted.path)]
        words += ["--compile-bytecode"] if compiled and self.uv else []
        self.layout.packages.mkdir(parents=True, exist_ok=True)
        if self._install(environment, words, log) == 0:
            return
        fetch(self.layout.packages, wanted, pip=self._pip(speaks_for=environment.python), log=log)
        if self._install(environment, words, log) != 0:
            show_tail(log, LINES_SHOWN)
            raise IntegrityError(f"requirements/{wanted.name}.txt cannot be installed; the log is {log}", log=log)

    def install_wheel(self, environment: Environment, wheel: Path, log: Path) -> None:
        """Install one wheel file and nothing else."""
        if self._install(environment, ["--no-deps", str(wheel)], log) != 0:
            show_tail(log, LINES_SHOWN)
            raise CommandError(f"{wheel.name} cannot be installed; the log is {log}", log=log)

    def install_newest(self, environment: Environment, project: str, log: Path) -> None:
        """Install the newest pre-release or release of a project from pip's index; nothing locks these bytes."""
        words = ["install", "--disable-pip-version-check", "--pre", "--upgrade", "--only-binary", ":all:", project]
        status, unreached = pip([*self._pip(speaks_for=environment.python), *words], log)
        if status:
            reason = f": {unreached} cannot be reached" if unreached else ""
            raise FetchError(f"no pre-release of {project} can be had{reason}; the log is {log}", log=log)

    def cached(self, requirement_set: str, interpreter: str, identity: str) -> Environment:
        """Return the finished environment of a requirement set for an interpreter, making it where needed.

        `identity` tells one version and build of the interpreter from another.
        """
        wanted = read_locked_set(self.layout.requirements, requirement_set)
        key = environment_key(wanted, interpreter, identity)
        # The real place: the scripts of an environment name it, and a link to the cache may be gone one day.
        path = self.layout.environments.resolve() / f"{requirement_set}-{key}"
        if is_complete(path, key):
            return Environment(path=path)
        with locked(self.layout.environments, path.name):
            if is_complete(path, key):
                return Environment(path=path)
            log = self.layout.environments / f"{path.name}.log"
            log.unlink(missing_ok=True)
            step(f"making the {requirement_set} environment for {identity}")
            environment = self.create(path, interpreter, log)
            self.install_locked(environment, wanted, log, compiled=True)
            mark_complete(path, key)
        return environment

    def fresh_copy(self, finished: Environment, path: Path, interpreter: str, log: Path) -> Environment:
        """Make an environment at `path` with the packages of a finished one, linked and compiled, but none of its programs."""
        environment = self.create(path, interpreter, log)
        shutil.copytree(finished.library, environment.library, copy_function=link_or_copy, dirs_exist_ok=True)
        return environment


def base_interpreter() -> str:
    """Return the interpreter behind the environment that this process runs in."""
    name = "python.exe" if os.name == "nt" else f"bin/python{sys.version_info[0]}.{sys.version_info[1]}"
    base = Path(sys.base_prefix) / name
    return str(base) if base.exists() else sys.executable


def environment_key(wanted: LockedSet, interpreter: str, identity: str) -> str:
    """Return the key of a cached environment: what it holds and for which interpreter."""
    return hashlib.sha256(json.dumps([wanted.digest, interpreter, identity]).encode()).hexdigest()[:16]


def is_complete(path: Path, key: str) -> bool:
    """Tell whether the environment at `path` was finished under this key and its interpreter still exists."""
    try:
        marker = json.loads((path / COMPLETE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(marker == {"key": key}) and Environment(path=path).python.exists()


def mark_complete(path: Path, key: str) -> None:
    """Write the marker that makes an environment a finished one."""
    write_whole(path / COMPLETE, json.dumps({"key": key}))


def this_maker(layout: Layout) -> Maker:
    """Return the maker for the environment this process runs in, the tools one."""
    uv = Environment(path=Path(sys.prefix)).script("uv")
    return Maker(layout=layout, python=sys.executable, uv=str(uv) if uv.exists() else None)
