"""From a name to a source, once per run: the first stage that asks decides and writes it down, the others read that.

Modules that reach for the network are slow to import, and most runs need none of them: they are imported where used.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from scripts.core.context import Context
from scripts.core.errors import FetchError, SourceError
from scripts.core.files import locked, sha256_of, write_whole
from scripts.core.record import Input
from scripts.core.run import step
from scripts.core.sdist_source import newest_time
from scripts.core.tree import digest_of_files
from scripts.core.worktree_source import read_worktree

PINNED, NAMED, RELEASE, WORKTREE = "pinned", "named", "release", "worktree"
RELEASE_TAG = re.compile(r"v?(\d+(?:\.\d+)+)")
UNPROVED = "sha256 recorded, not proved against a commit"
FILE_NAME = "source.json"
# As git abbreviates; without git, only the pinned commit can be known by its beginning.
SHORTEST_HASH = 7


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """What is to be built; `kind` says how far it is known.

    pinned: the commit and tree of numexpr.lock. named: a commit that git found. release: an sdist of the index, with
    no git to prove it (`sdist`, `sha256`). worktree: the files in numexpr/, `sha256` over all of them. `time` is the
    commit's, in seconds since 1970; for a release, that of its newest file.
    """

    asked: str
    kind: str
    time: int
    commit: str = ""
    tree: str = ""
    sdist: str = ""
    sha256: str = ""
    dirty: bool = False

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return what identifies the source, for the plan of every stage."""
        if self.kind in (PINNED, NAMED):
            return (
                Input(name="numexpr", digest=self.commit, algorithm="gitCommit"),
                Input(name="numexpr tree", digest=self.tree, algorithm="gitTree"),
            )
        return (Input(name=self.sdist or "numexpr/ (work tree)", digest=self.sha256),)

    @property
    def shown(self) -> str:
        """Return what it is, in a few words."""
        if self.kind == WORKTREE:
            where = f" on commit {self.commit}" if self.commit else ""
            return f"work tree numexpr/{where}{', dirty' if self.dirty else ''}"
        if self.kind == RELEASE:
            return f"{self.sdist}, {UNPROVED}"
        return f"commit {self.commit}"


def _pinned(context: Context, asked: str) -> Resolved:
    lock = context.lock
    return Resolved(asked=asked, kind=PINNED, time=lock.commit_time, commit=lock.commit, tree=lock.tree)


def _worktree(context: Context) -> Resolved:
    if not (context.layout.submodule / "setup.py").is_file():
        raise SourceError(
            "--worktree builds what lies in numexpr/, and nothing lies there; git submodule update --init brings it"
        )
    from scripts.core.git_source import GitSource

    state = GitSource(layout=context.layout).state_of_worktree()
    commit, time, dirty = state or ("", context.lock.commit_time, True)
    digest = digest_of_files(read_worktree(context.layout.submodule))
    return Resolved(asked="worktree", kind=WORKTREE, time=time, commit=commit, sha256=digest, dirty=dirty)


def _named(context: Context, name: str) -> Resolved:
    if name in (context.lock.commit, context.lock.tag):
        return _pinned(context, name)
    from scripts.core.git_source import GitSource, Unreachable

    git = GitSource(layout=context.layout)
    try:
        found = git.resolve(name)
    except Unreachable as error:
        if len(name) >= SHORTEST_HASH and context.lock.commit.startswith(name):
            return _pinned(context, name)
        known = git.here(name)
        if known is None:
            return _release(context, name, str(error))
        step(f"git cannot reach the remote ({error}); {name} is taken from {known.way}")
        found = known
    step(f"{name} is commit {found.commit} ({found.way})")
    return Resolved(asked=name, kind=NAMED, time=found.commit_time, commit=found.commit, tree=found.tree)


def _release(context: Context, name: str, reason: str) -> Resolved:
    release = RELEASE_TAG.fullmatch(name)
    if not release:
        raise SourceError(
            f"{name!r} cannot be looked up: git cannot reach numexpr's repository ({reason}), no checkout here has it, "
            "and it is no release tag such as v2.13.1, which the package index would have. Where there is a mirror, "
            f"git config --global url.YOUR-MIRROR.insteadOf {context.config.source.remote} points git to it"
        )
    from scripts.core.index import fetch_sdist

    store = context.layout.packages
    try:
        path = fetch_sdist(context.maker.python, context.lock.name, release[1], store)
    except FetchError as error:
        path = store / f"{context.lock.name}-{release[1]}.tar.gz"
        if not path.is_file():
            raise FetchError(
                f"{name!r} is neither a commit that can be looked up, as git cannot reach numexpr's repository ({reason}), nor a "
                f"release that can be had: {error}"
            ) from error
    step(f"git cannot reach numexpr's repository ({reason}); {name} is the index's {path.name}, {UNPROVED}")
    return Resolved(asked=name, kind=RELEASE, time=newest_time(path), sdist=path.name, sha256=sha256_of(path))


def resolve(context: Context) -> Resolved:
    """Return what this run builds; the first call of a run decides.

    Raises:
        SourceError: the name that was asked for means nothing, or nothing that can be had here.
        FetchError: it would have to be downloaded and cannot be.
    """
    asked = "worktree" if context.request.worktree else context.request.commit
    if not asked:
        return _pinned(context, "")
    path = context.run_folder / FILE_NAME
    with locked(context.layout.locks, f"source-{context.run}"):
        if path.is_file():
            decided = Resolved(**json.loads(path.read_text(encoding="utf-8")))
            if decided.asked == asked:
                return decided
        decided = _worktree(context) if context.request.worktree else _named(context, asked)
        write_whole(path, json.dumps(asdict(decided)))
    return decided
