"""What a command line of nox asks for, seen before nox itself looks at it: targets, CPythons, a wheel from elsewhere.

    nox -s "build-3.13(target='windows-amd64')"      nox -t windows      TARGETS=linux-aarch64,windows-amd64 nox -s build

There are sessions for what is named. Where no target is, a run is about this machine's own, and `nox -s build` means that alone.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from scripts.core.config import Config
from scripts.core.errors import RequestError

TARGETS_VARIABLE = "TARGETS"
ALL = "all"
NAMED = re.compile(r"target='([^']*)'")
TAG_OPTIONS = ("-t", "--tags")
WORD = re.compile(r"[\w.-]+")
OPTION_P = re.compile(r"(?:-p|--pythons?(?:=|$))(.*)")
# The variant that a target has when nothing is said of variants.
PLAIN = "plain"


def cell_id(variant: str, target: str) -> str:
    """Return what stands in the parentheses of a session's name; an empty target is this machine's own."""
    if not target:
        return f"variant='{variant}'"
    return f"target='{target}'" if variant == PLAIN else f"target='{target}', variant='{variant}'"


def before_dashes(argv: Sequence[str]) -> list[str]:
    """Return the words for nox itself: those before `--`."""
    words = list(argv)
    return words[: words.index("--")] if "--" in words else words


def behind_dashes(argv: Sequence[str]) -> list[str]:
    """Return the words for the sessions: those behind `--`."""
    words = list(argv)
    return words[words.index("--") + 1 :] if "--" in words else []


def _tags(words: Sequence[str]) -> Iterator[str]:
    """Yield what follows -t and --tags, which take several words."""
    listening = False
    for word in words:
        option, equals, value = word.partition("=")
        if word.startswith("-"):
            listening = option in TAG_OPTIONS
            if listening and equals:
                yield value
        elif listening:
            yield word


def _from_variable(config: Config, text: str) -> tuple[str, ...]:
    names = text.replace(",", " ").split()
    if not names:
        raise RequestError(f"{TARGETS_VARIABLE}={text} names no target; wheels.toml has {', '.join(config.targets)}")
    if names == [ALL]:
        return tuple(config.targets)
    for name in names:
        if name not in config.targets:
            raise RequestError(
                f"{TARGETS_VARIABLE}={text}: {name!r} is no target; wheels.toml has {', '.join(config.targets)}, "
                f"and {ALL} stands for all of them"
            )
    return tuple(name for name in config.targets if name in names)


def asked_targets(config: Config, argv: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the targets that a command line and TARGETS ask for, in the order of wheels.toml; none for this machine's own.

    Raises:
        RequestError: one of them does not exist.
    """
    if environ.get(TARGETS_VARIABLE, "").strip():
        return _from_variable(config, environ[TARGETS_VARIABLE])
    words = before_dashes(argv)
    families = {target.family for target in config.targets.values()}
    known = ", ".join(config.targets)
    for name in NAMED.findall(" ".join([*words, environ.get("NOXSESSION", "")])):
        if name not in config.targets:
            raise RequestError(f"there is no session for target {name!r}; wheels.toml has {known}")
    for tag in _tags(words):
        if tag not in config.variants and tag not in config.targets and tag not in families:
            raise RequestError(
                f"-t {tag}: no session has that tag; there are {', '.join(config.variants)}, the systems "
                f"{', '.join(sorted(families))}, and the targets {known}"
            )
    found = set(WORD.findall(" ".join([*words, environ.get("NOXSESSION", "")])))
    return tuple(name for name, target in config.targets.items() if name in found or target.family in found)


def _behind_p(argv: Iterable[str]) -> list[str]:
    """Return what stands behind nox's `-p`: every word up to the next option."""
    found, inside = [], False
    for word in before_dashes(list(argv)):
        option = OPTION_P.fullmatch(word)
        if option:
            inside = True
            found += [option[1]] if option[1] else []
        elif word.startswith("-"):
            inside = False
        elif inside:
            found.append(word)
    return found


def check_pythons(names: Sequence[str], argv: Iterable[str]) -> None:
    """Check what stands behind `-p`, about which nox itself only says that it selected no session.

    Raises:
        RequestError: a word is no CPython of wheels.toml as nox wants it spelt.
    """
    for word in _behind_p(argv):
        if word in names:
            continue
        parts = [part for part in word.split(",") if part]
        digits = {name.replace(".", ""): name for name in names}
        meant = [digits.get(part.replace(".", "").removeprefix("cp"), "") for part in parts]
        hint = f"; write -p {' '.join(meant)}" if meant and all(meant) else "; several stand apart: -p " + " ".join(names[:2])
        raise RequestError(f"-p {word}: wheels.toml has no such CPython; it has {', '.join(names)}{hint}")


def asked_pythons(names: Iterable[str], argv: Iterable[str], environ: Mapping[str, str]) -> set[str]:
    """Return the CPythons that the command line names: `-p 3.14`, `build-3.14`, NOXPYTHON, NOXSESSION."""
    words = [*before_dashes(list(argv)), environ.get("NOXPYTHON", ""), environ.get("NOXSESSION", "")]
    wanted = {part for word in words for part in word.replace(",", " ").split()}
    return {
        name
        for name in names
        if any(word in (name, f"-p{name}", f"--python={name}", f"--pythons={name}")
               or word.partition("(")[0].endswith(f"-{name}") for word in wanted)
    }  # fmt: skip


def wheel_from_elsewhere(argv: Sequence[str]) -> Path | None:
    """Return the wheel that `-- --wheel FILE` names."""
    for place, word in enumerate(argv):
        if word == "--wheel" and place + 1 < len(argv):
            return _from_caller(argv[place + 1])
        if word.startswith("--wheel="):
            return _from_caller(word.removeprefix("--wheel="))
    return None


def _from_caller(name: str) -> Path:
    """Return the path of a file that a person named; sessions learn from nox where it was called, this early only PWD tells."""
    called_from = Path(os.environ.get("PWD", ""), name)
    return called_from if called_from.is_file() else Path(name)


def tests_own_wheels() -> bool:
    """Tell whether `test` tests what `build` and `repair` make, and not a wheel from elsewhere (`-- --wheel FILE`)."""
    return wheel_from_elsewhere(sys.argv) is None


def builds_here() -> bool:
    """Tell whether `repair` repairs what `build` makes here, and not what another machine built (`-- --from FOLDER`)."""
    return not any(word == "--from" or word.startswith("--from=") for word in sys.argv)
