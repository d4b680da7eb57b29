"""What build hands on to repair and test: a wheel that is not repaired yet, and the record of how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.core.record import Input, Record
from scripts.core.targets import Cell

# What the tree that is compiled is called among the inputs of a build.
SOURCE = "source"


@dataclass(frozen=True, kw_only=True)
class RawWheel:
    """An unrepaired wheel, the library that it is linked against if any, and its record, which says all the rest.

    Everything that repair needs is in the record, so that a wheel built on another machine is repaired like one of ours.
    """

    path: Path
    cell: Cell
    native: Path | None
    record: Record

    @property
    def policy(self) -> str:
        """The platform tag that was asked for."""
        return str(self.record.definition["externalParameters"]["policy"])

    @property
    def library(self) -> str:
        """The folder of vendor/ that it is linked against, empty for none."""
        return str(self.record.definition["externalParameters"].get("library", ""))

    @property
    def toolchain(self) -> dict[str, str]:
        """The identity of the compiler."""
        return dict(self.record.definition["internalParameters"]["toolchain"])

    @property
    def time(self) -> int:
        """SOURCE_DATE_EPOCH of the build."""
        return int(self.record.definition["internalParameters"]["source-date-epoch"])

    @property
    def source(self) -> tuple[Input, ...]:
        """The inputs that identify the source: those that the build's plan has before the tree itself."""
        inputs = self.record.inputs
        return inputs[: [one.name for one in inputs].index(SOURCE)]


def asked_library(library: str) -> dict[str, str]:
    """Return what a record says of the native library; nothing where there is none, as in records of before there was."""
    return {"library": library} if library else {}
