"""The measurement: all wheels side by side, in short samples that follow each other within milliseconds.

A round of an expression is bracketed: the index's wheel, ours, the index's wheel again, in turns from the other end. Both
samples of the index come from processes of their own, so that their ratio is the control: the same wheel against itself.
What drifts slowly is in all of them alike; what happens once is in one round, and medians leave it out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from scripts.bench.expressions import Expression
from scripts.bench.workers import Timing, Worker

SAMPLE_SECONDS = 0.012
CALIBRATIONS = 3


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a series of rounds belongs to."""

    expression: Expression
    threads: int
    variant: str


@dataclass(frozen=True, kw_only=True)
class Samples:
    """All rounds: speed ratios to the index's wheel by key, its seconds and its control by expression and threads."""

    ratios: dict[Key, list[float]] = field(default_factory=dict)
    control: dict[tuple[str, int], list[float]] = field(default_factory=dict)
    seconds: dict[tuple[str, int], list[float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Who runs: the index's wheel twice, and our wheels by variant."""

    first: Worker
    second: Worker
    ours: Mapping[str, Worker]

    @property
    def everyone(self) -> list[Worker]:
        """All of them, in the order of a round."""
        return [self.first, *self.ours.values(), self.second]


def calls_for(worker: Worker, expression: Expression, threads: int) -> int:
    """Return how many calls make a sample of about the wanted length."""
    once = median(worker.seconds(Timing(text=expression.text, threads=threads, calls=1)) for _ in range(CALIBRATIONS))
    return max(1, math.ceil(SAMPLE_SECONDS / max(once, 1e-6)))


def one_round(line: Line, expression: Expression, threads: int, calls: int, *, backwards: bool, into: Samples) -> None:
    """Take one sample of every wheel and keep the ratios."""
    timing = Timing(text=expression.text, threads=threads, calls=calls)
    order = line.everyone[::-1] if backwards else line.everyone
    took = {worker.name: worker.seconds(timing) for worker in order}
    theirs = math.sqrt(took[line.first.name] * took[line.second.name])
    place = (expression.name, threads)
    into.seconds.setdefault(place, []).append(theirs)
    into.control.setdefault(place, []).append(took[line.first.name] / took[line.second.name])
    for variant, worker in line.ours.items():
        into.ratios.setdefault(Key(expression=expression, threads=threads, variant=variant), []).append(
            theirs / took[worker.name]
        )


def measure(
    line: Line, expressions: Sequence[Expression], threads: Sequence[int], rounds: int, tell: Callable[[int], None]
) -> Samples:
    """Return the samples of so many rounds; `tell` is called with the number of each round that begins."""
    samples = Samples()
    plan = [(expression, count) for count in threads for expression in expressions]
    calls = {(expression.name, count): calls_for(line.first, expression, count) for expression, count in plan}
    for number in range(rounds):
        tell(number)
        for place, (expression, count) in enumerate(plan):
            backwards = (number + place) % 2 == 1
            one_round(line, expression, count, calls[expression.name, count], backwards=backwards, into=samples)
    return samples
