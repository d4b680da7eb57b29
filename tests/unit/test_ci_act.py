"""What act is told, what its jobs see, and what is shown of what it says."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from scripts.ci.act import Ended, Run, _environment, _told, act_command, run_act
from scripts.core.config import Config
from scripts.core.errors import CommandError, RequestError, ToolchainError
from scripts.core.layout import Layout
from scripts.core.record import FAILED, Outcome, Plan, statement
from scripts.stages.workflow import _check_end, _run, _wishes, workflow
from tests.helpers import ROOT

SAID = """\
[wheels/plan         ] ⭐ Run Set up job
[wheels/plan         ]   | \x1b[1mnox > --parallel:\x1b[0m running 1
[wheels/plan         ]   | \x1b[36m⠋\x1b[0m matrix (0s)
[wheels/plan         ]   | \x1b[36mnox > \x1b[34mRunning session matrix\x1b[0m
[wheels/plan         ]   ⚙  Summary - ## a page
| wheel |
[wheels/plan         ] 🏁  Job succeeded
[wheels/build cp311-linux-x86_64-plain-1] 🏁  Job failed
"""


def test_the_board_the_colours_and_the_pages_are_not_shown_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = _told(SAID.splitlines(keepends=True), tmp_path / "log")
    assert jobs == {"plan": "succeeded", "build cp311-linux-x86_64-plain-1": "failed"}
    shown = capsys.readouterr().out.splitlines()
    assert [line.partition("]")[2].strip() for line in shown] == [
        "| nox > Running session matrix",
        "🏁  Job succeeded",
        "🏁  Job failed",
    ]
    assert "a page" in (tmp_path / "log").read_text(encoding="utf-8")


def test_jobs_see_the_machine_without_nox_and_without_ci(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOXSESSION", "NUMEXPR_WHEELS_RUN", "GITHUB_TOKEN", "BUILD_COMMIT", "CFLAGS", "CI"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MINE", "kept")
    seen = _environment(layout, Path("/store"))
    assert not {"NOXSESSION", "NUMEXPR_WHEELS_RUN", "GITHUB_TOKEN", "BUILD_COMMIT", "CFLAGS", "CI"} & set(seen)
    assert seen["MINE"] == "kept"
    assert seen["NUMEXPR_WHEELS_CACHE"] == str(layout.cache)
    assert seen["WHEELS_STUB_STORE"] == f"{os.sep}store"


def test_a_persons_own_settings_of_act_change_nothing(layout: Layout, tmp_path: Path) -> None:
    run = Run(
        workflow=ROOT / ".github" / "workflows" / "wheels.yml", event="push", runners=("ubuntu-24.04",),
        payload={"ref": "refs/heads/main"}, variables={"WHEELS_CELLS": "3.11"},
    )  # fmt: skip
    words = act_command(Path("act"), run, layout, tmp_path, tmp_path / "jobs")
    assert words[:2] == ["act", "push"]
    assert {"--no-skip-checkout", "--platform=ubuntu-24.04=-self-hosted", "--var=WHEELS_CELLS=3.11"} <= set(words)
    assert any(word.startswith("--secret-file=") for word in words)
    assert json.loads((tmp_path / "event.json").read_text(encoding="utf-8")) == {"ref": "refs/heads/main"}


def test_without_act_it_says_how_to_get_it(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.ci.act.sys.prefix", str(tmp_path))
    with pytest.raises(ToolchainError, match="nox -s workflow"):
        run_act(layout, Run(workflow=tmp_path / "w.yml", event="push", runners=()), tmp_path, tmp_path)


def test_a_commit_makes_it_a_run_by_hand(layout: Layout, config: Config) -> None:
    assert _wishes([], config).event == "push"
    wishes = _wishes(["v2.13.1", "--python", "3.12"], config)
    assert (wishes.event, wishes.commit, wishes.pythons) == ("workflow_dispatch", "v2.13.1", ("3.12",))
    for wrong in (["v2.13.1", "--event", "push"], ["--python", "3.2"], ["--workflow", "x"]):
        with pytest.raises(RequestError):
            _wishes(wrong, config)


def test_the_cells_are_those_that_this_machine_can_run(layout: Layout, config: Config) -> None:
    layout.root.mkdir(parents=True)
    layout.config.write_bytes((ROOT / "wheels.toml").read_bytes())
    shutil.copytree(ROOT / "sysroots", layout.sysroots)
    run = _run(layout, config, _wishes(["abc", "--variant", "vml"], config), ("3.11",))
    assert run.variables["WHEELS_CELLS"].split() == ["linux-x86_64", "3.11", "vml"]
    assert run.payload["inputs"] == {"build_commit": "abc", "cells": "", "publish": "false"}
    assert run.runners == ("ubuntu-24.04",)


def test_another_system_is_told_so(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.root.mkdir(parents=True)
    (layout.root / "vendor" / "sleef-vml").mkdir(parents=True)
    layout.config.write_bytes((ROOT / "wheels.toml").read_bytes())
    monkeypatch.setattr("scripts.core.targets.sys.platform", "darwin")
    monkeypatch.setattr("scripts.core.targets.platform.machine", lambda: "arm64")
    monkeypatch.setattr("scripts.stages.workflow.find_interpreters", lambda _: {})
    monkeypatch.setattr(
        "scripts.stages.workflow.this_maker", lambda _: type("M", (), {"python": "", "cached": lambda *_: None})()
    )
    with pytest.raises(RequestError, match="on Linux"):
        workflow(layout, [])


def test_a_failed_run_names_the_line_for_this_machine(layout: Layout, tmp_path: Path) -> None:
    plan = Plan(stage="build", cell="c", asked={}, settings={}, inputs=())
    ended = Outcome(status=FAILED, seconds=1, message="numexpr does not compile")
    record = json.dumps(statement(plan, {}, ended, log=None, started=0.0, run="a-run"))
    store = layout.build / "workflow" / "artifacts"
    store.mkdir(parents=True)
    for name, text in (("build-a", "{}"), ("build-c", record)):
        with zipfile.ZipFile(store / f"{name}.zip", "w") as archive:
            archive.writestr("records/a-run/build-c.json", text)
    with pytest.raises(
        CommandError, match=r"(?s)build c failed.*nox -s reproduce -- build/workflow/artifacts/build-c\.zip"
    ) as raised:
        _check_end(layout, Ended(status=1, jobs={"build c": "failed"}, log=layout.build / "workflow" / "act.log"), store)
    assert "act.log" in str(raised.value)
