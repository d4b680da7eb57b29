"""doctor: what this machine has and lacks, what each missing thing costs, and the command that brings it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.core.config import Config, read_config
from scripts.core.context import repository_version
from scripts.core.environments import this_maker
from scripts.core.errors import CommandError, RequestError, ToolchainError
from scripts.core.git_source import GitSource, Unreachable
from scripts.core.index import is_reachable
from scripts.core.interpreters import find_interpreter
from scripts.core.layout import CACHE_VARIABLE, Layout
from scripts.core.packages import read_locked_set, store_has
from scripts.core.run import output_of, step
from scripts.core.source_lock import read_source_lock
from scripts.core.targets import host_target, this_machine
from scripts.foreign.debian import APT_HELPER
from scripts.runtimes import musl, qemu_user, wine
from scripts.runtimes.table import LINUX_X86_64

ENOUGH_BYTES = 3_000_000_000
PACKAGE_SETS = ("tools", "zig", "native", "build", "test", "tests", "lint")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing: whether it is here, what its lack costs, and what mends it; `needed` if nothing goes without it."""

    what: str
    here: bool
    detail: str
    cost: str = ""
    mend: str = ""
    needed: bool = False


def _program(name: str, *, cost: str, mend: str, needed: bool = False) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(what=name, here=False, detail="not on PATH", cost=cost, mend=mend, needed=needed)
    try:
        detail = output_of([path, "--version"]).splitlines()[0]
    except CommandError as error:
        return Finding(what=name, here=False, detail=str(error), cost=cost, mend=mend, needed=needed)
    return Finding(what=name, here=True, detail=detail)


def _target(config: Config) -> Finding:
    try:
        target = host_target(config)
    except RequestError as error:
        return Finding(
            what="target", here=False, detail=str(error), cost="no wheel of this machine's kind", mend="wheels.toml", needed=True
        )
    detail = f"{target.name}: {', '.join(f'{variant} ({policy})' for variant, policy in target.policies.items())}"
    return Finding(what="target", here=True, detail=f"{detail}, {os.cpu_count()} processors")


def _interpreters(config: Config) -> Iterator[Finding]:
    for name in config.pythons:
        found = find_interpreter(name)
        uv_name = name.rstrip("t") + ("+freethreaded" if name.endswith("t") else "")
        if found is None:
            yield Finding(
                what=f"CPython {name}", here=False, detail="not found", cost=f"no cp{name.replace('.', '')} wheels",
                mend=f"uv python install {uv_name}",
            )  # fmt: skip
        elif not found.headers:
            yield Finding(
                what=f"CPython {name}", here=False, detail=f"{found.full}, no headers (Python.h)",
                cost=f"no cp{name.replace('.', '')} wheels",
                mend=f"apt-get install python{name}-dev, or uv python install {uv_name}",
            )  # fmt: skip
        else:
            yield Finding(what=f"CPython {name}", here=True, detail=f"{found.full}, {found.executable}")


def _checkout(root: Path) -> Finding:
    version = repository_version(root)
    commit, _, edited = version.partition("+")
    return Finding(
        what="this checkout", here=bool(version),
        detail=f"commit {commit}{', with local edits' if edited else ''}" if version else f"{root}: unknown, no git",
        cost="records do not say which version of this repository made them; reproduce cannot go there, nox -s pin cannot move "
        "the submodule", mend="git clone instead of a zip file",
    )  # fmt: skip


def _emulators() -> Iterator[Finding]:
    """Yield what tests wheels of other platforms here, by the same tables that `test` goes by."""
    if this_machine() != LINUX_X86_64:
        return
    for what, programs, cells, mend in (
        ("qemu-user", qemu_user.programs("aarch64"), "linux-aarch64", qemu_user.MEND),
        ("wine", wine.PROGRAMS, "windows-amd64", wine.MEND),
        ("make", ("make",), "musllinux-x86_64", musl.MEND),
    ):
        yield _any_program(what, programs, cost=f"wheels of {cells} are built but not tested", mend=mend)
    yield Finding(
        what="Debian packages", here=APT_HELPER.is_file(), detail=str(APT_HELPER) if APT_HELPER.is_file() else "apt is not here",
        cost="no CPython to test linux-aarch64 and musllinux-x86_64 with", mend="a Debian or Ubuntu",
    )  # fmt: skip


def _any_program(what: str, names: Sequence[str], *, cost: str, mend: str) -> Finding:
    found = [_program(name, cost=cost, mend=mend) for name in names if shutil.which(name)]
    return replace(found[0], what=what) if found else Finding(what=what, here=False, detail="not on PATH", cost=cost, mend=mend)


def _space(what: str, folder: Path, mend: str) -> Finding:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    return Finding(
        what=what, here=free >= ENOUGH_BYTES and os.access(there, os.W_OK),
        detail=f"{folder}: {free / 1e9:.1f} GB free{'' if os.access(there, os.W_OK) else ', not writable'}",
        cost=f"the main job needs {ENOUGH_BYTES / 1e9:.0f} GB at its peak", mend=mend, needed=True,
    )  # fmt: skip


def _packages(layout: Layout) -> Finding:
    lacking = [name for name in PACKAGE_SETS if not store_has(layout.packages, read_locked_set(layout.requirements, name))]
    return Finding(
        what="package cache", here=not lacking,
        detail="complete: the main job and the tests need no network" if not lacking else f"not yet: {', '.join(lacking)}",
        cost="fetched when needed, once: most of it the compiler; MKL, where vml wheels are to have it, is 250 MB more",
        mend="nothing: the first nox -s build repair test with a network",
    )  # fmt: skip


def _network(layout: Layout, config: Config) -> Iterator[Finding]:
    git = GitSource(layout=layout)
    try:
        git.reach()
        yield Finding(what="numexpr by git", here=True, detail=git.remote())
    except Unreachable as error:
        yield Finding(
            what="numexpr by git", here=False, detail=str(error),
            cost="no other commit of numexpr; the pinned release comes from the package index, proved against its commit",
            mend=f"a proxy, or a mirror: git config --global url.YOUR-MIRROR.insteadOf {config.source.remote}",
        )  # fmt: skip
    reachable, detail = is_reachable(this_maker(layout).python)
    yield Finding(
        what="package index", here=reachable, detail=detail, cost="nothing new can be fetched",
        mend="pip config set global.index-url URL",
    )  # fmt: skip


def findings(layout: Layout) -> list[Finding]:
    """Return all that was looked at, in the order in which a person meets it."""
    config = read_config(layout.config)
    lock = read_source_lock(layout.root / config.source.lock)
    return [
        _checkout(layout.root),
        Finding(what="pinned source", here=True, detail=f"{lock.name} {lock.version}, commit {lock.commit}"),
        _target(config),
        _program("git", cost="no patches, no source by git", mend="apt-get install git", needed=True),
        *_interpreters(config),
        Finding(
            what="uv", here=this_maker(layout).uv is not None, detail=this_maker(layout).uv or "not in the tools environment",
            cost="environments are made by virtualenv and pip: some 10 s more for each wheel", mend="nothing: it comes by itself",
        ),
        _program("sed", cost="no vector maths library from source: SLEEF's build wants it", mend="apt-get install sed"),
        _program("ccache", cost="with build/ deleted, some 20 s for each wheel", mend="apt-get install ccache"),
        *_emulators(),
        _space("disk, work", layout.build, "delete build/ and .nox/, or free some space"),
        _space("disk, cache", layout.cache, f"free some space, or {CACHE_VARIABLE}=FOLDER"),
        _packages(layout),
        *_network(layout, config),
    ]  # fmt: skip


def rendered(one: Finding, width: int) -> str:
    """Return a finding as lines for a terminal; `width` is that of the column of names."""
    mark = "ok" if one.here else "MISSING" if one.needed else "optional"
    lines = [f"{mark:10}{one.what:{width}}  {one.detail}"]
    if not one.here:
        margin = " " * (10 + width + 2)
        lines += [f"{margin}without it: {one.cost}", f"{margin}to get it:  {one.mend}"]
    return "\n".join(lines)


def doctor(layout: Layout, words: Sequence[str]) -> None:
    """Print the findings.

    Raises:
        RequestError: there are words behind --.
        ToolchainError: something is missing that the main job cannot do without.
    """
    if words:
        raise RequestError(f"doctor takes nothing behind --, found {' '.join(words)}")
    found = findings(layout)
    for one in found:
        print(rendered(one, max(len(other.what) for other in found)))
    missing = [one.what for one in found if one.needed and not one.here]
    pythons = [one.what.removeprefix("CPython ") for one in found if one.what.startswith("CPython") and one.here]
    if not pythons:
        missing.append("a CPython with headers")
    if missing:
        raise ToolchainError(f"the main job cannot run without {', '.join(missing)}; the lines above say what brings it")
    step(f"the main job can run here, for CPython {', '.join(pythons)}: nox -s build repair test")
