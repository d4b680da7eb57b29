"""universal2: one macOS wheel for both machines, merged from the arm64 and the x86_64 wheel of the wheelhouse."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

from scripts.core.context import Context, Made, context_of, up_to_date
from scripts.core.errors import RequestError, StaleError
from scripts.core.files import copy_whole, locked, scratch_folder, sha256_of
from scripts.core.interpreters import tag_of
from scripts.core.layout import Layout
from scripts.core.record import PASSED, Input, Plan, intact, recipe, write_record
from scripts.core.request import Parser, Request
from scripts.core.run import step
from scripts.core.targets import Cell
from scripts.core.universal import merge
from scripts.core.wheel import check_record, check_tags, libraries, wheel_name
from scripts.structure.check import EXTENSION, check

# Apart from the variants' folders: what lies there is held against what was planned, and this wheel is nobody's plan.
FOLDER = "universal2"
RECIPE = ("stages/universal2.py", "core/universal.py")


def _half(folder: Path, python: str, machine: str) -> Path | None:
    wheels = [path for path in sorted(folder.glob("*.whl")) if wheel_name(path).interpreter == tag_of(python)]
    found = [
        path for path in wheels if all(tag.startswith("macosx") and tag.endswith(machine) for tag in wheel_name(path).platforms)
    ]
    return found[-1] if found else None


def _plan(context: Context, python: str, variant: str, halves: Sequence[Path]) -> Plan:
    return Plan(
        stage="universal2",
        cell=f"{tag_of(python).partition('-')[2]}-macos-universal2-{variant}",
        asked={"variant": variant, "python": python},
        settings={"zlib": zlib.ZLIB_RUNTIME_VERSION},
        inputs=(
            *(Input(name=path.name, digest=sha256_of(path)) for path in halves),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _merge(context: Context, python: str, variant: str, halves: Sequence[Path]) -> None:
    plan = _plan(context, python, variant, halves)
    folder = context.layout.wheelhouse / FOLDER
    for path in sorted(folder.glob("*.universal2.json")):
        record = intact(path, plan.key, folder)
        if record is not None:
            up_to_date(f"universal2 {plan.cell}")
            return
    log = context.log(f"universal2-{plan.cell}")

    def work(scratch: Path) -> Made:
        wheel = merge(halves[0], halves[1], scratch)
        check_record(wheel)
        check_tags(wheel)
        grafted = [Path(name).name for name in libraries(halves[0]) if not name.startswith(EXTENSION)]
        for target in context.config.targets.values():
            if target.system == "macos":
                cell = Cell(python=python, target=target, variant=variant)
                check(wheel, cell, context.config, native=grafted[0] if grafted else "")
        copy_whole(wheel, folder / wheel.name)
        return Made(subject={wheel.name: sha256_of(wheel)}, status=PASSED, facts={"bytes": wheel.stat().st_size})

    with scratch_folder(context.layout.work / f"universal2-{plan.key[:16]}") as scratch:
        record = context.recorded(plan, log, lambda: work(scratch))
    (name,) = record.subject
    write_record(folder / f"{name}.universal2.json", record.statement)
    step(f"{context.layout.shown(folder / name)}, {record.outcome.facts['bytes']:,} bytes")


def universal2(layout: Layout, words: Sequence[str]) -> None:
    """Merge the macOS wheels of the wheelhouse: `-- --python 3.13` for one CPython, `--variant` for another than plain.

    Raises:
        RequestError: there is no such variant.
        StaleError: a half is missing; it has to be built and repaired first.
        GateError: the halves do not belong together.
        StructureError: what came out breaks a rule of one of the machines.
    """
    parser = Parser(prog="nox -s universal2 --", allow_abbrev=False)
    parser.add_argument("--python", default="")
    parser.add_argument("--variant", default="plain")
    options = parser.parse_args(list(words))
    context = context_of(layout, Request())
    if options.variant not in context.config.variants:
        raise RequestError(f"{options.variant!r} is no variant; wheels.toml has {', '.join(context.config.variants)}")
    if options.python and options.python not in context.config.pythons:
        raise RequestError(f"--python {options.python}: wheels.toml has {', '.join(context.config.pythons)}")
    merged = 0
    with locked(layout.locks, "universal2"):
        for python in [options.python] if options.python else context.config.pythons:
            halves = [_half(layout.wheelhouse / options.variant, python, machine) for machine in ("arm64", "x86_64")]
            found = [path for path in halves if path is not None]
            if len(found) == len(halves):
                _merge(context, python, options.variant, found)
                merged += 1
    if not merged:
        wanted = f" of CPython {options.python}" if options.python else ""
        raise StaleError(
            f"wheelhouse/{options.variant} has no pair of macOS wheels{wanted}; "
            "TARGETS=macos-arm64,macos-x86_64 nox -s build repair makes them"
        )
