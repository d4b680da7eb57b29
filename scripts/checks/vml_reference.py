"""What numexpr ought to answer: the formulas of the plain build in numpy, and when an answer agrees with them.

Tolerances, in units in the last place (ulp) of the result:

- 0 for what IEEE 754 or C define exactly: + - * / % // sqrt, fmod, floor, ceil, trunc, round, abs, sign, copysign,
  nextafter, minimum, maximum, the boolean tests, integers.
- REAL_ULPS for other real functions: VML's high accuracy mode promises 1 and was seen to keep 2; the C libraries that
  numpy and the plain build stand on keep 1 to 2 themselves.
- COMPLEX_ULPS for complex functions, of the larger part of the result: an error in the larger part shows in the
  smaller one, where cancellation makes a tolerance of its own meaningless. Complex log1p may besides be off by LOG1P:
  VML, numpy and the plain build all round 1 + z before they take the logarithm.

References for float32 are computed in float64 and rounded once. NaN agrees with NaN only, infinity with the same
infinity, zero with a zero of the same sign.

Where the plain build differs from numpy, both are right. It does so for complex functions, which it computes by
textbook formulas (vml_plain.py): they overflow, cancel or give NaN where numpy, and VML, follow C99. Right is also what
CPython's cmath says, because numpy has its complex functions from the C library, and musl's are no better than those formulas.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scripts.checks.vml_plain import Array

REAL_ULPS = 4
COMPLEX_ULPS = 16
LOG1P = 2 * float(np.finfo(np.float64).eps)


def order(values: Array) -> NDArray[np.int64]:
    """Map floats to whole numbers in the same order, neighbours to neighbours, both zeros to 0."""
    bits = values.view(np.int32 if values.dtype == np.float32 else np.int64).astype(np.int64)
    lowest = -(2**31) if values.dtype == np.float32 else -(2**63)
    return np.where(bits < 0, lowest - bits, bits)


def real_agrees(got: Array, reference: Array, ulps: int) -> NDArray[np.bool_]:
    """Tell for every element whether it is the reference's number, NaN, infinity or signed zero."""
    nan = np.isnan(got) & np.isnan(reference)
    near = np.isfinite(got) & np.isfinite(reference)
    here, there = order(got), order(reference)
    # Of opposite signs the difference could overflow; then only both tiny can agree.
    tiny = (np.abs(here) <= ulps) & (np.abs(there) <= ulps)
    same_side = (here >= 0) == (there >= 0)
    near &= (same_side | tiny) & (np.abs(np.where(same_side | tiny, here - there, 0)) <= ulps)
    zeros = (got == 0) & (reference == 0)
    result: NDArray[np.bool_] = nan | (got == reference) & ~zeros | near & (~zeros | (np.signbit(got) == np.signbit(reference)))
    return result


def complex_agrees(
    got: Array, reference: Array, ulps: float, *, unclear: NDArray[np.bool_], slack: Array | float = 0.0
) -> NDArray[np.bool_]:
    """Tell for every element whether both parts are the reference's, within ulps of the larger part and `slack`.

    Where an argument is NaN or infinite in both parts (`unclear`), or the other part of the answer is NaN, C99 leaves signs
    of zeros and infinities open.
    """
    parts = [(got.real, reference.real), (got.imag, reference.imag)]
    sizes = [np.where(np.isfinite(there), np.abs(there), 0.0) for _, there in parts]
    allowed = ulps * np.finfo(np.float64).eps / 2 * np.maximum(*sizes) + 2 * np.nextafter(0.0, 1.0) + slack
    unclear = unclear | np.isnan(reference.real) | np.isnan(reference.imag)
    agrees = np.ones(np.shape(got), dtype=np.bool_)
    for here, there in parts:
        same = (np.isnan(here) & np.isnan(there)) | (here == there) | (np.abs(here - there) <= allowed)
        signed = (here == 0) & (there == 0) & (np.signbit(here) != np.signbit(there))
        agrees &= np.where(unclear, same | (np.abs(here) == np.abs(there)), same & ~signed)
    return agrees


def real_agrees_with_any(got: Array, references: Sequence[Array], ulps: int) -> NDArray[np.bool_]:
    """Tell for every element whether it agrees with any of the references; whole numbers and booleans exactly."""
    result = np.zeros(np.shape(got), dtype=np.bool_)
    for reference in references:
        expected = reference.astype(got.dtype)
        result |= real_agrees(got, expected, ulps) if got.dtype.kind == "f" else got == expected
    return result
