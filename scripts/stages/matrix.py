"""matrix: what a run of GitHub Actions consists of, from wheels.toml; what is left out and why."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence

from scripts.ci.github import OUTPUT_VARIABLE, hand_on, this_event, words_of_run
from scripts.ci.matrix import Matrix, explained, matrix_of, shown
from scripts.ci.settings import ci_settings
from scripts.core.context import Context, context_of
from scripts.core.errors import RequestError
from scripts.core.layout import Layout
from scripts.core.request import read_request
from scripts.core.resolution import PINNED, resolve

SHORT = 12
NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z.]+")
OWN = "--own"
JSON = "--json"
OWN_SYSTEMS = ("ubuntu-24.04", "macos-15", "windows-2025")


def label_of(commit: str) -> str:
    """Return what the names of artefacts say of the commit: its first digits, or the name if it is no hash."""
    return NOT_IN_NAMES.sub("-", commit).strip("-")[:SHORT] or "none"


def _commit(context: Context, publishes: bool) -> str:
    """Return the commit that every job builds: decided once, so that a branch which moves meanwhile changes nothing."""
    resolved = resolve(context)
    if publishes and resolved.kind != PINNED:
        raise RequestError(f"only the pinned release is published, not {resolved.shown}; nox -s pin moves the pin")
    return resolved.commit or resolved.asked


def _own() -> None:
    """Print what ci.yml needs: the systems for this repository's own tests, and whether the scheduled jobs are due."""
    due = "yes" if this_event().is_scheduled else ""
    print(json.dumps({"system": OWN_SYSTEMS}))
    hand_on({"systems": json.dumps({"system": OWN_SYSTEMS}), "scheduled": due})


def _print(made: Matrix, commit: str, as_json: bool) -> None:
    count = f"{len(made.rows)} cells of commit {commit}"
    if not as_json:
        print(*shown(made), count, sep="\n")
        return
    # Apart from the JSON, which a program reads.
    print(*explained(made.left_out), count, sep="\n", file=sys.stderr)
    print(made.to_json())


def matrix(layout: Layout, words: Sequence[str]) -> None:
    """Print the matrix of cells: a table, or JSON with `--json` and where GitHub takes it; outputs go to GitHub's file.

    Raises:
        RequestError: a word names nothing, no cell is left, or something else than the whole pinned release is to be published.
        SourceError, FetchError: BUILD_COMMIT names nothing that can be had.
    """
    if list(words) == [OWN]:
        _own()
        return
    event = this_event()
    wanted = [word for word in words if word != JSON] or words_of_run()
    if event.publishes and wanted:
        raise RequestError(f"only whole releases are published, not {' '.join(wanted)}; leave the cells or the publishing away")
    context = context_of(layout, read_request(()))
    made = matrix_of(context.config, ci_settings(layout.config), wanted)
    commit = _commit(context, event.publishes)
    _print(made, commit, as_json=JSON in words or bool(os.environ.get(OUTPUT_VARIABLE)))
    hand_on(
        {
            "matrix": made.to_json(),
            "commit": commit,
            "label": label_of(commit),
            "stage": "yes" if event.stages else "",
            "publish": "yes" if event.publishes else "",
        }
    )
