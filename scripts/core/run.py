"""Running commands: one place that prints, logs and explains them.

The terminal grammar: `*` begins a step, `>` a command, `<` a line of its output (shown only when it failed). The
whole output of every command goes to a log file, whose path is in the error.
"""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import CommandError, StorageError, ToolchainError, WheelsError

LINES_SHOWN_ON_FAILURE = 40
# How a vector maths library from vendor/ is asked for a processor level; what it says of itself names the one in use.
LEVEL_VARIABLE = "NUMEXPR_VML_LEVEL"

# Whatever a person has set of these would change what is built or installed; a stage sets what it wants itself.
NOT_INHERITED = (
    "ARCHFLAGS", "AR", "CC", "CFLAGS", "CPATH", "CPLUS_INCLUDE_PATH", "CPP", "CPPFLAGS", "CXX", "CXXFLAGS",
    "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "LDCXXSHARED", "LDFLAGS", "LDSHARED", "LD_LIBRARY_PATH", "LD_PRELOAD",
    "LIBRARY_PATH", "MACOSX_DEPLOYMENT_TARGET", "MKL_NUM_THREADS", "NUMEXPR_MAX_THREADS", "NUMEXPR_NUM_THREADS",
    LEVEL_VARIABLE,
    "OMP_NUM_THREADS", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED",
    "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONWARNINGS", "SOURCE_DATE_EPOCH",
    "VIRTUAL_ENV", "__PYVENV_LAUNCHER__",
    # What pytest prints of a failure depends on these; a record of CI is compared with one of a laptop.
    "BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PY_COLORS", "TERM",
)  # fmt: skip
NOT_INHERITED_PREFIXES = ("CCACHE_", "CMAKE_", "DISTUTILS_", "NINJA", "SLEEF_", "SETUPTOOLS_", "UV_PYTHON", "ZIG_", "_PYTHON_")


def step(message: str) -> None:
    """Print one line that begins a step."""
    print(f"* {message}", flush=True)


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what changes products, with `extra` set; text is UTF-8, time is UTC."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_INHERITED and not name.startswith(NOT_INHERITED_PREFIXES)
    }
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONUTF8": "1", **extra}


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to run: what it sets on top of the clean environment, where, and where its output goes."""

    argv: tuple[str, ...]
    log: Path
    cwd: Path | None = None
    environment: Mapping[str, str] | None = None

    @property
    def shown(self) -> str:
        """The command as a person would type it, with the variables it sets."""
        sets = [f"{name}={shlex.quote(value)}" for name, value in (self.environment or {}).items()]
        return " ".join([*sets, shlex.join(self.argv)])


def command(
    argv: Sequence[object], *, log: Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Command:
    """Return a Command of these words."""
    return Command(argv=tuple(str(word) for word in argv), log=log, cwd=cwd, environment=environment)


def attempt(what: Command) -> int:
    """Run a command with its output appended to its log, and return its exit status.

    Raises:
        ToolchainError: the program is not there.
    """
    what.log.parent.mkdir(parents=True, exist_ok=True)
    with what.log.open("a", encoding="utf-8") as log:
        log.write(f"> {what.shown}\n")
        log.flush()
        try:
            ended = subprocess.run(
                what.argv,
                cwd=what.cwd,
                env=clean_environment(what.environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except FileNotFoundError as error:
            # The missing file may be the working directory too; say which.
            missing = what.argv[0] if what.cwd is None or what.cwd.is_dir() else str(what.cwd)
            raise ToolchainError(
                f"{missing} is not there (looked for on PATH={os.environ.get('PATH', '')}); "
                "nox -s doctor names the command that brings it"
            ) from error
    return ended.returncode


def run(what: Command, failure: str, error: type[WheelsError] = CommandError) -> None:
    """Run a command that must end with status 0; otherwise raise `error` with `failure` and the log's last lines."""
    status = attempt(what)
    if status == 0:
        return
    print(f"> {what.shown}")
    lines = show_tail(what.log)
    if any(os.strerror(errno.ENOSPC) in line for line in lines):
        error, failure = StorageError, f"no space left on the disk: {failure}; free some and run the same command again"
    raise error(
        f"{failure} (exit status {status}); the whole log is {what.log}",
        log=what.log,
        command_status=status,
        command=shlex.join(what.argv),
    )


def tail(log: Path, lines: int = LINES_SHOWN_ON_FAILURE) -> list[str]:
    """Return the last lines of a log."""
    return log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]


def show_tail(log: Path, lines: int = LINES_SHOWN_ON_FAILURE) -> list[str]:
    """Print the last lines of a log as a failed command's output, and return them."""
    shown = tail(log, lines)
    for line in shown:
        print(f"< {line}")
    return shown


def output_of(argv: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> str:
    """Return what a command prints, stripped.

    Raises:
        ToolchainError: the program is not there.
        CommandError: it ended with another status than 0.
    """
    words = [str(word) for word in argv]
    try:
        ended = subprocess.run(
            words, capture_output=True, text=True, env=clean_environment(environment or {}), check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError as error:
        raise ToolchainError(f"{words[0]} cannot be run: {error.strerror}; nox -s doctor tells more") from error
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        raise CommandError(f"{shlex.join(words)} ended with status {ended.returncode}: {said}")
    return ended.stdout.strip()
