"""Reading records as people have them, and what the words about them mean."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.errors import RecordError
from scripts.core.layout import Layout
from scripts.core.record import FAILED, PASSED, Input, Outcome, Plan, parse_record, statement, write_record
from scripts.core.scrub import scrubbed
from scripts.reproduce.again import _target, request_of
from scripts.reproduce.loading import Loaded, load
from scripts.reproduce.verdict import DIFFERENT, IDENTICAL, SAME_FAILURE, judge
from scripts.stages.reproduce import _say_where, reproduce
from tests.helpers import ROOT


def _plan(stage: str = "build", **settings: object) -> Plan:
    return Plan(
        stage=stage,
        cell="cp311-linux-x86_64-plain",
        asked={"policy": "manylinux_2_28_x86_64"},
        settings={"toolchain": {"compiler": "zig 1"}, **settings},
        inputs=(Input(name="numexpr", digest="a" * 40, algorithm="gitCommit"),),
    )


def _loaded(
    folder: Path, status: str = PASSED, *, message: str = "", digest: str = "1", stage: str = "build", error: str = "BuildError",
    **settings: object,
) -> Loaded:  # fmt: skip
    outcome = Outcome(status=status, seconds=1, message=message, command_status=1, facts={"error": error, "tail": [message]})
    subject = {} if status == FAILED else {"x.whl": digest * 64}
    content = statement(_plan(stage, **settings), subject, outcome, log=None, started=0, run="r")
    return Loaded(record=parse_record(content), folder=folder)


def test_the_same_bytes_are_identical(tmp_path: Path) -> None:
    assert judge(_loaded(tmp_path), _loaded(tmp_path).record, tmp_path).word == IDENTICAL


def test_other_bytes_are_different_and_inputs_are_named(tmp_path: Path) -> None:
    verdict = judge(_loaded(tmp_path, flags="-O3"), _loaded(tmp_path, digest="2", flags="-O2").record, tmp_path)
    assert verdict.word == DIFFERENT
    assert verdict.inputs == (("flags", "-O3", "-O2"),)


@pytest.mark.parametrize(
    ("now", "word"),
    [
        ({"message": "x.cpp:1: error: in build/logs/20200101T000000-2/x.log"}, SAME_FAILURE),
        ({"message": "x.cpp:2: error: in build/logs/20200101T000000-1/x.log"}, DIFFERENT),
        ({"message": "x.cpp:1: error: in build/logs/20200101T000000-1/x.log", "error": "GateError"}, DIFFERENT),
        ({"message": "x.cpp:1: error: in build/logs/20200101T000000-1/x.log", "stage": "repair"}, DIFFERENT),
    ],
)
def test_a_failure_is_the_same_by_stage_status_and_error(tmp_path: Path, now: dict[str, str], word: str) -> None:
    then = _loaded(tmp_path, FAILED, message="x.cpp:1: error: in build/logs/20200101T000000-1/x.log")
    assert judge(then, _loaded(tmp_path, FAILED, **now).record, tmp_path).word == word


def test_a_failure_that_passes_now_is_different(tmp_path: Path) -> None:
    assert judge(_loaded(tmp_path, FAILED), _loaded(tmp_path).record, tmp_path).word == DIFFERENT


def test_of_a_folder_the_failures_count(tmp_path: Path) -> None:
    write_record(tmp_path / "a" / "build.json", _loaded(tmp_path).record.statement)
    write_record(tmp_path / "a" / "test.json", _loaded(tmp_path, FAILED, stage="test").record.statement)
    (tmp_path / "a" / "something-else.json").write_text('{"not": "ours"}', "utf-8")
    assert [one.record.stage for one in load(tmp_path / "a", tmp_path / "scratch")] == ["test"]


def test_of_a_folder_without_failures_the_last_stage_of_each_cell_counts(tmp_path: Path) -> None:
    for stage in ("checkout", "build", "test", "repair"):
        write_record(tmp_path / "a" / f"{stage}.json", _loaded(tmp_path, stage=stage).record.statement)
    assert [one.record.stage for one in load(tmp_path / "a", tmp_path / "scratch")] == ["test"]


def _of_a_wheel_from_elsewhere(asked: dict[str, object]) -> dict[str, object]:
    plan = Plan(stage="test", cell="cp312-linux-x86_64-plain", asked=asked, settings={}, inputs=())
    return statement(plan, {}, Outcome(status=FAILED, seconds=1, command_status=24), log=None, started=0, run="r")


@pytest.mark.parametrize("asked", [{"from-elsewhere": True}, {"request": ["--wheel", "x.whl"]}])
def test_of_a_folder_tests_of_wheels_from_elsewhere_are_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: dict[str, object]
) -> None:
    record = _of_a_wheel_from_elsewhere(asked)
    write_record(tmp_path / "a" / "test.json", record)
    with pytest.raises(RecordError, match="only holds tests of wheels from elsewhere"):
        load(tmp_path / "a", tmp_path / "scratch")
    write_record(tmp_path / "a" / "build.json", _loaded(tmp_path).record.statement)
    assert [one.record.stage for one in load(tmp_path / "a", tmp_path / "scratch")] == ["build"]
    assert "passed over: tests of wheels from elsewhere (cp312-linux-x86_64-plain)" in capsys.readouterr().out
    with pytest.raises(RecordError, match="tested a wheel from elsewhere"):
        request_of(parse_record(record), "a" * 40)


def test_what_a_wheel_was_made_from_is_not_made_again_apart(tmp_path: Path) -> None:
    for stage, cell in (
        ("sysroot", "cp311-windows-amd64"),
        ("build", "cp311-windows-amd64-plain"),
        ("universal2", "cp311-macos"),
    ):
        content = statement(replace(_plan(stage), cell=cell), {}, Outcome(status=PASSED, seconds=1), log=None, started=0, run="r")
        write_record(tmp_path / "a" / f"{stage}.json", content)
    assert [one.record.stage for one in load(tmp_path / "a", tmp_path / "scratch")] == ["build"]


@pytest.mark.parametrize(
    ("cell", "target"),
    [("source-windows-amd64-plain", "windows-amd64"), ("mkl-vml-linux-aarch64", "linux-aarch64"), ("source", "linux-x86_64")],
)
def test_a_source_is_made_again_for_its_own_target(
    config: Config, monkeypatch: pytest.MonkeyPatch, cell: str, target: str
) -> None:
    monkeypatch.setattr("scripts.reproduce.again.host_target", lambda _: config.target("linux-x86_64"))
    content = statement(
        replace(_plan("checkout"), cell=cell), {}, Outcome(status=PASSED, seconds=1), log=None, started=0, run="r"
    )
    assert _target(config, parse_record(content)).name == target


@pytest.mark.parametrize("name", ["../out.json", "/out.json", "a/../../out.json", "..\\out.json"])
def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(RecordError, match="leads out of it"):
        load(tmp_path / "x.zip", tmp_path / "scratch")
    assert not (tmp_path / "out.json").exists()


def test_an_empty_folder_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordError, match="holds no record"):
        load(tmp_path / "empty", tmp_path / "scratch")


def test_a_record_that_names_no_commit_of_this_repository_says_so(
    layout: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was made in a checkout without git, such as an unpacked zip file."""
    assert _say_where(layout, _loaded(tmp_path)) == ""
    assert "names no commit of this repository" in capsys.readouterr().out
    path = tmp_path / "record.json"
    write_record(path, _loaded(tmp_path).record.statement)
    with pytest.raises(RecordError, match="--exact needs the commit"):
        reproduce(replace(layout, root=ROOT), ["--exact", str(path)])


def test_a_record_says_what_was_asked(tmp_path: Path) -> None:
    record = _loaded(tmp_path).record
    assert request_of(record, "a" * 40).commit == ""
    assert request_of(record, "b" * 40).commit == "a" * 40
    assert request_of(record, "a" * 40).policy == "manylinux_2_28_x86_64"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("https://person:hunter2@index.invalid/simple", "hunter2"),
        ("TWINE_PASSWORD=pypi-AgEIcHl", "pypi-AgEIcHl"),
        ("GITHUB_TOKEN: ghp_abcdef", "ghp_abcdef"),
        (f"{Path.home()}/secret/place", str(Path.home())),
    ],
)
def test_nothing_secret_stays_in_a_text(layout: Layout, text: str, gone: str) -> None:
    assert gone not in scrubbed(text, layout)
