"""What is tried on numexpr: every function it offers, on which values, sizes and memory layouts."""

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

BLOCK = int(getattr(numexpr, "__BLOCK_SIZE1__", 1024))
SIZES = (1, 2, 3, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3)
LONGEST = 5 * BLOCK + 17  # long enough for every thread of a pool to get work

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


def specials(dtype: str) -> Array:
    """Return the values that functions get wrong: zeros, subnormals, infinities, NaN, edges of domains, huge, tiny."""
    info = np.finfo(dtype)
    values = [0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 0.1, 10.0, 20.0, 89.0, 104.0, 709.0, 746.0, 1e5, 1e10]
    values += [np.pi, np.pi / 2, np.pi / 4, 1e30, 2.0**31, 2.0**52, 2.0**63, 1e-5, 1e-10, 1e-30, np.inf, np.nan]
    edges = [info.max, info.max / 2, info.tiny, info.tiny / 2, info.smallest_subnormal, info.eps]
    edges += [1 - info.epsneg, 1 + info.eps]
    both = np.concatenate([np.array(values, dtype=dtype), np.array(edges, dtype=dtype)])
    return np.concatenate([both, -both])


def random_values(rng: np.random.Generator, dtype: str, count: int) -> Array:
    """Return numbers of several kinds: near 0, in [-1, 1], moderate, positive, of every magnitude."""
    info = np.finfo(dtype)
    log = rng.uniform(np.log(float(info.tiny)), np.log(float(info.max)), count)
    kinds = [
        rng.normal(size=count),
        rng.uniform(-1, 1, count),
        rng.uniform(-30, 30, count),
        rng.uniform(0, 800, count),
        np.exp(log) * rng.choice([-1.0, 1.0], count),
    ]
    return np.choose(rng.integers(len(kinds), size=count), kinds).astype(dtype)


def _real_arguments(rng: np.random.Generator, dtype: str, arity: int) -> list[Array]:
    edge = specials(dtype)
    if arity == 1:
        return [np.concatenate([edge, random_values(rng, dtype, LONGEST - len(edge))])]
    pairs = (np.repeat(edge, len(edge)), np.tile(edge, len(edge)))
    chosen = rng.permutation(len(pairs[0]))[: LONGEST // 2]
    rest = LONGEST - len(chosen)
    return [np.concatenate([side[chosen], random_values(rng, dtype, rest)]) for side in pairs]


def arguments_for(rng: np.random.Generator, function: Function, dtype: str) -> list[Array]:
    """Return LONGEST values for every argument of a function."""
    if dtype.startswith("int"):
        values = rng.integers(-1000, 1000, size=LONGEST).astype(dtype)
        values[:4] = (0, 1, -1, np.iinfo(dtype).max)
        return [values]
    if function.moderate:
        parts = [rng.uniform(0.1, 3, LONGEST) * rng.choice([-1, 1], LONGEST) for _ in range(4)]
        return [plain.join(parts[0], parts[1]), plain.join(parts[2], parts[3])]
    if dtype == "complex128":
        made = [plain.join(*_real_arguments(rng, "float64", 2)) for _ in range(function.arity)]
        # Half of all random complex numbers of ordinary size, where rounding is what can go wrong.
        for z in made:
            z[LONGEST // 2 :: 2] = rng.normal(size=len(z[LONGEST // 2 :: 2])) + 1j * rng.normal()
        return made
    return _real_arguments(rng, dtype, function.arity)


def _unaligned(values: Array) -> Array:
    record = np.zeros(values.shape, dtype=[("pad", "i1"), ("value", values.dtype)])
    record["value"] = values
    return record["value"]


def _strided(values: Array, step: int, offset: int) -> Array:
    room = np.full(abs(step) * len(values) + offset, 77, dtype=values.dtype)
    window = room[offset:][:: abs(step)][: len(values)]
    view = window[::-1] if step < 0 else window
    view[...] = values
    return view


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": np.ascontiguousarray,
    "offset by one": lambda values: _strided(values, 1, 1),
    "every second": lambda values: _strided(values, 2, 0),
    "every third from the fifth": lambda values: _strided(values, 3, 5),
    "reversed": lambda values: _strided(values, -1, 0),
    "every second, reversed": lambda values: _strided(values, -2, 1),
    "unaligned": _unaligned,
    "swapped bytes": lambda values: values.astype(values.dtype.newbyteorder()),
}

SIGNATURE_TYPES: dict[str, type] = {
    "float32": float,
    "float64": np.float64,
    "complex128": complex,
    "int32": np.int32,
    "int64": np.int64,
}


def compiled(expression: str, names: Sequence[str], dtypes: Sequence[str]) -> Callable[..., Array]:
    """Return the expression as a NumExpr object, called as users do: with arrays and nothing else."""
    signature = [(name, SIGNATURE_TYPES[dtype]) for name, dtype in zip(names, dtypes, strict=True)]
    run: Callable[..., Array] = numexpr.NumExpr(expression, signature)
    return run
