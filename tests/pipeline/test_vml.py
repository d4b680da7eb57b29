"""The vml wheel for real: linked, grafted, licensed, and checked where numexpr's own suite does not look."""

from __future__ import annotations

import zipfile

import pytest

from scripts.core.config import Config
from scripts.core.wheel import check_record, check_tags, libraries
from scripts.stages.repair import check_policy
from tests.pipeline.checkouts import Checkout, sha256

GRAFTED = "numexpr.libs/libnumexpr-vml"


@pytest.fixture(scope="module")
def vml(built: Checkout) -> Checkout:
    checkout = built.another("vml")
    for stage in ("build", "repair", "test"):
        checkout.run(stage, variant="vml")
    return checkout


def test_the_wheel_holds_the_library_its_licences_and_nothing_else(vml: Checkout, config: Config) -> None:
    wheel = vml.wheel("vml")
    check_record(wheel)
    check_tags(wheel)
    check_policy(wheel, config.targets["linux-x86_64"].policies["vml"])
    extension, library = sorted(libraries(wheel), key=lambda name: name.startswith("numexpr.libs"))
    assert extension.startswith("numexpr/interpreter.")
    assert library.startswith(GRAFTED)
    with zipfile.ZipFile(wheel) as archive:
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
    assert any("mkl" in name.lower() for name in licences), licences
    assert any("mkl" not in name.lower() for name in licences), licences


def test_the_test_says_that_vml_is_there_and_right(vml: Checkout, config: Config) -> None:
    record = vml.latest("test")
    facts = record.outcome.facts
    assert (record.cell.endswith("-vml"), record.outcome.status) == (True, "passed")
    assert facts["vml"]
    assert facts["suite"]["passed"] >= config.test_floor
    assert facts["suite"]["failures"] == []
    assert facts["vml check"]["passed"] > 0
    assert facts["vml check"]["functions"] > 0


def test_the_plain_wheel_beside_it_is_the_same(vml: Checkout, built: Checkout) -> None:
    assert sha256(vml.wheel("plain")) == sha256(built.wheel("plain"))
    assert "up to date" in vml.run("test").said
    assert "up to date" in vml.run("build", variant="vml").said
