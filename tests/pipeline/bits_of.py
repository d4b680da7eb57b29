"""The bits of thousands of results of one installed numexpr, as JSON: python bits_of.py FOLDER-OF-NUMEXPR.

Every operation and function on each type that it takes, special values among the operands, in all the ways that operands
lie in memory. All NaNs count as one: which of two NaNs an addition returns is the compiler's choice.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

sys.path.insert(0, sys.argv[1])

import numpy as np

import numexpr

Operands = dict[str, Any]

FUNCTIONS = [
    "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh",
    "arctanh", "log", "log1p", "log10", "log2", "exp", "expm1", "abs", "conj", "ceil", "floor", "trunc", "sign",
    "round", "isnan", "isfinite", "isinf", "signbit", "ones_like",
]  # fmt: skip
FUNCTIONS_OF_TWO = ["fmod", "arctan2", "hypot", "nextafter", "copysign", "maximum", "minimum"]
OPERATORS = ["+", "-", "*", "/", "**", "%", "//", ">", ">=", "<", "<=", "==", "!=", "&", "|", "^", "<<", ">>"]
PAIRS = ["a b", "f g", "z w", "i j", "k l", "p q", "a f", "a i", "k f", "a 2", "2 a", "i 3", "z 2", "a z"]
MIXED = [
    "2*a + 3*b", "a**3 + 2*b**2", "a/b + a*b - a", "(a > b) & (f < g) | p", "where((f > g) & p, f*2, g)",
    "complex(a, b)", "real(z)", "imag(z)", "z*w + z/w", "a**-1", "a**0.5", "z**3",
    "3 + (a + minimum(sqrt(a), (0.5 + b)))", "exp(-a**2 / 2)", "contains(s, 'b')", "s == 'ab'", "s > t", "i*j + k",
    "a*f + i",
]  # fmt: skip
REDUCED = ["sum", "prod", "min", "max"]
SPECIAL = [0.0, -0.0, 1, -1, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e308, -1e308, 0.5, 1.5, 2.5, 2.0**52 + 0.5, 1e-310, 3]
SIZES = (5, 1023, 1025, 3000)


def expressions() -> Iterator[str]:
    """Yield every expression; those that a type does not have give an error, which is a result as well."""
    yield from (f"{name}({of})" for name in FUNCTIONS for of in ("a", "f", "z", "i", "a*2 - b"))
    yield from (f"{name}({of})" for name in FUNCTIONS_OF_TWO for of in ("a, b", "f, g", "a, f", "sqrt(a), b + 1"))
    yield from (f" {operator} ".join(pair.split()) for operator in OPERATORS for pair in PAIRS)
    for of in "afzikp":
        yield from (f"{name}({of}{axis})" for name in REDUCED for axis in ("", ", axis=0"))
        yield from (f"where(p, {of}, {of})", f"-{of}", f"~{of}", of)
    yield from MIXED


def operands(size: int) -> Operands:
    """Return operands of all types; every third element of the floating-point ones is a special value."""
    chance = np.random.default_rng(size)

    def floats(kind: str) -> Any:
        values = (chance.normal(size=size) * 3).astype(kind)
        values[::3] = chance.choice(np.array(SPECIAL).astype(kind), len(values[::3]))
        return values

    def integers(kind: str) -> Any:
        return chance.integers(-9, 9, size).astype(kind)

    a, b = floats("f8"), floats("f8")
    words = np.array([b"ab", b"b", b"abc", b""], "S3")
    return {
        "a": a, "b": b, "f": floats("f4"), "g": floats("f4"), "z": a + 1j * b, "w": b - 1j * a,
        "i": integers("i4"), "j": integers("i4"), "k": integers("i8"),
        "l": integers("i8"),
        "p": chance.random(size) > 0.5, "q": chance.random(size) > 0.5,
        "s": chance.choice(words, size), "t": chance.choice(words, size),
    }  # fmt: skip


def _unaligned(values: Any) -> Any:
    return np.frombuffer(b"x" + values.tobytes(), dtype="u1")[1:].view(values.dtype)


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda values: values,
    "strided": lambda values: np.repeat(values, 2)[::2],
    "reversed": lambda values: values[::-1],
    "unaligned": _unaligned,
    "swapped": lambda values: values.astype(values.dtype.newbyteorder()),
    "rows": lambda values: values[:1000].reshape(5, 200),
    "columns": lambda values: values[:1000].reshape(100, 10).T,
}


def digest(result: Any) -> str:
    """Return a digest of type, shape and bytes, with one NaN for all."""
    array = np.ascontiguousarray(result)
    if array.dtype.kind in "fc":
        parts = array.reshape(-1).view(array.real.dtype).copy()
        parts[np.isnan(parts)] = np.nan
        array = parts
    return hashlib.sha256(f"{array.dtype} {np.shape(result)} ".encode() + array.tobytes()).hexdigest()[:16]


def result_of(text: str, values: Operands) -> str:
    """Return the digest of an expression's result, or the name of its error."""
    try:
        return digest(numexpr.evaluate(text, values))
    except Exception as error:  # noqa: BLE001 - which error it is, is the result
        return type(error).__name__


def main() -> None:
    """Print all results by layout, size, number of threads and expression."""
    warnings.simplefilter("ignore")
    every = list(expressions())
    found: dict[str, str] = {}
    for size in SIZES:
        given = operands(size)
        for layout, lay in LAYOUTS.items():
            if size < 1000 and layout in ("rows", "columns"):
                continue
            values = {name: lay(value) for name, value in given.items()}
            for threads in (1, 2) if layout == "contiguous" else (1,):
                numexpr.set_num_threads(threads)
                found |= {f"{layout} {size} {threads} {text}": result_of(text, values) for text in every}
        for text in ("a + b", "2*a + 3*b", "sqrt(a) + b", "maximum(a, b)"):
            values = {"a": given["a"].copy(), "b": given["b"]}
            numexpr.evaluate(text, values, out=values["a"])
            found[f"in place {size} {text}"] = digest(values["a"])
    print(json.dumps(found))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
