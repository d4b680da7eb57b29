"""Reading from places that are not ours: bounded in bytes, time and redirects, and by http, https or a store only."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

import requests

from scripts.core.errors import RemoteError
from scripts.publish.errors import TemporaryError
from scripts.publish.secrets import scrub, secrets_of
from scripts.publish.store import Store, content_type

CONNECT_AND_READ_SECONDS = (15.0, 60.0)
MOST_SECONDS = 900.0
MOST_REDIRECTS = 5
CHUNK = 1 << 16
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.3, text/html;q=0.1"
Auth = requests.auth.AuthBase | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """What was read: the address after all redirects, its media type, and the bytes."""

    url: str
    content_type: str
    body: bytes


class Reader(Protocol):
    """A place to read from."""

    def page(self, url: str, most_bytes: int) -> Page | None:
        """Return a page or small file; None where there is none (404)."""
        ...

    def download(self, url: str, path: Path, most_bytes: int, show: Callable[[int], None]) -> str | None:
        """Write a file whole to `path` and return its sha256; None where there is none."""
        ...


def too_much(url: str, most: int) -> RemoteError:
    """Return the error for a body over its bound."""
    return RemoteError(f"{scrub(url)} is larger than {most:,} bytes; it was not read further, and nothing was sent")


class HttpReader:
    """A web server or package index; `auth` goes to `auth_origin` only."""

    def __init__(self, auth: Auth = None, auth_origin: str = "") -> None:
        self._session = requests.Session()
        self._auth = auth
        self._auth_origin = origin(auth_origin) if auth_origin else ""

    def page(self, url: str, most_bytes: int) -> Page | None:
        with self._answer(url) as answer:
            if answer is None:
                return None
            body = b"".join(self._chunks(answer, url, most_bytes))
            return Page(url=answer.url, content_type=answer.headers.get("Content-Type", ""), body=body)

    def exists(self, url: str) -> bool:
        """Tell whether there is anything at an address; nothing is read of it."""
        with self._answer(url) as answer:
            return answer is not None

    def download(self, url: str, path: Path, most_bytes: int, show: Callable[[int], None]) -> str | None:
        with self._answer(url) as answer:
            if answer is None:
                return None
            return write_chunks(self._chunks(answer, url, most_bytes), path, show)

    @contextmanager
    def _answer(self, url: str) -> Iterator[requests.Response | None]:
        try:
            answer = self._follow(url)
            with answer:
                if answer.status_code in (404, 410):
                    yield None
                    return
                _check_status(answer, url)
                yield answer
        except requests.RequestException as error:
            raise TemporaryError(f"{scrub(url)}: {reason(error)}") from None

    def _follow(self, url: str) -> requests.Response:
        for _ in range(MOST_REDIRECTS + 1):
            auth = self._auth if origin(url) == self._auth_origin else None
            answer = self._session.get(
                url, stream=True, allow_redirects=False, timeout=CONNECT_AND_READ_SECONDS, auth=auth,
                headers={"Accept": ACCEPT, "Accept-Encoding": "identity"},
            )  # fmt: skip
            if not answer.is_redirect:
                return answer
            answer.close()
            after = urljoin(url, answer.headers["Location"])
            check_step(url, after)
            url = after
        raise RemoteError(f"{scrub(url)} redirects more than {MOST_REDIRECTS} times; nothing was read")

    def _chunks(self, answer: requests.Response, url: str, most: int) -> Iterator[bytes]:
        end = time.monotonic() + MOST_SECONDS
        promised = answer.headers.get("Content-Length", "")
        if promised.isdigit() and int(promised) > most:
            raise too_much(url, most)
        size = 0
        for chunk in answer.iter_content(CHUNK):
            size += len(chunk)
            if size > most:
                raise too_much(url, most)
            if time.monotonic() > end:
                raise RemoteError(f"{scrub(url)} takes more than {MOST_SECONDS:.0f} s; it was not read further")
            yield chunk


class StoreReader:
    """A staging folder or object store, read through its store; addresses are file:/// and mean the store's root."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(self, url: str, most_bytes: int) -> Page | None:
        name = _store_name(url)
        if url.endswith("/"):
            return self._folder(url, name, most_bytes)
        content = self._store.read(name)
        if content is None:
            return None
        if len(content) > most_bytes:
            raise too_much(name, most_bytes)
        return Page(url=url, content_type=content_type(name), body=content)

    def _folder(self, url: str, name: str, most_bytes: int) -> Page | None:
        for index in ("index.json", "index.html"):
            if page := self.page(urljoin(url, index), most_bytes):
                return Page(url=url, content_type=page.content_type, body=page.body)
        listing = "".join(f'<a href="{file}">{file}</a>\n' for file in self._store.names(name.rstrip("/")))
        return Page(url=url, content_type="text/html", body=listing.encode()) if listing else None

    def download(self, url: str, path: Path, most_bytes: int, show: Callable[[int], None]) -> str | None:
        page = self.page(url, most_bytes)
        return write_chunks(iter([page.body]), path, show) if page else None


def _store_name(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        raise RemoteError(f"{scrub(url)} leads out of the place that is read; nothing was read")
    return unquote(parts.path).lstrip("/")


def origin(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def check_step(before: str, after: str) -> None:
    """Check that a link or redirect leads from http(s) to http(s) and not from https to http; RemoteError otherwise."""
    old, new = urlsplit(before).scheme, urlsplit(after).scheme
    if new not in (("https",) if old == "https" else ("http", "https") if old == "http" else (old,)):
        raise RemoteError(
            f"{scrub(before)} leads to {scrub(after)}: {new or 'no'} scheme is not followed from {old}; nothing was read"
        )


def _check_status(answer: requests.Response, url: str) -> None:
    if answer.status_code in (401, 403):
        raise RemoteError(
            f"{scrub(url)} does not let us read ({answer.status_code}); for a private place, put user and password into ~/.netrc"
        )
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TemporaryError(f"{scrub(url)} answers {answer.status_code}")
    if answer.status_code != 200:
        raise RemoteError(f"{scrub(url)} answers {answer.status_code}; nothing was read")


def reason(error: BaseException) -> str:
    """Return what a failed request died of, without addresses and secrets."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    said = os.strerror(cause.errno) if isinstance(cause, OSError) and cause.errno else str(cause)
    return scrub(f"{type(error).__name__}: {said}", secrets_of())


def write_chunks(chunks: Iterator[bytes], path: Path, show: Callable[[int], None]) -> str:
    """Write a file beside its place and rename it there; return its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    digest = hashlib.sha256()
    try:
        with beside.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
                show(len(chunk))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return digest.hexdigest()
