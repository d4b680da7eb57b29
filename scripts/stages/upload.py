"""upload: the wheelhouse to staging or to a package index; only what the gate lets pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.core.context import context_of
from scripts.core.layout import Layout
from scripts.core.request import Request
from scripts.publish.candidates import files_of, select
from scripts.publish.deliver import Delivered, deliver
from scripts.publish.expected import has_sdist
from scripts.publish.gate import SDIST
from scripts.publish.places import destination_of
from scripts.publish.settings import upload_settings
from scripts.publish.transfer import Patience
from scripts.publish.wishes import known_variant, upload_wishes


def upload(layout: Layout, words: Sequence[str], patience: Patience | None = None) -> Delivered:
    """Upload a release from the wheelhouse to where `--to` says.

    Raises:
        GateError, RecordError: the set is not complete, or a file was not tested in full; nothing was sent.
        IntegrityError: a file is not the bytes of its records, or the other end has others; nothing was sent.
        UploadError: the other end does not take a file; the next run goes on.
    """
    wishes = upload_wishes(words)
    context = context_of(layout, Request())
    settings = upload_settings(layout.config)
    chosen = known_variant(context.config, wishes.variant)
    variants = [chosen] if chosen else list(context.config.variants)
    version = wishes.version or context.lock.version
    wheelhouse = (wishes.wheelhouse or layout.wheelhouse).expanduser()
    files: dict[str, list[Path]] = {}
    for variant in variants:
        places = [wheelhouse / variant, *([wheelhouse / SDIST] if has_sdist(context.config, variant) else [])]
        files[variant] = [path for place in places for path in files_of(place, context.lock.name, version, wishes.wheel_type)]
    selection = select(files, version, wishes, context, settings)
    destination = destination_of(wishes.to, wishes.simple, context.config, settings, variants)
    return deliver(context, "upload", destination, selection, wishes, patience or Patience())
