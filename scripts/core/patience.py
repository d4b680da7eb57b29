"""pip, giving up within seconds where the index's host takes no connection at all.

pip by itself tries six times, 15 seconds each where a firewall swallows what is sent. Of a host that cannot be reached the
first attempt tells as much; any other trouble (a slow answer, a broken connection) gets pip's own patience.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from scripts.core.errors import CommandError
from scripts.core.run import attempt, command, output_of

IMPATIENT = {"retries": "1", "timeout": "3"}
# What the person has set, in pip's files or variables, counts; the timeout has a second name.
SET_BY_PERSON = re.compile(r"^[\w:]+\.(?:default-)?(retries|timeout)=", re.MULTILINE)
# pip's words for a connection that failed, was slow or broke off.
TROUBLE = re.compile(r"Retrying \(|ReadTimeout|IncompleteRead|Connection(ResetError| reset| aborted| broken)|ProtocolError")
# urllib3's names for a connection that never came to be.
NO_CONNECTION = re.compile(r"NewConnectionError|ConnectTimeoutError|NameResolutionError")
HOST = re.compile(r"host='([^']+)'|Connection to (\S+) timed out|Failed to resolve '([^']+)'")


def _impatient(python: str) -> list[str]:
    """Return the options that make pip give up soon, apart from those that the person has set."""
    try:
        settings = output_of([python, "-m", "pip", "--disable-pip-version-check", "config", "list"])
    except CommandError:  # What is wrong with it, pip itself will say.
        return []
    own = SET_BY_PERSON.findall(settings)
    return [word for name, value in IMPATIENT.items() if name not in own for word in (f"--{name}", value)]


def _said(log: Path, since: int) -> str:
    return log.read_bytes()[since:].decode("utf-8", "replace") if log.is_file() else ""


def _unreached(said: str) -> str:
    """Return the host that pip could not connect to, as far as its output tells; empty where that was not the trouble."""
    for line in said.splitlines():
        if NO_CONNECTION.search(line):
            found = HOST.search(line)
            return next(filter(None, found.groups()), "") if found else "the index's host"
    return ""


def pip(words: Sequence[object], log: Path) -> tuple[int, str]:
    """Run a pip command that may download; return its status, and the host that took no connection where that ended it.

    `words` begins with the interpreter that has pip.
    """
    since = log.stat().st_size if log.is_file() else 0
    impatient = _impatient(str(words[0]))
    if impatient:
        status = attempt(command([*words, *impatient], log=log))
        said = _said(log, since)
        if status == 0 or _unreached(said) or not TROUBLE.search(said):
            return status, _unreached(said) if status else ""
    status = attempt(command(words, log=log))
    return status, _unreached(_said(log, since)) if status else ""
