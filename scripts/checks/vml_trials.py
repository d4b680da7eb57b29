"""The trials: every function, random expressions, reductions and VML's settings, and the count of what went wrong."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

import numexpr
from scripts.checks import vml_expressions as expressions
from scripts.checks import vml_reference as reference
from scripts.checks.vml_functions import Function
from scripts.checks.vml_plain import Array, shaken
from scripts.checks.vml_values import BLOCK, LAYOUTS, LONGEST, SIZES, arguments_for

EXPRESSIONS = 300
MOST_FAILURES = 50

SIGNATURE_TYPES: dict[str, type] = {
    "float32": float,
    "float64": np.float64,
    "complex128": complex,
    "int32": np.int32,
    "int64": np.int64,
}

Run = Callable[[Sequence[Array]], Array]


@dataclass(kw_only=True)
class Tally:
    """What was tried and what went wrong. One trial is one array of answers."""

    seed: int
    plain: bool
    passed: int = 0
    failed: int = 0
    elements: int = 0
    undecided: int = 0
    of_expressions: int = 0
    trials: Counter[str] = field(default_factory=Counter)
    failed_trials: Counter[str] = field(default_factory=Counter)
    first_failures: dict[tuple[str, str, str], dict[str, object]] = field(default_factory=dict)

    def fail(self, function: str, **details: object) -> None:
        """Count a failed trial; keep the first of every type and way of calling."""
        self.failed += 1
        self.trials[function] += 1
        self.failed_trials[function] += 1
        kind = (function, str(details.get("dtype")), str(details.get("way")))
        if kind not in self.first_failures:
            plain = " --expect-plain" if self.plain else ""
            command = f'vml.py --json failures.json --seed {self.seed}{plain} --only "{function}"'
            self.first_failures[kind] = {"function": function, **details, "reproduce": command}

    def failures(self) -> list[dict[str, object]]:
        """Return up to MOST_FAILURES failures, every function's first one before any second one."""
        seen: Counter[str] = Counter()
        ranked: list[tuple[int, int, dict[str, object]]] = []
        for (function, *_), failure in sorted(self.first_failures.items(), key=lambda item: item[0][2] != "evaluate"):
            seen[function] += 1
            ranked.append((seen[function], len(ranked), failure))
        return [failure for _, _, failure in sorted(ranked, key=lambda entry: entry[:2])][:MOST_FAILURES]

    def succeed(self, function: str) -> None:
        """Count a trial that went well."""
        self.passed += 1
        self.trials[function] += 1

    def judge(
        self,
        function: str,
        wrong: NDArray[np.bool_],
        *,
        got: Array,
        answers: Sequence[Array],
        inputs: Sequence[Array],
        **details: object,
    ) -> None:
        """Count one array of answers; `wrong` says which of its elements are."""
        self.elements += got.size
        if not wrong.any():
            self.succeed(function)
            return
        index = int(np.flatnonzero(wrong)[0])
        self.fail(
            function,
            **details,
            size=got.size,
            wrong=int(wrong.sum()),
            index=index,
            inputs=[str(values.ravel()[index]) for values in inputs],
            got=str(got.ravel()[index]),
            expected=[str(answer.ravel()[index]) for answer in answers],
        )


def _compiled(expression: str, names: Sequence[str], dtypes: Sequence[str]) -> Callable[..., Array]:
    """Return the expression as a NumExpr object, called as users do: with arrays and nothing else."""
    signature = [(name, SIGNATURE_TYPES[dtype]) for name, dtype in zip(names, dtypes, strict=True)]
    run: Callable[..., Array] = numexpr.NumExpr(expression, signature)
    return run


def ways_to_run(expression: str, names: Sequence[str], dtypes: Sequence[str]) -> dict[str, Run]:
    """Return the ways in which users have an expression computed."""
    direct = _compiled(expression, names, dtypes)

    def evaluate(arrays: Sequence[Array]) -> Array:
        result: Array = numexpr.evaluate(expression, local_dict=dict(zip(names, arrays, strict=True)))
        return result

    def in_place(arrays: Sequence[Array]) -> Array:
        """Overwrite the first operand; its type has to be the result's."""
        operands = [np.array(arrays[0]), *arrays[1:]]
        numexpr.evaluate(expression, local_dict=dict(zip(names, operands, strict=True)), out=operands[0])
        return operands[0]

    return {"evaluate": evaluate, "NumExpr object": lambda arrays: direct(*arrays), "in place": in_place}


def _wrong(
    function: Function, got: Array, answers: Sequence[Array], inputs: Sequence[Array], *, tally: Tally
) -> NDArray[np.bool_]:
    """Tell which elements are wrong; of a plain build, only where its own formula says so beyond its rounding."""
    if got.dtype.kind != "c":
        return ~reference.real_agrees_with_any(got, answers, function.ulps)
    right = np.zeros(got.shape, dtype=np.bool_)
    unclear = np.logical_or.reduce([np.isnan(values) for values in inputs])
    if len(inputs) == 1:
        unclear |= np.isinf(inputs[0].real) & np.isinf(inputs[0].imag)
    for answer in answers:
        expected = answer.astype(got.dtype)
        right |= reference.complex_agrees(got, expected, reference.COMPLEX_ULPS, unclear=unclear, slack=function.slack)
    if tally.plain and function.plain is not None and not right.all():
        error = shaken(2, np.random.default_rng(tally.seed))
        others = [function.plain(*inputs, error) for _ in range(5)]
        exact = answers[-1]
        parts = [(abs(other.real - exact.real), abs(other.imag - exact.imag)) for other in others]
        spread = np.nan_to_num(np.max(parts, axis=(0, 1)), posinf=0.0)
        right |= reference.complex_agrees(got, exact, reference.COMPLEX_ULPS, unclear=unclear, slack=4 * spread)
    return ~right


def try_function(tally: Tally, function: Function, dtype: str, threads: int) -> None:
    """Try one function with one type on every size and layout, in every way."""
    rng = np.random.default_rng([tally.seed, *f"{function.name} {dtype}".encode()])
    arguments = arguments_for(rng, function, dtype)
    answers = function.references(arguments)
    names = "ab"[: len(arguments)]
    ways = ways_to_run(function.template, names, [dtype] * len(arguments))
    fits = ways["evaluate"]([argument[:1] for argument in arguments]).dtype == dtype
    for size in (*SIZES, LONGEST) if threads == 1 else (LONGEST,):
        chosen = (rng.integers(LONGEST) + np.arange(size)) % LONGEST
        values = [argument[chosen] for argument in arguments]
        expected = [answer[chosen] for answer in answers]
        number = np.asarray(values[-1][size // 2])
        one = [values[0], np.full_like(values[-1], number)][: len(values)]
        for layout, arrange in LAYOUTS.items():
            arrays = [arrange(value) for value in values]
            for way, run in ways.items():
                if way == "in place" and not (layout == "contiguous" and fits):
                    continue
                got = run(arrays)
                wrong = _wrong(function, got, expected, values, tally=tally)
                details = {"dtype": dtype, "layout": layout, "way": way, "threads": threads}
                tally.judge(function.name, wrong, got=got, answers=expected, inputs=values, **details)
        if len(values) == 2:
            expected = function.references(one)
            for way in ("evaluate", "NumExpr object"):
                got = ways[way]([values[0], number])
                wrong = _wrong(function, got, expected, one, tally=tally)
                details = {"dtype": dtype, "layout": "array and one number", "way": way, "threads": threads}
                tally.judge(function.name, wrong, got=got, answers=expected, inputs=one, **details)


def try_expressions(tally: Tally, pools: Sequence[int]) -> None:
    """Try random expressions on mixed types and layouts, with pools of so many threads."""
    chance = random.Random(tally.seed)  # noqa: S311
    rng = np.random.default_rng(tally.seed)
    for _ in range(EXPRESSIONS):
        node = expressions.generate(chance)
        names = sorted(node.names)
        dtypes = {name: chance.choice(["float32", "float64"]) for name in names}
        size = chance.choice([7, BLOCK + 1, 2 * BLOCK + 3])
        layouts = {name: chance.choice(list(LAYOUTS)) for name in names}
        values = expressions.operands(rng, dtypes, size)
        arrays = [LAYOUTS[layouts[name]](values[name]) for name in names]
        answers = expressions.answer(node, values, rng)
        ways = ways_to_run(node.text, names, [dtypes[name] for name in names])
        for threads in pools:
            numexpr.set_num_threads(threads)
            for way in ("evaluate", "NumExpr object"):
                got = ways[way](arrays)
                wrong, undecided = expressions.judge(got, answers)
                tally.undecided += int(undecided.sum())
                tally.of_expressions += got.size
                inputs = [values[name] for name in names]
                details = {"dtype": dtypes, "layout": layouts, "way": way, "threads": threads, "expression": node.text}
                tally.judge("random expressions", wrong, got=got, answers=[answers.exact], inputs=inputs, **details)


REDUCTIONS: dict[str, Callable[[Array, Array, int | None], Array]] = {
    "sum(exp(a) * b": lambda a, b, axis: np.sum(np.exp(a) * b, axis=axis),
    "prod(1 + sin(a) / (b * 1000)": lambda a, b, axis: np.prod(1 + np.sin(a) / (b * 1000), axis=axis),
    "min(maximum(a, b)": lambda a, b, axis: np.min(np.maximum(a, b), axis=axis),
    "max(sqrt(b) - tanh(a)": lambda a, b, axis: np.max(np.sqrt(b) - np.tanh(a), axis=axis),
}
# Reducing fewer than 64 rows, numexpr loops the other way round.
SHAPES = ((70, 130), (5, 3 * BLOCK), (3 * BLOCK, 5))


def try_reductions(tally: Tally, threads: int) -> None:
    """Try reductions of VML functions over both axes, with strided and broadcast operands."""
    rng = np.random.default_rng(tally.seed)
    for (rows, columns), (start, answer) in ((s, r) for s in SHAPES for r in REDUCTIONS.items()):
        a = rng.uniform(-1, 1, (2 * rows, 2 * columns))[::2, ::2]
        whole = rng.uniform(0.5, 1.5, (rows, columns))
        for axis in (None, 0, 1):
            text = f"{start})" if axis is None else f"{start}, axis={axis})"
            for layout, b in {"strided": whole, "one column": whole[:, :1], "one row": whole[:1]}.items():
                for way in ("evaluate", "NumExpr object"):
                    got = np.asarray(ways_to_run(text, "ab", ["float64"] * 2)[way]([a, b]))
                    expected = np.asarray(answer(a, b, axis))
                    wrong = ~(np.abs(got - expected) <= 1e-11 * np.maximum(1, np.abs(expected)))
                    details = {"expression": text, "layout": layout, "way": way, "threads": threads}
                    tally.judge("reductions", wrong, got=got, answers=[expected], inputs=[], dtype="float64", **details)


def try_strings(tally: Tally) -> None:
    """Try the one function of strings."""
    a = np.array([b"vector", b"maths", b"", b"library"] * 300)
    got = numexpr.evaluate("contains(a, b'ma')", local_dict={"a": a})
    expected = np.char.find(a, b"ma") >= 0
    tally.judge("contains", got != expected, got=got, answers=[expected], inputs=[a])


def try_settings(tally: Tally) -> None:
    """Try what VML can be told: the limit on its threads, and its accuracy, which holds for every thread."""
    before = numexpr.utils.get_vml_num_threads()
    for limit in (3, 1, before):
        numexpr.set_vml_num_threads(limit)
        found = numexpr.utils.get_vml_num_threads()
        if found == limit:
            tally.succeed("set_vml_num_threads")
        else:
            tally.fail("set_vml_num_threads", inputs=[str(limit)], got=str(found), expected=[str(limit)])
    for mode in ("low", "high"):
        numexpr.set_vml_accuracy_mode(mode)
        seen: list[str | None] = []
        other = threading.Thread(target=lambda seen=seen: seen.append(numexpr.set_vml_accuracy_mode("high")))
        other.start()
        other.join()
        if seen == [mode]:
            tally.succeed("set_vml_accuracy_mode")
        else:
            tally.fail("set_vml_accuracy_mode", inputs=[mode], got=str(seen), expected=[mode], way="second thread")
