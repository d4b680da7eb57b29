"""The workflow files keep their rules: nox and nothing else, no logic, least rights, pinned actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.ci.act import stubs_for
from scripts.ci.matrix import Row
from tests.helpers import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
# Handing on, and nothing more: no operator, no comparison, no default.
HANDING_ON = re.compile(
    r"(matrix|inputs|env|vars|steps|needs|job|github)(\.[\w-]+)+|always\(\)"
    r"|fromJSON\(needs\.plan\.outputs\.\w+\)|hashFiles\('[^']*'(, '[^']*')*\)"
)
SESSION = re.compile(r"nox -s( (\"\$WHEELS_\w+\"|[a-z]+))+( -- [\w./ -]+)?")
PINNED = re.compile(r"^\s*(- )?uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v?[\d.]+( # zizmor: ignore\[[\w-]+\])?$")
OUR_ACTION = "./.github/actions/nox"


def _read(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from _read(path)["jobs"].items()


def _steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in _jobs(path):
        for step in job["steps"]:
            yield name, step


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inside in value.values():
            yield from _texts(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _texts(inside)
    elif isinstance(value, str):
        yield value


def test_there_are_two() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "wheels.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
class TestEveryWorkflow:
    def test_run_steps_call_nox_and_nothing_else(self, path: Path) -> None:
        runs = [step["run"] for _, step in _steps(path) if "run" in step]
        assert runs
        for run in runs:
            assert SESSION.fullmatch(run), run

    def test_the_sessions_are_there(self, path: Path) -> None:
        noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
        for _, step in _steps(path):
            for word in step.get("run", "").partition(" -- ")[0].split()[2:]:
                assert word.startswith('"$') or f"def {word}(" in noxfile or f'name="{word}"' in noxfile, word

    def test_expressions_only_hand_on(self, path: Path) -> None:
        for text in _texts(_read(path)):
            for expression in EXPRESSION.findall(text):
                assert HANDING_ON.fullmatch(expression), expression

    def test_conditions_only_hand_on(self, path: Path) -> None:
        for _, job in _jobs(path):
            for holder in (job, *job["steps"]):
                assert HANDING_ON.fullmatch(holder.get("if", "always()")), holder["if"]

    def test_no_expression_in_a_command(self, path: Path) -> None:
        assert not any("${{" in step.get("run", "") for _, step in _steps(path))

    def test_actions_are_pinned_by_hash_with_the_version_beside(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line and OUR_ACTION not in line:
                assert PINNED.match(line), line

    def test_no_right_but_those_that_a_job_names(self, path: Path) -> None:
        assert _read(path)["permissions"] == {}
        for name, job in _jobs(path):
            writes = {right for right, kind in job["permissions"].items() if kind == "write"}
            assert writes == {"publish": {"id-token", "attestations"}, "pin": {"contents", "pull-requests"}}.get(name, set()), (
                name
            )

    def test_nothing_runs_for_ever_or_twice(self, path: Path) -> None:
        assert _read(path)["concurrency"]["group"]
        assert all(0 < job["timeout-minutes"] <= 60 for _, job in _jobs(path))

    def test_no_credentials_are_left_in_a_checkout(self, path: Path) -> None:
        for name, step in _steps(path):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, name

    def test_caches_are_keyed_by_the_locks(self, path: Path) -> None:
        caches = [step for _, step in _steps(path) if step.get("uses", "").startswith("actions/cache@")]
        assert caches
        for step in caches:
            assert "hashFiles('requirements/*.txt', 'vendor/*/recipe.toml', 'sysroots/sources.toml')" in step["with"]["key"]
            assert all(line.endswith("/packages") for line in step["with"]["path"].split()), "checked against a lock before use"

    def test_every_variable_of_the_matrix_and_the_plan_exists(self, path: Path) -> None:
        columns = {column.name for column in fields(Row)} | {"system"}
        outputs = set(_read(path)["jobs"]["plan"]["outputs"])
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"matrix\.(\w+)", text)) - columns - {"outputs"} == set()
        assert set(re.findall(r"needs\.plan\.outputs\.(\w+)", text)) <= outputs

    def test_each_stub_knows_the_inputs_that_are_given(self, path: Path) -> None:
        for _, step in _steps(path):
            name = step.get("uses", "").partition("@")[0].partition("/")[2]
            stub = ROOT / ".github" / "stubs" / name / "action.yml"
            if stub.is_file():
                assert set(step.get("with", {})) <= set(_read(stub)["inputs"]), name


def test_publish_builds_nothing_and_reads_no_cache() -> None:
    job = _read(ROOT / ".github" / "workflows" / "wheels.yml")["jobs"]["publish"]
    assert job["environment"]["name"] == "pypi"
    assert set(job["permissions"]) == {"id-token", "attestations"}
    assert [step["uses"].partition("@")[0] for step in job["steps"]] == [
        "actions/download-artifact", "actions/attest", "pypa/gh-action-pypi-publish",
    ]  # fmt: skip
    assert not any("run" in step for step in job["steps"])


def test_every_job_that_makes_something_keeps_it_whatever_came_of_it() -> None:
    path = ROOT / ".github" / "workflows" / "wheels.yml"
    for name, job in _jobs(path):
        if name in ("build", "test", "sdist"):
            *_, last = job["steps"]
            assert last["uses"].startswith("actions/upload-artifact@")
            assert last["if"] == "always()"
            assert {"build/records", "build/logs"} <= set(last["with"]["path"].split())
            assert job["env"]["WHEELS_ARTIFACT"].endswith("-${{ needs.plan.outputs.label }}")
            assert "matrix.cell" in job["env"]["WHEELS_ARTIFACT"] or name == "sdist"


def test_the_commit_is_an_input_of_a_run_by_hand_and_decided_once() -> None:
    workflow = _read(ROOT / ".github" / "workflows" / "wheels.yml")
    # YAML 1.1 reads `on` as true.
    assert "build_commit" in workflow[True]["workflow_dispatch"]["inputs"]  # type: ignore[index]
    plan = next(step for step in workflow["jobs"]["plan"]["steps"] if "run" in step)
    assert plan["env"]["BUILD_COMMIT"] == "${{ inputs.build_commit }}"
    assert workflow["jobs"]["build"]["env"]["BUILD_COMMIT"] == "${{ needs.plan.outputs.commit }}"


def test_what_is_by_the_clock_blocks_nothing() -> None:
    jobs = _read(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert jobs["upcoming"]["continue-on-error"] is True
    assert not any({"upcoming", "pin"} & set(job.get("needs", [])) for job in jobs.values() if isinstance(job.get("needs"), list))


def test_our_own_action_brings_nox_by_its_hashes_and_does_nothing_else() -> None:
    action = _read(ROOT / ".github" / "actions" / "nox" / "action.yml")
    (step,) = action["runs"]["steps"]
    assert step["run"] == '"$NOX_PYTHON" scripts/ci/bring_nox.py'
    assert "--require-hashes" in (ROOT / "scripts" / "ci" / "bring_nox.py").read_text(encoding="utf-8")


def test_actions_of_the_workflow_get_their_stubs() -> None:
    arguments = stubs_for(ROOT / ".github" / "workflows" / "wheels.yml", ROOT / ".github" / "stubs")
    for action in ("checkout", "setup-python", "cache", "upload-artifact", "download-artifact"):
        assert any(re.match(rf"--local-repository=actions/{action}@[0-9a-f]{{40}}=.*/stubs/{action}$", one) for one in arguments)
