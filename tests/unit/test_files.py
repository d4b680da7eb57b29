"""Products appear whole or not at all, locks hold between processes, a full disk is explained."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.errors import StorageError
from scripts.core.files import (
    clear_storage_errors,
    copy_whole,
    digest_of_tree,
    fresh_folder,
    locked,
    publish_folder,
    remove_tree,
    scratch_folder,
    sha256_of,
    write_whole,
)
from tests.helpers import ROOT

BEFORE = "import os, signal, sys\nfrom pathlib import Path\nfrom scripts.core import files\n"
DIE_WHEN_SYNCED = BEFORE + "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
HOLD = BEFORE + "with files.locked(Path(sys.argv[1]), 'x'):\n    print('held', flush=True)\n    sys.stdin.readline()\n"
WAIT = (
    BEFORE
    + "files.SECONDS_TO_WAIT_IN_SILENCE = 0.01\nwith files.locked(Path(sys.argv[1]), 'x'):\n    print('got it', flush=True)\n"
)


def python(code: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "sub").mkdir(parents=True)
    (made / "a").write_text("a", encoding="utf-8")
    (made / "sub" / "b").write_text("b", encoding="utf-8")
    return made


@pytest.mark.parametrize("content", ["text\n", b"\x00\r\n"])
def test_a_file_is_written(tmp_path: Path, content: str | bytes) -> None:
    write_whole(tmp_path / "new" / "file", content)
    assert (tmp_path / "new" / "file").read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


def test_a_writer_that_is_killed_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")
    with python(DIE_WHEN_SYNCED + "files.write_whole(Path(sys.argv[1]), 'new' * 1000)", tmp_path / "file") as killed:
        assert killed.wait(timeout=60) == -signal.SIGKILL
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "file", "new")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("file", "old")]


def test_a_copy_is_whole(tmp_path: Path, folder: Path) -> None:
    copy_whole(folder / "a", tmp_path / "new" / "copy")
    assert sha256_of(tmp_path / "new" / "copy") == sha256_of(folder / "a")
    with pytest.raises(FileNotFoundError):
        copy_whole(folder / "gone", tmp_path / "new" / "copy")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["copy"]


def test_a_published_folder_takes_the_place_of_the_old_one(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "places" / "one"
    for leftover in (place, place.with_name(".one.old")):  # the second is what a killed run leaves
        (leftover / "old").mkdir(parents=True)
    publish_folder(folder, place)
    assert sorted(path.name for path in place.iterdir()) == ["a", "sub"]
    assert [path.name for path in place.parent.iterdir()] == ["one"]
    assert not folder.exists()


def test_a_fresh_folder_is_empty(folder: Path) -> None:
    assert list(fresh_folder(folder).iterdir()) == []


def test_a_scratch_folder_is_empty_at_first_and_gone_after_a_failure(folder: Path) -> None:
    def fail() -> None:
        with scratch_folder(folder) as scratch:
            assert list(scratch.iterdir()) == []
            (scratch / "half").touch()
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        fail()
    assert not folder.exists()


def test_a_scratch_folder_may_be_renamed(tmp_path: Path, folder: Path) -> None:
    with scratch_folder(folder) as scratch:
        publish_folder(scratch, tmp_path / "place")
    assert (tmp_path / "place").is_dir()


def test_removing_nothing_is_no_mistake(tmp_path: Path) -> None:
    remove_tree(tmp_path / "gone")


def test_read_only_folders_are_removed(folder: Path) -> None:
    (folder / "sub" / "b").chmod(0o444)
    (folder / "sub").chmod(0o555)
    remove_tree(folder)
    assert not folder.exists()


def test_links_are_removed_and_not_followed(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "kept").mkdir()
    (folder / "link").symlink_to(tmp_path / "kept")
    (folder / "dangling").symlink_to(tmp_path / "gone")
    remove_tree(folder)
    assert (tmp_path / "kept").is_dir()


def test_the_digest_of_a_tree_is_names_bits_and_contents(folder: Path) -> None:
    digests = [digest_of_tree(folder)]
    os.utime(folder / "a", (1, 1))
    assert digest_of_tree(folder) == digests[0]
    (folder / "a").chmod(0o755)
    digests.append(digest_of_tree(folder))
    (folder / "a").write_text("A", encoding="utf-8")
    digests.append(digest_of_tree(folder))
    (folder / "a").rename(folder / "c")
    digests.append(digest_of_tree(folder))
    (folder / "d").touch()
    digests.append(digest_of_tree(folder))
    assert len(set(digests)) == len(digests)


def test_a_lock_holds_between_processes(tmp_path: Path) -> None:
    with python(HOLD, tmp_path) as holder:
        assert said(holder) == "held"
        with python(WAIT, tmp_path) as waiter:
            assert said(waiter) == "* another process is making x; waiting for it"
            assert waiter.poll() is None
            holder.communicate("go\n", timeout=60)
            assert said(waiter) == "got it"
            assert waiter.wait(timeout=60) == 0


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with python(HOLD, tmp_path) as holder:
        assert said(holder) == "held"
        with python(WAIT, tmp_path) as waiter:
            assert said(waiter) == "* another process is making x; waiting for it"
            holder.kill()
            assert said(waiter) == "got it"
    with locked(tmp_path, "x"):
        pass


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path, "x"):
        raise ZeroDivisionError
    with locked(tmp_path, "x"):
        pass


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "no space left on the disk while writing .*/b;.*Free some space.*run the same command again"),
        (errno.EDQUOT, "no space left on the disk while writing .*/b;.*Free some space"),
        (errno.EACCES, "no permission for .*/b .*; give yourself access to it"),
        (errno.EPERM, "no permission for .*/b "),
        (errno.EROFS, "no permission for .*/b "),
        (errno.ENOTDIR, "/b: .*; a file is in the way of a folder, or the reverse. Move it aside"),
    ],
)
def test_storage_errors_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    """The cache can be moved, and that is advised only where the path lies in it."""
    monkeypatch.setenv("NUMEXPR_WHEELS_CACHE", str(tmp_path / "cache"))
    for folder, advised in ((tmp_path / "cache", True), (tmp_path / "checkout", False)):
        with pytest.raises(StorageError, match=said) as caught, clear_storage_errors():
            raise OSError(number, os.strerror(number), str(folder / "b"))
        assert ("NUMEXPR_WHEELS_CACHE=FOLDER" in str(caught.value)) is advised


def _impossible(tmp_path: Path) -> list[Path]:
    return [Path("/proc/nowhere/x"), tmp_path / ("x" * 300)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
@pytest.mark.parametrize("number", range(2))
def test_a_cache_that_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    cache = _impossible(tmp_path)[number]
    monkeypatch.setenv("NUMEXPR_WHEELS_CACHE", str(cache))
    with pytest.raises(StorageError, match=r"there can be no cache at .*name another folder"), clear_storage_errors():
        (cache / "environments").mkdir(parents=True)


def test_other_errors_of_the_system_are_mistakes_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMEXPR_WHEELS_CACHE", str(tmp_path))
    for path in ("/a/b", str(tmp_path / "gone")):
        with pytest.raises(FileNotFoundError), clear_storage_errors():
            raise FileNotFoundError(errno.ENOENT, "No such file", path)
