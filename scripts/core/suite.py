"""Reading how a pytest run went, from its JUnit XML: a green exit status is not enough."""

from __future__ import annotations

import difflib
import re
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.core.errors import RequestError, SuiteError
from scripts.core.request import OWN_WORDS
from scripts.core.run import tail

FAILURES_NAMED = 10
# pytest.ExitCode.USAGE_ERROR and NO_TESTS_COLLECTED.
WRONG_USE, NOTHING_RAN = 4, 5
COMPLAINT = re.compile(r"\berror: (?!usage:)(.+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The figures of a suite; `failures` names the tests that failed or broke."""

    tests: int
    passed: int
    skipped: int
    failures: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """Return the counts for a record."""
        return {**asdict(self), "failures": list(self.failures)}


def read_junit(path: Path) -> Counts:
    """Return the counts of a JUnit XML file; SuiteError where it is missing or broken."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        raise SuiteError(f"the suite left no readable report ({error}): it did not run to its end") from error
    failed, skipped = [], 0
    for case in cases:
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed.append(f"{case.get('classname', '')}::{case.get('name', '')}")
        elif "skipped" in outcomes:
            skipped += 1
    return Counts(tests=len(cases), passed=len(cases) - skipped - len(failed), skipped=skipped, failures=tuple(failed))


def _close_to(words: Sequence[str]) -> str:
    """Return a hint at the words of ours that some words look like; empty where there is none."""
    names = [word.partition("=")[0] for word in words if word.startswith("--")]
    meant = [match for name in names for match in difflib.get_close_matches(name, OWN_WORDS, 1) if match != name]
    return f"; this repository's own word is {', '.join(dict.fromkeys(meant))}" if meant else ""


def check_words(status: int, words: Sequence[str], log: Path) -> None:
    """Check that pytest, which ended with `status`, understood the words that were handed on to it.

    Raises:
        RequestError: pytest does not know a word, or no test matches them.
    """
    if status == NOTHING_RAN:
        raise RequestError(
            f"no test of numexpr matches {shlex.join(words)}; -k takes a part of a test's name, like -k sqrt; the log is {log}",
            log=log, command_status=status,
        )  # fmt: skip
    if status == WRONG_USE:
        said = [COMPLAINT.search(line) for line in tail(log)]
        reason = next((found[1] for found in said if found), f"it ended with status {status}")
        raise RequestError(
            f"pytest does not take {shlex.join(words)}: {reason}{_close_to(words)}; the log is {log}",
            log=log, command_status=status,
        )  # fmt: skip


def judge(counts: Counts, status: int, floor: int, log: Path) -> None:
    """Decide whether a suite passed; `floor` is the least number of tests that must have passed.

    Raises:
        SuiteError: a test failed, none ran, all were skipped, fewer than the floor passed, or pytest says otherwise.
    """

    def fail(message: str) -> SuiteError:
        return SuiteError(f"{message}; the log is {log}", log=log, command_status=status)

    if counts.failures:
        named = ", ".join(counts.failures[:FAILURES_NAMED])
        more = f" and {len(counts.failures) - FAILURES_NAMED} more" if len(counts.failures) > FAILURES_NAMED else ""
        raise fail(f"{len(counts.failures)} of {counts.tests} tests failed: {named}{more}")
    if counts.tests == 0:
        raise fail("no test ran; a suite without tests proves nothing")
    if counts.passed == 0:
        raise fail(f"all {counts.skipped} tests were skipped; that proves nothing")
    if counts.passed < floor:
        raise fail(
            f"{counts.passed} tests passed, fewer than the {floor} that wheels.toml asks for (test.floor): the suite is not whole"
        )
    if status:
        raise fail(f"pytest ended with status {status}, though no test failed")
