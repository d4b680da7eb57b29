"""Installing hash-locked packages for a platform that pip does not run on: pip chooses by tags, checks hashes and unpacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment

from scripts.core.environments import Environment, Maker
from scripts.core.errors import CommandError, IntegrityError
from scripts.core.files import write_whole
from scripts.core.packages import LINES_SHOWN, Elsewhere, LockedSet, fetch
from scripts.core.run import attempt, command, show_tail


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What pip has to be told of a platform: its tags (PEP 425), its CPython, and the markers (PEP 508) that differ from here."""

    tags: tuple[str, ...]
    python: str
    full: str
    markers: Mapping[str, str]

    def environment(self) -> dict[str, str]:
        """Return the values of all markers there."""
        here = {name: str(value) for name, value in default_environment().items()}
        return {**here, "python_version": self.python, "python_full_version": self.full, **self.markers}

    def options(self) -> tuple[str, ...]:
        """Return pip's options for the platform."""
        tags = [word for tag in self.tags for word in ("--platform", tag)]
        return ("--implementation", "cp", "--python-version", self.python, *tags)


@dataclass(frozen=True, kw_only=True)
class ForeignPackages:
    """Installs into environments of a platform, which have their packages in the folder `site`."""

    maker: Maker
    platform: Platform
    site: Path

    def install_locked(self, environment: Environment, wanted: LockedSet, log: Path) -> None:
        """Install a requirement set, from the package store where that suffices.

        Raises:
            FetchError: something has to be downloaded and cannot be.
            IntegrityError: it has other bytes than the lock names.
        """
        requirements = (environment.path / self.site).with_name(f"{wanted.name}.txt")
        write_whole(requirements, wanted.lines_for(self.platform.environment()))
        words = ("--require-hashes", "--requirement", str(requirements))
        store = self.maker.layout.packages
        store.mkdir(parents=True, exist_ok=True)
        if self._install(environment, words, log) == 0:
            return
        elsewhere = Elsewhere(options=self.platform.options(), requirements=requirements)
        fetch(store, wanted, pip=[self.maker.python, "-m", "pip"], log=log, elsewhere=elsewhere)
        if self._install(environment, words, log) != 0:
            show_tail(log, LINES_SHOWN)
            raise IntegrityError(f"requirements/{wanted.name}.txt cannot be installed; the log is {log}", log=log)

    def install_wheel(self, environment: Environment, wheel: Path, log: Path) -> None:
        """Install one wheel file and nothing else."""
        if self._install(environment, (str(wheel),), log) != 0:
            show_tail(log, LINES_SHOWN)
            raise CommandError(f"{wheel.name} cannot be installed for {self.platform.tags[0]}; the log is {log}", log=log)

    def _install(self, environment: Environment, words: tuple[str, ...], log: Path) -> int:
        options = [
            self.maker.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile",
            "--only-binary", ":all:", "--find-links", self.maker.layout.packages, "--target", environment.path / self.site,
            *self.platform.options(),
        ]  # fmt: skip
        return attempt(command([*options, *words], log=log))
