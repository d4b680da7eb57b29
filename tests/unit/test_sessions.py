"""nox knows the sessions, and its two extension points (a backend, the names in requires=) still hold."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nox._decorators import Call
from nox.virtualenv import ALL_VENVS, ProcessEnv

from scripts import sessions
from scripts.core.asked import asked_pythons, check_pythons
from scripts.core.errors import RequestError
from scripts.core.interpreters import to_json
from tests.helpers import ROOT, an_interpreter, make_wheel

HERE = ("3.11", "3.13")  # what the machine of these tests has
STAGES = ("build", "repair", "test")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose run has begun, with two CPythons found."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("noxfile.py", "wheels.toml", "numexpr.lock"):
        shutil.copy(ROOT / name, folder)
    for name in ("scripts", "sysroots", "vendor"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    handed = folder / "build" / "runs" / "a-run" / "interpreters.json"
    handed.parent.mkdir(parents=True)
    handed.write_text(to_json({name: an_interpreter(name) for name in HERE}), encoding="utf-8")
    return folder


def nox(repository: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NUMEXPR_WHEELS_RUN": "a-run", "NOX_SCRIPT_MODE": "none", **variables}
    return subprocess.run(
        [sys.executable, "-m", "nox", *words], cwd=repository, env=environment,
        text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def listed(repository: Path, *words: str, **variables: str) -> dict[str, Any]:
    ended = nox(repository, "-l", "--json", *words, **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return {one["session"]: one for one in json.loads(ended.stdout)}


def selected(repository: Path, *words: str) -> list[str]:
    """Return the sessions that nox would run, in its order."""
    said = nox(repository, "-l", *words).stdout
    return [line.split()[1] for line in said.splitlines() if line.startswith("* ")]


def cells(stage: str, pythons: tuple[str, ...] = HERE, variants: tuple[str, ...] = ("plain", "vml")) -> set[str]:
    return {f"{stage}-{python}(variant='{variant}')" for python in pythons for variant in variants}


def test_there_is_a_session_for_every_cell_of_this_machine(repository: Path) -> None:
    found = listed(repository, "-s", *STAGES, "checkout", "vendor", "doctor", "bench", "lock", "tests", "lint")
    for stage in STAGES:
        assert {name for name, one in found.items() if one["name"] == stage} == cells(stage)
    one = found["test-3.13(variant='vml')"]
    assert (one["python"], one["tags"], one["call_spec"]) == ("3.13", ["vml"], {"variant": "vml", "target": ""})


def test_a_tag_takes_one_variant_and_what_it_requires(repository: Path) -> None:
    """`requires` is resolved per variant: neither the tag nor a session of one variant draws the other one in."""
    plain = set().union(*(cells(stage, variants=("plain",)) for stage in STAGES))
    assert set(listed(repository, "-t", "plain")) == plain
    of_one_cell = selected(repository, "-s", "test-3.13(variant='vml')")
    assert of_one_cell == [f"{stage}-3.13(variant='vml')" for stage in STAGES]


def test_the_stages_run_in_their_order(repository: Path) -> None:
    order = [name.partition("(")[0] for name in selected(repository, "-t", "plain")]
    for python in HERE:
        places = [order.index(name) for name in (f"{stage}-{python}" for stage in STAGES)]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("words", "variables"),
    [
        (["-p", "3.14"], {}),
        (["--pythons=3.14"], {}),
        (["-s", "build-3.14"], {}),
        ([], {"NOXPYTHON": "3.14"}),
    ],
)
def test_a_cpython_that_is_asked_for_by_name_has_sessions_though_it_is_not_here(
    repository: Path, words: list[str], variables: dict[str, str]
) -> None:
    assert "build-3.14(variant='plain')" in listed(repository, *words, **variables)


def test_a_cpython_that_nobody_asked_for_has_none(repository: Path) -> None:
    assert not cells("build", ("3.14",)) & set(listed(repository, "--", "-p", "3.14"))


def test_a_target_that_is_named_has_sessions_and_what_they_require(repository: Path) -> None:
    of_one_cell = selected(repository, "-s", "test-3.13(target='windows-amd64')")
    assert of_one_cell == [f"{stage}-3.13(target='windows-amd64')" for stage in STAGES]


def test_a_tag_takes_a_system_or_a_target(repository: Path) -> None:
    windows = {name for name in listed(repository, "-t", "windows") if name.startswith("build-3.11")}
    plain = {f"build-3.11(target='windows-{machine}')" for machine in ("amd64", "arm64", "win32")}
    assert windows == plain | {f"build-3.11(target='windows-{machine}', variant='vml')" for machine in ("amd64", "arm64")}
    musl = listed(repository, "-t", "musllinux-x86_64")
    assert {name for name in musl if name.startswith("build-3.13")} == {
        "build-3.13(target='musllinux-x86_64')",
        "build-3.13(target='musllinux-x86_64', variant='vml')",
    }


def test_targets_are_the_whole_run(repository: Path) -> None:
    found = listed(repository, "-s", "build", TARGETS="linux-aarch64,windows-amd64")
    cells = [f"target='{name}'{variant}" for name in ("linux-aarch64", "windows-amd64") for variant in ("", ", variant='vml'")]
    assert set(found) == {f"build-{python}({cell})" for python in HERE for cell in cells}
    everything = listed(repository, "-t", "plain", TARGETS="all")
    assert len(everything) == len(STAGES) * len(HERE) * 9
    with_vml = listed(repository, "-s", "build", TARGETS="linux-x86_64")
    assert "build-3.11(target='linux-x86_64', variant='vml')" in with_vml


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        ([], {"TARGETS": ","}, "TARGETS=, names no target; wheels.toml has "),
        ([], {"TARGETS": "!linux-aarch64"}, "TARGETS=!linux-aarch64: '!linux-aarch64' is no target; wheels.toml has "),
        ([], {"TARGETS": "linux-aarch64 windows"}, "TARGETS=linux-aarch64 windows: 'windows' is no target; wheels.toml has "),
        (["-t", "windos"], {}, "-t windos: no session has that tag; there are plain, vml, the systems linux, macos"),
        (["--tags=windos"], {}, "-t windos: no session has that tag"),
        (["-s", "build-3.11(target='mac')"], {}, "there is no session for target 'mac'; wheels.toml has linux-x86_64, "),
    ],
)
def test_a_target_that_is_not_there_is_told_with_those_that_are(
    repository: Path, words: list[str], variables: dict[str, str], said: str
) -> None:
    ended = nox(repository, "-l", *words, **variables)
    assert ended.returncode != 0
    assert said in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_without_a_wish_a_run_is_about_this_machine(repository: Path) -> None:
    assert not [name for name in listed(repository, "-s", "build", "-k", "plain") if "target" in name]
    assert not [name for name in listed(repository, "-s", "build", "--", "-t", "windows") if "target" in name]


def test_a_wheel_from_elsewhere_needs_no_build(repository: Path) -> None:
    assert {name.partition("-")[0] for name in selected(repository, "-s", "test", "--", "--wheel=x.whl")} == {"test"}


def test_a_relative_path_is_looked_for_where_nox_was_called(repository: Path, tmp_path: Path) -> None:
    """nox goes to the folder of noxfile.py before it reads it."""
    make_wheel(tmp_path, tag="cp311-cp311-manylinux_2_17_x86_64")
    words = ["-f", str(repository / "noxfile.py"), "-l", "-s", "test", "--", "--wheel", next(tmp_path.glob("*.whl")).name]
    said = nox(tmp_path, *words, PWD=str(tmp_path)).stdout
    assert "* test-3.11(variant='plain')" in said
    assert "* test-3.13" not in said


def test_a_wrong_wheels_toml_is_a_message_and_no_traceback(repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository, tmp_path / "spoilt")
    with (tmp_path / "spoilt" / "wheels.toml").open("a", encoding="utf-8") as file:
        file.write("[extra]\n")
    ended = nox(tmp_path / "spoilt", "-l")
    assert ended.returncode != 0
    assert "wheels.toml: extra: found 'extra'; allowed: " in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["-p", "3.1"], "several stand apart: -p 3.11 3.12"),
        (["-p3.1"], "several stand apart"),
        (["--python=311"], "write -p 3.11"),
        (["-p", "3.11,3.14t"], "write -p 3.11 3.14t"),
        (["-p", "3.11", "cp312", "-s", "build"], "write -p 3.12"),
    ],
)
def test_a_mistyped_cpython_is_a_message_with_the_right_spelling(words: list[str], hint: str) -> None:
    with pytest.raises(RequestError) as caught:
        check_pythons(("3.11", "3.12", "3.14t"), words)
    assert "wheels.toml has no such CPython; it has 3.11, 3.12, 3.14t" in str(caught.value)
    assert hint in str(caught.value)


def test_words_that_are_no_cpythons_are_let_alone() -> None:
    check_pythons(
        ("3.11", "3.12"), ["-p", "3.11", "3.12", "-s", "pin", "--pythons=3.11", "--pdb", "--parallel", "x", "--", "-p", "9"]
    )


def test_nox_says_what_is_wrong_with_p(repository: Path) -> None:
    ended = nox(repository, "-s", "build", "-p", "3.1")
    assert ended.returncode != 0
    assert "* failed: -p 3.1: wheels.toml has no such CPython" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_checkout_that_nox_would_not_find_again_is_a_message(repository: Path, tmp_path: Path) -> None:
    place = tmp_path / "a$HOME"
    shutil.copytree(repository, place)
    ended = nox(place, "-s", "doctor")
    assert ended.returncode != 0
    assert "nox takes the $ in that for a variable" in ended.stdout + ended.stderr
    assert "Starting session" not in ended.stdout + ended.stderr
    place.rename(tmp_path / "a$NO_SUCH_VARIABLE")
    assert nox(tmp_path / "a$NO_SUCH_VARIABLE", "-l").returncode == 0


def test_nox_still_asks_where_we_answer() -> None:
    assert isinstance(ALL_VENVS, dict)
    assert issubclass(sessions.LockedEnvironment, ProcessEnv)
    assert callable(Call.format_dependency)
    assert sessions.after("build") == ["build-{python}({{cell}})"]


def test_nox_makes_the_environment_of_a_session_by_our_backend(repository: Path) -> None:
    """With no package within reach, what fails is our own environment, with our own message."""
    empty = repository / "empty-cache"
    variables = {
        "NUMEXPR_WHEELS_CACHE": str(empty),
        "PIP_INDEX_URL": "http://127.0.0.1:9/",
        "PIP_RETRIES": "0",
        "NUMEXPR_WHEELS_NO_UV": "1",
    }
    ended = nox(repository, "-s", "doctor", **variables)
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert "requirements/tools.txt" in said
    assert "Traceback" not in said


def test_words_behind_the_dashes_are_no_wish_for_a_cpython() -> None:
    names = ("3.13", "3.14", "3.14t")

    def asked(*argv: str) -> set[str]:
        return asked_pythons(names, argv, {})

    assert asked("-s", "build", "--", "3.14") == set()
    assert asked("-s", "build-3.14t(variant='plain')") == {"3.14t"}
    assert asked("-p3.14") == asked("--python=3.14") == {"3.14"}
    assert asked("-p", "3.13,3.14") == {"3.13", "3.14"}
    assert asked("-p", "3.13", "3.14") == {"3.13", "3.14"}
