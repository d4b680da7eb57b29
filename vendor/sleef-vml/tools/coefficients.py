"""Compute the constants of src/coefficients.h and print that file. Needs gmpy2, as the session accuracy does.

Each polynomial goes through the Chebyshev points of a smooth function over the range that its argument is reduced to,
which is close to the best one of its degree. The error in its comment is the largest difference over that range, before
the coefficients are rounded to doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gmpy2
from gmpy2 import mpfr

BITS = 300
Number = Any  # mpfr: a class without types
Function = Callable[[Number], Number]


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """A function to be replaced, the range, and the degree of the polynomial that replaces it."""

    name: str
    meaning: str
    function: Function
    low: Number
    high: Number
    degree: int


def coefficients(wanted: Polynomial) -> list[Number]:
    """Return the coefficients, constant first: Newton's divided differences, multiplied out."""
    count = wanted.degree + 1
    middle, half = (wanted.low + wanted.high) / 2, (wanted.high - wanted.low) / 2
    nodes = [middle + half * gmpy2.cos(gmpy2.const_pi() * (2 * k + 1) / (2 * count)) for k in range(count)]
    differences = [wanted.function(node) for node in nodes]
    for order in range(1, count):
        for k in range(count - 1, order - 1, -1):
            differences[k] = (differences[k] - differences[k - 1]) / (nodes[k] - nodes[k - order])
    result = [mpfr(0)] * count
    for k in range(count - 1, -1, -1):
        shifted = [mpfr(0), *result[:-1]]
        result = [above - nodes[k] * own for above, own in zip(shifted, result, strict=True)]
        result[0] += differences[k]
    return result


def error_bits(wanted: Polynomial, found: list[Number]) -> float:
    """Return log2 of the largest error at 500 points."""
    most = mpfr(0)
    for k in range(1, 500):
        x = wanted.low + (wanted.high - wanted.low) * k / 500
        value = mpfr(0)
        for coefficient in reversed(found):
            value = value * x + coefficient
        most = max(most, abs(value - wanted.function(x)))
    return float(gmpy2.log2(most))


def odd_rest(function: Function) -> Function:
    """(f(x) - x) / x^3 of an odd function, by z = x^2."""

    def rest(z: Number) -> Number:
        x = gmpy2.sqrt(z)
        return (function(x) / x - 1) / z

    return rest


def log_rest(z: Number) -> Number:
    """2/3 + 2/5 z + 2/7 z^2 …: log((1 + s) / (1 - s)) = 2s + s z (…), z = s^2."""
    s = gmpy2.sqrt(z)
    return (2 * gmpy2.atanh(s) / s - 2) / z


def log_of_part(f: Number) -> Number:
    """1/3 - f/4 + f^2/5 …, for log(1 + f)."""
    return (gmpy2.log1p(f) - f + f**2 / 2) / f**3


def polynomials() -> Iterator[Polynomial]:
    """Return all of them. The ranges are a little wider than needed, for arguments that rounding put outside."""
    zero, wider, root_2 = mpfr(0), mpfr("1.0001"), gmpy2.sqrt(mpfr(2))
    reduced, quarter = gmpy2.const_log2() / 2 * wider, (gmpy2.const_pi() / 4) ** 2 * wider
    log_most, atan_most = (3 - 2 * root_2) ** 2 * wider, (root_2 - 1) ** 2 * wider

    def add(name: str, meaning: str, degree: int, function: Function, high: Number, low: Number = zero) -> Polynomial:
        return Polynomial(name=name, meaning=meaning, function=function, low=low, high=high, degree=degree)

    yield add("EXP", "(e^r - 1 - r - r^2 / 2) / r^3", 9, lambda r: (gmpy2.expm1(r) - r - r**2 / 2) / r**3, reduced, -reduced)
    yield add("EXP_SHORT", "(e^r - 1 - r) / r^2, for floats", 5, lambda r: (gmpy2.expm1(r) - r) / r**2, reduced, -reduced)
    # Not quite symmetric: no point may be 0, where the formula divides zero by zero.
    yield add("EXP_SINGLE", "the same, in floats", 4, lambda r: (gmpy2.expm1(r) - r) / r**2, reduced, -reduced * wider)
    yield add("LOG_SINGLE", "(log(1 + f) - f + f^2 / 2) / f^3, in floats", 8, log_of_part, root_2 - 1, 1 / root_2 - 1)
    yield add("LOG", "(2 artanh(s) / s - 2) / z, z = s^2", 7, log_rest, log_most)
    yield add("LOG_SHORT", "the same, for floats", 4, log_rest, log_most)
    yield add("LOG_LONG", "the same without its first term, divided by z", 7, lambda z: (log_rest(z) - mpfr(2) / 3) / z, log_most)
    yield add("SIN", "(sin(r) - r) / r^3 by z = r^2", 6, odd_rest(gmpy2.sin), quarter)
    yield add("COS", "(cos(r) - 1 + z / 2) / z^2, z = r^2", 5, lambda z: (gmpy2.cos(gmpy2.sqrt(z)) - 1 + z / 2) / z**2, quarter)
    yield add("SIN_SHORT", "that of the sine, for floats", 3, odd_rest(gmpy2.sin), quarter)
    yield add("COS_SHORT", "that of the cosine, for floats", 3, lambda z: (gmpy2.cos(gmpy2.sqrt(z)) - 1 + z / 2) / z**2, quarter)
    yield add("ASIN", "(asin(x) - x) / x^3 by z = x^2", 13, odd_rest(gmpy2.asin), mpfr("0.2501"))
    yield add("ATAN", "(atan(t) - t) / t^3 by z = t^2", 11, odd_rest(gmpy2.atan), atan_most)
    yield add("ATAN_SHORT", "the same, for floats", 6, odd_rest(gmpy2.atan), atan_most)


def constants() -> Iterator[tuple[str, Number, list[int]]]:
    """Return names, values, and the bits of the doubles that each is cut into."""
    pi, log_2 = gmpy2.const_pi(), gmpy2.const_log2()
    yield "LN2", log_2, [40, 53]
    yield "LN2_SINGLE", log_2, [15, 24]
    yield "LN2_FULL", log_2, [53]
    yield "LOG2_E", 1 / log_2, [53, 53]
    yield "LOG10_E", 1 / gmpy2.log(mpfr(10)), [53, 53]
    yield "LOG10_2", gmpy2.log10(mpfr(2)), [40, 53]
    yield "PI", pi, [53, 53]
    yield "HALF_PI", pi / 2, [53, 53, 53]
    yield "SHORT_HALF_PI", pi / 2, [33, 33, 33, 53]
    yield "QUARTER_PI", pi / 4, [53, 53]
    yield "TWO_OVER_PI", 2 / pi, [53]
    yield "TWO_THIRDS", mpfr(2) / 3, [53, 53]


# A double is less than 2^1024, and three words more decide on what remains of it.
WORDS, WORD = 20, 64


def two_over_pi() -> list[int]:
    """Return 2 / pi, after a word of zeros, as words of 64 bits: enough for the largest double."""
    with gmpy2.context(gmpy2.get_context(), precision=WORDS * WORD + 64):
        whole = int(gmpy2.floor(2 / gmpy2.const_pi() * mpfr(2) ** ((WORDS - 1) * WORD)))
    return [whole >> (WORD * (WORDS - 1 - index)) & (2**WORD - 1) for index in range(WORDS)]


def parts(value: Number, bits: list[int]) -> list[float]:
    """Cut a number into doubles, each with at most so many bits."""
    cut = []
    for count in bits:
        with gmpy2.context(gmpy2.get_context(), precision=count):
            part = +value
        cut.append(float(part))
        value -= part
    return cut


def main() -> None:
    """Print the header."""
    gmpy2.get_context().precision = BITS
    print("/* Written by tools/coefficients.py: change that, and run it again. */")
    print("#ifndef COEFFICIENTS_H\n#define COEFFICIENTS_H\n\n#include <stdint.h>\n")
    for wanted in polynomials():
        found = coefficients(wanted)
        print(f"/* {wanted.meaning}, error 2^{error_bits(wanted, found):.1f} */")
        print(f"static const double {wanted.name}[] = {{")
        print("".join(f"    {float(value).hex()},\n" for value in found) + "};\n")
    for name, value, bits in constants():
        for index, part in enumerate(parts(value, bits)):
            print(f"#define {name}_{index} {part.hex()}")
    print(f"\n/* 2 / pi behind the binary point, after {WORD} zeros. */")
    print("static const uint64_t TWO_OVER_PI_WORDS[] = {")
    print("".join(f"    UINT64_C(0x{word:016x}),\n" for word in two_over_pi()) + "};")
    print("\n#endif")


if __name__ == "__main__":
    main()
