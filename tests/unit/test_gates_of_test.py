"""What is tested is the wheel that was named, in its own environment, and what it promises to be."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Target
from scripts.core.context import Context
from scripts.core.environments import Environment
from scripts.core.errors import GateError, RequestError
from scripts.core.record import UNTESTED, read_record
from scripts.core.targets import Cell
from scripts.runtimes.runtime import Untestable
from scripts.runtimes.wine import this_path
from scripts.stages.repair import record_path
from scripts.stages.test import check_identity, fits
from scripts.stages.test import test as stages_test
from tests.helpers import ROOT, make_wheel

GRAFTED = "numexpr.libs/libnumexpr-vml-0a1b2c3d.so"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "environment").mkdir()
    return Environment(path=tmp_path / "environment")


def seen(environment: Environment, **changes: object) -> dict[str, object]:
    place = str(environment.path / "lib/site-packages/numexpr/__init__.py")
    return {"numexpr": place, "use_vml": False, "version": "2.14.2", **changes}


@pytest.mark.parametrize("vml", [False, True])
def test_the_promised_numexpr_passes(environment: Environment, vml: bool) -> None:
    check_identity(seen(environment, use_vml=vml), environment, vml, "2.14.2")


@pytest.mark.parametrize(
    ("changes", "vml", "said"),
    [
        (
            {"numexpr": "/elsewhere/numexpr/__init__.py"},
            False,
            "was imported from /elsewhere/numexpr/__init__.py, not from the test's",
        ),
        ({"use_vml": False}, True, "use_vml is False; it should be True, this is a vml wheel"),
        ({"use_vml": True}, False, "use_vml is True; it should be False, this is a plain wheel"),
        ({"use_vml": 0}, False, "use_vml is 0"),
        ({"version": "2.14.1"}, False, "__version__ is 2.14.1, the wheel's name says 2.14.2"),
    ],
)
def test_another_numexpr_is_refused(environment: Environment, changes: dict[str, object], vml: bool, said: str) -> None:
    with pytest.raises(GateError, match=said):
        check_identity(seen(environment, **changes), environment, vml, "2.14.2")


def test_a_path_of_wines_is_understood(environment: Environment) -> None:
    place = "Z:" + str(environment.path / "Lib/site-packages/numexpr/__init__.py").replace("/", "\\")
    check_identity(seen(environment, numexpr=place), environment, False, "2.14.2", this_path)
    with pytest.raises(GateError, match="was imported from /elsewhere/numexpr"):
        check_identity(seen(environment, numexpr=r"Z:\elsewhere\numexpr"), environment, False, "2.14.2", this_path)


def test_an_environment_with_a_similar_name_is_another_one(environment: Environment) -> None:
    place = str(environment.path) + "-2/numexpr/__init__.py"
    with pytest.raises(GateError, match="was imported from"):
        check_identity(seen(environment, numexpr=place), environment, False, "2.14.2")


@pytest.mark.parametrize(
    ("tag", "grafted", "variant", "expected"),
    [
        ("cp311-cp311-manylinux_2_17_x86_64", False, "plain", True),
        ("cp311-cp311-manylinux_2_17_x86_64", False, "vml", False),
        ("cp311-cp311-manylinux_2_17_x86_64", True, "vml", True),
        ("cp311-cp311-manylinux_2_17_x86_64", True, "plain", False),
        ("cp312-cp312-manylinux_2_17_x86_64", False, "plain", False),
        ("cp311-cp311t-manylinux_2_17_x86_64", False, "plain", False),
    ],
)
def test_a_wheel_fits_its_own_cell(tmp_path: Path, target: Target, tag: str, grafted: bool, variant: str, expected: bool) -> None:
    files = {"numexpr/interpreter.so": b"x", **({GRAFTED: b"x"} if grafted else {})}
    wheel = make_wheel(tmp_path, files, tag=tag)
    assert fits(wheel, Cell(python="3.11", target=target, variant=variant), "cp311-cp311") is expected


def test_a_wheel_of_another_project_is_refused(tmp_path: Path, target: Target) -> None:
    wheel = make_wheel(tmp_path).rename(tmp_path / "numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.whl")
    with pytest.raises(RequestError, match="is a wheel of numpy, not of numexpr"):
        fits(wheel, Cell(python="3.11", target=target, variant="plain"), "cp311-cp311")


def test_what_nothing_runs_is_recorded_with_the_reason_and_never_as_tested(
    tmp_path: Path, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "requirements", context.layout.requirements)
    (context.layout.root / "scripts").symlink_to(ROOT / "scripts")
    reason = Untestable(why="wine is missing", mend="apt-get install wine64")
    monkeypatch.setattr("scripts.stages.test.runtime_for", lambda *_: reason)
    wheel = make_wheel(tmp_path, {"numexpr/interpreter.pyd": b"x"}, tag="cp311-cp311-win_amd64")
    cell = Cell(python="3.11", target=context.config.target("windows-amd64"), variant="plain")
    asked = replace(context, request=replace(context.request, wheel=wheel))
    assert stages_test(asked, cell) is None
    record = read_record(context.run_records / "test-cp311-windows-amd64-plain.json")
    assert record.outcome.status == UNTESTED
    assert record.outcome.facts["how"] == "structure only"
    assert record.outcome.facts["why"] == "wine is missing; apt-get install wine64"
    assert not record_path(wheel, "test").exists()
