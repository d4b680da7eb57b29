"""The words behind `--`: a commit's name, our options, and everything else is pytest's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.core.config import Target
from scripts.core.context import Context
from scripts.core.errors import RequestError
from scripts.core.request import NUMPYS, OWN_WORDS, USAGE, Request, given_path, read_request
from scripts.publish.places import store_of
from scripts.publish.wishes import upload_wishes


def asked(*words: str, variable: str = "") -> Request:
    return read_request(words, {"BUILD_COMMIT": variable} if variable else {})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], Request()),
        (["v2.13.1"], Request(commit="v2.13.1")),
        (["--worktree"], Request(worktree=True)),
        (["main", "--toolchain", "system"], Request(commit="main", toolchain="system")),
        (["--toolchain=zig", "--policy", "manylinux_2_28_x86_64"], Request(toolchain="zig", policy="manylinux_2_28_x86_64")),
        (["--vml", "mkl"], Request(vml="mkl")),
        (["--numpy", "oldest"], Request(numpy="oldest")),
        (["-k", "NAME"], Request(pytest_arguments=("-k", "NAME"))),
        (["main", "-k", "a or b", "-x"], Request(commit="main", pytest_arguments=("-k", "a or b", "-x"))),
        (["--worktree", "-k", "NAME", "--numpy", "pre"], Request(worktree=True, numpy="pre", pytest_arguments=("-k", "NAME"))),
        (["--tool", "zig"], Request(pytest_arguments=("--tool", "zig"))),  # no abbreviations: pytest has options too
    ],
)
def test_words_are_read(words: list[str], expected: Request) -> None:
    assert asked(*words) == expected


def test_the_variable_names_a_commit() -> None:
    assert asked(variable=" v2.13.1 ").commit == "v2.13.1"
    assert asked("main", variable="main").commit == "main"


@pytest.mark.parametrize(
    ("words", "variable", "said"),
    [
        (["main"], "v2.13.1", "BUILD_COMMIT=v2.13.1 and -- main name two commits"),
        (["main", "--worktree"], "", "main names a commit"),
        (["--worktree"], "main", "main names a commit"),
        (["--toolchain", "tcc"], "", "invalid choice: 'tcc'"),
        (["--toolchain"], "", "expected one argument"),
        (["--numpy", "1.26"], "", "invalid choice: '1.26'"),
        (["--wheel", "nowhere.whl"], "", f"--wheel {Path.cwd() / 'nowhere.whl'}: no such file"),
    ],
)
def test_contradictions_and_unknown_choices_are_refused(words: list[str], variable: str, said: str) -> None:
    with pytest.raises(RequestError) as caught:
        asked(*words, variable=variable)
    assert said in str(caught.value)


def test_a_complaint_names_all_words_on_one_line() -> None:
    with pytest.raises(RequestError) as caught:
        asked("--numpy", "1.26")
    assert str(caught.value).endswith(USAGE)
    with pytest.raises(RequestError, match=r"^behind --: [^\n]+ \[--yes\] [^\n]+$"):
        upload_wishes(["--wheel-type", "none"])


def test_the_words_of_the_usage_line_are_the_ones_that_are_read() -> None:
    assert set(OWN_WORDS) == {"--worktree", "--toolchain", "--policy", "--vml", "--numpy", "--wheel", "--from"}
    assert asked("--worktree").pytest_arguments == ()
    for word in set(OWN_WORDS) - {"--worktree"}:
        with pytest.raises(RequestError, match="expected one argument"):
            asked(word)


def test_a_wheel_is_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.whl").touch()
    monkeypatch.chdir(tmp_path)
    assert asked("--wheel", "x.whl").wheel == (tmp_path / "x.whl").resolve()


def test_a_relative_path_begins_where_nox_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.whl").touch()
    (tmp_path / "handed").mkdir()
    monkeypatch.setenv("NUMEXPR_WHEELS_CALLER", str(tmp_path))
    assert asked("--wheel", "x.whl").wheel == tmp_path / "x.whl"
    assert asked("--from=handed").handed == tmp_path / "handed"
    assert given_path("/somewhere/x.whl") == Path("/somewhere/x.whl")
    assert upload_wishes(["--to", "handed", "--wheelhouse", "handed"]).wheelhouse == tmp_path / "handed"
    assert store_of("handed").shown == str((tmp_path / "handed").resolve())


pytest_words = st.lists(
    st.sampled_from(["-k", "-x", "-q", "--maxfail=1", "--deselect", "a and b", "t.py::x", "-n", "4", "-p", "no:x"])
)


@given(
    commit=st.sampled_from(["", "main", "v2.13.1", "3b5ddaa", "feature/a-b"]),
    toolchain=st.sampled_from(["", "zig", "system"]),
    numpy=st.sampled_from(NUMPYS),
    rest=pytest_words,
    at_end=st.booleans(),
)
def test_a_request_comes_back_from_its_words(commit: str, toolchain: str, numpy: str, rest: list[str], at_end: bool) -> None:
    # Without a commit a first word of pytest's that has no dash would be one.
    rest = rest if commit or not rest or rest[0].startswith("-") else ["-x", *rest]
    ours = [f"--numpy={numpy}", *([f"--toolchain={toolchain}"] if toolchain else [])]
    words = [*([commit] if commit else []), *([*rest, *ours] if at_end else [*ours, *rest])]
    assert asked(*words) == Request(commit=commit, toolchain=toolchain, numpy=numpy, pytest_arguments=tuple(rest))


def test_the_library_of_a_variant_is_the_target_s_own_or_the_one_asked_for(context: Context, target: Target) -> None:
    """What wheels.toml says for the target goes before what it says for the variant, and `--vml` before both."""
    for name in ("mkl-vml", "sleef-vml"):
        (context.layout.vendor / name).mkdir(parents=True)
        (context.layout.vendor / name / "recipe.toml").touch()
    usual = context.config.variants["vml"].library
    assert context.library(target, "plain") == ""
    assert context.library(replace(target, libraries={}), "vml") == usual
    assert context.library(replace(target, libraries={"vml": "mkl-vml"}), "vml") == "mkl-vml"
    asking = replace(context, request=asked("--vml", "sleef"))
    assert asking.library(replace(target, libraries={"vml": "mkl-vml"}), "vml") == "sleef-vml"
    assert asking.library(target, "plain") == ""
    with pytest.raises(RequestError, match="--vml nag: there is no such library; there are mkl, sleef"):
        replace(context, request=asked("--vml", "nag")).library(target, "vml")
