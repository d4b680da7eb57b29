"""Reading how a pytest run went, from its JUnit XML: a green exit status is not enough."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.core.errors import SuiteError

FAILURES_NAMED = 10


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
