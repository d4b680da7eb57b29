"""Files and folders that appear whole or not at all, their digests, and the locks around them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from scripts.core.errors import StorageError
from scripts.core.layout import CACHE_VARIABLE, this_layout

SECONDS_TO_WAIT_IN_SILENCE = 1.0


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_tree(folder: Path) -> str:
    """Return one sha256 over the paths, executable bits and contents of all files below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        executable = "x" if path.stat().st_mode & stat.S_IXUSR else "-"
        digest.update(f"{path.relative_to(folder).as_posix()}\0{executable}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside `path` and rename it there, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def copy_whole(source: Path, path: Path) -> None:
    """Copy the file `source` to `path` so that it appears whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Remove a folder and everything in it; nothing happens where there is none."""
    if not path.exists():
        return

    def make_writable_and_retry(_function: object, name: str, _error: object) -> None:
        Path(name).parent.chmod(0o755)
        Path(name).unlink(missing_ok=True)

    if sys.version_info >= (3, 12):
        shutil.rmtree(path, onexc=make_writable_and_retry)
    else:
        shutil.rmtree(path, onerror=make_writable_and_retry)


def publish_folder(finished: Path, place: Path) -> None:
    """Rename the finished folder to its place; what was there before gives way.

    The caller holds the lock of the place. A reader that comes between the two renames finds nothing, never half.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    old = place.with_name(f".{place.name}.old")
    remove_tree(old)
    if place.exists():
        place.rename(old)
    finished.rename(place)
    remove_tree(old)


def fresh_folder(path: Path) -> Path:
    """Return `path` as an empty folder, whatever a killed run has left there."""
    remove_tree(path)
    path.mkdir(parents=True)
    return path


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """Give `path` as an empty folder, which is gone afterwards, however the work in it ended."""
    try:
        yield fresh_folder(path)
    finally:
        remove_tree(path)


@contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock called `name`, kept in `folder`, against every other process; says so when it has to wait."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=SECONDS_TO_WAIT_IN_SILENCE)
    except Timeout:
        print(f"* another process is making {name}; waiting for it", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_there(folder: Path) -> bool:
    return os.path.isdir(folder)  # noqa: PTH112 - where the name is too long, Path.is_dir raises the error again


def _in_cache(where: Path, cache: Path) -> bool:
    """Tell whether a path is the cache's, a folder above it included where the cache itself is not there yet."""
    return where.is_relative_to(cache) or (cache.is_relative_to(where) and not _is_there(cache))


@contextmanager
def clear_storage_errors() -> Iterator[None]:
    """Turn a full disk, a forbidden path or an impossible cache into a StorageError that says what to do."""
    try:
        yield
    except OSError as error:
        where, cache = error.filename or "a file", this_layout().cache
        in_cache = _in_cache(Path(str(where)), cache)
        elsewhere = f", or move the cache with {CACHE_VARIABLE}=FOLDER," if in_cache else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"no space left on the disk while writing {where}; nothing half-made was kept. Free some space "
                f"(build/ and .nox/ can be deleted at any time){elsewhere} and run the same command again"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"no permission for {where} ({error.strerror}); give yourself access to it{elsewhere} and run the same command "
                "again"
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR):
            raise StorageError(
                f"{where}: {error.strerror}; a file is in the way of a folder, or the reverse. Move it aside{elsewhere} and run "
                "the same command again"
            ) from error
        # What is missing elsewhere is a mistake of ours, and its traceback says where.
        if in_cache and not _is_there(cache):
            raise StorageError(
                f"there can be no cache at {cache} ({error.strerror}: {where}); name another folder with "
                f"{CACHE_VARIABLE}=FOLDER and run the same command again"
            ) from error
        raise
