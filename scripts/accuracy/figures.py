"""What was measured of vector maths libraries, as tables, and the bound that it has to keep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import RecordError

# In ULP, by mode of set_vml_accuracy_mode: SLEEF's u10 and u35.
BOUNDS: Mapping[str, float] = {"high": 1.0, "low": 3.5, "fast": 3.5}


@dataclass(frozen=True, kw_only=True)
class Errors:
    """The errors of one function for one type at one level, in ULP (infinite: a wrong NaN, infinity or sign of zero)."""

    function: str
    dtype: str
    level: str
    mode: str
    count: int
    most: float
    mean: float
    worst: str


@dataclass(frozen=True, kw_only=True)
class Times:
    """The nanoseconds an element of one function for one type, by library."""

    function: str
    dtype: str
    nanoseconds: Mapping[str, float]


def read_errors(path: Path) -> tuple[Errors, ...]:
    """Return what scripts/accuracy/measure.py left; RecordError where that is nothing."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    if not rows:
        raise RecordError(f"{path.name} holds no function: nothing was measured, so nothing is known")
    return tuple(Errors(**row) for row in rows)


def read_times(path: Path) -> tuple[Times, ...]:
    """Return what scripts/accuracy/measure_speed.py left; RecordError where that is nothing."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    if not rows:
        raise RecordError(f"{path.name} holds no function: nothing was measured")
    return tuple(Times(**row) for row in rows)


def beyond(rows: Sequence[Errors]) -> tuple[Errors, ...]:
    """Return the rows whose largest error is above the bound of their mode; what is no number counts as above."""
    return tuple(row for row in rows if not row.most <= BOUNDS[row.mode])


def shown(row: Errors) -> str:
    """Return a row for a message: what, where, how far, and an argument that shows it."""
    level = f" at {row.level}" if row.level else ""
    return f"{row.function} ({row.dtype}){level}: {row.most:.3f} ULP for {row.worst}"


def accuracy_markdown(rows: Sequence[Errors], title: str) -> Iterator[str]:
    """Yield the lines of a table with a row for each function and type, and two columns for each level."""
    levels = list(dict.fromkeys(row.level for row in rows))
    yield f"# {title}"
    yield ""
    yield "Errors in ULP against exact results (MPFR, MPC); ∞ is a wrong NaN, infinity or sign of zero."
    yield ""
    yield "| function | type | arguments |" + "".join(f" {level or 'most'}, max | mean |" for level in levels)
    yield "|---|---|--:|" + "--:|--:|" * len(levels)
    for function, dtype in dict.fromkeys((row.function, row.dtype) for row in rows):
        mine = {row.level: row for row in rows if (row.function, row.dtype) == (function, dtype)}
        cells = [f" {_number(mine[level].most)} | {_number(mine[level].mean)} |" if level in mine else " | |" for level in levels]
        yield f"| {function} | {dtype} | {next(iter(mine.values())).count:,} |" + "".join(cells)


def speed_markdown(rows: Sequence[Times], title: str) -> Iterator[str]:
    """Yield the lines of a table with a row for each function and type, and a column for each library."""
    names = list(dict.fromkeys(name for row in rows for name in row.nanoseconds))
    yield f"# {title}"
    yield ""
    yield "Nanoseconds an element, one thread, arrays of 1,024 elements."
    yield ""
    yield "| function | type |" + "".join(f" {name} |" for name in names)
    yield "|---|---|" + "--:|" * len(names)
    for row in rows:
        cells = [f" {row.nanoseconds[name]:.2f} |" if name in row.nanoseconds else " |" for name in names]
        yield f"| {row.function} | {row.dtype} |" + "".join(cells)


def _number(value: float) -> str:
    return "∞" if value == float("inf") else f"{value:.3f}"
