"""Where staging lies: a small interface over a folder and over object stores (fsspec), and the folder's side of it.

What a store promises to readers: a file is there whole or not at all, and what is there under a name is never replaced
by other bytes, except the pages of the index, which are written last.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from scripts.core.errors import IntegrityError, RemoteError, UploadError
from scripts.core.files import copy_whole, locked, sha256_of, write_whole

LOCK = "upload"
FULL = (errno.ENOSPC, errno.EDQUOT)
# What static web servers and object stores are told, by file ending; the JSON's is PEP 691's own.
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    "index.json": "application/vnd.pypi.simple.v1+json",
    ".json": "application/json",
    ".metadata": "text/plain; charset=utf-8",
    ".asc": "application/pgp-signature",
}


class Store(Protocol):
    """Files by name; names are relative paths with forward slashes."""

    @property
    def shown(self) -> str:
        """The store as a person may see it."""
        ...

    def names(self, folder: str) -> dict[str, int]:
        """Return the files directly in a folder and their sizes; empty where there is no such folder."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a file's content, None where there is none."""
        ...

    def sha256(self, name: str) -> str | None:
        """Return the sha256 of the bytes of a file, None where there is none."""
        ...

    def put_new(self, source: Path, name: str) -> None:
        """Put a file where none is; one with the same bytes is left, one with others is an IntegrityError."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put or replace a file, whole at every moment."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """Keep other uploaders out while the context lasts, where the store can do that."""
        ...


def content_type(name: str) -> str:
    """Return the media type of a file by its name."""
    return next((value for ending, value in CONTENT_TYPES.items() if name.endswith(ending)), "application/octet-stream")


def other_bytes(shown: str, name: str) -> IntegrityError:
    """Return the error for a name that is taken by other bytes."""
    return IntegrityError(
        f"{shown} has another {name} now: someone else sent different bytes under this name. It was not overwritten; "
        "agree on one of the two"
    )


def digest(content: bytes) -> str:
    """Return the sha256 of bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


class FolderStore:
    """A folder on a disk that this machine has; a lock file keeps a second uploader waiting."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def shown(self) -> str:
        return str(self._root)

    def _path(self, name: str) -> Path:
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root):
            raise RemoteError(f"{name!r} leads out of {self._root}; nothing outside of it is read or written")
        return path

    def names(self, folder: str) -> dict[str, int]:
        place = self._path(folder)
        if not place.is_dir():
            return {}
        return {path.name: path.stat().st_size for path in place.iterdir() if path.is_file() and not path.name.startswith(".")}

    def read(self, name: str) -> bytes | None:
        path = self._path(name)
        return path.read_bytes() if path.is_file() else None

    def sha256(self, name: str) -> str | None:
        path = self._path(name)
        return sha256_of(path) if path.is_file() else None

    def put_new(self, source: Path, name: str) -> None:
        path = self._path(name)
        if path.exists():
            if sha256_of(path) != sha256_of(source):
                raise other_bytes(self.shown, name)
            return
        with self._full_disk():
            copy_whole(source, path)

    def write(self, name: str, content: bytes) -> None:
        if self.read(name) != content:
            with self._full_disk():
                write_whole(self._path(name), content)

    @contextmanager
    def hold(self) -> Iterator[None]:
        # The lock's file stays: removing it would let a third uploader lock another file of the same name.
        with self._full_disk(), locked(self._root, f".{LOCK}"):
            yield

    @contextmanager
    def _full_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise UploadError(f"the disk of {self.shown} is full; make room there and run the same command again") from error
            raise
