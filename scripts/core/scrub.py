"""Taking out of a text what only one machine or person has, before it goes into a record."""

from __future__ import annotations

import getpass
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from scripts.core.layout import Layout

# A password or token in a URL, as pip and git configurations may hold them.
CREDENTIALS = re.compile(r"(?P<scheme>\w+://)[^/@\s'\"]+@")
# Variables that hold secrets, printed by a tool that echoes its environment.
ASSIGNMENT = re.compile(r"(?P<name>\b\w*(?:TOKEN|PASSWORD|SECRET|PASSWD|API_?KEY)\w*\s*[=:]\s*)\S+", re.IGNORECASE)
MOST_CHARACTERS = 4000


def _places(layout: Layout) -> Iterator[tuple[str, str]]:
    yield str(layout.out), "."
    yield str(layout.root), "."
    yield str(layout.cache), "CACHE"
    yield str(Path.home()), "~"
    yield tempfile.gettempdir(), "TMP"


def scrubbed(text: str, layout: Layout) -> str:
    """Return the text without this machine's folders, the user's name, and credentials; at most its last 4000 characters."""
    for place, name in sorted(_places(layout), key=lambda pair: -len(pair[0])):
        if len(place) > 1:
            # As it is, and as a URL has it.
            text = text.replace(place, name).replace(quote(place), name)
    text = ASSIGNMENT.sub(r"\g<name>***", CREDENTIALS.sub(r"\g<scheme>***@", text))
    user = _user()
    # A short name, or root, is a part of other words.
    if len(user) > 4:
        text = re.sub(rf"\b{re.escape(user)}\b", "USER", text)
    return text[-MOST_CHARACTERS:]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return os.environ.get("USERNAME", "")
