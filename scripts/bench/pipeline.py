"""The main job, measured: plain wheels for every CPython here, in a copy of this checkout, and the same work by hand."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scripts.bench.by_hand import by_hand
from scripts.bench.usage import Usage, usage_of
from scripts.core.context import Context
from scripts.core.copies import copy_of_checkout
from scripts.core.environments import Environment
from scripts.core.errors import RequestError
from scripts.core.files import remove_tree
from scripts.core.interpreters import Interpreter, find_interpreters
from scripts.core.layout import CACHE_VARIABLE, Layout
from scripts.core.run import NOT_INHERITED, NOT_INHERITED_PREFIXES, step
from scripts.core.runs import RUN_VARIABLE
from scripts.stages.checkout import unpatched

NOX_VARIABLE = "NUMEXPR_WHEELS_NOX"
MAIN_JOB = ("-t", "plain")
WORKTREE = ("--", "--worktree")
# The file of numexpr that is changed: one that every import reads.
CHANGED = "numexpr/necompiler.py"
SCHEMA = 1

COLD, CHANGED_ONE, UNCHANGED, PIP, UV = (
    "nothing built, caches warm",
    "one .py of numexpr changed",
    "nothing changed",
    "by hand with pip",
    "by hand with uv",
)


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

    def bare_environment(self) -> Mapping[str, str]:
        """Return the environment of a person who does it by hand: nothing in it that changes what is built."""
        return {
            name: value
            for name, value in self.environment().items()
            if name not in NOT_INHERITED and not name.startswith((*NOT_INHERITED_PREFIXES, "NUMEXPR_WHEELS_", "NOX"))
        }

    def main_job(self, name: str, *words: str) -> Usage:
        """Run the main job and return what it cost."""
        step(f"measuring: {name}")
        return usage_of([self.nox, "-m", "nox", *MAIN_JOB, *words], cwd=self.copy, environment=self.environment(), log=self.log)

    def forget_products(self) -> None:
        """Remove what was built in the copy; the caches stay."""
        remove_tree(self.copy / "build")
        remove_tree(self.copy / "wheelhouse")


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What the main job costs in each situation, on so many processors, for these CPythons."""

    processors: int
    pythons: tuple[str, ...]
    situations: Mapping[str, Usage]

    def ratios(self) -> dict[str, float]:
        """Return what matters about them: wall times over each other, and over processor time spread evenly."""
        wall = {name: used.wall for name, used in self.situations.items()}
        found = {f"cold / (CPU / {self.processors})": self.situations[COLD].over_ideal(self.processors)}
        for name, one, other in (
            ("cold / by hand with pip", COLD, PIP),
            ("cold / by hand with uv", COLD, UV),
            ("one .py changed / cold", CHANGED_ONE, COLD),
        ):
            if one in wall and other in wall:
                found[name] = wall[one] / wall[other]
        return found

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "schema": SCHEMA,
            "processors": self.processors,
            "pythons": list(self.pythons),
            "situations": {name: asdict(used) for name, used in self.situations.items()},
            "ratios": self.ratios(),
        }


def bench_of(layout: Layout) -> Bench:
    """Return the bench; RequestError where it was not called by nox, which it has to call."""
    nox = os.environ.get(NOX_VARIABLE)
    if not nox:
        raise RequestError("the pipeline is measured through nox; run nox -s bench -- --pipeline")
    log = layout.logs / "bench" / "pipeline.log"
    log.unlink(missing_ok=True)
    return Bench(layout=layout, copy=copy_of_checkout(layout, layout.work / "bench"), nox=nox, log=log)


def _worktree(bench: Bench, source: Path) -> Path:
    """Put numexpr's source into numexpr/ of the copy, as a developer has it there."""
    remove_tree(bench.copy / "numexpr")
    shutil.copytree(source, bench.copy / "numexpr")
    return bench.copy / "numexpr"


def _by_hand(bench: Bench, source: Path, interpreters: list[Interpreter], uv: Path) -> dict[str, Usage]:
    if shutil.which("c++") is None:
        step("there is no C++ compiler on PATH, which the work by hand needs: it is left out")
        return {}
    place = bench.layout.work / "bench-by-hand"
    environment = bench.bare_environment()
    try:
        found = {PIP: by_hand(source, place, bench.log, environment, interpreters, None)}
        if uv.exists():
            found[UV] = by_hand(source, place, bench.log, environment, interpreters, uv)
    finally:
        remove_tree(place)
    return found


def measure(bench: Bench, context: Context) -> Costs:
    """Return what the main job costs: nothing built, nothing changed, one file changed; and the same work by hand."""
    source = unpatched(context).tree
    interpreters = list(find_interpreters(context.config.pythons).values())
    bench.main_job("filling the caches")
    bench.forget_products()
    situations = {COLD: bench.main_job(COLD), UNCHANGED: bench.main_job(UNCHANGED)}
    worktree = _worktree(bench, source)
    bench.main_job("filling the caches from numexpr/", *WORKTREE)
    with (worktree / CHANGED).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    situations[CHANGED_ONE] = bench.main_job(CHANGED_ONE, *WORKTREE)
    uv = Environment(path=Path(sys.prefix)).script("uv")
    situations |= _by_hand(bench, source, interpreters, uv)
    return Costs(processors=bench.processors, pythons=tuple(one.name for one in interpreters), situations=situations)


def table(costs: Costs) -> list[str]:
    """Return the figures as lines of text."""
    lines = [
        f"plain wheels for CPython {', '.join(costs.pythons)} on {costs.processors} processors",
        f"{'':32}{'wall s':>9}{'CPU s':>9}{f'wall / (CPU / {costs.processors})':>20}",
    ]
    for name, used in costs.situations.items():
        lines.append(f"{name:32}{used.wall:9.1f}{used.cpu:9.1f}{used.over_ideal(costs.processors):20.2f}")
    return [*lines, "", *(f"{name:32}{ratio:9.2f}" for name, ratio in costs.ratios().items())]
