"""What functions are tried on: values that they get wrong and values at random, in several sizes and memory layouts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import numexpr
from scripts.checks import vml_plain as plain
from scripts.checks.vml_functions import Function
from scripts.checks.vml_plain import Array

BLOCK = int(getattr(numexpr, "__BLOCK_SIZE1__", 1024))
SIZES = (1, 2, 3, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3)
LONGEST = 5 * BLOCK + 17  # long enough for every thread of a pool to get work


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
