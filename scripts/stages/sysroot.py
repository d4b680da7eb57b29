"""sysroot: the headers that compiling for another platform takes, in the cache: Python's, numpy's, Windows' import library."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from scripts.core.config import Target
from scripts.core.context import Context, Made, context_of, up_to_date
from scripts.core.errors import IntegrityError, ToolchainError
from scripts.core.files import copy_whole, locked, remove_tree, scratch_folder, sha256_of
from scripts.core.interpreters import tag_of
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.platforms import import_library, is_as_good, python_names
from scripts.core.record import PASSED, RECORD, Input, Plan, intact, publish_product, recipe
from scripts.core.request import Request
from scripts.core.run import command, run, step
from scripts.core.targets import is_host
from scripts.core.toolchain import zig_toolchain
from scripts.core.wheel import opened
from scripts.foreign.trees import debian_digest, debian_tree
from scripts.sysroot.sources import PackagedHeaders, PythonSource, headers_source, pythons_with_headers
from scripts.sysroot.unpack import python_archive, take_folder

PYCONFIG = "pyconfig.h"
RECIPE = ("stages/sysroot.py", "sysroot/sources.py", "sysroot/unpack.py", "sysroot/import_library.py", "core/platforms.py")
PYTHON_INCLUDE, NUMPY_INCLUDE, LIBRARIES = "python", "numpy", "libs"
# Where numpy keeps its headers, in numpy 2.
NUMPY_HEADERS = "numpy/_core/include"
FREE_THREADED = "\n#define Py_GIL_DISABLED 1\n"

Source = PythonSource | PackagedHeaders


@dataclass(frozen=True, kw_only=True)
class Sysroot:
    """Headers of a target's Python and numpy; `libraries` has Windows' import library and is None elsewhere."""

    key: str
    version: str
    python: Path
    numpy: Path
    libraries: Path | None


def _fits(name: str, version: str, target: Target, python: str) -> bool:
    """Tell whether a file of numpy's is the wheel that a target and CPython would install."""
    policy = next(iter(target.policies.values()))
    try:
        _, found, _, tags = parse_wheel_filename(name)
    except InvalidWheelFilename:
        return False
    right_python = {f"{tag.interpreter}-{tag.abi}" for tag in tags} == {tag_of(python)}
    return str(found) == version and right_python and any(is_as_good(tag.platform, policy) for tag in tags)


def _numpy_wheel(context: Context, target: Target, python: str) -> Path:
    from scripts.core.index import fetch_one_of  # network modules are slow to import

    version, allowed = read_locked_set(context.layout.requirements, "build").pin("numpy", python)
    return fetch_one_of(
        context.maker.python, "numpy", lambda name: _fits(name, version, target, python), context.layout.packages,
        allowed=allowed, what=f"numpy {version} for {target.name} and CPython {python}",
    )  # fmt: skip


def _source_input(context: Context, source: Source) -> Input:
    if isinstance(source, PythonSource):
        return Input(name=source.filename, digest=source.sha256)
    return Input(name=f"sysroots/{source.debian_set}.sha256", digest=debian_digest(context.layout, source.debian_set))


def _plan(context: Context, target: Target, python: str, source: Source, numpy: Path) -> Plan:
    return Plan(
        stage="sysroot",
        cell=f"{tag_of(python).partition('-')[2]}-{target.name}",
        asked={"target": target.name, "python": python},
        settings={"system": target.system, "machine": target.machine, "python": source.version},
        inputs=(
            _source_input(context, source),
            Input(name=numpy.name, digest=sha256_of(numpy)),
            Input(name=f"sysroots/{PYCONFIG}", digest=sha256_of(context.layout.sysroots / PYCONFIG)),
            Input(name="requirements/zig.txt", digest=read_locked_set(context.layout.requirements, "zig").digest),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _python_headers(context: Context, target: Target, python: str, source: Source, scratch: Path) -> None:
    if isinstance(source, PythonSource):
        _from_archive(context, target, source, scratch)
    else:
        shutil.copytree(debian_tree(context.layout, source.debian_set) / source.include, scratch / PYTHON_INCLUDE)
    config = scratch / PYTHON_INCLUDE / PYCONFIG
    if target.system != "windows":
        copy_whole(context.layout.sysroots / PYCONFIG, config)
    if python.endswith("t"):
        config.write_text(config.read_text(encoding="utf-8") + FREE_THREADED, encoding="utf-8")


def _from_archive(context: Context, target: Target, source: PythonSource, scratch: Path) -> None:
    from scripts.core.index import fetch_file

    path = fetch_file(context.maker.python, source.project, source.filename, context.layout.packages, sha256=source.sha256)
    with python_archive(path, source) as archive:
        found = take_folder(archive, f"{source.folder}/include", scratch / PYTHON_INCLUDE)
        if target.system == "windows":
            take_folder(archive, f"{source.folder}/libs", scratch / "theirs")
    if not found:
        raise IntegrityError(f"{source.filename} holds no headers in {source.folder}/include; sysroots/sources.toml is not right")


def _import_library(context: Context, target: Target, name: str, scratch: Path, log: Path) -> None:
    """Write the import library of a Windows target from the names in the one that came with the headers."""
    from scripts.sysroot.import_library import definition, dlltool_words, symbols_of

    toolchain = zig_toolchain(context.maker, target.zig)
    listed = scratch / f"{name}.def"
    dll = f"{name}.dll"
    listed.write_text(definition(dll, symbols_of(scratch / "theirs" / f"{name}.lib")), encoding="utf-8")
    (scratch / LIBRARIES).mkdir()
    words = dlltool_words(target.machine, Path(listed.name), dll, Path(LIBRARIES, f"{name}.lib"))
    run(
        command([toolchain.compile_c[0], "dlltool", *words], log=log, cwd=scratch, environment=toolchain.environment),
        f"the import library of {dll} cannot be made for {target.name}",
        ToolchainError,
    )
    remove_tree(scratch / "theirs")
    listed.unlink()


def _make(context: Context, target: Target, python: str, source: Source, numpy: Path, scratch: Path, log: Path) -> Made:
    _python_headers(context, target, python, source, scratch)
    if target.system == "windows":
        names = python_names(target, python, target.policies["plain"])
        _import_library(context, target, import_library(names), scratch, log)
    with opened(numpy) as archive:
        if not take_folder(archive, NUMPY_HEADERS, scratch / NUMPY_INCLUDE):
            raise IntegrityError(f"{numpy.name} holds no headers in {NUMPY_HEADERS}; this repository knows numpy 2")
    files = sorted(path for path in scratch.rglob("*") if path.is_file())
    subject = {path.relative_to(scratch).as_posix(): sha256_of(path) for path in files}
    return Made(subject=subject, status=PASSED, facts={"python": source.version, "numpy": numpy.name, "files": len(files)})


def headers_of(context: Context, target: Target, python: str) -> Sysroot:
    """Return the sysroot of a target for a CPython, unpacked into the cache where it is not there yet.

    Raises:
        InterpreterError: no source of headers is known for that CPython.
        FetchError, IntegrityError: an input cannot be had, or not with the bytes that the lock names.
        ToolchainError: Windows' import library cannot be written.
    """
    source = headers_source(context.layout.sysroots, python, target.system)
    numpy = _numpy_wheel(context, target, python)
    plan = _plan(context, target, python, source, numpy)
    folder = context.layout.unpacked_sysroots / f"{plan.cell}-{plan.key[:16]}"
    with locked(context.layout.unpacked_sysroots, folder.name):
        record = intact(folder / RECORD, plan.key, folder)
        if record is not None:
            context.keep(plan, record)
        else:
            step(f"unpacking the headers of CPython {source.version} for {target.name}")
            log = context.log(f"sysroot-{plan.cell}")
            with scratch_folder(folder.with_name(f".{folder.name}.part")) as scratch:
                record = context.recorded(plan, log, lambda: _make(context, target, python, source, numpy, scratch, log))
                publish_product(scratch, record, folder)
    return Sysroot(
        key=plan.key,
        version=source.version,
        python=folder / PYTHON_INCLUDE,
        numpy=folder / NUMPY_INCLUDE,
        libraries=folder / LIBRARIES if target.system == "windows" else None,
    )


def sysroot(layout: Layout, words: Sequence[str]) -> None:
    """Unpack the headers of the targets that are named, or of all but this machine's own, for every CPython that has a source.

    Raises:
        RequestError: a word is no target.
        and what `headers_of` raises.
    """
    context = context_of(layout, Request())
    targets = [context.config.target(word) for word in words]
    for target in targets or [one for one in context.config.targets.values() if not is_host(one)]:
        for python in pythons_with_headers(layout.sysroots, target.system):
            found = headers_of(context, target, python)
            up_to_date(f"headers of CPython {found.version} for {target.name}, in {layout.shown(found.python.parent)}")
