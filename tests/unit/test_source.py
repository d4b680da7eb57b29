"""From a name to files: git's commits by any naming, the work tree as it lies there, and one decision a run."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.core.errors import FetchError, IntegrityError, PatchError, RecordError, SourceError
from scripts.core.files import digest_of_tree
from scripts.core.git_source import GitSource
from scripts.core.record import read_record
from scripts.core.request import Request
from scripts.core.resolution import NAMED, PINNED, WORKTREE, resolve
from scripts.core.source_lock import Blob, SourceLock, blob_id, tree_id
from scripts.core.tree import File, digest_of_files, is_excluded, read_tree, write_tree
from scripts.core.worktree_source import read_worktree
from scripts.stages.checkout import patched, unpatched
from tests.helpers import git, new_repository

FILES = {"VERSION": b"9.9\n", "setup.py": b"#!python\n", "numexpr/a.hpp": b"one\r\ntwo\r\n", "doc/guide.md": b"text\n"}


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """A repository that stands for numexpr's: two commits, a tag of each kind, a branch."""
    folder = new_repository(tmp_path / "upstream", FILES)
    (folder / "setup.py").chmod(0o755)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "one")
    git(folder, "tag", "v1.0")
    git(folder, "switch", "--quiet", "-c", "feature/fast")
    (folder / "VERSION").write_text("9.10\n", encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "-m", "two")
    git(folder, "tag", "-a", "v2.0", "-m", "annotated")
    git(folder, "switch", "--quiet", "main")
    return folder


@pytest.fixture
def context(context: Context, upstream: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A checkout whose submodule's remote is that repository, by url.….insteadOf, and whose lock pins its v1.0."""
    root = context.layout.root
    root.mkdir()
    git(root, "init", "--quiet")
    remote = "https://example.invalid/numexpr.git"
    git(root, "config", "--file", ".gitmodules", "submodule.numexpr.url", remote)
    git(root, "config", f"url.{upstream.as_uri()}.insteadOf", remote)
    (root / "scripts").symlink_to(Path(__file__).resolve().parents[2] / "scripts")
    (root / "patches").mkdir()
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    blobs = {
        path: Blob(mode="100755" if path == "setup.py" else "100644", object_id=blob_id(text)) for path, text in FILES.items()
    }
    commit = git(upstream, "rev-parse", "v1.0")
    pinned = replace(
        context.lock, commit=commit, tree=tree_id(blobs), blobs=blobs, version="9.9", tag="v1.0", commit_time=400_000_000
    )
    return replace(context, lock=pinned)


def asking(context: Context, commit: str = "", *, worktree: bool = False) -> Context:
    return replace(context, request=Request(commit=commit, worktree=worktree))


def contents(files: Mapping[str, File]) -> dict[str, bytes]:
    return {path: file.content for path, file in files.items()}


def test_nothing_asked_is_the_pinned_commit(context: Context) -> None:
    decided = resolve(context)
    assert (decided.kind, decided.commit, decided.tree) == (PINNED, context.lock.commit, context.lock.tree)
    assert resolve(asking(context, "v1.0")).kind == PINNED


@pytest.mark.parametrize("name", ["v2.0", "feature/fast", "short", "full", "refs/tags/v2.0", "v2.0~0"])
def test_any_naming_of_a_commit_works(context: Context, upstream: Path, name: str) -> None:
    full = git(upstream, "rev-parse", "feature/fast")
    decided = resolve(asking(context, {"short": full[:9], "full": full}.get(name, name)))
    assert (decided.kind, decided.commit) == (NAMED, full)
    assert decided.tree == git(upstream, "rev-parse", f"{full}^{{tree}}")
    assert decided.time == int(git(upstream, "show", "-s", "--format=%ct", full))
    assert unpatched(asking(context, full)).version == "9.10"


@pytest.mark.parametrize("name", ["no-such-branch", "v9.9.9", "0123abc", "f" * 40, "--upload-pack=touch x", "HEAD:VERSION"])
def test_a_name_that_means_nothing_says_why(context: Context, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as caught:
        resolve(asking(context, name))
    assert name in str(caught.value)
    assert any(word in str(caught.value) for word in ("names no commit", "has no commit"))
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("way", ["local", "global", "variables"])
def test_every_way_to_set_instead_of_works(
    context: Context, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    key, value = f"url.{upstream.as_uri()}.insteadOf", "https://example.invalid/numexpr.git"
    if way != "local":
        git(context.layout.root, "config", "--unset", key)
    if way == "global":
        git(tmp_path, "config", "--file", str(tmp_path / "gitconfig"), key, value)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    if way == "variables":
        for name, text in (("COUNT", "1"), ("KEY_0", key), ("VALUE_0", value)):
            monkeypatch.setenv(f"GIT_CONFIG_{name}", text)
    assert resolve(asking(context, "main")).commit == git(upstream, "rev-parse", "main")


def test_a_short_hash_of_several_commits_is_ambiguous(context: Context, upstream: Path) -> None:
    """Of two thousand commits some begin with the same four digits."""
    head = "commit refs/heads/long\ncommitter Test <test@example.invalid> {number} +0000\ndata 0\n"
    git(upstream, "fast-import", "--quiet", given="".join(head.format(number=500_000_000 + number) for number in range(2000)))
    starts = [commit[:4] for commit in git(upstream, "rev-list", "long").split()]
    with pytest.raises(SourceError, match="unknown or stands for several commits"):
        resolve(asking(context, next(start for start in starts if starts.count(start) > 1)))


def test_the_first_stage_of_a_run_decides_for_all(context: Context, upstream: Path) -> None:
    asked = asking(context, "feature/fast")
    first = resolve(asked)
    git(upstream, "branch", "--force", "feature/fast", "v1.0")
    assert resolve(asked) == first
    assert resolve(replace(asked, run="another-run")).commit == git(upstream, "rev-parse", "v1.0")


def test_a_commit_that_was_fetched_needs_no_remote(context: Context, upstream: Path) -> None:
    full = git(upstream, "rev-parse", "v2.0^{commit}")
    resolve(asking(context, full))
    upstream.rename(upstream.with_name("gone"))
    again = replace(asking(context, full), run="another-run")
    assert unpatched(again).resolved.commit == full
    short = replace(asking(context, full[:10]), run="a-third-run")
    assert resolve(short).commit == full


def test_a_name_without_a_remote_says_why_and_how(context: Context, upstream: Path) -> None:
    upstream.rename(upstream.with_name("gone"))
    with pytest.raises(SourceError, match=r"'main' cannot be looked up: git cannot reach.*insteadOf"):
        resolve(asking(context, "main"))


def test_git_gives_the_files_as_git_has_them(context: Context, upstream: Path) -> None:
    (upstream / ".gitattributes").write_text("* text eol=crlf\ndoc export-ignore\n", encoding="utf-8")
    git(upstream, "add", ".gitattributes")
    git(upstream, "commit", "--quiet", "-m", "attributes")
    source = GitSource(layout=context.layout)
    files = source.files(source.resolve("main"))
    assert {path: files[path].content for path in FILES} == FILES
    assert files["setup.py"].mode == "100755"


def test_a_link_in_a_commit_is_refused(context: Context, upstream: Path) -> None:
    (upstream / "link").symlink_to("/etc/passwd")
    git(upstream, "add", "--all")
    git(upstream, "commit", "--quiet", "-m", "link")
    with pytest.raises(SourceError, match=r"link of commit .* is a link"):
        unpatched(asking(context, "main"))


def test_a_pinned_commit_with_another_tree_is_refused(context: Context) -> None:
    wrong = replace(context, lock=replace(context.lock, tree="0" * 40))
    with pytest.raises(IntegrityError, match=r"has tree .* says 0000"):
        unpatched(wrong)


def test_the_tree_is_clean_and_made_once(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    source = unpatched(context)
    names = {path.relative_to(source.tree).as_posix() for path in source.tree.rglob("*") if path.is_file()}
    assert names == set(FILES) - {"doc/guide.md"}  # wheels.toml leaves doc/ out
    assert (source.tree / "numexpr/a.hpp").read_bytes() == FILES["numexpr/a.hpp"]
    assert {path.stat().st_mtime for path in source.tree.rglob("*") if path.is_file()} == {400_000_000.0}
    capsys.readouterr()
    assert unpatched(context) == source
    assert "source of commit" not in capsys.readouterr().out


def test_a_tree_that_was_changed_by_hand_is_made_anew(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    source = unpatched(context)
    for name in ("VERSION", "extra.py"):
        (source.tree / name).write_text("6\n", encoding="utf-8")
        unpatched(context)
        assert "was changed by hand; it is made anew" in capsys.readouterr().out
    assert (source.tree / "VERSION").read_bytes() == FILES["VERSION"]
    assert not (source.tree / "extra.py").exists()


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_tree_without_a_readable_record_is_no_finished_one(context: Context, text: str) -> None:
    source = unpatched(context)
    (source.tree.parent / "record.json").write_text(text, encoding="utf-8")
    try:
        assert unpatched(context) == source
        assert read_record(source.tree.parent / "record.json").outcome.status == "passed"
    except RecordError as error:
        pytest.fail(f"a spoilt record ends the run instead of being made anew: {error}")


def test_a_commit_that_is_no_numexpr_says_so(context: Context, upstream: Path) -> None:
    git(upstream, "rm", "--quiet", "setup.py")
    git(upstream, "commit", "--quiet", "-m", "no setup.py")
    with pytest.raises(SourceError, match=r"has no VERSION and setup\.py"):
        unpatched(asking(context, "main"))
    assert not list(context.layout.work.iterdir())


def test_a_patch_makes_another_tree_and_leaves_the_clean_one(context: Context) -> None:
    before = unpatched(context)
    header = "Subject: S\nWhy: W\nUpstream: none yet\nVariants: plain\nTargets: *\n---\n"
    patch = context.layout.patches / "0001-version.patch"
    patch.write_text(header + "--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-9.9\n+9.9.1\n", encoding="utf-8")
    target = context.config.target("linux-x86_64")
    after = patched(context, target, "plain")
    assert (before.version, after.version) == ("9.9", "9.9.1")
    assert patched(context, target, "vml") == before
    patch.write_text(patch.read_text(encoding="utf-8").replace("Why: W", "Why: Because"), encoding="utf-8")
    assert patched(context, target, "plain").key != after.key
    patch.write_text(header + "--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-8\n+9\n", encoding="utf-8")
    with pytest.raises(PatchError, match="0001-version"):
        patched(context, target, "plain")
    failure = read_record(context.run_records / "checkout-source-linux-x86_64-plain.json")
    assert (failure.outcome.status, failure.outcome.command_status) == ("failed", PatchError.exit_status)


@pytest.fixture
def submodule(context: Context, upstream: Path) -> Path:
    """The submodule's checkout at v1.0, as git submodule update leaves it."""
    folder = context.layout.submodule
    git(upstream.parent, "clone", "--quiet", str(upstream), str(folder))
    git(folder, "checkout", "--quiet", "v1.0")
    return folder


def test_a_checkout_that_is_there_is_used_and_never_written_to(context: Context, submodule: Path, upstream: Path) -> None:
    upstream.rename(upstream.with_name("gone"))
    (submodule / "VERSION").write_text("edited\n", encoding="utf-8")
    (submodule / "numexpr" / "new.hpp").touch()
    future = time.time() + 100  # git would refresh its index for that
    os.utime(submodule / "setup.py", (future, future))
    before = digest_of_tree(submodule)
    assert unpatched(context).version == "9.9"  # the commit, not the edit
    edited = replace(asking(context, worktree=True), run="another-run")
    assert unpatched(edited).version == "edited"
    assert digest_of_tree(submodule) == before


def test_the_work_tree_is_built_with_its_edits_and_says_dirty(context: Context, submodule: Path) -> None:
    clean = resolve(asking(context, worktree=True))
    assert (clean.kind, clean.dirty, clean.commit) == (WORKTREE, False, context.lock.commit)
    (submodule / "setup.py").write_text("edited", encoding="utf-8")
    dirty = resolve(replace(asking(context, worktree=True), run="another-run"))
    assert dirty.dirty
    assert dirty.sha256 != clean.sha256
    assert "dirty" in dirty.shown


def test_an_edit_during_a_run_is_an_error(context: Context, submodule: Path) -> None:
    asked = asking(context, worktree=True)
    resolve(asked)
    (submodule / "setup.py").write_text("edited", encoding="utf-8")
    with pytest.raises(SourceError, match="was changed while this run was going on"):
        unpatched(asked)


def test_a_work_tree_that_is_not_there_says_what_brings_it(context: Context) -> None:
    with pytest.raises(SourceError, match="nothing lies there; git submodule update --init"):
        resolve(asking(context, worktree=True))


def test_what_a_developer_s_builds_leave_is_not_source(tmp_path: Path) -> None:
    names = [
        "a.py",
        ".gitignore",
        "build/x.o",
        "sub/__pycache__/a.pyc",
        "numexpr/interpreter.so",
        "site.cfg",
        "numexpr/version.py",
    ]
    for name in [*names, "numexpr.egg-info/PKG-INFO", ".pytest_cache/x", ".git/config", "sub/version.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("a.py")
    assert set(read_worktree(tmp_path)) == {"a.py", ".gitignore", "sub/version.py"}


def test_the_digest_of_files_is_paths_modes_and_contents() -> None:
    plain = {"a": File(mode="100644", content=b"1"), "b": File(mode="100644", content=b"2")}
    same = dict(reversed(plain.items()))
    others = [
        {"a": plain["a"]},
        {**plain, "b": File(mode="100755", content=b"2")},
        {**plain, "b": File(mode="100644", content=b"3")},
        {"a": plain["a"], "c": plain["b"]},
    ]
    assert digest_of_files(same) == digest_of_files(plain)
    assert len({digest_of_files(files) for files in [plain, *others]}) == len(others) + 1


def test_a_written_tree_is_read_back_whatever_the_umask(tmp_path: Path) -> None:
    files = {"a": File(mode="100644", content=b"1\r\n"), "sub/run": File(mode="100755", content=b"")}
    modes = []
    for number, umask in enumerate((0o000, 0o077)):
        before = os.umask(umask)
        try:
            write_tree(files, tmp_path / str(number), 5)
        finally:
            os.umask(before)
        assert read_tree(tmp_path / str(number)) == files
        modes.append([path.stat().st_mode for path in sorted((tmp_path / str(number)).rglob("*"))])
    assert modes[0] == modes[1]


@pytest.mark.parametrize(
    ("path", "excluded"),
    [
        (".gitignore", True), (".github/x/y.yml", True), ("doc/a/b", True), ("bench/poly.c", True), ("bench/poly.py", False),
        ("numexpr/.hidden", False), ("documents/a", False), ("numexpr/doc/a", False), ("RELEASING.md", True),
    ],
)  # fmt: skip
def test_what_wheels_toml_leaves_out(context: Context, path: str, excluded: bool) -> None:
    assert is_excluded(path, context.config.source.exclude) is excluded


def test_a_commit_that_cannot_be_had_is_an_error_of_fetching(context: Context, upstream: Path, lock: SourceLock) -> None:
    """A run that decided on a commit which is gone from the cache, and no remote."""
    full = git(upstream, "rev-parse", "v2.0^{commit}")
    asked = asking(context, full)
    resolve(asked)
    upstream.rename(upstream.with_name("gone"))
    GitSource(layout=context.layout).mirror_path.rename(context.layout.cache / "elsewhere")
    with pytest.raises(FetchError, match=f"commit {full} is not here and git cannot fetch it"):
        unpatched(asked)
