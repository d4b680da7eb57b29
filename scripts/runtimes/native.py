"""This machine's own CPython, in an environment of its own."""

from __future__ import annotations

from pathlib import Path

from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.packages import LockedSet
from scripts.core.targets import Cell
from scripts.runtimes.runtime import NATIVE, Runtime


def native_runtime(context: Context, cell: Cell) -> Runtime:
    """Return the CPython of this machine; InterpreterError where it has none of the cell's version."""
    interpreter = context.interpreter(cell.python)

    def create(path: Path, wanted: LockedSet, log: Path) -> Environment:
        packages = context.maker.cached(wanted.name, interpreter.executable, f"CPython {interpreter.full}")
        environment = context.maker.fresh_copy(packages, path, interpreter.executable, log)
        if context.request.numpy == "pre":
            context.maker.install_newest(environment, "numpy", log)
        return environment

    return Runtime(
        how=NATIVE,
        full=interpreter.full,
        identity={"version": interpreter.full, "soabi": interpreter.soabi},
        create=create,
        add_wheel=context.maker.install_wheel,
    )
