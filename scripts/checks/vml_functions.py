"""What is tried of numexpr: every function that it offers, with what it should give."""

from __future__ import annotations

import cmath
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

import numexpr
from scripts.checks import vml_plain as plain
from scripts.checks import vml_reference as ref
from scripts.checks.vml_plain import Array

FLOATS = ("float32", "float64")
NUMBERS = ("float32", "float64", "complex128")
WITH_INTEGERS = ("float32", "float64", "complex128", "int32", "int64")

Reference = Callable[..., list[Array]]
PlainFormula = Callable[..., Array]


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function or operator: how it is written, for which types, what it should give and how closely."""

    name: str
    template: str
    dtypes: tuple[str, ...]
    reference: Reference
    ulps: int
    plain: PlainFormula | None = None  # of complex arguments
    slack: float = 0.0  # of complex results, beside the tolerance
    moderate: bool = False  # keep to values where the references themselves are good

    @property
    def arity(self) -> int:
        return 2 if "b" in self.template.replace(self.name, "") else 1

    def references(self, arguments: Sequence[Array]) -> list[Array]:
        """Return the answers that count as right; several where plain and numpy differ."""
        if arguments[0].dtype.kind == "c" and self.plain is not None:
            return [*self.reference(*arguments), self.plain(*arguments, plain.exactly)]
        return self.reference(*arguments)


def _wide(function: Callable[..., Array]) -> Reference:
    """Compute float32 and integers in float64: the better reference, to be rounded once."""

    def reference(*arguments: Array) -> list[Array]:
        return [function(*(a.astype(np.float64) if a.dtype.kind in "fi" else a for a in arguments))]

    return reference


def _native(*functions: Callable[..., Array]) -> Reference:
    """Compute in the type of the arguments: exact operations, where an intermediate rounding is part of the answer."""

    def reference(*arguments: Array) -> list[Array]:
        return [function(*arguments) for function in functions]

    return reference


def _by_cmath(name: str, numbers: Array) -> Array:
    """Return a function of complex numbers as CPython's own cmath has it; where that raises, as numpy has it."""
    function = getattr(cmath, name.replace("arc", "a"))
    answers: Array = getattr(np, name)(numbers)
    for index, number in enumerate(numbers.tolist()):
        with contextlib.suppress(ValueError, OverflowError):
            answers[index] = function(number)
    return answers


def _or_cmath(wrap: Callable[..., Reference]) -> Callable[..., Reference]:
    """Accept CPython's answer for complex numbers too: numpy's is the C library's, and musl's leaves the range of doubles."""

    def wrapped(function: np.ufunc) -> Reference:
        answers = wrap(function)

        def reference(x: Array) -> list[Array]:
            return [*answers(x), _by_cmath(function.__name__, x)] if x.dtype.kind == "c" else answers(x)

        return reference

    return wrapped


def _log2(x: Array) -> Array:
    """Of either zero it is negative infinity; Wine's has the other one for -0."""
    return np.log2(x) if x.dtype.kind == "c" else np.where(x == 0, -np.inf, np.log2(x))


def _arccosh(x: Array) -> list[Array]:
    """Below 1 it is NaN, where musl's has numbers. C17 has the angle of 0 + NaN i, older libraries do not."""
    if x.dtype.kind != "c":
        return [np.where(x < 1, np.nan, np.arccosh(x.astype(np.float64)))]
    answers = _or_cmath(_native)(np.arccosh)(x)
    return [*answers, np.where((x.real == 0) & np.isnan(x.imag), complex(np.nan, np.pi / 2), answers[0])]


def _either_zero(function: Callable[..., Array]) -> Reference:
    """Accept either zero for the larger or smaller of -0 and 0: C, numpy and IEEE 754-2008 leave it open."""

    def reference(a: Array, b: Array) -> list[Array]:
        result = function(a, b)
        return [result, np.where((a == 0) & (b == 0), -result, result)]

    return reference


def _log1p(x: Array) -> list[Array]:
    """Of huge complex numbers numpy's log1p overflows, like plain's; its log, like VML, does not."""
    if x.dtype.kind == "c":
        return [np.log1p(x), np.log(plain.join(1.0 + x.real, x.imag))]
    return [np.log1p(x.astype(np.float64))]


def _conjugate(z: Array) -> Array:
    return plain.join(z.real, -z.imag)


def _larger(a: Array, b: Array) -> Array:
    return np.where(a > b, a, b)


def _of_one(name: str, dtypes: tuple[str, ...], ulps: int, reference: Reference, slack: float = 0.0) -> Function:
    formula = getattr(plain, f"plain_{name}", None)
    return Function(
        name=name, template=f"{name}(a)", dtypes=dtypes, reference=reference, ulps=ulps, plain=formula, slack=slack
    )  # fmt: skip


def _as_numpy(names: str, dtypes: tuple[str, ...], ulps: int, wrap: Callable[..., Reference]) -> list[Function]:
    """Return functions of one argument that numpy has by the same name."""
    return [_of_one(name, dtypes, ulps, wrap(getattr(np, name))) for name in names.split()]


def _of_two(name: str, ulps: int, reference: Reference) -> Function:
    return Function(name=name, template=f"{name}(a, b)", dtypes=FLOATS, reference=reference, ulps=ulps)


def _table() -> Iterator[Function]:
    turns = "sin cos tan arcsin arccos arctan sinh cosh tanh"
    yield from _as_numpy(turns, (*NUMBERS, "int32"), ref.REAL_ULPS, _or_cmath(_wide))
    with_int64 = (*NUMBERS, "int64")
    yield from _as_numpy("arcsinh arctanh log log10 exp", with_int64, ref.REAL_ULPS, _or_cmath(_wide))
    yield from _as_numpy("expm1", with_int64, ref.REAL_ULPS, _wide)
    yield _of_one("log2", with_int64, ref.REAL_ULPS, _wide(_log2))
    yield _of_one("arccosh", with_int64, ref.REAL_ULPS, _arccosh)
    yield _of_one("log1p", with_int64, ref.REAL_ULPS, _log1p, slack=ref.LOG1P)
    yield from _as_numpy("sqrt", NUMBERS, 0, _or_cmath(_native))
    yield from _as_numpy("ceil floor trunc", FLOATS, 0, _native)
    yield from _as_numpy("round abs sign", WITH_INTEGERS, 0, _native)
    yield from _as_numpy("isnan isfinite isinf", NUMBERS, 0, _native)
    yield from _as_numpy("signbit", FLOATS, 0, _native)
    yield from _as_numpy("copy ones_like", NUMBERS, 0, _native)
    yield from _as_numpy("real imag", ("complex128",), 0, _native)
    yield _of_one("conj", ("complex128",), 0, _native(_conjugate))
    yield _of_two("fmod", 0, _native(np.fmod))
    yield _of_two("copysign", 0, _wide(np.copysign))
    yield _of_two("nextafter", 0, _wide(np.nextafter))
    yield _of_two("maximum", 0, _either_zero(np.maximum))
    yield _of_two("minimum", 0, _either_zero(np.minimum))
    yield _of_two("arctan2", ref.REAL_ULPS, _wide(np.arctan2))
    yield _of_two("hypot", ref.REAL_ULPS, _wide(np.hypot))
    yield Function(name="where", template="where(a > b, a, b)", dtypes=FLOATS, ulps=0, reference=_native(_larger))
    yield _of_two("complex", 0, _wide(plain.join))
    yield from _operators()


def _operators() -> Iterator[Function]:
    for sign, function in {"+": np.add, "-": np.subtract}.items():
        yield Function(name=sign, template=f"a {sign} b", dtypes=NUMBERS, ulps=0, reference=_native(function))
    formulas: list[tuple[str, Callable[..., Array], PlainFormula]]
    formulas = [("*", np.multiply, plain.product), ("/", np.divide, plain.quotient)]
    for sign, exact, formula in formulas:
        both = _native(exact)
        yield Function(name=sign, template=f"a {sign} b", dtypes=NUMBERS, ulps=0, reference=both, plain=formula)
    yield Function(name="%", template="a % b", dtypes=FLOATS, ulps=0, reference=_native(plain.plain_modulo))
    floor = _native(lambda a, b: np.floor(a / b))
    yield Function(name="//", template="a // b", dtypes=FLOATS, ulps=0, reference=floor)
    yield Function(name="**", template="a ** b", dtypes=FLOATS, ulps=ref.REAL_ULPS, reference=_wide(np.power))
    yield Function(
        name="pow", template="a ** b", dtypes=("complex128",), ulps=ref.REAL_ULPS, moderate=True,
        reference=_wide(np.power), plain=plain.plain_power,
    )  # fmt: skip


FUNCTIONS = tuple(_table())
# Tried elsewhere: reductions and strings.
OTHERS = frozenset({"sum", "prod", "min", "max", "contains"})
# Names of the interpreter's function codes that differ from those in expressions.
CODE_NAMES = {"absolute": "abs", "conjugate": "conj"}


def unknown_functions() -> list[str]:
    """Return the functions that numexpr offers, in expressions or in its interpreter, and that are not tried."""
    tried = {function.name for function in FUNCTIONS} | OTHERS
    codes = {bytes(code).decode().rsplit("_", 1)[0] for code in numexpr.interpreter.funccodes}
    offered = set(numexpr.expressions.functions) | {CODE_NAMES.get(code, code) for code in codes}
    return sorted(offered - tried)
