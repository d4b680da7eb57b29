"""One installed numexpr, asked questions line by line: JSON in, JSON out, until its input ends.

Run as a file, in an environment that holds numpy and numexpr: python -I worker.py ELEMENTS SEED. It stays, so that the
rounds of several wheels can be interleaved within milliseconds, and sleeps while it is not asked.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from typing import Any

import numpy as np

import numexpr


def operands(elements: int, seed: int) -> dict[str, Any]:
    """Return the operands by name, the same for every wheel; see expressions.py."""
    chance = np.random.default_rng(seed)
    a, b = (chance.uniform(0.1, 2.0, elements) for _ in "ab")
    c = chance.uniform(-2.0, 2.0, elements)
    i, j = (chance.integers(1, 100, elements).astype(np.int32) for _ in "ij")
    p, q = (chance.random(elements) > 0.5 for _ in "pq")
    return {
        "a": a, "b": b, "c": c,
        "f": a.astype(np.float32), "g": b.astype(np.float32), "h": c.astype(np.float32),
        "z": a + 1j * c, "w": b - 1j * a,
        "i": i, "j": j, "k": i.astype(np.int64), "l": j.astype(np.int64),
        "p": p, "q": q,
        "s": np.repeat(a, 2)[::2],
    }  # fmt: skip


def prepare(text: str, values: dict[str, Any], threads: int) -> Any:
    """Compile an expression, make its result's array where it needs one, and return the result."""
    numexpr.set_num_threads(threads)
    result = numexpr.evaluate(text, values)
    if np.ndim(result):
        numexpr.evaluate(text, values, out=np.empty_like(result))  # re_evaluate() then writes there again
    return result


def sample(values: dict[str, Any], calls: int) -> float:
    """Return the seconds that one call takes, over so many calls."""
    start = time.perf_counter()
    for _ in range(calls):
        numexpr.re_evaluate(values)
    return (time.perf_counter() - start) / calls


def distance(ours: str, theirs: str) -> dict[str, Any]:
    """Return how far two saved results are apart: the elements that differ, and the largest relative difference."""
    here, there = np.load(ours), np.load(theirs)
    if here.dtype != there.dtype or here.shape != there.shape:
        return {"differ": int(here.size), "relative": None}
    parts = [(here.real, there.real), (here.imag, there.imag)] if here.dtype.kind == "c" else [(here, there)]
    same = np.ones(here.shape, dtype=bool)
    worst = 0.0
    with np.errstate(all="ignore"):
        for one, other in parts:
            same &= (one == other) | ((one != one) & (other != other))
            apart = np.abs(one.astype(np.float64) - other.astype(np.float64)) / np.maximum(np.abs(here), np.abs(there))
            worst = max(worst, float(np.nanmax(apart, initial=0.0)))
    return {"differ": int(np.count_nonzero(~same)), "relative": worst}


def answer(question: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Answer one question: who are you; what is an expression's result; how long does it take."""
    if question["ask"] == "identity":
        return {
            "numexpr": numexpr.__version__, "place": numexpr.__file__, "numpy": np.__version__,
            "python": sys.version.split()[0], "vml": numexpr.get_vml_version() or "", "cores": numexpr.detect_number_of_cores(),
        }  # fmt: skip
    if question["ask"] == "distance":
        return distance(question["ours"], question["theirs"])
    result = prepare(question["text"], values, question["threads"])
    if question["ask"] == "bits":
        array = np.ascontiguousarray(result)
        if question["save"]:
            np.save(question["save"], array)
        return {"sha256": hashlib.sha256(array.tobytes()).hexdigest(), "dtype": str(array.dtype)}
    return {"seconds": sample(values, question["calls"])}


def main() -> None:
    """Answer until the input ends; what cannot be computed is an answer as well."""
    elements, seed = map(int, sys.argv[1:3])
    values = operands(elements, seed)
    for line in sys.stdin:
        try:
            said = answer(json.loads(line), values)
        except Exception as error:  # noqa: BLE001 - whatever a wheel does, the comparison goes on with the others
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
