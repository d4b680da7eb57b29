"""A wheel in the environment of its test: what it says of itself, and the suite and the checks that are run on it there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.environments import Environment
from scripts.core.errors import CheckError, SuiteError
from scripts.core.run import LEVEL_VARIABLE, attempt, command, output_of, show_tail
from scripts.core.suite import Counts, check_words, judge, read_junit

PARALLEL_THREADS = 4
CHECKS = Path(__file__).parents[1] / "checks"
NONE: Mapping[str, str] = {}

IDENTITY = """
import json, sys, numexpr, numpy
print(json.dumps({
    "numexpr": numexpr.__file__, "prefix": sys.prefix, "use_vml": bool(numexpr.use_vml),
    "version": numexpr.__version__, "numpy": numpy.__version__, "vml": numexpr.get_vml_version() or "",
}))
"""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A wheel in an environment of its own; `scratch` is a folder for what its tests need, `log` has what they say."""

    environment: Environment
    scratch: Path
    log: Path

    def identity(self, more: Mapping[str, str] = NONE) -> dict[str, Any]:
        """Return what the installed numexpr says of itself, with more variables set; CommandError where it cannot be imported."""
        said: dict[str, Any] = json.loads(
            output_of([self.environment.python, "-I", "-c", IDENTITY], environment={**self._variables(), **more})
        )
        return said

    def suite(self, words: Sequence[str], floor: int, *, threads: bool) -> Counts:
        """Run numexpr's suite, or what `words` for pytest choose of it, and return its counts; `threads`: each test in several.

        Raises:
            SuiteError: it failed or did not really run, or of the whole suite fewer tests than `floor` passed.
            RequestError: pytest does not understand the words.
        """
        empty = self.scratch / "empty"
        empty.mkdir()
        # An ini file of its own keeps pytest from looking for one in the folders above, which are this repository's.
        ini = self.scratch / "pytest.ini"
        ini.write_text("[pytest]\nmarkers =\n    thread_unsafe: of numexpr's suite\n", encoding="utf-8")
        junit = self.log.with_suffix(".junit.xml")
        junit.unlink(missing_ok=True)
        status = self._run(
            empty, "-m", "pytest", "--pyargs", "numexpr", "-q", "-p", "no:cacheprovider",
            f"--config-file={ini}", f"--rootdir={empty}", f"--junitxml={junit}",
            *([f"--parallel-threads={PARALLEL_THREADS}"] if threads else []),
            *words,
        )  # fmt: skip
        if words:
            check_words(status, words, self.log)
        try:
            counts = read_junit(junit)
            judge(counts, status, 1 if words else floor, self.log)
        except SuiteError:
            show_tail(self.log)
            raise
        return counts

    def own_check(self, name: str, more: Mapping[str, str] = NONE) -> dict[str, Any]:
        """Run a check of this repository's own (scripts/checks), with more variables set, and return its counts.

        Raises:
            CheckError: results are wrong where the suite does not look.
        """
        report = self.scratch / f"{name}.json"
        status = self._run(self.scratch, CHECKS / f"{name}.py", "--json", report, more=more)
        if status:
            show_tail(self.log)
            set_to = "".join(f", with {variable}={value}" for variable, value in more.items())
            raise CheckError(
                f"the {name} check failed{set_to}: results are wrong where the suite does not look; the log is {self.log}",
                log=self.log,
                command_status=status,
            )
        counts: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        if not counts["passed"] or counts["failed"]:
            raise CheckError(
                f"the {name} check says {counts['passed']} right, {counts['failed']} wrong; the log is {self.log}", log=self.log
            )
        return counts

    def other_levels(self, levels: Iterable[str], own: str) -> list[str]:
        """Return the processor levels that run here, but the one that the wheel's library picked by itself.

        `own` is the library's version, which names the level in use.
        """
        found = []
        for level in levels:
            said = self.identity({LEVEL_VARIABLE: level})["vml"]
            if said != own and f"({level})" in said:
                found.append(level)
        return found

    def _run(self, folder: Path, *words: object, more: Mapping[str, str] = NONE) -> int:
        """Run the environment's Python in a folder, and return its exit status."""
        argv = [self.environment.python, "-I", *words]
        return attempt(command(argv, log=self.log, cwd=folder, environment={**self._variables(), **more}))

    def _variables(self) -> dict[str, str]:
        """Return what the tests see: no compiler in reach, a home of their own."""
        home, programs = self.scratch / "home", self.scratch / "bin"
        for folder in (home, programs):
            folder.mkdir(exist_ok=True)
        # numexpr asks uname what the machine is; nothing else of the machine's programs is wanted.
        uname = shutil.which("uname")
        if uname and not (programs / "uname").exists():
            (programs / "uname").symlink_to(uname)
        return {
            "PATH": os.pathsep.join([str(self.environment.scripts), str(programs)]),
            "HOME": str(home),
            "TMPDIR": str(home),
            "PYTHONNOUSERSITE": "1",
        }
