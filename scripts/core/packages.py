"""The package store: downloaded files of the hash-locked requirement sets, kept for all checkouts of a person.

pip downloads, because its configuration (index, proxy, certificate, credentials) is the person's; whatever installs
from the store does so with `--no-index --require-hashes`, so that a damaged file never gets further, and a full store
needs no network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from scripts.core.errors import ConfigError, FetchError
from scripts.core.files import locked, sha256_of
from scripts.core.patience import pip as run_pip
from scripts.core.run import show_tail, step, tail

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# pip's words for "the file that came is not the one in the lock".
PIP_HASH_MISMATCH = "DO NOT MATCH THE HASHES"
# Of what an installer says when it fails.
LINES_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class LockedSet:
    """A requirement set of requirements/: its lock, and the digests that it allows by project and version."""

    path: Path
    allowed: tuple[tuple[str, str, frozenset[str]], ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def digest(self) -> str:
        return sha256_of(self.path)

    def pin(self, project: str, python: str) -> tuple[str, frozenset[str]]:
        """Return the version of a project that the set holds for a CPython such as 3.13, and the digests of its files.

        Raises:
            ConfigError: it holds none.
        """
        plain = python.rstrip("t")
        for line in self.path.read_text(encoding="utf-8").splitlines():
            found, marker = REQUIREMENT.match(line), line.partition(";")[2].rstrip("\\ ").strip()
            if not found or canonical(found[1]) != project:
                continue
            if not marker or Marker(marker).evaluate({"python_version": plain, "python_full_version": f"{plain}.0"}):
                return found[2], next(hashes for name, version, hashes in self.allowed if (name, version) == (project, found[2]))
        raise ConfigError(
            f"requirements/{self.name}.txt has no {project} for CPython {python}; nox -s lock -- {self.name} renews it"
        )

    def lines_for(self, environment: Mapping[str, str]) -> str:
        """Return the lines of the set that hold where the markers (PEP 508) have these values, without their markers."""
        lines = []
        for logical in _logical_lines(self.path):
            pin, _, hashes = logical.partition("--hash=")
            requirement, _, marker = pin.partition(";")
            if not marker.strip() or Marker(marker.strip()).evaluate(dict(environment)):
                lines.append(f"{requirement.strip()} --hash={hashes}\n")
        return "".join(lines)

    def versions(self, project: str) -> list[str]:
        """Return the versions of a project that the set holds; markers may choose between several."""
        return [version for name, version, _ in self.allowed if name == project]


def canonical(name: str) -> str:
    """Return a project's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _logical_lines(path: Path) -> list[str]:
    """Return the lines of a lock as pip reads them: without comments, what a backslash broke in one."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


def read_locked_set(requirements: Path, name: str) -> LockedSet:
    """Return requirements/<name>.txt; ConfigError where it is missing or a line in it has no hash."""
    path = requirements / f"{name}.txt"
    if not path.is_file():
        raise ConfigError(f"requirements/{name}.txt is missing; nox -s lock makes it from {name}.in")
    allowed: list[tuple[str, str, frozenset[str]]] = []
    for logical in _logical_lines(path):
        found = REQUIREMENT.match(logical)
        hashes = frozenset(HASH.findall(logical))
        if not found or not hashes:
            raise ConfigError(
                f"requirements/{name}.txt: {logical[:80]!r} is not a name==version with sha256 hashes; "
                "restore the file with git checkout or make it with nox -s lock"
            )
        allowed.append((canonical(found[1]), found[2], hashes))
    return LockedSet(path=path, allowed=tuple(allowed))


def drop_damaged(store: Path, wanted: LockedSet) -> list[str]:
    """Remove files of the store that belong to the set and have none of its digests; return their names."""
    dropped = []
    for name, version, hashes in wanted.allowed:
        beginning = re.compile(rf"{'[-_.]+'.join(map(re.escape, name.split('-')))}-{re.escape(version)}(-|\.tar|\.zip)", re.I)
        for path in store.iterdir():
            if beginning.match(path.name) and sha256_of(path) not in hashes:
                path.unlink()
                dropped.append(path.name)
    return dropped


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """How pip is told to fetch for a platform that it does not run on: its options, and the lines of a set that hold there."""

    options: tuple[str, ...]
    requirements: Path


def fetch(store: Path, wanted: LockedSet, *, pip: list[str], log: Path, elsewhere: Elsewhere | None = None) -> None:
    """Download into the store what the set needs for the interpreter that the `pip` command speaks for, or for elsewhere.

    Raises:
        FetchError: the index cannot be reached, has not got it, or delivers other bytes than the lock names.
    """
    store.mkdir(parents=True, exist_ok=True)
    with locked(store.parent, "packages"):
        for name in drop_damaged(store, wanted):
            step(f"{name} in the package cache is damaged; fetching it again")
        step(f"fetching {', '.join(sorted({name for name, _, _ in wanted.allowed}))}")
        words = [
            *pip, "download", "--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary", ":all:",
            "--find-links", str(store), "--dest", str(store), *(elsewhere.options if elsewhere else ()),
            "--requirement", str(elsewhere.requirements if elsewhere else wanted.path),
        ]  # fmt: skip
        status, unreached = run_pip(words, log)
    if status:
        show_tail(log, LINES_SHOWN)
        reason = "without a network, run the same command once with one; behind a firewall, pip config set global.index-url URL"
        if unreached:
            reason = f"{unreached} cannot be reached; {reason}"
        if any(PIP_HASH_MISMATCH in line for line in tail(log)):
            reason = "the index delivers other bytes than the lock names; do not use them, find out why"
        raise FetchError(f"requirements/{wanted.name}.txt cannot be downloaded: {reason}; the log is {log}", log=log)


def store_has(store: Path, wanted: LockedSet) -> bool:
    """Tell whether the store holds a file by name for each project of the set that this platform needs.

    A quick look for people; what is installed is checked by hash.
    """
    names = {canonical(path.name.split("-")[0]) for path in store.glob("*")} if store.is_dir() else set()
    needed = {name for name, _, _ in wanted.allowed}
    for line in wanted.path.read_text(encoding="utf-8").splitlines():
        found, marker = REQUIREMENT.match(line), line.partition(";")[2].rstrip("\\ ")
        if found and marker.strip() and not Marker(marker.strip()).evaluate():
            needed.discard(canonical(found[1]))
    return needed <= names
