"""collect: everything that the cells of a run made, held against what was planned; checksums, one page, what is published."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scripts.ci.collect import CHECKSUMS, Collected, checksums, collected, for_the_index, rules_of
from scripts.ci.github import PLAN_VARIABLE, summarise
from scripts.ci.history import History
from scripts.ci.job_summary import failure, overview
from scripts.ci.matrix import cells_of, matrix_of
from scripts.ci.settings import ci_settings
from scripts.core.config import Config, read_config
from scripts.core.errors import GateError, RequestError
from scripts.core.files import copy_whole, fresh_folder, write_whole
from scripts.core.layout import Layout
from scripts.core.run import step
from scripts.publish.settings import upload_settings
from scripts.stages.summary import history_of

DIST = "dist"


def _planned(layout: Layout, config: Config, words: Sequence[str]) -> tuple[str, ...]:
    """Return the cells of the run: those that its plan handed on, else those that the words name."""
    handed = os.environ.get(PLAN_VARIABLE, "")
    if handed:
        if words:
            raise RequestError(
                f"{PLAN_VARIABLE} says which cells are expected, and so does -- {' '.join(words)}; give one of them"
            )
        return cells_of(handed)
    return tuple(row.cell for row in matrix_of(config, ci_settings(layout.config), words).rows)


def page(found: Collected, planned: Sequence[str], history: History) -> str:
    """Return the page of the run."""
    missing = "".join(f"- {problem}\n" for problem in found.problems)
    told = "\n".join(failure(part) for part in history.failures)
    wheels = [artifact for artifact in found.artifacts if artifact.tags is not None]
    return overview(history, f"{len(wheels)} of {len(planned)} wheels") + (
        f"\n### Not as planned\n\n{missing}\n{told}" if missing else ""
    )


def _for_publish(found: Collected, config: Config, folder: Path) -> None:
    fresh_folder(folder)
    for artifact in for_the_index(found.artifacts, config):
        copy_whole(artifact.path, folder / artifact.name)


def collect(layout: Layout, words: Sequence[str]) -> None:
    """Check the set of a run, write SHA256SUMS and the page, and lay out in build/dist/ what may be published.

    Raises:
        GateError: a planned wheel is missing, one is there that was not planned, or one may not leave.
        IntegrityError: a file is not the bytes of its records.
        RequestError: the plan or a word means nothing.
    """
    config = read_config(layout.config)
    planned = _planned(layout, config, words)
    found = collected(layout.wheelhouse, planned, rules_of(config, upload_settings(layout.config)))
    layout.wheelhouse.mkdir(exist_ok=True)
    write_whole(layout.wheelhouse / CHECKSUMS, checksums(layout.wheelhouse))
    made = page(found, planned, history_of(layout))
    summarise(made)
    print(made)
    if found.problems:
        raise GateError(
            f"{len(found.artifacts)} files may go on, but the set is not the planned one: {'; '.join(found.problems)}. "
            "The page of each failed cell ends with the command that repeats it"
        )
    _for_publish(found, config, layout.build / DIST)
    step(f"{len(found.artifacts)} files as planned; checksums in {layout.shown(layout.wheelhouse / CHECKSUMS)}")
