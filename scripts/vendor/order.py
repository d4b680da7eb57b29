"""What the ways of making a native library have in common: the order that they carry out, and what they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from scripts.core.config import Target
from scripts.core.context import Context
from scripts.core.record import Input
from scripts.core.toolchain import Toolchain


@dataclass(frozen=True, kw_only=True)
class Order:
    """A library to be made: for which target and platform tag, and for the calls of which patched numexpr."""

    context: Context
    target: Target
    policy: str
    numexpr: Path


class Way(Protocol):
    """A way of making a library."""

    @property
    def toolchain(self) -> Toolchain:
        """The compiler for the target."""

    def settings(self) -> dict[str, Any]:
        """Return what else than inputs can change the library's bytes."""

    def inputs(self) -> tuple[Input, ...]:
        """Return what goes in, with digests; nothing is fetched for that."""

    def make(self, scratch: Path, log: Path) -> None:
        """Make include/, lib/ and licences/ in the folder product/ of `scratch`.

        Raises:
            FetchError, IntegrityError: an input cannot be had, or not with the bytes that are pinned.
            VendorError: it does not compile or link.
        """
