"""summary: the page of one job, from the records that its stages left; what failed, and the line that repeats it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from scripts.ci.github import ARTIFACT_VARIABLE, HANDED_ARTIFACT_VARIABLE, SESSION_VARIABLE, STATUS_VARIABLE, summarise
from scripts.ci.history import History, read_history
from scripts.ci.job_summary import failure, how_to_repeat, overview, repository_of, wheels
from scripts.core.errors import RequestError
from scripts.core.layout import Layout
from scripts.core.request import COMMIT_VARIABLE
from scripts.core.run import step

HANDED = "handed"
LATER_STAGES = ("repair", "test")


def history_of(layout: Layout) -> History:
    """Return what the records of this checkout tell, those that another job handed on included."""
    return read_history((layout.wheelhouse, layout.build / HANDED, layout.records))


def _without_record(session: str, commit: str) -> str:
    """Return the page of a job that failed before any stage could write a record."""
    variable = f"{COMMIT_VARIABLE}={commit} " if commit else ""
    return f"The job failed before a stage began; its log says why. On a laptop:\n\n    {variable}nox -s {session}\n"


def page(history: History, environ: Mapping[str, str]) -> str:
    """Return the page of a job; that of a failed cell ends with the `nox -s reproduce` line."""
    artifact, status = environ.get(ARTIFACT_VARIABLE, ""), environ.get(STATUS_VARIABLE, "")
    handed = environ.get(HANDED_ARTIFACT_VARIABLE, "")
    if history.failures:
        # What failed in the job before this one is in that job's artefact, and what failed here follows from it.
        before = tuple(part for part in history.failures if part.record.stage not in LATER_STAGES)
        shown, place = (before, handed) if before and handed else (history.failures, artifact)
        told = "\n".join(failure(part) for part in shown)
        return f"{wheels(history)}\n{told}\n{how_to_repeat(place, repository_of(shown[0]), (part.run for part in shown))}"
    if status == "failure":
        session = environ.get(SESSION_VARIABLE, "")
        return _without_record(f'"{session}"' if session else "build repair test", environ.get(COMMIT_VARIABLE, ""))
    return overview(history, artifact or "this checkout")


def summary(layout: Layout, words: Sequence[str]) -> None:
    """Print the page of this job and hand it to GitHub.

    Raises:
        RequestError: words were given; there is nothing to choose.
    """
    if words:
        raise RequestError(
            f"behind --: {' '.join(words)} means nothing to summary; it tells about what lies in build/ and wheelhouse/"
        )
    made = page(history_of(layout), os.environ)
    summarise(made)
    step("summary")
    print(made)
