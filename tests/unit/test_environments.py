"""An environment counts only when its marker was written, last, under the right key."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from scripts.core.environments import COMPLETE, Environment, Maker, environment_key, is_complete, link_or_copy, mark_complete
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.run import output_of


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


def test_a_fresh_copy_has_the_packages_compiled_and_keeps_what_is_its_own(tmp_path: Path) -> None:
    maker = Maker(layout=Layout(root=tmp_path, cache=tmp_path / "cache", out=tmp_path), python=sys.executable, uv=None)
    log = tmp_path / "log"
    finished = maker.create(tmp_path / "finished", sys.executable, log)
    (packages,) = (path for path in finished.path.rglob("site-packages") if not path.parent.is_symlink())
    (packages / "thing.py").write_text("import sys\nprint(sys.prefix)\n", encoding="utf-8")
    (packages / "__pycache__").mkdir(exist_ok=True)
    (packages / "__pycache__" / "thing.pyc").write_bytes(b"compiled")
    finished.script("program").touch()

    copy = maker.fresh_copy(finished, tmp_path / "copy", sys.executable, log)

    here = copy.path / packages.relative_to(finished.path)
    assert (here / "thing.py").samefile(packages / "thing.py")
    assert (here / "__pycache__" / "thing.pyc").read_bytes() == b"compiled"
    assert not copy.script("program").exists()
    assert output_of([copy.python, "-I", "-c", "import thing"]).strip() == str(copy.path)
    (here / "other.py").touch()
    assert not (packages / "other.py").exists()


def test_a_file_is_copied_where_it_cannot_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    (tmp_path / "one").write_text("one", encoding="utf-8")
    link_or_copy(str(tmp_path / "one"), str(tmp_path / "two"))
    assert (tmp_path / "two").read_text(encoding="utf-8") == "one"
    (tmp_path / "one").write_text("other", encoding="utf-8")
    link_or_copy(str(tmp_path / "one"), str(tmp_path / "two"))
    assert (tmp_path / "two").read_text(encoding="utf-8") == "one"
