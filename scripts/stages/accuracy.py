"""accuracy: how exact and how fast the functions of the vector maths library are, at every level of this machine."""

from __future__ import annotations

import argparse
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.accuracy.figures import BOUNDS, accuracy_markdown, beyond, read_errors, read_times, shown, speed_markdown
from scripts.core.context import Context, context_of
from scripts.core.environments import Environment, base_interpreter
from scripts.core.errors import CheckError, CommandError, RequestError, ToolchainError
from scripts.core.files import scratch_folder, write_whole
from scripts.core.layout import Layout
from scripts.core.request import Parser, read_request
from scripts.core.run import command, output_of, run, step
from scripts.core.targets import host_target
from scripts.core.toolchain import zig_target, zig_toolchain
from scripts.stages.vendor import Native, native_library
from scripts.vendor.recipe import SourceRecipe, read_recipe

REQUIREMENTS = "accuracy"
CHART = Path(__file__).parents[1] / "accuracy" / "chart.py"
LIBM = Path(__file__).parents[1] / "accuracy" / "libm.c"
COUNT = 40_000
# Fewer arguments leave some of the sets that they are made of empty.
LEAST_COUNT = 100
FAILURES_SHOWN = 12
# The functions of a vector maths library, below vendor/: by kind and name, and the types of a kind.
FUNCTIONS = "sleef-vml/include/vml_functions.h"
LISTED = re.compile(r"VML_(REAL|COMPLEX)2?\((\w+)\)")
TYPES = {"REAL": ("float64", "float32"), "COMPLEX": ("complex128",)}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where it is measured: the context, an environment with exact arithmetic, the log, and the folder for the results."""

    context: Context
    environment: Environment
    log: Path
    folder: Path

    def measure(self, module: str, *words: object) -> None:
        """Run a module of scripts/accuracy in the environment."""
        argv = [self.environment.python, "-m", f"scripts.accuracy.{module}", *words]
        run(command(argv, log=self.log, cwd=self.context.layout.root), f"scripts/accuracy/{module}.py failed", CommandError)

    def rows_path(self, name: str, only: Sequence[str]) -> Path:
        """Return where the rows of a measurement go: those of some functions alone never take the place of all."""
        return self.folder / f"{name}{'-part' if only else ''}.json"

    def show(self, rows: Path, title: str, lines: Iterable[str]) -> None:
        """Print the table of a file of rows, and leave it and a chart beside them."""
        table = "\n".join(lines)
        write_whole(rows.with_suffix(".md"), table + "\n")
        words = [self.environment.python, "-I", CHART, rows, title, rows.with_suffix(".svg"), rows.with_suffix(".png")]
        variables = {"MPLCONFIGDIR": str(self.context.layout.cache / "matplotlib")}
        run(command(words, log=self.log, environment=variables), "the chart cannot be drawn", ToolchainError)
        print(table)
        step(f"{self.context.layout.shown(self.folder)}/{rows.stem}.json, .md, .svg, .png")


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="nox -s accuracy --", allow_abbrev=False)
    parser.add_argument("--vml", default="", metavar="NAME")
    parser.add_argument("--mode", choices=sorted(BOUNDS), default="high")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--only", nargs="+", default=[], metavar="FUNCTION[:TYPE]")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args(words)
    if options.count < LEAST_COUNT:
        raise RequestError(f"--count {options.count}: it takes {LEAST_COUNT} arguments or more; {COUNT:,} are usual")
    return options


def _variant(context: Context) -> str:
    """Return the variant of this machine that has a vector maths library."""
    target = host_target(context.config)
    for variant in target.policies:
        if context.config.variants[variant].library:
            return variant
    raise RequestError(f"{target.name} has no variant with a vector maths library in wheels.toml")


def _native(context: Context) -> tuple[str, Native]:
    target, variant = host_target(context.config), _variant(context)
    return context.library(target, variant), native_library(context, target, variant)


def _levels(bench: Bench, library: str, native: Native) -> list[str]:
    """Return the levels of a library that run here, or one nameless one where it has none to choose from."""
    recipe = read_recipe(bench.context.layout.vendor, library)
    if not isinstance(recipe, SourceRecipe):
        return [""]
    levels = list(recipe.levels_of(host_target(bench.context.config)))
    said = output_of(
        [bench.environment.python, "-c", "import sys; sys.path[:0] = [sys.argv.pop(1)]; import runpy; "
         "runpy.run_module('scripts.accuracy.levels', run_name='__main__')",
         bench.context.layout.root, native.library, *levels]
    )  # fmt: skip
    found = said.split()
    if missing := [level for level in levels if level not in found]:
        step(f"this processor does not have {', '.join(missing)}: not measured")
    return found


def _check_only(layout: Layout, only: Sequence[str]) -> None:
    """Check that the functions that are to be measured exist; RequestError where one does not."""
    listed = (layout.vendor / FUNCTIONS).read_text(encoding="utf-8")
    known = {(name, dtype) for kind, name in LISTED.findall(listed) for dtype in ("", *TYPES[kind])}
    for one in only:
        name, _, dtype = one.partition(":")
        if (name, dtype) not in known:
            raise RequestError(f"--only {one}: there is no such function; vendor/{FUNCTIONS} lists them, as Exp or Exp:float32")


def _accuracy(bench: Bench, options: argparse.Namespace) -> None:
    library, native = _native(bench.context)
    levels = _levels(bench, library, native)
    step(f"measuring {library} at {', '.join(filter(None, levels)) or 'its own level'}, mode {options.mode}")
    rows_path = bench.rows_path(f"{library}-{options.mode}", options.only)
    only = ["--only", *options.only] if options.only else []
    bench.measure(
        "measure", native.library, "--levels", *levels, "--mode", options.mode, "--count", options.count, *only,
        "--json", rows_path,
    )  # fmt: skip
    rows = read_errors(rows_path)
    title = f"Accuracy of {library}, mode {options.mode}"
    bench.show(rows_path, title, accuracy_markdown(rows, title))
    far = beyond(rows)
    if far:
        more = f"; and {len(far) - FAILURES_SHOWN} more" if len(far) > FAILURES_SHOWN else ""
        raise CheckError(
            f"{library} is not within {BOUNDS[options.mode]} ULP in mode {options.mode}: "
            f"{'; '.join(shown(row) for row in far[:FAILURES_SHOWN])}{more}. vendor/{library} has the functions; "
            f"the log is {bench.log}",
            log=bench.log,
        )


def _libm(bench: Bench, native: Native, scratch: Path) -> Path:
    """Compile libm's functions under the names of the vector maths library, as the plain build calls them."""
    target = host_target(bench.context.config)
    toolchain = zig_toolchain(bench.context.maker, zig_target(target, bench.context.config.policy(target, "plain")))
    place = scratch / f"libm{native.library.suffix}"
    words = [*toolchain.compile_c, "-O3", "-fPIC", "-shared", f"-I{native.include}", LIBM, "-lm", "-o", place]
    run(command(words, log=bench.log, environment=toolchain.environment), "libm's functions do not compile", ToolchainError)
    return place


def _speed(bench: Bench, options: argparse.Namespace) -> None:
    """Measure every library that exists for this machine, libm and numpy, in one run."""
    context = bench.context
    variant, target = _variant(context), host_target(context.config)
    words: list[str] = []
    ours: Native | None = None
    for folder in sorted(context.layout.vendor.glob(f"*-{variant}")):
        name = folder.name.removesuffix(f"-{variant}")
        recipe = read_recipe(context.layout.vendor, folder.name)
        if not isinstance(recipe, SourceRecipe) and target.name not in recipe.targets:
            continue
        native = native_library(replace(context, request=replace(context.request, vml=name)), target, variant)
        levels = _levels(bench, folder.name, native)
        words += [f"{name}{f' {level}' if level else ''}={native.library}{f':{level}' if level else ''}" for level in levels]
        ours = native if isinstance(recipe, SourceRecipe) else ours
    with scratch_folder(context.layout.work / "accuracy-libm") as scratch:
        if ours is not None:
            words.append(f"libm={_libm(bench, ours, scratch)}")
        rows_path = bench.rows_path("speed", options.only)
        only = ["--only", *options.only] if options.only else []
        bench.measure("measure_speed", *words, "--json", rows_path, *only)
    title = f"Vector maths functions on {platform.machine()}, by library"
    bench.show(rows_path, title, speed_markdown(read_times(rows_path), title))


def accuracy(layout: Layout, words: Sequence[str]) -> None:
    """Measure the library of this machine's vml variant, or of `-- --vml NAME`; `-- --speed` times all libraries.

    Raises:
        RequestError: this machine has no such library.
        CheckError: a function is further from the exact result than its mode promises.
    """
    options = _options(words)
    _check_only(layout, options.only)
    context = context_of(layout, read_request(["--vml", options.vml] if options.vml else []))
    log = context.log("accuracy")
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = context.maker.cached(REQUIREMENTS, base_interpreter(), f"CPython {platform.python_version()}, to measure")
    folder = layout.build / "accuracy"
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(context=context, environment=environment, log=log, folder=folder)
    if options.speed:
        _speed(bench, options)
    else:
        _accuracy(bench, options)
