"""The source of a native library: from git or from Debian's copy, and nothing but the pinned commit from either."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.core.errors import FetchError, IntegrityError, ProofError
from scripts.core.files import sha256_of
from scripts.core.source_lock import Blob, SourceLock, blob_id, tree_id
from scripts.vendor.recipe import SourceRecipe, read_recipe
from scripts.vendor.upstream import upstream_files
from tests.helpers import ROOT, git, new_repository

FILES = {"CMakeLists.txt": b"project(tiny)\n", "src/a.c": b"int a;\r\n", "LICENSE.txt": b"Boost\n"}


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write an upstream archive as Debian has them."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"tiny-1.0/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(raw.getvalue(), mtime=0))
    return path


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    folder = new_repository(tmp_path / "upstream", FILES)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


@pytest.fixture
def pinned(upstream: Path, context: Context) -> SourceLock:
    """The lock of that commit; its archive is not in the store."""
    blobs = {name: Blob(mode="100644", object_id=blob_id(content)) for name, content in FILES.items()}
    commit = git(upstream, "rev-parse", "HEAD")
    assert tree_id(blobs) == git(upstream, "rev-parse", "HEAD^{tree}")
    made = archive(context.layout.cache / "elsewhere" / "tiny_1.0.orig.tar.gz", FILES)
    return SourceLock(
        name="tiny", version="1.0", tag="1.0", commit=commit, tree=tree_id(blobs), commit_time=1_700_000_000,
        sdist_filename=made.name, sdist_sha256=sha256_of(made), blobs=blobs,
    )  # fmt: skip


@pytest.fixture
def recipe(upstream: Path) -> SourceRecipe:
    read = read_recipe(ROOT / "vendor", "sleef-vml")
    assert isinstance(read, SourceRecipe)
    return replace(read, remote=upstream.as_uri(), debian="pool/main/t/tiny/tiny_1.0.orig.tar.gz")


def contents(context: Context, recipe: SourceRecipe, lock: SourceLock) -> dict[str, bytes]:
    log = context.log("vendor")
    return {name: file.content for name, file in upstream_files(context, recipe, lock, log).items()}


def nowhere(recipe: SourceRecipe, monkeypatch: pytest.MonkeyPatch) -> SourceRecipe:
    """Neither git nor Debian can be reached."""
    monkeypatch.setenv("NUMEXPR_WHEELS_DEBIAN", "http://127.0.0.1:9/debian")
    return replace(recipe, remote="file:///nowhere/at/all")


def test_git_brings_the_pinned_commit_and_keeps_it(context: Context, recipe: SourceRecipe, pinned: SourceLock) -> None:
    assert contents(context, recipe, pinned) == FILES
    # Offline from now on.
    assert contents(context, replace(recipe, remote="file:///nowhere"), pinned) == FILES


def test_another_tree_than_the_pinned_one_is_refused(context: Context, recipe: SourceRecipe, pinned: SourceLock) -> None:
    with pytest.raises(IntegrityError, match=f"has tree {pinned.tree}, the lock says {'0' * 40}; it is not used"):
        contents(context, recipe, replace(pinned, tree="0" * 40))


def test_debian_s_archive_is_the_same_source(
    context: Context, recipe: SourceRecipe, pinned: SourceLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(context.layout.packages / pinned.sdist_filename, FILES)
    assert contents(context, nowhere(recipe, monkeypatch), pinned) == FILES


def test_one_altered_byte_is_named_even_where_the_sha256_was_altered_too(
    context: Context, recipe: SourceRecipe, pinned: SourceLock
) -> None:
    evil = archive(context.layout.packages / pinned.sdist_filename, {**FILES, "src/a.c": b"int b;\r\n"})
    with pytest.raises(ProofError, match=r"src/a\.c is not the file of the commit"):
        contents(context, recipe, replace(pinned, sdist_sha256=sha256_of(evil)))


def test_an_archive_with_a_file_less_is_refused(context: Context, recipe: SourceRecipe, pinned: SourceLock) -> None:
    short = archive(
        context.layout.packages / pinned.sdist_filename, {name: FILES[name] for name in ("CMakeLists.txt", "src/a.c")}
    )
    with pytest.raises(IntegrityError, match=r"lacks LICENSE\.txt of commit"):
        contents(context, recipe, replace(pinned, sdist_sha256=sha256_of(short)))


def test_an_archive_that_is_not_the_pinned_one_is_not_even_opened(
    context: Context, recipe: SourceRecipe, pinned: SourceLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (context.layout.packages / pinned.sdist_filename).parent.mkdir(parents=True)
    (context.layout.packages / pinned.sdist_filename).write_bytes(b"no archive at all")
    with pytest.raises(FetchError):
        contents(context, nowhere(recipe, monkeypatch), pinned)
    assert contents(context, recipe, pinned) == FILES


def test_without_any_source_the_message_says_what_to_do(
    context: Context, recipe: SourceRecipe, pinned: SourceLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FetchError) as caught:
        contents(context, nowhere(recipe, monkeypatch), pinned)
    for word in ("tiny 1.0", "git cannot reach file:///nowhere/at/all", "from Debian", "insteadOf",
                 pinned.sdist_filename, str(context.layout.packages), "nox -t plain"):  # fmt: skip
        assert word in str(caught.value)
