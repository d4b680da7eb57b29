"""numexpr's own bench/ scripts, run whole under each wheel where they run; their wall time is what is compared.

They time themselves and numpy as well, so these figures are coarse: they say that nothing got slower in other people's
programs, not how fast the wheels are.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.environments import Environment
from scripts.core.run import clean_environment

LONGEST_SECONDS = 45.0
ROUNDS = 2


@dataclass(frozen=True, kw_only=True)
class OwnScript:
    """One script: speed ratios by variant, or why there are none."""

    name: str
    seconds: float
    ratios: Mapping[str, float]
    left_out: str


def _run(environment: Environment, script: Path, folder: Path, variables: Mapping[str, str]) -> tuple[float, str]:
    """Return the seconds that a script takes, and why it does not count."""
    start = time.perf_counter()
    try:
        ended = subprocess.run(
            [environment.python, script], cwd=folder, env=clean_environment(variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return LONGEST_SECONDS, f"takes more than {LONGEST_SECONDS:.0f} s"
    if ended.returncode:
        said = ended.stderr.strip().splitlines()[-1:] or [f"status {ended.returncode}"]
        return 0.0, f"does not run with this numpy: {said[0]}"
    return time.perf_counter() - start, ""


def run_own(
    script: Path, folder: Path, theirs: Environment, ours: Mapping[str, Environment], variables: Mapping[str, str]
) -> OwnScript:
    """Run one script under the index's wheel and ours, interleaved, and return the ratios of the medians."""
    taken: dict[str, list[float]] = {"": [], **{variant: [] for variant in ours}}
    for _ in range(ROUNDS):
        for variant, environment in {"": theirs, **ours}.items():
            seconds, reason = _run(environment, script, folder, variables)
            if reason:
                return OwnScript(name=script.name, seconds=seconds, ratios={}, left_out=reason)
            taken[variant].append(seconds)
    median = {variant: statistics.median(values) for variant, values in taken.items()}
    return OwnScript(
        name=script.name, seconds=median[""], ratios={variant: median[""] / median[variant] for variant in ours}, left_out=""
    )
