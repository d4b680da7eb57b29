"""A comparison as lines of text and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.bench.speed import PLAIN, Mean, Row, Speed


def _row(row: Row) -> str:
    note = "" if row.sure else f"  control {row.control:.3f}"
    bounds = f"{row.ratio.low:.2f}-{row.ratio.high:.2f}"
    return f"{row.name:16}{row.text:30}{row.nanoseconds:>10.2f}{row.ratio.value:>8.2f}  {bounds:12}{note}".rstrip()


def _mean_line(name: str, mean: Mean) -> str:
    return f"{name:46}{'':10}{mean.ratio.value:>8.2f}  {mean.ratio.low:.2f}-{mean.ratio.high:.2f}"


def _bits(speed: Speed) -> Iterator[str]:
    for variant in speed.wheels:
        differ = [one for one in speed.differences if one.variant == variant]
        names = {row.name for row in speed.rows}
        yield f"{variant}: the bits of {len(names) - len(differ)} of {len(names)} expressions are theirs" + (
            ":" if differ else ""
        )
        for one in differ:
            far = "another type or shape" if one.relative is None else f"at most {one.relative:.1e} apart"
            yield f"  {one.text}: {one.differ:,} elements differ, {far}"
        if variant == PLAIN and differ:
            yield "  plain is to be theirs bit by bit; look at what is listed"


def lines(speed: Speed) -> list[str]:
    """Return the whole comparison as lines of text."""
    found = [
        f"numexpr on {speed.machine['processor']}, CPython {speed.machine['python']}, numpy {speed.machine['numpy']}"
        + (f", {speed.machine['vml']}" if speed.machine["vml"] else ""),
        f"against {speed.opponent.path.name} from {speed.opponent.origin}, sha256 {speed.opponent.sha256}",
        f"speed over theirs, medians of {speed.rounds} rounds, with 95 % confidence; ns: their time for one element",
    ]
    for mean in speed.overall:
        found += ["", f"{mean.variant}, {mean.threads} thread{'s' if mean.threads > 1 else ''}"]
        found += [f"{'expression':16}{'':30}{'ns':>10}{'speed':>8}"]
        found += [_row(row) for row in speed.rows if (row.variant, row.threads) == (mean.variant, mean.threads)]
        found += [_mean_line(f"  {kind.kind}", kind) for kind in speed.kinds(mean)]
        found.append(_mean_line("geometric mean", mean) + f"  control {mean.control:.3f}")
    found += ["", *_bits(speed)]
    if speed.own:
        found += ["", "numexpr's own bench/ scripts, whole"]
    for script in speed.own:
        ratios = "  ".join(f"{variant} {ratio:.2f}" for variant, ratio in script.ratios.items())
        found.append(f"{script.name:26}{script.left_out or f'{script.seconds:.1f} s  {ratios}'}")
    return found


def _code(text: str) -> str:
    """Return an expression as Markdown code that may stand in a table."""
    return "`" + text.replace("|", "\\|") + "`"


def _mean(speed: Speed, mean: Mean) -> str:
    rows = [row for row in speed.rows if (row.variant, row.threads) == (mean.variant, mean.threads)]
    rows.sort(key=lambda row: row.ratio.value)
    return (
        f"| {mean.variant} | {mean.threads} | **{mean.ratio.value:.2f}** | {mean.ratio.low:.2f}-{mean.ratio.high:.2f} "
        f"| {rows[0].ratio.value:.2f} {_code(rows[0].text)} | {rows[-1].ratio.value:.1f} {_code(rows[-1].text)} |"
    )


def markdown(speed: Speed) -> str:
    """Return the comparison as Markdown: the means first, then what differs in bits."""
    parts = [
        f"Speed over `{speed.opponent.path.name}` ({speed.opponent.origin}) on {speed.machine['processor']}, "
        f"CPython {speed.machine['python']}, numpy {speed.machine['numpy']}"
        + (f", {speed.machine['vml']}" if speed.machine["vml"] else "")
        + f": medians of {speed.rounds} rounds.",
        "",
        "| variant | threads | geometric mean | 95 % | slowest | fastest |",
        "|---|--:|--:|--:|---|---|",
        *(_mean(speed, mean) for mean in speed.overall),
    ]
    bits = [f"  - {line.strip()}" if line.startswith("  ") else f"- {line}" for line in _bits(speed)]
    return "\n".join([*parts, "", *bits, ""])
