"""pin: move numexpr.lock and the submodule to another release, proved from both sides, git and the index."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from git import Git
from git.exc import GitError
from packaging.version import Version

from scripts.core.config import read_config
from scripts.core.environments import this_maker
from scripts.core.errors import RequestError, SourceError
from scripts.core.files import sha256_of, write_whole
from scripts.core.git_source import Found, GitSource, Unreachable
from scripts.core.index import fetch_sdist, releases
from scripts.core.layout import Layout
from scripts.core.request import Parser
from scripts.core.run import step
from scripts.core.sdist_source import prove, read_sdist
from scripts.core.source_lock import Blob, blob_id, read_source_lock, tree_id
from scripts.core.tree import File

HEAD = """\
# The pinned numexpr: its commit and tree (git), and the sdist of the release on the package index.
# The tree id is recomputed from the blobs whenever this file is read. Move it with `nox -s pin`.
"""


def lock_text(name: str, version: str, found: Found, sdist: Path, files: Mapping[str, File]) -> str:
    """Return numexpr.lock for a commit and the sdist of its release, once the one is proved by the other.

    Raises:
        IntegrityError: the sdist holds something that is not the commit's.
        SourceError: the files do not give the commit's tree.
    """
    blobs = {path: Blob(mode=file.mode, object_id=blob_id(file.content)) for path, file in files.items()}
    if tree_id(blobs) != found.tree:
        raise SourceError(f"the files of commit {found.commit} do not give its tree {found.tree}; fetch it again")
    prove(read_sdist(sdist), blobs, sdist.name)
    rows = "".join(f'"{path}" = "{blob.mode} {blob.object_id}"\n' for path, blob in sorted(blobs.items()))
    return (
        f'{HEAD}name = "{name}"\nversion = "{version}"\ntag = "v{version}"\ncommit = "{found.commit}"\n'
        f'tree = "{found.tree}"\ncommit-time = {found.commit_time}\n\n[sdist]\nfilename = "{sdist.name}"\n'
        f'sha256 = "{sha256_of(sdist)}"\n\n# `git ls-tree -r` of the commit: mode, blob id, path.\n[blobs]\n{rows}'
    )


def _wanted(python: str, name: str, asked: str) -> str:
    if asked:
        if not re.fullmatch(r"v?\d+(\.\d+)+", asked):
            raise RequestError(f"{asked!r} is no release; name one such as v2.14.2, or nothing for the newest")
        return asked.removeprefix("v")
    return str(max(Version(one) for one in releases(python, name)))


def _move_gitlink(layout: Layout, commit: str) -> None:
    try:
        Git(layout.root).update_index("--cacheinfo", f"160000,{commit},numexpr")
    except GitError as error:
        raise SourceError(f"the submodule's entry cannot be moved to {commit}: {error}; is this a git checkout?") from error


def pin(layout: Layout, words: Sequence[str]) -> None:
    """Pin the newest release, or the one named; `-- --check` only says whether there is a newer one.

    Raises:
        RequestError: what was named is no release.
        SourceError: git cannot reach the repository: a tree cannot be locked without it.
        FetchError, IntegrityError: the release's sdist cannot be had, or is not the commit's.
    """
    parser = Parser(prog="nox -s pin --", allow_abbrev=False)
    parser.add_argument("release", nargs="?", default="")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(words)
    place = layout.root / read_config(layout.config).source.lock
    lock, python = read_source_lock(place), this_maker(layout).python
    version = _wanted(python, lock.name, options.release)
    if version == lock.version:
        step(f"{lock.name} {version} is pinned already: up to date")
        return
    if options.check:
        step(f"{lock.name} {version} is released, {lock.version} is pinned; nox -s pin moves it")
        return
    git = GitSource(layout=layout)
    try:
        found = git.resolve(f"v{version}")
    except Unreachable as error:
        raise SourceError(f"a release is pinned by its git tree, and git cannot reach numexpr's repository: {error}") from error
    sdist = fetch_sdist(python, lock.name, version, layout.packages)
    write_whole(place, lock_text(lock.name, version, found, sdist, git.files(found)))
    _move_gitlink(layout, found.commit)
    step(f"{lock.name} {version}, commit {found.commit}, is pinned; git diff shows it, nox -s build repair test tries it")
