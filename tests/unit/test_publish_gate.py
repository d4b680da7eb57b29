"""The gate: every way a chain of records can be less than complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.core.errors import GateError, IntegrityError, RecordError
from scripts.core.files import sha256_of
from scripts.core.record import SEAL, seal_of
from scripts.publish.artifact import admit
from scripts.publish.gate import Rules
from tests.publish_house import COMMIT, make_sdist, make_wheel, write_chain, write_sdist_record

RULES = Rules(floor=6000, tested=("native", "qemu-user"), commits={"2.14.2": COMMIT})


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path, "3.11")


def edit(wheel: Path, stage: str, change: Any, *, sealed: bool = True) -> None:
    """Edit a record as someone would who knows about the seal."""
    path = wheel.with_name(f"{wheel.name}.{stage}.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    for one in content["predicate"]["runDetails"]["byproducts"]:
        if one["name"] == SEAL and sealed:
            one["digest"]["sha256"] = seal_of(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def definition(content: Any) -> Any:
    return content["predicate"]["buildDefinition"]


def test_a_complete_chain_passes(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    artifact = admit(wheel, RULES)
    assert (artifact.proof.cell, artifact.proof.variant, artifact.proof.passed) == ("cp311-linux-x86_64-plain", "plain", 6042)
    assert artifact.sha256 == sha256_of(wheel)
    assert artifact.proof.commit == COMMIT
    assert b"Requires-Python: >=3.11" in artifact.metadata


@pytest.mark.parametrize("stage", ["build", "repair", "test"])
def test_a_missing_record_is_named_with_the_remedy(wheel: Path, stage: str) -> None:
    write_chain(wheel, "3.11", stages=tuple({"build", "repair", "test"} - {stage}))
    with pytest.raises(RecordError, match=rf"no {stage} record beside it .*nox -s {stage} makes it"):
        admit(wheel, RULES)


@pytest.mark.parametrize("stage", ["build", "repair", "test"])
@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"_type": 1}', "[" * 100_000])
def test_a_record_that_is_none_is_refused(wheel: Path, stage: str, content: str) -> None:
    write_chain(wheel, "3.11")
    wheel.with_name(f"{wheel.name}.{stage}.json").write_text(content, encoding="utf-8")
    with pytest.raises(RecordError, match=f"{stage}.json is truncated or no record"):
        admit(wheel, RULES)


def test_other_bytes_than_repair_made_stop_everything(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(IntegrityError, match="not the bytes that came out of repair"):
        admit(wheel, RULES)


def test_a_test_of_other_bytes_is_no_test(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    kept = wheel.with_name(f"{wheel.name}.test.json").read_bytes()
    make_wheel(wheel.parent, "3.11", more={"numexpr/more.py": b"1"})
    write_chain(wheel, "3.11", stages=("build", "repair"))
    wheel.with_name(f"{wheel.name}.test.json").write_bytes(kept)
    with pytest.raises(RecordError, match="tested as other bytes than these"):
        admit(wheel, RULES)


def test_a_way_of_running_counts_by_its_kind(wheel: Path) -> None:
    write_chain(wheel, "3.11", how="qemu-user 7.2")
    assert admit(wheel, RULES).proof.how == "qemu-user 7.2"


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ({"status": "partial", "arguments": ("-k", "one")}, "not tested in full"),
        ({"arguments": ("-k", "one")}, "not tested in full"),
        ({"status": "failed"}, "not tested in full"),
        ({"passed": 5999}, "5999 tests passed and 0 failed; wheels.toml asks for 6000"),
        ({"failures": ("test_one",)}, "6042 tests passed and 1 failed"),
        ({"how": "wine 8.0 + complex shim"}, "by way of 'wine 8.0 .*; wheels.toml counts native, qemu-user"),
        ({"how": "structure only"}, "by way of 'structure only'"),
        ({"status": "not tested"}, "not tested in full"),
        ({"commit": "0" * 40}, "was built from commit 0000"),
    ],
)
def test_a_test_that_does_not_count(wheel: Path, chain: dict[str, Any], message: str) -> None:
    write_chain(wheel, "3.11", **chain)
    with pytest.raises(GateError, match=message):
        admit(wheel, RULES)


def test_a_work_tree_goes_nowhere(wheel: Path) -> None:
    write_chain(wheel, "3.11")

    def without_commit(content: Any) -> None:
        definition(content)["resolvedDependencies"] = definition(content)["resolvedDependencies"][1:]

    edit(wheel, "repair", without_commit)
    with pytest.raises(GateError, match="not built from a commit"):
        admit(wheel, RULES)


def test_an_edited_build_record_has_another_key(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, "build", lambda content: definition(content)["externalParameters"].update(python="2.7"))
    with pytest.raises(RecordError, match="its key is not the one repair saw"):
        admit(wheel, RULES)


def test_records_of_different_wheels_do_not_make_a_chain(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    other = make_wheel(wheel.parent, "3.12")
    write_chain(other, "3.12")
    wheel.with_name(f"{wheel.name}.build.json").write_bytes(other.with_name(f"{other.name}.build.json").read_bytes())
    with pytest.raises(RecordError, match="different cells"):
        admit(wheel, RULES)


@pytest.mark.parametrize("stage", ["build", "repair", "test"])
def test_an_edited_record_is_none(wheel: Path, stage: str) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, stage, lambda content: definition(content)["externalParameters"].update(variant="vml"), sealed=False)
    with pytest.raises(RecordError, match=rf"{stage}\.json: .*was edited after it was written"):
        admit(wheel, RULES)


def test_a_raw_wheel_that_repair_did_not_see(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, "build", lambda content: content["subject"][0]["digest"].update(sha256="0" * 64))
    with pytest.raises(RecordError, match="not repaired from the wheel that its build record names"):
        admit(wheel, RULES)


def test_a_test_that_vouches_for_what_it_did_not_read(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, "test", lambda content: definition(content)["resolvedDependencies"][0]["digest"].update(sha256="0" * 64))
    with pytest.raises(RecordError, match="tested other bytes than it vouches for"):
        admit(wheel, RULES)


@pytest.mark.parametrize("stage", ["build", "repair"])
def test_a_failed_stage_is_no_link(wheel: Path, stage: str) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, stage, lambda c: c["predicate"]["runDetails"]["byproducts"][0]["annotations"].update(status="failed"))
    with pytest.raises(GateError, match=f"{stage} ended as failed"):
        admit(wheel, RULES)


@pytest.mark.parametrize(
    "facts", [{}, {"suite": 3, "how": "native"}, {"suite": {"failures": [], "passed": "many"}, "how": "native"}]
)
def test_facts_that_are_not_ours_are_refused(wheel: Path, facts: Any) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, "test", lambda c: c["predicate"]["runDetails"]["byproducts"][0]["annotations"].update(facts=facts))
    with pytest.raises(RecordError, match="not as this repository writes it"):
        admit(wheel, RULES)


def test_a_record_about_another_file(wheel: Path) -> None:
    write_chain(wheel, "3.11")
    edit(wheel, "repair", lambda content: content["subject"][0].update(name="other.whl"))
    with pytest.raises(RecordError, match=r"is about other\.whl"):
        admit(wheel, RULES)


def test_the_version_in_the_metadata_counts(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "3.11")
    renamed = wheel.rename(tmp_path / wheel.name.replace("2.14.2", "2.14.3"))
    write_chain(renamed, "3.11")
    with pytest.raises(IntegrityError, match=r"says version 2\.14\.3, its metadata says 2\.14\.2"):
        admit(renamed, RULES)


def test_an_sdist_needs_its_record_only(tmp_path: Path) -> None:
    sdist = make_sdist(tmp_path)
    with pytest.raises(RecordError, match="no sdist record"):
        admit(sdist, RULES)
    write_sdist_record(sdist)
    assert admit(sdist, RULES).proof.cell == "sdist"
    write_sdist_record(sdist, commit="0" * 40)
    with pytest.raises(GateError, match=r"numexpr\.lock"):
        admit(sdist, RULES)


@pytest.mark.parametrize("cut", [10, 200])
def test_a_cut_sdist_is_damaged(tmp_path: Path, cut: int) -> None:
    sdist = make_sdist(tmp_path)
    sdist.write_bytes(sdist.read_bytes()[:cut])
    write_sdist_record(sdist)
    with pytest.raises(GateError, match="damaged"):
        admit(sdist, RULES)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.publish.artifact.MOST_UNPACKED_BYTES", 100_000)
    wheel = make_wheel(tmp_path, "3.11", more={"numexpr/zeros": b"\0" * 200_000})
    write_chain(wheel, "3.11")
    with pytest.raises(GateError, match="unpacks to more than"):
        admit(wheel, RULES)
