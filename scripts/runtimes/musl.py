"""Linux with musl: a CPython built once from Debian's copy of its source against Debian's musl; no emulator is needed.

The loader's path stands inside the executable, so that any process that starts it again gets the same C library. zlib is
linked in, which numpy's random numbers do not start without. What needs another library beyond musl (libffi, openssl,
readline) is left out: numexpr, numpy and pytest do without.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
from pathlib import Path

from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.errors import BuildError
from scripts.core.files import remove_tree
from scripts.core.layout import Layout
from scripts.core.packages import LockedSet
from scripts.core.run import command, run, step
from scripts.core.targets import Cell
from scripts.core.toolchain import Toolchain, zig_toolchain
from scripts.foreign.debian import APT_HELPER
from scripts.foreign.trees import cached_tree, debian_digest, debian_files, debian_tree, debian_version, this_sources
from scripts.runtimes.foreign_packages import ForeignPackages, Platform
from scripts.runtimes.hand_made import make_environment, posix_site
from scripts.runtimes.runtime import Runtime, Untestable

MUSL, ZLIB = "musl-amd64", "zlib-source"
MEND = "apt-get install make"
TRIPLE = "x86_64-linux-musl"
LOADER = "usr/lib/ld-musl-x86_64.so.1"
CONFIGURE = ("--disable-test-modules", "--without-ensurepip", "OPT=-O1 -g0", "PKG_CONFIG=false")
# zig makes __DATE__ an error, and CPython says when it was built.
FLAGS = ("-dynamic", "-Wno-date-time")
# CPython 3.12 and newer tell musl by a macro of musl's stdarg.h, in front of which clang has its own.
PREPROCESSOR_FLAGS = ("-E", "-D__DEFINED_va_list")


def musl_runtime(context: Context, cell: Cell) -> Runtime | Untestable:
    """Return a CPython of the cell's version on musl, or why there is none."""
    source = f"cpython-{cell.python}-source"
    if source not in this_sources(context.layout).debian:
        return Untestable(why=f"sysroots/debian.toml has no source of CPython {cell.python} to build against musl")
    if not any(context.layout.foreign.glob(f"musl-cpython-{cell.python}-*")):
        if shutil.which("make") is None:
            return Untestable(why="make is missing, which builds a CPython on musl", mend=MEND)
        if not APT_HELPER.is_file():
            return Untestable(why="apt and dpkg are missing, which bring musl and CPython's source")
    version = debian_version(context.layout, MUSL, "musl")
    full = debian_version(context.layout, source, f"python{cell.python}")
    machine = cell.target.machine
    platform = Platform(
        tags=(f"musllinux_1_2_{machine}", f"musllinux_1_1_{machine}"), python=cell.python, full=full,
        markers={"platform_machine": machine},
    )  # fmt: skip
    packages = ForeignPackages(maker=context.maker, platform=platform, site=posix_site(cell.python))

    def create(path: Path, wanted: LockedSet, log: Path) -> Environment:
        cpython = musl_cpython(context, cell.python) / "bin" / f"python{cell.python}"
        environment = make_environment(path, home=str(cpython.parent), full=full, launcher=cpython)
        packages.install_locked(environment, wanted, log)
        return environment

    return Runtime(
        how=f"musl {version}",
        full=full,
        identity={name: debian_digest(context.layout, name) for name in (MUSL, ZLIB, source)},
        create=create,
        add_wheel=packages.install_wheel,
    )


def musl_cpython(context: Context, python: str) -> Path:
    """Return the folder with bin/python of a CPython on musl, built where the cache has none: about three minutes.

    Raises:
        BuildError: it cannot be compiled.
        FetchError, IntegrityError: the sources cannot be had, or not with their bytes.
    """
    layout = context.layout
    source = f"cpython-{python}-source"
    toolchain = zig_toolchain(context.maker, TRIPLE)
    loader = debian_tree(layout, MUSL) / LOADER
    sources = [debian_digest(layout, source), debian_digest(layout, ZLIB)]
    inputs = [*sources, str(loader), dict(toolchain.identity), CONFIGURE, FLAGS, PREPROCESSOR_FLAGS]
    key = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:16]

    def make(folder: Path, log: Path) -> None:
        step(f"building CPython {python} against musl (once, some minutes); the log is {log}")
        work = folder / "work"
        zlib = _unpacked(layout, ZLIB, work / "zlib", log)
        _make_zlib(zlib, toolchain, log)
        _make_cpython(_unpacked(layout, source, work / "cpython", log), folder, loader, zlib, toolchain, log)
        remove_tree(work)

    return cached_tree(layout.foreign, f"musl-cpython-{python}-{key}", make)


def _unpacked(layout: Layout, name: str, folder: Path, log: Path) -> Path:
    """Unpack the one archive of a set of sources."""
    (archive,) = debian_files(layout, name, log)
    folder.mkdir(parents=True)
    run(command(["tar", "-xf", archive, "-C", folder, "--strip-components=1"], log=log), f"{archive.name} cannot be unpacked")
    return folder


def _make_zlib(work: Path, toolchain: Toolchain, log: Path) -> None:
    """Leave libz.a in the folder of its source, for a shared library to be linked with."""
    tools = {name: shlex.join([toolchain.compile_c[0], name.lower()]) for name in ("AR", "RANLIB")}
    variables = {**toolchain.environment, **tools, "CC": shlex.join(toolchain.compile_c), "CFLAGS": "-O2 -g0 -fPIC"}
    for words in (["./configure", "--static"], ["make", "libz.a"]):
        run(command(words, log=log, cwd=work, environment=variables), "zlib cannot be built against musl", BuildError)


def _make_cpython(work: Path, prefix: Path, loader: Path, zlib: Path, toolchain: Toolchain, log: Path) -> None:
    compiler = shlex.join([*toolchain.compile_c, *FLAGS, f"-Wl,--dynamic-linker={loader}"])
    preprocessor = shlex.join([*toolchain.compile_c, *PREPROCESSOR_FLAGS])
    archiver = shlex.join([toolchain.compile_c[0], "ar"])
    configure = [
        "./configure", f"--build={TRIPLE}", f"--host={TRIPLE}", f"--prefix={prefix}", *CONFIGURE,
        f"CC={compiler}", f"CPP={preprocessor}", f"AR={archiver}", f"ZLIB_CFLAGS=-I{zlib}", f"ZLIB_LIBS=-L{zlib} -lz",
    ]  # fmt: skip
    for words in (configure, ["make", f"-j{os.cpu_count() or 1}"], ["make", "install"]):
        run(
            command(words, log=log, cwd=work, environment=toolchain.environment),
            "CPython cannot be built against musl",
            BuildError,
        )
