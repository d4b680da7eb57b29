"""What a person sees of a job and of a run: wheels, a chart, the slowest parts, and for a failure how to repeat it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.ci.history import History, read_history
from scripts.ci.job_summary import gantt, how_to_repeat, overview, slowest, table, wheels
from scripts.core.layout import Layout
from scripts.core.record import FAILED, PASSED, Input, Outcome, Plan, statement, write_record
from scripts.stages.summary import page, summary

CELL = "cp313-linux-x86_64-plain"
WHEEL = "numexpr-2.14.2-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
SUITE = {"tests": 6042, "passed": 6042, "skipped": 0, "failures": []}
COMMIT = "a" * 40


def keep(
    folder: Path,
    stage: str,
    *,
    cell: str = CELL,
    status: str = PASSED,
    started: float = 0.0,
    seconds: float = 2.0,
    **facts: object,
) -> None:
    """Write a record of a stage."""
    plan = Plan(stage=stage, cell=cell, asked={}, settings={}, inputs=(Input(name="x", digest="y"),))
    outcome = Outcome(status=status, seconds=seconds, facts=facts, message="it broke" if status == FAILED else "")
    subject = {WHEEL: "0" * 64} if status == PASSED else {}
    made = statement(plan, subject, outcome, log=None, started=started, run="a-run", repository=f"{COMMIT}+dirty")
    write_record(folder / f"{stage}-{cell}-{started}.json", made)


def _whole(folder: Path, cell: str = CELL) -> None:
    keep(folder, "build", cell=cell, started=10, seconds=15.6, bytes=270_000)
    keep(folder, "repair", cell=cell, started=30, seconds=0.4, bytes=251_000)
    keep(folder, "test", cell=cell, started=40, seconds=12.0, suite=SUITE, how="native", bytes=251_000)


def test_a_tested_wheel_is_a_line_with_tag_size_tests_and_sha256(tmp_path: Path) -> None:
    _whole(tmp_path)
    (row,) = wheels(read_history([tmp_path])).splitlines()[2:]
    for text in (CELL, "manylinux_2_28_x86_64", "251 kB", "6042 passed, 0 skipped (native)", "0" * 64):
        assert text in row


def test_the_chart_has_a_section_for_each_cell_and_marks_failures(tmp_path: Path) -> None:
    _whole(tmp_path)
    keep(tmp_path, "build", cell="cp311-linux-x86_64-vml", status=FAILED, started=5, seconds=3)
    chart = gantt(read_history([tmp_path]))
    lines = chart.splitlines()
    assert lines[0] == "```mermaid"
    assert lines[-1] == "```"
    assert [line.strip() for line in lines if "section" in line] == [
        f"section {name}" for name in ("cp311-linux-x86_64-vml", CELL)
    ]
    assert "    build 3 s :crit, 5000, 8000" in lines
    assert "    test 12 s :done, 40000, 52000" in lines


def test_the_slowest_parts_come_first(tmp_path: Path) -> None:
    _whole(tmp_path)
    keep(tmp_path, "vendor", cell="mkl-vml-linux-x86_64", seconds=99)
    first, second = slowest(read_history([tmp_path])).splitlines()[2:4]
    assert "mkl-vml" in first
    assert "15.6 s" in second


def test_nothing_done_is_no_chart() -> None:
    assert gantt(History(parts=())) == ""
    assert "When" not in overview(History(parts=()), "nothing")


def test_of_two_records_of_a_stage_the_newer_counts(tmp_path: Path) -> None:
    keep(tmp_path, "build", status=FAILED, started=1)
    assert read_history([tmp_path]).failures
    keep(tmp_path, "build", started=9, bytes=1)
    assert not read_history([tmp_path]).failures


def test_the_run_goes_before_the_records_own_time(tmp_path: Path) -> None:
    """A stage that is up to date keeps the record of the run that made its product, with the time of that run."""
    records = tmp_path / "records"
    keep(records / "20260101T000000-1", "build", started=1, bytes=1)
    keep(records / "20260101T010000-2", "build", status=FAILED, started=5)
    assert read_history([records]).failures
    keep(records / "20260101T020000-3", "build", started=1, bytes=1)
    assert not read_history([records]).failures
    keep(tmp_path / "wheelhouse", "build", status=FAILED, started=9)
    assert not read_history([records, tmp_path / "wheelhouse"]).failures
    assert [part.run for part in read_history([records]).parts] == ["20260101T020000-3"]


def test_a_request_that_made_no_sense_hides_nothing(tmp_path: Path) -> None:
    keep(tmp_path, "test", status=FAILED, started=9, error="RequestError")
    assert read_history([tmp_path]).failures
    keep(tmp_path, "test", started=1, suite=SUITE, how="native", bytes=1)
    assert not read_history([tmp_path]).failures
    keep(tmp_path, "test", status=FAILED, started=10, error="SuiteError")
    assert read_history([tmp_path]).failures


def test_a_bar_in_a_cell_does_not_end_the_column() -> None:
    assert table(("a",), [("x|y",)]).splitlines()[-1] == "| x\\|y |"


def test_the_page_of_a_failed_cell_ends_with_the_line_that_repeats_it(tmp_path: Path) -> None:
    keep(tmp_path, "build", status=FAILED, tail=["interpreter.cpp:9: error", "```"])
    told = page(read_history([tmp_path]), {"WHEELS_ARTIFACT": f"build-{CELL}-3b5ddaad460a", "WHEELS_JOB_STATUS": "failure"})
    lines = told.splitlines()
    assert lines[-1].strip() == f"nox -s reproduce -- build-{CELL}-3b5ddaad460a.zip"
    assert lines[-2].strip() == f"git checkout {COMMIT}"
    assert "    it broke" in lines
    assert "    interpreter.cpp:9: error" in lines


def test_a_build_that_failed_in_the_job_before_is_repeated_from_that_jobs_artefact(tmp_path: Path) -> None:
    keep(tmp_path, "build", status=FAILED, started=1)
    keep(tmp_path, "repair", status=FAILED, started=5)
    variables = {"WHEELS_ARTIFACT": "wheel-x", "WHEELS_HANDED_ARTIFACT": "build-x", "WHEELS_JOB_STATUS": "failure"}
    told = page(read_history([tmp_path]), variables)
    assert told.splitlines()[-1].strip() == "nox -s reproduce -- build-x.zip"
    assert "repair of" not in told
    (tmp_path / f"build-{CELL}-1.json").unlink()
    assert page(read_history([tmp_path]), variables).splitlines()[-1].strip() == "nox -s reproduce -- wheel-x.zip"


def test_without_artefacts_it_is_repeated_from_the_folder(tmp_path: Path) -> None:
    assert how_to_repeat("", "").splitlines()[-1].strip() == "nox -s reproduce -- build/records"
    keep(tmp_path / "records" / "20260101T000000-1", "build", status=FAILED)
    keep(tmp_path / "records" / "20260101T010000-2", "build", cell="cp311-linux-x86_64-vml", bytes=1)
    told = page(read_history([tmp_path]), {})
    assert told.splitlines()[-1].strip() == "nox -s reproduce -- build/records/20260101T000000-1"


def test_a_job_that_failed_before_any_stage_names_its_session() -> None:
    variables = {"WHEELS_JOB_STATUS": "failure", "WHEELS_SESSION": "build-3.13(variant='plain')", "BUILD_COMMIT": "abc"}
    told = page(History(parts=()), variables)
    assert told.splitlines()[-1].strip() == "BUILD_COMMIT=abc nox -s \"build-3.13(variant='plain')\""


def test_the_session_prints_the_page_and_hands_it_to_github(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _whole(layout.records / "a-run")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    summary(layout, [])
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") in capsys.readouterr().out
