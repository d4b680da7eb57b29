"""Figures out of ratios: medians over rounds, geometric means over expressions, and how sure they are.

Ratios are speeds: 2.0 is twice as fast. They are averaged as logarithms, so that 2.0 and 0.5 cancel.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 1000
CONFIDENCE = 0.95
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate and the bounds that hold it with 95 % confidence (percentile bootstrap over rounds)."""

    value: float
    low: float
    high: float


def geometric_mean(ratios: Sequence[float]) -> float:
    """Return the geometric mean."""
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, max(0, round(share * (len(ordered) - 1))))]


def _bounds(estimates: list[float]) -> tuple[float, float]:
    ordered = sorted(estimates)
    return _percentile(ordered, (1 - CONFIDENCE) / 2), _percentile(ordered, (1 + CONFIDENCE) / 2)


def median_of(ratios: Sequence[float]) -> Interval:
    """Return the median of one expression's rounds."""
    chance = random.Random(SEED)  # noqa: S311 - resampling, no secret
    resampled = [statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES)]
    low, high = _bounds(resampled)
    return Interval(value=statistics.median(ratios), low=low, high=high)


def mean_over(rounds: Mapping[str, Sequence[float]]) -> Interval:
    """Return the geometric mean over expressions of the medians over rounds.

    Rounds are resampled for all expressions together: what disturbed a round disturbed all of them.
    """
    chance = random.Random(SEED)  # noqa: S311 - resampling, no secret
    count = min(len(ratios) for ratios in rounds.values())
    estimates = []
    for _ in range(RESAMPLES):
        chosen = [chance.randrange(count) for _ in range(count)]
        estimates.append(geometric_mean([statistics.median(ratios[one] for one in chosen) for ratios in rounds.values()]))
    low, high = _bounds(estimates)
    return Interval(value=geometric_mean([statistics.median(ratios) for ratios in rounds.values()]), low=low, high=high)
