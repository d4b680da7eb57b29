"""The table at the end of a run is made of the run's records and of nothing else."""

from __future__ import annotations

import pytest

from scripts.core.layout import Layout
from scripts.core.record import FAILED, PARTIAL, PASSED, UNTESTED, Input, Outcome, Plan, statement, write_record
from scripts.core.summary import print_table

WHEEL = "numexpr-2.14.2-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
CELL = "cp311-linux-x86_64-plain"


def keep(
    layout: Layout, stage: str, cell: str = CELL, status: str = PASSED, wheel: str = WHEEL, run: str = "a-run", **facts: object
) -> None:
    plan = Plan(stage=stage, cell=cell, asked={}, settings={}, inputs=(Input(name="x", digest="y"),))
    outcome = Outcome(status=status, seconds=2.5, facts=facts)
    subject = {wheel: "0" * 64} if status != FAILED else {}
    made = statement(plan, subject, outcome, log=None, started=0.0, run=run)
    write_record(layout.records / "a-run" / f"{stage}-{cell}.json", made)


def table(layout: Layout, capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    assert print_table(layout, "a-run")
    return [line.split() for line in capsys.readouterr().out.splitlines() if line]


def test_a_tested_wheel_has_size_tag_tests_and_seconds(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    keep(layout, "build", bytes=9)
    keep(layout, "repair", bytes=251_000)
    keep(layout, "test", suite={"passed": 6042, "skipped": 1}, bytes=251_000, how="native")
    head, row = table(layout, capsys)
    assert head == ["cell", "numexpr", "size", "tag", "tests", "how", "seconds"]
    assert row == [CELL, "2.14.2", "251", "kB", "manylinux_2_28_x86_64", "6042", "passed", "native", "7.5"]


def test_what_was_up_to_date_is_kept_and_its_seconds_are_another_runs(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    keep(layout, "build", run="a-run-before", bytes=9)
    keep(layout, "repair", run="a-run-before", bytes=251_000)
    assert table(layout, capsys)[1][-1] == "kept"
    keep(layout, "test", suite={"passed": 6042, "skipped": 1}, bytes=251_000)
    assert table(layout, capsys)[1][-1] == "2.5"


def test_a_wheel_that_nothing_here_runs_is_not_tested_and_says_why(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    keep(layout, "test", status=UNTESTED, how="structure only", why="wine is missing; apt-get install wine64", bytes=1)
    _, row = table(layout, capsys)
    assert "not tested structure only (wine is missing; apt-get install wine64)" in " ".join(" ".join(row).split())


@pytest.mark.parametrize("stage", ["build", "repair", "test"])
def test_a_failed_stage_is_named(layout: Layout, capsys: pytest.CaptureFixture[str], stage: str) -> None:
    for before in ("build", "repair", "test"):
        if before == stage:
            break
        keep(layout, before, bytes=1)
    keep(layout, stage, status=FAILED)
    _, row = table(layout, capsys)
    assert " ".join(row).find(f"{stage} failed") > 0
    assert row[0] == CELL


def test_a_partial_run_and_an_untested_wheel_say_so(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    keep(layout, "repair", bytes=1)
    keep(layout, "test", "cp312-linux-x86_64-vml", PARTIAL, suite={"passed": 3, "skipped": 0}, bytes=1)
    text = [" ".join(row) for row in table(layout, capsys)]
    assert "not tested" in text[1]
    assert "3 passed (partial)" in text[2]
    assert text[2].startswith("cp312-linux-x86_64-vml 2.14.2 ")


def test_other_stages_broken_records_and_other_runs_are_no_rows(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    keep(layout, "checkout", "source")
    (layout.records / "a-run" / "build-broken.json").write_text("{", encoding="utf-8")
    assert not print_table(layout, "a-run")
    assert not print_table(layout, "another-run")
    assert capsys.readouterr().out == ""
