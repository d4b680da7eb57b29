"""lock: requirements/*.txt from requirements/*.in, for all platforms and CPythons, each file with its hashes.

And sysroots/*.sha256 from sysroots/debian.toml: the Debian packages that other platforms need; and the list of the names that
each CPython exports, from the CPythons of sysroots/sources.toml.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from scripts.core.environments import this_maker
from scripts.core.errors import FetchError, RequestError, ToolchainError
from scripts.core.files import scratch_folder, write_whole
from scripts.core.index import pip_settings
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.request import Parser
from scripts.core.run import command, run, step
from scripts.foreign.debian import mirror, resolved
from scripts.foreign.sources import pins_path, read_pins
from scripts.foreign.trees import MIRROR_VARIABLE, this_sources, windows_tree
from scripts.structure.python_symbols import LIST, rendered
from scripts.structure.rules import PYTHON_NAME
from scripts.sysroot.import_library import POINTER, symbols_of
from scripts.sysroot.sources import known_pythons

OLDEST_PYTHON = "3.11"
SYMBOLS = LIST.stem


def lock(layout: Layout, words: Sequence[str]) -> None:
    """Renew the locks: `-- NAME …` for some of them, `-- --upgrade` to newer versions than the locks hold now.

    Raises:
        RequestError: a name is no requirement set.
        ToolchainError: there is no uv, which makes the locks.
        FetchError: the index cannot be reached or has no such packages.
    """
    parser = Parser(prog="nox -s lock --", allow_abbrev=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--upgrade", action="store_true")
    options = parser.parse_args(words)
    sets = sorted(path.stem for path in layout.requirements.glob("*.in"))
    debian = list(this_sources(layout).debian)
    known = [*sets, *debian, SYMBOLS]
    unknown = [name for name in options.names if name not in known]
    if unknown:
        raise RequestError(f"there is no {', '.join(unknown)} to lock; there is {', '.join(known)}")
    wanted = options.names or known
    _lock_packages(layout, [name for name in wanted if name in sets], upgrade=options.upgrade)
    for name in wanted:
        if name in debian:
            _lock_debian(layout, name)
    if SYMBOLS in wanted:
        _lock_symbols(layout)


def _lock_symbols(layout: Layout) -> None:
    before = LIST.read_text(encoding="utf-8") if LIST.is_file() else ""
    exported = {}
    for python in known_pythons(layout.sysroots):
        library = windows_tree(layout, python, this_maker(layout).python) / "libs" / f"python3{python.removeprefix('3.')}.lib"
        exported[python] = frozenset(filter(PYTHON_NAME.fullmatch, (name.removeprefix(POINTER) for name in symbols_of(library))))
    text = rendered(exported)
    write_whole(LIST, text)
    step(f"{LIST.name}: {'unchanged' if text == before else 'renewed'}")


def _lock_packages(layout: Layout, names: Sequence[str], *, upgrade: bool) -> None:
    if not names:
        return
    maker = this_maker(layout)
    if maker.uv is None:
        raise ToolchainError("locks are made by uv, which is not in the tools environment; unset NUMEXPR_WHEELS_NO_UV")
    # uv does not read pip's configuration. As a variable, because a URL may hold a password.
    urls = pip_settings(maker.python).urls
    index = {"UV_DEFAULT_INDEX": urls[0]} if urls else {}
    with scratch_folder(layout.work / "lock"):
        for name in names:
            _lock_one(layout, maker.uv, name, index, upgrade=upgrade)


def _lock_debian(layout: Layout, name: str) -> None:
    sources = this_sources(layout)
    one = sources.debian_set(name)
    target = pins_path(sources, one)
    before = target.read_text(encoding="utf-8") if target.is_file() else ""
    log = layout.logs / "lock" / f"{name}.log"
    log.unlink(missing_ok=True)
    with scratch_folder(layout.work / f"lock-{name}") as scratch:
        pins = resolved(one, mirror(os.environ.get(MIRROR_VARIABLE, "")), scratch, log)
    text = "".join(f"{pin.sha256}  {pin.path}\n" for pin in pins)
    write_whole(target, text)
    read_pins(target)
    step(f"sysroots/{target.name}: {'unchanged' if text == before else 'renewed'}")


def _lock_one(layout: Layout, uv: str, name: str, index: dict[str, str], *, upgrade: bool) -> None:
    target = layout.requirements / f"{name}.txt"
    before = target.read_text(encoding="utf-8") if target.is_file() else ""
    made = layout.work / "lock" / f"{name}.txt"
    if not upgrade:
        write_whole(made, before)
    words = [
        uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate",
        "--no-header", "--python-version", OLDEST_PYTHON, "--output-file", made, f"{name}.in",
    ]  # fmt: skip
    log = layout.logs / "lock" / f"{name}.log"
    log.unlink(missing_ok=True)
    run(command(words, log=log, cwd=layout.requirements, environment=index), f"{name}.in cannot be locked", FetchError)
    text = f"# Made by nox -s lock from {name}.in; do not edit.\n" + made.read_text(encoding="utf-8")
    write_whole(target, text)
    read_locked_set(layout.requirements, name)
    step(f"requirements/{name}.txt: {'unchanged' if text == before else 'renewed'}")
