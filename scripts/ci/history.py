"""The records of a job or of a whole run, by cell: what was done, when, and what failed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.core.handed import records_in
from scripts.core.record import FAILED, Record

STAGES = ("build", "repair", "test")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One stage of one cell: when it began and ended, in milliseconds since 1970, and its record."""

    began: int
    ended: int
    record: Record

    @property
    def failed(self) -> bool:
        return self.record.outcome.status == FAILED

    @property
    def name(self) -> str:
        return f"{self.record.stage} of {self.record.cell}"


@dataclass(frozen=True, kw_only=True)
class History:
    """The newest record of each stage of each cell, in the order of their beginnings."""

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


def _part(record: Record) -> Part:
    when: Mapping[str, str] = record.statement["predicate"]["runDetails"]["metadata"]
    return Part(began=_milliseconds(when["startedOn"]), ended=_milliseconds(when["finishedOn"]), record=record)


def read_history(folders: Iterable[Path]) -> History:
    """Return the history that the records below some folders tell; a folder may be missing."""
    newest: dict[tuple[str, str], Part] = {}
    for folder in folders:
        for _, record in records_in(folder) if folder.is_dir() else ():
            part = _part(record)
            known = newest.get((record.stage, record.cell))
            if known is None or (part.ended, part.failed) >= (known.ended, known.failed):
                newest[record.stage, record.cell] = part
    return History(parts=tuple(sorted(newest.values(), key=lambda part: (part.began, part.name))))
