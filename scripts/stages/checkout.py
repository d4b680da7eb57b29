"""checkout: the source of a commit as a clean tree, and the same with the patch series of a variant and target."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.core.config import Target
from scripts.core.context import Context, Made
from scripts.core.errors import FetchError, IntegrityError, RecordError, SourceError
from scripts.core.files import digest_of_tree, locked, remove_tree, scratch_folder, sha256_of
from scripts.core.patches import Patch, apply_series, fitting, series
from scripts.core.record import PASSED, RECORD, Input, Plan, Record, publish_product, read_record, recipe
from scripts.core.resolution import PINNED, RELEASE, UNPROVED, WORKTREE, Resolved, resolve
from scripts.core.run import step
from scripts.core.sdist_source import proved_whole, read_sdist, with_git_line_ends
from scripts.core.tree import Files, digest_of_files, is_excluded, read_tree, write_tree
from scripts.core.worktree_source import read_worktree

TREE = "tree"
RECIPE = ("stages/checkout.py", "core/patches.py", "core/sdist_source.py")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A tree that is ready to compile: the folder, its key and version, and where it came from.

    `left_out` are the names of optional patches that do not fit this source.
    """

    tree: Path
    key: str
    version: str
    resolved: Resolved
    patches: tuple[Patch, ...]
    left_out: tuple[str, ...] = ()


def _from_git(context: Context, decided: Resolved) -> Files:
    # GitPython and the index client are slow to import, and a tree that is there needs neither.
    from scripts.core.git_source import GitSource

    git = GitSource(layout=context.layout)
    found = git.here(decided.commit) or git.fetch_commit(decided.commit)
    if found.tree != decided.tree:
        raise IntegrityError(
            f"commit {decided.commit} has tree {found.tree}, {context.config.source.lock} says {decided.tree}; "
            "renew the lock with nox -s pin"
        )
    step(f"source of commit {decided.commit}: {found.way}")
    return git.files(found)


def _from_pinned_sdist(context: Context, reason: str) -> Files:
    """Return the pinned release's files from the index, each proved against the commit's tree."""
    from scripts.core.index import fetch_file

    lock, store = context.lock, context.layout.packages
    try:
        path = fetch_file(context.maker.python, lock.name, lock.sdist_filename, store, sha256=lock.sdist_sha256)
    except FetchError as error:
        raise FetchError(f"git cannot reach numexpr's repository ({reason}), and {error}") from error
    proved = proved_whole(path, lock, context.config.source.exclude)
    step(
        f"source of commit {lock.commit}: git cannot reach it ({reason}), so from the index's {path.name}; "
        f"its sha256 and {len(proved)} files are proved against the commit's tree"
    )
    return proved


def _files(context: Context, decided: Resolved) -> Files:
    if decided.kind == WORKTREE:
        files: Files = read_worktree(context.layout.submodule)
        if digest_of_files(files) != decided.sha256:
            raise SourceError("numexpr/ was changed while this run was going on; run the same command again")
        step(f"source: {decided.shown}")
        return files
    if decided.kind == RELEASE:
        path = context.layout.packages / decided.sdist
        if not path.is_file() or sha256_of(path) != decided.sha256:
            raise IntegrityError(f"{path} is not the file that this run began with; run the same command again")
        return with_git_line_ends(read_sdist(path), context.lock.blobs)
    from scripts.core.git_source import Unreachable

    try:
        return _from_git(context, decided)
    except Unreachable as error:
        if decided.commit != context.lock.commit:
            raise FetchError(f"commit {decided.commit} is not here and git cannot fetch it: {error}") from error
        return _from_pinned_sdist(context, str(error))


def _plan(context: Context, decided: Resolved, patches: Sequence[Patch], cell: str) -> Plan:
    return Plan(
        stage="checkout",
        cell=cell,
        asked={"source": decided.kind},
        settings={"exclude": list(context.config.source.exclude), "time": decided.time},
        inputs=(
            *decided.inputs,
            *(Input(name=f"patches/{patch.name}", digest=patch.digest) for patch in patches),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _finished(folder: Path, key: str) -> Record | None:
    """Return the record of a finished tree whose files are still the ones that were written."""
    if not (folder / RECORD).is_file():
        return None
    try:
        record = read_record(folder / RECORD)
    except RecordError as error:
        step(f"{error}; build/source/{folder.name} is made anew")
        return None
    if record.key == key and (folder / TREE).is_dir() and record.subject[TREE] == digest_of_tree(folder / TREE):
        return record
    step(f"build/source/{folder.name} was changed by hand; it is made anew")
    return None


def _facts(decided: Resolved) -> dict[str, object]:
    proof = UNPROVED if decided.kind == RELEASE else decided.shown
    return {"asked": decided.asked, "commit": decided.commit, "dirty": decided.dirty, "proof": proof}


def _make(decided: Resolved, files: Files, patches: tuple[Patch, ...], tree: Path) -> Made:
    write_tree(files, tree, decided.time)
    if not all((tree / name).is_file() for name in ("VERSION", "setup.py")):
        raise SourceError(f"{decided.shown} has no VERSION and setup.py; no numexpr that can be built here")
    apply_series(patches, tree)
    return Made(subject={TREE: digest_of_tree(tree)}, status=PASSED, facts=_facts(decided))


def _tree(context: Context, decided: Resolved, plan: Plan, files: Callable[[], Files], patches: tuple[Patch, ...]) -> Source:
    """Return the tree of a plan, made where it is not there yet."""
    folder = context.layout.sources / plan.key[:16]
    with locked(context.layout.locks, f"source-{plan.key[:16]}"):
        record = _finished(folder, plan.key)
        if record is not None:
            context.keep(plan, record)
        else:
            with scratch_folder(context.layout.work / f"source-{plan.key[:16]}") as scratch:
                log = context.log(f"checkout-{plan.cell}")
                record = context.recorded(plan, log, lambda: _make(decided, files(), patches, scratch / TREE))
                publish_product(scratch, record, folder)
    version = (folder / TREE / "VERSION").read_text(encoding="utf-8").strip()
    return Source(tree=folder / TREE, key=plan.key, version=version, resolved=decided, patches=patches)


def unpatched(context: Context) -> Source:
    """Return the clean tree of what this run builds."""
    decided = resolve(context)
    plan = _plan(context, decided, (), "source")
    exclude = context.config.source.exclude

    def files() -> Files:
        return {path: file for path, file in _files(context, decided).items() if not is_excluded(path, exclude)}

    return _tree(context, decided, plan, files, ())


def _that_fit(context: Context, patches: tuple[Patch, ...], variant: str) -> tuple[Patch, ...]:
    """Return the patches for a source that is not the pinned one, for which optional ones need not have been renewed."""
    before = unpatched(context)
    scratch = context.layout.work / f"fitting-{variant}-{os.getpid()}"
    try:
        return fitting(patches, before.tree, scratch)
    finally:
        remove_tree(scratch)


def patched(context: Context, target: Target, variant: str) -> Source:
    """Return the tree that the compiler gets for a variant and target: the clean one and its patch series.

    Raises:
        PatchError: a patch does not apply exactly, or is in the source already.
    """
    every = series(context.layout.patches, variant, target.name, context.library(target, variant))
    decided = resolve(context)
    patches = every if decided.kind == PINNED else _that_fit(context, every, variant)
    left_out = tuple(patch.name for patch in every if patch not in patches)
    if not patches:
        return replace(unpatched(context), left_out=left_out)
    plan = _plan(context, decided, patches, f"source-{target.name}-{variant}")
    made = _tree(context, decided, plan, lambda: read_tree(unpatched(context).tree), patches)
    return replace(made, left_out=left_out)


def checkout(context: Context, target: Target) -> None:
    """Make the clean tree and, for each variant of a target, the patched one."""
    before = unpatched(context)
    step(f"numexpr {before.version}, {before.resolved.shown}, in {context.layout.shown(before.tree)}")
    for variant in target.policies:
        after = patched(context, target, variant)
        if after.key != before.key:
            step(f"source of the {variant} variant, patched, in {context.layout.shown(after.tree)}")
    if before.resolved.asked:
        step(f"to build exactly this: BUILD_COMMIT={before.resolved.commit or before.resolved.asked} nox -s build repair test")
