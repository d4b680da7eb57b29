"""What a person asks for behind `--`, in one grammar for all sessions: USAGE has it.

nox hands the same words to every session of a run, so each reads all of them and uses what is its own.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from scripts.core.errors import RequestError

COMMIT_VARIABLE = "BUILD_COMMIT"
# The folder in which nox was called; nox itself goes to that of noxfile.py.
CALLER_VARIABLE = "NUMEXPR_WHEELS_CALLER"
USAGE = (
    "nox -s SESSION -- [NAME of a commit] [--worktree] [--toolchain zig|system] [--policy TAG] [--vml mkl|sleef] "
    "[--numpy newest|oldest|pre] [--wheel FILE] [--from FOLDER] [words for pytest]"
)
OWN_WORDS = tuple(re.findall(r"--[a-z]+", USAGE))
NUMPYS = ("newest", "oldest", "pre")
TOOLCHAINS = ("zig", "system")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One run's wishes; empty means the pinned source, the target's toolchain and library, the newest numpy, the wheelhouse."""

    commit: str = ""
    worktree: bool = False
    toolchain: str = ""
    policy: str = ""
    vml: str = ""
    numpy: str = "newest"
    wheel: Path | None = None
    handed: Path | None = None
    pytest_arguments: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Return the words that make this request again; files of this machine are named without their folders."""
        options = [
            [self.commit] if self.commit else [],
            ["--worktree"] if self.worktree else [],
            ["--toolchain", self.toolchain] if self.toolchain else [],
            ["--policy", self.policy] if self.policy else [],
            ["--vml", self.vml] if self.vml else [],
            ["--numpy", self.numpy] if self.numpy != NUMPYS[0] else [],
            ["--wheel", self.wheel.name] if self.wheel else [],
        ]
        return [word for option in options for word in option] + list(self.pytest_arguments)


def given_path(text: str, environ: Mapping[str, str] | None = None) -> Path:
    """Return the path that a person named: a relative one begins where nox was called, and not in the checkout."""
    return Path((os.environ if environ is None else environ).get(CALLER_VARIABLE, ""), text).absolute()


class Parser(argparse.ArgumentParser):
    """A parser of words behind `--` whose complaints are errors of ours, on one line with all that it takes."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"behind --: {message}; {' '.join(self.format_usage().split())}")


def _parser() -> Parser:
    parser = Parser(usage=USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("--worktree", action="store_true")
    parser.add_argument("--toolchain", choices=TOOLCHAINS, default="")
    parser.add_argument("--policy", default="")
    parser.add_argument("--vml", default="")
    parser.add_argument("--numpy", choices=NUMPYS, default="newest")
    parser.add_argument("--wheel", type=given_path)
    parser.add_argument("--from", dest="handed", type=given_path)
    return parser


def read_request(words: Sequence[str], environ: Mapping[str, str] | None = None) -> Request:
    """Return the request that the words behind `--` and BUILD_COMMIT make.

    The first word is the name of a commit unless it begins with a dash; what is not ours goes to pytest.

    Raises:
        RequestError: an option is wrong, or two of them contradict each other.
    """
    variable = (os.environ if environ is None else environ).get(COMMIT_VARIABLE, "").strip()
    named = words[0] if words and not words[0].startswith("-") else ""
    if named and variable and named != variable:
        raise RequestError(f"{COMMIT_VARIABLE}={variable} and -- {named} name two commits; give one of them")
    options, rest = _parser().parse_known_args(list(words[1:] if named else words))
    commit = named or variable
    if commit and options.worktree:
        raise RequestError(f"--worktree builds what lies in numexpr/, {commit} names a commit; give one of them")
    if options.wheel is not None and not options.wheel.is_file():
        raise RequestError(f"--wheel {options.wheel}: no such file; name a .whl file")
    if options.handed is not None and not options.handed.is_dir():
        raise RequestError(f"--from {options.handed}: no such folder; name the one that another machine's build left")
    return Request(
        commit=commit,
        worktree=options.worktree,
        toolchain=options.toolchain,
        policy=options.policy,
        vml=options.vml,
        numpy=options.numpy,
        wheel=options.wheel.resolve() if options.wheel else None,
        handed=options.handed.resolve() if options.handed else None,
        pytest_arguments=tuple(rest),
    )
