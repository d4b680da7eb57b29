"""vendor: the native library of a variant, one small shared library with exactly what numexpr calls."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Target
from scripts.core.context import Context, Made, up_to_date
from scripts.core.errors import IntegrityError, VendorError
from scripts.core.files import fresh_folder, locked, publish_folder, remove_tree, sha256_of
from scripts.core.record import PASSED, Input, Plan, intact, recipe, write_record
from scripts.core.run import command, run, step
from scripts.core.toolchain import Toolchain, zig_toolchain
from scripts.stages.checkout import Source, patched
from scripts.vendor.recipe import Recipe, RecipeInput, RecipeTarget, read_recipe
from scripts.vendor.symbols import called_names, symbols_of

RECORD = "record.json"
RECIPE = ("stages/vendor.py", "vendor/mkl.py", "vendor/symbols.py")


@dataclass(frozen=True, kw_only=True)
class Native:
    """A native library that is ready to link: its key, headers, the shared library, and the licence texts to ship."""

    key: str
    include: Path
    library: Path
    licences: Path

    @property
    def link_name(self) -> str:
        """The name for the linker's -l."""
        return self.library.stem.removeprefix("lib")


@dataclass(frozen=True, kw_only=True)
class _Job:
    recipe: Recipe
    parts: RecipeTarget
    source: Source
    toolchain: Toolchain
    plan: Plan


def _plan(context: Context, target: Target, made_by: Recipe, source: Source, toolchain: Toolchain) -> Plan:
    parts = made_by.target(target.name)
    return Plan(
        stage="vendor",
        cell=f"{made_by.path.parent.name}-{target.name}",
        asked={"library": made_by.path.parent.name, "target": target.name},
        settings={"toolchain": dict(toolchain.identity), "functions": list(called_names(source.tree))},
        inputs=(
            *(Input(name=one.filename, digest=one.sha256) for one in parts.inputs),
            Input(name=f"vendor/{made_by.path.parent.name}/recipe.toml", digest=sha256_of(made_by.path)),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _taken_out(archive: zipfile.ZipFile, member: str, place: Path) -> Path:
    """Copy one member to `place`; its name is the recipe's, so nothing in the archive decides where it goes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as inside, place.open("wb") as outside:
        shutil.copyfileobj(inside, outside, 1 << 20)
    return place


def _unpack(path: Path, one: RecipeInput, scratch: Path) -> list[Path]:
    """Take the recipe's members out of a file that was checked, and return the static archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in one.headers:
                _taken_out(archive, member, scratch / "product" / "include" / Path(member).name)
            for member in one.licences:
                _taken_out(archive, member, scratch / "product" / "licences" / f"{one.name}-{Path(member).name}")
            return [_taken_out(archive, member, scratch / Path(member).name) for member in one.archives]
    except KeyError as error:
        raise VendorError(f"{one.filename} lacks {error.args[0]}; the recipe and the pinned version do not agree") from error
    except zipfile.BadZipFile as error:
        raise IntegrityError(f"{path} is damaged ({error}); delete it and run the same command again") from error


def _link(job: _Job, archives: Sequence[Path], scratch: Path, log: Path) -> Mapping[str, str]:
    # Slow to import (pyelftools), and a library that is there does not need it.
    from scripts.vendor.mkl import check_exports, check_needs, link_arguments, version_script

    product = scratch / "product"
    symbols = symbols_of(job.source.tree, product / "include")
    script = scratch / "exports"
    script.write_text(version_script(symbols), encoding="utf-8")
    library = product / "lib" / job.recipe.file
    library.parent.mkdir()
    words = link_arguments(
        symbols=symbols,
        # Relative, so that no path of this machine can get into the library.
        archives=[Path(path.name) for path in archives],
        script=Path(script.name),
        soname=job.recipe.soname,
        output=library.relative_to(scratch),
        options=job.recipe.options,
        libraries=job.recipe.libraries,
    )
    run(
        command([*job.toolchain.compile_c, *words], log=log, cwd=scratch, environment=job.toolchain.environment),
        f"{job.recipe.file} cannot be linked",
        VendorError,
    )
    check_exports(library, symbols)
    check_needs(library, allowed=job.recipe.needed, glibc=job.recipe.highest_glibc)
    files = sorted(path for path in product.rglob("*") if path.is_file())
    return {path.relative_to(product).as_posix(): sha256_of(path) for path in files}


def _make(context: Context, job: _Job, scratch: Path, log: Path) -> Made:
    from scripts.core.index import fetch_file

    store = context.layout.packages
    archives: list[Path] = []
    for one in job.parts.inputs:
        path = fetch_file(context.maker.python, one.name, one.filename, store, sha256=one.sha256)
        archives += _unpack(path, one, scratch)
    subject = _link(job, archives, scratch, log)
    size = (scratch / "product" / "lib" / job.recipe.file).stat().st_size
    return Made(subject=subject, status=PASSED, facts={"bytes": size})


def native_library(context: Context, target: Target, variant: str) -> Native:
    """Return the native library that a variant of a target is linked against, made where it is not there yet.

    Raises:
        RequestError: the library does not exist for this target.
        FetchError, IntegrityError: an input cannot be had, or not with the bytes that the recipe pins.
        VendorError: it cannot be linked, or is not what it should be.
    """
    library = context.config.variants[variant].library
    made_by = read_recipe(context.layout.vendor, library)
    parts = made_by.target(target.name)
    source = patched(context, target, variant)
    toolchain = zig_toolchain(context.maker, parts.compile)
    plan = _plan(context, target, made_by, source, toolchain)
    job = _Job(recipe=made_by, parts=parts, source=source, toolchain=toolchain, plan=plan)
    folder = context.layout.native / plan.key[:16]
    with locked(context.layout.locks, f"native-{plan.key[:16]}"):
        record = intact(folder / RECORD, plan.key, folder)
        if record is not None:
            context.keep(plan, record)
        else:
            step(f"making {made_by.file} for {target.name}")
            log = context.log(f"vendor-{plan.cell}")
            scratch = fresh_folder(context.layout.work / f"native-{plan.key[:16]}")
            try:
                record = context.recorded(plan, log, lambda: _make(context, job, scratch, log))
                write_record(scratch / "product" / RECORD, record.statement)
                publish_folder(scratch / "product", folder)
            finally:
                remove_tree(scratch)
            step(f"{made_by.file}, {record.outcome.facts['bytes']:,} bytes, {record.outcome.seconds:.1f} s")
    return Native(key=plan.key, include=folder / "include", library=folder / "lib" / made_by.file, licences=folder / "licences")


def vendor(context: Context, target: Target) -> None:
    """Make the native libraries of all variants of a target."""
    for variant in target.policies:
        if context.config.variants[variant].library:
            native = native_library(context, target, variant)
            up_to_date(f"{native.library.name} for {target.name}, in {context.layout.shown(native.library.parent)}")
