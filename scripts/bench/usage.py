"""What a command costs: wall and processor seconds, its children included."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import CommandError


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Seconds on the clock, and seconds of processor time of a command and all that it waited for."""

    wall: float
    cpu: float

    def __add__(self, other: Usage) -> Usage:
        return Usage(wall=self.wall + other.wall, cpu=self.cpu + other.cpu)

    def over_ideal(self, processors: int) -> float:
        """Return wall time over processor time spread evenly: 1.0 is a machine that never waits."""
        return self.wall / (self.cpu / processors)


def usage_of(words: Sequence[str | Path], *, cwd: Path, environment: Mapping[str, str], log: Path) -> Usage:
    """Run a command to its end, its output appended to `log`; CommandError where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in words],
            cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandError(f"{words[0]} ended with status {process.returncode} while being measured; the log is {log}", log=log)
    return Usage(wall=wall, cpu=used.ru_utime + used.ru_stime)
