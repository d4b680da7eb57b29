"""Where things lie: the checkout's folders and the person's cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

CACHE_VARIABLE = "NUMEXPR_WHEELS_CACHE"


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout (`root`) and the cache that all checkouts of one person share."""

    root: Path
    cache: Path
    # Where products go: the checkout itself, or a folder apart for a build that must not touch it.
    out: Path

    @property
    def config(self) -> Path:
        return self.root / "wheels.toml"

    @property
    def submodule(self) -> Path:
        return self.root / "numexpr"

    @property
    def patches(self) -> Path:
        return self.root / "patches"

    @property
    def vendor(self) -> Path:
        return self.root / "vendor"

    @property
    def sysroots(self) -> Path:
        """Where the pins of other platforms' headers are kept."""
        return self.root / "sysroots"

    @property
    def requirements(self) -> Path:
        return self.root / "requirements"

    @property
    def wheelhouse(self) -> Path:
        return self.out / "wheelhouse"

    @property
    def build(self) -> Path:
        return self.out / "build"

    @property
    def sources(self) -> Path:
        return self.build / "source"

    @property
    def native(self) -> Path:
        return self.build / "native"

    @property
    def raw(self) -> Path:
        return self.build / "raw"

    @property
    def compiled(self) -> Path:
        """Extensions by what they are compiled from."""
        return self.build / "compiled"

    @property
    def records(self) -> Path:
        return self.build / "records"

    @property
    def logs(self) -> Path:
        return self.build / "logs"

    @property
    def work(self) -> Path:
        """Scratch space; whatever lies here is worth nothing."""
        return self.build / "work"

    @property
    def runs(self) -> Path:
        return self.build / "runs"

    @property
    def locks(self) -> Path:
        return self.build / "locks"

    @property
    def packages(self) -> Path:
        """Downloaded files, each checked against a lock before every use."""
        return self.cache / "packages"

    @property
    def environments(self) -> Path:
        return self.cache / "environments"

    @property
    def unpacked_sysroots(self) -> Path:
        return self.cache / "sysroots"

    @property
    def foreign(self) -> Path:
        """Unpacked headers, libraries and CPythons of other platforms."""
        return self.cache / "foreign"

    @property
    def git_mirrors(self) -> Path:
        """Bare repositories, one a project, with what was fetched by git."""
        return self.cache / "git"

    def shown(self, path: Path) -> str:
        """Return `path` as a person would type it in the checkout."""
        try:
            return str(path.relative_to(self.root))
        except ValueError:
            return str(path)


def layout_of(root: Path, environ: dict[str, str] | None = None) -> Layout:
    """Return the layout of the checkout at `root`; NUMEXPR_WHEELS_CACHE moves the cache."""
    chosen = (os.environ if environ is None else environ).get(CACHE_VARIABLE)
    cache = Path(chosen).expanduser() if chosen else user_cache_path("numexpr-wheels")
    return Layout(root=root.resolve(), cache=cache.resolve(), out=root.resolve())


def this_layout() -> Layout:
    """Return the layout of the checkout that this file belongs to."""
    return layout_of(Path(__file__).parents[2])
