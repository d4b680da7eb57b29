"""The report as Markdown, for job summaries, release notes and terminals."""

from __future__ import annotations

from scripts.ci.history import History
from scripts.ci.job_summary import gantt, slowest, table
from scripts.pages.words import size_words
from scripts.report.cells import ABSENT, counted
from scripts.report.page import Report

HEAD = ("Python", "target", "variant", "status", "tag", "size", "tests", "same bytes", "sha256")


def _wheels(report: Report) -> str:
    rows = [
        (
            entry.cell.python, entry.cell.target.name, entry.cell.variant, entry.status, entry.tag,
            size_words(entry.size) if entry.size else "",
            f"{entry.tests} ({entry.how})" if entry.how else entry.tests,
            report.reproducible(entry),
            f"`{entry.sha256}`" if entry.sha256 else "",
        )
        for entry in report.entries
        if entry.status != ABSENT
    ]  # fmt: skip
    return table(HEAD, rows) if rows else "Nothing has been built yet: `nox -s build repair test`\n"


def markdown(report: Report, history: History, speed: str) -> str:
    """Return the report; `speed` is what bench wrote as Markdown, empty where it measured nothing."""
    counts = ", ".join(f"{count} {status}" for status, count in counted(report.entries).items() if status != ABSENT)
    chart = gantt(history)
    parts = [
        f"# numexpr {report.version} wheels\n",
        f"{counts}\n" if counts else "",
        _wheels(report),
        f"## When\n\n{chart}" if chart else "",
        f"## Slowest\n\n{slowest(history)}" if chart else "",
        f"## Speed\n\n{speed}" if speed else "",
    ]
    return "\n".join(part for part in parts if part)
