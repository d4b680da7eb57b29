"""The matrix is wheels.toml and nothing else; whatever is not in it has a reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.ci.github import this_event, words_of_run
from scripts.ci.matrix import Matrix, cells_of, explained, matrix_of
from scripts.ci.settings import ci_settings
from scripts.core.config import read_config
from scripts.core.errors import ConfigError, RequestError, WheelsError
from scripts.core.layout import Layout, layout_of
from scripts.stages.matrix import label_of, matrix
from scripts.sysroot.sources import known_pythons
from tests.helpers import ROOT

TARGET = """
[targets.{name}]
system = "{system}"
machine = "{machine}"
{more}
policy.plain = "{policy}"
"""


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """A copy of wheels.toml and sysroots/ beside an empty vendor/, to be edited."""
    shutil.copytree(ROOT / "sysroots", tmp_path / "sysroots")
    (tmp_path / "vendor" / "sleef-vml").mkdir(parents=True)
    path = tmp_path / "wheels.toml"
    path.write_text((ROOT / "wheels.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def edited(toml: Path) -> Callable[..., Matrix]:
    """Edit wheels.toml, and return the matrix that comes of it."""

    def edit(old: str = "", new: str = "", more: str = "", words: tuple[str, ...] = ()) -> Matrix:
        text = toml.read_text(encoding="utf-8")
        assert old in text
        toml.write_text(text.replace(old, new, 1) + more, encoding="utf-8")
        return matrix_of(read_config(toml), ci_settings(toml), words)

    return edit


def _cells(made: Matrix) -> set[str]:
    return {row.cell for row in made.rows}


def test_every_cell_is_a_row_or_has_a_reason(edited: Callable[..., Matrix]) -> None:
    made = edited()
    config = read_config(ROOT / "wheels.toml")
    assert len(made.rows) + len(made.left_out) == len(config.pythons) * len(config.targets) * len(config.variants)
    assert not _cells(made) & set(made.left_out)
    assert "cp311-linux-x86_64-vml" in _cells(made)
    assert all(made.left_out.values())


def test_a_row_holds_all_that_the_workflow_hands_on(edited: Callable[..., Matrix]) -> None:
    (row,) = edited(words=("cp314t-linux-x86_64-plain",)).rows
    assert (row.build, row.repair, row.test) == tuple(f"{stage}-3.14t(variant='plain')" for stage in ("build", "repair", "test"))
    assert row.build_runner == row.test_runner == "ubuntu-24.04"
    assert row.test_container == ""
    assert row.build_setup_python == row.test_setup_python
    assert row.test_setup_python.splitlines()[-1] == "3.13", "nox itself does not run on the newest CPythons"
    assert row.test_setup_python.splitlines()[0] == "3.14t"


def test_musl_runs_in_a_container_that_brings_its_own_pythons(edited: Callable[..., Matrix]) -> None:
    (row,) = edited(words=("musllinux-x86_64", "3.12", "plain")).rows
    assert "musllinux" in row.test_container
    assert (row.test_setup_python, row.test_nox_python[:12]) == ("", "/opt/python/")
    assert (row.build_runner, row.build_container, row.build_nox_python) == ("ubuntu-24.04", "", "python")
    assert row.build_setup_python.splitlines() == ["3.12", "3.13"]
    assert (row.build, row.repair) == ("build-3.12(target='musllinux-x86_64')", "repair-3.12(variant='plain')")


def test_a_dropped_python_is_gone(edited: Callable[..., Matrix]) -> None:
    before = edited()
    after = edited('"3.12", ', "")
    assert {cell for cell in _cells(before) if cell.startswith("cp312-")} == _cells(before) - _cells(after)


@pytest.mark.parametrize(
    ("name", "system", "machine", "more", "policy", "runner"),
    [
        ("linux-aarch64-old", "linux", "aarch64", 'libc = "glibc"\nzig = "a"', "manylinux_2_17_aarch64", "ubuntu-24.04-arm"),
        ("macos-arm64-new", "macos", "arm64", 'zig = "a"', "macosx_14_0_arm64", "macos-15"),
    ],
)
def test_a_new_target_finds_its_runner(
    edited: Callable[..., Matrix], name: str, system: str, machine: str, more: str, policy: str, runner: str
) -> None:
    before = _cells(edited())
    listed = ('"windows-win32",', f'"windows-win32", "{name}",')
    made = edited(*listed, more=TARGET.format(name=name, system=system, machine=machine, more=more, policy=policy))
    pythons = known_pythons(ROOT / "sysroots") if system == "macos" else read_config(ROOT / "wheels.toml").pythons
    assert _cells(made) - before == {f"cp{python.replace('.', '')}-{name}-plain" for python in pythons}
    assert {row.test_runner for row in made.rows if row.target == name} == {runner}


def test_a_target_of_built_there_is_built_on_the_builder_and_tested_on_its_own(edited: Callable[..., Matrix]) -> None:
    rows = {row.cell: row for row in edited().rows}
    mac = rows["cp313-macos-arm64-plain"]
    assert (mac.build_runner, mac.test_runner) == ("ubuntu-24.04", "macos-15")
    assert (mac.build, mac.test) == ("build-3.13(target='macos-arm64')", "test-3.13(variant='plain')")


def test_a_target_that_is_not_in_built_there_is_built_where_it_is_tested(edited: Callable[..., Matrix]) -> None:
    rows = {row.cell: row for row in edited('"linux-aarch64", "musllinux-x86_64", ', "").rows}
    arm, musl = rows["cp313-linux-aarch64-plain"], rows["cp313-musllinux-x86_64-plain"]
    assert (arm.build_runner, arm.build) == ("ubuntu-24.04-arm", "build-3.13(variant='plain')")
    assert (musl.build_container, musl.build_setup_python) == (musl.test_container, "")


def test_a_cpython_without_headers_is_built_at_home_or_not_at_all(edited: Callable[..., Matrix], toml: Path) -> None:
    sources = toml.parent / "sysroots" / "sources.toml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace('[python."3.13"]', '[python."3.99"]'), encoding="utf-8")
    made = edited(words=("3.13",))
    rows = {row.cell: row for row in made.rows}
    assert rows["cp313-linux-aarch64-plain"].build_runner == "ubuntu-24.04-arm"
    assert "no headers of CPython 3.13" in made.left_out["cp313-macos-arm64-plain"]


def _target(name: str, system: str, machine: str, more: str, policy: str) -> str:
    return TARGET.format(name=name, system=system, machine=machine, more=more, policy=policy)


@pytest.mark.parametrize(
    ("words", "more", "reason"),
    [
        (("cp311-windows-win32-vml",), "", "sleef-vml"),
        (("windows-win32", "plain"), "", "no runner"),
        (("strange",), _target("strange", "linux", "s390x", 'libc = "glibc"', "manylinux_2_28_s390x"), "no runner"),
        (("mine", "plain"), _target("mine", "linux", "aarch64", 'libc = "musl"', "musllinux_1_2_aarch64"), "no container"),
        (("linux-x86_64", "3.15t"), '\n[ci.without.linux-x86_64]\n"3.15t" = "numpy has no wheel"\n', "numpy has no wheel"),
    ],
)
def test_each_reason_is_told(edited: Callable[..., Matrix], words: tuple[str, ...], more: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        edited(more=more, words=words)


def test_reasons_name_their_cells(edited: Callable[..., Matrix]) -> None:
    lines = explained(edited(words=("3.11",)).left_out)
    assert any("no runner" in line and "cp311-windows-win32-plain" in line for line in lines)
    assert len(lines) == len(set(lines))


def test_words_of_one_kind_are_alternatives_and_kinds_combine(edited: Callable[..., Matrix]) -> None:
    assert _cells(edited(words=("3.11", "3.12", "linux-x86_64", "vml"))) == {"cp311-linux-x86_64-vml", "cp312-linux-x86_64-vml"}
    with pytest.raises(RequestError, match=r"'3\.99' is no python"):
        edited(words=("3.99",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[ci.runners.linux]", "[ci.runners.linus]"),
        ('builder = "ubuntu-24.04"', "builder = 1"),
        ('x86_64 = "macos-15-intel"', "x86_64 = []"),
        ("built-there = ", "builtthere = "),
    ],
)
def test_a_wrong_ci_table_is_refused(edited: Callable[..., Matrix], old: str, new: str) -> None:
    with pytest.raises(ConfigError):
        edited(old, new)


def test_the_plan_can_be_read_back(edited: Callable[..., Matrix]) -> None:
    made = edited(words=("3.13",))
    assert cells_of(made.to_json()) == tuple(row.cell for row in made.rows)
    for wrong in ("", "[]", '{"include": [{}]}'):
        with pytest.raises(RequestError):
            cells_of(wrong)


def _layout(toml: Path) -> Layout:
    (toml.parent / "numexpr.lock").write_bytes((ROOT / "numexpr.lock").read_bytes())
    return layout_of(toml.parent, {"NUMEXPR_WHEELS_CACHE": str(toml.parent / "cache")})


@pytest.mark.parametrize(
    ("event", "ref", "publish", "stages", "publishes"),
    [
        ("push", "refs/heads/main", "", True, False),
        ("push", "refs/heads/other", "", False, False),
        ("push", "refs/tags/v2.14.2-1", "", False, True),
        ("pull_request", "refs/pull/1/merge", "true", False, False),
        ("workflow_dispatch", "refs/heads/main", "false", False, False),
        ("workflow_dispatch", "refs/heads/main", "true", False, True),
        ("schedule", "refs/heads/main", "", False, False),
    ],
)
def test_what_a_run_is_for_is_decided_here(
    toml: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    event: str, ref: str, publish: str, stages: bool, publishes: bool,
) -> None:  # fmt: skip
    for name, value in (("GITHUB_EVENT_NAME", event), ("GITHUB_REF", ref), ("WHEELS_PUBLISH", publish)):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    matrix(_layout(toml), [])
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text(encoding="utf-8").splitlines())
    assert (bool(outputs["stage"]), bool(outputs["publish"])) == (stages, publishes)
    said = capsys.readouterr()
    assert json.loads(said.out) == json.loads(outputs["matrix"])
    assert "left out, because" in said.err
    assert outputs["commit"].startswith(outputs["label"])
    assert len(outputs["label"]) == 12


def test_people_get_a_table_and_programs_json(
    toml: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)
    matrix(_layout(toml), ["3.13"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "cell"
    (row,) = (line for line in lines if line.startswith("cp313-linux-aarch64-plain "))
    assert "ubuntu-24.04, then ubuntu-24.04-arm " in row
    assert row.endswith("build-3.13(target='linux-aarch64'), repair, test")
    assert any(line.startswith("left out, because the library of its variant") for line in lines)
    matrix(_layout(toml), ["--json", "3.13"])
    said = capsys.readouterr()
    assert {row["python"] for row in json.loads(said.out)["include"]} == {"3.13"}
    assert "left out, because" in said.err


def test_only_a_whole_release_is_published(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "push")
    monkeypatch.setenv("GITHUB_REF", "refs/tags/v2.14.2")
    with pytest.raises(RequestError, match="only whole releases"):
        matrix(_layout(toml), ["3.13"])
    monkeypatch.setenv("BUILD_COMMIT", "v2.13.1")
    monkeypatch.setattr("scripts.stages.matrix.resolve", lambda _: type("R", (), {"kind": "named", "shown": "v2.13.1"}))
    with pytest.raises(RequestError, match="only the pinned release"):
        matrix(_layout(toml), [])


def test_an_unknown_commit_stops_the_plan(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_COMMIT", "no such thing")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "url.file:///nowhere/.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/")
    with pytest.raises(WheelsError):
        matrix(_layout(toml), [])


@pytest.mark.parametrize(
    ("commit", "label"),
    [
        ("3b5ddaad460a1cb65ca8f2c80c3bd6d6b173438a", "3b5ddaad460a"),
        ("v2.13.1", "v2.13.1"),
        ("feature/@{0}", "feature-0"),
        ("//", "none"),
    ],
)
def test_names_of_artefacts_hold_no_slash(commit: str, label: str) -> None:
    assert label_of(commit) == label


def test_the_input_of_a_run_goes_before_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words_of_run({"WHEELS_CELLS": "3.13, plain", "WHEELS_REPOSITORY_CELLS": "3.11"}) == ["3.13", "plain"]
    assert words_of_run({"WHEELS_CELLS": "", "WHEELS_REPOSITORY_CELLS": "3.11"}) == ["3.11"]
    assert words_of_run({}) == []
    assert this_event({}).name == ""


def test_ci_yml_gets_its_systems_and_whether_the_clock_started_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for event, due in (("schedule", "yes"), ("push", "")):
        monkeypatch.setenv("GITHUB_EVENT_NAME", event)
        output = tmp_path / event
        monkeypatch.setenv("GITHUB_OUTPUT", str(output))
        matrix(layout, ["--own"])
        said = output.read_text(encoding="utf-8")
        assert f"scheduled={due}\n" in said
        assert all(system in said for system in ("ubuntu", "macos", "windows"))
