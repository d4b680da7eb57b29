"""The compiler as setuptools sees it: two wrapper scripts, `nwcc` and `nwc++`, found through PATH.

The wrappers stand for `zig cc -target …` (any Linux machine gives the same bytes, manylinux without a container) or
for the machine's own compiler. They write the arguments of each call to a log, which the gates read: what counts is
what reached the compiler, not what was meant to. ccache goes in front where it is installed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Target
from scripts.core.environments import Maker, base_interpreter
from scripts.core.errors import ToolchainError
from scripts.core.files import sha256_of, write_whole
from scripts.core.packages import read_locked_set
from scripts.core.run import output_of

CALL_LOG_VARIABLE = "NUMEXPR_WHEELS_CALL_LOG"
GLIBC_POLICY = re.compile(r"manylinux_(\d+)_(\d+)_")


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """A compiler for one target: `identity` is all of it that can change the bytes it makes."""

    name: str
    identity: Mapping[str, str]
    compile_c: tuple[str, ...]
    compile_cxx: tuple[str, ...]
    environment: Mapping[str, str]


def zig_target(target: Target, policy: str) -> str:
    """Return zig's name for the target, with the glibc version of a manylinux policy (PEP 600) appended."""
    glibc = GLIBC_POLICY.match(policy)
    return f"{target.zig}.{glibc[1]}.{glibc[2]}" if glibc else target.zig


def zig_toolchain(maker: Maker, name: str) -> Toolchain:
    """Return the zig toolchain for a target by zig's name; FetchError where ziglang cannot be had."""
    locked_zig = read_locked_set(maker.layout.requirements, "zig")
    (version,) = locked_zig.versions("ziglang")
    environment = maker.cached("zig", base_interpreter(), f"zig {version}")
    # Lib/site-packages on Windows, lib/pythonX.Y/site-packages elsewhere.
    places = ("Lib/site-packages/ziglang/zig.exe", "lib/*/site-packages/ziglang/zig")
    program = next((path for place in places for path in environment.path.glob(place)), None)
    if program is None or not os.access(program, os.X_OK):
        raise ToolchainError(f"the ziglang package in {environment.path} has no compiler in it; delete that folder and run again")
    cache = maker.layout.cache / "zig"
    return Toolchain(
        name="zig",
        identity={"compiler": f"zig {version}", "lock": locked_zig.digest, "target": name},
        compile_c=(str(program), "cc", "-target", name),
        compile_cxx=(str(program), "c++", "-target", name),
        environment={"ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)},
    )


def system_toolchain() -> Toolchain:
    """Return the machine's own compiler; ToolchainError where there is none."""
    c, cxx = shutil.which("cc") or shutil.which("gcc"), shutil.which("c++") or shutil.which("g++")
    if not c or not cxx:
        raise ToolchainError(
            "no C++ compiler on PATH (cc, c++); install one, on Debian and Ubuntu with apt-get install g++, "
            "or leave --toolchain system away: the zig compiler comes as a package"
        )
    said = output_of([cxx, "--version"]).splitlines()[0]
    return Toolchain(
        name="system",
        identity={"compiler": said, "sha256": sha256_of(Path(cxx).resolve())},
        compile_c=(c,),
        compile_cxx=(cxx,),
        environment={},
    )


def toolchain_for(maker: Maker, target: Target, policy: str, asked: str) -> Toolchain:
    """Return the toolchain that was asked for, or else zig for Linux targets and the machine's own elsewhere."""
    name = asked or ("zig" if target.zig else "system")
    if name == "zig" and not target.zig:
        raise ToolchainError(f"{target.name} is not built with zig; leave --toolchain zig away")
    return zig_toolchain(maker, zig_target(target, policy)) if name == "zig" else system_toolchain()


WRAPPER = """#!/bin/sh
# Written by scripts/core/toolchain.py: logs the arguments of each call, one line a call, then runs the compiler.
if [ -n "${{{log}:-}}" ]; then
    line=
    for word in "$@"; do line="$line $word"; done
    printf '%s\\n' "$line" >> "${log}"
fi
exec {command} "$@"
"""


def write_wrappers(toolchain: Toolchain, folder: Path, cache: Path, include: Path | None = None) -> dict[str, str]:
    """Write the wrapper scripts into `folder` and return the variables that make setuptools use them.

    `include` is a folder of headers that every call looks into.
    """
    ccache = shutil.which("ccache")
    variables = dict(toolchain.environment)
    headers = (f"-I{include}",) if include else ()
    for name, words in (("nwcc", (*toolchain.compile_c, *headers)), ("nwc++", (*toolchain.compile_cxx, *headers))):
        inner = folder / ("real-" + name)
        _write_script(inner, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        front = shlex.join([ccache, str(inner)] if ccache else [str(inner)])
        _write_script(folder / name, WRAPPER.format(log=CALL_LOG_VARIABLE, command=front))
    if ccache:
        variables |= {
            "CCACHE_DIR": str(cache / "ccache"),
            "CCACHE_COMPILERTYPE": "clang" if toolchain.name == "zig" else "auto",
            # The wrapper's time and path say nothing; the compiler's identity says all.
            "CCACHE_COMPILERCHECK": "string:" + " ".join(f"{k}={v}" for k, v in sorted(toolchain.identity.items())),
            "CCACHE_NOHASHDIR": "1",
            "CCACHE_MAXSIZE": "500M",
        }
    return variables | {
        "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)]),
        "CC": "nwcc",
        "CXX": "nwc++",
        "LDSHARED": "nwcc -shared",
        "LDCXXSHARED": "nwc++ -shared",
    }


def _write_script(path: Path, text: str) -> None:
    write_whole(path, text)
    path.chmod(0o755)
