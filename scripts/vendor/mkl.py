"""How libnumexpr-vml.so is linked out of MKL's static archives, and the proof that nothing else got in.

The whole archives are 640 MB. Only the functions that numexpr calls become roots of the link, everything that they do
not reach is dropped, and only they are exported: the library cannot clash with another MKL in the same process.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def version_script(symbols: Sequence[str]) -> str:
    """Return the linker script that exports `symbols` and hides the rest; lld wants every name in it to exist."""
    exported = "".join(f"        {name};\n" for name in sorted(symbols))
    return f"{{\n    global:\n{exported}    local:\n        *;\n}};\n"


def root_arguments(symbols: Sequence[str]) -> list[str]:
    """Return what makes `symbols` the roots of the link: an archive member is taken only if something wants it."""
    return [f"-Wl,-u,{name}" for name in sorted(symbols)]


def link_arguments(
    *,
    symbols: Sequence[str],
    archives: Sequence[Path],
    script: Path,
    soname: str,
    output: Path,
    options: Sequence[str] = (),
    libraries: Sequence[str] = (),
) -> list[str]:
    """Return the arguments of the compiler driver; run from any folder, they give the same bytes."""
    return [
        "-shared",
        f"-Wl,-soname,{soname}",
        *root_arguments(symbols),
        "-Wl,--start-group",
        *map(str, archives),
        "-Wl,--end-group",
        f"-Wl,--version-script={script}",
        *options,
        "-s",
        "-Wl,--build-id=none",
        *(f"-l{name}" for name in libraries),
        "-o",
        str(output),
    ]
