"""The source of a native library: by git, else Debian's copy of the release; either way proved against the pinned tree."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.core.context import Context
from scripts.core.errors import FetchError, IntegrityError, RequestError, ToolchainError
from scripts.core.files import sha256_of
from scripts.core.run import step
from scripts.core.sdist_source import proved_whole
from scripts.core.source_lock import Blob, SourceLock, blob_id, tree_id
from scripts.core.tree import Files
from scripts.vendor.recipe import SourceRecipe


def upstream_files(context: Context, recipe: SourceRecipe, lock: SourceLock, log: Path) -> Files:
    """Return the files of the pinned commit.

    Raises:
        FetchError: neither git nor apt can bring them; the message says what to do.
        IntegrityError, ProofError: something came, but not the pinned commit.
    """
    from scripts.core.git_source import GitSource, Unreachable

    place = context.layout.packages / lock.sdist_filename
    # Debian's archive, where it is there already, saves a look at the network.
    if place.is_file() and sha256_of(place) == lock.sdist_sha256:
        return proved_whole(place, lock)
    git = GitSource(layout=context.layout, project=lock.name, url=recipe.remote)
    try:
        found = git.here(lock.commit) or git.fetch_commit(lock.commit)
    except Unreachable as error:
        return _from_debian(context, recipe, lock, str(error), log)
    files = git.files(found)
    check_tree(files, lock, f"commit {lock.commit} by git")
    step(f"source of {lock.name} {lock.version}: {found.way}")
    return files


def check_tree(files: Files, lock: SourceLock, what: str) -> None:
    """Raise IntegrityError unless the files give the pinned tree."""
    found = tree_id({path: Blob(mode=file.mode, object_id=blob_id(file.content)) for path, file in files.items()})
    if found != lock.tree:
        raise IntegrityError(f"{lock.name}: {what} has tree {found}, the lock says {lock.tree}; it is not used")


def _from_debian(context: Context, recipe: SourceRecipe, lock: SourceLock, reason: str, log: Path) -> Files:
    from scripts.foreign.debian import fetched
    from scripts.foreign.sources import Pin
    from scripts.foreign.trees import MIRROR_VARIABLE

    pin = Pin(path=recipe.debian, sha256=lock.sdist_sha256)
    try:
        (path,) = fetched([pin], context.layout.packages, log, os.environ.get(MIRROR_VARIABLE, ""))
    except (FetchError, ToolchainError, RequestError) as error:
        raise FetchError(
            f"the source of {lock.name} {lock.version}, which vml wheels are made with, cannot be had: git cannot reach "
            f"{recipe.remote} ({reason}), and from Debian: {error}. Where there is a mirror, git config --global "
            f"url.MIRROR.insteadOf ORIGINAL points git to it; or put {lock.sdist_filename} into {context.layout.packages} "
            "yourself: its hash is checked. Plain wheels do not need it: nox -t plain"
        ) from error
    files = proved_whole(path, lock)
    step(
        f"source of {lock.name} {lock.version}: git cannot reach it ({reason}), so Debian's {path.name}; "
        f"its sha256 and {len(files)} files are proved against commit {lock.commit}"
    )
    return files
