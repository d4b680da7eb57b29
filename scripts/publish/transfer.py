"""Sending many files so that the next run can go on where this one ended: waiting, trying again, counting, showing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from scripts.core.errors import UploadError, WheelsError
from scripts.core.run import step
from scripts.publish.artifact import Artifact
from scripts.publish.destination import Destination, check_same
from scripts.publish.errors import TemporaryError

T = TypeVar("T")
NOTHING_SENT = "nothing was sent"
NOT_OVERWRITTEN = "nothing was overwritten"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often something is tried, and how long is waited between: doubled each time, with jitter, up to a bound."""

    tries: int = 5
    first_seconds: float = 1.0
    most_seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def seconds(self, tried: int) -> float:
        """Return how long to wait after the `tried`-th try; the jitter keeps two uploaders from meeting again and again."""
        longest = min(self.most_seconds, self.first_seconds * 2.0 ** (tried - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret


@dataclass(frozen=True, kw_only=True)
class Sent:
    """How many files were sent, and how many were there already."""

    sent: tuple[str, ...]
    there: tuple[str, ...]


def patiently(what: str, action: Callable[[], T], patience: Patience) -> T:
    """Return what the action returns, trying again after each TemporaryError; UploadError when it stays."""
    for tried in range(1, patience.tries + 1):
        try:
            return action()
        except TemporaryError as error:
            if tried == patience.tries:
                raise UploadError(
                    f"{what}: {error} ({tried} tries); run the same command again when the other end is well"
                ) from error
            seconds = patience.seconds(tried)
            step(f"{what}: {error}; trying again in {seconds:.1f} s ({tried} of {patience.tries} tries)")
            patience.sleep(seconds)
    raise AssertionError("a patience has at least one try")


@contextmanager
def progress_bar(console: Console, words: str, total: int) -> Iterator[Callable[[str, int], None]]:
    """Show a bar over `total` bytes; yields what to call with a file's name and the bytes done since the last call."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task(words, total=total)

        def done(name: str, size: int) -> None:
            progress.update(task, description=f"{words} {name}", advance=size)

        yield done


def wanting(destination: Destination, artifacts: Sequence[Artifact], so_far: str = NOTHING_SENT) -> list[Artifact]:
    """Return the files that are not there yet, or not with all that belongs beside them; IntegrityError for other bytes."""
    present = destination.present(artifacts)
    check_same(destination.shown, artifacts, present, so_far)
    return [one for one in artifacts if one.name not in present or not destination.is_complete(one)]


def _send_one(destination: Destination, artifact: Artifact, patience: Patience) -> None:
    tried = False

    def send() -> None:
        nonlocal tried
        # An answer that was lost is no failure: the file may have arrived, and nothing is sent twice.
        if tried and not wanting(destination, [artifact], NOT_OVERWRITTEN):
            return
        tried = True
        destination.send(artifact)

    patiently(artifact.name, send, patience)


def _how_far(destination: Destination, artifacts: Sequence[Artifact], sent: int) -> str:
    """Return how many files are whole at the other end, as it says itself; what this run counted where it does not answer."""
    try:
        missing = len(wanting(destination, artifacts))
    except (TemporaryError, WheelsError, OSError):
        return f"{sent} of {len(artifacts)} files are known to be at {destination.shown}; it does not answer any more"
    return f"{len(artifacts) - missing} of {len(artifacts)} files are whole at {destination.shown}"


def send_all(destination: Destination, artifacts: Sequence[Artifact], patience: Patience, console: Console) -> Sent:
    """Send the files that are not there yet, one after another, and make them visible.

    Raises:
        IntegrityError: a file of the same name with other bytes is there; nothing was sent.
        UploadError: the other end does not take a file; the message says how many are there, and the next run goes on.
    """
    to_send = patiently(destination.shown, lambda: wanting(destination, artifacts), patience)
    already = len(artifacts) - len(to_send)
    done: list[str] = []
    try:
        with progress_bar(console, "sending", sum(artifact.size for artifact in to_send)) as show:
            for artifact in to_send:
                _send_one(destination, artifact, patience)
                done.append(artifact.name)
                show(artifact.name, artifact.size)
        patiently(f"the index of {destination.shown}", destination.finish, patience)
    except WheelsError as error:
        far = _how_far(destination, artifacts, already + len(done))
        raise type(error)(f"{error}. {far}; the same command goes on from there") from error
    except KeyboardInterrupt:
        step(f"interrupted: {already + len(done)} of {len(artifacts)} files are at {destination.shown}")
        raise
    names = {artifact.name for artifact in artifacts}
    return Sent(sent=tuple(done), there=tuple(sorted(names - set(done))))
