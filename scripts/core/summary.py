"""The table that a run ends with: one line a cell, from the records of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.core.errors import RecordError
from scripts.core.layout import Layout
from scripts.core.record import FAILED, PARTIAL, UNTESTED, Record, read_record

HEAD = ("cell", "numexpr", "size", "tag", "tests", "how", "seconds")
# In the column of seconds: nothing had to be done.
KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A cell of a run: its wheel and how the stages that were run on it ended, in this run or in the one that made it."""

    run: str
    cell: str
    stages: dict[str, Record]

    def columns(self) -> tuple[str, ...]:
        """Return the row's texts, one for each column of HEAD."""
        last = self.stages.get("test") or self.stages.get("repair") or self.stages["build"]
        name = next(iter(last.subject), self.cell)
        facts = (self.stages.get("repair") or last).outcome.facts
        return (
            self.cell,
            name.split("-")[1] if name.endswith(".whl") else "",
            f"{facts['bytes'] / 1000:,.0f} kB" if "bytes" in facts else "",
            name.removesuffix(".whl").rpartition("-")[2].rpartition(".")[2] if name.endswith(".whl") else "",
            *self._tests(),
            self._seconds(),
        )

    def _seconds(self) -> str:
        """Return what this run spent; the record of a stage that was up to date tells of another run."""
        spent = [record.outcome.seconds for record in self.stages.values() if record.run == self.run]
        return f"{sum(spent):.1f}" if spent else KEPT

    def _tests(self) -> tuple[str, str]:
        """Return how the tests ended, and how they were run."""
        for stage in ("build", "repair", "test"):
            if stage in self.stages and self.stages[stage].outcome.status == FAILED:
                return f"{stage} failed", ""
        if "test" not in self.stages:
            return "not tested", ""
        outcome = self.stages["test"].outcome
        if outcome.status == UNTESTED:
            return "not tested", f"{outcome.facts['how']} ({outcome.facts['why']})"
        partial = " (partial)" if outcome.status == PARTIAL else ""
        return f"{outcome.facts['suite']['passed']} passed{partial}", str(outcome.facts.get("how", ""))


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table for a terminal, each column as wide as its widest text."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def rows(layout: Layout, run: str) -> list[Row]:
    """Return a row for each cell that this run built, repaired or tested."""
    cells: dict[str, dict[str, Record]] = {}
    for path in sorted((layout.records / run).glob("*.json")):
        try:
            record = read_record(path)
        except RecordError:
            continue
        if record.stage in ("build", "repair", "test"):
            cells.setdefault(record.cell, {})[record.stage] = record
    return [Row(run=run, cell=cell, stages=stages) for cell, stages in sorted(cells.items())]


def print_table(layout: Layout, run: str) -> bool:
    """Print the table of a run and return True; False where there was no cell in it."""
    table = [row.columns() for row in rows(layout, run)]
    if not table:
        return False
    print("", *aligned((HEAD, *table)), sep="\n")
    return True
