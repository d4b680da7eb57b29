"""numexpr's source as it lies in numexpr/ now, local edits included; only read."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.core.git_source import File

# What a developer's own builds leave there, and what every build writes anew.
LEFTOVERS = (".git", "__pycache__", "build", "dist", "*.so", "*.pyd", "*.o", "*.egg-info", "site.cfg", ".*_cache")
GENERATED = "numexpr/version.py"


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def read_worktree(folder: Path) -> dict[str, File]:
    """Return the plain files below `folder` by their path, without the leftovers of builds."""
    files: dict[str, File] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _matches(name, LEFTOVERS))
        for name in names:
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink() or _matches(name, LEFTOVERS) or inside == GENERATED:
                continue
            mode = "100755" if os.access(path, os.X_OK) else "100644"
            files[inside] = File(mode=mode, content=path.read_bytes())
    return files


def digest_of_files(files: Mapping[str, File]) -> str:
    """Return one sha256 over the paths, modes and contents."""
    digest = hashlib.sha256()
    for path, file in sorted(files.items()):
        digest.update(f"{path}\0{file.mode}\0{hashlib.sha256(file.content).hexdigest()}\n".encode())
    return digest.hexdigest()
