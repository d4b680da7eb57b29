"""What a build has to show before it goes on: flags that reached the compiler, version, size."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

from scripts.core.errors import GateError
from scripts.core.wheel import libraries, metadata_version, wheel_name

OPTIMISED = re.compile(r"-O[23]")


def check_calls(calls: str) -> None:
    """Check that optimisation and NDEBUG really reached the compiler, in every call that compiles.

    setuptools lets CFLAGS replace what Python was built with, so a forgotten flag gives a wheel that works, slowly.

    Raises:
        GateError: a call lacks them, or there was no call.
    """
    compiling = [line.split() for line in calls.splitlines() if " -c " in f" {line} "]
    if not compiling:
        raise GateError("no call of the compiler was seen: the build used another compiler than the one it was given")
    for words in compiling:
        level = [word for word in words if word.startswith("-O")]
        if not level or not OPTIMISED.fullmatch(level[-1]):
            raise GateError(
                f"the compiler was called with {level[-1] if level else 'no -O at all'}, not -O2 or -O3: {' '.join(words)}; "
                "look at compile.flags in wheels.toml"
            )
        if "-DNDEBUG" not in words or "-UNDEBUG" in words:
            raise GateError(f"the compiler was called without -DNDEBUG: {' '.join(words)}; look at compile.flags in wheels.toml")


def check_wheel(wheel: Path, version: str, least: int, most: int) -> None:
    """Check that what was built has the source's version, and an extension with as many bytes as one should have.

    Raises:
        GateError: the version is not the source's, or the extension is too small or too large to be right.
    """
    versions = {wheel_name(wheel).version, metadata_version(wheel)}
    if {Version(said) for said in versions} != {Version(version)}:
        raise GateError(f"{wheel.name} says version {' and '.join(sorted(versions))}, the source's VERSION says {version}")
    extensions = {name: size for name, size in libraries(wheel).items() if name.startswith("numexpr/interpreter")}
    if len(extensions) != 1:
        raise GateError(f"{wheel.name} holds {len(extensions)} extensions numexpr/interpreter, not one")
    for name, size in extensions.items():
        if not least <= size <= most:
            raise GateError(
                f"{name} has {size:,} bytes, outside of {least:,} to {most:,} (compile.extension-bytes in wheels.toml); "
                "debug information or missing optimisation are the usual reasons"
            )
