"""What another machine built: the raw wheel of a cell in a folder that was handed on, found by its record.

The keys of this machine do not matter: its CPython may be another patch release, its compiler another one. What counts
is that the bytes are those which the build's record names, and so is the library they are linked against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import EditedRecordError, IntegrityError, RecordError
from scripts.core.files import sha256_of
from scripts.core.record import FAILED, PASSED, RECORD, Record, read_record

LIBRARY = "vendor/"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A raw wheel from elsewhere, its record, and the library that it is linked against, if any."""

    path: Path
    record: Record
    native: Path | None


def records_in(folder: Path) -> Iterator[tuple[Path, Record]]:
    """Yield the records below a folder with their paths, in order of path; other files are passed over, edited ones not."""
    for path in sorted(folder.rglob("*.json")):
        try:
            yield path, read_record(path)
        except EditedRecordError:
            raise
        except RecordError:
            continue


def _check_products(path: Path, record: Record) -> None:
    for name, digest in record.subject.items():
        product = path.parent / name
        if not product.is_file():
            raise RecordError(f"{product} is missing, though its record is there; hand the whole folder on")
        if sha256_of(product) != digest:
            raise IntegrityError(
                f"{product} is not what its record names ({digest}): it was changed on the way. Take it from the build again"
            )


def _library(folder: Path, record: Record) -> Path | None:
    """Return the library that a build's record names, out of the same folder."""
    wanted = {one.digest: one.name for one in record.inputs if one.name.startswith(LIBRARY)}
    if not wanted:
        return None
    for path, native in records_in(folder):
        if path.name == RECORD and native.stage == "vendor" and native.key in wanted:
            _check_products(path, native)
            return next(path.parent / name for name in native.subject if name.startswith("lib/"))
    (name,) = wanted.values()
    raise RecordError(f"{folder} lacks the library that the wheel is linked against ({name}); hand build/native on as well")


def handed_wheel(folder: Path, cell: str) -> Handed:
    """Return the raw wheel of a cell out of a folder that another machine's build left (build/raw, build/native).

    Raises:
        RecordError: there is none, its build failed, or there are several.
        IntegrityError: the bytes are not those that the record names.
    """
    builds = [(path, record) for path, record in records_in(folder) if (record.stage, record.cell) == ("build", cell)]
    made = [(path, record) for path, record in builds if path.name == RECORD and record.outcome.status == PASSED]
    if len(made) > 1:
        raise RecordError(f"{folder} has {len(made)} builds of {cell}, and nothing says which is meant; hand one on")
    if not made:
        failed = next((record.outcome.message for _, record in builds if record.outcome.status == FAILED), "")
        reason = f"its build failed: {failed}" if failed else "give the folder that its build left, build/raw and build/native"
        raise RecordError(f"{folder} has no wheel of {cell}; {reason}")
    ((path, record),) = made
    _check_products(path, record)
    (name,) = record.subject
    return Handed(path=path.parent / name, record=record, native=_library(folder, record))
