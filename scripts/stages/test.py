"""test: numexpr's own suite, and for vml this repository's check, against the installed wheel and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.context import Context, Made, up_to_date
from scripts.core.environments import Environment
from scripts.core.errors import CheckError, CommandError, GateError, RequestError, StaleError, SuiteError
from scripts.core.files import fresh_folder, locked, remove_tree, sha256_of
from scripts.core.interpreters import Interpreter
from scripts.core.packages import read_locked_set
from scripts.core.record import PARTIAL, PASSED, Input, Plan, Record, intact, recipe, write_record
from scripts.core.run import attempt, command, output_of, step, tail
from scripts.core.suite import Counts, check_words, judge, read_junit
from scripts.core.targets import Cell
from scripts.core.wheel import check_record, check_tags, has_grafted, wheel_name
from scripts.stages.build import RawWheel
from scripts.stages.repair import finished_repair, raw_wheel, record_path

RECIPE = ("stages/test.py", "core/suite.py")
REQUIREMENTS = {"newest": "test", "oldest": "test-oldest", "pre": "test"}
PARALLEL_THREADS = 4
CHECKS = Path(__file__).parents[1] / "checks"

IDENTITY = """
import json, sys, numexpr, numpy
print(json.dumps({
    "numexpr": numexpr.__file__, "prefix": sys.prefix, "use_vml": bool(numexpr.use_vml),
    "version": numexpr.__version__, "numpy": numpy.__version__, "vml": numexpr.get_vml_version() or "",
}))
"""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The wheel to be tested, on which interpreter, and what it promises."""

    wheel: Path
    interpreter: Interpreter
    vml: bool
    raw: RawWheel | None

    @property
    def from_elsewhere(self) -> bool:
        """Whether the wheel was named by the person, and not made by this pipeline."""
        return self.raw is None


def _ours(context: Context, cell: Cell) -> Subject:
    raw = raw_wheel(context, cell)
    repaired = finished_repair(context, raw) if raw else None
    if raw is None or repaired is None:
        raise StaleError(f"wheelhouse/{cell.variant} has no wheel of {cell.name} made from these inputs; run nox -s repair first")
    library = context.config.variants[cell.variant].library
    return Subject(wheel=repaired.path, interpreter=context.interpreter(cell.python), vml=bool(library), raw=raw)


def fits(wheel: Path, cell: Cell, tag: str) -> bool:
    """Tell whether a wheel from elsewhere is one for this cell: its CPython, and its variant by what was grafted in."""
    name = wheel_name(wheel)
    if name.project != "numexpr":
        raise RequestError(f"{wheel.name} is a wheel of {name.project}, not of numexpr")
    return tag in name.interpreter.split("/") and has_grafted(wheel) == (cell.variant == "vml")


def _subject(context: Context, cell: Cell) -> Subject | None:
    """Return what is tested in this cell, or None where the wheel that was named is for another cell."""
    wheel = context.request.wheel
    if wheel is None:
        return _ours(context, cell)
    interpreter = context.interpreter(cell.python)
    if not fits(wheel, cell, interpreter.tag):
        return None
    check_record(wheel)
    check_tags(wheel)
    vml = bool(context.config.variants[cell.variant].library)
    return Subject(wheel=wheel, interpreter=interpreter, vml=vml, raw=None)


def _requirement_set(context: Context, interpreter: Interpreter) -> str:
    if interpreter.free_threaded and context.request.numpy == "newest":
        return "test-threads"
    return REQUIREMENTS[context.request.numpy]


def _plan(context: Context, cell: Cell, subject: Subject) -> Plan:
    requirement_set = _requirement_set(context, subject.interpreter)
    return Plan(
        stage="test",
        cell=cell.name,
        asked={
            "variant": cell.variant,
            "numpy": context.request.numpy,
            "pytest-arguments": list(context.request.pytest_arguments),
            "from-elsewhere": subject.from_elsewhere,
            **({"target": cell.target.name, "policy": subject.raw.policy} if subject.raw else {}),
        },
        settings={
            "floor": context.config.test_floor,
            "interpreter": {"version": subject.interpreter.full, "soabi": subject.interpreter.soabi},
            **({"toolchain": subject.raw.toolchain} if subject.raw else {}),
        },
        inputs=(
            *(subject.raw.source if subject.raw else ()),
            Input(name=subject.wheel.name, digest=sha256_of(subject.wheel)),
            Input(
                name=f"requirements/{requirement_set}.txt",
                digest=read_locked_set(context.layout.requirements, requirement_set).digest,
            ),
            recipe(CHECKS, sorted(path.name for path in CHECKS.glob("*.py")), "checks"),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _variables(environment: Environment, scratch: Path) -> dict[str, str]:
    """Return what the tests see: no compiler in reach, a home of their own."""
    home, programs = scratch / "home", scratch / "bin"
    for folder in (home, programs):
        folder.mkdir(exist_ok=True)
    # numexpr asks uname what the machine is; nothing else of the machine's programs is wanted.
    uname = shutil.which("uname")
    if uname and not (programs / "uname").exists():
        (programs / "uname").symlink_to(uname)
    return {
        "PATH": os.pathsep.join([str(environment.scripts), str(programs)]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONNOUSERSITE": "1",
    }


def check_identity(seen: Mapping[str, object], environment: Environment, vml: bool, version: str) -> None:
    """Check that numexpr comes from the test's own environment and is what the wheel promises.

    Raises:
        GateError: it is another numexpr, another version, or VML is there where it should not be or the reverse.
    """
    place = Path(str(seen["numexpr"])).resolve()
    if not place.is_relative_to(environment.path.resolve()):
        raise GateError(f"numexpr was imported from {place}, not from the test's environment {environment.path}")
    if seen["use_vml"] is not vml:
        promised = "True, this is a vml wheel" if vml else "False, this is a plain wheel"
        raise GateError(f"numexpr.use_vml is {seen['use_vml']}; it should be {promised}")
    if seen["version"] != version:
        raise GateError(f"numexpr.__version__ is {seen['version']}, the wheel's name says {version}")


def _environment(context: Context, subject: Subject, scratch: Path, log: Path) -> Environment:
    requirement_set = _requirement_set(context, subject.interpreter)
    environment = context.maker.create(scratch / "environment", subject.interpreter.executable, log)
    context.maker.install_locked(environment, read_locked_set(context.layout.requirements, requirement_set), log)
    if context.request.numpy == "pre":
        context.maker.install_newest(environment, "numpy", log)
    context.maker.install_wheel(environment, subject.wheel, log)
    return environment


def _suite(context: Context, subject: Subject, environment: Environment, scratch: Path, log: Path) -> Counts:
    empty = scratch / "empty"
    empty.mkdir()
    # An ini file of its own keeps pytest from looking for one in the folders above, which are this repository's.
    ini = scratch / "pytest.ini"
    ini.write_text("[pytest]\nmarkers =\n    thread_unsafe: of numexpr's suite\n", encoding="utf-8")
    junit = log.with_suffix(".junit.xml")
    junit.unlink(missing_ok=True)
    threads = subject.interpreter.free_threaded and context.request.numpy == "newest"
    words = [
        environment.python, "-I", "-m", "pytest", "--pyargs", "numexpr", "-q", "-p", "no:cacheprovider",
        f"--config-file={ini}", f"--rootdir={empty}", f"--junitxml={junit}",
        *([f"--parallel-threads={PARALLEL_THREADS}"] if threads else []),
        *context.request.pytest_arguments,
    ]  # fmt: skip
    status = attempt(command(words, log=log, cwd=empty, environment=_variables(environment, scratch)))
    partial = bool(context.request.pytest_arguments)
    if partial:
        check_words(status, context.request.pytest_arguments, log)
    try:
        counts = read_junit(junit)
        judge(counts, status, 1 if partial else context.config.test_floor, log)
    except SuiteError:
        for line in tail(log):
            print(f"< {line}")
        raise
    return counts


def _vml_check(environment: Environment, scratch: Path, log: Path) -> dict[str, object]:
    """Run this repository's check of every function against numpy, in the test's environment."""
    report = scratch / "vml.json"
    words = [environment.python, "-I", CHECKS / "vml.py", "--json", report]
    status = attempt(command(words, log=log, cwd=scratch, environment=_variables(environment, scratch)))
    if status:
        for line in tail(log):
            print(f"< {line}")
        raise CheckError(
            f"the vml check failed: results are wrong where the suite does not look; the log is {log}",
            log=log,
            command_status=status,
        )
    counts = json.loads(report.read_text(encoding="utf-8"))
    if not counts["passed"] or counts["failed"]:
        raise CheckError(f"the vml check says {counts['passed']} right, {counts['failed']} wrong; the log is {log}", log=log)
    return {"passed": counts["passed"], "functions": len(counts["functions"])}


def _run(context: Context, subject: Subject, scratch: Path, log: Path) -> Made:
    environment = _environment(context, subject, scratch, log)
    variables = _variables(environment, scratch)
    try:
        seen = json.loads(output_of([environment.python, "-I", "-c", IDENTITY], environment=variables))
    except CommandError as error:
        raise GateError(f"{subject.wheel.name} is installed but cannot be imported: {error}") from error
    check_identity(seen, environment, subject.vml, wheel_name(subject.wheel).version)
    counts = _suite(context, subject, environment, scratch, log)
    facts: dict[str, object] = {
        "how": "native",
        "numpy": seen["numpy"],
        "vml": seen["vml"],
        "suite": counts.facts(),
        "bytes": subject.wheel.stat().st_size,
    }
    if subject.vml:
        facts["vml check"] = _vml_check(environment, scratch, log)
    status = PARTIAL if context.request.pytest_arguments else PASSED
    return Made(subject={subject.wheel.name: sha256_of(subject.wheel)}, status=status, facts=facts)


def test(context: Context, cell: Cell) -> Record | None:
    """Test the wheel of a cell and return the record; None where the wheel that was named is for another cell.

    Raises:
        StaleError: there is no repaired wheel; repair it first.
        SuiteError: the suite failed or did not really run.
        CheckError: results are wrong where the suite does not look.
        GateError: what is installed is not what the wheel promises.
    """
    subject = _subject(context, cell)
    if subject is None:
        assert context.request.wheel is not None
        step(f"{context.request.wheel.name} is not for {cell.name}; nothing to do here")
        return None
    plan = _plan(context, cell, subject)
    kept = record_path(subject.wheel, "test")
    with locked(context.layout.locks, f"test-{cell.name}"):
        settled = not subject.from_elsewhere and context.request.numpy == "newest"
        done = intact(kept, plan.key, subject.wheel.parent) if settled else None
        if done is not None:
            context.keep(plan, done)
            up_to_date(f"test {cell.name}")
            return done
        step(f"testing {subject.wheel.name} on CPython {subject.interpreter.full}")
        log = context.log(f"test-{cell.name}")
        scratch = fresh_folder(context.layout.work / f"test-{cell.name}")
        try:
            record = context.recorded(plan, log, lambda: _run(context, subject, scratch, log))
        finally:
            remove_tree(scratch)
        # Only a whole run on the default numpy, of a wheel from here, is the one that upload asks for.
        if settled and record.outcome.status == PASSED:
            write_record(kept, record.statement)
        suite = record.outcome.facts["suite"]
        step(f"{suite['passed']} passed, {suite['skipped']} skipped, {record.outcome.seconds:.1f} s: {record.outcome.status}")
        return record
