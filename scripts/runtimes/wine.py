"""Windows under Wine: the real CPython for Windows, with the C functions that Wine lacks from a stand-in (wine_shim.py).

That is testing under Wine, never testing on Windows: its C library, its kernel and its threads are Wine's.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from pathlib import Path

from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.errors import ToolchainError
from scripts.core.files import copy_whole, remove_tree, sha256_of
from scripts.core.packages import LockedSet
from scripts.core.run import command, output_of, run, step
from scripts.core.targets import Cell
from scripts.core.toolchain import zig_toolchain
from scripts.foreign.trees import cached_tree, windows_tree
from scripts.runtimes.foreign_packages import ForeignPackages, Platform
from scripts.runtimes.hand_made import WINDOWS_SITE, make_environment
from scripts.runtimes.runtime import Runtime, Untestable
from scripts.runtimes.wine_shim import SOURCE, WINDOWS_CRT, build_shim, use_shim
from scripts.sysroot.sources import known_pythons, python_source

PROGRAMS = ("wine64", "wine")
MEND = "apt-get install wine64"
VERSION = re.compile(r"wine-(\d+\.\d+)")
TRIPLE = "x86_64-windows-gnu"
MARKERS = {"sys_platform": "win32", "platform_system": "Windows", "platform_machine": "AMD64", "os_name": "nt"}
# No .NET, no browser, no menus; and of Wine's own messages none. Without propsys, CPython's module for questions to Windows'
# management (_wmi) does not load and platform asks in another way: Wine's answer ends the process.
QUIET = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=;propsys="}
# What CPython's own venv puts into an environment on Windows: a program that reads pyvenv.cfg and starts the real one.
LAUNCHERS = ("Lib/venv/scripts/nt/venvlauncher.exe", "Lib/venv/scripts/nt/python.exe")
SYSTEM = Path("drive_c", "windows", "system32")

# Under Wine a CPython cannot write to a plain file that it was given as its output, so it gets a pipe; the exit status of what
# stands before a pipe has to be carried around it. Wine itself needs the machine's programs, which a test must not see.
LAUNCHER = """#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
export PATH {exports}
exec 3>&1
status=$( {{ {{ {words} "$@" </dev/null 2>&1 3>&- 4>&-; echo $? >&4; }} | cat >&3; }} 4>&1 )
exit "$status"
"""


def wine_runtime(context: Context, cell: Cell) -> Runtime | Untestable:
    """Return a CPython for Windows of the cell's version under Wine, or why there is none."""
    layout = context.layout
    if cell.python not in known_pythons(layout.sysroots):
        return Untestable(why=f"sysroots/sources.toml has no Windows CPython {cell.python}")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        return Untestable(why="wine is missing", mend=MEND)
    found = VERSION.search(output_of([program, "--version"], environment=QUIET))
    version = found[1] if found else "of unknown version"
    source = python_source(layout.sysroots, cell.python)
    platform = Platform(tags=("win_amd64",), python=cell.python, full=source.version, markers=MARKERS)
    packages = ForeignPackages(maker=context.maker, platform=platform, site=WINDOWS_SITE)

    def create(path: Path, wanted: LockedSet, log: Path) -> Environment:
        prefix = wine_prefix(context, program, version)
        cpython = windows_tree(layout, cell.python, context.maker.python)
        inside = path / "Scripts" / "python.exe"
        script = LAUNCHER.format(
            exports=" ".join(f"{name}={shlex.quote(value)}" for name, value in {**QUIET, "WINEPREFIX": str(prefix)}.items()),
            words=shlex.join([program, str(inside)]),
        )
        environment = make_environment(path, home=windows_path(cpython), full=source.version, launcher=script)
        copy_whole(_venv_launcher(cpython), inside)
        packages.install_locked(environment, wanted, log)
        for folder in ("numpy", "numpy.libs"):
            use_shim(path / WINDOWS_SITE / folder)
        return environment

    return Runtime(
        how=f"wine {version} + complex shim",
        full=source.version,
        identity={"emulator": f"wine {version}", source.filename: source.sha256, SOURCE.name: sha256_of(SOURCE)},
        create=create,
        add_wheel=packages.install_wheel,
        here=this_path,
    )


def windows_path(path: Path) -> str:
    """Return what Wine calls a path of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def this_path(path: str) -> str:
    """Return what this machine calls a path of Wine's."""
    return path.removeprefix("Z:").replace("\\", "/")


def _venv_launcher(cpython: Path) -> Path:
    for name in LAUNCHERS:
        if (cpython / name).is_file():
            return cpython / name
    raise ToolchainError(f"{cpython} has no {' or '.join(LAUNCHERS)}; sysroots/sources.toml names another kind of CPython")


def wine_prefix(context: Context, program: str, version: str) -> Path:
    """Return a Windows as Wine makes it, with the stand-in in its system folder; made where the cache has none.

    Raises:
        ToolchainError: Wine cannot make it.
        BuildError: the stand-in cannot be compiled.
    """
    toolchain = zig_toolchain(context.maker, TRIPLE)
    inputs = [version, sha256_of(SOURCE), sha256_of(Path(__file__).with_name("wine_shim.py")), dict(toolchain.identity)]
    key = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:16]

    def make(folder: Path, log: Path) -> None:
        step("making a Windows for Wine, and the functions that Wine lacks (once, a minute or more)")
        variables = {**QUIET, "WINEPREFIX": str(folder), "HOME": str(folder / "home")}
        (folder / "home").mkdir()
        run(
            command([program, "wineboot", "--init"], log=log, environment=variables), "Wine cannot make a Windows", ToolchainError
        )
        # Wine goes on writing for a while after its first program has ended.
        run(command(["wineserver", "-w"], log=log, environment=variables), "Wine's server does not end", ToolchainError)
        work = folder / "shim"
        work.mkdir()
        library = build_shim(toolchain, folder / SYSTEM / WINDOWS_CRT, work, log)
        copy_whole(library, folder / SYSTEM / library.name)
        remove_tree(work)

    return cached_tree(context.layout.foreign, f"wine-{version}-{key}", make)
