"""Keeping secrets out of everything that is shown or kept: what they are, and how a text is cleaned of them."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from scripts.core.errors import RequestError

VARIABLES = ("TWINE_PASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN")
# An API token of a package index announces itself; one that came in some other way is covered too.
TOKEN = re.compile(r"pypi-[A-Za-z0-9_-]{16,}")
IN_URL = re.compile(r"(?<=://)[^/@\s]+@")
HIDDEN = "[hidden]"
# Shorter ones would blacken ordinary words, and protect nothing.
SHORTEST = 4


def secrets_of(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the secrets that this process's environment holds."""
    variables = os.environ if environ is None else environ
    return tuple(variables[name] for name in VARIABLES if variables.get(name))


def scrub(text: str, secrets: Iterable[str] = (), username: str = "") -> str:
    """Return `text` without the secrets, however they are written: plain, quoted, in a Basic header (RFC 7617), in a URL."""
    for secret in sorted({one for one in secrets if len(one) >= SHORTEST}, key=len, reverse=True):
        header = base64.b64encode(f"{username}:{secret}".encode()).decode()
        for form in (header, secret, quote(secret, safe=""), repr(secret)[1:-1]):
            text = text.replace(form, HIDDEN)
    return TOKEN.sub(HIDDEN, IN_URL.sub(f"{HIDDEN}@", text))


def without_password(url: str, option: str) -> str:
    """Return a URL from the command line; RequestError where it holds a user or a password, which others could read there."""
    parts = urlsplit(url)
    if "@" in parts.netloc or TOKEN.search(url):
        raise RequestError(
            f"{option}: a password or token does not belong on a command line, where every process of the machine sees it; "
            "revoke it if it was real, take it out of the URL, and use TWINE_USERNAME and TWINE_PASSWORD, keyring or .pypirc"
        )
    return url
