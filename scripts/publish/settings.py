"""The [upload] table of wheels.toml: what counts as tested, what an index takes, whether a release has an sdist."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.core.tables import Table, read_toml
from scripts.runtimes.runtime import KINDS


@dataclass(frozen=True, kw_only=True)
class UploadSettings:
    """What a release consists of and what counts.

    `tested` are the ways of running the suite that count, `most_bytes` is the largest file that an index takes, `sdist` says
    whether one is expected, `without` are the (target, python) that cannot be ([ci.without.TARGET]).
    """

    tested: tuple[str, ...] = ("native",)
    most_bytes: int = 100_000_000
    sdist: bool = True
    without: frozenset[tuple[str, str]] = frozenset()


def upload_settings(path: Path) -> UploadSettings:
    """Return the settings in `path` (wheels.toml), the defaults where it has no [upload]; ConfigError for a wrong value."""
    top = read_toml(path)
    ci = top.table("ci").values if "ci" in top.values else {}
    without = frozenset((target, python) for target, reasons in ci.get("without", {}).items() for python in reasons)
    table = top.table("upload") if "upload" in top.values else Table(top.file, "upload", {})
    table.only("tested", "most-bytes", "sdist")
    default = UploadSettings()
    tested = table.strings("tested", f"a list of {', '.join(KINDS)}", default.tested)
    for how in tested:
        if how not in KINDS:
            raise table.fail("tested", how, f"a list of {', '.join(KINDS)}")
    return UploadSettings(
        tested=tested,
        most_bytes=table.count("most-bytes", "bytes", least=1) if "most-bytes" in table.values else default.most_bytes,
        sdist=bool(table.get("sdist", bool, "true or false", default.sdist)),
        without=without,
    )
