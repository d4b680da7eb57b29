"""A build again from its record: identical, same failure, or different and in what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.core.errors import BuildError, DifferentError, EditedRecordError, RecordError, SuiteError
from scripts.core.record import read_record
from tests.pipeline.checkouts import Checkout, edit, new_checkout

BREAKS_THE_COMPILE = """\
Subject: Break the compile
Why: to see it fail
Upstream: none yet
Variants: plain
Targets: *
---
--- a/numexpr/numexpr_object.cpp
+++ b/numexpr/numexpr_object.cpp
@@ -34,4 +34,5 @@
 static void
+this is no C++
 NumExpr_dealloc(NumExprObject *self)
 {
     Py_XDECREF(self->signature);
"""
BREAKS_A_TEST = """\
Subject: Break one test
Why: to see it fail
Upstream: none yet
Variants: plain
Targets: *
---
--- a/numexpr/tests/test_numexpr.py
+++ b/numexpr/tests/test_numexpr.py
@@ -40,2 +40,5 @@
 from numexpr.expressions import ConstantNode
+def test_that_fails():
+    assert evaluate("1 + 1") == 3
+
 from numexpr.utils import detect_number_of_cores
"""


@pytest.fixture
def elsewhere(workshop: Path, cache: Path, no_remote: Mapping[str, str], request: pytest.FixtureRequest) -> Checkout:
    """Another checkout of the same repository, in which nothing was made."""
    return new_checkout(workshop / f"elsewhere {request.node.name}"[:70], cache, no_remote)


def _record(checkout: Checkout, stage: str) -> Path:
    return checkout.wheel().with_name(f"{checkout.wheel().name}.{stage}.json")


def test_a_record_of_another_checkout_comes_out_identical(built: Checkout, elsewhere: Checkout) -> None:
    said = elsewhere.run("reproduce", str(_record(built, "test"))).said
    assert said.rstrip().endswith(": identical")
    assert not (elsewhere.root / "wheelhouse").exists(), "products of the checkout itself are left alone"


def test_a_broken_compile_fails_in_the_same_way(copy_of_built: Checkout, elsewhere: Checkout, tmp_path: Path) -> None:
    for checkout in (copy_of_built, elsewhere):
        (checkout.root / "patches" / "0901-break.patch").write_text(BREAKS_THE_COMPILE, "utf-8")
    copy_of_built.run("build", fails=BuildError)
    (failed,) = {path.parent for path in (copy_of_built.root / "build" / "records").glob("*/build-*.json")
                 if read_record(path).outcome.status == "failed"}  # fmt: skip
    archive = shutil.make_archive(str(tmp_path / "records of a red job"), "zip", failed)
    said = elsewhere.run("reproduce", archive).said
    assert said.rstrip().endswith(": same failure")
    (elsewhere.root / "patches" / "0901-break.patch").unlink()
    said = elsewhere.run("reproduce", str(failed), fails=DifferentError).said
    assert "input patches/0901-break.patch" in said


def test_a_broken_test_fails_in_the_same_way(copy_of_built: Checkout, elsewhere: Checkout) -> None:
    for checkout in (copy_of_built, elsewhere):
        (checkout.root / "patches" / "0902-break.patch").write_text(BREAKS_A_TEST, "utf-8")
    for stage in ("build", "repair"):
        copy_of_built.run(stage)
    copy_of_built.run("test", fails=SuiteError)
    records = (copy_of_built.root / "build" / "records").glob("*/test-*.json")
    path = next(one for one in records if read_record(one).outcome.status == "failed")
    assert "test_that_fails" in read_record(path).outcome.message
    assert elsewhere.run("reproduce", str(path)).said.rstrip().endswith(": same failure")


def test_another_flag_is_named(built: Checkout, elsewhere: Checkout) -> None:
    edit(elsewhere.root / "wheels.toml", '"-fno-math-errno", ', "")
    said = elsewhere.run("reproduce", str(_record(built, "build")), fails=DifferentError).said
    assert "input flags" in said
    assert "numexpr/interpreter.cpython" in said, "the member that differs"
    assert "section .text" in said


def test_bad_records_are_refused(built: Checkout, elsewhere: Checkout, tmp_path: Path) -> None:
    content = json.loads(_record(built, "test").read_text("utf-8"))
    content["subject"][0]["digest"]["sha256"] = "0" * 64
    (tmp_path / "edited.json").write_text(json.dumps(content), "utf-8")
    (tmp_path / "truncated.json").write_text(_record(built, "test").read_text("utf-8")[:700], "utf-8")
    (tmp_path / "other.zip").write_bytes(b"PK\x03\x04 and then nothing")
    assert "was edited" in elsewhere.run("reproduce", str(tmp_path / "edited.json"), fails=EditedRecordError).said
    assert "cannot be read" in elsewhere.run("reproduce", str(tmp_path / "truncated.json"), fails=RecordError).said
    assert "no whole zip" in elsewhere.run("reproduce", str(tmp_path / "other.zip"), fails=RecordError).said
    assert "is not there" in elsewhere.run("reproduce", str(tmp_path / "nothing.json"), fails=RecordError).said


def test_a_record_whose_source_can_no_longer_be_had_names_it(built: Checkout, elsewhere: Checkout) -> None:
    lock = elsewhere.root / "numexpr.lock"
    lock.write_text(lock.read_text("utf-8").replace("3b5ddaad460a1cb65ca8f2c80c3bd6d6b173438a", "0" * 40), "utf-8")
    with elsewhere.start("reproduce", str(_record(built, "build"))) as process:
        said = process.communicate(timeout=120)[0]
    assert process.returncode == 13
    assert "3b5ddaad460a1cb65ca8f2c80c3bd6d6b173438a" in said
    assert "Traceback" not in said


def test_records_hold_nothing_of_the_machine(built: Checkout) -> None:
    for path in (built.root / "build" / "records").rglob("*.json"):
        text = path.read_text("utf-8")
        for place in (built.root, built.cache, Path.home()):
            assert f"{place}/" not in text, path
