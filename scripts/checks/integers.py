"""Whole numbers, which C libraries and compilers get wrong without a word.

With MinGW's llroundl on an x87 that rounds to 53 bits 3**3 was 1; where long has 32 bits, round(2**40) was 0. Runs on the
installed wheel alone; every value has a known answer in Python's own integers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy

import numexpr

# Beyond it a double no longer tells neighbouring integers apart, and upstream computes powers of integers as doubles.
EXACT = 2**53
BASES = (-7, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10, 12, 127, 1000)
EXPONENTS = tuple(range(1, 54))
FUNCTIONS: dict[str, Callable[[int], int]] = {"sign": lambda x: (x > 0) - (x < 0), "round": int}


def wrong_powers() -> tuple[int, list[str]]:
    """Return how many powers were computed, and a line for each that is not what Python's integers say."""
    count, wrong = 0, []
    for kind in (numpy.int32, numpy.int64):
        most = min(EXACT, int(numpy.iinfo(kind).max))
        for base in BASES:
            exponents = [one for one in EXPONENTS if abs(base**one) <= most]
            values = {"a": numpy.full(len(exponents), base, dtype=kind), "b": numpy.array(exponents, dtype=kind)}
            count += len(exponents)
            for exponent, value in zip(exponents, numexpr.evaluate("a ** b", values).tolist(), strict=True):
                if value != base**exponent:
                    wrong.append(f"{kind.__name__}: {base} ** {exponent} is {base**exponent}, got {value}")
    return count, wrong


def wrong_functions() -> tuple[int, list[str]]:
    """Return how many values of functions were computed, and a line for each that is wrong."""
    count, wrong = 0, []
    for kind in (numpy.int32, numpy.int64):
        bits = numpy.iinfo(kind).bits
        numbers = [side * (2**place + more) for place in range(bits - 1) for more in (-1, 0) for side in (1, -1)]
        for name, function in FUNCTIONS.items():
            got = numexpr.evaluate(f"{name}(a)", {"a": numpy.array(numbers, dtype=kind)}).tolist()
            count += len(numbers)
            for number, value in zip(numbers, got, strict=True):
                if value != function(number):
                    wrong.append(f"{kind.__name__}: {name}({number}) is {function(number)}, got {value}")
    return count, wrong


def main() -> int:
    """Print and write what was found; 1 where a value is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, required=True)
    report = parser.parse_args().json
    found = (wrong_powers(), wrong_functions())
    count, wrong = sum(one[0] for one in found), [line for one in found for line in one[1]]
    for line in wrong:
        print(line)
    report.write_text(json.dumps({"passed": count - len(wrong), "failed": len(wrong)}), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
