"""The report as one self-contained HTML file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from scripts.pages.render import render
from scripts.pages.words import size_words
from scripts.report.cells import ABSENT, Entry, counted
from scripts.report.measured import SpeedChart, Verified, reproducible_words
from scripts.report.timeline import Timeline

TEMPLATE = Path(__file__).parent / "templates" / "report.html"


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that the report tells."""

    version: str
    entries: tuple[Entry, ...]
    timeline: Timeline
    speed: SpeedChart | None
    verified: Mapping[str, Verified]

    def reproducible(self, entry: Entry) -> str:
        """Return what is known about whether an entry's bytes come out the same again."""
        return reproducible_words(f"{entry.cell.variant}/{entry.wheel}", entry.sha256, self.verified)


def _href(path: Path, folder: Path) -> str:
    return quote(os.path.relpath(path, folder).replace(os.sep, "/"))


def _row(report: Report, entry: Entry, folder: Path) -> dict[str, object]:
    return {
        "name": entry.cell.name,
        "python": entry.cell.python,
        # 3.9 before 3.10, and the free-threaded build behind its twin.
        "python_order": f"{int(entry.cell.python.rstrip('t').split('.')[1]):03}{entry.cell.python[-1]}",
        "target": entry.cell.target.name,
        "variant": entry.cell.variant,
        "status": entry.status,
        "kind": entry.status.replace(" ", "-"),
        "tests": entry.tests,
        "how": entry.how,
        "wheel": entry.wheel,
        "tag": entry.tag,
        "size": size_words(entry.size) if entry.size else "",
        "bytes": entry.size,
        "sha256": entry.sha256,
        "seconds": entry.seconds,
        "same": report.reproducible(entry),
        "links": [(link.text, _href(link.path, folder)) for link in entry.links],
    }


def _matrix(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the rows by CPython, and by target and variant in each, for the overview."""
    columns = list(dict.fromkeys(str(row["target"]) for row in rows))
    pythons = list(dict.fromkeys(str(row["python"]) for row in rows))
    found = {
        python: {target: [row for row in rows if (row["python"], row["target"]) == (python, target)] for target in columns}
        for python in pythons
    }
    return {"columns": columns, "rows": found}


def page(report: Report, folder: Path) -> str:
    """Return the page, whose links lead from `folder` to the wheelhouse, the records and the logs."""
    every = [_row(report, entry, folder) for entry in report.entries]
    return render(
        TEMPLATE,
        version=report.version,
        counts=counted(report.entries),
        matrix=_matrix(every),
        rows=[row for row in every if row["status"] != ABSENT],
        timeline=report.timeline,
        speed=report.speed,
    )
