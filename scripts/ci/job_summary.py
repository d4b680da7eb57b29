"""The page that GitHub shows for a job: a table of wheels, a Gantt chart of the stages, the slowest parts, failures.

GitHub renders Markdown and Mermaid. The page of a failed cell ends with the command that repeats the failure on a laptop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scripts.ci.history import STAGES, History, Part
from scripts.core.record import UNTESTED

SLOWEST = 10
TAIL_SHOWN = 20
HEAD = ("cell", "tag", "size", "tests", "sha256")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in line)} |\n" for line in lines)


def _tests(parts: Mapping[str, Part]) -> str:
    failed = next((stage for stage in STAGES if stage in parts and parts[stage].failed), "")
    if failed:
        return f"**{failed} failed**"
    if "test" not in parts:
        return "not tested"
    facts = parts["test"].record.outcome.facts
    if parts["test"].record.outcome.status == UNTESTED:
        return f"{facts['how']}: {facts['why']}"
    suite = facts["suite"]
    partial = "" if parts["test"].record.outcome.status == "passed" else ", a part of the suite"
    return f"{suite['passed']} passed, {suite['skipped']} skipped ({facts['how']}{partial})"


def wheel_row(cell: str, parts: Mapping[str, Part]) -> tuple[str, ...]:
    """Return the line of a cell: its wheel as far as it came."""
    made = next((parts[stage].record for stage in ("repair", "build") if stage in parts and parts[stage].record.subject), None)
    if made is None:
        return (cell, "", "", _tests(parts), "")
    ((name, digest),) = made.subject.items()
    tag = "-".join(name.removesuffix(".whl").split("-")[2:])
    # An unrepaired wheel is nothing that anybody gets; its hash would only mislead.
    sha256 = f"`{digest}`" if made.stage == "repair" else "not repaired"
    return (cell, tag.replace(".", " "), f"{made.outcome.facts['bytes'] / 1000:,.0f} kB", _tests(parts), sha256)


def wheels(history: History) -> str:
    """Return the table of wheels."""
    return table(HEAD, (wheel_row(cell, parts) for cell, parts in history.cells().items()))


def gantt(history: History) -> str:
    """Return a Mermaid Gantt chart of the stages, a section for each cell; empty where nothing was done."""
    lines = []
    for cell, parts in history.cells().items():
        lines.append(f"    section {cell}")
        for stage in STAGES:
            if stage in parts:
                part = parts[stage]
                state = "crit" if part.failed else "done"
                # A bar of no length is not drawn.
                ended = max(part.ended, part.began + 1)
                lines.append(f"    {stage} {part.record.outcome.seconds:.0f} s :{state}, {part.began}, {ended}")
    if not lines:
        return ""
    # `x` is milliseconds since 1970 to Mermaid.
    return "\n".join(["```mermaid", "gantt", "    dateFormat x", "    axisFormat %H:%M:%S", *lines, "```", ""])


def slowest(history: History) -> str:
    """Return the table of the slowest parts, vendor and checkout among them."""
    parts = sorted(history.parts, key=lambda part: -part.record.outcome.seconds)[:SLOWEST]
    rows = [(part.record.stage, part.record.cell, f"{part.record.outcome.seconds:.1f} s") for part in parts]
    return table(("slowest", "of", "took"), rows) if rows else ""


def overview(history: History, title: str) -> str:
    """Return the page of a run: wheels, chart, slowest parts."""
    chart = gantt(history)
    parts = [f"## {title}\n", wheels(history), *([f"### When\n\n{chart}"] if chart else []), f"### Slowest\n\n{slowest(history)}"]
    return "\n".join(parts) + "\n"


def _quoted(lines: Sequence[str]) -> str:
    # Indented, not fenced: no line of a log can end the block.
    return "".join(f"    {line}\n" for line in lines)


def failure(part: Part) -> str:
    """Return what went wrong in one stage: the message and the last lines of its log."""
    outcome = part.record.outcome
    tail = [str(line) for line in outcome.facts.get("tail", [])][-TAIL_SHOWN:]
    said = f"The last lines of its log:\n\n{_quoted(tail)}\n" if tail else ""
    return f"### {part.record.stage} of {part.record.cell} failed\n\n{_quoted([outcome.message])}\n{said}"


def repository_of(part: Part) -> str:
    """Return the commit of this repository that a record was made by, without the mark of local edits; empty if unknown."""
    version = part.record.statement["predicate"]["runDetails"]["builder"].get("version", {})
    return str(version.get("numexpr-wheels", "")).partition("+")[0]


def how_to_repeat(artifact: str, commit: str, runs: Iterable[str] = ()) -> str:
    """Return the commands for a laptop; the last line is the one that repeats the failure.

    Without an artefact it is repeated here, from the folders of the runs that failed.
    """
    if not artifact:
        folders = [f"build/records/{run}" for run in dict.fromkeys(runs) if run] or ["build/records"]
        return f"Once more:\n\n{_quoted([f'nox -s reproduce -- {folder}' for folder in folders])}"
    there = [f"git checkout {commit}"] if commit else []
    return (
        f"On a laptop: take the artefact **{artifact}** from the page of this run, put {artifact}.zip into a checkout of this "
        f"repository, and there\n\n{_quoted([*there, f'nox -s reproduce -- {artifact}.zip'])}"
    )
