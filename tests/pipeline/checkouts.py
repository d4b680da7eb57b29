"""Copies of this repository in which the stages really run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.errors import WheelsError
from scripts.core.layout import CACHE_VARIABLE, Layout, layout_of
from scripts.core.record import Record, read_record
from tests.helpers import FOREIGN, ROOT, statuses

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
SECONDS = 300
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".nox", "build", "wheelhouse", "numexpr", "__pycache__", ".*_cache", ".hypothesis", "tests", "docs"
)
NO_INDEX = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple/",
    "PIP_RETRIES": "0",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_FIND_LINKS": "",
}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a stage ended."""

    status: int
    said: str


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A copy of the repository, the cache it uses, and what is set for every command in it."""

    root: Path
    cache: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        return layout_of(self.root, {CACHE_VARIABLE: str(self.cache)})

    def environment(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN and not name.startswith("GIT_")}
        return {**kept, CACHE_VARIABLE: str(self.cache), **self.variables, **(variables or {})}

    def words(self, stage: str, *behind: str, variant: str = "plain", target: str = "") -> list[str]:
        cell = ["--python", PYTHON, "--variant", variant] if stage in ("build", "repair", "test") else []
        cell += ["--target", target] if target else []
        return [sys.executable, "-m", "scripts", stage, *cell, "--", *behind]

    def start(
        self,
        stage: str,
        *behind: str,
        variant: str = "plain",
        target: str = "",
        umask: int = 0o022,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.words(stage, *behind, variant=variant, target=target),
            cwd=self.root, env=self.environment(variables), umask=umask,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(
        self,
        stage: str,
        *behind: str,
        variant: str = "plain",
        fails: type[WheelsError] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run a stage that has to end well, or with an error of the kind `fails`."""
        with self.start(stage, *behind, variant=variant, variables=variables) as process:
            ended = finish(process)
        assert ended.status in (statuses(fails) if fails else {0}), ended.said
        assert "Traceback" not in ended.said
        return ended

    def wheels(self, variant: str = "plain") -> list[Path]:
        return sorted((self.root / "wheelhouse" / variant).glob("*.whl"))

    def wheel(self, variant: str = "plain") -> Path:
        (path,) = self.wheels(variant)
        return path

    def raw_digest(self) -> str:
        """Return the sha256 of the one wheel that `build` left."""
        (path,) = (self.root / "build" / "raw").glob("*/*.whl")
        return sha256(path)

    def source(self) -> Path:
        """Return the one source tree without patches that was made here."""
        (folder,) = (
            path.parent for path in (self.root / "build" / "source").glob("*/record.json") if read_record(path).cell == "source"
        )
        return folder / "tree"

    def latest(self, stage: str) -> Record:
        """Return the record of a stage's last run here."""
        paths = sorted((self.root / "build" / "records").glob(f"*/{stage}-*.json"), key=lambda path: path.stat().st_mtime_ns)
        return read_record(paths[-1])

    def another(self, name: str) -> Checkout:
        """Return a copy of this checkout with all that was made in it."""
        root = self.root.with_name(name)
        shutil.copytree(self.root, root, symlinks=True)
        return Checkout(root=root, cache=self.cache, variables=self.variables)


def new_checkout(root: Path, cache: Path, variables: Mapping[str, str]) -> Checkout:
    """Return a fresh copy of this repository, uncommitted files included, with nothing made in it yet."""
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    (root / "numexpr").mkdir()
    return Checkout(root=root, cache=cache, variables=variables)


def finish(process: subprocess.Popen[str]) -> Ended:
    """Wait for a process within bounds; one that does not end is killed and fails the test."""
    try:
        said, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
        raise AssertionError(f"no end after {SECONDS} s: {said}") from None
    return Ended(status=process.returncode, said=said)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert old in text, f"{path} has no {old!r}"
    path.write_bytes(text.replace(old, new, 1).encode())


def write_lock(
    path: Path, *, commit: str, tree: str, time: int, blobs: Sequence[str], sdist: tuple[str, str], version: str
) -> None:
    """Write a numexpr.lock; `blobs` are lines of git ls-tree, `sdist` a file name and its sha256."""
    lines = [f'{json.dumps(name)} = "{mode} {blob}"' for mode, _, blob, name in (line.split(maxsplit=3) for line in blobs)]
    head = {"name": "numexpr", "version": version, "tag": f"v{version}", "commit": commit, "tree": tree}
    path.write_text(
        "".join(f'{key} = "{value}"\n' for key, value in head.items())
        + f'commit-time = {time}\n[sdist]\nfilename = "{sdist[0]}"\nsha256 = "{sdist[1]}"\n[blobs]\n' + "\n".join(lines) + "\n",
        encoding="utf-8",
    )  # fmt: skip
