"""Every cell of wheels.toml and what came of it here: a tested wheel, an untested one, a failure, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.ci.history import STAGES, History, Part
from scripts.core.config import Config
from scripts.core.errors import RecordError, RequestError
from scripts.core.files import sha256_of
from scripts.core.layout import Layout
from scripts.core.record import PASSED, read_record
from scripts.core.record import UNTESTED as NEVER_RUN
from scripts.core.targets import Cell, cell_of
from scripts.core.wheel import wheel_name
from scripts.pages.words import platform_words

TESTED, PARTLY, UNTESTED, UNTRUE, BROKEN, ABSENT = "passed", "partial", "not tested", "not as recorded", "failed", "not built"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link of the page: its text, and the file it leads to."""

    text: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One cell: `status` is one of the words above; without a wheel, the wheel's figures are empty.

    `size` is in bytes, `seconds` the time that its stages took together; `how` is how the suite was run.
    """

    cell: Cell
    status: str
    tests: str = ""
    how: str = ""
    wheel: str = ""
    tag: str = ""
    size: int = 0
    sha256: str = ""
    seconds: float = 0.0
    links: tuple[Link, ...] = ()


def _possible(config: Config) -> dict[str, Cell]:
    cells = [
        Cell(python=python, target=target, variant=variant)
        for target in config.targets.values()
        for variant in target.policies
        for python in config.pythons
    ]
    return {cell.name: cell for cell in cells}


def _log_of(layout: Layout, part: Part) -> Path:
    run = part.record.run
    return layout.logs / str(run) / f"{part.record.stage}-{part.record.cell}.log"


def _links(layout: Layout, wheel: Path | None, parts: Mapping[str, Part]) -> tuple[Link, ...]:
    """Return the links to the records beside a wheel and to the logs that are still here."""
    found = []
    if wheel is not None:
        records = {stage: wheel.with_name(f"{wheel.name}.{stage}.json") for stage in STAGES}
        found += [Link(text=f"{stage} record", path=path) for stage, path in records.items() if path.is_file()]
    for stage in STAGES:
        if stage in parts and _log_of(layout, parts[stage]).is_file():
            found.append(Link(text=f"{stage} log", path=_log_of(layout, parts[stage])))
    return tuple(found)


def _tests(digest: str, parts: Mapping[str, Part]) -> tuple[str, str, str]:
    """Return status, counts and way of the suite's run on exactly these bytes."""
    test = parts.get("test")
    if test is None or digest not in test.record.subject.values():
        return UNTESTED, "", ""
    facts = test.record.outcome.facts
    if test.record.outcome.status == NEVER_RUN:
        return UNTESTED, str(facts.get("why", "")), str(facts.get("how", ""))
    suite = facts.get("suite", {})
    counts = f"{suite.get('passed', 0):,} passed" + (f", {suite['skipped']} skipped" if suite.get("skipped") else "")
    # Which vector maths library, where there is one: it says so itself.
    by = ", ".join(str(facts[name]) for name in ("how", "vml") if facts.get(name))
    return (TESTED if test.record.outcome.status == PASSED else PARTLY), counts, by


def _wheels(layout: Layout, config: Config) -> dict[str, tuple[Path, str]]:
    """Return the wheels of the wheelhouse with the sha256 of their records, by cell; the newest where there are several."""
    found: dict[str, tuple[Path, str]] = {}
    for variant in config.variants:
        wheels = sorted((layout.wheelhouse / variant).glob("*.whl"), key=lambda path: path.stat().st_mtime)
        for wheel in wheels:
            try:
                record = read_record(wheel.with_name(f"{wheel.name}.repair.json"))
            except RecordError:
                continue
            found[record.cell] = (wheel, record.subject.get(wheel.name, ""))
    return found


def _figures(wheel: Path, digest: str, parts: Mapping[str, Part]) -> dict[str, Any]:
    """Return what an entry tells of its wheel."""
    status, tests, how = _tests(digest, parts)
    if sha256_of(wheel) != digest:
        status, tests, how = UNTRUE, "the file is not the one of its record", ""
    tag = ", ".join(filter(None, platform_words(wheel_name(wheel).platforms)))
    size = wheel.stat().st_size
    return {"status": status, "tests": tests, "how": how, "wheel": wheel.name, "tag": tag, "size": size, "sha256": digest}


def _entry(layout: Layout, cell: Cell, wheel: tuple[Path, str] | None, parts: Mapping[str, Part]) -> Entry:
    figures: dict[str, Any] = _figures(*wheel, parts) if wheel else {"status": ABSENT}
    failed = next((stage for stage in STAGES if stage in parts and parts[stage].failed), "")
    if failed:
        figures |= {"status": BROKEN, "tests": f"{failed} failed", "how": ""}
    return Entry(
        cell=cell,
        seconds=sum(part.record.outcome.seconds for part in parts.values()),
        links=_links(layout, wheel[0] if wheel else None, parts),
        **figures,
    )


def entries(layout: Layout, config: Config, history: History) -> tuple[Entry, ...]:
    """Return an entry for each cell that wheels.toml allows, and for each that has a wheel or records here."""
    cells, done, wheels = _possible(config), history.cells(), _wheels(layout, config)
    for name in (*wheels, *done):
        if name not in cells:
            try:
                cells[name] = cell_of(name, config)
            except RequestError:  # A cell of another wheels.toml.
                continue
    return tuple(_entry(layout, cell, wheels.get(name), done.get(name, {})) for name, cell in cells.items())


def counted(found: Iterable[Entry]) -> dict[str, int]:
    """Return how many entries there are of each status, the good ones first, those with none left out."""
    order = (TESTED, PARTLY, UNTESTED, UNTRUE, BROKEN, ABSENT)
    every = [entry.status for entry in found]
    return {status: every.count(status) for status in order if status in every}
