"""The wheel to compare with: a file, or a version from pip's index, by default the version of our own wheel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scripts.core.environments import Environment, Maker
from scripts.core.errors import FetchError, RequestError
from scripts.core.files import sha256_of
from scripts.core.interpreters import Interpreter
from scripts.core.layout import Layout
from scripts.core.patience import pip
from scripts.core.request import given_path
from scripts.core.run import step
from scripts.core.wheel import check_record, wheel_name

PROJECT = "numexpr"


@dataclass(frozen=True, kw_only=True)
class Opponent:
    """A wheel that is not ours; `origin` says where it came from, `sha256` which one it was."""

    path: Path
    version: str
    sha256: str
    origin: str


def _of_file(path: Path, interpreter: Interpreter) -> Opponent:
    name = wheel_name(path)
    if name.project != PROJECT or interpreter.tag not in name.interpreter.split("/"):
        raise RequestError(f"--against {path.name}: that is no wheel of {PROJECT} for CPython {interpreter.name}")
    check_record(path)
    return Opponent(path=path, version=name.version, sha256=sha256_of(path), origin="a file")


def _kept(store: Path, version: str, interpreter: Interpreter) -> Path | None:
    """Return the wheel of an earlier comparison; wheels of the index never change under their name."""
    pattern = f"{PROJECT}-{version}-{interpreter.tag}-*.whl"
    return next(iter(sorted(store.glob(pattern))), None)


def _of_index(layout: Layout, maker: Maker, interpreter: Interpreter, environment: Environment, version: str) -> Opponent:
    store = layout.cache / "index-wheels"
    found = _kept(store, version, interpreter)
    if found is None:
        store.mkdir(parents=True, exist_ok=True)
        step(f"fetching the index's wheel of {PROJECT} {version} for CPython {interpreter.name}")
        log = layout.logs / "bench" / f"fetch-{interpreter.tag}.log"
        log.unlink(missing_ok=True)
        words = [
            maker.python, "-m", "pip", "--python", environment.python, "download", "--disable-pip-version-check",
            "--no-deps", "--only-binary", ":all:", "--dest", store, f"{PROJECT}=={version}",
        ]  # fmt: skip
        status, unreached = pip(words, log)
        found = _kept(store, version, interpreter)
        if status or found is None:
            reason = f"{unreached} cannot be reached" if unreached else "pip's index gives none"
            raise FetchError(
                f"no wheel of {PROJECT} {version} for CPython {interpreter.name}: {reason}; with a network run the same command "
                f"again, or compare with a file: nox -s bench -- --against FILE. The log is {log}", log=log,
            )  # fmt: skip
    check_record(found)
    return Opponent(path=found, version=version, sha256=sha256_of(found), origin="pip's index")


def opponent(
    layout: Layout, maker: Maker, interpreter: Interpreter, environment: Environment, against: str, ours: str
) -> Opponent:
    """Return the wheel that `against` (a file, a version or nothing) names; `ours` is our wheel's version.

    Raises:
        RequestError: it is neither a file nor a version, or a wheel for another CPython.
        FetchError: the index cannot be reached or has no such wheel.
    """
    path = given_path(against)
    if against.endswith(".whl") or path.is_file():
        if not path.is_file():
            raise RequestError(f"--against {path}: no such file; name a .whl file or a version such as {ours}")
        return _of_file(path.resolve(), interpreter)
    version = against or ours
    try:
        public = str(Version(version))
    except InvalidVersion:
        raise RequestError(f"--against {against}: neither a file nor a version; a version is such as {ours}") from None
    if not re.fullmatch(r"[0-9A-Za-z.+]+", public):
        raise RequestError(f"--against {against}: not a version of a wheel")
    return _of_index(layout, maker, interpreter, environment, public)
