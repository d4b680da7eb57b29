"""Compute the coefficients and constants of src/coefficients.h and print that file. Needs mpmath.

Each polynomial is the Chebyshev interpolation of a smooth function over the range that its argument is reduced to; it
is close to the best one of its degree. The printed error is the largest difference, in powers of two, over the range,
before the coefficients are rounded to doubles.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath
from mpmath import mp, mpf

mp.dps = 60
Function = Callable[[mpf], mpf]


def interpolated(function: Function, low: mpf, high: mpf, degree: int) -> list[mpf]:
    """Return the coefficients, constant first, of the polynomial through the Chebyshev points of [low, high]."""
    count = degree + 1
    nodes = [(low + high) / 2 + (high - low) / 2 * mpmath.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    matrix = mpmath.matrix(count, count)
    for row, node in enumerate(nodes):
        for column in range(count):
            matrix[row, column] = node**column
    return list(mpmath.lu_solve(matrix, mpmath.matrix([function(node) for node in nodes])))


def error_bits(function: Function, coefficients: list[mpf], low: mpf, high: mpf) -> float:
    """Return log2 of the largest error at 500 points."""
    points = [low + (high - low) * k / 500 for k in range(501)]
    return float(mpmath.log(max(abs(mpmath.polyval(coefficients[::-1], x) - function(x)) for x in points), 2))


def series(function: Function, at_zero: mpf, threshold: str = "1e-25") -> Function:
    """Return the function with its limit put in near zero, where the formula divides zero by zero."""
    return lambda x: at_zero if abs(x) < mpf(threshold) else function(x)


def log_rest(z: mpf) -> mpf:
    """2/3 + 2/5 z + 2/7 z^2 …: what log((1+s)/(1-s)) = 2s + s z (…) leaves, with z = s^2."""
    s = mpmath.sqrt(z)
    return (2 * mpmath.atanh(s) / s - 2) / z


REDUCED = mpmath.log(2) / 2 * mpf("1.0001")
QUARTER = (mp.pi / 4) ** 2 * mpf("1.0001")
LOG_Z = (mpf("3") - 2 * mpmath.sqrt(2)) ** 2 * mpf("1.0001")
TAN_Z = (mpmath.sqrt(2) - 1) ** 2 * mpf("1.0001")

ROOT = mpmath.sqrt
POLYNOMIALS: list[tuple[str, str, Function, mpf, mpf, int]] = [
    ("EXP", "(e^r - 1 - r - r^2 / 2) / r^3", series(lambda r: (mpmath.expm1(r) - r - r**2 / 2) / r**3, mpf(1) / 6, "1e-12"), -REDUCED, REDUCED, 9),
    ("EXP_SHORT", "the same for float results", series(lambda r: (mpmath.expm1(r) - r) / r**2, mpf(1) / 2), -REDUCED, REDUCED, 5),
    ("LOG", "(2 artanh(s) / s - 2) / z, z = s^2", series(log_rest, mpf(2) / 3), mpf(0), LOG_Z, 7),
    ("LOG_SHORT", "the same for float results", series(log_rest, mpf(2) / 3), mpf(0), LOG_Z, 4),
    ("LOG_LONG", "(2 artanh(s) / s - 2 - 2z/3) / z^2, for powers", series(lambda z: (log_rest(z) - mpf(2) / 3) / z, mpf(2) / 5), mpf(0), LOG_Z, 7),
    ("SIN", "(sin(r) - r) / r^3 by z = r^2", series(lambda z: (mpmath.sin(ROOT(z)) / ROOT(z) - 1) / z, -mpf(1) / 6), mpf(0), QUARTER, 5),
    ("COS", "(cos(r) - 1 + z/2) / z^2, z = r^2", series(lambda z: (mpmath.cos(ROOT(z)) - 1 + z / 2) / z**2, mpf(1) / 24), mpf(0), QUARTER, 5),
    ("SIN_SHORT", "for float results", series(lambda z: (mpmath.sin(ROOT(z)) / ROOT(z) - 1) / z, -mpf(1) / 6), mpf(0), QUARTER, 3),
    ("COS_SHORT", "for float results", series(lambda z: (mpmath.cos(ROOT(z)) - 1 + z / 2) / z**2, mpf(1) / 24), mpf(0), QUARTER, 3),
    ("ASIN", "(asin(x) - x) / x^3 by z = x^2", series(lambda z: (mpmath.asin(ROOT(z)) / ROOT(z) - 1) / z, mpf(1) / 6), mpf(0), mpf("0.2501"), 13),
    ("ASIN_SHORT", "for float results", series(lambda z: (mpmath.asin(ROOT(z)) / ROOT(z) - 1) / z, mpf(1) / 6), mpf(0), mpf("0.2501"), 6),
    ("ATAN", "(atan(t) - t) / t^3 by z = t^2", series(lambda z: (mpmath.atan(ROOT(z)) / ROOT(z) - 1) / z, -mpf(1) / 3), mpf(0), TAN_Z, 11),
    ("ATAN_SHORT", "for float results", series(lambda z: (mpmath.atan(ROOT(z)) / ROOT(z) - 1) / z, -mpf(1) / 3), mpf(0), TAN_Z, 5),
    ("TAN", "(tan(r) - r) / r^3 by z = r^2", series(lambda z: (mpmath.tan(ROOT(z)) / ROOT(z) - 1) / z, mpf(1) / 3), mpf(0), QUARTER / 4, 9),
]  # fmt: skip


def parts(value: mpf, bits: list[int]) -> list[mpf]:
    """Cut a number into doubles, each with at most so many bits."""
    cut = []
    for count in bits:
        scale = mpf(2) ** (count - 1 - int(mpmath.floor(mpmath.log(abs(value), 2))))
        part = mpf(float(mpmath.nint(value * scale) / scale))
        cut.append(part)
        value -= part
    return cut


CONSTANTS: list[tuple[str, mpf, list[int]]] = [
    ("LN2", mpmath.log(2), [40, 53]),
    ("LN2_FULL", mpmath.log(2), [53, 53]),
    ("LOG2_E", 1 / mpmath.log(2), [53, 53]),
    ("LOG10_E", 1 / mpmath.log(10), [53, 53]),
    ("LOG10_2", mpmath.log10(2), [40, 53]),
    ("HALF_PI", mp.pi / 2, [53, 53, 53]),
    ("SHORT_HALF_PI", mp.pi / 2, [33, 33, 33, 53]),
    ("TWO_OVER_PI", 2 / mp.pi, [53]),
    ("PI", mp.pi, [53, 53]),
    ("QUARTER_PI", mp.pi / 4, [53, 53]),
    ("TWO_THIRDS", mpf(2) / 3, [53, 53]),
]


def main() -> None:
    """Print the header."""
    print("/* Written by tools/coefficients.py: change that, and run it again. */")
    print("#ifndef COEFFICIENTS_H\n#define COEFFICIENTS_H\n")
    for name, what, function, low, high, degree in POLYNOMIALS:
        coefficients = interpolated(function, low, high, degree)
        bits = error_bits(function, coefficients, low, high)
        print(f"/* {what}, error 2^{bits:.1f} */\nstatic const double {name}[] = {{")
        print("".join(f"    {float(value).hex()},\n" for value in coefficients) + "};\n")
    for name, value, bits in CONSTANTS:
        for index, part in enumerate(parts(value, bits)):
            print(f"#define {name}_{index} {float(part).hex()}")
    print("\n#endif")


if __name__ == "__main__":
    main()
