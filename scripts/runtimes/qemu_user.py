"""Linux on another processor: Debian's CPython for it under qemu's user emulation, which needs no rights and no container."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.packages import LockedSet
from scripts.core.run import output_of
from scripts.core.targets import Cell
from scripts.foreign.debian import APT_HELPER
from scripts.foreign.trees import debian_digest, debian_tree, debian_version, this_sources
from scripts.runtimes.foreign_packages import ForeignPackages, Platform
from scripts.runtimes.hand_made import make_environment, posix_site
from scripts.runtimes.runtime import Runtime, Untestable

MEND = "apt-get install qemu-user-static"
# What Debian calls the machines that qemu emulates.
ARCHITECTURES = {"aarch64": "arm64"}
# The newest glibc whose wheels are asked for; the sets of sysroots/debian.toml have it or a newer one.
NEWEST_GLIBC, OLDEST_GLIBC = 36, 17
VERSION = re.compile(r"version (\d+\.\d+)")


def programs(machine: str) -> tuple[str, str]:
    """Return what qemu's user emulation of a machine is called: linked statically, or not."""
    return f"qemu-{machine}-static", f"qemu-{machine}"


def qemu_runtime(context: Context, cell: Cell) -> Runtime | Untestable:
    """Return Debian's CPython of the cell's version under qemu, or why there is none."""
    machine = cell.target.machine
    name = f"python-{cell.python}-{ARCHITECTURES[machine]}"
    if name not in this_sources(context.layout).debian:
        return Untestable(why=f"sysroots/debian.toml has no CPython {cell.python} for {machine}")
    program = next(filter(None, map(shutil.which, programs(machine))), None)
    if program is None:
        return Untestable(why="qemu-user is missing", mend=MEND)
    if not (APT_HELPER.is_file() or any(context.layout.foreign.glob(f"{name}-*"))):
        return Untestable(why="apt and dpkg are missing, which bring Debian's CPython")
    found = VERSION.search(output_of([program, "--version"]))
    version = found[1] if found else "of unknown version"
    full = debian_version(context.layout, name, f"python{cell.python}")
    platform = Platform(
        tags=(*(f"manylinux_2_{one}_{machine}" for one in range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)), f"manylinux2014_{machine}"),
        python=cell.python,
        full=full,
        markers={"platform_machine": machine},
    )
    packages = ForeignPackages(maker=context.maker, platform=platform, site=posix_site(cell.python))

    def create(path: Path, wanted: LockedSet, log: Path) -> Environment:
        system = debian_tree(context.layout, name)
        cpython = system / "usr" / "bin" / f"python{cell.python}"
        # As -0, so that CPython finds this environment, and calls itself by a name that leads back here.
        words = [program, "-L", str(system), "-0", str(Environment(path=path).python), str(cpython)]
        script = f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'
        environment = make_environment(path, home=str(cpython.parent), full=full, launcher=script)
        packages.install_locked(environment, wanted, log)
        return environment

    return Runtime(
        how=f"qemu-user {version}",
        full=full,
        identity={"emulator": f"qemu-user {version}", name: debian_digest(context.layout, name)},
        create=create,
        add_wheel=packages.install_wheel,
    )
