"""Every error has an exit status of its own, and ends a stage with its message and without a traceback."""

from __future__ import annotations

import errno
import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from scripts import __main__ as command
from scripts.core import errors
from scripts.core.errors import WheelsError
from scripts.core.layout import Layout
from tests.helpers import ROOT, statuses

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, WheelsError)]


@pytest.fixture
def checkout(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose files may be spoilt; `main` works in it."""
    layout.root.mkdir()
    for name in ("wheels.toml", "numexpr.lock"):
        shutil.copy(ROOT / name, layout.root)
    shutil.copytree(ROOT / "vendor", layout.root / "vendor")
    monkeypatch.setattr(command, "this_layout", lambda: layout)
    return layout.root


def stage_that(monkeypatch: pytest.MonkeyPatch, error: BaseException | None) -> None:
    def doctor(*_: object) -> None:
        if error is not None:
            raise error

    module = ModuleType("scripts.stages.doctor")
    vars(module)["doctor"] = doctor
    monkeypatch.setitem(sys.modules, "scripts.stages.doctor", module)


def test_every_class_has_its_own_exit_status() -> None:
    statuses = [kind.exit_status for kind in CLASSES]
    assert len(statuses) == len(set(statuses))
    # Not those of success, Python (1), argparse (2), nor what a shell gives for signals.
    assert all(10 <= status < 64 for status in statuses)


def test_every_class_has_its_meaning() -> None:
    assert all(kind.__doc__ for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_stage_ends_with_message_and_status(
    kind: type[WheelsError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage_that(monkeypatch, kind("what happened, and what to do"))
    assert command.main(["doctor"]) == kind.exit_status
    assert capsys.readouterr().out == "* failed: what happened, and what to do\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, 0),
        (KeyboardInterrupt(), 130),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), errors.StorageError.exit_status),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), errors.StorageError.exit_status),
    ],
)
def test_other_ends(monkeypatch: pytest.MonkeyPatch, error: BaseException | None, status: int) -> None:
    stage_that(monkeypatch, error)
    assert command.main(["doctor"]) == status


@pytest.mark.parametrize(
    ("file", "old", "new", "kind", "said"),
    [
        ("wheels.toml", "floor = 6000", "floor = true", errors.ConfigError, "wheels.toml: test.floor: found True; allowed: "),
        ("wheels.toml", "[source]", "[source", errors.ConfigError, "wheels.toml: not TOML"),
        ("wheels.toml", 'lock = "numexpr.lock"', 'lock = "gone.lock"', errors.ConfigError, "gone.lock is missing"),
        ("numexpr.lock", "100644 ", "100755 ", errors.IntegrityError, "numexpr.lock: the blobs give tree"),
    ],
)
def test_spoilt_files_end_without_a_traceback(
    checkout: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, kind: type[WheelsError], said: str
) -> None:
    text = (checkout / file).read_text(encoding="utf-8")
    assert old in text
    (checkout / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert command.main(["checkout"]) in statuses(kind)
    out = capsys.readouterr().out
    assert said in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "--python", "3.11", "--variant", "fast"], "'fast' is no variant; wheels.toml has plain, vml"),
        (["checkout", "--target", "amiga"], "no target 'amiga'"),
        (["build", "--variant", "plain", "--", "--numpy", "0"], "invalid choice: '0'"),
        (["test", "--variant", "plain", "--", "--wheel", "gone.whl"], "gone.whl: no such file"),
        (["build", "--python", "3.11", "--target", "windows-win32", "--variant", "vml"], "windows-win32 has no vml variant"),
    ],
)
def test_requests_for_what_is_not_there_say_so(
    checkout: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert command.main(words) == errors.RequestError.exit_status
    assert said in capsys.readouterr().out


def test_the_command_itself_ends_with_the_status(tmp_path: Path) -> None:
    for name in ("scripts", "vendor"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "wheels.toml").write_text('pythons = "3.13"\n', encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "scripts", "checkout"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == errors.ConfigError.exit_status
    assert "* failed: wheels.toml: pythons: found '3.13'; allowed: " in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
