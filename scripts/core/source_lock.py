r"""numexpr.lock: the pinned commit, its tree and blobs, and the sdist of the release.

Object ids are git's: sha1 over "<type> <length>\0<content>" (git's book, "Git Objects"). The tree id is recomputed
from the blobs each time the lock is read, so that an edited line cannot go unnoticed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.errors import ConfigError, LockError
from scripts.core.tables import read_toml

OBJECT_ID = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
MODES = ("100644", "100755", "120000")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """One file of a commit's tree: git's mode and blob id."""

    mode: str
    object_id: str


@dataclass(frozen=True, kw_only=True)
class SourceLock:
    """What is pinned; `commit_time` is in seconds since 1970 (UTC), as SOURCE_DATE_EPOCH wants it."""

    name: str
    version: str
    tag: str
    commit: str
    tree: str
    commit_time: int
    sdist_filename: str
    sdist_sha256: str
    blobs: Mapping[str, Blob]


def blob_id(content: bytes) -> str:
    """Return git's id of a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def tree_id(blobs: Mapping[str, Blob]) -> str:
    """Return git's id of the tree that holds `blobs`, keyed by path with forward slashes."""
    files: dict[str, Blob] = {}
    folders: dict[str, dict[str, Blob]] = {}
    for path, blob in blobs.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = blob
        else:
            files[head] = blob
    # git sorts a folder as if its name ended with a slash.
    entries = [(name.encode(), blob.mode, name, blob.object_id) for name, blob in files.items()]
    entries += [(name.encode() + b"/", "40000", name, tree_id(inside)) for name, inside in folders.items()]
    content = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(object_id) for _, mode, name, object_id in sorted(entries)
    )
    return hashlib.sha1(b"tree %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def read_source_lock(path: Path) -> SourceLock:
    """Return the lock in `path`.

    Raises:
        ConfigError: a key is missing, unknown or malformed.
        LockError: the blobs do not give the tree id.
    """
    top = read_toml(path)
    top.only("name", "version", "tag", "commit", "tree", "commit-time", "sdist", "blobs")
    sdist = top.table("sdist")
    sdist.only("filename", "sha256")
    digest = sdist.get("sha256", str, "64 hex digits")
    if not SHA256.fullmatch(digest):
        raise sdist.fail("sha256", digest, "64 hex digits")
    for key in ("commit", "tree"):
        if not OBJECT_ID.fullmatch(top.get(key, str, "40 hex digits")):
            raise top.fail(key, top.values[key], "40 hex digits")
    lock = SourceLock(
        name=top.get("name", str, "the project's name"),
        version=top.get("version", str, "a version"),
        tag=top.get("tag", str, "a tag of the project's repository"),
        commit=top.get("commit", str, "40 hex digits"),
        tree=top.get("tree", str, "40 hex digits"),
        commit_time=top.count("commit-time", "seconds since 1970", least=315_532_800),
        sdist_filename=sdist.get("filename", str, "a file name"),
        sdist_sha256=digest,
        blobs=_blobs(path, top.table("blobs").values),
    )
    found = tree_id(lock.blobs)
    if found != lock.tree:
        raise LockError(
            f"{path.name}: the blobs give tree {found}, the lock says {lock.tree}; a line was edited or lost: "
            "restore the file with git checkout, or make it anew with nox -s pin"
        )
    return lock


def _blobs(path: Path, values: Mapping[str, object]) -> dict[str, Blob]:
    blobs = {}
    for name, value in values.items():
        mode, _, object_id = str(value).partition(" ")
        parts = name.split("/")
        if mode not in MODES or not OBJECT_ID.fullmatch(object_id):
            raise ConfigError(f"{path.name}: blobs.{name}: found {value!r}; allowed: a mode and 40 hex digits")
        if ".." in parts or "" in parts:
            raise ConfigError(f"{path.name}: blobs: found the path {name!r}; allowed: a path inside the tree")
        blobs[name] = Blob(mode=mode, object_id=object_id)
    return blobs
