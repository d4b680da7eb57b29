"""What other sessions measured and left as JSON: speed by bench, the same bytes by verify."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.errors import RecordError
from scripts.core.layout import Layout

# The least that the axis of speeds shows: half to twice as fast.
LEAST, MOST = 0.5, 2.0


def speed_path(layout: Layout) -> Path:
    """Return where bench leaves a comparison."""
    return layout.build / "bench" / "speed.json"


def verified_folder(layout: Layout) -> Path:
    """Return where verify leaves what it found, a file for each CPython and target."""
    return layout.build / "verify"


def read_measured(path: Path) -> Any:
    """Return the content of a JSON file; RecordError where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read ({error}); delete it, and run the session that makes it again") from error


@dataclass(frozen=True, kw_only=True)
class SpeedBar:
    """A bar from 1, in percent of a logarithmic axis."""

    variant: str
    ratio: float
    left: float
    width: float


@dataclass(frozen=True, kw_only=True)
class SpeedChart:
    """Speeds over another wheel by group and expression, means by variant, and the axis: ticks with their places in percent."""

    against: str
    machine: str
    rounds: int
    means: Mapping[str, float]
    groups: tuple[tuple[str, tuple[tuple[str, tuple[SpeedBar, ...]], ...]], ...]
    ticks: tuple[tuple[str, float], ...]


def _axis(ratios: Sequence[float]) -> tuple[float, float]:
    low = math.floor(math.log2(min([LEAST, *ratios])))
    high = math.ceil(math.log2(max([MOST, *ratios])))
    return low, high


def _bar(variant: str, ratio: float, low: float, high: float) -> SpeedBar:
    def place(value: float) -> float:
        return 100 * (math.log2(value) - low) / (high - low)

    ends = sorted((place(1), place(ratio)))
    return SpeedBar(variant=variant, ratio=ratio, left=ends[0], width=ends[1] - ends[0])


def _chart(facts: Mapping[str, Any]) -> SpeedChart:
    threads = min(row["threads"] for row in facts["expressions"])
    rows = [row for row in facts["expressions"] if row["threads"] == threads]
    low, high = _axis([row["ratio"]["value"] for row in rows])
    machine = facts["machine"]
    groups: dict[str, dict[str, list[SpeedBar]]] = {}
    for row in rows:
        bars = groups.setdefault(row["kind"], {}).setdefault(row["text"], [])
        bars.append(_bar(row["variant"], row["ratio"]["value"], low, high))
    return SpeedChart(
        against=f"{facts['opponent']['name']} ({facts['opponent']['origin']})",
        machine=f"{machine['processor']}, {threads} thread{'s' if threads > 1 else ''}, CPython {machine['python']}"
        + (f", {machine['vml']}" if machine.get("vml") else ""),
        rounds=facts["rounds"],
        means={
            mean["variant"]: mean["ratio"]["value"]
            for mean in facts["means"] if mean["threads"] == threads and not mean["kind"]
        },
        groups=tuple((kind, tuple((text, tuple(bars)) for text, bars in texts.items())) for kind, texts in groups.items()),
        ticks=tuple((f"{2.0**power:g}x", 100 * (power - low) / (high - low)) for power in range(int(low), int(high) + 1)),
    )  # fmt: skip


def speed_chart(layout: Layout) -> SpeedChart | None:
    """Return what bench measured last, None where it measured nothing; RecordError for a file that is not its own."""
    path = speed_path(layout)
    if not path.is_file():
        return None
    try:
        return _chart(read_measured(path))
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{path} is not what bench writes ({error!r}); delete it, or run nox -s bench again") from error


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A product that verify built: under how many conditions, and the digests that it found, one if all is well."""

    product: str
    conditions: int
    digests: tuple[str, ...]


def verified(layout: Layout) -> dict[str, Verified]:
    """Return what verify found last, by product; RecordError for a file that is not its own."""
    found = {}
    for path in sorted(verified_folder(layout).glob("*.json")):
        try:
            facts = read_measured(path)
            for name, digests in facts["products"].items():
                found[name] = Verified(product=name, conditions=len(facts["conditions"]), digests=tuple(digests))
        except (KeyError, TypeError, AttributeError) as error:
            raise RecordError(f"{path} is not what verify writes ({error!r}); delete it, or run nox -s verify again") from error
    return found


def reproducible_words(wheel: str, digest: str, known: Mapping[str, Verified]) -> str:
    """Return what is known of a wheel's bytes; `wheel` is its path below wheelhouse/."""
    one = known.get(wheel)
    if one is None:
        return ""
    if len(one.digests) > 1:
        return f"differs under {one.conditions} conditions"
    return f"same under {one.conditions} conditions" if one.digests == (digest,) else "verify made other bytes"
