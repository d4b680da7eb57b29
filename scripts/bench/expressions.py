"""The named expressions that wheels are compared by, and the operands that they are given."""

from __future__ import annotations

from dataclasses import dataclass

ELEMENTS = 200_000
SEED = 20260718


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One expression; `kind` is the group it is shown in.

    a, b, c are float64, f, g, h float32, z, w complex128, i, j int32, k, l int64, p, q bool; s is float64 and strided.
    """

    kind: str
    name: str
    text: str


def _group(kind: str, named: str) -> tuple[Expression, ...]:
    pairs = (line.split(":", 1) for line in named.strip().splitlines())
    return tuple(Expression(kind=kind, name=name.strip(), text=text.strip()) for name, text in pairs)


ARITHMETIC, COMPARISON, REDUCTION = "arithmetic", "comparison", "reduction"
TRANSCENDENTAL, SINGLE, COMPLEX = "transcendental, float64", "transcendental, float32", "complex128"

EXPRESSIONS = (
    *_group(ARITHMETIC, """
        linear: 2*a + 3*b
        polynomial: a**3 + 2*b**2
        quotient: a/b + c
        modulo: a % b
        root: sqrt(a)
        float32: 2*f + 3*g
        int32: i*j + i
        int64: k*l + k
        mixed: a*f + i
        rounding: floor(c) + ceil(b)
        strided: s + 1
    """),
    *_group(COMPARISON, """
        greater: a > b
        between: (a > 0.5) & (a < 1.5)
        boolean: (p & q) | ~p
        where: where(a > b, a, b)
        maximum: maximum(a, b)
        isnan: isnan(a)
    """),
    *_group(REDUCTION, """
        sum: sum(a)
        sum of squares: sum(a*a)
        minimum: min(c)
        sum of int64: sum(k)
    """),
    *_group(TRANSCENDENTAL, """
        exp: exp(c)
        log: log(a)
        sin and cos: sin(a) + cos(b)
        power: a**b
        tanh: tanh(c)
        arctan2: arctan2(a, b)
        hypot: hypot(a, b)
        expm1: expm1(c)
        log1p: log1p(a)
        gauss: exp(-c**2 / 2)
    """),
    *_group(SINGLE, """
        exp f32: exp(h)
        log f32: log(f)
        sin f32: sin(h)
        power f32: f**g
        tanh f32: tanh(h)
    """),
    *_group(COMPLEX, """
        product: z*w + z
        absolute: real(abs(z))
        exp c128: exp(z)
        sqrt c128: sqrt(z)
        sin c128: sin(z)
    """),
)  # fmt: skip
