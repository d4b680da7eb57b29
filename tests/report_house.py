"""A checkout that has something to report: wheels of all kinds, a failure, logs, and what bench and verify measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.core.files import sha256_of
from scripts.core.record import FAILED, Outcome, Plan, statement, write_record
from tests.publish_house import House, make_house

OPPONENT = "numexpr-2.14.2-cp313-cp313-manylinux_2_28_x86_64.whl"


def _interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value * 0.9, "high": value * 1.1}


def speed_facts() -> dict[str, Any]:
    """Return what bench writes, in small."""
    expressions = [("arithmetic", "linear", "2*a + 3*b", 1.1, 2.0), ("comparison", "boolean", "(p & q) | ~p", 0.96, 29.0)]
    rows = [
        {"kind": kind, "name": name, "text": text, "variant": variant, "threads": threads, "ratio": _interval(ratio)}
        for threads in (1, 2)
        for kind, name, text, *ratios in expressions
        for variant, ratio in zip(("plain", "vml"), ratios, strict=True)
    ]
    means = [
        {"variant": variant, "threads": threads, "kind": "", "ratio": _interval(value), "control": 1.0}
        for threads in (1, 2)
        for variant, value in (("plain", 1.03), ("vml", 7.62))
    ]
    return {
        "schema": 1,
        "opponent": {"name": OPPONENT, "version": "2.14.2", "sha256": "0" * 64, "origin": "pip's index"},
        "machine": {"processor": "A processor", "cores": 2, "python": "3.13.0", "numpy": "2.4.0", "vml": "V 1 (avx2)"},
        "elements": 200_000, "rounds": 15, "expressions": rows, "means": means,
    }  # fmt: skip


def _failure(house: House) -> None:
    plan = Plan(stage="build", cell="cp314-linux-x86_64-vml", asked={}, settings={}, inputs=())
    outcome = Outcome(status=FAILED, seconds=3.0, facts={}, message="the compiler <said> no")
    log = house.layout.logs / "a-run" / "build-cp314-linux-x86_64-vml.log"
    log.parent.mkdir(parents=True)
    log.write_text("error\n", encoding="utf-8")
    made = statement(plan, {}, outcome, log=log, started=1784370600.0, run="a-run")
    write_record(house.layout.records / "a-run" / "build-cp314-linux-x86_64-vml.json", made)


def make_report_house(root: Path) -> House:
    """Make the checkout: plain for 3.11 to 3.13 and vml for 3.12 tested, plain 3.13 not tested, vml 3.14 failed."""
    house = make_house(root, pythons=("3.11", "3.12", "3.13"), variants=("plain", "vml"))
    for wheel in house.wheels("vml"):
        if "cp312" not in wheel.name:
            for path in wheel.parent.glob(f"{wheel.name}*"):
                path.unlink()
    untested = house.wheels()[2]
    untested.with_name(f"{untested.name}.test.json").unlink()
    _failure(house)
    bench, verify = house.layout.build / "bench", house.layout.build / "verify"
    for folder in (bench, verify):
        folder.mkdir(parents=True)
    (bench / "speed.json").write_text(json.dumps(speed_facts()), encoding="utf-8")
    (bench / "speed.md").write_text("Speed over theirs.\n", encoding="utf-8")
    first, second, _ = house.wheels()
    products = {f"plain/{first.name}": [sha256_of(first)], f"plain/{second.name}": ["0" * 64]}
    facts = {"conditions": ["as it is", "another folder"], "products": products}
    (verify / "3.11.json").write_text(json.dumps(facts), encoding="utf-8")
    return house
