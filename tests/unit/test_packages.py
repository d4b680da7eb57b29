"""Requirement sets have a hash for everything, and what lies damaged in the store is dropped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from scripts.core.errors import ConfigError
from scripts.core.packages import canonical, drop_damaged, read_locked_set
from tests.helpers import ROOT

GOOD = hashlib.sha256(b"good").hexdigest()
OTHER = "b" * 64


def locked(folder: Path, text: str) -> Path:
    (folder / "set.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_the_repository_s_own_sets_are_whole(path: Path) -> None:
    wanted = read_locked_set(path.parent, path.stem)
    assert wanted.allowed
    assert wanted.name == path.stem
    assert path.with_suffix(".in").is_file()


def test_a_set_is_read(tmp_path: Path) -> None:
    text = (
        f"# made by nox -s lock\nNumPy==2.0 ; python_version < '3.12' \\\n"
        f"    --hash=sha256:{GOOD} \\\n    --hash=sha256:{OTHER}\n"
        f"    # via here\nnumpy==2.1 --hash=sha256:{OTHER}\n\na.b_c==1+local --hash=sha256:{GOOD}\n"
    )
    wanted = read_locked_set(locked(tmp_path, text), "set")
    assert wanted.allowed == (
        ("numpy", "2.0", frozenset({GOOD, OTHER})),
        ("numpy", "2.1", frozenset({OTHER})),
        ("a-b-c", "1+local", frozenset({GOOD})),
    )
    assert wanted.versions("numpy") == ["2.0", "2.1"]
    assert wanted.versions("nothing") == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.0",
        "numpy",
        f"numpy>=2.0 --hash=sha256:{GOOD}",
        "numpy==2.0 --hash=sha256:abc",
        f"numpy==2.0 --hash=md5:{GOOD}",
        f"-e . --hash=sha256:{GOOD}",
        f"numpy @ https://example.invalid/numpy.whl --hash=sha256:{GOOD}",
        "--index-url https://example.invalid/simple",
    ],
)
def test_a_line_without_a_hash_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"requirements/set\.txt: .* is not a name==version with sha256 hashes"):
        read_locked_set(locked(tmp_path, f"pip==1 --hash=sha256:{GOOD}\n{line}\n"), "set")


def test_a_missing_set_says_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"requirements/set\.txt is missing; nox -s lock makes it"):
        read_locked_set(tmp_path, "set")


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    before = read_locked_set(locked(tmp_path, f"pip==1 --hash=sha256:{GOOD}\n"), "set").digest
    after = read_locked_set(locked(tmp_path, f"pip==1 --hash=sha256:{GOOD}\n# a word\n"), "set").digest
    assert before != after


@pytest.mark.parametrize(("name", "normal"), [("NumPy", "numpy"), ("a.b_c--d", "a-b-c-d"), ("pip", "pip")])
def test_names_are_normalised(name: str, normal: str) -> None:
    assert canonical(name) == normal


def test_damaged_files_of_the_set_are_dropped_and_no_others(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    wanted = read_locked_set(locked(tmp_path, f"pypi-simple==1.0 --hash=sha256:{GOOD}\n"), "set")
    kept = {
        "pypi_simple-1.0-py3-none-any.whl": b"good",
        "pypi_simple-1.0.1-py3-none-any.whl": b"another version",
        "pypi-1.0-py3-none-any.whl": b"another project",
        "pypi_simple_extra-1.0-py3-none-any.whl": b"another project",
        "numexpr-2.14.2.tar.gz": b"an sdist",
    }
    damaged = {"pypi_simple-1.0-cp311-cp311-any.whl": b"goo", "pypi-simple-1.0.tar.gz": b"", "PyPI.Simple-1.0.zip": b"x"}
    for name, content in {**kept, **damaged}.items():
        (store / name).write_bytes(content)
    assert sorted(drop_damaged(store, wanted)) == sorted(damaged)
    assert sorted(path.name for path in store.iterdir()) == sorted(kept)
