"""bench: figures, measured here and now; nothing passes or fails by them."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.bench import pipeline
from scripts.core.errors import RequestError
from scripts.core.files import remove_tree
from scripts.core.layout import Layout
from scripts.core.request import Parser


def bench(layout: Layout, words: Sequence[str]) -> None:
    """Print what was asked for behind `--`: `--pipeline`, the cost of the main job.

    Raises:
        RequestError: nothing, or something else, was asked for.
        CommandError: what is measured fails.
    """
    parser = Parser(prog="nox -s bench --", allow_abbrev=False)
    parser.add_argument("--pipeline", action="store_true")
    options = parser.parse_args(words)
    if not options.pipeline:
        raise RequestError("say what to measure: nox -s bench -- --pipeline")
    measured = pipeline.bench_of(layout)
    try:
        print(pipeline.table(pipeline.measure(measured), measured.processors))
    finally:
        remove_tree(measured.copy)
