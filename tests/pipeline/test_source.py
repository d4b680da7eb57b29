"""Where the source comes from makes no difference to the wheel, and what is not the source never becomes one."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from scripts.core.errors import FetchError, IntegrityError, PatchError, SourceError, StorageError
from scripts.core.files import digest_of_tree
from scripts.core.source_lock import SourceLock
from tests.helpers import git, sdist_page, served
from tests.pipeline.checkouts import NO_INDEX, Checkout, edit, sha256, write_lock

REMOTE = "https://github.com/pydata/numexpr.git"


def reach(checkout: Checkout, upstream: Path) -> dict[str, str]:
    """Return variables under which numexpr's URL leads to a repository of ours."""
    settings = checkout.root / "gitconfig"
    git(checkout.root, "config", "--file", str(settings), f"url.{upstream.as_uri()}.insteadOf", REMOTE)
    return {"GIT_CONFIG_GLOBAL": str(settings)}


def pin(checkout: Checkout, upstream: Path, lock: SourceLock) -> str:
    """Pin the repository's commit in place of numexpr's, with the same sdist."""
    commit = git(upstream, "rev-parse", "main")
    write_lock(
        checkout.root / "numexpr.lock", commit=commit, tree=git(upstream, "rev-parse", "main^{tree}"), time=lock.commit_time,
        blobs=git(upstream, "ls-tree", "-r", "main").splitlines(), sdist=(lock.sdist_filename, lock.sdist_sha256),
        version=lock.version,
    )  # fmt: skip
    return commit


def cache_of_its_own(checkout: Checkout) -> Checkout:
    return Checkout(root=checkout.root, cache=checkout.root / "own cache", variables=checkout.variables)


def repacked(sdist: Path, folder: Path, name: str, top: str, changes: dict[str, bytes]) -> Path:
    """Write an sdist again with some files changed."""
    path = folder / name
    with tarfile.open(sdist) as old, tarfile.open(path, "w:gz") as new:
        for member in old:
            inside = member.name.partition("/")[2]
            content = old.extractfile(member)
            data = changes.get(inside, content.read() if content else b"")
            member.name, member.size = f"{top}/{inside}", len(data)
            new.addfile(member, io.BytesIO(data))
    return path


def test_git_and_sdist_give_the_same_wheel(fresh: Checkout, built: Checkout, upstream: Path, lock: SourceLock) -> None:
    told = built.another("told again")
    shutil.rmtree(told.root / "build")
    assert "so from the index's numexpr-" in told.run("checkout").said  # which is how the shared wheel was made
    commit = pin(fresh, upstream, lock)
    reached = reach(fresh, upstream)
    ended = fresh.run("build", variables=reached)
    assert f"source of commit {commit}: git" in ended.said
    fresh.run("repair", variables=reached)
    assert fresh.raw_digest() == built.raw_digest()
    assert sha256(fresh.wheel()) == sha256(built.wheel())


def test_any_naming_of_a_commit_gives_the_same_source(fresh: Checkout, upstream: Path) -> None:
    reached = reach(fresh, upstream)
    full = git(upstream, "rev-parse", "main")
    trees = set()
    for name in ("feature/fast", "main", full[:8], full):
        words, named = ([], {"BUILD_COMMIT": name}) if name == "main" else ([name], {})
        said = fresh.run("checkout", *words, variables={**reached, **named}).said
        assert f"commit {full}" in said
        assert f"BUILD_COMMIT={full}" in said
        trees |= {path.parent.name for path in (fresh.root / "build" / "source").glob("*/tree/VERSION")}
    assert len(trees) <= 2  # the clean one, and the patched one of vml
    said = fresh.run("checkout", "no-such-name", fails=SourceError, variables=reached).said
    assert "'no-such-name' names no commit of" in said
    assert "no tag, no branch, no hash" in said


def test_the_submodule_is_used_and_never_written_to(fresh: Checkout, upstream: Path, lock: SourceLock) -> None:
    pin(fresh, upstream, lock)
    submodule = fresh.root / "numexpr"
    submodule.rmdir()
    git(upstream.parent, "clone", "--quiet", str(upstream), str(submodule))
    edit(submodule / "VERSION", "2.14.2", "2.14.2+edited")
    (submodule / "untracked.txt").touch()
    before = digest_of_tree(submodule)
    times = {path: path.stat().st_mtime_ns for path in submodule.rglob("*")}
    said = fresh.run("checkout").said
    assert "the submodule's checkout" in said
    assert "numexpr 2.14.2, commit" in said
    said = fresh.run("checkout", "--worktree").said
    assert "dirty" in said
    assert "numexpr 2.14.2+edited, work tree numexpr/ on commit" in said
    assert fresh.latest("checkout").outcome.facts["dirty"] is True
    assert digest_of_tree(submodule) == before
    assert {path: path.stat().st_mtime_ns for path in submodule.rglob("*")} == times


def test_a_tampered_sdist_is_refused(fresh: Checkout, built: Checkout, lock: SourceLock, tmp_path: Path) -> None:
    own = cache_of_its_own(fresh)
    sdist = built.cache / "packages" / lock.sdist_filename
    evil = repacked(sdist, tmp_path, lock.sdist_filename, f"numexpr-{lock.version}", {"setup.py": b"print('evil')\n"})
    sdist_page(tmp_path / "index", "numexpr", [evil])
    with served(tmp_path / "index") as url:
        settings = {**NO_INDEX, "PIP_INDEX_URL": url, "NO_PROXY": "127.0.0.1"}
        said = own.run("checkout", fails=IntegrityError, variables=settings).said
        assert f"{lock.sdist_filename} from the index has sha256 {sha256(evil)}, the lock says {lock.sdist_sha256}" in said
        # Somebody who can change the lock's sha256 too still cannot change what the commit's tree says.
        edit(fresh.root / "numexpr.lock", lock.sdist_sha256, sha256(evil))
        said = own.run("checkout", fails=IntegrityError, variables=settings).said
        assert "setup.py is not the file of the commit" in said
    assert not list(own.layout.sources.glob("*/tree"))


def test_a_damaged_sdist_in_the_cache_is_fetched_again_or_named(
    fresh: Checkout, built: Checkout, lock: SourceLock, tmp_path: Path
) -> None:
    own = cache_of_its_own(fresh)
    own.layout.packages.mkdir(parents=True)
    good = (built.cache / "packages" / lock.sdist_filename).read_bytes()
    (own.layout.packages / lock.sdist_filename).write_bytes(good[:-100])
    said = own.run("checkout", fails=FetchError, variables=NO_INDEX).said
    for word in ("git cannot reach numexpr's repository", lock.sdist_filename, str(own.layout.packages)):
        assert word in said
    (tmp_path / lock.sdist_filename).write_bytes(good)
    sdist_page(tmp_path / "index", "numexpr", [tmp_path / lock.sdist_filename])
    with served(tmp_path / "index") as url:
        own.run("checkout", variables={**NO_INDEX, "PIP_INDEX_URL": url, "NO_PROXY": "127.0.0.1"})
    assert (own.layout.packages / lock.sdist_filename).read_bytes() == good


def test_a_release_tag_without_git_is_built_and_says_what_is_not_proved(
    fresh: Checkout, built: Checkout, lock: SourceLock, tmp_path: Path
) -> None:
    own = cache_of_its_own(fresh)
    sdist = built.cache / "packages" / lock.sdist_filename
    other = repacked(sdist, tmp_path, "numexpr-2.13.1.tar.gz", "numexpr-2.13.1", {"VERSION": b"2.13.1\n"})
    sdist_page(tmp_path / "index", "numexpr", [other])
    with served(tmp_path / "index") as url:
        settings = {**NO_INDEX, "PIP_INDEX_URL": url, "NO_PROXY": "127.0.0.1"}
        said = own.run("checkout", "v2.13.1", variables=settings).said
        assert "numexpr-2.13.1.tar.gz, sha256 recorded, not proved against a commit" in said
        record = own.latest("checkout")
        assert record.outcome.facts["proof"] == "sha256 recorded, not proved against a commit"
        dependencies = record.statement["predicate"]["buildDefinition"]["resolvedDependencies"]
        assert {"name": "numexpr-2.13.1.tar.gz", "digest": {"sha256": sha256(other)}} in dependencies
        said = own.run("checkout", "v2.13.0", fails=FetchError, variables=settings).said
        assert "2.13.0" in said
    own.run("checkout", variables={**NO_INDEX, "BUILD_COMMIT": "v2.13.1"})  # what was fetched is enough
    for name in ("main", "0123456"):
        said = own.run("checkout", name, fails=SourceError, variables=NO_INDEX).said
        assert f"'{name}' cannot be looked up: git cannot reach numexpr's repository" in said
        assert "no release tag" in said
    # The pinned commit is known by its beginning; what is missing then is its sdist.
    said = own.run("checkout", lock.commit[:7], fails=FetchError, variables=NO_INDEX).said
    assert f"{lock.sdist_filename} cannot be had from pip's index" in said


def test_an_optional_patch_is_left_out_of_other_sources_only(fresh: Checkout, built: Checkout) -> None:
    tree = built.source()
    shutil.copytree(tree, fresh.root / "numexpr", dirs_exist_ok=True)
    header = "Subject: x\nWhy: y\nUpstream: none yet\nVariants: plain\nTargets: *\nOptional: yes\n---\n"
    diff = "--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-0.0.0\n+0.0.1\n"
    (fresh.root / "patches" / "0301-of-another-release.patch").write_text(header + diff, encoding="utf-8")
    fresh.run("checkout", "--worktree")
    said = fresh.run("checkout", fails=PatchError).said
    assert "patches/0301-of-another-release.patch (x) does not apply: VERSION, hunk 1 of 1" in said


def test_without_index_and_cache_the_error_names_what_to_fetch(fresh: Checkout, lock: SourceLock) -> None:
    own = cache_of_its_own(fresh)
    said = own.run("checkout", fails=FetchError, variables=NO_INDEX).said
    assert f"{lock.sdist_filename} cannot be had from pip's index (127.0.0.1:9: " in said


@pytest.mark.parametrize("place", ["file", "file/folder"])
def test_a_cache_that_cannot_be_one_is_named(fresh: Checkout, place: str) -> None:
    (fresh.root / "file").touch()
    wrong = Checkout(root=fresh.root, cache=fresh.root / place, variables=fresh.variables)
    assert "file" in wrong.run("checkout", fails=StorageError, variables=NO_INDEX).said
