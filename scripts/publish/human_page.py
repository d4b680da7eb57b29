"""The page of staging for people: one self-contained HTML file that says what there is, for whom, and how tested."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from scripts.core.config import Config
from scripts.core.record import Record
from scripts.core.wheel import wheel_name
from scripts.pages.render import render
from scripts.pages.words import platform_words, python_words, size_words
from scripts.publish.artifact import METADATA, SIGNATURE
from scripts.publish.staged import FILES, SIMPLE, StagedFile
from scripts.runtimes.runtime import NATIVE

TEMPLATES = Path(__file__).parent / "templates"
NAME_PARTS = re.compile(r"[^-_.]+[-_.]*")
LINK_NAMES = {"build": "build", "repair": "repair", "test": "test", "sdist": "record"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table; `parts` are those of the file's name, between which a narrow screen may break it."""

    parts: tuple[str, ...]
    url: str
    is_tested: bool
    python: str
    platform: str
    detail: str
    size: str
    tests: str
    how: str
    date: str
    sha256: str
    links: tuple[tuple[str, str], ...]


def _tests(record: Record | None) -> tuple[str, str]:
    if record is None:
        return "source", "compiled where it is installed"
    facts: dict[str, Any] = dict(record.outcome.facts)
    suite = facts.get("suite", {})
    skipped = f", {suite['skipped']} skipped" if suite.get("skipped") else ""
    by = str(facts.get("how", ""))
    how = "on this platform" if by == NATIVE else f"under {by}"
    return f"{suite.get('passed', 0):,} passed{skipped}", ", ".join(
        filter(None, (how, f"numpy {facts['numpy']}" if facts.get("numpy") else "", str(facts.get("vml") or "")))
    )


def _link_name(file: StagedFile, beside: str) -> str:
    if beside.endswith(METADATA):
        return "metadata"
    if beside.endswith(SIGNATURE):
        return "signature"
    stage = beside.removeprefix(f"{file.indexed.name}.").removesuffix(".json")
    return LINK_NAMES.get(stage, stage)


def row_of(file: StagedFile) -> Row:
    """Return the table's line for a file."""
    name = file.indexed.name
    folder = f"{file.variant}/{FILES}/"
    is_wheel = name.endswith(".whl")
    tags = wheel_name(Path(name)) if is_wheel else None
    platform, detail = platform_words(tags.platforms) if tags else ("any platform", "with a C++ compiler")
    tests, how = _tests(file.chain.get("test"))
    return Row(
        parts=tuple(NAME_PARTS.findall(name)),
        is_tested="test" in file.chain,
        url=folder + name,
        python=python_words(tags.interpreter) if tags else file.indexed.requires_python.replace(">=", "≥ ") or "any",
        platform=platform,
        detail=detail,
        size=size_words(file.indexed.size),
        tests=tests,
        how=how,
        date=file.indexed.uploaded[:10],
        sha256=file.indexed.sha256,
        links=tuple((_link_name(file, beside), folder + beside) for beside in (*file.beside[1:], file.beside[0])),
    )


def _order(file: StagedFile) -> tuple[Any, ...]:
    tags = wheel_name(Path(file.indexed.name)) if file.indexed.name.endswith(".whl") else None
    numbers = [int(digits) for digits in re.findall(r"cp3(\d+)", tags.interpreter)] if tags else []
    return (file.chain["repair"].cell.partition("-")[2] if tags else "~", numbers, file.indexed.name)


def human_page(config: Config, files: Iterable[StagedFile]) -> str:
    """Return the page for all variants that have files: newest version first, then by platform and CPython."""
    every = list(files)
    releases = []
    for version in sorted({file.indexed.version for file in every}, key=Version, reverse=True):
        for variant in config.variants.values():
            chosen = [file for file in every if (file.indexed.version, file.variant) == (version, variant.name)]
            if chosen:
                rows = [row_of(file) for file in sorted(chosen, key=_order)]
                index = f"{variant.name}/{SIMPLE}/"
                releases.append({"version": version, "variant": variant, "rows": rows, "index": index})
    projects = sorted({file.project for file in every})
    return render(TEMPLATES / "staging.html", releases=releases, projects=projects, count=len(every))
