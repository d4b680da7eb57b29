"""Reading wheels: name and tags (PEP 427, PEP 425), RECORD, members; nothing is unpacked to disk."""

from __future__ import annotations

import base64
import csv
import errno
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path, PurePosixPath

from packaging.tags import Tag, parse_tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from scripts.core.errors import ContentsError, GateError, TagError

# What zipfile raises for a file that is no zip, is cut short, damaged, encrypted, or packed in another way.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)
# How installers expect members to be packed; what other ways raise for damage is any kind of error.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What compilers link C++ to, by the beginning of the file's name.
COMPILERS_OWN = ("libstdc++", "libgcc_s", "libc++", "msvcp140")
SHARED_LIBRARIES = (".so", ".dylib", ".pyd", ".dll")


@dataclass(frozen=True, kw_only=True)
class WheelName:
    """What a wheel's file name says."""

    project: str
    version: str
    tags: frozenset[Tag]

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(sorted({tag.platform for tag in self.tags}))

    @property
    def interpreter(self) -> str:
        """The python and abi tags, such as cp313-cp313t."""
        return "/".join(sorted({f"{tag.interpreter}-{tag.abi}" for tag in self.tags}))


def wheel_name(path: Path) -> WheelName:
    """Return what the file name says; GateError where it is no wheel's name."""
    try:
        project, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise GateError(f"{path.name} is not the name of a wheel (PEP 427): {error}") from error
    return WheelName(project=str(project), version=str(version), tags=tags)


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a wheel for reading; GateError where it is no zip file or a member is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.compress_type not in PACKED:
                    raise zipfile.BadZipFile(f"{member.filename} is packed by method {member.compress_type}")
            yield archive
    except DAMAGED as error:
        raise _damaged(path, error) from error
    except OSError as error:
        # A place before the beginning of the file, out of a damaged directory; other errors are the disk's.
        if error.errno != errno.EINVAL:
            raise
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> GateError:
    return GateError(f"{path.name} is damaged ({error}); delete it and run the stage that makes it again")


def _one(names: Sequence[str], ending: str, wheel: str) -> str:
    found = [name for name in names if name.endswith(ending) and name.count("/") == 1]
    if len(found) != 1:
        raise GateError(f"{wheel} holds {len(found)} files {ending.lstrip('/')}; a wheel has one (PEP 427)")
    return found[0]


def check_record(path: Path) -> None:
    """Check that RECORD names every file of the wheel with its sha256 and size, and no other (PEP 376, PEP 427).

    Raises:
        ContentsError: it does not.
    """
    with opened(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        record = _one(names, ".dist-info/RECORD", path.name)
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(archive.read(record).decode())) if row}
        if len(names) != len(set(names)):
            raise ContentsError(f"{path.name} holds a file twice")
        strangers, lost = sorted(set(names) - set(rows)), sorted(set(rows) - set(names))
        if strangers or lost:
            raise ContentsError(
                f"{path.name}: RECORD lacks {strangers or 'nothing'} and names {lost or 'nothing'} that is not there"
            )
        for name in names:
            if name == record:
                continue
            content = archive.read(name)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if rows[name] != [f"sha256={digest}", str(len(content))]:
                raise ContentsError(
                    f"{path.name}: {name} is not the file that RECORD names; the wheel was changed after it was made"
                )


def check_tags(path: Path) -> None:
    """Check that the file name's tags are those in WHEEL (PEP 427): a renamed wheel is not a better one."""
    with opened(path) as archive:
        text = archive.read(_one(archive.namelist(), ".dist-info/WHEEL", path.name))
    inside = {tag for value in BytesParser().parsebytes(text).get_all("Tag", []) for tag in _tags(value)}
    claimed = wheel_name(path).tags
    if inside != set(claimed):
        raise TagError(
            f"{path.name} claims {', '.join(sorted(map(str, claimed)))}, its WHEEL file says "
            f"{', '.join(sorted(map(str, inside)))}; it was renamed"
        )


def _tags(value: str) -> Iterator[Tag]:
    yield from parse_tag(value.strip())


def metadata_version(path: Path) -> str:
    """Return the version in METADATA."""
    with opened(path) as archive:
        text = archive.read(_one(archive.namelist(), ".dist-info/METADATA", path.name))
    return str(BytesParser().parsebytes(text)["Version"])


def is_library(member: str) -> bool:
    """Tell whether a member of a wheel is native code, by its name."""
    return member.endswith(SHARED_LIBRARIES) or ".so." in member


def libraries(path: Path) -> dict[str, int]:
    """Return the shared libraries of the wheel and their sizes in bytes."""
    with opened(path) as archive:
        return {info.filename: info.file_size for info in archive.infolist() if is_library(info.filename)}


def has_grafted(path: Path) -> bool:
    """Tell whether the wheel carries a library that numexpr was linked to: what makes a vml wheel one.

    The compiler's own, which musllinux and Windows wheels may bring, make no other variant.
    """
    others = [PurePosixPath(member).name for member in libraries(path) if not member.startswith("numexpr/")]
    return any(not name.startswith(COMPILERS_OWN) for name in others)


def find_bytes(path: Path, needles: Sequence[str]) -> list[tuple[str, str]]:
    """Return (member, needle) for each of `needles` that a member of the wheel contains."""
    with opened(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    return [(name, needle) for name, content in contents.items() for needle in needles if needle.encode() in content]
