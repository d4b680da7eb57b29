"""The structure check of a wheel: all that its native code shows without being run, held to the rules of its platform."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.config import Config
from scripts.core.elf import needs, newer_than
from scripts.core.errors import GateError, StructureError
from scripts.core.targets import Cell
from scripts.core.wheel import find_bytes, is_library, opened, wheel_name
from scripts.structure.binary import Binary, read_binaries
from scripts.structure.python_symbols import python_symbols
from scripts.structure.rules import BUILD_PATHS, INIT, PYTHON_NAME, Rules, rules_for
from scripts.structure.signature import signature_fault

EXTENSION = "numexpr/interpreter"
GLIBC_TAG = re.compile(r"manylinux_(\d+)_(\d+)_")
NAMES_SHOWN = 5
LONGEST_SHOWN = 120


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was looked at in a wheel that passed: its objects, and what could not be judged, with the reason."""

    objects: tuple[str, ...]
    left_out: tuple[str, ...]

    def facts(self) -> dict[str, object]:
        """Return the report for a record."""
        return {"objects": list(self.objects), "left out": list(self.left_out)}


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """What the findings are about: whose wheel it is, under which tags, with which rules."""

    cell: Cell
    rules: Rules
    platforms: tuple[str, ...]
    inside: frozenset[str]


def check(wheel: Path, cell: Cell, config: Config, *, native: str = "", forbidden: Sequence[str] = ()) -> Report:
    """Check the native code of a wheel against its platform's rules; a universal2 wheel is checked for each of its targets.

    `native` is the file name of the library that was grafted in, empty for none; `forbidden` are paths of this machine.

    Raises:
        StructureError: it breaks a rule; the message has every finding.
    """
    config.policy(cell.target, cell.variant)
    platforms = wheel_name(wheel).platforms
    with opened(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if is_library(name)}
    subject = _Subject(
        cell=cell,
        rules=rules_for(cell.target, cell.python, platforms[0]),
        platforms=platforms,
        inside=frozenset(PurePosixPath(name).name for name in contents),
    )
    here = find_bytes(wheel, forbidden)
    findings = [f"{member} contains the path {path} of the machine that built it" for member, path in here]
    findings += _member_findings(tuple(contents), native, subject.rules)
    for member, content in contents.items():
        try:
            one = _for_target(read_binaries(member, content), cell)
            findings += [f"{member} {finding}" for finding in _findings(one, subject)]
        except (StructureError, GateError) as error:
            findings.append(str(error))
    if findings:
        raise StructureError(f"{wheel.name} is not fit for {cell.target.name}: {'; '.join(findings)}")
    known = python_symbols(cell.python) is not None
    left_out = () if known else (f"python-symbols.txt does not know CPython {cell.python}: its symbols were not compared",)
    return Report(objects=tuple(contents), left_out=left_out)


def _for_target(binaries: Sequence[Binary], cell: Cell) -> Binary:
    """Return the part of an object that the target's machine would run: of a universal one its own, else all there is."""
    return next((one for one in binaries if one.machine == cell.target.machine), binaries[0])


def _member_findings(members: Sequence[str], native: str, rules: Rules) -> Iterator[str]:
    """Yield what is wrong with the set of objects: one extension, the library that was linked if any, and nothing else."""
    found = set(members)
    extensions = {name for name in found if name.startswith(EXTENSION)}
    stem = native.partition(".")[0]
    grafted = {name for name in found - extensions if stem and PurePosixPath(name).name.startswith(stem)}
    companions = {name for name in found - extensions if PurePosixPath(name).name.startswith(rules.companions)}
    foreign = found - extensions - grafted - companions
    if foreign:
        yield f"it holds {', '.join(sorted(foreign))}, which does not belong there"
    if len(extensions) != 1 or len(grafted) != (1 if native else 0):
        yield f"it holds {sorted(found)}; expected one extension and {native or 'no library'}"


def _findings(binary: Binary, subject: _Subject) -> Iterator[str]:
    yield from _platform_findings(binary, subject)
    yield from _library_findings(binary, subject)
    yield from _version_findings(binary, subject)
    yield from _python_findings(binary, subject)
    for path in filter(None, (pattern.search(binary.content) for pattern in BUILD_PATHS)):
        yield f"contains the path {path[0].decode('ascii')[:LONGEST_SHOWN]} of a machine that built it"
    if subject.rules.signed and binary.machine == "arm64" and (fault := signature_fault(binary.content)):
        yield f"would not run on macOS: {fault}"


def _platform_findings(binary: Binary, subject: _Subject) -> Iterator[str]:
    target = subject.cell.target
    if binary.system != target.system:
        yield f"is an object for {binary.system}, not for {target.system}"
    if binary.machine != target.machine:
        yield f"is for {binary.machine}, not for {target.machine}"


def _library_findings(binary: Binary, subject: _Subject) -> Iterator[str]:
    allowed = re.compile("|".join(f"(?:{pattern})" for pattern in subject.rules.libraries))
    for library in binary.libraries:
        brought = PurePosixPath(library).name in subject.inside and (library.startswith("@") or "/" not in library)
        if not brought and not allowed.fullmatch(library):
            yield f"needs {library}, which {subject.cell.target.name} does not promise and the wheel does not bring"
    for path in binary.run_paths:
        if not path.startswith(("$ORIGIN", "@loader_path", "@rpath")):
            yield f"looks for libraries in {path}, which is a place of the machine that built it"


def _version_findings(binary: Binary, subject: _Subject) -> Iterator[str]:
    if binary.least > subject.rules.newest and subject.rules.newest:
        wanted, have = (".".join(map(str, version)) for version in (binary.least, subject.rules.newest))
        yield f"asks for version {wanted} of the system, newer than {have}"
    if binary.system != "linux":
        return
    versions = [(int(found[1]), int(found[2])) for one in subject.platforms if (found := GLIBC_TAG.match(one))]
    # musl knows no glibc at all.
    limit = min(versions, default=(0, 0))
    newer = newer_than(needs(binary.member, binary.content), limit)
    if newer:
        shown = ", ".join(f"{need.symbol} of {need.version} ({need.library})" for need in newer[:NAMES_SHOWN])
        yield f"needs {shown}{_more(newer)}, newer than {subject.platforms[0]} allows"


def _python_findings(binary: Binary, subject: _Subject) -> Iterator[str]:
    """Yield what is wrong between the extension and CPython: its init function, and the names that go either way."""
    extension = binary.member.startswith(EXTENSION)
    if extension and INIT not in binary.exports:
        yield f"does not export {INIT}: CPython cannot import it"
    surplus = sorted(name for name in binary.exports if PYTHON_NAME.fullmatch(name) and name != INIT)
    if surplus:
        yield f"exports {', '.join(surplus[:NAMES_SHOWN])}{_more(surplus)}, which are CPython's own names"
    known = python_symbols(subject.cell.python)
    if known is None:
        return
    asked = {name for name in binary.imports if PYTHON_NAME.fullmatch(name)}
    strangers = sorted(asked - known)
    if strangers:
        yield f"needs {', '.join(strangers[:NAMES_SHOWN])}{_more(strangers)}, which CPython {subject.cell.python} does not export"
    if extension and not asked:
        yield "needs nothing of CPython: it is no extension"


def _more(names: Sequence[object]) -> str:
    return f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
