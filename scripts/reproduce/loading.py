"""Records as people have them: a file, a folder, or the zip of artefacts that CI serves."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.core.errors import RecordError
from scripts.core.files import fresh_folder, sha256_of
from scripts.core.record import FAILED, Record, read_record
from scripts.core.run import step

MOST_FILES = 5_000
MOST_BYTES = 4_000_000_000
# A cell's last stage makes the ones before it again.
ORDER = ("checkout", "vendor", "sysroot", "build", "repair", "test")
# What others are made from, and what is merged of them: no last stage of a cell.
NO_CELL = ("checkout", "vendor", "sysroot", "universal2")


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A record, and the folder in which its products may lie."""

    record: Record
    folder: Path

    def product(self, name: str) -> Path | None:
        """Return the product of this name with the bytes that the record names: handed over with it, or in its checkout."""
        checkouts = [parent for parent in self.folder.parents if (parent / "wheels.toml").is_file()]
        places = [self.folder, *(parent / inside for parent in checkouts for inside in ("build/raw", "wheelhouse"))]
        for path in (found for place in places for found in sorted(place.rglob(name))):
            if path.is_file() and sha256_of(path) == self.record.subject.get(name):
                return path
        return None


def tested_from_elsewhere(record: Record) -> bool:
    """Tell whether a record is of testing a wheel that the person named (`-- --wheel FILE`), which no stage of ours makes."""
    asked = record.definition["externalParameters"]
    return bool(asked.get("from-elsewhere")) or any(
        word == "--wheel" or word.startswith("--wheel=") for word in asked.get("request", ())
    )


def _unpacked(archive: Path, place: Path) -> Path:
    """Unpack a zip into a fresh folder; nothing in it decides where outside of it a file goes.

    Raises:
        RecordError: it is no zip, too large, or holds a path that leads out of it.
    """
    fresh_folder(place)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            if len(members) > MOST_FILES or sum(member.file_size for member in members) > MOST_BYTES:
                raise RecordError(f"{archive.name} is larger than any run's artefacts; unpack what you trust and name the folder")
            for member in members:
                parts = PurePosixPath(member.filename.replace("\\", "/"))
                if parts.is_absolute() or ".." in parts.parts:
                    raise RecordError(f"{archive.name} holds {member.filename!r}, which leads out of it; it is not used")
                opened.extract(member, place)
    except (zipfile.BadZipFile, EOFError) as error:
        raise RecordError(f"{archive} is no whole zip file ({error}); fetch it again") from error
    return place


def _wanted(found: Iterable[Loaded]) -> list[Loaded]:
    """Return the failures, or, where nothing failed, the last stage of each cell."""
    loaded = list(found)
    failed = [one for one in loaded if one.record.outcome.status == FAILED]
    if failed:
        return failed
    last: dict[str, Loaded] = {}
    for one in sorted(loaded, key=lambda each: ORDER.index(each.record.stage) if each.record.stage in ORDER else len(ORDER)):
        last[one.record.cell] = one
    products = [one for one in last.values() if one.record.stage not in NO_CELL]
    return products or list(last.values())


def load(path: Path, scratch: Path) -> list[Loaded]:
    """Return the records to reproduce: of a folder or zip the failures, or else the last stage of each cell.

    Raises:
        RecordError: there is none, or one is truncated, edited or something else, or all are of wheels from elsewhere.
    """
    if not path.exists():
        raise RecordError(f"{path} is not there; name a record, a folder of records, or the zip that CI serves")
    if path.is_file() and path.suffix != ".zip":
        return [Loaded(record=read_record(path), folder=path.parent)]
    folder = path if path.is_dir() else _unpacked(path, scratch)
    records = [Loaded(record=read_record(one), folder=folder) for one in sorted(folder.rglob("*.json")) if _is_ours(one)]
    if not records:
        raise RecordError(f"{path} holds no record; records are the .json files of build/records/ and beside the wheels")
    unique = {(one.record.stage, one.record.cell, one.record.key): one for one in records}
    ours = [one for one in unique.values() if not tested_from_elsewhere(one.record)]
    if not ours:
        raise RecordError(f"{path} only holds tests of wheels from elsewhere; nox -s test -- --wheel FILE does those again")
    if len(ours) < len(unique):
        cells = ", ".join(sorted({one.record.cell for one in unique.values() if tested_from_elsewhere(one.record)}))
        step(f"passed over: tests of wheels from elsewhere ({cells}); nox -s test -- --wheel FILE does those again")
    return _wanted(ours)


def _is_ours(path: Path) -> bool:
    # Artefacts hold other JSON as well; what claims to be a statement has to be one.
    return b"in-toto.io/Statement" in path.read_bytes()[:200_000] or path.stat().st_size == 0
