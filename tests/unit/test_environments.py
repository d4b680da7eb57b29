"""An environment counts only when its marker was written, last, under the right key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.core.environments import COMPLETE, Environment, environment_key, is_complete, mark_complete
from scripts.core.packages import read_locked_set


@pytest.fixture
def path(tmp_path: Path) -> Path:
    environment = Environment(path=tmp_path / "build-key")
    environment.scripts.mkdir(parents=True)
    environment.python.touch()
    return environment.path


def test_an_environment_is_complete_once_it_is_marked(path: Path) -> None:
    assert not is_complete(path, "key")
    mark_complete(path, "key")
    assert is_complete(path, "key")


@pytest.mark.parametrize("content", ["", "{", "[]", '"key"', '{"key": "other"}', "null"])
def test_a_broken_or_foreign_marker_does_not_count(path: Path, content: str) -> None:
    (path / COMPLETE).write_text(content, encoding="utf-8")
    assert not is_complete(path, "key")


def test_an_environment_whose_interpreter_is_gone_does_not_count(path: Path) -> None:
    mark_complete(path, "key")
    Environment(path=path).python.unlink()
    assert not is_complete(path, "key")


def test_a_dangling_link_is_no_interpreter(path: Path) -> None:
    mark_complete(path, "key")
    Environment(path=path).python.unlink()
    Environment(path=path).python.symlink_to(path / "gone")
    assert not is_complete(path, "key")


def test_the_key_depends_on_packages_interpreter_and_its_version(tmp_path: Path) -> None:
    def key(digit: str, interpreter: str, identity: str) -> str:
        (tmp_path / "set.txt").write_text(f"pip==1 --hash=sha256:{digit * 64}\n", encoding="utf-8")
        return environment_key(read_locked_set(tmp_path, "set"), interpreter, identity)

    first = key("a", "/a/python", "3.11.7")
    assert first == key("a", "/a/python", "3.11.7")
    assert len({first, key("b", "/a/python", "3.11.7"), key("a", "/b/python", "3.11.7"), key("a", "/a/python", "3.11.8")}) == 4


def test_the_marker_names_the_key(path: Path) -> None:
    mark_complete(path, "key")
    assert json.loads((path / COMPLETE).read_text(encoding="utf-8")) == {"key": "key"}
