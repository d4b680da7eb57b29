"""Windows' import library of a Python DLL for any machine, out of the names in the one that python.org made for amd64.

CPython exports the same functions and objects on every Windows machine; only the library's own format differs by machine.
"""

from __future__ import annotations

import struct
from pathlib import Path

from scripts.core.errors import IntegrityError

MAGIC = b"!<arch>\n"
HEADER_SIZE = 60
POINTER = "__imp_"
# As llvm-dlltool calls them.
MACHINES = {"amd64": "i386:x86-64", "arm64": "arm64", "x86": "i386"}


def symbols_of(library: Path) -> list[str]:
    """Return the names in the index of a COFF archive (its first member, Microsoft's "first linker member").

    Raises:
        IntegrityError: it is no such archive.
    """
    content = library.read_bytes()
    start = len(MAGIC) + HEADER_SIZE
    try:
        if not content.startswith(MAGIC) or content[len(MAGIC) : len(MAGIC) + 2] != b"/ ":
            raise ValueError("no archive index")
        size = int(content[len(MAGIC) + 48 : len(MAGIC) + 58])
        (count,) = struct.unpack_from(">I", content, start)
        names = content[start + 4 + 4 * count : start + size].split(b"\0")[:count]
        return [name.decode("ascii") for name in names]
    except (ValueError, struct.error) as error:
        raise IntegrityError(f"{library.name} is no import library of Windows ({error})") from error


def definition(dll: str, symbols: list[str]) -> str:
    """Return the module definition (.def) of a DLL; a name that has a pointer but no code of its own is data."""
    pointers = {name.removeprefix(POINTER) for name in symbols if name.startswith(POINTER)}
    code = set(symbols)
    lines = [f"    {name}{'' if name in code else ' DATA'}" for name in sorted(pointers)]
    return "\n".join([f"LIBRARY {dll}", "EXPORTS", *lines, ""])


def dlltool_words(machine: str, definition_file: Path, dll: str, output: Path) -> list[str]:
    """Return what dlltool takes to write an import library for a machine."""
    return ["-m", MACHINES[machine], "-d", str(definition_file), "-D", dll, "-l", str(output)]
