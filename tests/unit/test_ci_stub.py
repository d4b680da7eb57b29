"""The stubs do what GitHub's actions do, as far as the workflows rely on it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from scripts.ci import stub
from tests.helpers import git


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("workspace", "source", "store", "temp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv(stub.WORKSPACE, str(tmp_path / "workspace"))
    monkeypatch.setenv(stub.SOURCE, str(tmp_path / "source"))
    monkeypatch.setenv(stub.STORE, str(tmp_path / "store"))
    monkeypatch.setenv("STUB_NAME", "")
    monkeypatch.setenv("STUB_PATTERN", "")
    monkeypatch.setenv("STUB_OVERWRITE", "false")
    monkeypatch.setenv("STUB_MERGE", "false")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "workspace"


def _write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def _upload(monkeypatch: pytest.MonkeyPatch, name: str, *paths: str) -> None:
    monkeypatch.setenv("STUB_NAME", name)
    monkeypatch.setenv("STUB_PATH", "\n".join(paths))
    stub.upload()


def _names(workspace: Path, artifact: str) -> list[str]:
    with zipfile.ZipFile(workspace.parent / "store" / f"{artifact}.zip") as archive:
        return sorted(archive.namelist())


def test_names_begin_below_the_common_folder(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(workspace, "build/raw/k/a.whl", "build/logs/b.log", "wheelhouse/plain/a.whl", "build/.hidden/x", "other/y")
    _upload(monkeypatch, "one", "build/raw", "build/logs", "build/not-there")
    assert _names(workspace, "one") == ["logs/b.log", "raw/k/a.whl"]
    _upload(monkeypatch, "two", "wheelhouse", "build")
    assert _names(workspace, "two") == ["build/logs/b.log", "build/raw/k/a.whl", "wheelhouse/plain/a.whl"]
    _upload(monkeypatch, "three", "wheelhouse")
    assert _names(workspace, "three") == ["plain/a.whl"]


def test_no_artefact_is_written_over_unless_it_was_said(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(workspace, "a/b")
    _upload(monkeypatch, "one", "a")
    with pytest.raises(SystemExit, match="another name"):
        _upload(monkeypatch, "one", "a")
    monkeypatch.setenv("STUB_OVERWRITE", "true")
    _upload(monkeypatch, "one", "a")


def test_downloads_by_name_and_by_pattern(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(workspace, "a/b", "c/d")
    _upload(monkeypatch, "wheel-1", "a", "c")
    _upload(monkeypatch, "wheel-2", "c", "a")
    _upload(monkeypatch, "build-1", "a")
    monkeypatch.setenv("STUB_PATH", "down")
    monkeypatch.setenv("STUB_NAME", "build-1")
    stub.download()
    assert (workspace / "down" / "b").is_file()
    monkeypatch.setenv("STUB_NAME", "")
    monkeypatch.setenv("STUB_PATTERN", "wheel-*")
    monkeypatch.setenv("STUB_MERGE", "true")
    stub.download()
    assert (workspace / "down" / "a" / "b").is_file()
    monkeypatch.setenv("STUB_NAME", "wheel-3")
    with pytest.raises(SystemExit, match="no artefact wheel-3"):
        stub.download()


def test_the_checkout_has_the_local_edits_and_nothing_that_is_ignored(workspace: Path) -> None:
    source = workspace.parent / "source"
    git(source, "init", "--quiet")
    _write(source, "kept", "edited", "removed", ".gitignore")
    (source / ".gitignore").write_text("/build/\n", encoding="utf-8")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "-m", "one")
    (source / "edited").write_text("new", encoding="utf-8")
    (source / "removed").unlink()
    _write(source, "added/file with a space", "build/big")
    _write(workspace, "left/over")
    stub.checkout()
    found = {
        path.relative_to(workspace).as_posix()
        for path in workspace.rglob("*")
        if path.is_file() and ".git/" not in path.as_posix()
    }
    assert found == {"kept", "edited", ".gitignore", "added/file with a space"}
    assert (workspace / "edited").read_text(encoding="utf-8") == "new"
