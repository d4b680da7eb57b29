"""Reading a listing of files that someone else wrote: PEP 503 HTML, PEP 691 JSON, or a web server's list of a folder.

A listing is foreign text. It is read up to a number of bytes and links, a file name in it is a name and nothing else,
and a link leads by http or https, or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from pypi_simple import UnsupportedRepoVersionError
from pypi_simple.classes import ProjectPage
from pypi_simple.html_stream import parse_links_stream

from scripts.core.errors import GateError, RemoteError
from scripts.core.packages import canonical
from scripts.publish.artifact import SDIST_ENDING, project_and_version
from scripts.publish.reader import Page, Reader, check_step
from scripts.publish.secrets import scrub

MOST_PAGE_BYTES = 8_000_000
MOST_LINKS = 10_000
ENDINGS = (".whl", SDIST_ENDING)
SHA256 = re.compile(r"sha256=([0-9a-f]{64})$")
# What file names of wheels (PEP 427) and sdists (PEP 625) consist of.
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,250}")


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file as a listing names it; `sha256` is empty where the listing has no hashes."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files of a project at an address."""

    url: str
    files: tuple[RemoteFile, ...]


def safe_name(name: str, where: str) -> str:
    """Return a file name out of a listing; RemoteError where it would lead into another folder or is no such name."""
    if not FILE_NAME.fullmatch(name):
        raise RemoteError(
            f"{scrub(where)} lists a file called {name[:80]!r}, which is no name of a wheel or sdist and may lead into another "
            "folder; nothing of this listing is used"
        )
    return name


def _too_many(where: str) -> RemoteError:
    return RemoteError(
        f"{scrub(where)} has more than {MOST_LINKS:,} links; it was not read further, and nothing was sent. Name the project's "
        "own page, or find out who wrote this one"
    )


def _html_links(page: Page) -> Iterator[tuple[str, str]]:
    # A piece at a time, so that the limit is met before the page is one large tree.
    text = page.body.decode("utf-8", errors="replace")
    pieces = (text[start : start + 65_536] for start in range(0, len(text), 65_536))
    for count, link in enumerate(parse_links_stream(pieces, base_url=page.url)):
        if count >= MOST_LINKS:
            raise _too_many(page.url)
        address, _ = urldefrag(link.url)
        # %2f in the last part of a path is not a folder for the server, but would be one for us.
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        if name.endswith(ENDINGS):
            yield name, link.url
        elif link.text.endswith(ENDINGS):
            yield link.text, link.url


def _json_links(page: Page) -> Iterator[tuple[str, str]]:
    try:
        content = json.loads(page.body)
        if len(content["files"]) > MOST_LINKS:
            raise _too_many(page.url)
        for file in ProjectPage.from_json_data(content, base_url=page.url).packages:
            digest = file.digests.get("sha256", "")
            yield file.filename, urldefrag(file.url)[0] + (f"#sha256={digest}" if digest else "")
    except (ValueError, KeyError, TypeError, RecursionError, UnsupportedRepoVersionError) as error:
        raise RemoteError(f"{scrub(page.url)} is no JSON listing of a project (PEP 691): {type(error).__name__}") from error


def parse_listing(page: Page) -> Listing:
    """Return the wheels and sdists that a page lists.

    Raises:
        RemoteError: a name leads elsewhere, a link has a strange scheme, there are too many, or it is no listing.
    """
    is_json = "json" in page.content_type or page.body[:1] == b"{"
    try:
        links = list(_json_links(page) if is_json else _html_links(page))
    except (ValueError, AssertionError, UnsupportedRepoVersionError) as error:
        raise RemoteError(f"{scrub(page.url)} cannot be read as a listing ({type(error).__name__})") from error
    files: dict[str, RemoteFile] = {}
    for name, link in links:
        safe_name(name, page.url)
        address, fragment = urldefrag(urljoin(page.url, link))
        check_step(page.url, address)
        found = SHA256.search(fragment)
        file = RemoteFile(name=name, url=address, sha256=found[1] if found else "")
        if files.setdefault(name, file).sha256 != file.sha256:
            raise RemoteError(f"{scrub(page.url)} lists {name} twice, with different hashes; nothing of this listing is used")
    return Listing(url=page.url, files=tuple(files.values()))


def of_release(files: Iterable[RemoteFile], project: str, version: str) -> list[RemoteFile]:
    """Return the files of one release; other projects and names that are none are passed over."""
    chosen = []
    for file in files:
        try:
            if project_and_version(file.name) == (canonical(project), version):
                chosen.append(file)
        except GateError:
            continue
    return chosen


def read_listing(reader: Reader, url: str) -> Listing | None:
    """Return the listing at an address; None where there is no page."""
    page = reader.page(url, MOST_PAGE_BYTES)
    return parse_listing(page) if page else None


def _folder(url: str) -> str:
    return url if url.endswith(("/", ".html", ".htm", ".json")) else f"{url}/"


def find_listing(reader: Reader, url: str, project: str, variant: str) -> Listing | None:
    """Return the listing of a project's variant from an address that a person gave.

    It may be staging (all variants below it), an index (PEP 503), a project's page, or a folder of files; looked for in
    this order. Without a variant, staging is not looked for.
    """
    base = _folder(url)
    project = canonical(project)
    below = [f"{variant}/simple/{project}/"] if variant else [f"{project}/", f"simple/{project}/", ""]
    for place in below if base.endswith("/") else [""]:
        listing = read_listing(reader, urljoin(base, place) if place else base)
        if listing is not None and (listing.files or not place):
            return listing
    return None
