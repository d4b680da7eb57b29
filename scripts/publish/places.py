"""From what a person typed to a place: a folder, an object store, a package index."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twine.exceptions import TwineException
from twine.utils import DEFAULT_CONFIG_FILE, get_config

from scripts.core.config import Config
from scripts.core.errors import RequestError
from scripts.core.request import given_path
from scripts.publish.object_store import ObjectStore
from scripts.publish.package_index import PackageIndex
from scripts.publish.reader import HttpReader, Reader, StoreReader
from scripts.publish.settings import UploadSettings
from scripts.publish.staging import Staging
from scripts.publish.store import FolderStore, Store

WEB = ("http", "https")


def is_web(place: str) -> bool:
    """Tell whether a place is an http or https URL."""
    return urlsplit(place).scheme in WEB


def _sections() -> tuple[str, ...]:
    try:
        return tuple(get_config(DEFAULT_CONFIG_FILE))
    except (TwineException, OSError, ValueError, configparser.Error) as error:
        # The parser's own message could quote the file, and with it a token.
        raise RequestError(f"~/.pypirc cannot be read ({type(error).__name__}); mend it") from None


def _folder(place: str) -> Path:
    return given_path(str(Path(place).expanduser()))


def store_of(place: str) -> Store:
    """Return the store at a folder's path, a file: URL or a URL of fsspec's; RequestError for a scheme unknown here."""
    if place.startswith("file:"):
        return FolderStore(Path(unquote(urlsplit(place).path)))
    if "://" in place:
        return ObjectStore(place)
    return FolderStore(_folder(place))


def _looks_like_a_folder(place: str) -> bool:
    return place.startswith((".", "~")) or os.sep in place or "/" in place or _folder(place).is_dir()


def destination_of(
    place: str, simple: str, config: Config, settings: UploadSettings, variants: Iterable[str]
) -> Staging | PackageIndex:
    """Return the destination that `--to` names.

    Raises:
        RequestError: it is neither a section of .pypirc nor a folder nor a URL.
        UploadError: the index has no credentials.
    """
    if is_web(place):
        return PackageIndex("", place, simple, config, settings)
    if "://" not in place and not place.startswith("file:"):
        sections = _sections()
        if place in sections:
            return PackageIndex(place, "", simple, config, settings)
        if not _looks_like_a_folder(place):
            raise RequestError(
                f"{place!r} is no section of ~/.pypirc (it has {', '.join(sections)}) and no folder that exists; write ./{place} "
                "for a new folder"
            )
    return Staging(store_of(place), config, variants)


def source_of(place: str, root: str = "file:///") -> tuple[Reader, str]:
    """Return how `--from` is read, and the address to begin at; RequestError where there is nothing like it."""
    if is_web(place):
        return HttpReader(), place
    if "://" not in place and not place.startswith("file:") and not _folder(place).is_dir():
        raise RequestError(f"--from {place}: no such folder, and no URL; name staging's address or folder")
    return StoreReader(store_of(place)), root
