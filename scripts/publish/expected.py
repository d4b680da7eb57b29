"""What a release consists of (wheels.toml: pythons x targets x variants, and the sdist), against what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scripts.core.config import Config, Target
from scripts.core.errors import GateError
from scripts.core.targets import Cell
from scripts.publish.artifact import Artifact
from scripts.publish.gate import SDIST
from scripts.publish.settings import UploadSettings
from scripts.publish.wishes import is_of_type

PLATFORMS = {"macos": "macosx_", "windows": "win"}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The expected set against the found one.

    `missing` maps "variant target" to the CPythons that it lacks; `refused` maps files that did not pass the gate to the
    reason; `twice` names cells with two files.
    """

    missing: Mapping[str, tuple[str, ...]]
    twice: tuple[str, ...]
    refused: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.refused)

    def lines(self) -> list[str]:
        """Return the difference as a person reads a diff: - is missing, ! was refused."""
        return [
            *(f"- {place} {' '.join(pythons)}".rstrip() for place, pythons in self.missing.items()),
            *(f"! {reason}" for reason in self.refused.values()),
        ]


def has_sdist(config: Config, variant: str) -> bool:
    """Tell whether a variant's index has the sdist: what compiles from it is the variant without a library."""
    return not config.variants[variant].library


def expected_cells(config: Config, settings: UploadSettings, variants: Iterable[str], wheel_type: str) -> dict[str, Cell | None]:
    """Return the cells of wheels.toml that these variants and this type of wheel have, by name; None is the sdist's."""
    wanted = tuple(variants)
    cells: dict[str, Cell | None] = {
        cell.name: cell
        for target in config.targets.values()
        if is_of_type(target, wheel_type)
        for variant in wanted
        if variant in target.policies
        for python in config.pythons
        if (target.name, python) not in settings.without
        for cell in (Cell(python=python, target=target, variant=variant),)
    }
    if settings.sdist and wheel_type == "all" and any(has_sdist(config, variant) for variant in wanted):
        cells[SDIST] = None
    return cells


def compare(cells: Mapping[str, Cell | None], found: Iterable[Artifact], refused: Mapping[str, str]) -> Difference:
    """Return the difference between the cells that a release has and the files that passed the gate."""
    names: dict[str, list[str]] = {}
    for artifact in found:
        names.setdefault(artifact.proof.cell, []).append(artifact.name)
    missing: dict[str, tuple[str, ...]] = {}
    for name, cell in cells.items():
        if name not in names:
            place, python = (f"{cell.variant} {cell.target.name}", (cell.python,)) if cell else (SDIST, ())
            missing[place] = (*missing.get(place, ()), *python)
    return Difference(
        missing=missing,
        twice=tuple(f"{cell}: {', '.join(sorted(files))}" for cell, files in names.items() if len(files) > 1),
        refused=refused,
    )


def _fits(platform: str, target: Target) -> bool:
    if target.system in PLATFORMS:
        return platform.startswith(PLATFORMS[target.system]) and platform.endswith(target.machine)
    kind = "musllinux_" if target.libc == "musl" else "manylinux"
    return platform.startswith(kind) and platform.endswith(f"_{target.machine}")


def check_cell(artifact: Artifact, cell: Cell | None) -> None:
    """Check that a wheel's tags and content are those of the cell that its records name.

    Raises:
        GateError: they are another interpreter's, platform's or variant's.
    """
    if cell is None or artifact.tags is None:
        return
    digits = cell.python.rstrip("t").replace(".", "")
    interpreter = f"cp{digits}-cp{digits}{'t' if cell.python.endswith('t') else ''}"
    if artifact.tags.interpreter != interpreter:
        raise GateError(f"{artifact.name} is for {artifact.tags.interpreter}, its records say {cell.name}; it goes nowhere")
    strangers = [platform for platform in artifact.tags.platforms if not _fits(platform, cell.target)]
    if strangers:
        raise GateError(f"{artifact.name} is for {', '.join(strangers)}, its records say {cell.name}; it goes nowhere")
    if (artifact.proof.variant, artifact.proof.target) != (cell.variant, cell.target.name):
        raise GateError(f"the records of {artifact.name} contradict each other about its variant or target; it goes nowhere")


def check_complete(difference: Difference, partial: bool, expected: int, found: int) -> None:
    """Check that nothing is missing, or that it was said that less will do.

    Raises:
        GateError: the set is not whole and `--partial` was not said, or nothing at all is left, or a cell has two wheels.
    """
    if difference.twice:
        raise GateError(f"one cell has two wheels, and nothing says which is meant ({'; '.join(difference.twice)}); delete one")
    if found == 0:
        reasons = "; ".join(difference.refused.values())
        raise GateError(
            f"nothing that was found may go anywhere{f': {reasons}' if reasons else ''}; nox -s build repair test first"
        )
    if difference.is_whole or partial:
        return
    raise GateError(
        f"{found} of {expected} expected files may go, and nothing was sent. What is missing (-) or was refused (!): "
        f"{'; '.join(difference.lines())}. Bring the rest, or say --partial to go on with less"
    )
