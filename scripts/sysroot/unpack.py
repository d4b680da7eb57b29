"""Taking files out of downloaded archives: only named folders, only plain files, nowhere but below the place given."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile

from scripts.core.errors import IntegrityError
from scripts.sysroot.sources import PythonSource

DAMAGED = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


@contextmanager
def python_archive(path: Path, source: PythonSource) -> Iterator[zipfile.ZipFile]:
    """Open the zip of a Windows CPython that lies in an archive whose sha256 was checked.

    Raises:
        IntegrityError: the archive does not hold it.
    """
    try:
        with tarfile.open(path) as outer, TemporaryFile() as spooled:
            inside = outer.extractfile(source.member)
            if inside is None:
                raise KeyError(source.member)
            shutil.copyfileobj(inside, spooled, 1 << 20)
            with zipfile.ZipFile(spooled) as archive:
                yield archive
    except KeyError as error:
        raise IntegrityError(
            f"{path.name} does not hold {source.member}; sysroots/sources.toml and the file do not agree"
        ) from error
    except DAMAGED as error:
        raise IntegrityError(f"{path} cannot be unpacked ({error}); delete it and run the same command again") from error


def take_folder(archive: zipfile.ZipFile, folder: str, place: Path) -> int:
    """Copy the files below `folder` of a zip to `place` and return how many there were.

    Names that point out of `place` are refused, whatever the archive says; links are written as the plain files that zip
    has for them.

    Raises:
        IntegrityError: a name is none that an honest archive has.
    """
    prefix = folder.rstrip("/") + "/"
    count = 0
    for info in archive.infolist():
        if not info.filename.startswith(prefix) or info.is_dir():
            continue
        name = PurePosixPath(info.filename.removeprefix(prefix))
        if name.is_absolute() or ".." in name.parts or "\\" in info.filename:
            raise IntegrityError(f"{archive.filename or 'an archive'} holds {info.filename!r}, a path that leads out of it")
        target = place.joinpath(*name.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as inside, target.open("wb") as outside:
            shutil.copyfileobj(inside, outside)
        count += 1
    return count
