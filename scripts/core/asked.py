"""What a command line of nox asks for by name: targets, so that their sessions are there when somebody wants them.

    nox -s "build-3.13(target='windows-amd64')"      nox -t windows      TARGETS=linux-aarch64,windows-amd64 nox -s build

Without any of these a run is about this machine's own target, and `nox -s build` means that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scripts.core.config import Config
from scripts.core.errors import RequestError

TARGETS_VARIABLE = "TARGETS"
ALL = "all"
NAMED = re.compile(r"target='([^']*)'")
TAG_OPTIONS = ("-t", "--tags")
WORD = re.compile(r"[\w.-]+")
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
    names = WORD.findall(text)
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
