"""On what a function is measured: dense in the range where it lives, random over all magnitudes, and special values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scripts.accuracy.measure_library import Array

# Where the interesting part of a function lies; beyond it the result is constant, infinite or NaN.
RANGES: dict[str, tuple[tuple[float, float], ...]] = {
    "Exp": ((-746, 710), (-1, 1), (-105, 90)),
    "Expm1": ((-40, 710), (-1, 1), (-20, 90), (-1e-3, 1e-3)),
    "Ln": ((0, 3), (0.7, 1.4), (0.99, 1.01), (0, 1e5)),
    "Log1p": ((-1, 3), (-0.01, 0.01), (-0.3, 0.42), (0, 1e5)),
    "Log2": ((0, 3), (0.7, 1.4), (0.99, 1.01), (0, 1e5)),
    "Log10": ((0, 3), (0.7, 1.4), (0.99, 1.01), (0, 1e5)),
    "Sin": ((-10, 10), (-100, 100), (-1e5, 1e5), (-1e9, 1e9)),
    "Cos": ((-10, 10), (-100, 100), (-1e5, 1e5), (-1e9, 1e9)),
    "Tan": ((-10, 10), (-100, 100), (-1e5, 1e5), (-1e9, 1e9)),
    "Asin": ((-1, 1), (-0.01, 0.01), (0.99, 1)),
    "Acos": ((-1, 1), (-0.01, 0.01), (0.99, 1)),
    "Atan": ((-5, 5), (-100, 100), (-0.5, 0.5)),
    "Sinh": ((-711, 711), (-1, 1), (-22, 22), (-90, 90)),
    "Cosh": ((-711, 711), (-1, 1), (-22, 22), (-90, 90)),
    "Tanh": ((-22, 22), (-1, 1), (-0.1, 0.1)),
    "Asinh": ((-3, 3), (-1e3, 1e3), (-0.3, 0.3)),
    "Acosh": ((1, 3), (1, 1.01), (1, 1e5)),
    "Atanh": ((-1, 1), (-0.1, 0.1), (0.99, 1)),
    "Sqrt": ((0, 4), (0, 1e10)),
}
# Two arguments: the ranges of both.
PAIRS: dict[str, tuple[tuple[tuple[float, float], tuple[float, float]], ...]] = {
    "Pow": (((0, 3), (-30, 30)), ((0, 1e3), (-100, 100)), ((0.9, 1.1), (-3000, 3000)), ((-10, 10), (0, 5))),
    "Atan2": (((-1, 1), (-1, 1)), ((-10, 10), (-0.1, 0.1)), ((-1, 1), (-1e3, 1e3))),
    "Hypot": (((-1, 1), (-1, 1)), ((-1e3, 1e3), (-1, 1))),
    "Div": (((-10, 10), (-10, 10)),),
}
SQUARE = ((-3.0, 3.0), (-30.0, 30.0), (-1e-3, 1e-3))


def specials(dtype: str) -> Array:
    """Return the values that functions get wrong, with both signs, and the neighbours of each."""
    info = np.finfo(dtype)
    values = [0.0, 1.0, 2.0, 3.0, 0.5, 1.5, 2.5, 0.1, 10.0, 20.0, 1e5, 1e10, 1e15, 2.0**31, 2.0**52, 2.0**63, 1e22]
    values += [np.pi * k / 4 for k in range(1, 60)] + [np.log(2) * k / 2 for k in range(1, 20)]
    values += [88.0, 88.72284, 89.0, 89.41599, 103.97, 104.0, 709.0, 709.782712893384, 710.0, 710.4758600739439]
    values += [745.0, 745.1332191019412, 746.0, 1e30, 1e-5, 1e-10, 1e-30, np.inf, np.nan]
    edges = [info.max, info.max / 2, info.tiny, info.tiny / 2, info.smallest_subnormal, info.eps, info.epsneg]
    with np.errstate(over="ignore"):
        middle = np.concatenate([np.array(values).astype(dtype), np.array(edges, dtype=dtype)])
        near = [np.nextafter(middle, np.array(side, dtype=dtype)) for side in (np.inf, -np.inf)]
        both = np.concatenate([middle, *near])
    return np.concatenate([both, -both])


def any_magnitude(rng: np.random.Generator, dtype: str, count: int) -> Array:
    """Return random bit patterns: every exponent alike, both signs, subnormal numbers; no NaN."""
    kind = np.uint32 if dtype == "float32" else np.uint64
    bits = rng.integers(0, np.iinfo(kind).max, size=count, dtype=kind, endpoint=True)
    values = bits.view(dtype)
    numbers: Array = np.where(np.isnan(values), np.array(1, dtype=dtype), values)
    return numbers


def _dense(rng: np.random.Generator, low: float, high: float, count: int, dtype: str) -> Array:
    """Return one random value in each of `count` equal steps."""
    values: Array = (low + (high - low) * (np.arange(count) + rng.random(count)) / count).astype(dtype)
    return values


def _near_and_far(rng: np.random.Generator, dtype: str, count: int) -> Array:
    """Return moderate magnitudes, from 2**-30 to 2**10, more of which give an ordinary result."""
    values: Array = (np.exp2(rng.uniform(-30, 10, count)) * rng.choice([-1.0, 1.0], count)).astype(dtype)
    return values


def unary(rng: np.random.Generator, name: str, dtype: str, count: int) -> Array:
    """Return about `count` arguments of a function of one."""
    ranges = RANGES.get(name, ((-10.0, 10.0), (-1e5, 1e5)))
    share = count // (len(ranges) + 2)
    parts = [_dense(rng, low, high, share, dtype) for low, high in ranges]
    return np.concatenate([specials(dtype), *parts, any_magnitude(rng, dtype, share), _near_and_far(rng, dtype, share)])


def binary(rng: np.random.Generator, name: str, dtype: str, count: int) -> list[Array]:
    """Return about `count` pairs of arguments."""
    edge = specials(dtype)
    chosen = rng.permutation(len(edge) ** 2)[: count // 4]
    pairs = [[edge[chosen // len(edge)], edge[chosen % len(edge)]]]
    pairs += [list(pair) for pair in _random_pairs(rng, name, dtype, count * 3 // 4)]
    return [np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)]


def _random_pairs(rng: np.random.Generator, name: str, dtype: str, count: int) -> Iterator[tuple[Array, Array]]:
    ranges = PAIRS.get(name, (((-10.0, 10.0), (-10.0, 10.0)),))
    share = count // (len(ranges) + 2)
    for first, second in ranges:
        yield rng.uniform(*first, share).astype(dtype), rng.uniform(*second, share).astype(dtype)
    yield any_magnitude(rng, dtype, share), any_magnitude(rng, dtype, share)
    yield _near_and_far(rng, dtype, share), _near_and_far(rng, dtype, share)


def _next_to_axes(rng: np.random.Generator, count: int) -> Array:
    """Return complex numbers one part of which is zero, or so small that its square is."""
    values = np.empty((count, 2))
    values[:, 0] = np.where(rng.random(count) < 0.1, 1.0, _near_and_far(rng, "float64", count)) * rng.choice([-1.0, 1.0], count)
    values[:, 1] = np.exp2(rng.uniform(-1074, -540, count)) * rng.choice([-1.0, -0.0, 0.0, 1.0], count)
    return np.ascontiguousarray(rng.permuted(values, axis=1)).view(np.complex128)[:, 0]


def complex_plane(rng: np.random.Generator, count: int) -> Array:
    """Return about `count` finite complex numbers: around zero, around one, of all magnitudes, on the axes and next to them."""
    share = count // (len(SQUARE) + 4)
    parts = [rng.uniform(*side, share) + 1j * rng.uniform(*side, share) for side in SQUARE]
    parts.append(1 + (np.exp2(rng.uniform(-40, 0, share)) * np.exp(1j * rng.uniform(-np.pi, np.pi, share))))
    sizes = np.exp2(rng.uniform(-330, 330, share))
    parts.append(sizes * np.exp(1j * rng.uniform(-np.pi, np.pi, share)))
    parts += [_next_to_axes(rng, share), any_magnitude(rng, "float64", 2 * share).view(np.complex128)]
    return np.concatenate(parts)
