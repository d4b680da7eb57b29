"""vendor: the native libraries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Native:
    """A native library that a variant is linked against."""

    key: str
    include: Path
    library: Path
    licences: Path

    @property
    def link_name(self) -> str:
        return self.library.stem.removeprefix("lib")


def vendor(context: Any, target: Any, library: str) -> Native:
    raise NotImplementedError
