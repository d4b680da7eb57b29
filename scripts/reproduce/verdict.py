"""What a second build says about the first: identical, same failure, or different and in what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.record import FAILED, Record
from scripts.reproduce.differences import differences
from scripts.reproduce.loading import Loaded

IDENTICAL, SAME_FAILURE, DIFFERENT = "identical", "same failure", "different"
# What changes from run to run in a message: the run's folder, keys, times.
CHANGING = re.compile(
    r"build/logs/[^/\s]+|\./work/\S*|\S*/work/again/\S*|\b[0-9a-f]{16,64}\b|\d+\.\d+ ?s\b|\b\d+(\.\d+)? seconds"
)


COMPLAINT = re.compile(r"\berror\b|\bFAILED\b|\bundefined\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One of the three words, and what differs: inputs as (name, then, now), products in words."""

    word: str
    inputs: tuple[tuple[str, str, str], ...]
    details: tuple[str, ...]


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inside)
    else:
        yield prefix, str(value)


def _inputs(record: Record) -> dict[str, str]:
    definition = record.definition
    return {
        **dict(_flat("", definition["externalParameters"])),
        **dict(_flat("", definition["internalParameters"])),
        **{f"{one.name} ({one.algorithm})": one.digest for one in record.inputs},
    }


def differing_inputs(then: Record, now: Record) -> tuple[tuple[str, str, str], ...]:
    """Return the inputs that are not the same in two records of a stage: name, then, now."""
    before, after = _inputs(then), _inputs(now)
    names = [*before, *(name for name in after if name not in before)]
    return tuple(
        (name, before.get(name, "not there"), after.get(name, "not there"))
        for name in names
        if before.get(name) != after.get(name)
    )


def _plain(message: str) -> str:
    return CHANGING.sub("…", message)


def _complaints(record: Record) -> list[str]:
    """Return the lines of a failed command's output that say what was wrong."""
    lines = [str(line) for line in record.outcome.facts.get("tail", ())]
    return [_plain(line) for line in lines if COMPLAINT.search(line)]


def _of_failure(then: Record, now: Record) -> Verdict:
    same = (
        now.outcome.status == FAILED
        and (then.stage, then.outcome.command_status) == (now.stage, now.outcome.command_status)
        and then.outcome.facts.get("error") == now.outcome.facts.get("error")
        and _plain(then.outcome.message) == _plain(now.outcome.message)
        and _complaints(then) == _complaints(now)
    )
    inputs = differing_inputs(then, now) if then.stage == now.stage else ()
    details = (f"then, {then.stage}: {then.outcome.message}", f"now, {now.stage} {now.outcome.status}: {now.outcome.message}")
    return Verdict(
        word=SAME_FAILURE if same else DIFFERENT, inputs=() if same else inputs, details=details[:1] if same else details
    )


def _products(loaded: Loaded, now: Record, place: Path) -> Iterator[str]:
    for name, digest in loaded.record.subject.items():
        if now.subject.get(name) == digest:
            continue
        yield f"{name}: sha256 {digest} then, {now.subject.get(name, 'not made')} now"
        before = loaded.product(name)
        after = next((path for path in place.rglob(name) if path.is_file()), None)
        if before and after:
            yield from (str(one) for one in differences(before, after))
        elif after:
            yield f"the first {name} is not beside its record, so its members cannot be compared"


def judge(loaded: Loaded, now: Record, place: Path) -> Verdict:
    """Return the verdict on a record and what doing it again left; `place` is the folder of the new products."""
    then = loaded.record
    if then.outcome.status == FAILED:
        return _of_failure(then, now)
    if now.outcome.status != FAILED and then.subject == now.subject:
        return Verdict(word=IDENTICAL, inputs=(), details=tuple(f"{name}  {digest}" for name, digest in now.subject.items()))
    details = tuple(_products(loaded, now, place)) if now.stage == then.stage else ()
    if now.outcome.status == FAILED:
        details = (f"{now.stage} failed: {now.outcome.message}", *details)
    inputs = differing_inputs(then, now) if now.stage == then.stage else ()
    return Verdict(word=DIFFERENT, inputs=inputs, details=details)
