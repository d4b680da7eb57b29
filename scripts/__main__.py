"""The command behind the nox sessions: `python -m scripts STAGE [--python X --variant V] [-- WORDS]`.

nox calls it in the tools environment. All errors end here, each with its message and its exit status.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.core.context import Context, context_of
from scripts.core.errors import RequestError, WheelsError
from scripts.core.files import clear_storage_errors
from scripts.core.layout import this_layout
from scripts.core.request import read_request
from scripts.core.run import step
from scripts.core.settled import fingerprint, settle
from scripts.core.targets import Cell, host_target

PER_CELL = ("build", "repair", "test")
PER_TARGET = ("checkout", "vendor")
PER_RUN = ("sdist",)
ON_THEIR_OWN = (
    "doctor", "lock", "pin", "bench", "accuracy", "reproduce", "verify", "matrix", "collect", "summary", "report", "workflow",
    "sysroot", "universal2", "upload", "promote",
)  # fmt: skip


def _arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    words = list(argv)
    place = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(prog="python -m scripts")
    parser.add_argument("stage", choices=(*PER_CELL, *PER_TARGET, *PER_RUN, *ON_THEIR_OWN))
    parser.add_argument("--python", default="")
    parser.add_argument("--target", default="")
    parser.add_argument("--variant", default="")
    return parser.parse_args(words[:place]), words[place + 1 :]


def _carry_out(options: argparse.Namespace, words: list[str]) -> None:
    layout = this_layout()
    # A stage's module has its name, and in it one function that has it too.
    stage = getattr(importlib.import_module(f"scripts.stages.{options.stage}"), options.stage)
    if options.stage in ON_THEIR_OWN:
        stage(layout, words)
        return
    context = context_of(layout, read_request(words))
    target = context.config.target(options.target) if options.target else host_target(context.config)
    if options.stage in PER_RUN:
        with context.failures_recorded(options.stage, options.stage):
            stage(context)
        return
    if options.stage in PER_TARGET:
        with context.failures_recorded(options.stage, target.name):
            stage(context, target)
        return
    if options.variant not in context.config.variants:
        raise RequestError(f"{options.variant!r} is no variant; wheels.toml has {', '.join(context.config.variants)}")
    cell = Cell(python=options.python, target=target, variant=options.variant)
    # From before the work: a file that changes meanwhile must not count as seen.
    seen = fingerprint(layout, context.run, words, os.environ)
    with context.failures_recorded(options.stage, cell.name):
        product, record = _left_behind(context, options.stage, cell, stage(context, cell))
    if product is not None:
        settle(layout, options.stage, cell.name, seen, [product, record], record)


def _left_behind(context: Context, stage: str, cell: Cell, result: Any) -> tuple[Path | None, Path]:
    """Return the product of a stage of a cell and its record, or None where there is none to come back to."""
    if result is None:
        return None, Path()
    if stage == "build":
        return result.path, result.path.with_name("record.json")
    wheel = context.layout.wheelhouse / cell.variant / next(iter(result.subject if stage == "test" else result.record.subject))
    record = wheel.with_name(f"{wheel.name}.{stage}.json")
    return (wheel, record) if wheel.is_file() and record.is_file() else (None, record)


def main(argv: Sequence[str]) -> int:
    """Carry out one stage and return the exit status: 0, or that of the error's class."""
    # Modes of files are part of the products; a person's umask is not.
    os.umask(0o022)
    # Without it GitPython ends in a traceback where there is no git; with it, the call that needs git says so.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    options, words = _arguments(argv)
    try:
        with clear_storage_errors():
            _carry_out(options, words)
    except WheelsError as error:
        step(f"failed: {error}")
        return error.exit_status
    except KeyboardInterrupt:
        step("interrupted; the same command goes on from what is finished")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
