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
# PEP 600's glibc and PEP 425's macOS: the version that zig appends to a target's name.
VERSIONED_POLICY = re.compile(r"(?:manylinux|macosx)_(\d+)_(\d+)_")


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """A compiler for one target: `identity` is all of it that can change the bytes it makes."""

    name: str
    identity: Mapping[str, str]
    compile_c: tuple[str, ...]
    compile_cxx: tuple[str, ...]
    environment: Mapping[str, str]


def zig_target(target: Target, policy: str) -> str:
    """Return zig's name for the target, with the version of glibc or macOS that a policy names appended."""
    least = VERSIONED_POLICY.match(policy)
    return f"{target.zig}.{least[1]}.{least[2]}" if least else target.zig


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


def toolchain_for(maker: Maker, target: Target, policy: str, asked: str, *, crossing: bool) -> Toolchain:
    """Return the toolchain that was asked for, or else the one that releases are made with.

    That is zig for Linux targets and, where `crossing` says so, for those of other machines; macOS and Windows build their
    own wheels with their own compilers.

    Raises:
        ToolchainError: the one that was asked for cannot compile for the target, or is not here.
    """
    name = asked or ("zig" if target.zig and (crossing or target.system == "linux") else "system")
    if name == "system" and crossing:
        raise ToolchainError(f"this machine's own compiler does not compile for {target.name}; leave --toolchain system away")
    if name == "zig" and not target.zig:
        raise ToolchainError(f"{target.name} is not built with zig; leave --toolchain zig away")
    return zig_toolchain(maker, zig_target(target, policy)) if name == "zig" else system_toolchain()


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What every call of the compiler gets besides its own words.

    `includes` are folders of headers that come before all others, `link` are words for links of shared objects, `after_link`
    is a command that such an object is given to once it is linked.
    """

    includes: tuple[Path, ...] = ()
    link: tuple[str, ...] = ()
    after_link: tuple[str, ...] = ()


COMPILER = """#!/bin/sh
exec {command} "$@"
"""
LINKING_COMPILER = """#!/bin/sh
# Written by scripts/core/toolchain.py: a link of a shared object gets more words, and may be finished by a second command.
case " $* " in
*" -shared "*) ;;
*) exec {command} "$@" ;;
esac
{command} "$@" {link} || exit
output=
for word in "$@"; do
    if [ "$output" = next ]; then output=$word; break; fi
    if [ "$word" = -o ]; then output=next; fi
done
{after}
"""
WRAPPER = """#!/bin/sh
# Written by scripts/core/toolchain.py: logs the arguments of each call, one line a call, then runs the compiler.
if [ -n "${{{log}:-}}" ]; then
    line=
    for word in "$@"; do line="$line $word"; done
    printf '%s\\n' "$line" >> "${log}"
fi
exec {command} "$@"
"""


def _compiler_script(words: tuple[str, ...], extras: Extras) -> str:
    command = shlex.join([*words, *(f"-I{folder}" for folder in extras.includes)])
    if not extras.link and not extras.after_link:
        return COMPILER.format(command=command)
    after = f'exec {shlex.join(extras.after_link)} "$output"' if extras.after_link else ""
    return LINKING_COMPILER.format(command=command, link=shlex.join(extras.link), after=after).rstrip() + "\n"


NO_EXTRAS = Extras()


def write_wrappers(toolchain: Toolchain, folder: Path, cache: Path, extras: Extras = NO_EXTRAS) -> dict[str, str]:
    """Write the wrapper scripts into `folder` and return the variables that make setuptools use them."""
    ccache = shutil.which("ccache")
    variables = dict(toolchain.environment)
    for name, words in (("nwcc", toolchain.compile_c), ("nwc++", toolchain.compile_cxx)):
        inner = folder / ("real-" + name)
        _write_script(inner, _compiler_script(words, extras))
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
