"""A native library that is linked out of static archives of the package index."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.errors import IntegrityError, VendorError
from scripts.core.record import Input
from scripts.core.run import command, run
from scripts.core.toolchain import Toolchain, zig_toolchain
from scripts.vendor.order import Order
from scripts.vendor.recipe import ArchiveRecipe, RecipeInput
from scripts.vendor.symbols import symbols_of

MODULES = ("vendor/archives.py", "vendor/mkl.py")


@dataclass(frozen=True, kw_only=True)
class FromArchives:
    """How the library of an ArchiveRecipe is made; see scripts/vendor/order.py."""

    recipe: ArchiveRecipe
    order: Order

    @property
    def toolchain(self) -> Toolchain:
        return zig_toolchain(self.order.context.maker, self.recipe.target(self.order.target).compile)

    def settings(self) -> dict[str, Any]:
        return {}

    def inputs(self) -> tuple[Input, ...]:
        return tuple(Input(name=one.filename, digest=one.sha256) for one in self.recipe.target(self.order.target).inputs)

    def make(self, scratch: Path, log: Path) -> None:
        from scripts.core.index import fetch_file

        context = self.order.context
        archives: list[Path] = []
        for one in self.recipe.target(self.order.target).inputs:
            path = fetch_file(context.maker.python, one.name, one.filename, context.layout.packages, sha256=one.sha256)
            archives += _unpack(path, one, scratch)
        self._link(archives, scratch, log)

    def _link(self, archives: Sequence[Path], scratch: Path, log: Path) -> None:
        from scripts.vendor.mkl import link_arguments, version_script

        product, toolchain = scratch / "product", self.toolchain
        symbols = symbols_of(self.order.numexpr, product / "include")
        script = scratch / "exports"
        script.write_text(version_script(symbols), encoding="utf-8")
        file = self.recipe.about.file(self.order.target)
        library = product / "lib" / file
        library.parent.mkdir()
        words = link_arguments(
            symbols=symbols,
            # Relative, so that no path of this machine can get into the library.
            archives=[Path(path.name) for path in archives],
            script=Path(script.name),
            soname=file,
            output=library.relative_to(scratch),
            options=self.recipe.options,
            libraries=self.recipe.libraries,
        )
        run(
            command([*toolchain.compile_c, *words], log=log, cwd=scratch, environment=toolchain.environment),
            f"{file} cannot be linked",
            VendorError,
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
