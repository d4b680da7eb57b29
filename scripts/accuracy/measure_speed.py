"""Measure how fast the functions of vector maths libraries are, in nanoseconds per element, and numpy beside them.

Run as a module in an environment with numpy: python -m scripts.accuracy.measure_speed NAME=LIBRARY[:LEVEL[:MODE]] …
--json OUT. One thread, arrays of 1,024 elements as numexpr's blocks are, ordinary arguments; rounds go through all
libraries in turn, so that whatever else the machine does falls on all of them, and the best round counts.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from scripts.accuracy.measure_library import LETTERS, Array, VectorLibrary

SIZE = 1024
ROUNDS = 15
ROUND_SECONDS = 0.002
# What only this library has is no function of a vector maths library.
REFERENCE = "libm"

# By function: what numpy calls it, and the range of ordinary arguments.
UNARY = {
    "Exp": ("exp", -10, 10), "Expm1": ("expm1", -3, 3), "Ln": ("log", 0.01, 100), "Log1p": ("log1p", -0.9, 10),
    "Log2": ("log2", 0.01, 100), "Log10": ("log10", 0.01, 100), "Sin": ("sin", -10, 10), "Cos": ("cos", -10, 10),
    "Tan": ("tan", -10, 10), "Asin": ("arcsin", -1, 1), "Acos": ("arccos", -1, 1), "Atan": ("arctan", -10, 10),
    "Sinh": ("sinh", -10, 10), "Cosh": ("cosh", -10, 10), "Tanh": ("tanh", -3, 3), "Asinh": ("arcsinh", -10, 10),
    "Acosh": ("arccosh", 1, 20), "Atanh": ("arctanh", -1, 1), "Sqrt": ("sqrt", 0, 10), "Floor": ("floor", -99, 99),
    "Ceil": ("ceil", -99, 99), "Rint": ("rint", -99, 99), "Trunc": ("trunc", -99, 99), "Abs": ("absolute", -9, 9),
}  # fmt: skip
BINARY = {
    "Div": ("divide", (-10, 10), (1, 10)), "Pow": ("power", (0.01, 20), (-5, 5)),
    "Atan2": ("arctan2", (-5, 5), (-5, 5)), "Hypot": ("hypot", (-5, 5), (-5, 5)),
    "Fmax": ("fmax", (-5, 5), (-5, 5)), "Fmin": ("fmin", (-5, 5), (-5, 5)),
    "CopySign": ("copysign", (-5, 5), (-5, 5)), "NextAfter": ("nextafter", (-5, 5), (-5, 5)),
}  # fmt: skip
COMPLEX = {
    "Conj": "conjugate", "Sqrt": "sqrt", "Exp": "exp", "Ln": "log", "Log10": "log10", "Sin": "sin", "Cos": "cos",
    "Tan": "tan", "Asin": "arcsin", "Acos": "arccos", "Atan": "arctan", "Sinh": "sinh", "Cosh": "cosh",
    "Tanh": "tanh", "Asinh": "arcsinh", "Acosh": "arccosh", "Atanh": "arctanh",
}  # fmt: skip


def operands(name: str, dtype: str) -> tuple[str, list[Array]]:
    """Return numpy's name of a function and ordinary arguments for it."""
    rng = np.random.default_rng(list(name.encode()))
    if dtype == "complex128":
        return COMPLEX[name], [rng.uniform(-3, 3, SIZE) + 1j * rng.uniform(-3, 3, SIZE)]
    if name in BINARY:
        numpy_name, *ranges = BINARY[name]
        return numpy_name, [rng.uniform(*side, SIZE).astype(dtype) for side in ranges]
    numpy_name, low, high = UNARY[name]
    return numpy_name, [rng.uniform(low, high, SIZE).astype(dtype)]


def _timed(call: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - started) / count


def best_times(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the seconds of one call of each, the best of rounds that take turns."""
    counts = {name: max(1, int(ROUND_SECONDS / max(min(_timed(call, 3), _timed(call, 3)), 1e-7))) for name, call in calls.items()}
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            best[name] = min(best[name], _timed(call, counts[name]))
    return best


def nanoseconds(libraries: Mapping[str, VectorLibrary], name: str, dtype: str, rounds: int) -> dict[str, float]:
    """Return the nanoseconds an element of one function in every library that has it, and in numpy."""
    numpy_name, inputs = operands(name, dtype)
    ufunc = getattr(np, numpy_name)

    def calls(size: int, label: str) -> dict[str, Callable[[], object]]:
        arrays = [array[:size] for array in (*inputs, np.empty_like(inputs[0]))]
        made: dict[str, Callable[[], object]] = {
            f"{label} {one}": library.raw(name, arrays) for one, library in libraries.items() if library.has(name, dtype)
        }
        return {**made, f"{label} numpy": lambda: ufunc(*arrays[:-1], out=arrays[-1])}

    best = best_times({**calls(SIZE, "all"), **calls(0, "none")}, rounds)
    labels = [label.removeprefix("all ") for label in best if label.startswith("all ")]
    return {label: max(0.0, best[f"all {label}"] - best[f"none {label}"]) / SIZE * 1e9 for label in labels}


def cells() -> list[tuple[str, str]]:
    """Return every function and type."""
    real = [(name, dtype) for name in (*UNARY, *BINARY) for dtype in ("float64", "float32")]
    return real + [(name, "complex128") for name in COMPLEX]


def _loaded(word: str) -> tuple[str, VectorLibrary]:
    label, _, rest = word.partition("=")
    path, level, mode, *_ = [*rest.split(":"), "", ""]
    library = VectorLibrary(Path(path), level)
    library.set_mode(mode or "high")
    return label, library


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("libraries", nargs="+", metavar="NAME=LIBRARY[:LEVEL[:MODE]]")
    parser.add_argument("--only", nargs="+", default=[], help="functions, such as Exp or Exp:float32")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="where the rows go")
    return parser.parse_args(words)


def main() -> None:
    """Measure, print and save."""
    options = parse()
    libraries = dict(_loaded(word) for word in options.libraries)
    labels = [*libraries, "numpy"]
    rows = []
    print(f"{'function':12}" + "".join(f"{label:>12}" for label in labels) + "   ns per element")
    for name, dtype in cells():
        if options.only and name not in options.only and f"{name}:{dtype}" not in options.only:
            continue
        if not any(library.has(name, dtype) for label, library in libraries.items() if label != REFERENCE):
            continue
        times = nanoseconds(libraries, name, dtype, options.rounds)
        rows.append({"function": name, "dtype": dtype, "nanoseconds": times})
        shown = "".join(f"{times[label]:12.2f}" if label in times else f"{'-':>12}" for label in labels)
        print(f"{LETTERS[dtype] + ' ' + name:12}" + shown, flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
