"""What the pipeline tests build once: a cache that shares a person's packages, and a checkout with a tested wheel."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import this_maker
from scripts.core.interpreters import find_interpreter, usable
from scripts.core.layout import layout_of
from scripts.core.source_lock import SourceLock
from scripts.core.toolchain import toolchain_for
from tests.helpers import ROOT, git
from tests.pipeline.checkouts import PYTHON, Checkout, new_checkout

SHARED = ("packages", "environments", "zig", "ccache")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space and letters that are not ASCII."""
    return tmp_path_factory.mktemp("pipeline") / "Räder und Wheels"


@pytest.fixture(scope="session")
def cache(workshop: Path, config: Config) -> Path:
    """A cache that shares packages and finished environments with the person's, and has a git mirror of its own."""
    real = layout_of(ROOT)
    maker = this_maker(real)
    # Made here, under their own path, so that nothing in the person's cache ever points to this test's folder.
    interpreter = usable(PYTHON, find_interpreter(PYTHON))
    maker.cached("build", interpreter.executable, f"CPython {interpreter.full}")
    toolchain_for(maker, config.target("linux-x86_64"), "manylinux_2_28_x86_64", "zig", crossing=False)
    folder = workshop / "cache"
    folder.mkdir(parents=True)
    for name in SHARED:
        (real.cache / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(real.cache / name)
    return folder


@pytest.fixture(scope="session")
def no_remote(workshop: Path) -> Mapping[str, str]:
    """Variables under which git cannot reach numexpr's repository, at once."""
    workshop.mkdir(parents=True, exist_ok=True)
    settings = workshop / "gitconfig"
    git(workshop, "config", "--file", str(settings), f"url.{(workshop / 'nowhere').as_uri()}.insteadOf", "https://github.com/")
    return {"GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture(scope="session")
def built(workshop: Path, cache: Path, no_remote: Mapping[str, str]) -> Checkout:
    """A checkout whose plain wheel was built from the sdist, repaired and tested; tests only read it."""
    checkout = new_checkout(workshop / "built once", cache, no_remote)
    for stage in ("build", "repair", "test"):
        checkout.run(stage)
    return checkout


@pytest.fixture(scope="session")
def upstream(workshop: Path, built: Checkout, lock: SourceLock) -> Path:
    """A git repository with the files of the proved sdist: another commit than numexpr's, the same time and bytes."""
    tree = built.source()
    folder = workshop / "upstream"
    git(workshop, "init", "--quiet", str(folder))
    git(folder, f"--work-tree={tree}", "add", "--all")
    commit = git(folder, "commit-tree", git(folder, "write-tree"), "-m", "release", when=f"{lock.commit_time} +0000")
    git(folder, "update-ref", "refs/heads/main", commit)
    git(folder, "reset", "--quiet", "--hard")
    git(folder, "tag", "v2.14.2")
    git(folder, "branch", "feature/fast")
    return folder


@pytest.fixture
def fresh(workshop: Path, cache: Path, no_remote: Mapping[str, str], request: pytest.FixtureRequest) -> Checkout:
    """A checkout in which nothing was made yet."""
    return new_checkout(workshop / str(request.node.name)[:60].replace(os.sep, "-"), cache, no_remote)


@pytest.fixture
def copy_of_built(built: Checkout, request: pytest.FixtureRequest) -> Checkout:
    """A copy of the finished checkout that a test may spoil."""
    return built.another(str(request.node.name)[:60])
