"""How libnumexpr-vml.so is linked out of MKL's static archives, and the proof that nothing else got in.

The whole archives are 640 MB. Only the functions that numexpr calls become roots of the link, everything that they do
not reach is dropped, and only they are exported: the library cannot clash with another MKL in the same process.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.sections import SymbolTableSection

from scripts.core.errors import VendorError

GLIBC_VERSION = re.compile(r"GLIBC_(?P<number>\d+(?:\.\d+)+)")


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


@contextmanager
def _opened(library: Path) -> Iterator[ELFFile]:
    try:
        with library.open("rb") as file:
            yield ELFFile(file)
    except (OSError, ELFError) as error:
        raise VendorError(f"{library.name} cannot be read as a shared library: {error}") from error


def exported_symbols(library: Path) -> frozenset[str]:
    """Return the names that the library defines for others."""
    with _opened(library) as elf:
        table = elf.get_section_by_name(".dynsym")
        if not isinstance(table, SymbolTableSection):
            raise VendorError(f"{library.name} exports nothing: it has no dynamic symbol table")
        return frozenset(
            symbol.name
            for symbol in table.iter_symbols()
            if symbol.name and symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_LOCAL"
        )


def needed_libraries(library: Path) -> frozenset[str]:
    """Return the names of the libraries that the loader has to find for this one (DT_NEEDED)."""
    with _opened(library) as elf:
        section = elf.get_section_by_name(".dynamic")
        if not isinstance(section, DynamicSection):
            return frozenset()
        tags: Iterator[Any] = section.iter_tags("DT_NEEDED")
        return frozenset(str(tag.needed) for tag in tags)


def highest_glibc(library: Path) -> tuple[int, ...]:
    """Return the newest GLIBC symbol version that the library asks for, such as (2, 4); () for none."""
    with _opened(library) as elf:
        section = elf.get_section_by_name(".gnu.version_r")
        if not isinstance(section, GNUVerNeedSection):
            return ()
        names = [version.name for _, versions in section.iter_versions() for version in versions]
    found = [match["number"] for name in names if (match := GLIBC_VERSION.fullmatch(name))]
    return max((_numbers(number) for number in found), default=())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def check_exports(library: Path, expected: Sequence[str]) -> None:
    """Raise VendorError unless the library exports exactly the names `expected`."""
    found = exported_symbols(library)
    missing = sorted(set(expected) - found)
    foreign = sorted(found - set(expected))
    if not missing and not foreign:
        return
    parts = []
    if missing:
        parts.append(f"lacks {', '.join(missing)}")
    if foreign:
        parts.append(f"exports {', '.join(foreign[:20])}{' …' if len(foreign) > 20 else ''}, which nobody asked for")
    raise VendorError(
        f"{library.name} {' and '.join(parts)}. Its exports have to be the {len(set(expected))} functions that the "
        "numexpr source calls (scripts/vendor/symbols.py); look at the version script and the archives of the recipe."
    )


def check_needs(library: Path, *, allowed: Collection[str], glibc: str) -> None:
    """Raise VendorError if the library needs another one than `allowed`, or a GLIBC newer than `glibc`."""
    foreign = sorted(needed_libraries(library) - set(allowed))
    if foreign:
        raise VendorError(
            f"{library.name} needs {', '.join(foreign)}; the recipe allows {', '.join(sorted(allowed))}. A wheel must "
            "not carry more than numexpr calls: look at the archives and libraries of the recipe."
        )
    newest = highest_glibc(library)
    if newest > _numbers(glibc):
        raise VendorError(
            f"{library.name} needs GLIBC_{'.'.join(map(str, newest))}; the recipe allows up to GLIBC_{glibc}. Link "
            "for an older glibc, or raise highest_glibc in the recipe if the wheel's policy permits it."
        )
