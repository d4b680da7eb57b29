"""A green exit status is not enough: the report has to show that the suite really ran."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.errors import RequestError, SuiteError
from scripts.core.suite import Counts, check_words, judge, read_junit

CASE = '<testcase classname="numexpr.tests.test_numexpr" name="test_{name}">{inside}</testcase>'


def report(folder: Path, *inside: str) -> Path:
    path = folder / "junit.xml"
    cases = "".join(CASE.format(name=number, inside=text) for number, text in enumerate(inside))
    path.write_text(f'<?xml version="1.0"?><testsuites><testsuite>{cases}</testsuite></testsuites>', encoding="utf-8")
    return path


def counts(tests: int = 10, skipped: int = 0, failures: tuple[str, ...] = ()) -> Counts:
    return Counts(tests=tests, passed=tests - skipped - len(failures), skipped=skipped, failures=failures)


def test_a_report_is_counted(tmp_path: Path) -> None:
    read = read_junit(report(tmp_path, "", "<skipped/>", "<failure/>", "<error/>", "<system-out/>", "<skipped/><error/>"))
    assert (read.tests, read.passed, read.skipped) == (6, 2, 1)
    assert read.failures == tuple(f"numexpr.tests.test_numexpr::test_{number}" for number in (2, 3, 5))
    assert read.facts()["failures"] == list(read.failures)


def test_an_empty_report_has_no_tests(tmp_path: Path) -> None:
    assert read_junit(report(tmp_path)) == counts(0)


@pytest.mark.parametrize("text", ["", "<testsuites>", "no XML", '<?xml version="1.0"?>', "\x00"])
def test_a_broken_report_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "junit.xml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError, match="no readable report"):
        read_junit(tmp_path / "junit.xml")


def test_a_missing_report_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="did not run to its end"):
        read_junit(tmp_path / "junit.xml")


def test_a_good_run_passes() -> None:
    judge(counts(10, skipped=2), 0, 8, Path("log"))


@pytest.mark.parametrize(
    ("how", "status", "floor", "said"),
    [
        (counts(0), 5, 1, "no test ran"),
        (counts(0), 0, 0, "no test ran"),
        (counts(10, skipped=10), 0, 1, "all 10 tests were skipped"),
        (counts(10, skipped=3), 0, 8, "7 tests passed, fewer than the 8 that wheels.toml asks for"),
        (counts(10, failures=("a::b", "c::d")), 1, 1, "2 of 10 tests failed: a::b, c::d"),
        (counts(10, failures=("a::b",)), 0, 1, "1 of 10 tests failed: a::b"),
        (counts(20, failures=tuple(f"t::{n}" for n in range(13))), 1, 1, "t::9 and 3 more"),
        (counts(10), 3, 1, "pytest ended with status 3, though no test failed"),
        (counts(10), -11, 1, "status -11"),
    ],
)
def test_a_run_that_proves_nothing_fails(how: Counts, status: int, floor: int, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        judge(how, status, floor, Path("the.log"))
    assert said in str(caught.value)
    assert "the log is the.log" in str(caught.value)
    assert (caught.value.command_status, caught.value.log) == (status, Path("the.log"))


@pytest.mark.parametrize(
    ("status", "words", "said"),
    [
        (4, ["--whel", "x"], "unrecognized arguments: --whel x; this repository's own word is --wheel"),
        (4, ["--whel=x", "--nmpy", "pre"], "own word is --wheel, --numpy"),
        (4, ["--nothing-like-it"], "pytest does not take --nothing-like-it: unrecognized arguments: --whel x; the log is"),
        (5, ["-k", "no such"], "no test of numexpr matches -k 'no such'"),
    ],
)
def test_words_that_pytest_does_not_understand_are_named(tmp_path: Path, status: int, words: list[str], said: str) -> None:
    log = tmp_path / "x.log"
    log.write_text("ERROR: usage: pytest [options]\npytest: error: unrecognized arguments: --whel x\n", encoding="utf-8")
    with pytest.raises(RequestError) as caught:
        check_words(status, words, log)
    assert said in str(caught.value)


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_words_that_pytest_understood_are_no_matter(tmp_path: Path, status: int) -> None:
    check_words(status, ["-k", "x"], tmp_path / "none.log")
