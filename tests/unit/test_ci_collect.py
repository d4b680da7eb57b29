"""The collected set is the planned one, every file proved, or the run is red and says what is missing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from scripts.core.errors import GateError, IntegrityError, RequestError
from scripts.stages.collect import collect
from tests.publish_house import House, make_house

PYTHONS = ("3.11", "3.12")


def _plan(monkeypatch: pytest.MonkeyPatch, *cells: str) -> None:
    monkeypatch.setenv("WHEELS_PLAN", json.dumps({"include": [{"cell": cell} for cell in cells]}))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A plain and a vml wheel for two CPythons and the sdist, as they were planned."""
    made = make_house(tmp_path / "house", PYTHONS, ("plain", "vml"))
    names = [f"cp{python.replace('.', '')}-linux-x86_64-{variant}" for variant in ("plain", "vml") for python in PYTHONS]
    _plan(monkeypatch, *names)
    return made


def test_a_whole_set_has_checksums_and_what_goes_to_the_index(house: House) -> None:
    collect(house.layout, [])
    lines = (house.wheelhouse / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((house.wheelhouse / name).read_bytes()).hexdigest() == digest
    dist = {path.name for path in (house.layout.build / "dist").iterdir()}
    assert dist == {path.name for path in house.files()}, "the plain wheels and the sdist, no records and no vml"


def test_the_page_goes_to_github(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))
    collect(house.layout, [])
    told = (tmp_path / "page").read_text(encoding="utf-8")
    assert "4 of 4 wheels" in told
    assert "```mermaid" in told


def test_a_missing_wheel_is_named_and_nothing_is_laid_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.wheels()[0].unlink()
    with pytest.raises(GateError, match="cp311-linux-x86_64-plain is missing"):
        collect(house.layout, [])
    assert not (house.layout.build / "dist").exists()
    assert (house.wheelhouse / "SHA256SUMS").exists(), "what is there is told all the same"


def test_a_wheel_that_was_not_planned_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _plan(monkeypatch, "cp311-linux-x86_64-plain")
    with pytest.raises(GateError, match="which was not planned"):
        collect(house.layout, [])


def test_a_wheel_without_a_test_counts_for_nothing(house: House) -> None:
    wheel = house.wheels()[0]
    wheel.with_name(f"{wheel.name}.test.json").unlink()
    with pytest.raises(GateError, match="has no test record"):
        collect(house.layout, [])


def test_changed_bytes_stop_everything(house: House) -> None:
    with house.wheels()[0].open("ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError):
        collect(house.layout, [])


def test_a_plan_and_words_contradict_each_other(house: House) -> None:
    with pytest.raises(RequestError):
        collect(house.layout, ["3.11"])
