"""What noxfile.py needs of nox beyond nox: the tools environment as a backend, cells as sessions, a table at the end.

Imported by nox itself, so it uses nothing but the standard library and what nox brings.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nox
from nox._decorators import Call
from nox.virtualenv import ALL_VENVS, ProcessEnv

from scripts.core.asked import (
    TARGETS_VARIABLE,
    asked_pythons,
    asked_targets,
    behind_dashes,
    cell_id,
    check_pythons,
    wheel_from_elsewhere,
)
from scripts.core.config import Config, read_config
from scripts.core.errors import RequestError, WheelsError
from scripts.core.files import clear_storage_errors, write_whole
from scripts.core.interpreters import find_interpreters, from_json, how_to_get, tag_of, to_json
from scripts.core.layout import Layout, this_layout
from scripts.core.record import UNTESTED, read_record
from scripts.core.request import CALLER_VARIABLE
from scripts.core.run import step
from scripts.core.runs import INTERPRETERS, RUN_VARIABLE, new_run
from scripts.core.settled import fingerprint, is_settled, keep_record
from scripts.core.targets import Cell, host_target

BACKEND = "hash-locked"
CELL_STAGES = ("build", "repair", "test")
# The interpreter that has nox, for the session that measures nox itself.
NOX_VARIABLE = "NUMEXPR_WHEELS_NOX"


class LockedEnvironment(ProcessEnv):
    """A nox backend: the cached environment of a hash-locked requirement set, `tools` unless venv_params names one."""

    is_sandboxed = True

    def __init__(self, location: str, *, venv_params: Iterable[str] = (), **_: object) -> None:
        super().__init__()
        self.location = location
        self._requirement_set = next(iter(venv_params), "tools")

    def create(self) -> bool:
        from scripts.core.bootstrap import tools_environment  # sessions that are only listed do not need it

        try:
            with clear_storage_errors():
                environment = tools_environment(this_layout(), self._requirement_set)
        except WheelsError as error:
            step(f"failed: {error}")
            raise nox.command.CommandFailed(str(error)) from error
        self.location = str(environment.path)
        self._bin_paths = [str(environment.scripts)]
        return False

    @property
    def venv_backend(self) -> str:
        return BACKEND


def _format_with_parameters(call: Any, dependency: str) -> str:
    named = cell_id(str(call.call_spec["variant"]), str(call.call_spec["target"])) if call.call_spec else ""
    return str(dependency.format(python=call.python, py=call.python, cell=named, **call.call_spec))


@dataclass(frozen=True)
class Matrix:
    """The sessions of this run: which CPythons it has (or was asked for by name), and the cells by variant and target.

    A target is empty for this machine's own where nobody named it.
    """

    pythons: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    families: Mapping[str, str]
    settled: bool

    @property
    def jobs(self) -> int | str:
        """How many sessions nox runs side by side: with nothing to do, none of them is worth a process."""
        return 1 if self.settled else "auto"

    def parameters(self) -> list[Any]:
        """Return the cells as nox parameters, tagged for `nox -t` by variant, and where it was named by target and system."""
        return [
            nox.param(variant, target, id=cell_id(variant, target), tags=[variant, *self._tags(target)])
            for variant, target in self.cells
        ]

    def _tags(self, target: str) -> list[str]:
        return [target, self.families[target]] if target else []


def after(stage: str) -> list[str]:
    """Return what a session requires so that it follows the same cell of another stage.

    The doubled braces are for nox, which fills in {python} once before it knows the parameters.
    """
    return [f"{stage}-{{python}}({{{{cell}}}})"]


def _begin_run(layout: Layout, config: Config) -> None:
    """Name the run, look for interpreters once for all its sessions, and promise the table at its end."""
    run = new_run()
    os.environ[RUN_VARIABLE] = run
    found = find_interpreters(config.pythons)
    write_whole(layout.runs / run / INTERPRETERS, to_json(found))
    atexit.register(_end_run, layout, config, run)


def _end_run(layout: Layout, config: Config, run: str) -> None:
    from scripts.core.summary import print_table  # only the first process of a run gets here

    found = from_json((layout.runs / run / INTERPRETERS).read_text(encoding="utf-8"))
    if print_table(layout, run) and not asked_pythons(config.pythons, sys.argv[1:], os.environ):
        for name in config.pythons:
            if name not in found:
                step(how_to_get(name))


def check_place(root: Path) -> None:
    """Check that nox finds the checkout again: it fills in variables in the path that it hands to each session.

    Raises:
        RequestError: the path names a variable that is set.
    """
    expanded = os.path.expandvars(root)
    if expanded != str(root):
        raise RequestError(
            f"the checkout lies in {root}, and nox takes the $ in that for a variable: its sessions would look in {expanded}. "
            "Move the checkout to a path without $"
        )


def prepare() -> Matrix:
    """Register the backend, begin the run where this process is the first of it, and return its matrix."""
    # nox ignores python=[...] for its own "none" backend, and knows only {python} in requires=; these are the two
    # places where it has to learn more. tests/unit/test_sessions.py holds nox to both.
    ALL_VENVS[BACKEND] = LockedEnvironment
    setattr(Call, "format_dependency", _format_with_parameters)  # noqa: B010 - no subclass could do it
    layout = this_layout()
    try:
        with clear_storage_errors():
            config = read_config(layout.config)
            check_place(layout.root)
            check_pythons(config.pythons, sys.argv[1:])
            if RUN_VARIABLE not in os.environ:
                _begin_run(layout, config)
            return matrix(layout, config)
    except WheelsError as error:
        sys.exit(f"* failed: {error}")


def _cells(config: Config) -> tuple[tuple[str, str], ...]:
    """Return the cells of this run by variant and target: of the targets that were asked for, and else of this machine's own."""
    asked = asked_targets(config, sys.argv, os.environ)
    named = [(variant, target) for target in asked for variant in config.targets[target].policies]
    own = [] if os.environ.get(TARGETS_VARIABLE, "").strip() else [(variant, "") for variant in host_target(config).policies]
    return (*own, *named)


def matrix(layout: Layout, config: Config) -> Matrix:
    """Return the matrix of this run: the interpreters that it found, and those that were asked for by name."""
    handed = layout.runs / os.environ[RUN_VARIABLE] / INTERPRETERS
    found = from_json(handed.read_text(encoding="utf-8")) if handed.is_file() else find_interpreters(config.pythons)
    asked = asked_pythons(config.pythons, sys.argv[1:], os.environ)
    pythons = tuple(name for name in config.pythons if name in found or name in asked)
    cells = _cells(config)
    wheel = wheel_from_elsewhere(sys.argv)
    if wheel is not None and wheel.is_file():
        from scripts.core.wheel import has_grafted, wheel_name  # rarely asked for, and slow to import

        pythons = tuple(name for name in config.pythons if tag_of(name) in wheel_name(wheel).interpreter.split("/"))
        variants = sorted({variant for variant, _ in cells})
        cells = tuple(cell for cell in cells if bool(config.variants[cell[0]].library) == has_grafted(wheel))
        if not pythons or not cells:
            raise RequestError(
                f"{wheel.name} is for no cell of this machine: it has CPython {', '.join(config.pythons)} and the variants "
                f"{', '.join(variants)}"
            )
    run = os.environ[RUN_VARIABLE]
    seen = fingerprint(layout, run, behind_dashes(sys.argv), os.environ)
    names = [_cell_name(config, python, variant, target) for python in pythons for variant, target in cells]
    settled = bool(seen) and all(is_settled(layout, stage, name, seen) for name in names for stage in CELL_STAGES)
    families = {name: target.family for name, target in config.targets.items()}
    return Matrix(pythons=pythons, cells=cells, families=families, settled=settled)


def _cell_name(config: Config, python: str, variant: str, target: str) -> str:
    return Cell(python=python, target=config.target(target) if target else host_target(config), variant=variant).name


def _is_settled(session: nox.Session, name: str, variant: str, target: str) -> bool:
    """Tell whether a stage of a cell has nothing to do, and say so; its record then counts for this run as well."""
    layout, run = this_layout(), os.environ[RUN_VARIABLE]
    cell = _cell_name(read_config(layout.config), str(session.python), variant, target)
    if not is_settled(layout, name, cell, fingerprint(layout, run, session.posargs, os.environ)):
        return False
    keep_record(layout, run, name, cell)
    step(f"{name} {cell}: up to date")
    return True


def _why_untested(session: nox.Session, name: str, variant: str, target: str) -> str:
    """Return why `test` of a cell ran nothing, as its record of this run says it; empty where it ran."""
    layout = this_layout()
    cell = _cell_name(read_config(layout.config), str(session.python), variant, target)
    record = layout.records / os.environ[RUN_VARIABLE] / f"{name}-{cell}.json"
    if not record.is_file():
        return ""
    outcome = read_record(record).outcome
    return str(outcome.facts["why"]) if outcome.status == UNTESTED else ""


def stage(session: nox.Session, name: str, variant: str = "", target: str = "") -> None:
    """Run a stage in the session's environment with the words behind `--`; without a target for this machine's own."""
    if variant and _is_settled(session, name, variant, target):
        return
    cell = ["--python", str(session.python), "--variant", variant] if variant else []
    cell += ["--target", target] if target else []
    # Compiled modules are kept even where a person has switched that off: each session is a new process.
    variables = {
        "PYTHONDONTWRITEBYTECODE": None, "PYTHONPATH": None, NOX_VARIABLE: sys.executable, CALLER_VARIABLE: session.invoked_from,
    }  # fmt: skip
    session.run("python", "-m", "scripts", name, *cell, "--", *session.posargs, env=variables)
    if variant and (reason := _why_untested(session, name, variant, target)):
        session.skip(reason)
