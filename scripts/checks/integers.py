"""Integer powers, which a C library with a wrong llroundl gets wrong without a word: 3**3 was 1 (mingw on 53-bit x87).

Runs on the installed wheel alone; every value has a known answer in Python's own integers.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy

import numexpr

# Beyond it a double no longer tells neighbouring integers apart, and upstream computes powers of integers as doubles.
EXACT = 2**53
BASES = (-7, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10, 12, 127, 1000)
EXPONENTS = tuple(range(1, 54))


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


def main() -> int:
    """Print and write what was found; 1 where a power is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path, required=True)
    report = parser.parse_args().json
    count, wrong = wrong_powers()
    for line in wrong:
        print(line)
    report.write_text(json.dumps({"passed": count - len(wrong), "failed": len(wrong)}), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
