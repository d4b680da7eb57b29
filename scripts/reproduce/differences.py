"""Why two files that should be the same are not: the member, the section, and the likely cause."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import lief

from scripts.core.sdist_source import read_sdist

# Section by section, what usually makes it differ; the first name that fits counts.
SECTION_CAUSES = (
    (".debug", "debug information, which holds paths: build with -g0, link with -s"),
    (".symtab", "symbols that were not stripped: link with -s"),
    (".note.gnu.build-id", "the linker's build id, which follows from everything else"),
    (".comment", "another version of the compiler"),
    (".rodata", "a path, date or time in the program's constants (__FILE__, __DATE__)"),
    (".rdata", "a path, date or time in the program's constants (__FILE__, __DATE__)"),
    ("__cstring", "a path, date or time in the program's constants (__FILE__, __DATE__)"),
    (".dynstr", "another library was linked, or the graft got another name"),
    (".text", "another compiler, other flags, or another source"),
    ("__text", "another compiler, other flags, or another source"),
)
MEMBER_CAUSES = (
    ("version.py", "another numpy at build time, or another machine's name"),
    (".dist-info/WHEEL", "another setuptools or auditwheel, or another platform tag"),
    (".dist-info/METADATA", "another setuptools, or other metadata in the source"),
    (".dist-info/RECORD", "follows from the other members"),
    (".dist-info/sboms/", "another auditwheel, or another grafted library"),
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference: where, in which part of it, and the likely cause."""

    member: str
    part: str
    cause: str

    def __str__(self) -> str:
        return f"{self.member}: {self.part}; likely cause: {self.cause}"


def _cause(name: str, causes: tuple[tuple[str, str], ...], otherwise: str) -> str:
    return next((cause for part, cause in causes if part in name), otherwise)


def _sections(content: bytes) -> dict[str, bytes] | None:
    """Return the sections of an ELF, Mach-O or PE file by name, or None for another kind of file."""
    binary = lief.parse(content)
    if binary is None or isinstance(binary, lief.COFF.Binary):
        return None
    found: dict[str, bytes] = {}
    for number, section in enumerate(binary.sections):
        found[str(section.name) or f"section {number}"] = bytes(section.content)
    return found


def _of_binaries(member: str, then: bytes, now: bytes) -> Iterator[Difference]:
    before, after = _sections(then), _sections(now)
    if before is None or after is None:
        cause = _cause(member, MEMBER_CAUSES, "another source, or an edit")
        yield Difference(member=member, part=_first_line(then, now), cause=cause)
        return
    seen = False
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            seen = True
            yield Difference(member=member, part=f"section {name}", cause=_cause(name, SECTION_CAUSES, "see the sections above"))
    if not seen:
        yield Difference(member=member, part="headers", cause="a time in the header, or another layout by another linker")


def _first_line(then: bytes, now: bytes) -> str:
    before, after = then.splitlines(), now.splitlines()
    if [line.rstrip(b"\r") for line in then.split(b"\n")] == [line.rstrip(b"\r") for line in now.split(b"\n")]:
        return "line ends (CRLF against LF)"
    for number, (one, other) in enumerate(zip(before, after, strict=False), start=1):
        if one != other:
            return f"line {number}: {one[:60]!r} against {other[:60]!r}"
    return f"{len(before)} lines against {len(after)}"


def _of_contents(then: dict[str, bytes], now: dict[str, bytes]) -> Iterator[Difference]:
    for name in sorted(set(then) - set(now)):
        yield Difference(member=name, part="only in the first", cause="another source, or another version of a tool")
    for name in sorted(set(now) - set(then)):
        yield Difference(member=name, part="only in the second", cause="another source, or another version of a tool")
    for name in sorted(set(then) & set(now)):
        if then[name] != now[name]:
            yield from _of_binaries(name, then[name], now[name])


def _of_zip_headers(then: Path, now: Path) -> Iterator[Difference]:
    with zipfile.ZipFile(then) as one, zipfile.ZipFile(now) as other:
        before, after = one.infolist(), other.infolist()
    if [info.filename for info in before] != [info.filename for info in after]:
        yield Difference(member="(archive)", part="order of members", cause="files were packed in the order of the disk")
    by_name = {info.filename: info for info in after}
    checks: tuple[tuple[str, Callable[[zipfile.ZipInfo], object], str], ...] = (
        ("time", lambda info: info.date_time, "SOURCE_DATE_EPOCH was not the same"),
        ("mode", lambda info: info.external_attr, "another umask, or other modes in the source"),
        ("compressed size", lambda info: info.compress_size, "another zlib"),
    )
    for info in before:
        twin = by_name.get(info.filename)
        for part, value, cause in checks:
            if twin and info.CRC == twin.CRC and value(info) != value(twin):
                yield Difference(member=info.filename, part=f"{part}: {value(info)} against {value(twin)}", cause=cause)


def _of_tar_headers(then: Path, now: Path) -> Iterator[Difference]:
    with tarfile.open(then) as one, tarfile.open(now) as other:
        before, after = one.getmembers(), {member.name: member for member in other.getmembers()}
    for member in before:
        twin = after.get(member.name)
        if twin and (member.mtime, member.mode, member.uname) != (twin.mtime, twin.mode, twin.uname):
            yield Difference(member=member.name, part="time, mode or owner", cause="the archive was not packed anew")


def differences(then: Path, now: Path) -> list[Difference]:
    """Return why two wheels, source archives or libraries differ; empty where they do not."""
    if then.read_bytes() == now.read_bytes():
        return []
    if zipfile.is_zipfile(then) and zipfile.is_zipfile(now):
        with zipfile.ZipFile(then) as one, zipfile.ZipFile(now) as other:
            contents = ({name: z.read(name) for name in z.namelist()} for z in (one, other))
            found = list(_of_contents(*contents))
        found += _of_zip_headers(then, now)
    elif tarfile.is_tarfile(then) and tarfile.is_tarfile(now):
        before, after = ({name: file.content for name, file in read_sdist(path).items()} for path in (then, now))
        found = [*_of_contents(before, after), *_of_tar_headers(then, now)]
    else:
        found = list(_of_binaries(now.name, then.read_bytes(), now.read_bytes()))
    return found or [Difference(member="(archive)", part="packing", cause="another zlib, or another packing tool")]
