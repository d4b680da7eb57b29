"""The stages of a record once more, apart from the checkout's own products, and the record that this leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scripts.core.config import Config, Target
from scripts.core.context import Context, context_of
from scripts.core.errors import RecordError, WheelsError
from scripts.core.files import fresh_folder
from scripts.core.layout import Layout
from scripts.core.record import Record, read_record
from scripts.core.request import Request, read_request
from scripts.core.resolution import RELEASE_TAG
from scripts.core.run import step
from scripts.core.runs import new_run
from scripts.core.targets import cell_of, host_target
from scripts.reproduce.loading import tested_from_elsewhere
from scripts.stages.build import build
from scripts.stages.checkout import checkout
from scripts.stages.repair import repair
from scripts.stages.sdist import sdist
from scripts.stages.sysroot import headers_of
from scripts.stages.test import test
from scripts.stages.vendor import vendor

WORKTREE_INPUT = "numexpr/ (work tree)"
CELL_STAGES: Mapping[str, tuple[Callable[[Context, Any], object], ...]] = {
    "build": (build,),
    "repair": (build, repair),
    "test": (build, repair, test),
}


def _commit(record: Record) -> tuple[str, bool]:
    """Return the name of the source that a record was made from, and whether it was a work tree."""
    for one in record.inputs:
        if one.algorithm == "gitCommit":
            return one.digest, False
        if one.name == WORKTREE_INPUT:
            return "", True
        release = RELEASE_TAG.fullmatch(one.name.removeprefix("numexpr-").removesuffix(".tar.gz"))
        if one.name.endswith(".tar.gz") and release:
            return f"v{release[1]}", False
    return "", False


def request_of(record: Record, pinned: str) -> Request:
    """Return the request that a record answers; `pinned` is the commit that needs no name.

    Raises:
        RecordError: it tested a wheel from elsewhere, which no stage of ours can make.
    """
    asked = record.definition["externalParameters"]
    if tested_from_elsewhere(record):
        raise RecordError(f"the record of {record.cell} tested a wheel from elsewhere; test it again with -- --wheel FILE")
    if "request" in asked:
        return read_request(asked["request"], {})
    commit, worktree = _commit(record)
    compiler = record.definition["internalParameters"].get("toolchain", {}).get("compiler", "zig")
    return Request(
        commit="" if commit == pinned else commit,
        worktree=worktree,
        toolchain="" if compiler.startswith("zig") else "system",
        policy=asked.get("policy", ""),
        # vendor/sleef-vml is asked for as --vml sleef.
        vml=asked.get("library", "").rpartition("-")[0],
        numpy=asked.get("numpy", "newest"),
        pytest_arguments=tuple(asked.get("pytest-arguments", ())),
    )


def _target(config: Config, record: Record) -> Target:
    """Return the target that a record of checkout or vendor names in its cell, such as source-windows-amd64-plain."""
    named = [target for target in config.targets.values() if f"-{target.name}-" in f"{record.cell}-"]
    return named[0] if named else host_target(config)


def _stages(context: Context, record: Record) -> None:
    if record.stage == "sdist":
        sdist(context)
    elif record.stage in CELL_STAGES:
        cell = cell_of(record.cell, context.config)
        for work in CELL_STAGES[record.stage]:
            with context.failures_recorded(work.__name__, cell.name):
                work(context, cell)
    elif record.stage in ("checkout", "vendor"):
        {"checkout": checkout, "vendor": vendor}[record.stage](context, _target(context.config, record))
    elif record.stage == "sysroot":
        asked = record.definition["externalParameters"]
        headers_of(context, context.config.target(asked["target"]), asked["python"])
    else:
        raise RecordError(f"records of the stage {record.stage!r} cannot be reproduced")


def do_again(layout: Layout, record: Record, pinned: str) -> tuple[Record, Path, WheelsError | None]:
    """Carry out a record's stages in a folder of their own.

    Returns the record of the same stage, or of the one that failed before it; the folder with the products; and the
    error, if there was one.
    """
    place = fresh_folder(layout.work / "again" / record.key[:16])
    context = replace(context_of(replace(layout, out=place), request_of(record, pinned)), run=new_run())
    step(f"doing {record.stage} of {record.cell} again")
    error: WheelsError | None = None
    try:
        _stages(context, record)
    except WheelsError as caught:
        error = caught
    kept = context.run_records / f"{record.stage}-{record.cell}.json"
    failed = [path for path in sorted(context.run_records.glob("*.json")) if read_record(path).outcome.status == "failed"]
    if error is not None:
        kept = kept if kept in failed else failed[0] if failed else kept
    if not kept.is_file():
        raise error or RecordError(f"{record.stage} of {record.cell} left no record; that is an error of this repository")
    return read_record(kept), place, error
