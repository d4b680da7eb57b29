"""Random expressions, with a reference that knows how far rounding errors may carry.

VML's exp may differ from the C library's in the last place, and a subtraction, `%` or floor after it can make much of
that. So the reference is computed over and over with a small error put after the functions that are not exact: after
each alone, to add up what they can do, and after all of them at once. Elements where the answers do not agree on being
NaN or infinite are left undecided, and counted; so are those where they differ by more than LOOSE, but there a number
is still asked for.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.checks.vml_plain import Array, Rounding, nudged, shaken
from scripts.checks.vml_values import random_values

NUDGE_ULPS = 3  # VML's 2 and the reference's own 1
ANSWER_ULPS = 4
MIXED = 4  # ways in which the errors mix by chance
MOST_TIMES = 1000
LOOSE = 0.01  # answers that differ by more than this share say nothing but "a number"
DEPTH = 4


@dataclass(frozen=True)
class Variant:
    """One way in which everything inexact could have gone."""

    rounding: Rounding
    swap: bool = False  # which of two equal operands (0 and -0) minimum and maximum return
    rough: bool = False  # errors are everywhere, and what they decide alone is to come out as NaN


Evaluate = Callable[[Mapping[str, Array], Variant], Array]


@dataclass(frozen=True)
class Node:
    """A piece of an expression: its text and how to compute it."""

    text: str
    names: frozenset[str]
    evaluate: Evaluate


@dataclass(frozen=True)
class Answers:
    """The exact answer, those with one error each, and those with errors everywhere."""

    exact: Array
    single: list[Array]
    mixed: list[Array]


def answer(node: Node, values: Mapping[str, Array], rng: np.random.Generator) -> Answers:
    """Compute an expression in all the ways in which its inexact functions may round."""
    calls = itertools.count()
    everywhere = nudged(NUDGE_ULPS)

    def counted(result: Array) -> Array:
        next(calls)
        return result

    def only(number: int) -> Rounding:
        position = itertools.count()
        return lambda result: everywhere(result) if next(position) == number else result

    exact = node.evaluate(values, Variant(counted))
    single = [node.evaluate(values, Variant(only(number))) for number in range(next(calls))]
    ways = [everywhere, nudged(-NUDGE_ULPS), *(shaken(NUDGE_ULPS, rng) for _ in range(MIXED))]
    mixed = [node.evaluate(values, Variant(way, swap=bool(number % 2), rough=True)) for number, way in enumerate(ways)]
    return Answers(exact, single, mixed)


def _common(*values: Array) -> list[Array]:
    kind = np.result_type(*(value.dtype for value in values))
    return [value.astype(kind) for value in values]


def _constant(value: float, like: Array) -> Array:
    """Make a constant an array: whole numbers take the other operand's type, others are double."""
    return np.full(like.shape, value, dtype=like.dtype if isinstance(value, int) else np.float64)


def _inexact(function: Callable[..., Array], variant: Variant, *values: Array) -> Array:
    operands = _common(*values)
    result = function(*(operand.astype(np.float64) for operand in operands))
    return variant.rounding(result.astype(operands[0].dtype))


def _extremum(first: bool, variant: Variant, x: Array, y: Array) -> Array:
    x, y = (value.astype(np.float64) for value in ((y, x) if variant.swap else (x, y)))
    chosen = np.where((x >= y) if first else (x <= y), x, y)
    return np.where(np.isnan(x) | np.isnan(y), np.nan, chosen)


def _modulo(variant: Variant, x: Array, y: Array) -> Array:
    """Return what is left of x; if y goes into it too often, that is nothing but rounding."""
    times = np.floor(x / y)
    left: Array = x - variant.rounding(times * y)
    return np.where(np.abs(times) > MOST_TIMES, np.nan, left).astype(x.dtype) if variant.rough else left


INEXACT = {
    name: getattr(np, name)
    for name in ["exp", "log", "sin", "cos", "tan", "tanh", "sinh", "arctan", "arcsin", "log1p", "expm1", "log10", "arctanh"]
}
EXACT = {"sqrt": np.sqrt, "abs": np.abs, "floor": np.floor, "ceil": np.ceil}
BINARY: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def _unary(inner: Node, name: str) -> Node:
    def evaluate(values: Mapping[str, Array], variant: Variant) -> Array:
        value = inner.evaluate(values, variant)
        if name in EXACT:
            return EXACT[name](value)
        result = _inexact(INEXACT[name], variant, value)
        if variant.rough and name in ("sin", "cos", "tan"):  # of so large a number that its last place is a turn
            return np.where(np.abs(value) * NUDGE_ULPS * np.finfo(value.dtype).eps > LOOSE, np.nan, result).astype(value.dtype)
        return result

    return Node(f"{name}({inner.text})", inner.names, evaluate)


def _binary(left: Node, right: Node, sign: str) -> Node:
    def evaluate(values: Mapping[str, Array], variant: Variant) -> Array:
        x, y = _common(left.evaluate(values, variant), right.evaluate(values, variant))
        if sign == "%":
            return _modulo(variant, x, y)
        # A negative base would ask whether the exponent is whole, which rounding decides.
        return _inexact(np.power, variant, np.abs(x), y) if sign == "**" else BINARY[sign](x, y)

    base = f"abs({left.text})" if sign == "**" else left.text
    return Node(f"({base} {sign} {right.text})", left.names | right.names, evaluate)


def _with_constant(inner: Node, sign: str, value: float) -> Node:
    def evaluate(values: Mapping[str, Array], variant: Variant) -> Array:
        x = inner.evaluate(values, variant)
        return BINARY[sign](*_common(_constant(value, x), x))

    return Node(f"({value} {sign} {inner.text})", inner.names, evaluate)


def _function(left: Node, right: Node, name: str) -> Node:
    def evaluate(values: Mapping[str, Array], variant: Variant) -> Array:
        x, y = left.evaluate(values, variant), right.evaluate(values, variant)
        if name in ("maximum", "minimum"):
            return _extremum(name == "maximum", variant, x, y)
        if name == "arctan2":
            return _inexact(np.arctan2, variant, x, y)
        return _inexact(np.hypot, variant, x.astype(np.float64), y.astype(np.float64))

    return Node(f"{name}({left.text}, {right.text})", left.names | right.names, evaluate)


def _choice(left: Node, right: Node, other: Node) -> Node:
    def evaluate(values: Mapping[str, Array], variant: Variant) -> Array:
        x, y = left.evaluate(values, variant), right.evaluate(values, variant)
        condition = np.greater(*_common(x, y))
        if variant.rough:  # NaN may stand for a number of any size
            condition |= variant.swap & (np.isnan(x) | np.isnan(y))
        return np.where(condition, *_common(x, other.evaluate(values, variant)))

    text = f"where({left.text} > {right.text}, {left.text}, {other.text})"
    return Node(text, left.names | right.names | other.names, evaluate)


def _variable(name: str) -> Node:
    return Node(name, frozenset(name), lambda values, _: values[name])


def generate(chance: random.Random, depth: int = DEPTH) -> Node:
    """Make up an expression in a, b and c."""
    if depth == 0 or (depth < DEPTH and chance.random() < 0.15):
        return _variable(chance.choice("abc"))
    inner = generate(chance, depth - 1)
    kind = chance.random()
    if kind < 0.35:
        return _unary(inner, chance.choice([*INEXACT, *EXACT]))
    if kind < 0.45:
        return _with_constant(inner, chance.choice("+-*/"), chance.choice([2, 3, 0.5, 0.25]))
    other = generate(chance, depth - 1)
    if kind < 0.75:
        return _binary(inner, other, chance.choice([*BINARY, "%", "**"]))
    if kind < 0.95:
        return _function(inner, other, chance.choice(["maximum", "minimum", "maximum", "minimum", "arctan2", "hypot"]))
    return _choice(inner, other, _variable(chance.choice("abc")))


def operands(rng: np.random.Generator, dtypes: Mapping[str, str], size: int) -> dict[str, Array]:
    """Return values for the variables, mostly ordinary, some special."""
    made: dict[str, Array] = {}
    for name, dtype in dtypes.items():
        values = np.where(rng.random(size) < 0.8, rng.normal(0, 3, size), random_values(rng, dtype, size))
        special = rng.choice(np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]), size)
        made[name] = np.where(rng.random(size) < 0.03, special, values).astype(dtype)
    return made


def judge(got: Array, answers: Answers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell for every element whether it is wrong, and whether less than its exact value could be asked for."""
    exact = answers.exact.astype(got.dtype)
    others = [other.astype(got.dtype) for other in (*answers.single, *answers.mixed)]
    kinds = [_kind(values) for values in (exact, *others)]
    undecided = np.logical_or.reduce([kind != kinds[0] for kind in kinds])
    finite = (kinds[0] == 0) & ~undecided
    base = np.where(finite, exact, 0)
    moves = [np.abs(np.where(finite, other, 0) - base) for other in others]
    reach = len(answers.single)
    spread = np.sum(moves[:reach], axis=0) + np.max(moves[reach:], axis=0)
    loose = spread > LOOSE * np.abs(base)
    near = np.abs(np.where(np.isfinite(got), got, 0) - base) <= 2 * spread + ANSWER_ULPS * np.spacing(np.abs(base))
    number = np.isfinite(got) & (near | loose)
    right = undecided | np.where(finite, number, _kind(got) == kinds[0])
    return ~right, undecided | loose


def _kind(values: Array) -> Array:
    """Return 0 for numbers, 1 and -1 for infinities, 2 for NaN."""
    return np.where(np.isnan(values), 2, np.where(np.isinf(values), np.sign(values), 0))
