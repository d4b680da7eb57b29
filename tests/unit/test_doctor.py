"""What doctor says of a machine is for people who see this repository for the first time."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.context import repository_version
from scripts.core.errors import RequestError, ToolchainError
from scripts.core.git_source import GitSource, Unreachable
from scripts.core.layout import Layout
from scripts.stages import doctor as module
from scripts.stages.doctor import Finding, doctor, rendered
from tests.helpers import git

HERE = Finding(what="CPython 3.13", here=True, detail="3.13.0")
LACKING = Finding(what="CPython 3.14", here=False, detail="not found", cost="no cp314 wheels", mend="uv python install 3.14")


def test_what_is_lacking_says_what_that_costs_and_what_mends_it() -> None:
    assert rendered(HERE, 14).split() == ["ok", "CPython", "3.13", "3.13.0"]
    first, cost, mend = (line.strip() for line in rendered(LACKING, 14).splitlines())
    assert first.split()[0] == "optional"
    assert (cost, mend) == ("without it: no cp314 wheels", "to get it:  uv python install 3.14")
    assert rendered(replace(LACKING, needed=True), 14).startswith("MISSING ")


def test_the_last_line_names_the_cpythons_that_can_build(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "findings", lambda _: [HERE, LACKING])
    doctor(layout, [])
    assert capsys.readouterr().out.splitlines()[-1] == ("* the main job can run here, for CPython 3.13: nox -s build repair test")
    monkeypatch.setattr(module, "findings", lambda _: [LACKING, replace(HERE, what="git", here=False, needed=True)])
    with pytest.raises(ToolchainError, match="cannot run without git, a CPython with headers"):
        doctor(layout, [])
    with pytest.raises(RequestError, match="nothing behind --"):
        doctor(layout, ["x"])


def test_a_remote_out_of_reach_is_mended_by_a_line_that_names_it(
    layout: Layout, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object, *__: str) -> dict[str, str]:
        raise Unreachable("git is not on PATH")

    monkeypatch.setattr(GitSource, "reach", fail)
    monkeypatch.setattr(module, "is_reachable", lambda _: (True, "index.invalid answers 200"))
    by_git, index = module._network(layout, config)
    assert by_git.mend.endswith(f"git config --global url.YOUR-MIRROR.insteadOf {config.source.remote}")
    assert (by_git.here, index.here) == (False, True)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_checkout_without_git_has_no_version_even_inside_of_another_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "x")
    inside = tmp_path / "numexpr-wheels-main"
    inside.mkdir()
    assert repository_version(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    assert repository_version(inside) == ""
    assert module._checkout(inside).detail == f"{inside}: unknown, no git"
    (tmp_path / "edited").touch()
    assert module._checkout(tmp_path).detail.endswith(", with local edits")
