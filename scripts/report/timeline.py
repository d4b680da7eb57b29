"""The stages as bars along one axis of time, from which the pauses between runs are cut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.ci.history import STAGES, History, Part

# Nothing going on for longer than this, in milliseconds, is a pause between runs.
PAUSE = 15_000


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A stage: where it begins and how wide it is, in percent of the axis."""

    stage: str
    left: float
    width: float
    seconds: float
    failed: bool


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Bars by row; `cuts` are the places of pauses in percent, `seconds` is the length of the axis without them."""

    rows: tuple[tuple[str, tuple[Bar, ...]], ...]
    cuts: tuple[float, ...]
    seconds: float


def _busy(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Return the spans in which something was going on, in milliseconds since 1970."""
    spans: list[tuple[int, int]] = []
    for part in sorted(parts, key=lambda one: one.began):
        if spans and part.began - spans[-1][1] <= PAUSE:
            spans[-1] = (spans[-1][0], max(spans[-1][1], part.ended))
        else:
            spans.append((part.began, part.ended))
    return spans


def _along(spans: Sequence[tuple[int, int]], moment: int) -> int:
    """Return how many busy milliseconds passed before a moment."""
    return sum(min(ended, moment) - began for began, ended in spans if began < moment)


def timeline(history: History) -> Timeline:
    """Return the chart of the newest record of each stage; one without rows where nothing was done."""
    spans = _busy(history.parts)
    whole = max(1, sum(ended - began for began, ended in spans))
    rows: dict[str, list[Bar]] = {}
    for part in history.parts:
        begin, end = _along(spans, part.began), _along(spans, part.ended)
        name = part.record.cell if part.record.stage in STAGES else f"{part.record.stage} {part.record.cell}"
        rows.setdefault(name, []).append(
            Bar(
                stage=part.record.stage,
                left=100 * begin / whole,
                width=max(0.2, 100 * (end - begin) / whole),
                seconds=part.record.outcome.seconds,
                failed=part.failed,
            )
        )
    cuts = [100 * _along(spans, began) / whole for began, _ in spans[1:]]
    return Timeline(rows=tuple((name, tuple(bars)) for name, bars in rows.items()), cuts=tuple(cuts), seconds=whole / 1000)
