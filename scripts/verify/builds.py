"""Building the products of some cells in a copy of the checkout, under a condition."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.copies import copy_of_checkout
from scripts.core.errors import BuildError
from scripts.core.files import sha256_of
from scripts.core.layout import CACHE_VARIABLE, Layout
from scripts.core.record import RECORD, read_record
from scripts.core.run import tail
from scripts.core.runs import RUN_VARIABLE
from scripts.core.targets import Cell
from scripts.verify.conditions import Condition

SECONDS_AT_MOST = 1800


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a condition gave: products by their path below the copy."""

    condition: Condition
    copy: Path
    products: dict[str, Path]

    def digest(self, name: str) -> str:
        """Return a product's sha256, or a word where it is not there."""
        return sha256_of(self.products[name]) if name in self.products else "missing"


def _products(copy: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(copy.glob("wheelhouse/*/numexpr-*")):
        if path.suffix != ".json":
            yield path.relative_to(copy / "wheelhouse").as_posix(), path
    for path in sorted(copy.glob("build/native/*/lib/*")):
        # Libraries of several targets have one name.
        made_for = read_record(path.parents[1] / RECORD).cell
        yield f"vendor/{made_for}/{path.name}", path


def _commands(cells: Sequence[Cell]) -> Iterator[list[str]]:
    for cell in cells:
        for stage in ("build", "repair"):
            yield [stage, "--python", cell.python, "--target", cell.target.name, "--variant", cell.variant]
    yield ["sdist"]


def build_under(condition: Condition, layout: Layout, place: Path, cells: Sequence[Cell]) -> Built:
    """Build the wheels of some cells, the libraries in them and the sdist under a condition.

    Raises:
        BuildError: a stage fails; its last lines are printed.
    """
    copy = copy_of_checkout(layout, place / condition.folder / "checkout")
    kept = {name: value for name, value in os.environ.items() if name != RUN_VARIABLE}
    environment = {**kept, CACHE_VARIABLE: str(layout.cache), **condition.prepare(copy)}
    log = place / f"{condition.folder[:40].strip()}.log"
    # The wrapper sets what subprocess cannot: the processors of the process and of all its children.
    words = ["taskset", "--cpu-list", ",".join(map(str, sorted(condition.processors)))] if condition.processors else []
    for command in _commands(cells):
        with log.open("ab") as output:
            ended = subprocess.run(
                [*words, sys.executable, "-m", "scripts", *command, "--"], cwd=copy, env=environment, umask=condition.umask,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, timeout=SECONDS_AT_MOST,
            )  # fmt: skip
        if ended.returncode:
            print("\n".join(f"< {line}" for line in tail(log)))
            raise BuildError(f"{command[0]} fails under the condition {condition.name!r} (status {ended.returncode})", log=log)
    return Built(condition=condition, copy=copy, products=dict(_products(copy)))
