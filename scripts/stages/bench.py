"""bench: figures, measured here and now; nothing passes or fails by them, but noise is not called a result."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from scripts.bench import pipeline, speed_table
from scripts.bench.speed import Speed, check_control, compare
from scripts.bench.wheels import arena, chosen_python
from scripts.core.context import Context, context_of
from scripts.core.environments import base_interpreter
from scripts.core.errors import RequestError, ToolchainError
from scripts.core.files import remove_tree, scratch_folder, write_whole
from scripts.core.layout import Layout
from scripts.core.request import Parser, read_request
from scripts.core.run import command, run, step
from scripts.report.measured import speed_path
from scripts.stages.checkout import unpatched

ROUNDS = 15
# One round has no interval.
LEAST_ROUNDS = 2
# Of numexpr's bench/, what measures numexpr in less than a minute; the rest measures numpy, or waits for minutes.
OWN_SCRIPTS = ("timing.py", "poly.py", "varying-expr.py", "unaligned-simple.py", "issue-36.py", "issue-47.py", "multidim.py")
CHART = Path(__file__).parents[1] / "bench" / "chart.py"


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="nox -s bench --", allow_abbrev=False)
    parser.add_argument("--pipeline", action="store_true")
    parser.add_argument("--against", default="", metavar="FILE|VERSION")
    parser.add_argument("--python", default="", metavar="3.X")
    parser.add_argument("--variant", action="append", default=[])
    parser.add_argument("--level", default="", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--skip-scripts", action="store_true")
    options = parser.parse_args(words)
    if options.rounds < LEAST_ROUNDS:
        raise RequestError(f"--rounds {options.rounds}: an interval takes {LEAST_ROUNDS} rounds or more; {ROUNDS} are usual")
    return options


def _draw(context: Context, folder: Path) -> None:
    """Draw the chart beside the figures."""
    log = context.layout.logs / "bench" / "chart.log"
    log.unlink(missing_ok=True)
    python = base_interpreter()
    environment = context.maker.cached("bench", python, f"CPython {platform.python_version()}, for the chart")
    words = [environment.python, "-I", CHART, speed_path(context.layout), folder / "speed.svg", folder / "speed.png"]
    run(
        command(words, log=log, environment={"MPLCONFIGDIR": str(context.layout.cache / "matplotlib")}),
        "the chart cannot be drawn",
        ToolchainError,
    )


def _speed(layout: Layout, options: argparse.Namespace) -> Speed:
    context = context_of(layout, read_request([]))
    python = chosen_python(layout, context.config, options.python)
    bench = unpatched(context).tree / "bench"
    with scratch_folder(layout.work / "bench-speed") as scratch:
        found = compare(
            arena(context, python, options.against, scratch / "environments", options.variant),
            rounds=options.rounds,
            scratch=scratch / "results",
            level=options.level,
            scripts=[] if options.skip_scripts else [bench / name for name in OWN_SCRIPTS if (bench / name).is_file()],
        )
    print("\n".join(speed_table.lines(found)))
    check_control(found.overall)
    folder = speed_path(layout).parent
    write_whole(speed_path(layout), json.dumps(found.facts(), indent=1) + "\n")
    write_whole(folder / "speed.md", speed_table.markdown(found))
    _draw(context, folder)
    step(f"{layout.shown(folder)}/speed.json, speed.md, speed.svg, speed.png")
    return found


def _pipeline(layout: Layout) -> None:
    context = context_of(layout, read_request([]))
    measured = pipeline.bench_of(layout)
    try:
        costs = pipeline.measure(measured, context)
    finally:
        remove_tree(measured.copy)
    print("\n".join(pipeline.table(costs)))
    write_whole(layout.build / "bench" / "pipeline.json", json.dumps(costs.facts(), indent=1) + "\n")


def bench(layout: Layout, words: Sequence[str]) -> None:
    """Compare the wheelhouse's wheels with the index's, or with `-- --against FILE|VERSION`; `-- --pipeline` times the main job.

    Raises:
        RequestError: there is nothing to measure, or something else was asked for.
        CheckError: the machine is too noisy for a conclusion.
        CommandError: what is measured fails.
    """
    options = _options(words)
    if options.pipeline:
        _pipeline(layout)
    else:
        _speed(layout, options)
