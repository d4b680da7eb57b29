"""vendor: the native library of a variant, one small shared library with exactly what numexpr calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Target
from scripts.core.context import Context, Made
from scripts.core.files import locked, scratch_folder, sha256_of
from scripts.core.record import PASSED, RECORD, Input, Plan, intact, publish_product, recipe
from scripts.core.run import step
from scripts.stages.checkout import patched
from scripts.vendor import archives, from_source
from scripts.vendor.order import Order, Way
from scripts.vendor.recipe import ArchiveRecipe, Recipe, read_recipe
from scripts.vendor.symbols import called_names, symbols_of

MODULES = ("stages/vendor.py", "vendor/symbols.py", "vendor/exports.py")


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


def _way(recipe_of_it: Recipe, order: Order) -> tuple[Way, tuple[str, ...]]:
    """Return how a library is made, and the modules that can change its bytes."""
    if isinstance(recipe_of_it, ArchiveRecipe):
        return archives.FromArchives(recipe=recipe_of_it, order=order), archives.MODULES
    return from_source.FromSource(recipe=recipe_of_it, order=order), from_source.MODULES


def _plan(order: Order, made_by: Recipe, way: Way, modules: tuple[str, ...]) -> Plan:
    library = made_by.about.library
    return Plan(
        stage="vendor",
        cell=f"{library}-{order.target.name}",
        asked={"library": library, "target": order.target.name},
        settings={
            "toolchain": dict(way.toolchain.identity),
            "functions": list(called_names(order.numexpr)),
            **way.settings(),
        },
        inputs=(
            *way.inputs(),
            Input(name=f"vendor/{library}/recipe.toml", digest=sha256_of(made_by.about.path)),
            recipe(order.context.layout.root / "scripts", (*MODULES, *modules)),
        ),
    )


def _make(order: Order, made_by: Recipe, way: Way, scratch: Path, log: Path) -> Made:
    # Slow to import, and a library that is there does not need it.
    from scripts.vendor.exports import check_library

    product = scratch / "product"
    way.make(scratch, log)
    library = product / "lib" / made_by.about.file(order.target)
    check_library(library, symbols_of(order.numexpr, product / "include"), made_by.about, order.target.system)
    return Made(subject=_digests(product), status=PASSED, facts={"bytes": library.stat().st_size})


def _digests(product: Path) -> Mapping[str, str]:
    files = sorted(path for path in product.rglob("*") if path.is_file())
    return {path.relative_to(product).as_posix(): sha256_of(path) for path in files}


def native_library(context: Context, target: Target, variant: str) -> Native:
    """Return the native library that a variant of a target is linked against, made where it is not there yet.

    Raises:
        RequestError: the library does not exist for this target.
        FetchError, IntegrityError: an input cannot be had, or not with the bytes that the recipe pins.
        VendorError: it cannot be made, or is not what it should be.
    """
    made_by = read_recipe(context.layout.vendor, context.library(target, variant))
    policy = context.config.policy(target, variant)
    order = Order(context=context, target=target, policy=policy, numexpr=patched(context, target, variant).tree)
    way, modules = _way(made_by, order)
    plan = _plan(order, made_by, way, modules)
    file = made_by.about.file(target)
    folder = context.layout.native / plan.key[:16]
    with locked(context.layout.locks, f"native-{plan.key[:16]}"):
        record = intact(folder / RECORD, plan.key, folder)
        if record is not None:
            context.keep(plan, record)
        else:
            step(f"making {file} ({made_by.about.library}) for {target.name}")
            log = context.log(f"vendor-{plan.cell}")
            with scratch_folder(context.layout.work / f"native-{plan.key[:16]}") as scratch:
                record = context.recorded(plan, log, lambda: _make(order, made_by, way, scratch, log))
                publish_product(scratch / "product", record, folder)
            step(f"{file}, {record.outcome.facts['bytes']:,} bytes, {record.outcome.seconds:.1f} s")
    return Native(key=plan.key, include=folder / "include", library=folder / "lib" / file, licences=folder / "licences")


def vendor(context: Context, target: Target) -> None:
    """Make the native libraries of all variants of a target, and say where they lie."""
    variants = [variant for variant in target.policies if context.config.variants[variant].library]
    for variant in variants:
        native = native_library(context, target, variant)
        name = f"{native.library.name} ({context.library(target, variant)})"
        step(f"{name} for {target.name} is in {context.layout.shown(native.library.parent)}")
    if not variants:
        step(f"no variant of {target.name} needs a native library")
