"""The bound that the vector maths functions are held to, and the tables of what was measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from scripts.accuracy.figures import Errors, Times, accuracy_markdown, beyond, read_errors, read_times, shown, speed_markdown
from scripts.core.errors import RecordError


def row(most: float = 0.5, *, level: str = "avx2", mode: str = "high", function: str = "Exp") -> Errors:
    return Errors(function=function, dtype="float64", level=level, mode=mode, count=1000, most=most, mean=0.25, worst="0.5")


@pytest.mark.parametrize(
    ("most", "mode", "far"),
    [
        (1.0, "high", False), (1.0001, "high", True), (float("inf"), "high", True), (float("nan"), "high", True),
        (3.5, "fast", False), (3.5, "low", False), (3.6, "fast", True), (1.2, "high", True),
    ],
)  # fmt: skip
def test_what_is_too_far(most: float, mode: str, far: bool) -> None:
    assert bool(beyond([row(most, mode=mode)])) is far


def test_a_level_that_is_too_far_is_found_among_others() -> None:
    bad = row(1.5, level="sse2", function="Sinh")
    assert beyond([row(), bad, row(function="Ln")]) == (bad,)
    assert shown(bad) == "Sinh (float64) at sse2: 1.500 ULP for 0.5"


def test_a_table_has_a_row_for_each_function_and_columns_for_each_level() -> None:
    lines = list(accuracy_markdown([row(level="sse2"), row(0.75), row(float("inf"), function="Ln")], "Accuracy"))
    assert "| function | type | arguments | sse2, max | mean | avx2, max | mean |" in lines
    assert "| Exp | float64 | 1,000 | 0.500 | 0.250 | 0.750 | 0.250 |" in lines
    assert "| Ln | float64 | 1,000 | | | ∞ | 0.250 |" in lines


def test_a_table_of_times_leaves_out_what_a_library_lacks() -> None:
    rows = [
        Times(function="Exp", dtype="float64", nanoseconds={"sleef": 1.0, "numpy": 4.25}),
        Times(function="Conj", dtype="complex128", nanoseconds={"numpy": 0.5}),
    ]
    lines = list(speed_markdown(rows, "Speed"))
    assert "| Exp | float64 | 1.00 | 4.25 |" in lines
    assert "| Conj | complex128 | | 0.50 |" in lines


def test_what_was_measured_is_read_and_nothing_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([asdict(row(float("inf")))]), encoding="utf-8")
    assert read_errors(path) == (row(float("inf")),)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(RecordError, match="nothing was measured"):
        read_errors(path)
    with pytest.raises(RecordError, match="nothing was measured"):
        read_times(path)
