"""What was done and needs no second look: the main job with nothing changed starts no process for it.

After a stage has ended well, the state of all that it depends on and of its products is written down by size and time, as
make and ninja do. While that still holds, nox says "up to date" by itself. Anything else, and every request that is not the
plain main job, goes the long way, which compares bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scripts.core.files import write_whole
from scripts.core.layout import Layout
from scripts.core.request import COMMIT_VARIABLE
from scripts.core.runs import INTERPRETERS

# All of the checkout that a stage can depend on.
DEPENDS_ON = ("wheels.toml", "numexpr.lock", ".gitmodules", "requirements", "patches", "vendor", "sysroots", "scripts")
OWN_VARIABLES = "NUMEXPR_WHEELS_"
NOT_THESE = ("NUMEXPR_WHEELS_RUN", "NUMEXPR_WHEELS_NOX", "NUMEXPR_WHEELS_CALLER")


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))


def _state(path: Path) -> list[int]:
    seen = path.stat()
    return [seen.st_size, seen.st_mtime_ns]


def fingerprint(layout: Layout, run: str, words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return one digest of all that the main job depends on; empty where the request is another than the plain main job."""
    if words or environ.get(COMMIT_VARIABLE):
        return ""
    interpreters = layout.runs / run / INTERPRETERS
    if not interpreters.is_file():
        return ""
    found = interpreters.read_text(encoding="utf-8")
    files = [path for place in DEPENDS_ON for path in _files(layout.root / place)]
    files += [Path(one["executable"]) for one in json.loads(found).values()]
    try:
        states = [[str(path), *_state(path)] for path in files]
    except OSError:  # Gone since it was found: the stage itself will say so.
        return ""
    own = sorted((name, value) for name, value in environ.items() if name.startswith(OWN_VARIABLES) and name not in NOT_THESE)
    return hashlib.sha256(json.dumps([states, found, own]).encode()).hexdigest()


def _mark(layout: Layout, stage: str, cell: str) -> Path:
    return layout.build / "settled" / f"{stage}-{cell}.json"


def settle(layout: Layout, stage: str, cell: str, seen: str, products: Sequence[Path], record: Path) -> None:
    """Write down that a stage ended well for a cell; `seen` is the fingerprint from before it began."""
    if seen:
        states = {str(path): _state(path) for path in products}
        write_whole(_mark(layout, stage, cell), json.dumps({"seen": seen, "products": states, "record": str(record)}))


def is_settled(layout: Layout, stage: str, cell: str, seen: str) -> bool:
    """Tell whether a stage ended well for a cell, and neither what it depends on nor its products changed since."""
    if not seen:
        return False
    try:
        mark = json.loads(_mark(layout, stage, cell).read_text(encoding="utf-8"))
        return bool(mark["seen"] == seen) and all(_state(Path(path)) == state for path, state in mark["products"].items())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def keep_record(layout: Layout, run: str, stage: str, cell: str) -> None:
    """Put the record of a settled stage among those of this run, as the stage itself would."""
    record = Path(json.loads(_mark(layout, stage, cell).read_text(encoding="utf-8"))["record"])
    place = layout.records / run / f"{stage}-{cell}.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(record, place)
