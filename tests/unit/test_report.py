"""The report's figures: what counts as tested, failed or changed, where the bars lie, and what a broken file leads to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.ci.history import History, read_history
from scripts.core.config import read_config
from scripts.core.errors import RecordError, RequestError
from scripts.report.cells import ABSENT, BROKEN, PARTLY, TESTED, UNTESTED, UNTRUE, Entry, counted, entries
from scripts.report.measured import Verified, reproducible_words, speed_chart, speed_path, verified
from scripts.report.timeline import timeline
from scripts.stages.report import report
from scripts.stages.summary import history_of
from tests.publish_house import House, write_chain
from tests.report_house import make_report_house
from tests.unit.test_ci_summary import CELL, keep


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_report_house(tmp_path / "checkout")


def found(house: House) -> dict[str, Entry]:
    config = read_config(house.layout.config)
    return {entry.cell.name: entry for entry in entries(house.layout, config, history_of(house.layout))}


def test_each_cell_has_its_state(house: House) -> None:
    seen = found(house)
    states = {name.replace("-linux-x86_64", ""): entry.status for name, entry in seen.items()}
    assert states == {
        "cp311-plain": TESTED, "cp312-plain": TESTED, "cp313-plain": UNTESTED,
        "cp311-vml": ABSENT, "cp312-vml": TESTED, "cp313-vml": ABSENT, "cp314-vml": BROKEN,
    }  # fmt: skip
    whole = seen["cp311-linux-x86_64-plain"]
    assert (whole.tests, whole.how, whole.tag) == ("6,042 passed", "native", "Linux x86-64, glibc 2.28 or newer")
    assert whole.size == house.wheels()[0].stat().st_size
    assert [link.text for link in whole.links] == ["build record", "repair record", "test record"]
    broken = seen["cp314-linux-x86_64-vml"]
    assert (broken.tests, [link.text for link in broken.links]) == ("build failed", ["build log"])
    assert counted(seen.values()) == {TESTED: 3, UNTESTED: 1, BROKEN: 1, ABSENT: 2}


def test_a_changed_wheel_is_not_called_tested(house: House) -> None:
    wheel = house.wheels()[0]
    wheel.write_bytes(wheel.read_bytes() + b"x")
    assert found(house)["cp311-linux-x86_64-plain"].status == UNTRUE


def test_the_tests_of_other_bytes_do_not_count(house: House) -> None:
    wheel = house.wheels()[0]
    kept = wheel.with_name(f"{wheel.name}.test.json").read_bytes()
    wheel.write_bytes(wheel.read_bytes() + b"x")
    write_chain(wheel, "3.11", stages=("build", "repair"))
    wheel.with_name(f"{wheel.name}.test.json").write_bytes(kept)
    assert found(house)["cp311-linux-x86_64-plain"].status == UNTESTED


def test_a_part_of_the_suite_is_called_so(house: House) -> None:
    write_chain(house.wheels()[0], "3.11", status="partial", passed=10)
    assert found(house)["cp311-linux-x86_64-plain"].status == PARTLY


def test_pauses_are_cut_out_of_the_chart(tmp_path: Path) -> None:
    keep(tmp_path, "build", started=100, seconds=10)
    keep(tmp_path, "repair", started=110, seconds=5)
    keep(tmp_path, "test", started=4000, seconds=15)
    chart = timeline(read_history([tmp_path]))
    ((name, bars),) = chart.rows
    assert name == CELL
    assert chart.seconds == pytest.approx(30)
    assert list(chart.cuts) == pytest.approx([50.0])
    assert [(bar.stage, round(bar.left), round(bar.width)) for bar in bars] == [
        ("build", 0, 33), ("repair", 33, 17), ("test", 50, 50),
    ]  # fmt: skip
    assert timeline(History(parts=())).rows == ()


def test_what_is_known_of_the_bytes_is_said_in_words() -> None:
    same = Verified(product="plain/x.whl", conditions=10, digests=("a",))
    other = Verified(product="plain/y.whl", conditions=2, digests=("a", "b"))
    known = {one.product: one for one in (same, other)}
    assert reproducible_words("plain/x.whl", "a", known) == "same under 10 conditions"
    assert reproducible_words("plain/x.whl", "b", known) == "verify made other bytes"
    assert reproducible_words("plain/y.whl", "a", known) == "differs under 2 conditions"
    assert reproducible_words("plain/z.whl", "a", known) == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"expressions": [{"threads": 1}]}'])
def test_a_file_that_is_not_bench_s_is_named(house: House, text: str) -> None:
    speed_path(house.layout).write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=r"speed\.json"):
        speed_chart(house.layout)


@pytest.mark.parametrize("text", ["", "[]", '{"products": {"a": ["b"]}}'])
def test_a_file_that_is_not_verify_s_is_named(house: House, text: str) -> None:
    (house.layout.build / "verify" / "3.11.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=r"3\.11\.json"):
        verified(house.layout)


def test_the_markdown_tells_the_same(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    report(house.layout, [])
    text = (house.layout.build / "report" / "report.md").read_text(encoding="utf-8")
    assert text.startswith("# numexpr 2.14.2 wheels\n\n3 passed, 1 not tested, 1 failed\n")
    for part in (
        "6,042 passed (native)",
        "same under 2 conditions",
        "verify made other bytes",
        "build failed",
        "Speed over theirs.",
    ):
        assert part in text
    assert "```mermaid" in text
    assert text in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_an_empty_wheelhouse_says_what_to_run(house: House, tmp_path: Path) -> None:
    empty = make_report_house(tmp_path / "other")
    for folder in (empty.layout.wheelhouse, empty.layout.build):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    report(empty.layout, [])
    page = (empty.layout.build / "report" / "index.html").read_text(encoding="utf-8")
    assert "nox -s build repair test" in page
    assert "nox -s bench" in page


def test_the_page_escapes_what_it_shows(house: House) -> None:
    facts = json.loads(speed_path(house.layout).read_text(encoding="utf-8"))
    facts["machine"]["processor"] = "<script>alert(1)</script>"
    speed_path(house.layout).write_text(json.dumps(facts), encoding="utf-8")
    report(house.layout, [])
    assert "<script>alert" not in (house.layout.build / "report" / "index.html").read_text(encoding="utf-8")


def test_words_mean_nothing_to_it(house: House) -> None:
    with pytest.raises(RequestError, match="means nothing to report"):
        report(house.layout, ["--all"])
