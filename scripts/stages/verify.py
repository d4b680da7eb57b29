"""verify: the same inputs give the same bytes, shown by building under varied conditions and comparing."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.core.asked import ALL
from scripts.core.config import Config, Target, read_config
from scripts.core.errors import DifferentError, RequestError
from scripts.core.files import fresh_folder, remove_tree, write_whole
from scripts.core.interpreters import Interpreter, find_interpreters, usable
from scripts.core.layout import Layout
from scripts.core.request import Parser
from scripts.core.run import step
from scripts.core.targets import Cell, host_target
from scripts.report.measured import verified_folder
from scripts.reproduce.differences import differences
from scripts.verify.builds import Built, build_under
from scripts.verify.conditions import Condition, conditions

TWICE = 2


def _interpreter(names: Sequence[str], asked: str) -> Interpreter:
    found = find_interpreters([asked] if asked else names)
    name = asked or next(iter(found), names[0])
    return usable(name, found.get(name))


def _compare(first: Built, other: Built) -> list[str]:
    """Return what differs between two builds, in words; empty where nothing does."""
    words = []
    for name in sorted(set(first.products) | set(other.products)):
        if first.digest(name) == other.digest(name):
            continue
        words.append(f"{name} differs under {other.condition.name!r}: {first.digest(name)} against {other.digest(name)}")
        if name in first.products and name in other.products:
            words += [f"    {one}" for one in differences(first.products[name], other.products[name])]
    return words


def verify(layout: Layout, words: Sequence[str]) -> None:
    """Build one CPython's wheels, library and sdist under each condition, and print one sha256 for each product.

    `-- --python 3.12` chooses the CPython, `--variant plain` one variant, `--target windows-amd64 macos-arm64` (or all) other
    targets than this machine's own, `--twice` only the first two conditions.

    Raises:
        RequestError: there is no such target or variant.
        DifferentError: products differ; the lines above name member, section and likely cause.
    """
    config = read_config(layout.config)
    parser = Parser(prog="nox -s verify --", allow_abbrev=False)
    parser.add_argument("--python", default="")
    parser.add_argument("--variant", default="")
    parser.add_argument("--target", nargs="+", default=[])
    parser.add_argument("--twice", action="store_true")
    options = parser.parse_args(words)
    targets = _targets(config, options.target)
    python = _interpreter(config.pythons, options.python)
    cells = _cells(targets, python.name, options.variant)
    chosen = list(conditions(layout, python))[: TWICE if options.twice else None]
    place = fresh_folder(layout.work / "verify")
    try:
        step(f"building with CPython {python.full} under {len(chosen)} conditions")
        built = _all(layout, chosen, place, cells)
        _keep(layout, python.name, built)
        _report(built)
    finally:
        remove_tree(place)


def _targets(config: Config, names: Sequence[str]) -> list[Target]:
    if list(names) == [ALL]:
        return list(config.targets.values())
    return [config.target(name) for name in names] or [host_target(config)]


def _cells(targets: Sequence[Target], python: str, variant: str) -> list[Cell]:
    """Return the cells of some targets; only those of a variant where one is named."""
    cells = [Cell(python=python, target=target, variant=one) for target in targets for one in target.policies]
    chosen = [cell for cell in cells if variant in ("", cell.variant)]
    if not chosen:
        has = ", ".join(dict.fromkeys(cell.variant for cell in cells))
        raise RequestError(f"{variant!r} is no variant of {', '.join(target.name for target in targets)}; there is {has}")
    return chosen


def _all(layout: Layout, chosen: list[Condition], place: Path, cells: Sequence[Cell]) -> list[Built]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        waiting = [pool.submit(build_under, one, layout, place, cells) for one in chosen]
        built = []
        for one, future in zip(chosen, waiting, strict=True):
            built.append(future.result())
            step(f"built: {one.name}")
    return built


def _keep(layout: Layout, python: str, built: list[Built]) -> None:
    """Write down what was found; the report tells it of each wheel."""
    found = {name: sorted({one.digest(name) for one in built}) for name in built[0].products}
    facts = {"conditions": [one.condition.name for one in built], "products": found}
    write_whole(verified_folder(layout) / f"{python}.json", json.dumps(facts, indent=1) + "\n")


def _report(built: list[Built]) -> None:
    first, *others = built
    words = [line for other in others for line in _compare(first, other)]
    for line in words:
        print(line)
    for name in sorted(first.products):
        digests = {one.digest(name) for one in built}
        print(f"{name}\n    sha256 {', '.join(sorted(digests))} under {len(built)} conditions")
    if words:
        raise DifferentError("products depend on the machine; the lines above name member, section and likely cause")
    step(f"{len(first.products)} products, each the same under {len(built)} conditions")
