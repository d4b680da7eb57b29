"""What ELF objects need of the platform they are loaded on: versioned symbols, by object."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from scripts.core.errors import GateError
from scripts.core.wheel import opened

GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True, order=True)
class Need:
    """An imported symbol: its version, such as GLIBC_2.34, the library it comes from, and the object that needs it."""

    version: str
    symbol: str
    library: str
    wanted_by: str


def needs(name: str, content: bytes) -> list[Need]:
    """Return the versioned symbols that an ELF object imports; GateError where it is no ELF object."""
    try:
        elf = ELFFile(io.BytesIO(content))
        tables = [section for section in elf.iter_sections() if isinstance(section, GNUVerNeedSection)]
        indexes = [section for section in elf.iter_sections() if isinstance(section, GNUVerSymSection)]
        dynamic = elf.get_section_by_name(".dynsym")
        versions = {
            auxiliary["vna_other"]: (auxiliary.name, need.name)
            for table in tables
            for need, auxiliaries in table.iter_versions()
            for auxiliary in auxiliaries
        }
        if not indexes or not isinstance(dynamic, SymbolTableSection):
            return []
        found = []
        for number, symbol in enumerate(dynamic.iter_symbols()):
            version = versions.get(indexes[0].get_symbol(number)["ndx"])
            if version and symbol["st_shndx"] == "SHN_UNDEF":
                found.append(Need(version=version[0], symbol=symbol.name, library=version[1] or "", wanted_by=name))
        return found
    except ELFError as error:
        raise GateError(f"{name} is no ELF object: {error}") from error


def wheel_needs(wheel: Path) -> list[Need]:
    """Return the versioned symbols that the shared objects of a wheel import."""
    with opened(wheel) as archive:
        members = [name for name in archive.namelist() if name.endswith(".so") or ".so." in name]
        return [need for name in members for need in needs(name, archive.read(name))]


def newer_than(found: list[Need], glibc: tuple[int, int]) -> list[Need]:
    """Return the needs that are newer than a version of glibc (PEP 600), newest first."""

    def number(need: Need) -> tuple[int, int]:
        version = GLIBC.fullmatch(need.version)
        return (int(version[1]), int(version[2])) if version else (0, 0)

    return sorted((need for need in found if number(need) > glibc), key=lambda need: (number(need), need), reverse=True)
