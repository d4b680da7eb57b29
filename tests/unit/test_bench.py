"""The comparison of speed: what its figures mean, when it concludes nothing, and what it is compared with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.bench import speed_table
from scripts.bench.expressions import EXPRESSIONS, Expression
from scripts.bench.opponent import Opponent, opponent
from scripts.bench.pipeline import CHANGED_ONE, COLD, PIP, UNCHANGED, UV, Costs, table
from scripts.bench.rounds import Line, Samples, measure
from scripts.bench.speed import Difference, Mean, Speed, check_control, means_of, row_of
from scripts.bench.statistics import geometric_mean, mean_over, median_of
from scripts.bench.usage import Usage
from scripts.bench.wheels import chosen_python
from scripts.bench.workers import Timing
from scripts.core.config import read_config
from scripts.core.environments import this_maker
from scripts.core.errors import CheckError, RequestError
from scripts.core.interpreters import Interpreter, find_interpreter, usable
from scripts.stages.bench import bench
from tests.pipeline.checkouts import PYTHON
from tests.publish_house import House, make_house, make_wheel

ADD = Expression(kind="arithmetic", name="add", text="a + b")
EXP = Expression(kind="transcendental, float64", name="exp", text="exp(a)")


class FakeWorker:
    """A wheel that takes a known time for a call, on a machine that gets slower from call to call."""

    def __init__(self, name: str, seconds: float, clock: Iterator[int], drift: float = 0.0) -> None:
        self.name, self.took, self.clock, self.drift = name, seconds, clock, drift
        self.asked: list[Timing] = []

    def seconds(self, timing: Timing) -> float:
        self.asked.append(timing)
        return self.took * (1 + self.drift * next(self.clock))


def line(theirs: float = 2e-3, again: float = 2e-3, drift: float = 0.0, **ours: float) -> Any:
    clock = itertools.count()
    return Line(
        first=FakeWorker("first", theirs, clock, drift),  # type: ignore[arg-type]
        second=FakeWorker("second", again, clock, drift),  # type: ignore[arg-type]
        ours={name: FakeWorker(name, seconds, clock, drift) for name, seconds in ours.items()},  # type: ignore[misc]
    )


def samples_of(fake: Any, rounds: int = 6) -> Samples:
    return measure(fake, [ADD, EXP], [1, 2], rounds, lambda _: None)


def test_speeds_are_ratios_to_the_other_wheel() -> None:
    samples = samples_of(line(plain=1e-3, vml=4e-3))
    for key, ratios in samples.ratios.items():
        assert row_of(key, samples).ratio.value == pytest.approx({"plain": 2.0, "vml": 0.5}[key.variant])
        assert len(ratios) == 6
    means = means_of(samples)
    assert {(mean.variant, mean.threads, mean.kind) for mean in means} == {
        (variant, threads, kind) for variant in ("plain", "vml") for threads in (1, 2) for kind in ("", ADD.kind, EXP.kind)
    }
    assert all(mean.control == pytest.approx(1) for mean in means)


def test_a_machine_that_slows_down_changes_no_ratio() -> None:
    """Each call takes half a percent longer than the one before; rounds from either end let that cancel."""
    fake = line(plain=2e-3, drift=0.005)
    (mean, *_) = [mean for mean in means_of(samples_of(fake, rounds=20)) if not mean.kind]
    assert mean.ratio.value == pytest.approx(1, abs=0.005)
    assert mean.control == pytest.approx(1, abs=0.005)


def test_each_round_begins_at_the_other_end() -> None:
    fake = line(plain=1e-3)
    samples_of(fake, rounds=2)
    assert {timing.threads for timing in fake.ours["plain"].asked} == {1, 2}
    assert all(timing.calls == 6 for timing in fake.ours["plain"].asked)


@pytest.mark.parametrize(("again", "concludes"), [(2e-3, True), (2.05e-3, True), (2.1e-3, False), (1.9e-3, False)])
def test_nothing_is_concluded_where_the_other_wheel_is_not_as_fast_as_itself(again: float, concludes: bool) -> None:
    overall = [mean for mean in means_of(samples_of(line(again=again, plain=1e-3))) if not mean.kind]
    if concludes:
        check_control(overall)
    else:
        with pytest.raises(CheckError, match="no conclusion: with 1 thread the other wheel is"):
            check_control(overall)


def test_the_statistics() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1)
    interval = median_of([1.0, 1.0, 1.0, 5.0])
    assert (interval.value, interval.low) == (1.0, 1.0)
    assert interval.high > 1
    mean = mean_over({"a": [2.0] * 5, "b": [8.0] * 5})
    assert [mean.value, mean.low, mean.high] == pytest.approx([4.0] * 3)


def test_the_expressions_are_many_and_each_is_named_once() -> None:
    names = [one.name for one in EXPRESSIONS]
    assert len(names) == len(set(names)) >= 22
    assert {"arithmetic", "comparison", "reduction", "complex128"} < {one.kind for one in EXPRESSIONS}


def a_speed(variant: str = "plain") -> Speed:
    samples = samples_of(line(**{variant: 1e-3}))
    return Speed(
        wheels={variant: Path("x.whl")},
        opponent=Opponent(path=Path("y.whl"), version="2.14.2", sha256="0" * 64, origin="a file"),
        machine={"processor": "P", "cores": 2, "python": "3.13.0", "numpy": "2.4.0", "system": "Linux x86_64", "vml": "V (avx2)"},
        rounds=6,
        rows=tuple(row_of(key, samples) for key in samples.ratios),
        means=means_of(samples),
        differences=(Difference(variant=variant, name="exp", text="exp(a)", differ=12, relative=2.2e-16),),
        own=(),
    )


def test_the_table_lists_bits_that_differ_and_means_by_kind() -> None:
    said = "\n".join(speed_table.lines(a_speed()))
    assert "plain: the bits of 1 of 2 expressions are theirs:" in said
    assert "exp(a): 12 elements differ, at most 2.2e-16 apart" in said
    assert "plain is to be theirs bit by bit" in said
    assert "  transcendental, float64" in said
    assert "plain is to be theirs" not in "\n".join(speed_table.lines(a_speed("vml")))
    assert "| plain | 1 | **2.00** |" in speed_table.markdown(a_speed())


def test_a_mean_over_a_kind_is_no_overall_mean() -> None:
    speed = a_speed()
    assert [(mean.threads, mean.kind) for mean in speed.overall] == [(1, ""), (2, "")]
    assert [mean.kind for mean in speed.kinds(speed.overall[0])] == [ADD.kind, EXP.kind]
    assert isinstance(speed.overall[0], Mean)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path / "checkout", pythons=("3.11", "3.12"))


@pytest.fixture
def interpreter() -> Interpreter:
    return usable(PYTHON, find_interpreter(PYTHON))


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("nowhere.whl", "no such file"),
        ("newest", "neither a file nor a version"),
        ("../2.14.2", "neither a file nor a version"),
    ],
)
def test_what_cannot_be_compared_with_is_named(house: House, interpreter: Interpreter, against: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        opponent(house.layout, this_maker(house.layout), interpreter, None, against, "2.14.2")  # type: ignore[arg-type]


def test_a_file_for_another_python_is_refused(house: House, interpreter: Interpreter, tmp_path: Path) -> None:
    other = make_wheel(tmp_path / "theirs", "3.99")
    with pytest.raises(RequestError, match="no wheel of numexpr for CPython"):
        opponent(house.layout, this_maker(house.layout), interpreter, None, str(other), "2.14.2")  # type: ignore[arg-type]
    mine = make_wheel(tmp_path / "theirs", PYTHON)
    made = opponent(house.layout, this_maker(house.layout), interpreter, None, str(mine), "2.14.2")  # type: ignore[arg-type]
    assert (made.version, made.origin) == ("2.14.2", "a file")


def test_the_newest_python_with_a_wheel_is_measured(house: House) -> None:
    config = read_config(house.layout.config)
    assert chosen_python(house.layout, config, "") == "3.12"
    assert chosen_python(house.layout, config, "3.11") == "3.11"
    with pytest.raises(RequestError, match=r"wheels.toml has 3\.11, 3\.12"):
        chosen_python(house.layout, config, "2.7")
    for wheel in house.wheels():
        wheel.unlink()
    with pytest.raises(RequestError, match="nox -s build repair test makes them"):
        chosen_python(house.layout, config, "")


def test_the_pipeline_s_ratios() -> None:
    costs = Costs(
        processors=2,
        pythons=("3.11", "3.12", "3.13"),
        situations={
            COLD: Usage(wall=30.0, cpu=55.0), UNCHANGED: Usage(wall=2.0, cpu=1.0), CHANGED_ONE: Usage(wall=21.0, cpu=35.0),
            PIP: Usage(wall=100.0, cpu=110.0), UV: Usage(wall=60.0, cpu=70.0),
        },
    )  # fmt: skip
    assert costs.ratios() == {
        "cold / (CPU / 2)": pytest.approx(30 / 27.5), "cold / by hand with pip": pytest.approx(0.3),
        "cold / by hand with uv": pytest.approx(0.5), "one .py changed / cold": pytest.approx(0.7),
    }  # fmt: skip
    assert any(PIP in words and "100.0" in words for words in table(costs))


@pytest.mark.parametrize("rounds", ["1", "0", "-1"])
def test_too_few_rounds_are_refused(house: House, rounds: str) -> None:
    with pytest.raises(RequestError, match=f"--rounds {rounds}: an interval takes 2 rounds or more"):
        bench(house.layout, ["--rounds", rounds])
