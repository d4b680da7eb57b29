"""The formulas of the plain build where they are not numpy's: the functions nc_* of complex_functions.hpp, and %.

They take a rounding error to add to everything that comes out of the C library: only up to that are they determined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rounding = Callable[[Array], Array]


def exactly(values: Array) -> Array:
    """Add no rounding error."""
    return values


def nudged(ulps: float) -> Rounding:
    """Return a rounding error of some ulps, everywhere up, or everywhere down if negative."""

    def nudge(values: Array) -> Array:
        return (values * (1 + ulps * float(np.finfo(values.dtype).eps))).astype(values.dtype)

    return nudge


def shaken(ulps: float, rng: np.random.Generator) -> Rounding:
    """Return a rounding error of some ulps, up or down by chance, for every value and every call anew."""

    def shake(values: Array) -> Array:
        step = ulps * float(np.finfo(values.dtype).eps)
        return (values * (1 + step * rng.choice([-1.0, 1.0], values.shape))).astype(values.dtype)

    return shake


def join(real: Array, imag: Array) -> Array:
    """Make complex numbers of two parts, without arithmetic that could turn an infinity into NaN."""
    result = np.empty(np.shape(real), dtype=np.complex128)
    result.real = real
    result.imag = imag
    return result


def product(a: Array, b: Array, _r: Rounding | None = None) -> Array:
    """Multiply as plain does; numpy may fuse multiplication and addition."""
    return join(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real)


def quotient(a: Array, b: Array, _r: Rounding | None = None) -> Array:
    """Divide as plain does, without scaling."""
    norm = b.real * b.real + b.imag * b.imag
    return join((a.real * b.real + a.imag * b.imag) / norm, (a.imag * b.real - a.real * b.imag) / norm)


def times_i(z: Array) -> Array:
    """Multiply by i."""
    return join(-z.imag, z.real)


def constant(value: complex, like: Array) -> Array:
    """Return an array full of one complex number."""
    return np.full(np.shape(like), value, dtype=np.complex128)


def plain_sqrt(z: Array, r: Rounding) -> Array:
    """As nc_sqrt."""
    s = np.sqrt((np.abs(z.real) + r(np.hypot(z.real, z.imag))) / 2)
    d = z.imag / (2 * s)
    left = np.where(z.imag >= 0, 1.0, -1.0)
    right = z.real > 0
    root = join(np.where(right, s, left * d), np.where(right, d, left * s))
    return np.where((z.real == 0) & (z.imag == 0), z, root)


def plain_log(z: Array, r: Rounding) -> Array:
    """As nc_log."""
    return join(r(np.log(r(np.hypot(z.real, z.imag)))), r(np.arctan2(z.imag, z.real)))


def plain_log1p(z: Array, r: Rounding) -> Array:
    """As nc_log1p."""
    return plain_log(join(z.real + 1.0, z.imag), r)


def plain_exp(z: Array, r: Rounding) -> Array:
    """As nc_exp."""
    e = r(np.exp(z.real))
    return join(e * r(np.cos(z.imag)), e * r(np.sin(z.imag)))


def plain_expm1(z: Array, r: Rounding) -> Array:
    """As nc_expm1."""
    half = r(np.sin(z.imag / 2))
    return join(r(np.expm1(z.real)) * r(np.cos(z.imag)) - 2 * half * half, r(np.exp(z.real)) * r(np.sin(z.imag)))


def plain_arccos(z: Array, r: Rounding) -> Array:
    """As nc_acos."""
    root = plain_sqrt(constant(1, z) - product(z, z), r)
    return -times_i(plain_log(z + times_i(root), r))


def plain_arcsin(z: Array, r: Rounding) -> Array:
    """As nc_asin."""
    root = plain_sqrt(constant(1, z) - product(z, z), r)
    return -times_i(plain_log(times_i(z) + root, r))


def plain_arctan(z: Array, r: Rounding) -> Array:
    """As nc_atan."""
    i = constant(1j, z)
    return product(constant(0.5j, z), plain_log(quotient(i + z, i - z), r))


def plain_arccosh(z: Array, r: Rounding) -> Array:
    """As nc_acosh."""
    one = constant(1, z)
    return plain_log(z + product(plain_sqrt(z + one, r), plain_sqrt(z - one, r)), r)


def plain_arcsinh(z: Array, r: Rounding) -> Array:
    """As nc_asinh."""
    return plain_log(plain_sqrt(constant(1, z) + product(z, z), r) + z, r)


def plain_arctanh(z: Array, r: Rounding) -> Array:
    """As nc_atanh."""
    one = constant(1, z)
    return product(constant(0.5, z), plain_log(quotient(one + z, one - z), r))


def plain_sin(z: Array, r: Rounding) -> Array:
    """As nc_sin."""
    return join(r(np.sin(z.real)) * r(np.cosh(z.imag)), r(np.cos(z.real)) * r(np.sinh(z.imag)))


def plain_cos(z: Array, r: Rounding) -> Array:
    """As nc_cos."""
    return join(r(np.cos(z.real)) * r(np.cosh(z.imag)), -r(np.sin(z.real)) * r(np.sinh(z.imag)))


def plain_tan(z: Array, r: Rounding) -> Array:
    """As nc_tan."""
    x, y = z.real, z.imag
    denominator = r(np.cos(2 * x)) + r(np.cosh(2 * y))
    far = np.sign(y) / (1.0 + r(np.exp(-4 * np.abs(y))))
    return join(r(np.sin(2 * x)) / denominator, np.where(np.abs(y) > 20, far, r(np.sinh(2 * y)) / denominator))


def plain_sinh(z: Array, r: Rounding) -> Array:
    """As nc_sinh."""
    return join(r(np.cos(z.imag)) * r(np.sinh(z.real)), r(np.sin(z.imag)) * r(np.cosh(z.real)))


def plain_cosh(z: Array, r: Rounding) -> Array:
    """As nc_cosh."""
    return join(r(np.cos(z.imag)) * r(np.cosh(z.real)), r(np.sin(z.imag)) * r(np.sinh(z.real)))


def plain_tanh(z: Array, r: Rounding) -> Array:
    """As nc_tanh."""
    turned = plain_tan(join(z.imag, z.real), r)
    return join(turned.imag, turned.real)


def plain_log10(z: Array, r: Rounding) -> Array:
    """As nc_log10."""
    log = plain_log(z, r)
    return join(log.real * float(np.log10(np.e)), log.imag * float(np.log10(np.e)))


def plain_log2(z: Array, r: Rounding) -> Array:
    """As nc_log2."""
    log = plain_log(z, r)
    return join(log.real * float(np.log2(np.e)), log.imag * float(np.log2(np.e)))


def plain_abs(z: Array, _r: Rounding) -> Array:
    """As nc_abs."""
    size = np.sqrt(z.real * z.real + z.imag * z.imag)
    return join(size, np.zeros_like(size))


def plain_sign(z: Array, _r: Rounding) -> Array:
    """As nc_sign."""
    size = np.sqrt(z.real * z.real + z.imag * z.imag)
    nan = np.isnan(z.real) | np.isnan(z.imag) | np.isnan(size)
    unit = join(z.real / size, z.imag / size)
    return np.where(nan, constant(complex(np.nan, np.nan), z), np.where(size == 0, constant(0, z), unit))


def plain_power(a: Array, b: Array, r: Rounding) -> Array:
    """As nc_pow for exponents that are not whole numbers."""
    return plain_exp(product(plain_log(a, r), b), r)


def plain_modulo(a: Array, b: Array) -> Array:
    """Compute a % b as plain does: not numpy's remainder, which corrects the sign and the rounding."""
    result: Array = a - np.floor(a / b) * b
    return result
