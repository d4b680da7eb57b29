"""Patches apply exactly or not at all, and say which of them does not, where, and why."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.errors import PatchError
from scripts.core.patches import Patch, apply_patch, apply_series, fitting, read_patch, series
from tests.helpers import ROOT, git

HEADER = {"Subject": "Mend it", "Why": "it is broken", "Upstream": "none yet", "Variants": "*", "Targets": "*"}
OLD = "".join(f"line {number}\n" for number in range(1, 41))
NEW = OLD.replace("line 5\n", "line five\n").replace("line 30\n", "line thirty\n")


def diff(old: str, new: str, path: str = "a.cpp") -> str:
    lines = difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}")
    return "".join(lines)


def write(folder: Path, content: str = "", name: str = "0001-mend.patch", **fields: str) -> Path:
    header = "".join(f"{key}: {value}\n" for key, value in {**HEADER, **fields}.items() if value)
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(f"{header}---\n{content or diff(OLD, NEW)}".encode())
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.cpp").write_bytes(OLD.encode())
    return folder


@pytest.fixture
def patch(tmp_path: Path) -> Patch:
    return read_patch(write(tmp_path))


def test_a_patch_is_applied(patch: Patch, tree: Path) -> None:
    apply_patch(patch, tree)
    assert (tree / "a.cpp").read_bytes().decode() == NEW


def test_a_header_may_go_on_in_indented_lines(tmp_path: Path) -> None:
    read = read_patch(write(tmp_path, Why="one\n two\n\tthree", Variants="plain vml"))
    assert (read.why, read.variants) == ("one two three", ("plain", "vml"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("mend.patch", "", "name a patch like 0101-what-it-does.patch"),
        ("0001-Mend.patch", "", "name a patch like"),
        ("0001-mend.patch", "Subject: x\n", "no line --- between"),
        ("0001-mend.patch", "Subject: x\nWhy: y\n---\n" + diff(OLD, NEW), "lacks Upstream, Variants, Targets"),
        ("0001-mend.patch", "Subjekt: x\n---\n" + diff(OLD, NEW), "'Subjekt: x'; allowed are Subject, Why"),
        (
            "0001-mend.patch",
            "".join(f"{k}: {v}\n" for k, v in HEADER.items()) + "Optional: perhaps\n---\n" + diff(OLD, NEW),
            "Optional: perhaps; it is yes or no",
        ),
        ("0001-mend.patch", "hello\n---\n" + diff(OLD, NEW), "header line 'hello'"),
        ("0001-mend.patch", "".join(f"{k}: {v}\n" for k, v in HEADER.items()) + "---\nno diff\n", "no diff below"),
        (
            "0001-mend.patch",
            "".join(f"{k}: {v}\n" for k, v in HEADER.items()) + "---\n--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n",
            "not a unified diff",
        ),
    ],
)
def test_a_malformed_patch_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PatchError) as caught:
        read_patch(tmp_path / name)
    assert f"patches/{name}" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("variants", "targets", "variant", "target", "belongs"),
    [
        ("*", "*", "plain", "linux-x86_64", True),
        ("vml", "*", "plain", "linux-x86_64", False),
        ("plain vml", "*", "vml", "linux-x86_64", True),
        ("*", "windows-*", "plain", "windows-amd64", True),
        ("*", "windows-*", "plain", "linux-x86_64", False),
        ("*", "linux-* musllinux-x86_64", "plain", "musllinux-x86_64", True),
        ("*", "Linux-*", "plain", "linux-x86_64", False),
        ("v*", "*-aarch64", "vml", "linux-aarch64", True),
    ],
)
def test_a_patch_belongs_to_variants_and_targets(
    tmp_path: Path, variants: str, targets: str, variant: str, target: str, belongs: bool
) -> None:
    assert read_patch(write(tmp_path, Variants=variants, Targets=targets)).is_for(variant, target, "") is belongs


def test_a_series_is_in_the_order_of_numbers(tmp_path: Path, tree: Path) -> None:
    steps = ["0", "1", "2", "3"]
    for number in (3, 1, 2):  # each patch only applies on top of the one before
        old, new = OLD.replace("line 9\n", f"line 9.{steps[number - 1]}\n"), OLD.replace("line 9\n", f"line 9.{steps[number]}\n")
        write(tmp_path / "patches", diff(old, new), f"000{number}-step.patch")
    (tree / "a.cpp").write_bytes(OLD.replace("line 9\n", "line 9.0\n").encode())
    (tmp_path / "patches" / "README.md").write_text("no patch", encoding="utf-8")
    found = series(tmp_path / "patches", "plain", "linux-x86_64", "")
    assert [one.name for one in found] == ["0001-step.patch", "0002-step.patch", "0003-step.patch"]
    apply_series(found, tree)
    assert "line 9.3\n" in (tree / "a.cpp").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("now", "hunk"),
    [
        (OLD.replace("line 3\n", "line 3 \n"), "hunk 1 of 2 (at line 2)"),  # white space at the end of a context line
        (OLD.replace("line 4\n", "\tline 4\n"), "hunk 1 of 2 (at line 2)"),
        (OLD.replace("line 32\n", "line 32.\n"), "hunk 2 of 2 (at line 27)"),  # the outermost line, which fuzz would forgive
        (OLD.replace("line 30\n", ""), "hunk 2 of 2 (at line 27)"),
        (OLD.replace("\n", "\r\n"), "hunk 1 of 2 (at line 2)"),
    ],
)
def test_a_patch_with_other_context_fails_and_says_where(patch: Patch, tree: Path, now: str, hunk: str) -> None:
    (tree / "a.cpp").write_bytes(now.encode())
    with pytest.raises(PatchError) as caught:
        apply_patch(patch, tree)
    for word in ("patches/0001-mend.patch", "(Mend it)", "does not apply", "a.cpp", hunk, "renew the patch"):
        assert word in str(caught.value)
    assert (tree / "a.cpp").read_bytes() == now.encode()  # not even one of two hunks


def test_a_patch_of_a_missing_file_names_the_file(patch: Patch, tree: Path) -> None:
    (tree / "a.cpp").unlink()
    with pytest.raises(PatchError, match=r"0001-mend\.patch.*does not apply: .*a\.cpp"):
        apply_patch(patch, tree)


def test_a_patch_that_is_in_the_source_says_so(patch: Patch, tree: Path) -> None:
    (tree / "a.cpp").write_bytes(NEW.encode())
    with pytest.raises(PatchError, match=r"patches/0001-mend\.patch \(Mend it\) is already in the source"):
        apply_patch(patch, tree)


def test_the_second_patch_of_a_series_is_the_one_that_is_named(tmp_path: Path, tree: Path) -> None:
    first = read_patch(write(tmp_path))
    second = read_patch(write(tmp_path, name="0002-again.patch", Subject="Again"))
    with pytest.raises(PatchError, match=r"0002-again\.patch \(Again\) is already in the source"):
        apply_series([first, second], tree)


def test_crlf_lines_are_lines_like_others(tmp_path: Path, tree: Path) -> None:
    (tree / "a.cpp").write_bytes(OLD.replace("\n", "\r\n").encode())
    apply_patch(read_patch(write(tmp_path, diff(OLD, NEW).replace("\n", "\r\n").replace("cpp\r\n", "cpp\n"))), tree)
    assert (tree / "a.cpp").read_bytes() == NEW.replace("\n", "\r\n").encode()


def test_files_are_made_and_removed(tmp_path: Path, tree: Path) -> None:
    made = "--- /dev/null\n+++ b/sub/new.hpp\n@@ -0,0 +1 @@\n+#pragma once\n"
    gone = diff(OLD, "").replace("b/a.cpp", "/dev/null", 1)
    apply_patch(read_patch(write(tmp_path, made + gone)), tree)
    assert [path.name for path in tree.rglob("*") if path.is_file()] == ["new.hpp"]


def test_the_rules_of_a_repository_around_the_tree_do_not_hold(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("/build/\n", encoding="utf-8")
    (tmp_path / ".gitattributes").write_text("* text eol=crlf\n", encoding="utf-8")
    tree = tmp_path / "build" / "größer als sonst" / "tree"
    tree.mkdir(parents=True)
    (tree / "a.cpp").write_bytes(OLD.encode())
    apply_patch(read_patch(write(tmp_path / "patches")), tree)
    assert (tree / "a.cpp").read_bytes().decode() == NEW


def test_variables_of_a_git_hook_do_not_hold(tmp_path: Path, patch: Patch, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    apply_patch(patch, tree)
    assert (tree / "a.cpp").read_bytes().decode() == NEW


def test_a_person_s_git_settings_do_not_bring_fuzz(
    tmp_path: Path, patch: Patch, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text("[apply]\n\tignoreWhitespace = change\n\twhitespace = fix\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (tree / "a.cpp").write_bytes(OLD.replace("line 4\n", "line  4\n").encode())
    with pytest.raises(PatchError, match="does not apply"):
        apply_patch(patch, tree)


def test_optional_patches_are_applied_all_or_none(tmp_path: Path, tree: Path) -> None:
    needed = read_patch(write(tmp_path / "patches", diff(OLD, NEW), "0001-needed.patch"))
    newer = NEW.replace("line 12\n", "line twelve\n")
    first = read_patch(write(tmp_path / "patches", diff(NEW, newer), "0201-first.patch", Optional="yes"))
    newest = newer.replace("line 20\n", "line twenty\n")
    second = read_patch(write(tmp_path / "patches", diff(newer, newest), "0202-second.patch", Optional="yes"))
    assert fitting([needed, first, second], tree, tmp_path / "one") == (needed, first, second)
    assert (tree / "a.cpp").read_bytes().decode() == OLD
    (tree / "a.cpp").write_bytes(OLD.replace("line 20\n", "line 20 of another commit\n").encode())
    assert fitting([needed, first, second], tree, tmp_path / "two") == (needed,)
    (tree / "a.cpp").write_bytes(OLD.replace("line 5\n", "line 5 of another commit\n").encode())
    with pytest.raises(PatchError, match="0001-needed"):
        fitting([needed, first, second], tree, tmp_path / "three")


def test_a_patch_may_be_for_one_library_only(tmp_path: Path) -> None:
    patch = read_patch(write(tmp_path, Variants="*", Targets="*", Libraries="mkl-*"))
    assert patch.is_for("vml", "linux-x86_64", "mkl-vml")
    assert not patch.is_for("vml", "linux-x86_64", "sleef-vml")
    assert not patch.is_for("plain", "linux-x86_64", "")
    assert read_patch(write(tmp_path, Variants="*", Targets="*")).is_for("plain", "linux-x86_64", "")


def test_the_repository_s_own_patches_can_be_read(config: Config) -> None:
    found = {path.name: read_patch(path) for path in sorted((ROOT / "patches").glob("*.patch"))}
    numbers = [name[:4] for name in found]
    assert len(numbers) == len(set(numbers))
    for name, one in found.items():
        cells = [(variant, target) for variant in config.variants for target in config.targets]
        libraries = ["", *(path.name for path in (ROOT / "vendor").iterdir())]
        assert any(one.is_for(*cell, library) for cell in cells for library in libraries), name
