"""The records of a job or of a whole run, by cell: what was done, when, and what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.core.errors import RequestError
from scripts.core.handed import records_in
from scripts.core.record import FAILED, Record

STAGES = ("build", "repair", "test")
# build/records/<run>/ here, and the same in what another job handed on.
RECORDS = "records"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One stage of one cell: when it began and ended, in milliseconds since 1970, its record, and the run that left it.

    `run` is empty for a record that lies in no run's folder, such as those beside the wheels.
    """

    began: int
    ended: int
    record: Record
    run: str = ""

    @property
    def failed(self) -> bool:
        return self.record.outcome.status == FAILED

    @property
    def name(self) -> str:
        return f"{self.record.stage} of {self.record.cell}"


@dataclass(frozen=True, kw_only=True)
class History:
    """The record of the last run of each stage of each cell, in the order of their beginnings."""

    parts: tuple[Part, ...]

    @property
    def failures(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.failed)

    def cells(self) -> dict[str, dict[str, Part]]:
        """Return what was built, repaired and tested, by cell and stage."""
        found: dict[str, dict[str, Part]] = {}
        for part in self.parts:
            if part.record.stage in STAGES:
                found.setdefault(part.record.cell, {})[part.record.stage] = part
        return dict(sorted(found.items()))


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _part(path: Path, record: Record) -> Part:
    when: Mapping[str, str] = record.statement["predicate"]["runDetails"]["metadata"]
    run = path.parent.name if path.parent.parent.name == RECORDS else ""
    return Part(began=_milliseconds(when["startedOn"]), ended=_milliseconds(when["finishedOn"]), record=record, run=run)


def _age(part: Part) -> tuple[bool, str, int, bool]:
    # A request that made no sense says nothing of the cell, so that it never hides what does.
    understood = part.record.outcome.facts.get("error") != RequestError.__name__
    # The run goes first, and their names sort by time: a run in which a stage was up to date keeps the record of the one
    # that made the product, with its old time, and still says more than a failure between the two.
    return (understood, part.run, part.ended, part.failed)


def read_history(folders: Iterable[Path]) -> History:
    """Return the history that the records below some folders tell; a folder may be missing."""
    newest: dict[tuple[str, str], Part] = {}
    for folder in folders:
        for path, record in records_in(folder) if folder.is_dir() else ():
            part = _part(path, record)
            known = newest.get((record.stage, record.cell))
            if known is None or _age(part) >= _age(known):
                newest[record.stage, record.cell] = part
    return History(parts=tuple(sorted(newest.values(), key=lambda part: (part.began, part.name))))
