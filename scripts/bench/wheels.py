"""Which wheels of the wheelhouse are measured, and the environments that they are measured in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.bench.opponent import opponent
from scripts.bench.speed import Arena
from scripts.core.config import Config
from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.errors import RecordError, RequestError
from scripts.core.files import fresh_folder
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.record import read_record
from scripts.core.targets import Cell, host_target
from scripts.core.wheel import wheel_name
from scripts.stages.repair import record_path

REQUIREMENTS = "test"


def wheels_of(layout: Layout, config: Config, python: str) -> dict[str, Path]:
    """Return the wheelhouse's wheels of this machine's target for a CPython, by variant, as their records say."""
    target = host_target(config)
    found = {}
    for variant in target.policies:
        cell = Cell(python=python, target=target, variant=variant)
        for wheel in sorted((layout.wheelhouse / variant).glob("*.whl")):
            try:
                record = read_record(record_path(wheel, "repair"))
            except RecordError:
                continue
            if record.cell == cell.name:
                found[variant] = wheel
    return found


def chosen_python(layout: Layout, config: Config, asked: str) -> str:
    """Return the CPython to measure on: the one that was asked for, or the newest with a wheel here.

    Raises:
        RequestError: there is no wheel for it.
    """
    if asked and asked not in config.pythons:
        raise RequestError(f"--python {asked}: wheels.toml has {', '.join(config.pythons)}")
    for python in [asked] if asked else reversed(config.pythons):
        if wheels_of(layout, config, python):
            return python
    where = f" for CPython {asked}" if asked else ""
    raise RequestError(f"the wheelhouse has no wheel{where} to measure; nox -s build repair test makes them")


def _environment(context: Context, place: Path, executable: str, wheel: Path, log: Path) -> Environment:
    environment = context.maker.create(place, executable, log)
    context.maker.install_locked(environment, read_locked_set(context.layout.requirements, REQUIREMENTS), log)
    context.maker.install_wheel(environment, wheel, log)
    return environment


def arena(context: Context, python: str, against: str, scratch: Path, only: Sequence[str] = ()) -> Arena:
    """Return the environments of a comparison, all with the same hash-locked packages and one wheel each.

    Raises:
        RequestError, FetchError: what it is compared with is not to be had.
    """
    if unknown := [variant for variant in only if variant not in context.config.variants]:
        raise RequestError(f"--variant {unknown[0]}: wheels.toml has {', '.join(context.config.variants)}")
    log = context.layout.logs / "bench" / "environments.log"
    log.unlink(missing_ok=True)
    wheels: Mapping[str, Path] = {
        variant: wheel
        for variant, wheel in wheels_of(context.layout, context.config, python).items()
        if not only or variant in only
    }
    if not wheels:
        raise RequestError(f"the wheelhouse has no {' or '.join(only)} wheel for CPython {python}; nox -t {only[0]} makes one")
    interpreter = context.interpreter(python)
    fresh_folder(scratch)
    empty = context.maker.create(scratch / "pip", interpreter.executable, log)
    ours = wheel_name(next(iter(wheels.values()))).version
    other = opponent(context.layout, context.maker, interpreter, empty, against, ours)
    return Arena(
        theirs=_environment(context, scratch / "theirs", interpreter.executable, other.path, log),
        again=_environment(context, scratch / "again", interpreter.executable, other.path, log),
        ours={
            variant: _environment(context, scratch / variant, interpreter.executable, wheel, log)
            for variant, wheel in wheels.items()
        },
        wheels=wheels,
        opponent=other,
    )
