"""What is settled is not looked at again; whatever changes makes it unsettled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.core.interpreters import to_json
from scripts.core.layout import Layout
from scripts.core.runs import INTERPRETERS
from scripts.core.settled import fingerprint, is_settled, keep_record, settle
from tests.helpers import an_interpreter

CELL = "cp311-linux-x86_64-plain"


@pytest.fixture
def product(layout: Layout, tmp_path: Path) -> Path:
    """A finished stage: its product and record, settled in the run called r."""
    for name in ("wheels.toml", "numexpr.lock", "patches/0001-x.patch", "scripts/core/x.py"):
        path = layout.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", "utf-8")
    python = tmp_path / "python"
    python.write_text("", "utf-8")
    found = {"3.11": an_interpreter()}
    text = to_json(found).replace(found["3.11"].executable, str(python))
    (layout.runs / "r").mkdir(parents=True)
    (layout.runs / "r" / INTERPRETERS).write_text(text, "utf-8")
    wheel = layout.wheelhouse / "plain" / "x.whl"
    wheel.parent.mkdir(parents=True)
    wheel.write_text("wheel", "utf-8")
    record = wheel.with_name("x.whl.test.json")
    record.write_text("{}", "utf-8")
    settle(layout, "test", CELL, fingerprint(layout, "r", [], {}), [wheel, record], record)
    return wheel


def _still(layout: Layout, **environ: str) -> bool:
    return is_settled(layout, "test", CELL, fingerprint(layout, "r", [], environ))


def test_what_ended_well_is_settled(layout: Layout, product: Path) -> None:
    assert _still(layout)
    keep_record(layout, "r", "test", CELL)
    assert (layout.records / "r" / f"test-{CELL}.json").read_text("utf-8") == "{}"


def _later(path: Path) -> None:
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda root, _: _later(root / "wheels.toml"),
        lambda root, _: (root / "patches" / "0002-y.patch").write_text("y", "utf-8"),
        lambda root, _: (root / "patches" / "0001-x.patch").unlink(),
        lambda root, _: (root / "scripts" / "core" / "x.py").write_text("changed", "utf-8"),
        lambda root, wheel: _later(wheel),
        lambda root, wheel: wheel.unlink(),
        lambda root, wheel: wheel.with_name("x.whl.test.json").unlink(),
        lambda root, wheel: _later(root.parent / "python"),
        lambda root, _: (root / "build" / "settled" / f"test-{CELL}.json").write_text("{", "utf-8"),
    ],
)
def test_any_change_unsettles(layout: Layout, product: Path, change: Callable[[Path, Path], object]) -> None:
    change(layout.root, product)
    assert not _still(layout)


def test_other_requests_are_never_settled(layout: Layout, product: Path) -> None:
    assert not _still(layout, BUILD_COMMIT="main")
    assert not _still(layout, NUMEXPR_WHEELS_CACHE="/elsewhere")
    assert not is_settled(layout, "test", CELL, fingerprint(layout, "r", ["-k", "x"], {}))
    assert not is_settled(layout, "test", CELL, fingerprint(layout, "another run", [], {}))
    assert not is_settled(layout, "build", CELL, fingerprint(layout, "r", [], {}))
