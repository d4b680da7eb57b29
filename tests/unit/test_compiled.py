"""The kept extension: what makes it another one, and what is not taken for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.compiled import compiled_key, keep, restore
from scripts.core.record import Input, Plan

EXTENSION = "build/lib.linux-x86_64-cpython-313/numexpr/interpreter.so"
PLAN = Plan(
    stage="build",
    cell="cp313-linux-x86_64-plain",
    asked={},
    settings={"flags": ["-O3"]},
    inputs=(
        Input(name="numexpr", digest="a commit", algorithm="gitCommit"),
        Input(name="source", digest="a tree"),
        Input(name="patches/0101-x.patch", digest="a patch"),
        Input(name="requirements/build.txt", digest="locks"),
    ),
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "setup.py",
        "numexpr/module.cpp",
        "numexpr/module.hpp",
        "numexpr/necompiler.py",
        "numexpr/tests/test_x.py",
        EXTENSION,
    ):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "tree"


def key(tree: Path, plan: Plan = PLAN) -> str:
    return compiled_key(plan, "source", tree)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("numexpr/necompiler.py", True), ("numexpr/tests/test_x.py", True), ("numexpr/new.py", True),
        ("setup.py", False), ("site.cfg", False), ("numexpr/module.cpp", False), ("numexpr/module.hpp", False),
    ],
)  # fmt: skip
def test_what_the_compiler_sees_is_in_the_key(tree: Path, name: str, same: bool) -> None:
    before = key(tree)
    (tree / name).write_text("changed", encoding="utf-8")
    assert (key(tree) == before) is same


def test_so_is_everything_else_of_the_plan_but_the_commit(tree: Path) -> None:
    before = key(tree)
    commit, source, patch, locks = PLAN.inputs
    other_source = (replace(commit, digest="b"), replace(source, digest="b"), replace(patch, digest="b"), locks)
    assert key(tree, replace(PLAN, inputs=other_source)) == before
    assert key(tree, replace(PLAN, inputs=(*PLAN.inputs[:3], replace(locks, digest="b")))) != before
    assert key(tree, replace(PLAN, settings={"flags": ["-O2"]})) != before
    assert key(tree, replace(PLAN, cell="cp312-linux-x86_64-plain")) != before


def test_what_was_kept_comes_back_as_it_was(tree: Path, tmp_path: Path) -> None:
    (tree / EXTENSION).chmod(0o755)
    keep(tmp_path / "store", tree, tmp_path / "scratch")
    (tree / EXTENSION).unlink()
    assert restore(tmp_path / "store", tree)
    assert (tree / EXTENSION).read_text(encoding="utf-8") == EXTENSION
    assert (tree / EXTENSION).stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / "scratch").exists()


def test_other_bytes_are_not_taken_for_it(tree: Path, tmp_path: Path) -> None:
    keep(tmp_path / "store", tree, tmp_path / "scratch")
    (tree / EXTENSION).unlink()
    (tmp_path / "store" / EXTENSION).write_text("evil", encoding="utf-8")
    assert not restore(tmp_path / "store", tree)
    (tmp_path / "store" / EXTENSION).unlink()
    assert not restore(tmp_path / "store", tree)
    assert not restore(tmp_path / "nowhere", tree)
    assert not (tree / EXTENSION).exists()


def test_where_setuptools_left_nothing_nothing_is_kept(tree: Path, tmp_path: Path) -> None:
    (tree / EXTENSION).unlink()
    keep(tmp_path / "store", tree, tmp_path / "scratch")
    assert not (tmp_path / "store").exists()
