"""A record is believed only as far as it proves itself: key, status and the bytes beside it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.core.errors import RecordError
from scripts.core.files import sha256_of
from scripts.core.record import (
    FAILED,
    PARTIAL,
    PASSED,
    Input,
    Outcome,
    Plan,
    intact,
    key_of,
    read_record,
    recipe,
    statement,
    write_record,
)

PLAN = Plan(
    stage="build",
    cell="cp311-linux-x86_64-plain",
    asked={"variant": "plain"},
    settings={"flags": ["-O3", "-DNDEBUG"], "time": 5},
    inputs=(Input(name="numexpr", digest="a" * 40, algorithm="gitCommit"), Input(name="lock", digest="b" * 64)),
)
PRODUCT = "wheel.whl"


def ended(status: str = PASSED) -> Outcome:
    return Outcome(status=status, seconds=1.5, facts={"bytes": 3})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A product and its record."""
    (tmp_path / PRODUCT).write_bytes(b"abc")
    (tmp_path / "log").write_text("all of it", encoding="utf-8")
    made = statement(PLAN, {PRODUCT: sha256_of(tmp_path / PRODUCT)}, ended(), log=tmp_path / "log", started=0.0, run="a-run")
    write_record(tmp_path / "record.json", made)
    return tmp_path


def test_a_record_comes_back(folder: Path) -> None:
    record = read_record(folder / "record.json")
    assert (record.stage, record.cell, record.key) == (PLAN.stage, PLAN.cell, PLAN.key)
    assert record.outcome == ended()
    assert record.subject == {PRODUCT: sha256_of(folder / PRODUCT)}


def test_a_record_is_an_in_toto_statement_of_slsa_provenance(folder: Path) -> None:
    content = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    assert (content["_type"], content["predicateType"]) == ("https://in-toto.io/Statement/v1", "https://slsa.dev/provenance/v1")
    definition, details = content["predicate"]["buildDefinition"], content["predicate"]["runDetails"]
    assert definition["externalParameters"] == {"cell": PLAN.cell, "variant": "plain"}
    assert definition["internalParameters"] == PLAN.settings
    assert definition["resolvedDependencies"][0] == {"name": "numexpr", "digest": {"gitCommit": "a" * 40}}
    assert details["metadata"]["finishedOn"] == "1970-01-01T00:00:01.500Z"
    assert details["byproducts"][1]["name"] == "log"


def test_the_key_is_stable() -> None:
    same = Plan(
        stage="build", cell=PLAN.cell, asked={"variant": "plain"}, inputs=PLAN.inputs,
        settings={"time": 5, "flags": ["-O3", "-DNDEBUG"]},
    )  # fmt: skip
    assert same.key == PLAN.key == key_of(json.loads(json.dumps(PLAN.definition())))


def test_the_key_depends_on_every_field() -> None:
    first, second = PLAN.inputs
    others = [
        replace(PLAN, stage="repair"),
        replace(PLAN, cell="cp312-linux-x86_64-plain"),
        replace(PLAN, asked={"variant": "vml"}),
        replace(PLAN, settings={**PLAN.settings, "time": 6}),
        replace(PLAN, settings={**PLAN.settings, "flags": ["-DNDEBUG", "-O3"]}),
        replace(PLAN, inputs=(first,)),
        replace(PLAN, inputs=(second, first)),
        replace(PLAN, inputs=(replace(first, digest="c" * 40), second)),
        replace(PLAN, inputs=(replace(first, name="other"), second)),
        replace(PLAN, inputs=(replace(first, algorithm="gitTree"), second)),
    ]
    keys = {plan.key for plan in [PLAN, *others]}
    assert len(keys) == len(others) + 1


def test_an_intact_product_is_found(folder: Path) -> None:
    assert intact(folder / "record.json", PLAN.key, folder) is not None


def test_a_flipped_byte_is_noticed(folder: Path) -> None:
    (folder / PRODUCT).write_bytes(b"abd")
    assert intact(folder / "record.json", PLAN.key, folder) is None


def test_a_missing_product_or_record_is_noticed(folder: Path) -> None:
    assert intact(folder / "other.json", PLAN.key, folder) is None
    (folder / PRODUCT).unlink()
    assert intact(folder / "record.json", PLAN.key, folder) is None


def test_another_key_is_another_product(folder: Path) -> None:
    assert intact(folder / "record.json", replace(PLAN, cell="other").key, folder) is None


@pytest.mark.parametrize("status", [FAILED, PARTIAL, "", "Passed"])
def test_what_did_not_pass_is_not_taken(folder: Path, status: str) -> None:
    made = statement(PLAN, {PRODUCT: sha256_of(folder / PRODUCT)}, ended(status), log=None, started=0.0, run="")
    write_record(folder / "record.json", made)
    assert intact(folder / "record.json", PLAN.key, folder) is None


def test_a_record_that_claims_a_key_by_an_edit_is_not_taken(folder: Path) -> None:
    """The key is computed from what the record says went in, never read from it."""
    content = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    content["predicate"]["buildDefinition"]["internalParameters"]["flags"] = ["-O0"]
    content["key"] = PLAN.key
    write_record(folder / "record.json", content)
    assert intact(folder / "record.json", PLAN.key, folder) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_record_is_an_error(folder: Path, share: float) -> None:
    text = (folder / "record.json").read_text(encoding="utf-8").rstrip()
    (folder / "record.json").write_text(text[: int(len(text) * share)], encoding="utf-8")
    with pytest.raises(RecordError, match=r"record\.json cannot be read.*delete it and run its stage again"):
        read_record(folder / "record.json")
    assert intact(folder / "record.json", PLAN.key, folder) is None


def _without(*keys: str | int) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return change


def _with(value: object, *keys: str | int) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _without("_type"),
        _without("predicate"),
        _without("predicate", "buildDefinition"),
        _without("predicate", "runDetails", "byproducts", 0),
        _without("subject", 0, "digest"),
        _with("https://example.invalid", "predicateType"),
        _with(None, "predicate"),
        _with([], "predicate", "runDetails", "byproducts"),
        _with("text", "subject"),
        _with("urn", "predicate", "buildDefinition", "buildType"),
        _with(None, "predicate", "runDetails", "byproducts", 0, "annotations"),
    ],
)
def test_json_that_is_no_record_is_an_error(folder: Path, change: Callable[[Any], None]) -> None:
    content = copy.deepcopy(json.loads((folder / "record.json").read_text(encoding="utf-8")))
    change(content)
    (folder / "record.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RecordError, match=r"record\.json"):
        read_record(folder / "record.json")
    assert intact(folder / "record.json", PLAN.key, folder) is None


@pytest.mark.parametrize("text", ["[]", "null", "3", '"text"', "{}", "\xff"])
def test_other_json_is_an_error(folder: Path, text: str) -> None:
    (folder / "record.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordError, match=r"record\.json"):
        read_record(folder / "record.json")


def test_the_recipe_is_the_code_of_a_stage(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    before = recipe(tmp_path, ["a.py", "b.py"])
    assert recipe(tmp_path, ["b.py", "a.py"]) == before
    (tmp_path / "a.py").write_text("changed", encoding="utf-8")
    assert recipe(tmp_path, ["a.py", "b.py"]) != before
