"""reproduce: the same build again from its record, and whether it came out the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.core.config import read_config
from scripts.core.context import repository_version
from scripts.core.errors import (
    CommandError,
    DifferentError,
    FetchError,
    InterpreterError,
    RecordError,
    SourceError,
    ToolchainError,
)
from scripts.core.files import remove_tree, scratch_folder
from scripts.core.layout import Layout
from scripts.core.record import FAILED, Record
from scripts.core.request import Parser, given_path
from scripts.core.run import output_of, step
from scripts.core.runs import RUN_VARIABLE
from scripts.core.source_lock import read_source_lock
from scripts.reproduce.again import do_again
from scripts.reproduce.loading import Loaded, load
from scripts.reproduce.verdict import DIFFERENT, Verdict, judge

NOX_VARIABLE = "NUMEXPR_WHEELS_NOX"
# Not a different result, but no result: something that the record was made with cannot be had.
NOT_TO_BE_HAD = (FetchError, InterpreterError, SourceError, ToolchainError)


def _say_where(layout: Layout, loaded: Loaded) -> str:
    """Say which commit of this repository the record is from, and return it if it is another one than this."""
    commit = loaded.record.repository.removesuffix("+dirty")
    here = repository_version(layout.root)
    if loaded.record.repository.endswith("+dirty"):
        step(f"the record was made with uncommitted changes on commit {commit[:12]}; only what its inputs name can be compared")
    if not commit:
        step("the record names no commit of this repository (it was made in a checkout without git); its inputs can be compared")
    if not commit or commit == here.removesuffix("+dirty"):
        return ""
    step(f"the record is from commit {commit} of this repository, this is {here or 'unknown, no git'}; to do it exactly there:")
    print(f"    git worktree add ../at-{commit[:12]} {commit}")
    print(f"    cd ../at-{commit[:12]} && nox -s reproduce -- RECORD      (or here: nox -s reproduce -- --exact RECORD)")
    return commit


def _exactly(layout: Layout, commit: str, record: Path) -> None:
    """Reproduce a record in a work tree of the commit that it was made by.

    Raises:
        RecordError: this clone does not have the commit.
        DifferentError: it did not come out the same there.
    """
    place = layout.work / f"exact-{commit[:12]}"
    remove_tree(place)
    try:
        output_of(["git", "-C", layout.root, "worktree", "prune"])
        output_of(["git", "-C", layout.root, "worktree", "add", "--detach", place, commit])
    except CommandError as error:
        raise RecordError(
            f"this clone has no commit {commit}; git fetch it, then run the same command again ({error})"
        ) from error
    try:
        nox = os.environ.get(NOX_VARIABLE, sys.executable)
        kept = {name: value for name, value in os.environ.items() if name not in (RUN_VARIABLE, "NOX_CURRENT_SESSION")}
        step(f"in a work tree of commit {commit}:")
        ended = subprocess.run(
            [nox, "-m", "nox", "-s", "reproduce", "--", str(record)], cwd=place, env=kept, check=False, stdin=subprocess.DEVNULL
        )
    finally:
        output_of(["git", "-C", layout.root, "worktree", "remove", "--force", place])
    if ended.returncode:
        raise DifferentError(f"at commit {commit} it did not come out the same; the lines above say why")


def _show(record: Record, verdict: Verdict) -> None:
    for name, then, now in verdict.inputs:
        print(f"  input {name}: {then} then, {now} now")
    for line in verdict.details:
        print(f"  {line}")
    step(f"{record.stage} of {record.cell}: {verdict.word}")


def _one(layout: Layout, loaded: Loaded, pinned: str) -> Verdict:
    now, place, error = do_again(layout, loaded.record, pinned)
    try:
        if isinstance(error, NOT_TO_BE_HAD) and loaded.record.outcome.status != FAILED:
            raise error
        return judge(loaded, now, place)
    finally:
        remove_tree(place)


def reproduce(layout: Layout, words: Sequence[str]) -> None:
    """Do again what a record, a folder of records or CI's zip describes, and end with one word for each.

    Raises:
        RecordError: a record is missing, truncated or edited.
        FetchError, SourceError, InterpreterError, ToolchainError: an input can no longer be had.
        DifferentError: something did not come out the same.
    """
    parser = Parser(prog="nox -s reproduce --", allow_abbrev=False)
    parser.add_argument("record", type=given_path)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args(words)
    path = options.record.resolve()
    pinned = read_source_lock(layout.root / read_config(layout.config).source.lock).commit
    different = []
    with scratch_folder(layout.work / "loaded") as scratch:
        for loaded in load(path, scratch):
            elsewhere = _say_where(layout, loaded)
            if options.exact and not loaded.record.repository:
                raise RecordError("--exact needs the commit of this repository that made the record; leave --exact away")
            if elsewhere and options.exact:
                _exactly(layout, elsewhere, path)
                return
            verdict = _one(layout, loaded, pinned)
            _show(loaded.record, verdict)
            if verdict.word == DIFFERENT:
                different.append(f"{loaded.record.stage} of {loaded.record.cell}")
    if different:
        raise DifferentError(f"{', '.join(different)} came out differently; the lines above name what differs")
