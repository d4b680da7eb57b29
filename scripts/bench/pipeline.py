"""The main job, measured: plain wheels for every CPython here, in a copy of this checkout, caches warm, nothing built."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.usage import Usage, usage_of
from scripts.core.copies import copy_of_checkout
from scripts.core.errors import RequestError
from scripts.core.files import remove_tree
from scripts.core.layout import CACHE_VARIABLE, Layout
from scripts.core.run import step
from scripts.core.runs import RUN_VARIABLE

NOX_VARIABLE = "NUMEXPR_WHEELS_NOX"
MAIN_JOB = ("-t", "plain")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One situation of the main job and what it cost."""

    name: str
    usage: Usage


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A copy of the checkout to measure in, and how nox is called there."""

    layout: Layout
    copy: Path
    nox: str
    log: Path

    @property
    def processors(self) -> int:
        """The number of jobs that nox runs side by side."""
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def environment(self) -> Mapping[str, str]:
        """Return the person's environment, as for a run of its own, with the same cache."""
        kept = {name: value for name, value in os.environ.items() if name not in (RUN_VARIABLE, "NOX_CURRENT_SESSION")}
        return {**kept, CACHE_VARIABLE: str(self.layout.cache)}

    def main_job(self, name: str, *words: str) -> Measured:
        """Run the main job and return what it cost."""
        step(f"measuring: {name}")
        command = [self.nox, "-m", "nox", *MAIN_JOB, *words]
        return Measured(name=name, usage=usage_of(command, cwd=self.copy, environment=self.environment(), log=self.log))

    def forget_products(self) -> None:
        """Remove what was built in the copy; the caches stay."""
        remove_tree(self.copy / "build")
        remove_tree(self.copy / "wheelhouse")


def bench_of(layout: Layout) -> Bench:
    """Return the bench; RequestError where it was not called by nox, which it has to call."""
    nox = os.environ.get(NOX_VARIABLE)
    if not nox:
        raise RequestError("the pipeline is measured through nox; run nox -s bench -- --pipeline")
    log = layout.logs / "bench" / "pipeline.log"
    log.unlink(missing_ok=True)
    return Bench(layout=layout, copy=copy_of_checkout(layout, layout.work / "bench"), nox=nox, log=log)


def measure(bench: Bench) -> list[Measured]:
    """Return what the main job costs: with nothing built, and again with nothing changed."""
    bench.main_job("filling the caches")
    bench.forget_products()
    return [bench.main_job("nothing built, caches warm"), bench.main_job("nothing changed")]


def table(measured: list[Measured], processors: int) -> str:
    """Return the figures as lines of text."""
    head = f"{'main job, plain':32}{'wall s':>9}{'CPU s':>9}{f'wall / (CPU / {processors})':>20}"
    rows = [f"{one.name:32}{one.usage.wall:9.1f}{one.usage.cpu:9.1f}{one.usage.over_ideal(processors):20.2f}" for one in measured]
    return "\n".join([head, *rows])
