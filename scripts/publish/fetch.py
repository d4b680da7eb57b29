"""Promotion's first half: from a listing to files in a local folder, each proved against its link and its records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from scripts.core.errors import GateError, IntegrityError, RecordError, RemoteError, RequestError
from scripts.core.files import fresh_folder, sha256_of, write_whole
from scripts.core.run import step
from scripts.publish.artifact import SIGNATURE
from scripts.publish.gate import Rules, judge, parse_chain, record_names
from scripts.publish.reader import Reader
from scripts.publish.remote_index import Listing, RemoteFile, find_listing, of_release
from scripts.publish.signing import check_signature
from scripts.publish.transfer import Patience, patiently, progress_bar
from scripts.publish.wishes import Wishes, is_named_type

MOST_RECORD_BYTES = 1_000_000
MOST_SIGNATURE_BYTES = 100_000
INCOMING = ".incoming"


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """How files come: from where, how large at most, judged by which rules, and with which local records at hand."""

    reader: Reader
    patience: Patience
    rules: Rules
    most_bytes: int
    local_records: tuple[Path, ...]
    console: Console

    def _page(self, url: str, most: int) -> bytes | None:
        page = patiently(url.rpartition("/")[2], lambda: self.reader.page(url, most), self.patience)
        return page.body if page else None

    def listings(self, wishes: Wishes, variants: Iterable[str]) -> dict[str, Listing]:
        """Return the listings of a project by variant, under "" where the address does not say of which variant it is.

        Raises:
            RemoteError: there is none, or one is not fit to be read.
        """
        look = partial(find_listing, self.reader, wishes.source, wishes.project)
        found = {}
        for variant in variants:
            listing = patiently(wishes.source, partial(look, variant), self.patience)
            if listing is not None:
                found[variant] = listing
        if found:
            return found
        listing = patiently(wishes.source, partial(look, ""), self.patience)
        if listing is None:
            raise RemoteError(
                f"{wishes.source} has no listing of {wishes.project}: neither staging, nor an index (PEP 503), nor a folder of "
                "files was found there; open the address in a browser and give the one that shows the files"
            )
        return {"": listing}

    def records(self, file: RemoteFile) -> dict[str, bytes]:
        """Return the records of a file by name: those beside it, or those of the local wheelhouse."""
        contents = {}
        for name in record_names(file.name).values():
            content = self._page(f"{file.url}{name.removeprefix(file.name)}", MOST_RECORD_BYTES)
            for folder in self.local_records if content is None else ():
                if (folder / name).is_file():
                    content = (folder / name).read_bytes()
            if content is not None:
                contents[name] = content
        return contents

    def fetch(self, file: RemoteFile, version: str, folder: Path, show: Callable[[int], None]) -> tuple[Path, dict[str, bytes]]:
        """Download a file whose records let it go, and return its path and its records.

        Raises:
            RecordError, GateError: its records do not let it go; it is not downloaded.
            IntegrityError: link, record and bytes do not agree.
        """
        records = self.records(file)
        chain = parse_chain(file.name, records.get)
        recorded = list(chain.values())[-1].subject.get(file.name, "")
        if file.sha256 and file.sha256 != recorded:
            raise IntegrityError(
                f"{file.name}: its link says sha256 {file.sha256}, its record {recorded}; one was changed. Nothing was sent"
            )
        judge(file.name, version, recorded, chain, self.rules)
        path = folder / file.name
        download = partial(self.reader.download, file.url, path, self.most_bytes, show)
        got = patiently(file.name, download, self.patience)
        if got is None:
            raise RemoteError(f"{file.name} is listed and is not there; nothing was sent")
        if got != recorded:
            size = path.stat().st_size
            path.unlink()
            raise IntegrityError(
                f"{file.name} came with sha256 {got} ({size:,} bytes), its record says {recorded}: it was changed or cut short "
                "on its way or in staging. Nothing was sent; compare it with the wheelhouse that it came from"
            )
        signature = self._page(file.url + SIGNATURE, MOST_SIGNATURE_BYTES)
        if signature is not None:
            write_whole(path.with_name(file.name + SIGNATURE), signature)
            check_signature(path)
        return path, records


def _variant_of(records: Mapping[str, bytes], name: str) -> str:
    for file, content in records.items():
        if file == f"{name}.repair.json":
            return str(json.loads(content)["predicate"]["buildDefinition"]["externalParameters"]["variant"])
    return ""


def _settle(path: Path, folder: Path, records: Mapping[str, bytes], clobber: bool) -> Path:
    """Move a fetched file with its records to its folder; what lies there under its name must be the same, or give way."""
    place = folder / path.name
    if place.exists() and not clobber and sha256_of(place) != sha256_of(path):
        raise RequestError(
            f"{place} is another file than the one that was fetched; nothing was sent. Look which one is right; --clobber "
            "overwrites the local one, --wheelhouse takes another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    signature = path.with_name(path.name + SIGNATURE)
    if signature.is_file():
        signature.replace(folder / signature.name)
    path.replace(place)
    for name, content in records.items():
        write_whole(folder / name, content)
    return place


def fetch_release(
    fetcher: Fetcher, listings: Mapping[str, Listing], wishes: Wishes, folder: Path, variants: Iterable[str], sdist_variant: str
) -> dict[str, list[Path]]:
    """Fetch the files of a release into folder/<variant>/ and return them by variant.

    Only these files are ever sent: what else lies in the folder stays there.

    Raises:
        RemoteError, IntegrityError: a listing or a file is not what it should be.
        RecordError, GateError: a file's records do not let it go, and `--partial` was not said.
    """
    wanted = tuple(variants)
    incoming = fresh_folder(folder / INCOMING)
    files: dict[str, list[Path]] = {}
    chosen = [(variant, file) for variant, listing in listings.items() for file in _chosen(listing, wishes)]
    if not chosen:
        raise RemoteError(
            f"{wishes.source} lists no {wishes.wheel_type} file of {wishes.project} {wishes.version}; nothing was sent"
        )
    with progress_bar(fetcher.console, "fetching", 0) as show:
        for variant, file in chosen:
            try:
                path, records = fetcher.fetch(file, wishes.version, incoming, partial(show, file.name))
            except (RecordError, GateError) as error:
                if not wishes.partial:
                    raise
                step(f"left out: {error}")
                continue
            own = _variant_of(records, file.name) or variant or sdist_variant
            if variant and own != variant and file.name.endswith(".whl"):
                raise GateError(f"{file.name} is a {own} wheel in the index of {variant}; nothing was sent")
            if own in wanted:
                files.setdefault(own, []).append(_settle(path, folder / own, records, wishes.clobber))
    return files


def _chosen(listing: Listing, wishes: Wishes) -> list[RemoteFile]:
    release = of_release(listing.files, wishes.project, wishes.version)
    return [file for file in release if is_named_type(file.name, wishes.wheel_type)]
