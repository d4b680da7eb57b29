"""Commands run in an environment that a person's variables do not change, and their failures are explained."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts.core.errors import BuildError, CommandError, ToolchainError
from scripts.core.run import attempt, clean_environment, command, output_of, run

FOREIGN = [
    "CFLAGS", "CXXFLAGS", "CC", "LDFLAGS", "PYTHONPATH", "PYTHONHASHSEED", "PYTEST_ADDOPTS", "SOURCE_DATE_EPOCH",
    "LD_PRELOAD", "VIRTUAL_ENV", "CCACHE_DIR", "ZIG_GLOBAL_CACHE_DIR", "SETUPTOOLS_USE_DISTUTILS", "_PYTHON_HOST_PLATFORM",
]  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_variables_that_change_a_product_are_not_inherited(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "a person's")
    assert name not in clean_environment({})
    assert clean_environment({name: "ours"})[name] == "ours"


def test_locale_and_time_zone_are_ours_and_the_rest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "de_DE")
    monkeypatch.setenv("HTTPS_PROXY", "kept")
    cleaned = clean_environment({})
    assert (cleaned["TZ"], cleaned["LC_ALL"], cleaned["HTTPS_PROXY"]) == ("UTC", "C.UTF-8", "kept")


def test_output_goes_to_the_log_and_is_shown_only_on_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs" / "a.log"
    fine = command([sys.executable, "-c", "print('all good')"], log=log)
    run(fine, "cannot happen")
    assert capsys.readouterr().out == ""
    with pytest.raises(BuildError, match=rf"it broke \(exit status 3\); the whole log is {log}") as caught:
        run(command([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], log=log), "it broke", BuildError)
    assert (caught.value.log, caught.value.command_status) == (log, 3)
    assert "< the reason\n" in capsys.readouterr().out
    text = log.read_text(encoding="utf-8")
    assert text.startswith("> ")
    assert "all good\n" in text


def test_a_command_is_logged_as_a_person_would_type_it(tmp_path: Path) -> None:
    what = command(["a b", Path("/c")], log=tmp_path / "log", environment={"X": "1 2"})
    assert what.shown == "X='1 2' 'a b' /c"


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"no-such-program is not there \(looked for on PATH="):
        attempt(command(["no-such-program"], log=tmp_path / "log"))
    with pytest.raises(ToolchainError, match="no-such-program cannot be run"):
        output_of(["no-such-program"])


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=f"{tmp_path / 'gone'} is not there"):
        attempt(command([sys.executable], log=tmp_path / "log", cwd=tmp_path / "gone"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_a_program_that_may_not_be_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("", encoding="utf-8")
    with pytest.raises((ToolchainError, PermissionError), match="tool"):  # main makes a message of either
        attempt(command([tmp_path / "tool"], log=tmp_path / "log"))


def test_what_a_command_says_is_its_output_or_its_error() -> None:
    assert output_of([sys.executable, "-c", "print(' x ')"]) == "x"
    with pytest.raises(CommandError, match="ended with status 2: why"):
        output_of([sys.executable, "-c", "import sys; print('why', file=sys.stderr); sys.exit(2)"])
