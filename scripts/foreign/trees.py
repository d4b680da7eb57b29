"""The unpacked trees in the cache: one folder for each pinned set, made once, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from scripts.core.errors import ConfigError
from scripts.core.files import fresh_folder, locked, publish_folder
from scripts.core.layout import Layout
from scripts.foreign.debian import fetched, unpack
from scripts.foreign.sources import Sources, pins_digest, pins_path, read_pins, read_sources
from scripts.sysroot.sources import python_source
from scripts.sysroot.unpack import python_archive, take_folder

MIRROR_VARIABLE = "NUMEXPR_WHEELS_DEBIAN"


def cached_tree(parent: Path, name: str, make: Callable[[Path, Path], None]) -> Path:
    """Return the folder `name` below `parent`; where it is not there, `make` fills it, given an empty folder and a log."""
    place = parent / name
    if place.is_dir():
        return place
    with locked(parent, name):
        if not place.is_dir():
            log = parent / f"{name}.log"
            log.unlink(missing_ok=True)
            scratch = fresh_folder(parent / f".{name}.part")
            make(scratch, log)
            publish_folder(scratch, place)
    return place


def this_sources(layout: Layout) -> Sources:
    """Return the sources of a checkout."""
    return read_sources(layout.sysroots)


def debian_files(layout: Layout, name: str, log: Path) -> list[Path]:
    """Return the files of a set of sysroots/debian.toml, as they came from Debian.

    Raises:
        FetchError, IntegrityError, ToolchainError: they cannot be had, or not with their bytes.
    """
    sources = this_sources(layout)
    pins = read_pins(pins_path(sources, sources.debian_set(name)))
    return fetched(pins, layout.cache / "debian", log, os.environ.get(MIRROR_VARIABLE, ""))


def _merge_usr(folder: Path) -> None:
    """Make the links from / into /usr that newer suites count on; a package that would bring them is not in every set."""
    for name in ("bin", "lib", "lib64", "sbin"):
        if (folder / "usr" / name).is_dir() and not os.path.lexists(folder / name):
            (folder / name).symlink_to(f"usr/{name}")


def debian_digest(layout: Layout, name: str) -> str:
    """Return the sha256 over the pins of a set, which stands for the set wherever something is made from it."""
    sources = this_sources(layout)
    return pins_digest(read_pins(pins_path(sources, sources.debian_set(name))))


def debian_version(layout: Layout, name: str, package: str) -> str:
    """Return the upstream version of a package of a set, such as 3.11.2, by the name of its file."""
    sources = this_sources(layout)
    for pin in read_pins(pins_path(sources, sources.debian_set(name))):
        project, _, rest = pin.name.partition("_")
        if project == package:
            return re.split(r"[-+~]|\.orig", rest)[0]
    raise ConfigError(f"sysroots/{name}.sha256 pins no {package}; nox -s lock -- {name} renews it")


def debian_tree(layout: Layout, name: str) -> Path:
    """Return the folder with the unpacked packages of a set; as in a file system's root, links in it are absolute."""

    def make(folder: Path, log: Path) -> None:
        unpack(debian_files(layout, name, log), folder, log)
        _merge_usr(folder)

    return cached_tree(layout.foreign, f"{name}-{debian_digest(layout, name)[:16]}", make)


def windows_tree(layout: Layout, python: str, with_pip: str) -> Path:
    """Return the folder with python.exe of a Windows CPython called as in wheels.toml; `with_pip` is a CPython here.

    Raises:
        InterpreterError: sysroots/sources.toml has none of that version.
        FetchError, IntegrityError: it cannot be had, or not with its bytes.
    """
    from scripts.core.index import fetch_file  # requests are slow to import

    source = python_source(layout.sysroots, python)

    def make(folder: Path, _: Path) -> None:
        path = fetch_file(with_pip, source.project, source.filename, layout.packages, sha256=source.sha256)
        with python_archive(path, source) as archive:
            take_folder(archive, source.folder, folder)

    return cached_tree(layout.foreign, f"windows-{python}-{source.sha256[:16]}", make)
