"""The table that a run ends with: one line a wheel, from the records of the run."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.core.errors import RecordError
from scripts.core.layout import Layout
from scripts.core.record import FAILED, PARTIAL, UNTESTED, Record, read_record

HEAD = ("wheel", "variant", "size", "tag", "tests", "how", "seconds")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A cell of the run: its wheel and how the stages that were run on it ended."""

    cell: str
    stages: dict[str, Record]

    def columns(self) -> tuple[str, ...]:
        """Return the row's texts, one for each column of HEAD."""
        last = self.stages.get("test") or self.stages.get("repair") or self.stages["build"]
        name = next(iter(last.subject), self.cell)
        facts = (self.stages.get("repair") or last).outcome.facts
        seconds = sum(record.outcome.seconds for record in self.stages.values())
        return (
            "-".join(name.split("-")[:4]) if name.endswith(".whl") else self.cell,
            self.cell.rpartition("-")[2],
            f"{facts['bytes'] / 1000:,.0f} kB" if "bytes" in facts else "",
            name.removesuffix(".whl").rpartition("-")[2].rpartition(".")[2] if name.endswith(".whl") else "",
            *self._tests(),
            f"{seconds:.1f}",
        )

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
    return [Row(cell=cell, stages=stages) for cell, stages in sorted(cells.items())]


def print_table(layout: Layout, run: str) -> bool:
    """Print the table of a run and return True; False where there was no cell in it."""
    table = [row.columns() for row in rows(layout, run)]
    if not table:
        return False
    widths = [max(len(line[place]) for line in (HEAD, *table)) for place in range(len(HEAD))]
    print()
    for line in (HEAD, *table):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return True
