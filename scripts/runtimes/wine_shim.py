"""A stand-in for the part of Windows' C library that Wine lacks: the complex functions of C99, which numpy imports.

Wine's ucrtbase.dll has them as stubs that end the process. The stand-in defines them (complex.cpp) and forwards every other name
to ucrtbase.dll, so it can take the place of api-ms-win-crt-math-l1-1-0.dll. Wine resolves that name by itself, whatever files
lie about; so numpy's modules are changed to ask for the stand-in's name, which is as long. numexpr's own module is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from scripts.core.errors import BuildError
from scripts.core.files import write_whole
from scripts.core.run import command, run
from scripts.core.toolchain import Toolchain

SOURCE = Path(__file__).with_name("complex.cpp")
REPLACED = b"api-ms-win-crt-math-l1-1-0.dll"
NAME = b"api-nw-win-crt-math-l1-1-0.dll"
DEFINED = re.compile(r"(?:COMPLEX|REAL)\((\w+),|shim_(cpow)\(")
# What zig's linker takes as a name in a module definition file.
PLAIN_NAME = re.compile(r"\w+")
WINDOWS_CRT = "ucrtbase.dll"


def defined_functions(source: str) -> tuple[str, ...]:
    """Return the names, as for double, of the functions that complex.cpp defines."""
    return tuple(sorted({first or second for first, second in DEFINED.findall(source) if (first or second) != "name"}))


def definition_file(functions: Iterable[str], crt_exports: Iterable[str]) -> str:
    """Return the linker's module definition: ours by double, float and long double, every other name forwarded."""
    ours: dict[str, str] = {}
    for name in functions:
        ours |= {name: f"shim_{name}", f"{name}f": f"shim_{name}f", f"{name}l": f"shim_{name}"}
    forwarded = [name for name in crt_exports if name not in ours and PLAIN_NAME.fullmatch(name)]
    lines = [f"LIBRARY {NAME.decode()}", "EXPORTS", *(f"{name}={inside}" for name, inside in sorted(ours.items()))]
    return "\n".join([*lines, *(f"{name}=ucrtbase.{name}" for name in sorted(forwarded))]) + "\n"


def exports_of(library: Path) -> list[str]:
    """Return the names that a DLL exports."""
    import lief  # slow to import

    binary = lief.PE.parse(str(library))
    exported = binary.get_export() if isinstance(binary, lief.PE.Binary) else None
    if exported is None:
        raise BuildError(f"{library} exports nothing; this Wine has another C library than Debian's")
    return [str(entry.name) for entry in exported.entries if entry.name]


def build_shim(toolchain: Toolchain, crt: Path, folder: Path, log: Path) -> Path:
    """Compile the stand-in for a Wine whose C library is `crt`; BuildError where it cannot be."""
    definition = folder / "shim.def"
    write_whole(definition, definition_file(defined_functions(SOURCE.read_text(encoding="utf-8")), exports_of(crt)))
    library = folder / NAME.decode()
    words = [*toolchain.compile_cxx, "-O2", "-g0", "-s", "-shared", SOURCE, definition, "-o", library]
    run(command(words, log=log, cwd=folder, environment=toolchain.environment), f"{library.name} cannot be built", BuildError)
    return library


def use_shim(package: Path) -> int:
    """Make the modules and libraries below a folder ask for the stand-in, and return how many did ask for what it replaces."""
    changed = 0
    for path in sorted(path for path in package.rglob("*") if path.suffix in (".pyd", ".dll")):
        content = path.read_bytes()
        if REPLACED in content:
            path.write_bytes(content.replace(REPLACED, NAME))
            changed += 1
    return changed
