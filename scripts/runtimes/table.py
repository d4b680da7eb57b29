"""Which way of running the CPython of a target there is on which machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scripts.core.context import Context
from scripts.core.targets import Cell, is_host, this_machine
from scripts.runtimes.musl import musl_runtime
from scripts.runtimes.native import native_runtime
from scripts.runtimes.qemu_user import qemu_runtime
from scripts.runtimes.runtime import Runtime, Untestable
from scripts.runtimes.wine import wine_runtime

Finder = Callable[[Context, Cell], Runtime | Untestable]

# By system, machine and C library, as wheels.toml spells them: the machine that tests, and the target.
LINUX_X86_64 = ("linux", "x86_64", "glibc")
FOREIGN: Mapping[tuple[tuple[str, str, str], tuple[str, str, str]], Finder] = {
    (LINUX_X86_64, ("linux", "aarch64", "glibc")): qemu_runtime,
    (LINUX_X86_64, ("linux", "x86_64", "musl")): musl_runtime,
    (LINUX_X86_64, ("windows", "amd64", "")): wine_runtime,
}


def runtime_for(context: Context, cell: Cell) -> Runtime | Untestable:
    """Return what can run the wheel of a cell here, or why nothing can.

    Raises:
        InterpreterError: the cell is this machine's own, and its CPython is not here.
    """
    if is_host(cell.target):
        return native_runtime(context, cell)
    target = (cell.target.system, cell.target.machine, cell.target.libc)
    finder = FOREIGN.get((this_machine(), target))
    if finder is None:
        return Untestable(why=f"nothing here runs a CPython of {cell.target.name}")
    return finder(context, cell)
