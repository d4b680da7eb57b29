"""How fast the wheels of the wheelhouse are against another wheel of numexpr, and whether that can be concluded."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from scripts.bench.expressions import ELEMENTS, EXPRESSIONS, Expression
from scripts.bench.opponent import Opponent
from scripts.bench.own import OwnScript, run_own
from scripts.bench.rounds import Key, Line, Samples, measure
from scripts.bench.statistics import Interval, mean_over, median_of
from scripts.bench.workers import Worker
from scripts.core.environments import Environment
from scripts.core.errors import CheckError, RequestError
from scripts.core.files import fresh_folder, sha256_of
from scripts.core.run import LEVEL_VARIABLE, step

SCHEMA = 1
MOST_CONTROL = 0.03
PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One expression with one number of threads: our speed over theirs, and their time for one element."""

    kind: str
    name: str
    text: str
    variant: str
    threads: int
    ratio: Interval
    control: float
    nanoseconds: float

    @property
    def sure(self) -> bool:
        """Tell whether the other wheel agreed with itself here."""
        return abs(self.control - 1) <= MOST_CONTROL


@dataclass(frozen=True, kw_only=True)
class Mean:
    """The geometric mean over all expressions, or over those of one kind."""

    variant: str
    threads: int
    kind: str = ""
    ratio: Interval
    control: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """An expression whose bits are not theirs: how many elements differ, and the largest relative difference."""

    variant: str
    name: str
    text: str
    differ: int
    relative: float | None


@dataclass(frozen=True, kw_only=True)
class Speed:
    """All of one comparison."""

    wheels: Mapping[str, Path]
    opponent: Opponent
    machine: Mapping[str, Any]
    rounds: int
    rows: tuple[Row, ...]
    means: tuple[Mean, ...]
    differences: tuple[Difference, ...]
    own: tuple[OwnScript, ...]

    @property
    def overall(self) -> tuple[Mean, ...]:
        """The means over all expressions, one for each variant and number of threads."""
        return tuple(mean for mean in self.means if not mean.kind)

    def kinds(self, overall: Mean) -> tuple[Mean, ...]:
        """Return the means over the kinds of expressions that an overall mean is made of."""
        place = (overall.variant, overall.threads)
        return tuple(mean for mean in self.means if mean.kind and (mean.variant, mean.threads) == place)

    def facts(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "schema": SCHEMA,
            "wheels": {variant: {"name": path.name, "sha256": sha256_of(path)} for variant, path in self.wheels.items()},
            "opponent": {
                "name": self.opponent.path.name, "version": self.opponent.version,
                "sha256": self.opponent.sha256, "origin": self.opponent.origin,
            },
            "machine": dict(self.machine),
            "elements": ELEMENTS,
            "rounds": self.rounds,
            "means": [asdict(mean) for mean in self.means],
            "expressions": [asdict(row) for row in self.rows],
            "differences": [asdict(one) for one in self.differences],
            "own": [asdict(one) for one in self.own],
        }  # fmt: skip


def processor() -> str:
    """Return the processor's name, as well as this system tells it."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def row_of(key: Key, samples: Samples) -> Row:
    """Return the row of one series of rounds."""
    place = (key.expression.name, key.threads)
    return Row(
        kind=key.expression.kind,
        name=key.expression.name,
        text=key.expression.text,
        variant=key.variant,
        threads=key.threads,
        ratio=median_of(samples.ratios[key]),
        control=median(samples.control[place]),
        nanoseconds=median(samples.seconds[place]) * 1e9 / ELEMENTS,
    )


def means_of(samples: Samples) -> tuple[Mean, ...]:
    """Return the geometric means by variant and number of threads, over all expressions and over each kind of them."""
    groups: dict[tuple[str, int, str], dict[str, list[float]]] = {}
    for key, ratios in samples.ratios.items():
        for kind in ("", key.expression.kind):
            groups.setdefault((key.variant, key.threads, kind), {})[key.expression.name] = ratios
    found = []
    for (variant, threads, kind), rounds in groups.items():
        control = mean_over({name: samples.control[name, threads] for name in rounds})
        found.append(Mean(variant=variant, threads=threads, kind=kind, ratio=mean_over(rounds), control=control.value))
    return tuple(found)


def check_control(means: Sequence[Mean]) -> None:
    """Refuse to conclude where the other wheel was measured against itself and did not come out even.

    Raises:
        CheckError: its two measurements are more than 3 % apart; nothing that was measured beside them counts.
    """
    for mean in means:
        if abs(mean.control - 1) > MOST_CONTROL:
            with_threads = f"{mean.threads} thread{'s' if mean.threads > 1 else ''}"
            raise CheckError(
                f"no conclusion: with {with_threads} the other wheel is {mean.control:.3f} times as fast as itself, more than "
                f"{MOST_CONTROL:.0%} off. Something else uses this machine: stop it, or take more rounds with -- --rounds N"
            )


def differences_of(line: Line, expressions: Sequence[Expression], scratch: Path) -> tuple[Difference, ...]:
    """Compare bits: return the expressions whose results are not those of the other wheel."""
    found = []
    for expression in expressions:
        theirs = scratch / "theirs.npy"
        expected = line.first.bits(expression.text, theirs)
        for variant, worker in line.ours.items():
            ours = scratch / "ours.npy"
            if worker.bits(expression.text, ours) == expected:
                continue
            said = line.first.ask("distance", ours=str(ours), theirs=str(theirs))
            found.append(
                Difference(
                    variant=variant, name=expression.name, text=expression.text, differ=said["differ"], relative=said["relative"]
                )
            )
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Arena:
    """The environments of one comparison: the other wheel twice, ours once each."""

    theirs: Environment
    again: Environment
    ours: Mapping[str, Environment]
    wheels: Mapping[str, Path]
    opponent: Opponent


def _library(ours: Mapping[str, Worker], level: str) -> str:
    """Return what the vector maths library of our wheels says of itself; empty where none has one.

    Raises:
        RequestError: it does not use the level that was asked for.
    """
    said = next((version for worker in ours.values() if (version := worker.ask("identity")["vml"])), "")
    if level and f"({level})" not in said:
        why = f"the vml wheel does not run at that here, but as {said}" if said else "there is no vml wheel to measure"
        raise RequestError(f"--level {level}: {why}")
    return said


def compare(
    arena: Arena,
    *,
    rounds: int,
    scratch: Path,
    scripts: Sequence[Path] = (),
    expressions: Sequence[Expression] = EXPRESSIONS,
    level: str = "",
) -> Speed:
    """Return the comparison, at a processor level of our vector maths library where one is named.

    Raises:
        CommandError: a wheel cannot compute an expression.
        RequestError: the level is not to be had.
    """
    fresh_folder(scratch)
    variables = {LEVEL_VARIABLE: level} if level else {}
    with ExitStack() as stack:
        line = Line(
            first=stack.enter_context(Worker("the other wheel", arena.theirs)),
            second=stack.enter_context(Worker("the other wheel, again", arena.again)),
            ours={variant: stack.enter_context(Worker(variant, one, variables)) for variant, one in arena.ours.items()},
        )
        identity = line.first.ask("identity")
        library = _library(line.ours, level)
        step("comparing bits")
        differences = differences_of(line, expressions, scratch)
        threads = sorted({1, int(identity["cores"])})
        samples = measure(
            line,
            expressions,
            threads,
            rounds,
            lambda number: step(f"round {number + 1} of {rounds}, {len(expressions)} expressions"),
        )
    own = []
    for script in scripts:
        step(f"numexpr's own bench/{script.name}")
        own.append(run_own(script, scratch, arena.theirs, arena.ours, variables))
    return Speed(
        wheels=arena.wheels,
        opponent=arena.opponent,
        machine={
            "processor": processor(), "cores": identity["cores"], "system": f"{platform.system()} {platform.machine()}",
            "python": identity["python"], "numpy": identity["numpy"], "vml": library,
        },
        rounds=rounds,
        rows=tuple(row_of(key, samples) for key in samples.ratios),
        means=means_of(samples),
        differences=differences,
        own=tuple(own),
    )  # fmt: skip
