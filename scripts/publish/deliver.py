"""The last part of upload and promote alike: look, show, ask, send, and keep a record of what was sent where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from scripts.core.context import Context, Made
from scripts.core.errors import RequestError
from scripts.core.record import PASSED, Input, Plan
from scripts.core.run import step
from scripts.publish.artifact import Artifact
from scripts.publish.candidates import Selection
from scripts.publish.package_index import PackageIndex
from scripts.publish.preflight import ask, print_preflight
from scripts.publish.signing import check_signature, sign
from scripts.publish.staging import Staging
from scripts.publish.transfer import Patience, Sent, patiently, send_all, wanting
from scripts.publish.wishes import Wishes


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What came of a command: the files that were sent and those that were there; both empty where nothing was to be sent."""

    sent: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


def only_variant(artifacts: Sequence[Artifact]) -> str:
    """Return the one variant of these files; RequestError where there are two: an index takes one."""
    variants = sorted({artifact.proof.variant for artifact in artifacts if artifact.proof.variant})
    if len(variants) > 1:
        raise RequestError(
            f"a package index takes one variant, and these files are of {' and '.join(variants)}: under one name and version, "
            f"pip would choose between them by their tags. Say which one with --variant {variants[0]}"
        )
    return variants[0] if variants else ""


@contextmanager
def _held(destination: Staging | PackageIndex) -> Iterator[None]:
    """Keep other uploaders out of a staging folder, between the look at what is there and the index."""
    if isinstance(destination, Staging):
        with destination.store.hold():
            yield
    else:
        yield


def _plan(stage: str, destination: str, selection: Selection, wishes: Wishes) -> Plan:
    return Plan(
        stage=stage,
        cell="all",
        asked={"to": destination, "version": selection.version, "partial": wishes.partial, "left": list(selection.left)},
        settings={},
        inputs=tuple(Input(name=artifact.name, digest=artifact.sha256) for artifact in selection.all),
    )


def _send(
    context: Context, stage: str, destination: Staging | PackageIndex, selection: Selection, wishes: Wishes, patience: Patience
) -> Sent:
    plan = _plan(stage, destination.shown, selection, wishes)
    short = hashlib.sha256(destination.shown.encode()).hexdigest()[:8]
    result: list[Sent] = []

    def work() -> Made:
        sent = send_all(destination, selection.all, patience, Console(stderr=True))
        result.append(sent)
        facts = {"sent": list(sent.sent), "there": list(sent.there)}
        return Made(subject={one.name: one.sha256 for one in selection.all}, status=PASSED, facts=facts)

    context.recorded(plan, context.log(f"{stage}-{short}"), work)
    return result[0]


def deliver(
    context: Context, stage: str, destination: Staging | PackageIndex, selection: Selection, wishes: Wishes, patience: Patience
) -> Delivered:
    """Send what passed the gate, after the look at the other end, the table and the question.

    Raises:
        IntegrityError: a file of the same name with other bytes is there; nothing was sent.
        GateError: the index has another variant; nothing was sent.
        UploadError: the other end does not take a file; the next run goes on.
    """
    artifacts = selection.all
    if isinstance(destination, PackageIndex):
        variant = only_variant(artifacts)
        if variant:
            patiently(destination.shown, lambda: destination.check_variant(artifacts, variant), patience)
    for artifact in artifacts:
        if wishes.sign and not wishes.dry_run:
            step(f"signed: {sign(artifact.path).name}")
        else:
            check_signature(artifact.path)
    to_send = patiently(destination.shown, lambda: wanting(destination, artifacts), patience)
    print_preflight(artifacts, to_send, wishes.verbose)
    if wishes.dry_run:
        step(f"dry run: {len(to_send)} of {len(artifacts)} files would be sent to {destination.shown}; nothing was sent")
        return Delivered()
    if to_send and not ask(f"Send {len(to_send)} of {len(artifacts)} files to {destination.shown}?", wishes.yes):
        step("nothing was sent")
        return Delivered()
    with _held(destination):
        sent = _send(context, stage, destination, selection, wishes, patience)
        if wishes.sign and isinstance(destination, Staging):
            for artifact in artifacts:
                destination.send_signature(artifact)
            destination.finish()
    step(
        f"{len(artifacts)} of {len(artifacts)} files are at {destination.shown}: {len(sent.sent)} sent now, "
        f"{len(sent.there)} were there"
    )
    return Delivered(sent=sent.sent, there=sent.there)
