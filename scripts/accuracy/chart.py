"""The charts of accuracy and of speed by function, as SVG and PNG.

Run as a file, in an environment that holds matplotlib: python -I chart.py ROWS.json TITLE OUT.svg OUT.png. The same figures
give the same bytes.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

INK, FAINT, LIMIT, PAPER = "#1f2328", "#d0d7de", "#cf222e", "#ffffff"
COLOURS = ("#0969da", "#8250df", "#1a7f37", "#9a6700", "#6e7781", "#bf3989")
TYPES = {"float64": "double", "float32": "float", "complex128": "complex"}
# An infinite error is drawn here, at the edge.
EDGE_ULP = 4.5
DOTS_PER_INCH = 200
# How far the dots of a row lie apart, of the distance of two rows: equal values must not hide each other.
APART = 0.1


def _series(rows: list[dict[str, Any]]) -> dict[str, dict[tuple[str, str], float]]:
    """Return the values by series (level or library) and by function and type."""
    series: dict[str, dict[tuple[str, str], float]] = {}
    for row in rows:
        key = (row["function"], row["dtype"])
        values = row.get("nanoseconds") or {row["level"] or "most": min(row["most"], EDGE_ULP)}
        for name, value in values.items():
            series.setdefault(name, {})[key] = value
    return series


def _draw_type(axes: Any, dtype: str, series: dict[str, dict[tuple[str, str], float]]) -> None:
    functions = list(dict.fromkeys(key[0] for values in series.values() for key in values if key[1] == dtype))
    for number, (name, values) in enumerate(series.items()):
        places = [place for place, function in enumerate(functions) if (function, dtype) in values]
        found = [values[functions[place], dtype] for place in places]
        beside = (number - (len(series) - 1) / 2) * APART
        axes.plot(
            found, [place + beside for place in places], linestyle="none", marker="o", markersize=3.5, alpha=0.85,
            color=COLOURS[number % len(COLOURS)], label=name,
        )  # fmt: skip
    axes.set_yticks(range(len(functions)), functions, fontsize=6.5, family="monospace")
    axes.set_ylim(len(functions) - 0.4, -0.6)
    axes.set_title(TYPES[dtype], fontsize=8, loc="left", color=INK)
    axes.grid(color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=6.5, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw(rows: list[dict[str, Any]], title: str, svg: Path, png: Path) -> None:
    """Draw a panel for each type: a row for each function, a dot for each level or library."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    # Text stays text, and nothing in the file depends on chance or on the day.
    matplotlib.rcParams.update({"svg.hashsalt": "numexpr-wheels", "svg.fonttype": "none", "font.family": "sans-serif"})
    pyplot = importlib.import_module("matplotlib.pyplot")
    speed = "nanoseconds" in rows[0]
    types = [dtype for dtype in TYPES if any(row["dtype"] == dtype for row in rows)]
    series = _series(rows)
    figure, panels = pyplot.subplots(1, len(types), figsize=(3.4 * len(types), 6.2), facecolor=PAPER, squeeze=False)
    for axes, dtype in zip(panels[0], types, strict=True):
        _draw_type(axes, dtype, series)
        if speed:
            axes.set_xscale("log")
            axes.set_xlabel("nanoseconds an element", fontsize=7, color=INK)
        else:
            axes.axvline(1, color=LIMIT, linewidth=0.8)
            axes.set_xlim(0, max(1.1, *(math.ceil(value * 10) / 10 for values in series.values() for value in values.values())))
            axes.set_xlabel("largest error found, ULP", fontsize=7, color=INK)
    handles = panels[0][0].get_legend_handles_labels()
    figure.legend(*handles, loc="upper right", ncols=len(series), fontsize=7, frameon=False)
    figure.suptitle(title, fontsize=9, x=0.02, ha="left", color=INK)
    figure.tight_layout()
    figure.savefig(svg, metadata={"Date": None, "Creator": "numexpr-wheels"})
    figure.savefig(png, dpi=DOTS_PER_INCH, metadata={"Software": "numexpr-wheels"})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
