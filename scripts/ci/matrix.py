"""The matrix of GitHub Actions out of wheels.toml: a row for each cell that can be built and tested, a reason for the others.

Whatever a workflow would have to decide is decided here; a row holds texts that YAML only hands on. An empty text is
false to GitHub, so a step's `if: matrix.setup_python` needs no operator.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from scripts.ci.settings import CiSettings
from scripts.core.asked import cell_id
from scripts.core.config import Config, Target
from scripts.core.errors import RequestError
from scripts.core.summary import aligned
from scripts.core.targets import Cell

# What nox itself runs on: the cell's own CPython may be too new for the tools.
NOX_PYTHON = "3.13"
# Of a line for people, in characters.
WIDTH = 120


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the matrix. The names are those that the workflow uses.

    `build`, `repair` and `test` are nox sessions, called as they are on the runner of their job. What begins with `build_` is
    for the first job, what begins with `test_` for the one that repairs and tests: `setup_python` is for actions/setup-python,
    whose last line becomes `python`; a container brings its own CPythons, `nox_python` is the one that nox runs on.
    """

    cell: str
    python: str
    target: str
    variant: str
    build: str
    repair: str
    test: str
    build_runner: str
    build_container: str
    build_setup_python: str
    build_nox_python: str
    test_runner: str
    test_container: str
    test_setup_python: str
    test_nox_python: str


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The rows, and for what is not among them the reason, by cell."""

    rows: tuple[Row, ...]
    left_out: Mapping[str, str]

    def to_json(self) -> str:
        """Return what `strategy.matrix` takes."""
        return json.dumps({"include": [asdict(row) for row in self.rows]}, separators=(",", ":"))


def cells_of(text: str) -> tuple[str, ...]:
    """Return the names of the cells in a matrix that `to_json` wrote; RequestError for anything else."""
    try:
        return tuple(str(row["cell"]) for row in json.loads(text)["include"])
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(f"that is no matrix of nox -s matrix ({error!r}); hand on what that session printed") from error


def session_name(stage: str, cell: Cell, *, own: bool) -> str:
    """Return the nox session of a cell, as `nox -l` shows it; `own` on a machine of the cell's own target."""
    return f"{stage}-{cell.python}({cell_id(cell.variant, '' if own else cell.target.name)})"


def _every_cell(config: Config) -> Iterator[Cell]:
    for target in config.targets.values():
        for variant in config.variants:
            for python in config.pythons:
                yield Cell(python=python, target=target, variant=variant)


def _no_place(settings: CiSettings, target: Target) -> str:
    """Return why GitHub has no machine that can build and test a target; empty if it has."""
    if not settings.runner(target):
        return f"GitHub has no runner for {target.system} {target.machine}; name one in ci.runners of wheels.toml"
    if target.libc == "musl" and not settings.container(target):
        return f"no container has musl for {target.machine}; name one in ci.musl-containers of wheels.toml"
    return ""


def _is_built_there(settings: CiSettings, cell: Cell) -> bool:
    """Tell whether the builder compiles a cell: its target is in ci.built-there, and there are headers of its CPython."""
    if cell.target.name not in settings.built_there:
        return False
    return _is_own_of_builder(settings, cell.target) or cell.python in settings.pythons_with_headers


def _is_own_of_builder(settings: CiSettings, target: Target) -> bool:
    return settings.runner(target) == settings.builder and target.libc != "musl"


def reason_against(config: Config, settings: CiSettings, cell: Cell) -> str:
    """Return why a cell cannot be in the matrix; empty if it can."""
    if cell.variant not in cell.target.policies:
        return f"the library of its variant ({config.variants[cell.variant].library or 'none'}) does not exist for its target"
    impossible = settings.without.get((cell.target.name, cell.python), "") or _no_place(settings, cell.target)
    if impossible or _is_built_there(settings, cell) or (cell.target.system == "linux" and cell.target.zig):
        return impossible
    if cell.target.name in settings.built_there:
        return (
            f"sysroots/sources.toml has no headers of CPython {cell.python}, and {cell.target.system} has no zig of its own here"
        )
    return "there is no compiler for its target yet (it is not in ci.built-there, and only Linux targets bring their own)"


def _row(settings: CiSettings, cell: Cell) -> Row:
    runner, container = settings.runner(cell.target), settings.container(cell.target)
    there = _is_built_there(settings, cell)
    build_container = "" if there else container
    return Row(
        cell=cell.name,
        python=cell.python,
        target=cell.target.name,
        variant=cell.variant,
        build=session_name("build", cell, own=not there or _is_own_of_builder(settings, cell.target)),
        repair=session_name("repair", cell, own=True),
        test=session_name("test", cell, own=True),
        build_runner=settings.builder if there else runner,
        build_container=build_container,
        build_setup_python=_setup_python(cell, build_container),
        build_nox_python=_nox_python(build_container),
        test_runner=runner,
        test_container=container,
        test_setup_python=_setup_python(cell, container),
        test_nox_python=_nox_python(container),
    )


def _setup_python(cell: Cell, container: str) -> str:
    if container:
        return ""
    return "\n".join([cell.python, NOX_PYTHON] if cell.python != NOX_PYTHON else [NOX_PYTHON])


def _nox_python(container: str) -> str:
    digits = NOX_PYTHON.replace(".", "")
    return f"/opt/python/cp{digits}-cp{digits}/bin/python" if container else "python"


def _kinds(config: Config, words: Iterable[str]) -> list[set[str]]:
    """Return the words sorted by what they name; RequestError for one that names nothing."""
    cells = {cell.name for cell in _every_cell(config)}
    names = (set(config.pythons), set(config.targets), set(config.variants), cells)
    wanted = list(words)
    for word in wanted:
        if not any(word in some for some in names):
            raise RequestError(
                f"{word!r} is no python, target, variant or cell; wheels.toml has {', '.join(config.pythons)}; "
                f"{', '.join(config.targets)}; {', '.join(config.variants)}"
            )
    return [{word for word in wanted if word in some} for some in names]


def matrix_of(config: Config, settings: CiSettings, words: Sequence[str] = ()) -> Matrix:
    """Return the matrix of the cells that `words` name: pythons, targets, variants or cells, all of them without words.

    Raises:
        RequestError: a word names nothing, or no cell is left.
    """
    kinds = _kinds(config, words)
    rows, left_out = [], {}
    for cell in _every_cell(config):
        named = (cell.python, cell.target.name, cell.variant, cell.name)
        if any(wanted and name not in wanted for wanted, name in zip(kinds, named, strict=True)):
            continue
        reason = reason_against(config, settings, cell)
        if reason:
            left_out[cell.name] = reason
        else:
            rows.append(_row(settings, cell))
    if not rows:
        reasons = "; ".join(dict.fromkeys(left_out.values())) or "the words contradict each other"
        raise RequestError(f"no cell is left of {' '.join(words) or 'wheels.toml'}: {reasons}")
    return Matrix(rows=tuple(rows), left_out=left_out)


def _runners(row: Row) -> str:
    """Return where a row is built, then where it is repaired and tested if that is another machine."""
    pairs = ((row.build_runner, row.build_container), (row.test_runner, row.test_container))
    return ", then ".join(dict.fromkeys(runner + (f" in {image}" if image else "") for runner, image in pairs))


def shown(matrix: Matrix) -> list[str]:
    """Return the matrix as lines for a terminal: each cell with its runners and sessions, then what is left out and why."""
    cells = [(row.cell, _runners(row), f"{row.build}, repair, test") for row in matrix.rows]
    reasons = [textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in explained(matrix.left_out)]
    return [*aligned((("cell", "runner", "sessions"), *cells)), "", *reasons]


def explained(left_out: Mapping[str, str]) -> list[str]:
    """Return a line for each reason, with the cells that it keeps out."""
    by_reason: dict[str, list[str]] = {}
    for cell, reason in left_out.items():
        by_reason.setdefault(reason, []).append(cell)
    return [f"left out, because {reason}: {', '.join(cells)}" for reason, cells in by_reason.items()]
