"""Finding the CPythons of this machine wherever people have them, without a download and without waiting.

Looked at, in this order: the interpreter that runs this, PATH (pyenv's shims excepted: they fail unless their version
is active), pyenv's versions, uv's managed ones, /opt/python (manylinux images), the CI tool cache, the Windows
launcher. Of several the first with headers (Python.h) is taken.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.core.errors import InterpreterError

PROBE = """
import json, os, platform, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "minor": "%d.%d" % sys.version_info[:2],
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "full": platform.python_version(),
    "executable": sys.executable,
    "soabi": sysconfig.get_config_var("SOABI") or "",
    "platform": sysconfig.get_platform(),
    "headers": os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")),
    "split_headers": sysconfig.get_config_var("MULTIARCH") or "",
    "include": sysconfig.get_paths()["include"],
    "bits": 64 if sys.maxsize > 2**32 else 32,
}))
"""
PROBE_SECONDS = 20
HOST_BITS = 64 if sys.maxsize > 2**32 else 32


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A CPython of this machine: `name` is what wheels.toml calls it, such as 3.13 or 3.14t."""

    name: str
    full: str
    executable: str
    soabi: str
    platform: str
    headers: bool
    # Debian keeps pyconfig.h in a folder that only Debian's own compilers look into; empty where it lies with the rest.
    split_headers: str = ""

    @property
    def tag(self) -> str:
        """The python and abi tags of a wheel built by it (PEP 425), such as cp313-cp313 or cp314-cp314t."""
        return tag_of(self.name)

    @property
    def free_threaded(self) -> bool:
        return self.name.endswith("t")


def tag_of(name: str) -> str:
    """Return the python and abi tags (PEP 425) of the CPython that wheels.toml calls `name`."""
    digits = name.rstrip("t").replace(".", "")
    return f"cp{digits}-cp{digits}{'t' if name.endswith('t') else ''}"


def _split_headers(include: Path, multiarch: str) -> str:
    place = include.parent / multiarch / include.name
    return str(place) if multiarch and (place / "pyconfig.h").is_file() else ""


def _probe(executable: Path) -> Interpreter | None:
    try:
        ended = subprocess.run(
            [executable, "-I", "-S", "-c", PROBE], capture_output=True, text=True, check=False,
            timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        seen = json.loads(ended.stdout)
        # A 32-bit one makes wheels of another target than the machine's.
        if seen["implementation"] != "cpython" or not seen["executable"] or seen["bits"] != HOST_BITS:
            return None
        return Interpreter(
            name=seen["minor"] + ("t" if seen["free_threaded"] else ""),
            full=seen["full"],
            executable=seen["executable"],
            soabi=seen["soabi"],
            platform=seen["platform"],
            headers=seen["headers"],
            split_headers=_split_headers(Path(seen.get("include", "")), seen.get("split_headers", "")),
        )
    except (OSError, ValueError, TypeError, KeyError, subprocess.TimeoutExpired):
        return None


def _newest_first(paths: Iterator[Path]) -> list[Path]:
    def numbers(path: Path) -> list[int]:
        return [int(word) for word in path.as_posix().replace("-", ".").replace("/", ".").split(".") if word.isdigit()]

    return sorted(paths, key=numbers, reverse=True)


def _candidates(name: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield paths that may be the CPython called `name`, best first; nothing is run."""
    plain, threads = name.rstrip("t"), "t" if name.endswith("t") else ""
    windows = os.name == "nt"
    program = f"python{name}" + (".exe" if windows else "")
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == plain:
        yield Path(sys.base_prefix) / ("python.exe" if windows else f"bin/{program}")
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder and Path(folder).name != "shims":
            yield Path(folder) / program
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    managed = Path(
        environ.get("UV_PYTHON_INSTALL_DIR") or Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "uv/python"
    )
    if windows:
        pyenv = pyenv / "pyenv-win"
        managed = Path(environ.get("APPDATA", home)) / "uv/python"
    tail = "python.exe" if windows else f"bin/{program}"
    yield from _newest_first(pyenv.glob(f"versions/{plain}*{threads}/{tail}"))
    yield from _newest_first(managed.glob(f"cpython-{plain}.*{'+freethreaded' if threads else ''}-*/{tail}"))
    digits = plain.replace(".", "")
    yield Path(f"/opt/python/cp{digits}-cp{digits}{threads}/bin/python")
    for variable in ("RUNNER_TOOL_CACHE", "AGENT_TOOLSDIRECTORY"):
        if environ.get(variable):
            yield from _newest_first(Path(environ[variable]).glob(f"Python/{plain}.*/*/{tail}"))
    yield from _launched(name)


def _launched(name: str) -> Iterator[Path]:
    """Yield what the Windows launcher (PEP 397) knows under this name."""
    launcher = shutil.which("py") if os.name == "nt" else None
    if launcher:
        ended = subprocess.run(
            [launcher, f"-{name}", "-c", "import sys; print(sys.executable)"], capture_output=True, text=True,
            check=False, timeout=PROBE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if ended.returncode == 0:
            yield Path(ended.stdout.strip())


def override_variable(name: str) -> str:
    """Return the variable by which a person chooses one CPython of several, such as NUMEXPR_WHEELS_PYTHON_3_13."""
    return f"NUMEXPR_WHEELS_PYTHON_{name.replace('.', '_').upper()}"


def all_interpreters(name: str, environ: Mapping[str, str] | None = None) -> Iterator[Interpreter]:
    """Yield every CPython called `name` on this machine, best first; only the chosen one where one was chosen."""
    variables = os.environ if environ is None else environ
    chosen = variables.get(override_variable(name))
    seen: set[Path] = set()
    for path in [Path(chosen)] if chosen else _candidates(name, variables):
        if path.exists() and path.resolve() not in seen:
            seen.add(path.resolve())
            found = _probe(path)
            if found is not None and found.name == name:
                yield found


def find_interpreter(name: str, environ: Mapping[str, str] | None = None) -> Interpreter | None:
    """Return the CPython called `name` on this machine, one with headers where there is one, or None."""
    without_headers = None
    for found in all_interpreters(name, environ):
        if found.headers:
            return found
        without_headers = without_headers or found
    return without_headers


def find_interpreters(names: Sequence[str], environ: Mapping[str, str] | None = None) -> dict[str, Interpreter]:
    """Return those of `names` that this machine has, in the same order."""
    found = {name: find_interpreter(name, environ) for name in names}
    return {name: interpreter for name, interpreter in found.items() if interpreter is not None}


def how_to_get(name: str) -> str:
    """Return the one line that tells a person how to bring the CPython called `name`."""
    threads = "+freethreaded" if name.endswith("t") else ""
    return f"CPython {name} is not on this machine; `uv python install {name.rstrip('t')}{threads}` brings it"


def usable(name: str, found: Interpreter | None, *, with_headers: bool = True) -> Interpreter:
    """Return the interpreter if it can build; InterpreterError says how to get one, or its headers."""
    if found is None:
        raise InterpreterError(how_to_get(name) + " (or pyenv, or your distribution)")
    if with_headers and not found.headers:
        package = f"python{name.rstrip('t')}-dev"
        raise InterpreterError(
            f"{found.executable} (CPython {found.full}) has no headers (Python.h); install them, on Debian and Ubuntu "
            f"with apt-get install {package}, or take another CPython: uv python install {name}"
        )
    return found


def to_json(found: Mapping[str, Interpreter]) -> str:
    """Return the interpreters as JSON, for the other processes of a run."""
    return json.dumps({name: asdict(interpreter) for name, interpreter in found.items()})


def from_json(text: str) -> dict[str, Interpreter]:
    """Return the interpreters that `to_json` wrote."""
    return {name: Interpreter(**values) for name, values in json.loads(text).items()}
