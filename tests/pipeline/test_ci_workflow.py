"""The real workflow file with act: from the plan to an index that pip installs from, and what a broken build shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.core.record import FAILED, parse_record
from tests.helpers import git
from tests.pipeline.checkouts import PYTHON, Checkout, Ended, new_checkout
from tests.pipeline.test_reproduce import BREAKS_THE_COMPILE

SECONDS = 1500
CELL = f"cp{PYTHON.replace('.', '')}-linux-x86_64-plain"


def _repository(root: Path, cache: Path, variables: Mapping[str, str], **files: str) -> Checkout:
    """Return a commit of this repository, with `files` in it."""
    checkout = new_checkout(root, cache, variables)
    for name, text in files.items():
        (root / "patches" / f"{name}.patch").write_text(text, encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "as it is")
    return checkout


def _run(checkout: Checkout, *words: str) -> Ended:
    ended = subprocess.run(
        [sys.executable, "-m", "scripts", "workflow", "--", "--python", PYTHON, "--variant", "plain", *words],
        cwd=checkout.root, env=checkout.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    return Ended(status=ended.returncode, said=ended.stdout)


def _artifacts(checkout: Checkout) -> dict[str, Path]:
    return {path.stem: path for path in (checkout.root / "build" / "workflow" / "artifacts").glob("*.zip")}


def test_plan_build_repair_test_collect_and_stage(workshop: Path, cache: Path, no_remote: Mapping[str, str]) -> None:
    checkout = _repository(workshop / "workflow", cache, no_remote)
    ended = _run(checkout)
    assert ended.status == 0, ended.said
    assert re.search(r"pip install --index-url \S+plain/simple numexpr: works on CPython", ended.said)
    names = set(_artifacts(checkout))
    label = "3b5ddaad460a"
    assert names == {
        f"{kind}-{label}" for kind in (f"build-{CELL}", f"wheel-{CELL}", "wheel-sdist", "collected", "dist", "index")
    }
    for job in ("plan", "build", "repair and test", "sdist", "collect", "stage"):
        assert re.search(rf"\[wheels/{job}.*Job succeeded", ended.said), job
    assert "compiling" not in ended.said.partition("repair and test")[2], "the built bytes are tested, not built again"
    assert "```mermaid" in ended.said


def test_a_commit_that_does_not_compile(workshop: Path, cache: Path, no_remote: Mapping[str, str]) -> None:
    checkout = _repository(workshop / "broken workflow", cache, no_remote, **{"0099-broken": BREAKS_THE_COMPILE})
    ended = _run(checkout)
    assert ended.status != 0
    assert re.search(rf"\[wheels/build {CELL}.*Job failed", ended.said)
    artifact = _artifacts(checkout)[f"build-{CELL}-3b5ddaad460a"]
    with zipfile.ZipFile(artifact) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(f"/build-{CELL}.json")]
        record = parse_record(json.loads(archive.read(name)))
    assert record.outcome.status == FAILED
    line = f"nox -s reproduce -- {artifact.name}"
    assert line in ended.said
    (checkout.root / artifact.name).write_bytes(artifact.read_bytes())
    assert "same failure" in checkout.run("reproduce", artifact.name).said


@pytest.mark.parametrize("word", ["no-such-commit-anywhere"])
def test_a_name_that_means_nothing_fails_in_the_plan(
    workshop: Path, cache: Path, no_remote: Mapping[str, str], word: str
) -> None:
    checkout = _repository(workshop / "nameless workflow", cache, no_remote)
    ended = subprocess.run(
        [sys.executable, "-m", "scripts", "workflow", "--", word, "--job", "plan"],
        cwd=checkout.root, env=checkout.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    assert ended.returncode != 0
    assert word in ended.stdout
