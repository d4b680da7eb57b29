"""What a shared library offers and needs, read out of it, and the proof that it is just what was asked for."""

from __future__ import annotations

import fnmatch
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
from scripts.vendor.recipe import About

# What the linker adds to every Mach-O library.
OF_EVERY_DYLIB = frozenset({"__dso_handle", "_mh_dylib_header"})
GLIBC_VERSION = re.compile(r"GLIBC_(?P<number>\d+(?:\.\d+)+)")


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


def check_library(library: Path, expected: Sequence[str], about: About, system: str) -> None:
    """Check a finished library: it exports exactly `expected`, and needs nothing that its recipe does not allow.

    Raises:
        VendorError: it offers or needs more or less than that.
    """
    if system == "linux":
        check_exports(library, exported_symbols(library), expected)
        check_needs(library, needed_libraries(library), about.needed[system])
        check_glibc(library, about.highest_glibc)
    else:
        exports, needs = _read_foreign(library)
        check_exports(library, exports, expected)
        check_needs(library, needs, about.needed[system])


def _read_foreign(library: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the exports and the needed libraries of a Mach-O or PE file, by their names in C and on disk."""
    import lief  # Slow to import, and no library for Linux needs it.

    lief.logging.disable()
    parsed = lief.parse(library)
    if isinstance(parsed, lief.MachO.Binary):
        exports = frozenset(str(symbol.name).removeprefix("_") for symbol in parsed.exported_symbols) - OF_EVERY_DYLIB
        return exports, frozenset(str(one.name) for one in parsed.libraries if one.command.name != "ID_DYLIB")
    if isinstance(parsed, lief.PE.Binary):
        table = parsed.get_export()
        names = frozenset(str(entry.name) for entry in table.entries) if table else frozenset[str]()
        return names, frozenset(str(one.name) for one in parsed.imports)
    raise VendorError(f"{library.name} cannot be read as a shared library")


def check_exports(library: Path, found: Collection[str], expected: Sequence[str]) -> None:
    """Raise VendorError unless the names `found` in the library are exactly those `expected`."""
    missing = sorted(set(expected) - set(found))
    foreign = sorted(set(found) - set(expected))
    if not missing and not foreign:
        return
    parts = []
    if missing:
        parts.append(f"lacks {', '.join(missing)}")
    if foreign:
        parts.append(f"exports {', '.join(foreign[:20])}{' …' if len(foreign) > 20 else ''}, which nobody asked for")
    raise VendorError(
        f"{library.name} {' and '.join(parts)}. Its exports have to be the {len(set(expected))} functions that the "
        "numexpr source calls (scripts/vendor/symbols.py); look at the recipe, and at the headers that declare them."
    )


def check_needs(library: Path, found: Collection[str], allowed: Sequence[str]) -> None:
    """Raise VendorError if the library needs another one than those that the patterns `allowed` match."""
    foreign = sorted(name for name in found if not any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed))
    if foreign:
        raise VendorError(
            f"{library.name} needs {', '.join(foreign)}; the recipe allows {', '.join(allowed)}. A wheel must "
            "not carry more than numexpr calls: look at what the recipe links."
        )


def check_glibc(library: Path, glibc: str) -> None:
    """Raise VendorError if the library needs a GLIBC newer than `glibc`, such as 2.17."""
    newest = highest_glibc(library)
    if newest > _numbers(glibc):
        raise VendorError(
            f"{library.name} needs GLIBC_{'.'.join(map(str, newest))}; the recipe allows up to GLIBC_{glibc}. Link "
            "for an older glibc, or raise highest_glibc in the recipe if the wheel's policy permits it."
        )
