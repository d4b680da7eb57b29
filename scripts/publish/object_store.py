"""Staging in an object store or on another machine, through fsspec: s3, gs, abfs, and what else is installed.

What holds there. An object store makes a put visible whole or not at all; on other file systems (sftp and the like) a
file is written beside and moved. There is no lock: files are put under the condition that none of that name exists
(If-None-Match, S3 and what speaks it), elsewhere the name is read before and the bytes after. The index is derived from
a listing, and the listing is read again after the index was written, until it says the same: of two uploaders, whoever
writes last has seen the files of both. An uploader that is killed between its index and its second look can leave the
other's files unlisted, never lost; the next upload lists them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from scripts.core.errors import RequestError, UploadError
from scripts.core.files import sha256_of
from scripts.publish.errors import TemporaryError
from scripts.publish.secrets import scrub, secrets_of
from scripts.publish.store import FULL, content_type, digest, other_bytes

# Stores whose put is atomic; on all others a file is written beside its place and moved there.
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "memory"})
S3 = frozenset({"s3", "s3a"})
# As botocore names them in its answers to a put with If-None-Match.
ALREADY_THERE = ("PreconditionFailed", "ConditionalRequestConflict", "412")
NO_CONDITIONS = ("NotImplemented", "501")
EXPIRED = ("ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "RequestExpired", "Unauthorized")


class ObjectStore:
    """A place that fsspec can write to, by its URL."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        try:
            # A fresh instance without listings kept: another uploader may be at work there.
            self._fs, self._root = fsspec.core.url_to_fs(url, skip_instance_cache=scheme != "memory", use_listings_cache=False)
        except (ImportError, ValueError, OSError) as error:
            raise RequestError(f"nothing here can write to {scheme}:// ({scrub(str(error), secrets_of())})") from error
        self._url = url.rstrip("/")
        self._scheme = scheme
        self._root = self._root.rstrip("/")
        self._conditions = scheme in S3

    @property
    def shown(self) -> str:
        return scrub(self._url)

    def _path(self, name: str) -> str:
        if ".." in name.split("/"):
            raise RequestError(f"{name!r} leads out of {self.shown}")
        return f"{self._root}/{name}".rstrip("/")

    def names(self, folder: str) -> dict[str, int]:
        with self._explained(folder):
            self._fs.invalidate_cache()
            try:
                found: list[dict[str, Any]] = self._fs.ls(self._path(folder), detail=True)
            except FileNotFoundError:
                return {}
        files = {str(one["name"]).rpartition("/")[2]: int(one["size"] or 0) for one in found if one["type"] == "file"}
        return {name: size for name, size in files.items() if name and not name.startswith(".")}

    def read(self, name: str) -> bytes | None:
        with self._explained(name):
            try:
                return bytes(self._fs.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def sha256(self, name: str) -> str | None:
        content = self.read(name)
        return None if content is None else digest(content)

    def put_new(self, source: Path, name: str) -> None:
        wanted = sha256_of(source)
        there = self.sha256(name)
        if there is None:
            if self._create(name, source.read_bytes()):
                return
            there = self.sha256(name)
        if there is None:
            raise TemporaryError(f"{name} was sent and is not there")
        if there != wanted:
            raise other_bytes(self.shown, name)

    def _create(self, name: str, content: bytes) -> bool:
        """Put an object where none is; True where the store itself promises that none was there before."""
        if self._conditions:
            try:
                self._put(name, content, mode="create")
            except FileExistsError:
                return False
            except NotImplementedError:
                self._conditions = False
            else:
                return True
        self._put(name, content)
        return False

    def write(self, name: str, content: bytes) -> None:
        if self.read(name) != content:
            self._put(name, content)

    def _put(self, name: str, content: bytes, **more: Any) -> None:
        try:
            with self._explained(name):
                if self._scheme in S3:
                    self._fs.pipe_file(self._path(name), content, ContentType=content_type(name), **more)
                elif self._scheme in OBJECT_STORES:
                    self._fs.pipe_file(self._path(name), content)
                else:
                    self._put_beside(name, content)
        except FileNotFoundError:
            raise UploadError(f"{self.shown} is not there (no such bucket or folder); make it, or mend --to") from None

    def _put_beside(self, name: str, content: bytes) -> None:
        folder, _, last = self._path(name).rpartition("/")
        self._fs.makedirs(folder, exist_ok=True)
        beside = f"{folder}/.{last}.{os.getpid()}.part"
        self._fs.pipe_file(beside, content)
        self._fs.mv(beside, self._path(name))

    @contextmanager
    def hold(self) -> Iterator[None]:
        yield

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Turn what a store answers into an error that says whether to try again; FileNotFoundError is the caller's."""
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - every file system of fsspec has exceptions of its own
            raise self._judged(name, error) from None

    def _judged(self, name: str, error: Exception) -> Exception:
        said = scrub(f"{error} {error.__cause__ or ''}".strip(), secrets_of())
        if isinstance(error, FileExistsError) or any(word in said for word in ALREADY_THERE):
            return FileExistsError(name)
        if any(word in said for word in NO_CONDITIONS):
            return NotImplementedError(said)
        if isinstance(error, OSError) and error.errno in FULL:
            return UploadError(f"{self.shown} is full; make room there and run the same command again ({said})")
        kind = type(error).__name__
        if isinstance(error, PermissionError) or kind == "NoCredentialsError" or any(word in said for word in EXPIRED):
            return UploadError(
                f"{self.shown} does not let us in ({said}); renew the credentials where fsspec finds them "
                "(for s3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the AWS configuration) and run the same command again"
            )
        if isinstance(error, OSError) and error.errno in (errno.EINVAL, errno.ENAMETOOLONG):
            return UploadError(f"{self.shown} refuses {name}: {said}")
        return TemporaryError(f"{self.shown}: {kind} {said}")
