"""report: one page about the wheelhouse: what, how big, how fast, how tested; the same as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.ci.github import summarise
from scripts.core.config import read_config
from scripts.core.errors import RequestError
from scripts.core.files import write_whole
from scripts.core.layout import Layout
from scripts.core.run import step
from scripts.core.source_lock import read_source_lock
from scripts.core.wheel import wheel_name
from scripts.report.cells import ABSENT, counted, entries
from scripts.report.markdown import markdown
from scripts.report.measured import speed_chart, verified
from scripts.report.page import Report, page
from scripts.report.timeline import timeline
from scripts.stages.summary import history_of


def report(layout: Layout, words: Sequence[str]) -> None:
    """Write build/report/index.html and report.md.

    Raises:
        RequestError: words were given; there is nothing to choose.
        RecordError: a file that bench or verify left is broken.
    """
    if words:
        raise RequestError(f"behind --: {' '.join(words)} means nothing to report; it tells about what lies in wheelhouse/")
    config = read_config(layout.config)
    history = history_of(layout)
    found = entries(layout, config, history)
    versions = {wheel_name(Path(entry.wheel)).version for entry in found if entry.wheel}
    made = Report(
        version=", ".join(sorted(versions)) or read_source_lock(layout.root / config.source.lock).version,
        entries=found,
        timeline=timeline(history),
        speed=speed_chart(layout),
        verified=verified(layout),
    )
    folder = layout.build / "report"
    beside = layout.build / "bench" / "speed.md"
    text = markdown(made, history, beside.read_text(encoding="utf-8") if made.speed and beside.is_file() else "")
    write_whole(folder / "index.html", page(made, folder))
    write_whole(folder / "report.md", text)
    summarise(text)
    counts = ", ".join(f"{count} {status}" for status, count in counted(made.entries).items() if status != ABSENT)
    step(f"{counts or 'nothing built yet'}; open {layout.shown(folder / 'index.html')}, or read report.md beside it")
