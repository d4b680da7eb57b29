"""A project's source from an archive of its release, each file proved against the commit's tree.

numexpr's releases are packed on Windows: many text files of an sdist have CRLF line ends that git does not have, and a few have
them in git itself. So a file is right when its bytes, or its bytes with CRLF turned to LF, hash to the blob that the
tree lists; the form that does is kept, and the compiler gets the same bytes as from git.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.core.errors import IntegrityError, ProofError
from scripts.core.source_lock import Blob, SourceLock, blob_id
from scripts.core.tree import EXECUTABLE, PLAIN, File, Files, is_excluded

MOST_MEMBERS = 10_000
MOST_BYTES = 200_000_000
# Made by the packing, not part of any commit.
GENERATED = re.compile(r"PKG-INFO|setup\.cfg|numexpr\.egg-info/.*|numexpr/version\.py")


def read_sdist(path: Path) -> dict[str, File]:
    """Return the files of an sdist by their path below its top folder; nothing is unpacked to disk.

    Raises:
        IntegrityError: it is no tar archive, too large, or holds a path that leads outside of it.
    """
    files: dict[str, File] = {}
    size = 0
    try:
        # To its end, where gzip's checksum is: tarfile stops reading before that.
        with gzip.open(path) as whole:
            content = whole.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise IntegrityError(f"{path.name} is larger than any release here ({MOST_BYTES} bytes); it is not used")
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for number, member in enumerate(archive):
                size += member.size
                if number > MOST_MEMBERS or size > MOST_BYTES:
                    raise IntegrityError(f"{path.name} is larger than any release here ({MOST_BYTES} bytes); it is not used")
                if member.isdir():
                    continue
                top, _, inside = member.name.partition("/")
                opened = archive.extractfile(member) if member.isreg() else None
                if opened is None or not inside or not top or inside.startswith("/") or ".." in inside.split("/"):
                    raise IntegrityError(f"{path.name} holds {member.name!r}, which is no plain file inside it; it is not used")
                mode = EXECUTABLE if member.mode & 0o100 else PLAIN
                files[inside] = File(mode=mode, content=opened.read())
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise IntegrityError(f"{path} cannot be read as an sdist ({error}); delete it and run again") from error
    return files


def prove(files: Mapping[str, File], blobs: Mapping[str, Blob], name: str) -> dict[str, File]:
    """Return the files that the tree lists, in the form in which git has them.

    Raises:
        ProofError: a file is neither what the tree lists nor made by the packing.
    """
    proved: dict[str, File] = {}
    for path, file in files.items():
        if path not in blobs:
            if not GENERATED.fullmatch(path):
                raise ProofError(f"{name} holds {path}, which the commit's tree does not; the sdist is not used")
            continue
        blob = blobs[path]
        for content in (file.content, file.content.replace(b"\r\n", b"\n")):
            if blob_id(content) == blob.object_id:
                # The archive may have lost the executable bit; the tree knows it.
                proved[path] = File(mode=blob.mode, content=content)
                break
        else:
            raise ProofError(f"{name}: {path} is not the file of the commit (blob {blob.object_id}); the sdist is not used")
    return proved


def proved_whole(path: Path, lock: SourceLock, exclude: Sequence[str] = ()) -> dict[str, File]:
    """Return the files of a release's archive: all of the locked commit's tree but `exclude`, each one proved.

    Raises:
        IntegrityError: it cannot be read, or lacks a file of the commit.
        ProofError: a file is neither what the tree lists nor made by the packing.
    """
    proved = prove(read_sdist(path), lock.blobs, path.name)
    lacking = [name for name in lock.blobs if name not in proved and not is_excluded(name, exclude)]
    if lacking:
        raise IntegrityError(f"{path.name} lacks {', '.join(lacking)} of commit {lock.commit}; it is not used")
    return proved


def with_git_line_ends(files: Files, blobs: Mapping[str, Blob]) -> dict[str, File]:
    """Return the files of a release that nothing proves, with the line ends that git most likely has.

    Where a file is the one of the pinned commit, in the one form or the other, it gets that form; else text gets LF. The
    patches of this repository are written for these forms.
    """
    likely: dict[str, File] = {}
    for path, file in files.items():
        if GENERATED.fullmatch(path):
            continue
        unix = file.content.replace(b"\r\n", b"\n")
        known = path in blobs and blob_id(file.content) == blobs[path].object_id
        likely[path] = file if known or b"\0" in file.content else File(mode=file.mode, content=unix)
    return likely


def newest_time(path: Path) -> int:
    """Return the newest time of a file in the sdist, in seconds since 1970: the nearest there is to a commit time."""
    with tarfile.open(path, "r:gz") as archive:
        return max((int(member.mtime) for member in archive if member.isreg()), default=0)
