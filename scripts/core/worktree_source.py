"""numexpr's source as it lies in numexpr/ now, local edits included; only read."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.core.tree import File, is_excluded, read_file

# What a developer's own builds leave there, and what every build writes anew.
LEFTOVERS = (".git", "__pycache__", "build", "dist", "*.so", "*.pyd", "*.o", "*.egg-info", "site.cfg", ".*_cache")
GENERATED = "numexpr/version.py"


def read_worktree(folder: Path) -> dict[str, File]:
    """Return the plain files below `folder` by their path, without the leftovers of builds."""
    files: dict[str, File] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_excluded(name, LEFTOVERS))
        for name in names:
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if not path.is_symlink() and not is_excluded(name, LEFTOVERS) and inside != GENERATED:
                files[inside] = read_file(path)
    return files
