"""test: numexpr's own suite, and this repository's checks, against the installed wheel and nothing else.

On what the wheel is run is a matter of scripts/runtimes: this machine's CPython, or one of another platform.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.context import Context, Made, up_to_date
from scripts.core.environments import Environment
from scripts.core.errors import CommandError, GateError, RequestError, StaleError
from scripts.core.files import locked, scratch_folder, sha256_of
from scripts.core.installed import CHECKS, Installed
from scripts.core.interpreters import tag_of
from scripts.core.packages import read_locked_set
from scripts.core.raw_wheel import RawWheel, asked_library
from scripts.core.record import PARTIAL, PASSED, UNTESTED, Input, Plan, Record, intact, recipe, write_record
from scripts.core.run import LEVEL_VARIABLE, step
from scripts.core.targets import Cell
from scripts.core.wheel import check_record, check_tags, has_grafted, wheel_name
from scripts.runtimes.runtime import NATIVE, STRUCTURE_ONLY, Runtime, Untestable, as_it_is
from scripts.runtimes.table import runtime_for
from scripts.stages.repair import finished_repair, raw_wheel, record_path
from scripts.vendor.recipe import SourceRecipe, read_recipe

RECIPE = ("stages/test.py", "core/installed.py", "core/suite.py")
REQUIREMENTS = {"newest": "test", "oldest": "test-oldest", "pre": "test"}
RUNTIMES = Path(__file__).parents[1] / "runtimes"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The wheel to be tested, and what it promises."""

    wheel: Path
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
    return Subject(wheel=repaired.path, vml=bool(library), raw=raw)


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
    if not fits(wheel, cell, tag_of(cell.python)):
        return None
    check_record(wheel)
    check_tags(wheel)
    vml = bool(context.config.variants[cell.variant].library)
    return Subject(wheel=wheel, vml=vml, raw=None)


def _in_threads(context: Context, cell: Cell) -> bool:
    """Tell whether the suite runs in several threads at once: what it takes is locked for the newest numpy alone."""
    return cell.python.endswith("t") and context.request.numpy == "newest"


def _requirement_set(context: Context, cell: Cell) -> str:
    return "test-threads" if _in_threads(context, cell) else REQUIREMENTS[context.request.numpy]


def _asked_for(raw: RawWheel) -> dict[str, str]:
    return {"target": raw.cell.target.name, "policy": raw.policy, **asked_library(raw.library)}


def _plan(context: Context, cell: Cell, subject: Subject, identity: Mapping[str, Any]) -> Plan:
    requirement_set = _requirement_set(context, cell)
    return Plan(
        stage="test",
        cell=cell.name,
        asked={
            "variant": cell.variant,
            "numpy": context.request.numpy,
            "pytest-arguments": list(context.request.pytest_arguments),
            "from-elsewhere": subject.from_elsewhere,
            **(_asked_for(subject.raw) if subject.raw else {}),
        },
        settings={
            "floor": context.config.test_floor,
            "interpreter": dict(identity),
            **({"toolchain": subject.raw.toolchain} if subject.raw else {}),
        },
        inputs=(
            *(subject.raw.source if subject.raw else ()),
            Input(name=subject.wheel.name, digest=sha256_of(subject.wheel)),
            Input(
                name=f"requirements/{requirement_set}.txt",
                digest=read_locked_set(context.layout.requirements, requirement_set).digest,
            ),
            recipe(CHECKS, [path.name for path in CHECKS.glob("*.py")], "checks"),
            recipe(context.layout.root / "scripts", [*RECIPE, *(f"runtimes/{path.name}" for path in RUNTIMES.glob("*.py"))]),
        ),
    )


def check_identity(
    seen: Mapping[str, object], environment: Environment, vml: bool, version: str, here: Callable[[str], str] = as_it_is
) -> None:
    """Check that numexpr comes from the test's own environment and is what the wheel promises.

    `here` turns a path as the tested CPython says it into this machine's.

    Raises:
        GateError: it is another numexpr, another version, or VML is there where it should not be or the reverse.
    """
    place = Path(here(str(seen["numexpr"]))).resolve()
    if not place.is_relative_to(environment.path.resolve()):
        raise GateError(f"numexpr was imported from {place}, not from the test's environment {environment.path}")
    if seen["use_vml"] is not vml:
        promised = "True, this is a vml wheel" if vml else "False, this is a plain wheel"
        raise GateError(f"numexpr.use_vml is {seen['use_vml']}; it should be {promised}")
    if seen["version"] != version:
        raise GateError(f"numexpr.__version__ is {seen['version']}, the wheel's name says {version}")


def _levels(context: Context, raw: RawWheel | None) -> Iterable[str]:
    """Return the processor levels of a wheel's library, as its recipe names them; none where nothing is known of them."""
    made_by = read_recipe(context.layout.vendor, raw.library) if raw and raw.library else None
    return made_by.levels_of(raw.cell.target) if raw and isinstance(made_by, SourceRecipe) else ()


def _vml_checks(context: Context, subject: Subject, installed: Installed, own: str) -> dict[str, object]:
    """Run the vml check at every processor level that the library and this machine have; `own` names the one in use."""
    found = installed.own_check("vml")
    others = installed.other_levels(_levels(context, subject.raw), own)
    for level in others:
        installed.own_check("vml", {LEVEL_VARIABLE: level})
    return {"passed": found["passed"], "functions": len(found["functions"]), "also at": others}


def _installed(context: Context, cell: Cell, subject: Subject, runtime: Runtime, scratch: Path, log: Path) -> Installed:
    wanted = read_locked_set(context.layout.requirements, _requirement_set(context, cell))
    environment = runtime.create(scratch / "environment", wanted, log)
    runtime.add_wheel(environment, subject.wheel, log)
    return Installed(environment=environment, scratch=scratch, log=log)


def _run(context: Context, cell: Cell, subject: Subject, runtime: Runtime, scratch: Path, log: Path) -> Made:
    installed = _installed(context, cell, subject, runtime, scratch, log)
    try:
        seen = installed.identity()
    except CommandError as error:
        raise GateError(f"{subject.wheel.name} is installed but cannot be imported: {error}") from error
    check_identity(seen, installed.environment, subject.vml, wheel_name(subject.wheel).version, runtime.here)
    words = context.request.pytest_arguments
    counts = installed.suite(words, context.config.test_floor, threads=_in_threads(context, cell))
    facts: dict[str, object] = {
        "how": runtime.how,
        "numpy": seen["numpy"],
        "vml": seen["vml"],
        "suite": counts.facts(),
        "bytes": subject.wheel.stat().st_size,
        "integers check": {"passed": installed.own_check("integers")["passed"]},
    }
    if subject.vml:
        facts["vml check"] = _vml_checks(context, subject, installed, str(seen["vml"]))
    return Made(subject={subject.wheel.name: sha256_of(subject.wheel)}, status=PARTIAL if words else PASSED, facts=facts)


def _record_untested(context: Context, cell: Cell, subject: Subject, reason: Untestable) -> None:
    """Say that nothing was run, and why, among the records of this run: it never counts as a test, so it is kept nowhere else."""
    plan = _plan(context, cell, subject, {})
    made = Made(
        subject={subject.wheel.name: sha256_of(subject.wheel)},
        status=UNTESTED,
        facts={"how": STRUCTURE_ONLY, "why": str(reason), "bytes": subject.wheel.stat().st_size},
    )
    context.recorded(plan, context.log(f"test-{cell.name}"), lambda: made)
    step(f"{subject.wheel.name} is not tested: {reason}")


def test(context: Context, cell: Cell) -> Record | None:
    """Test the wheel of a cell and return the record; None where a wheel that was named is for another cell, or nothing runs it.

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
    runtime = runtime_for(context, cell)
    if isinstance(runtime, Untestable):
        _record_untested(context, cell, subject, runtime)
        return None
    if runtime.how != NATIVE and context.request.numpy == "pre":
        raise RequestError(f"--numpy pre is for this machine's own CPython; {cell.target.name} is tested with locked packages")
    plan = _plan(context, cell, subject, runtime.identity)
    kept = record_path(subject.wheel, "test")
    with locked(context.layout.locks, f"test-{cell.name}"):
        settled = not subject.from_elsewhere and context.request.numpy == "newest"
        done = intact(kept, plan.key, subject.wheel.parent) if settled else None
        if done is not None:
            context.keep(plan, done)
            up_to_date(f"test {cell.name}")
            return done
        by = "" if runtime.how == NATIVE else f", {runtime.how}"
        step(f"testing {subject.wheel.name} on CPython {runtime.full}{by}")
        log = context.log(f"test-{cell.name}")
        with scratch_folder(context.layout.work / f"test-{cell.name}") as scratch:
            record = context.recorded(plan, log, lambda: _run(context, cell, subject, runtime, scratch, log))
        # Only a whole run on the default numpy, of a wheel from here, is the one that upload asks for.
        if settled and record.outcome.status == PASSED:
            write_record(kept, record.statement)
        suite = record.outcome.facts["suite"]
        step(f"{suite['passed']} passed, {suite['skipped']} skipped, {record.outcome.seconds:.1f} s: {record.outcome.status}")
        return record
