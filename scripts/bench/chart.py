"""The bar chart of a comparison, as SVG and PNG, fit for release notes.

Run as a file, in an environment that holds matplotlib: python -I chart.py SPEED.json OUT.svg OUT.png. The same figures
give the same bytes.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

INK, FAINT, FAINTER, PAPER = "#1f2328", "#d0d7de", "#59636e", "#ffffff"
COLOURS = {"plain": "#6e7781", "vml": "#0969da"}
OTHER = "#8250df"
DOTS_PER_INCH = 200


def _label(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}"


def _groups(axes: Any, rows: list[dict[str, Any]], names: list[str]) -> None:
    """Separate the groups by a line, with the group's name at its right end."""
    kinds = {row["name"]: row["kind"] for row in rows}
    for place, name in enumerate(names):
        if place == 0 or kinds[name] != kinds[names[place - 1]]:
            if place:
                axes.axhline(place - 0.5, color=FAINT, linewidth=0.8)
            axes.annotate(
                kinds[name],
                (1, place - 0.42),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="top",
                fontsize=7.5,
                color=FAINTER,
            )


def _bars(axes: Any, rows: list[dict[str, Any]], variants: list[str]) -> None:
    names = list(dict.fromkeys(row["name"] for row in rows))
    height = 0.8 / len(variants)
    for number, variant in enumerate(variants):
        mine = {row["name"]: row["ratio"] for row in rows if row["variant"] == variant}
        places = [place + (number - (len(variants) - 1) / 2) * height for place in range(len(names))]
        values = [mine[name]["value"] for name in names]
        below = [mine[name]["value"] - mine[name]["low"] for name in names]
        above = [mine[name]["high"] - mine[name]["value"] for name in names]
        axes.barh(
            places,
            [value - 1 for value in values],
            left=1,
            height=height * 0.9,
            color=COLOURS.get(variant, OTHER),
            label=variant,
            xerr=[below, above],
            error_kw={"ecolor": INK, "elinewidth": 0.6, "alpha": 0.6},
        )
        for place, value, more in zip(places, values, above, strict=True):
            end = (max(value + more, 1), place)
            axes.annotate(_label(value), end, xytext=(4, 0), textcoords="offset points", va="center", fontsize=7, color=INK)
    texts = {row["name"]: row["text"] for row in rows}
    axes.set_yticks(range(len(names)), [texts[name].replace("$", r"\$") for name in names], fontsize=7, family="monospace")
    axes.set_ylim(len(names) - 0.4, -0.6)
    _groups(axes, rows, names)


def _title(facts: dict[str, Any], variants: list[str], threads: int) -> str:
    means = {
        mean["variant"]: mean["ratio"]["value"] for mean in facts["means"] if mean["threads"] == threads and not mean["kind"]
    }
    shown = ", ".join(f"{variant} {means[variant]:.2f}x" for variant in variants)
    return (
        f"numexpr {facts['opponent']['version']}: speed over the wheel of {facts['opponent']['origin']}\ngeometric mean {shown}"
    )


def draw(facts: dict[str, Any], svg: Path, png: Path) -> None:
    """Draw the figures with one thread; a logarithmic scale, on which twice as fast and half as fast look alike."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    # Text stays text, and nothing in the file depends on chance or on the day.
    matplotlib.rcParams.update({"svg.hashsalt": "numexpr-wheels", "svg.fonttype": "none", "font.family": "sans-serif"})
    pyplot = importlib.import_module("matplotlib.pyplot")
    threads = min(row["threads"] for row in facts["expressions"])
    rows = [row for row in facts["expressions"] if row["threads"] == threads]
    variants = list(dict.fromkeys(row["variant"] for row in rows))
    names = {row["name"] for row in rows}
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.16 * len(names) * max(1.2, 0.85 * len(variants))), facecolor=PAPER)
    _bars(axes, rows, variants)
    axes.set_xscale("log", base=2)
    most = max(row["ratio"]["value"] for row in rows)
    least = min(row["ratio"]["value"] for row in rows)
    axes.set_xlim(min(0.8, least * 0.9), most * 1.35)
    ticks = [2.0**power for power in range(math.floor(math.log2(least)), math.ceil(math.log2(most)) + 1)]
    axes.set_xticks(ticks, [f"{tick:g}x" for tick in ticks], fontsize=8)
    axes.minorticks_off()
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.grid(axis="x", color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_title(_title(facts, variants, threads), fontsize=10, loc="left", color=INK)
    axes.set_xlabel(
        f"{facts['machine']['processor']}, {threads} thread{'s' if threads > 1 else ''}, {facts['elements']:,} elements, "
        f"medians of {facts['rounds']} rounds{', ' if facts['machine']['vml'] else ''}{facts['machine']['vml']}",
        fontsize=7.5, color=INK,
    )  # fmt: skip
    if len(variants) > 1:
        axes.legend(loc="lower right", fontsize=8, frameon=False)
    figure.tight_layout()
    figure.savefig(svg, metadata={"Date": None, "Creator": "numexpr-wheels"})
    figure.savefig(png, dpi=DOTS_PER_INCH, metadata={"Software": "numexpr-wheels"})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]), Path(sys.argv[3]))
