"""Measure how exact the functions of a vector maths library are, at each of its levels, against MPFR and MPC.

Run as a module in an environment with numpy and gmpy2:
python -m scripts.accuracy.measure LIBRARY --levels sse2 avx2 --json OUT. Errors are in ULP (units in the last place of
the exact result's float); a wrong NaN, infinity or sign of zero counts as an infinite error.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from scripts.accuracy import measure_arguments as arguments
from scripts.accuracy.figures import Errors
from scripts.accuracy.measure_library import Array, VectorLibrary
from scripts.accuracy.measure_reference import COMPLEX, EXACT, REAL, Answer, complex_answer, last_places, real_answer

BINARY = frozenset({"Div", "Hypot", "Atan2", "Pow", "Fmax", "Fmin", "CopySign", "NextAfter"})


def _distance(got: Array, answer: Answer, size: Array) -> Array:
    """Return how far `got` is from the exact answer, in units of `size`; the first difference is exact where it is small."""
    distance: Array = np.abs((got - answer.near) / size - answer.rest * (last_places(answer.near) / size))
    return distance


def ulps(got: Array, answer: Answer) -> Array:
    """Return the error of each element; inf for a wrong NaN, infinity or zero's sign."""
    with np.errstate(all="ignore"):
        expected = answer.near.astype(got.dtype)
        error = _distance(got.astype(np.float64), answer, last_places(expected))
    finite = np.isfinite(got) & np.isfinite(expected)
    same = (np.isnan(got) & np.isnan(expected)) | ((got == expected) & ~finite)
    error = np.where(finite, error, np.where(same, 0.0, np.inf))
    # Where the exact result is zero, and where it underflows to zero, its sign has to be right.
    signs = (expected == 0) & (got == 0) & (np.signbit(got) != np.signbit(expected))
    result: Array = np.where(signs, np.inf, error)
    return result


def complex_ulps(got: Array, answers: tuple[Answer, Answer]) -> Array:
    """Return the larger error of the two parts, in ULP of the larger part, as is usual for complex functions."""
    parts = [got.real, got.imag]
    with np.errstate(all="ignore"):
        size = last_places(np.maximum(np.abs(answers[0].near), np.abs(answers[1].near)))
        distances = [_distance(part, one, size) for part, one in zip(parts, answers, strict=True)]
        errors: Array = np.nan_to_num(np.maximum(*distances), nan=np.inf)
    return errors


def exact_ulps(got: Array, expected: Array) -> Array:
    """Return 0 where every bit is right (any NaN for a NaN; either zero of two), inf elsewhere."""
    errors: Array = np.where((np.isnan(got) & np.isnan(expected)) | (got == expected), 0.0, np.inf)
    return errors


def _row(function: str, dtype: str, level: str, mode: str, errors: Array, inputs: Sequence[Array]) -> Errors:
    index = int(np.argmax(errors))
    finite = errors[np.isfinite(errors)]
    return Errors(
        function=function,
        dtype=dtype,
        level=level,
        mode=mode,
        count=len(errors),
        most=float(errors[index]),
        mean=float(finite.mean()) if len(finite) else math.inf,
        worst=", ".join(repr(one[index].item()) for one in inputs),
    )


def real_rows(
    libraries: dict[str, VectorLibrary], name: str, dtype: str, *, count: int, seed: int, mode: str
) -> Iterator[Errors]:
    """Measure one real function for one type at every level, on the same arguments."""
    rng = np.random.default_rng([seed, *f"{name} {dtype}".encode()])
    inputs = arguments.binary(rng, name, dtype, count) if name in BINARY else [arguments.unary(rng, name, dtype, count)]
    errors_of: Callable[[Array], Array]
    if name in EXACT:
        with np.errstate(all="ignore"):
            errors_of = partial(exact_ulps, expected=EXACT[name](*inputs))
    else:
        errors_of = partial(ulps, answer=real_answer(name, inputs))
    for level, library in libraries.items():
        yield _row(name, dtype, level, mode, errors_of(library.call(name, *inputs)), inputs)


def complex_rows(libraries: dict[str, VectorLibrary], name: str, *, count: int, seed: int, mode: str) -> Iterator[Errors]:
    """Measure one complex function at every level, on the same finite arguments."""
    inputs = arguments.complex_plane(np.random.default_rng([seed, *name.encode()]), count)
    answers = complex_answer(name, inputs)
    finite = np.isfinite(answers[0].near) & np.isfinite(answers[1].near)
    for level, library in libraries.items():
        errors = np.where(finite, complex_ulps(library.call(name, inputs), answers), 0.0)
        yield _row(name, "complex128", level, mode, errors, [inputs])


def measure(libraries: dict[str, VectorLibrary], *, count: int, seed: int, mode: str, only: Sequence[str]) -> Iterator[Errors]:
    """Measure every function that the libraries have."""
    for library in libraries.values():
        library.set_mode(mode)
    first = next(iter(libraries.values()))
    for name in [*REAL, *EXACT]:
        for dtype in ("float64", "float32"):
            if (not only or name in only or f"{name}:{dtype}" in only) and first.has(name, dtype):
                yield from real_rows(libraries, name, dtype, count=count, seed=seed, mode=mode)
    for name in COMPLEX:
        if (not only or name in only or f"{name}:complex128" in only) and first.has(name, "complex128"):
            yield from complex_rows(libraries, name, count=max(count // 4, 1), seed=seed, mode=mode)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("library", type=Path, help="the shared library")
    parser.add_argument("--levels", nargs="+", default=[""], help="levels to force, such as sse2 avx2")
    parser.add_argument("--count", type=int, default=40_000, help="arguments of each function and type")
    parser.add_argument("--seed", type=int, default=20260718)
    parser.add_argument("--mode", choices=("low", "high", "fast"), default="high")
    parser.add_argument("--only", nargs="+", default=[], help="functions, such as Exp or Exp:float32")
    parser.add_argument("--json", type=Path, help="where the rows go")
    return parser.parse_args(words)


def main() -> None:
    """Measure, print and save."""
    options = parse()
    libraries = {level: VectorLibrary(options.library, level) for level in options.levels}
    rows = []
    print(f"{'function':12}{'type':12}{'level':10}{'count':>9}{'max ULP':>10}{'mean ULP':>10}  worst argument")
    for row in measure(libraries, count=options.count, seed=options.seed, mode=options.mode, only=options.only):
        rows.append(asdict(row))
        print(
            f"{row.function:12}{row.dtype:12}{row.level:10}{row.count:9}{row.most:10.3f}{row.mean:10.3f}  {row.worst}", flush=True
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
