"""What the functions should give: computed by MPFR and MPC in 120 bits, kept as two floats."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gmpy2  # type: ignore[import-untyped]  # it has none
import numpy as np

from scripts.accuracy.measure_library import Array

BITS = 120

REAL: dict[str, Callable[..., Any]] = {
    "Exp": gmpy2.exp,
    "Expm1": gmpy2.expm1,
    "Ln": gmpy2.log,
    "Log1p": gmpy2.log1p,
    "Log2": gmpy2.log2,
    "Log10": gmpy2.log10,
    "Sin": gmpy2.sin,
    "Cos": gmpy2.cos,
    "Tan": gmpy2.tan,
    "Asin": gmpy2.asin,
    "Acos": gmpy2.acos,
    "Atan": gmpy2.atan,
    "Sinh": gmpy2.sinh,
    "Cosh": gmpy2.cosh,
    "Tanh": gmpy2.tanh,
    "Asinh": gmpy2.asinh,
    "Acosh": gmpy2.acosh,
    "Atanh": gmpy2.atanh,
    "Sqrt": gmpy2.sqrt,
    "Div": operator.truediv,
    "Hypot": gmpy2.hypot,
    "Atan2": gmpy2.atan2,
    "Pow": operator.pow,
}
# MPC's functions go by MPFR's names.
OF_COMPLEX = """
    Sqrt Exp Ln Log10 Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh
"""
COMPLEX = {name: REAL[name] for name in OF_COMPLEX.split()}
# Exact operations: numpy's own are the reference, every bit counts.
EXACT: dict[str, Callable[..., Array]] = {
    "Abs": np.abs,
    "Ceil": np.ceil,
    "Floor": np.floor,
    "Rint": np.rint,
    "Trunc": np.trunc,
    "CopySign": np.copysign,
    "NextAfter": np.nextafter,
    "Fmax": np.fmax,
    "Fmin": np.fmin,
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A real number for each argument: `near` is rounded to a float64, `rest` what that left out, in its last places.

    In last places, because beside a number near the end of the range the rest itself would be below the smallest float.
    """

    near: Array
    rest: Array


def last_places(values: Array) -> Array:
    """Return the value of the last place of each float; of infinity, that of the largest number."""
    largest = np.nextafter(np.finfo(values.dtype).max, np.zeros(1, dtype=values.dtype))
    places: Array = np.spacing(np.minimum(np.abs(values), largest)).astype(np.float64)
    return places


def _split(values: Sequence[Any]) -> Answer:
    near = np.array([float(value) for value in values])
    rest = [
        float((value - head) / place) if math.isfinite(head) else 0.0
        for value, head, place in zip(values, near.tolist(), last_places(near).tolist(), strict=True)
    ]
    return Answer(near=near, rest=np.array(rest))


def real_answer(name: str, arguments: Sequence[Array]) -> Answer:
    """Return the answers for real arguments of either type."""
    with gmpy2.context(gmpy2.get_context(), precision=BITS):
        columns = [[gmpy2.mpfr(x) for x in one.astype(np.float64).tolist()] for one in arguments]
        return _split([REAL[name](*row) for row in zip(*columns, strict=True)])


def complex_answer(name: str, arguments: Array) -> tuple[Answer, Answer]:
    """Return the real and the imaginary parts of the answers for complex arguments."""
    with gmpy2.context(gmpy2.get_context(), precision=BITS):
        values = [COMPLEX[name](gmpy2.mpc(z)) for z in arguments.tolist()]
        return _split([value.real for value in values]), _split([value.imag for value in values])
