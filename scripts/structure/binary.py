"""Reading ELF, PE and Mach-O alike (by LIEF): one description for all three, in wheels.toml's words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import lief

from scripts.core.errors import StructureError

MACHINES = {
    lief.ELF.ARCH.X86_64: "x86_64", lief.ELF.ARCH.AARCH64: "aarch64",
    lief.PE.Header.MACHINE_TYPES.AMD64: "amd64", lief.PE.Header.MACHINE_TYPES.ARM64: "arm64",
    lief.PE.Header.MACHINE_TYPES.I386: "x86",
    lief.MachO.Header.CPU_TYPE.ARM64: "arm64", lief.MachO.Header.CPU_TYPE.X86_64: "x86_64",
}  # fmt: skip
# Which names of Mach-O's tables are there for C: all have one underscore in front.
MACHO_PREFIX = "_"


@dataclass(frozen=True, kw_only=True)
class Binary:
    """One object of a wheel, for one machine.

    `system` is linux, windows or macos; `libraries` are the ones that the loader has to find, as the object names them;
    `imports` are the names that others have to define, `exports` those that it defines for others. `least` is the system's
    version that it asks for (Mach-O: macOS, PE: subsystem), empty where the format has none. `content` are its bytes.
    """

    member: str
    system: str
    machine: str
    libraries: tuple[str, ...]
    run_paths: tuple[str, ...]
    imports: frozenset[str]
    exports: frozenset[str]
    least: tuple[int, ...]
    content: bytes


def read_binaries(member: str, content: bytes) -> list[Binary]:
    """Return what an object of a wheel is: one description, or one for each machine of a universal Mach-O.

    Raises:
        StructureError: it is none of the three formats, or damaged.
    """
    # LIEF writes what it does not like to the terminal; what it cannot read comes back as None.
    lief.logging.disable()
    found = lief.parse(io.BytesIO(content))
    if isinstance(found, lief.ELF.Binary):
        return [_elf(member, found, content)]
    if isinstance(found, lief.PE.Binary):
        return [_pe(member, found, content)]
    fat = lief.MachO.parse(io.BytesIO(content)) if isinstance(found, lief.MachO.Binary) else None
    if fat is not None and fat.size:
        return [_macho(member, one, content) for one in fat]
    raise StructureError(f"{member} is no ELF, PE or Mach-O object that can be read")


def _machine(found: object) -> str:
    return MACHINES.get(found, str(found).rpartition(".")[2])  # type: ignore[call-overload, no-any-return]


def _elf(member: str, elf: lief.ELF.Binary, content: bytes) -> Binary:
    named = [symbol for symbol in elf.dynamic_symbols if symbol.name]
    local = lief.ELF.Symbol.BINDING.LOCAL
    return Binary(
        member=member,
        system="linux",
        machine=_machine(elf.header.machine_type),
        libraries=tuple(str(name) for name in elf.libraries),
        run_paths=tuple(
            path
            for entry in elf.dynamic_entries
            if isinstance(entry, lief.ELF.DynamicEntryRunPath | lief.ELF.DynamicEntryRpath)
            for path in entry.paths
        ),
        imports=frozenset(str(symbol.name) for symbol in named if symbol.shndx == 0),
        exports=frozenset(str(symbol.name) for symbol in named if symbol.shndx != 0 and symbol.binding != local),
        least=(),
        content=content,
    )


def _pe(member: str, pe: lief.PE.Binary, content: bytes) -> Binary:
    header = pe.optional_header
    exported = pe.get_export()
    return Binary(
        member=member,
        system="windows",
        machine=_machine(pe.header.machine),
        libraries=_unique([str(one.name) for one in [*pe.imports, *pe.delay_imports]]),
        run_paths=(),
        imports=frozenset(str(entry.name) for one in [*pe.imports, *pe.delay_imports] for entry in one.entries if entry.name),
        exports=frozenset(str(entry.name) for entry in exported.entries if entry.name) if exported else frozenset(),
        least=(header.major_subsystem_version, header.minor_subsystem_version),
        content=content,
    )


def _macho(member: str, macho: lief.MachO.Binary, content: bytes) -> Binary:
    own_name = lief.MachO.LoadCommand.TYPE.ID_DYLIB
    least = macho.build_version.minos if macho.build_version else macho.version_min.version if macho.version_min else []
    exports = frozenset(str(symbol.name).removeprefix(MACHO_PREFIX) for symbol in macho.exported_symbols)
    return Binary(
        member=member,
        system="macos",
        machine=_machine(macho.header.cpu_type),
        libraries=_unique([str(one.name) for one in macho.libraries if one.command != own_name]),
        run_paths=tuple(str(one.path) for one in macho.rpaths),
        imports=frozenset(str(symbol.name).removeprefix(MACHO_PREFIX) for symbol in macho.imported_symbols) - exports,
        exports=exports,
        least=tuple(least[:2]),
        content=content[macho.fat_offset : macho.fat_offset + macho.original_size] if macho.fat_offset else content,
    )


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
