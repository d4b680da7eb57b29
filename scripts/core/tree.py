"""A source tree as files in memory: what git, an sdist and a work tree have in common."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLAIN, EXECUTABLE = "100644", "100755"


@dataclass(frozen=True, kw_only=True)
class File:
    """One file: git's mode and the raw content, as git has it."""

    mode: str
    content: bytes


Files = Mapping[str, File]


def is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a path, or the folder at its beginning, matches one of the shell patterns."""
    head = path.partition("/")[0]
    return any(fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(head, pattern) for pattern in patterns)


def digest_of_files(files: Files) -> str:
    """Return one sha256 over the paths, modes and contents."""
    digest = hashlib.sha256()
    for path, file in sorted(files.items()):
        digest.update(f"{path}\0{file.mode}\0{hashlib.sha256(file.content).hexdigest()}\n".encode())
    return digest.hexdigest()


def write_tree(files: Files, folder: Path, time: int) -> None:
    """Write files with git's modes and one time (seconds since 1970), whatever umask and clock say."""
    for path, file in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
        place.chmod(0o755 if file.mode == EXECUTABLE else 0o644)
        os.utime(place, (time, time))
    for place in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        place.chmod(0o755)


def read_tree(folder: Path) -> dict[str, File]:
    """Return the files of a tree that `write_tree` wrote."""
    return {path.relative_to(folder).as_posix(): read_file(path) for path in folder.rglob("*") if path.is_file()}


def read_file(path: Path) -> File:
    """Return a file of the disk with git's mode for it."""
    return File(mode=EXECUTABLE if os.access(path, os.X_OK) else PLAIN, content=path.read_bytes())
