"""Every error that a person can cause or meet, one exit status per class.

A message says what happened, to what, why, and what to do next; it is printed without a traceback. Errors are
caught in one place, `scripts.__main__`.
"""

from __future__ import annotations

from pathlib import Path


class WheelsError(Exception):
    """Base of all errors of this repository; where a command failed, `log` has its whole output."""

    exit_status = 10

    def __init__(self, message: str, *, log: Path | None = None, command_status: int | None = None, command: str = "") -> None:
        super().__init__(message)
        self.log = log
        self.command_status = command_status
        self.command = command


class RequestError(WheelsError):
    """The command line asks for something that does not exist."""

    exit_status = 11


class ConfigError(WheelsError):
    """wheels.toml or a lock file of this repository is not right."""

    exit_status = 12


class SourceError(WheelsError):
    """The source of the commit cannot be had, or its name means nothing."""

    exit_status = 13


class IntegrityError(WheelsError):
    """Bytes are not the ones that a lock, a record or a proof names."""

    exit_status = 14


class PatchError(WheelsError):
    """A patch of patches/ does not apply exactly."""

    exit_status = 15


class FetchError(WheelsError):
    """Something has to be downloaded and cannot be."""

    exit_status = 16


class InterpreterError(WheelsError):
    """A CPython that was asked for is not here or cannot build."""

    exit_status = 17


class ToolchainError(WheelsError):
    """A compiler or another tool is missing."""

    exit_status = 18


class VendorError(WheelsError):
    """A native library cannot be built or is not what it should be."""

    exit_status = 19


class BuildError(WheelsError):
    """numexpr does not compile."""

    exit_status = 20


class GateError(WheelsError):
    """A wheel was made, but it is not fit to go on."""

    exit_status = 21


class RepairError(WheelsError):
    """auditwheel, delocate or delvewheel refuses the wheel."""

    exit_status = 22


class PolicyError(WheelsError):
    """The repaired wheel needs a newer platform than wheels.toml allows."""

    exit_status = 23


class SuiteError(WheelsError):
    """numexpr's own suite failed, or did not really run."""

    exit_status = 24


class CheckError(WheelsError):
    """A check of this repository's own failed on an installed wheel."""

    exit_status = 25


class RecordError(WheelsError):
    """A record is missing, truncated, edited or of another product."""

    exit_status = 26


class UploadError(WheelsError):
    """The other end does not take a file; what is there is whole, and the next run goes on from it."""

    exit_status = 29


class RemoteError(WheelsError):
    """A foreign listing or file cannot be read, or is not fit to be read."""

    exit_status = 30


class EditedRecordError(RecordError):
    """A record was changed after it was written."""

    exit_status = 31


class StaleError(RecordError):
    """A product is there, but it was made from other inputs."""

    exit_status = 32


class ProofError(IntegrityError):
    """A source file is not the commit's."""

    exit_status = 33


class LockError(IntegrityError):
    """A lock file of this repository contradicts itself."""

    exit_status = 34


class ContentsError(GateError):
    """A wheel's RECORD does not describe the wheel."""

    exit_status = 35


class TagError(GateError):
    """A wheel's name claims other tags than the wheel has."""

    exit_status = 36


class DifferentError(WheelsError):
    """A build came out differently from the one that its record describes."""

    exit_status = 37


class StructureError(CheckError):
    """The native code of a wheel does not keep its platform's rules."""

    exit_status = 38


class StorageError(WheelsError):
    """The disk is full, or a file or folder may not be read or written."""

    exit_status = 27


class CommandError(WheelsError):
    """A command ended with a status that its caller did not expect."""

    exit_status = 28
