"""Running worker.py in the environments that are compared."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from scripts.bench.expressions import ELEMENTS, SEED
from scripts.core.environments import Environment
from scripts.core.errors import CommandError
from scripts.core.run import clean_environment

NONE: Mapping[str, str] = {}
WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one sample asks for: an expression, the number of threads, and how many calls make a sample."""

    text: str
    threads: int
    calls: int


class Worker:
    """A process that holds one installed wheel; to be used as a context."""

    def __init__(self, name: str, environment: Environment, variables: Mapping[str, str] = NONE) -> None:
        self.name = name
        self._environment = environment
        self._variables = variables
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Worker:
        self._process = subprocess.Popen(
            [self._environment.python, "-I", WORKER, str(ELEMENTS), str(SEED)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environment(self._variables), bufsize=1,
        )  # fmt: skip
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def ask(self, question: str, **details: Any) -> dict[str, Any]:
        """Return the answer to a question; CommandError where the wheel cannot give one."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"ask": question, **details}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise CommandError(f"the process that measures {self.name} ended in the middle of {question} {details}")
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise CommandError(f"{self.name} cannot compute {details.get('text', '')!r}: {said['error']}")
        return said

    def seconds(self, timing: Timing) -> float:
        """Return how long one call takes."""
        said = self.ask("time", text=timing.text, threads=timing.threads, calls=timing.calls)
        return float(said["seconds"])

    def bits(self, text: str, save: Path | None = None) -> str:
        """Return the digest of an expression's result on one thread; with `save`, the result goes there as .npy."""
        return str(self.ask("bits", text=text, threads=1, save=str(save) if save else "")["sha256"])


def names_of(workers: Sequence[Worker]) -> list[str]:
    """Return the workers' names."""
    return [worker.name for worker in workers]
