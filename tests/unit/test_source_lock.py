"""numexpr.lock proves itself: the tree id is that of its blobs, the commit that of the submodule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.core.config import Config
from scripts.core.errors import ConfigError, IntegrityError
from scripts.core.source_lock import Blob, SourceLock, blob_id, read_source_lock, tree_id
from tests.helpers import ROOT, git

LOCK = (ROOT / "numexpr.lock").read_text(encoding="utf-8")
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

names = st.text("ab.-0é ", min_size=1, max_size=3).filter(lambda name: name.strip(". ") != "")
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
blobs = st.builds(
    Blob,
    mode=st.sampled_from(["100644", "100755", "120000"]),
    object_id=st.binary(min_size=19, max_size=19).map(lambda tail: "a7" + tail.hex()),
)
trees = st.dictionaries(paths, blobs, max_size=8).filter(
    lambda tree: not any(other.startswith(path + "/") for path in tree for other in tree)
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet")
    return folder


def altered(folder: Path, old: str, new: str) -> Path:
    assert old in LOCK
    path = folder / "numexpr.lock"
    path.write_text(LOCK.replace(old, new, 1), encoding="utf-8")
    return path


@given(tree=trees)
@settings(max_examples=25, deadline=None)
def test_tree_ids_are_those_of_git(repository: Path, tree: dict[str, Blob]) -> None:
    git(repository, "read-tree", "--empty")
    lines = "".join(f"{blob.mode} {blob.object_id}\t{path}\0" for path, blob in tree.items())
    git(repository, "update-index", "-z", "--index-info", given=lines)
    assert tree_id(tree) == git(repository, "write-tree", "--missing-ok")


def test_the_id_of_nothing_is_git_s() -> None:
    assert tree_id({}) == EMPTY_TREE
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_the_lock_s_tree_is_recomputed(lock: SourceLock) -> None:
    assert tree_id(lock.blobs) == lock.tree == "ed91e3d2acf0ba57a7b50e31144afa4caa762bbc"
    assert lock.sdist_filename == f"{lock.name}-{lock.version}.tar.gz"
    assert lock.tag == f"v{lock.version}"


def test_the_lock_and_the_submodule_are_the_same_commit(lock: SourceLock, config: Config) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert git(ROOT, "ls-files", "--stage", "--", "numexpr").split()[:2] == ["160000", lock.commit]
    assert git(ROOT, "config", "--file", ".gitmodules", "submodule.numexpr.url") == config.source.remote


def test_one_altered_line_is_noticed(tmp_path: Path, lock: SourceLock) -> None:
    path, blob = next((path, blob) for path, blob in lock.blobs.items() if blob.mode == "100644")
    changed = blob.object_id[:-1] + ("0" if blob.object_id[-1] != "0" else "1")
    line = next(line for line in LOCK.splitlines() if path in line and blob.object_id in line)
    for new in (
        line.replace(blob.object_id, changed),
        line.replace("100644", "100755"),
        line.replace(path, path + "x"),
        "",
    ):
        with pytest.raises(IntegrityError, match=r"numexpr\.lock: the blobs give tree [0-9a-f]{40}, the lock says"):
            read_source_lock(altered(tmp_path, line, new))
    with pytest.raises(IntegrityError, match=r"git checkout, or make it anew"):
        read_source_lock(altered(tmp_path, lock.tree, EMPTY_TREE))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("commit", '"main"', "40 hex digits"),
        ("commit", "3", "40 hex digits"),
        ("tree", '"ED91E3D2ACF0BA57A7B50E31144AFA4CAA762BBC"', "40 hex digits"),
        ("commit-time", "true", "seconds since 1970"),
        ("commit-time", "12", "315532800 or more"),
        ("sha256", '"e7144e83"', "64 hex digits"),
        ("tag", "[]", "a tag"),
    ],
)
def test_malformed_values_are_named(tmp_path: Path, key: str, value: str, said: str) -> None:
    line = next(line for line in LOCK.splitlines() if line.startswith(f"{key} ="))
    with pytest.raises(ConfigError, match=rf"numexpr\.lock: (sdist\.)?{key}: found .*{said}"):
        read_source_lock(altered(tmp_path, line, f"{key} = {value}"))


@pytest.mark.parametrize("path", ["../outside", "a/../../outside", "/absolute", "a//b"])
def test_paths_that_lead_outside_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="a path inside the tree"):
        read_source_lock(altered(tmp_path, "[blobs]\n", f'[blobs]\n"{path}" = "100644 {"0" * 40}"\n'))


@pytest.mark.parametrize("value", ['"100600 ' + "0" * 40 + '"', '"100644"', '"100644 xyz"', "7"])
def test_blobs_are_a_mode_and_an_id(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=r"numexpr\.lock: blobs\.new: found .*allowed: a mode and 40 hex digits"):
        read_source_lock(altered(tmp_path, "[blobs]\n", f'[blobs]\n"new" = {value}\n'))
