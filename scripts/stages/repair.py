"""repair: the wheel that people can install: native library grafted in, platform tag proved, into the wheelhouse."""

from __future__ import annotations

import os
import re
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.core.config import Target, policy_pattern
from scripts.core.context import Context, Made, up_to_date
from scripts.core.errors import PolicyError, RepairError, StaleError
from scripts.core.files import copy_whole, locked, scratch_folder, sha256_of
from scripts.core.handed import handed_wheel
from scripts.core.packages import read_locked_set
from scripts.core.platforms import is_as_good
from scripts.core.raw_wheel import RawWheel, asked_library
from scripts.core.record import PASSED, Input, Plan, Record, intact, recipe, write_record
from scripts.core.repairers import Wish, repair_command, repair_set
from scripts.core.run import attempt, command, show_tail, step
from scripts.core.targets import Cell
from scripts.core.wheel import check_record, check_tags, wheel_name
from scripts.stages.build import finished, job_for

if TYPE_CHECKING:
    from scripts.structure.check import Report

RECIPE = (
    "stages/repair.py", "core/repairers.py", "core/auditwheel_for.py", "core/platforms.py", "core/wheel.py", "core/elf.py",
    "structure/binary.py", "structure/check.py", "structure/python_symbols.py", "structure/python-symbols.txt",
    "structure/rules.py", "structure/signature.py",
)  # fmt: skip
MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_(.+)")
SYMBOLS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Repaired:
    """A wheel in the wheelhouse, and the record that says so."""

    path: Path
    record: Record
    plan: Plan


def record_path(wheel: Path, stage: str) -> Path:
    """Return where the record of a stage lies beside a wheel."""
    return wheel.with_name(f"{wheel.name}.{stage}.json")


def explain_policy(wheel: Path, policy: str) -> str:
    """Return which symbols, of which version, in which object keep a wheel from a manylinux policy; empty if none."""
    wanted = MANYLINUX.fullmatch(policy)
    if not wanted:
        return ""
    from scripts.core.elf import newer_than, wheel_needs  # slow to import, and a wheel that is there does not need it

    newer = newer_than(wheel_needs(wheel), (int(wanted[1]), int(wanted[2])))
    shown = "; ".join(
        f"{need.wanted_by} needs {need.symbol} of {need.version} ({need.library})" for need in newer[:SYMBOLS_SHOWN]
    )
    more = f"; and {len(newer) - SYMBOLS_SHOWN} more" if len(newer) > SYMBOLS_SHOWN else ""
    return shown + more


def check_policy(wheel: Path, policy: str) -> None:
    """Check that a repaired wheel has the platform tag that was asked for, or a better one.

    Raises:
        PolicyError: it has not; the message names symbol, version and object.
    """
    if not any(is_as_good(platform, policy) for platform in wheel_name(wheel).platforms):
        raise PolicyError(f"{wheel.name} is not {policy}: {explain_policy(wheel, policy) or 'its tags say so'}")
    reasons = explain_policy(wheel, policy)
    if reasons:
        raise PolicyError(f"{wheel.name} says {policy}, but {reasons}")


def machine_paths(context: Context) -> list[str]:
    """Return the paths of this machine that no file of a wheel may hold."""
    machine = {str(context.layout.root), str(context.layout.cache), sys.base_prefix, f"{Path.home()}{os.sep}"}
    return sorted(path for path in machine if len(path) > len("/usr/"))


def _plan(context: Context, raw: RawWheel) -> Plan:
    (digest,) = raw.record.subject.values()
    return Plan(
        stage="repair",
        cell=raw.cell.name,
        asked={"variant": raw.cell.variant, "target": raw.cell.target.name, "policy": raw.policy, **asked_library(raw.library)},
        # The zip is deflated by the zlib of the interpreter that runs this.
        settings={"source-date-epoch": raw.time, "zlib": zlib.ZLIB_RUNTIME_VERSION, "toolchain": raw.toolchain},
        inputs=(
            *raw.source,
            Input(name=raw.path.name, digest=digest),
            Input(name="build key", digest=raw.record.key),
            Input(
                name=f"requirements/{repair_set(raw.cell.target)}.txt",
                digest=read_locked_set(context.layout.requirements, repair_set(raw.cell.target)).digest,
            ),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def finished_repair(context: Context, raw: RawWheel) -> Repaired | None:
    """Return the wheel in the wheelhouse that was made from this raw one, if it is there and whole."""
    plan = _plan(context, raw)
    folder = context.layout.wheelhouse / raw.cell.variant
    for path in sorted(folder.glob("*.repair.json")):
        record = intact(path, plan.key, folder)
        if record is not None:
            (name,) = record.subject
            return Repaired(path=folder / name, record=record, plan=plan)
    return None


def _remove_replaced(folder: Path, kept: Path, target: Target) -> None:
    """Remove wheels of the same release, CPython and target that the new one takes the place of, and their records."""
    new = wheel_name(kept)
    tags = policy_pattern(target.system, target.libc, target.machine)
    for path in folder.glob("*.whl"):
        old = wheel_name(path)
        same = (old.project, old.version, old.interpreter) == (new.project, new.version, new.interpreter)
        if path != kept and same and any(tags.fullmatch(platform) for platform in old.platforms):
            step(f"{path.name} gives way to {kept.name}")
            for record in folder.glob(f"{path.name}.*.json"):
                record.unlink()
            path.unlink()


def _repaired_wheel(context: Context, raw: RawWheel, scratch: Path, log: Path) -> Path:
    wish = Wish(
        wheel=raw.path, target=raw.cell.target, policy=raw.policy, native=raw.native.parent if raw.native else None, out=scratch
    )
    words, variables = repair_command(context.maker, wish)
    status = attempt(command(words, log=log, environment={**variables, "SOURCE_DATE_EPOCH": str(raw.time)}))
    wheels = list(scratch.glob("*.whl"))
    if status or len(wheels) != 1:
        reason = explain_policy(raw.path, raw.policy) if raw.cell.target.system == "linux" else ""
        if reason:
            raise PolicyError(
                f"{raw.path.name} cannot be {raw.policy}: {reason}. Build it with zig (the default), or ask for "
                f"another tag with -- --policy TAG; the log is {log}", log=log, command_status=status,
            )  # fmt: skip
        show_tail(log)
        raise RepairError(
            f"{raw.path.name} cannot be repaired (exit status {status}); the log is {log}", log=log, command_status=status
        )
    return wheels[0]


def _check(context: Context, raw: RawWheel, wheel: Path) -> Report:
    from scripts.structure.check import check  # slow to import, and a wheel that is there does not need it

    check_record(wheel)
    check_tags(wheel)
    check_policy(wheel, raw.policy)
    native = raw.native.name if raw.native else ""
    return check(wheel, raw.cell, context.config, native=native, forbidden=machine_paths(context))


def _make(context: Context, raw: RawWheel, folder: Path, scratch: Path, log: Path) -> Made:
    wheel = _repaired_wheel(context, raw, scratch, log)
    report = _check(context, raw, wheel)
    # What an earlier wheel of this name passed says nothing about this one.
    record_path(folder / wheel.name, "test").unlink(missing_ok=True)
    # The record goes after the wheel: without it, or with another key, the wheel counts for nothing.
    copy_whole(wheel, folder / wheel.name)
    facts = {
        "bytes": wheel.stat().st_size,
        "platforms": list(wheel_name(wheel).platforms),
        "structure": report.facts(),
    }
    return Made(subject={wheel.name: sha256_of(wheel)}, status=PASSED, facts=facts)


def raw_wheel(context: Context, cell: Cell) -> RawWheel | None:
    """Return the wheel to repair: the one that another machine handed on (`-- --from FOLDER`), else the one built here."""
    if context.request.handed is None:
        return finished(context, job_for(context, cell))
    handed = handed_wheel(context.request.handed, cell.name)
    return RawWheel(path=handed.path, cell=cell, native=handed.native, record=handed.record)


def repair(context: Context, cell: Cell) -> Repaired:
    """Return the repaired wheel of a cell, made from its raw wheel where it is not in the wheelhouse yet.

    Raises:
        StaleError: the raw wheel is not there; build it first.
        RepairError, PolicyError, GateError, StructureError: the wheel is not fit for people.
    """
    raw = raw_wheel(context, cell)
    if raw is None:
        raise StaleError(f"there is no wheel to repair for {cell.name} made from these inputs; run nox -s build first")
    folder = context.layout.wheelhouse / cell.variant
    with locked(context.layout.locks, f"wheelhouse-{cell.name}"):
        done = finished_repair(context, raw)
        if done is not None:
            context.keep(done.plan, done.record)
            up_to_date(f"repair {cell.name}")
            return done
        plan = _plan(context, raw)
        log = context.log(f"repair-{cell.name}")
        with scratch_folder(context.layout.work / f"repair-{plan.key[:16]}") as scratch:
            record = context.recorded(plan, log, lambda: _make(context, raw, folder, scratch, log))
        (name,) = record.subject
        write_record(record_path(folder / name, "build"), raw.record.statement)
        write_record(record_path(folder / name, "repair"), record.statement)
        _remove_replaced(folder, folder / name, cell.target)
        step(f"{context.layout.shown(folder / name)}, {(folder / name).stat().st_size:,} bytes")
        return Repaired(path=folder / name, record=record, plan=plan)
