"""A copy of this checkout, uncommitted changes included, without what was built in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.core.errors import CommandError, SourceError
from scripts.core.files import fresh_folder
from scripts.core.layout import Layout
from scripts.core.run import output_of


def copy_of_checkout(layout: Layout, place: Path) -> Path:
    """Copy the files that git tracks, or would track, into a fresh folder and return it.

    Raises:
        SourceError: this is no git checkout, so what belongs to it is not known.
    """
    try:
        listed = output_of(["git", "-C", layout.root, "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
    except CommandError as error:
        raise SourceError(f"{layout.root} is no git checkout, so it cannot be copied: {error}") from error
    fresh_folder(place)
    for name in filter(None, listed.split("\0")):
        if (layout.root / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(layout.root / name, place / name)
    (place / "numexpr").mkdir(exist_ok=True)
    return place
