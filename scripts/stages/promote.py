"""promote: a release from staging, an index or a folder on the web to the next place; every byte proved before it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from scripts.core.context import Context, context_of
from scripts.core.errors import RequestError
from scripts.core.layout import Layout
from scripts.core.packages import canonical
from scripts.core.request import Request
from scripts.core.run import step
from scripts.publish.artifact import Artifact
from scripts.publish.candidates import Selection, rules_of, select
from scripts.publish.deliver import Delivered, deliver
from scripts.publish.expected import has_sdist
from scripts.publish.fetch import Fetcher, fetch_release
from scripts.publish.places import destination_of, is_web, source_of, store_of
from scripts.publish.remote_index import Listing
from scripts.publish.settings import UploadSettings, upload_settings
from scripts.publish.signing import sign
from scripts.publish.staging import Staging
from scripts.publish.transfer import Patience
from scripts.publish.wishes import Wishes, known_variant, promote_wishes


def _fetcher(context: Context, settings: UploadSettings, wishes: Wishes, patience: Patience) -> tuple[Fetcher, Wishes]:
    reader, start = source_of(wishes.source)
    fetcher = Fetcher(
        reader=reader,
        patience=patience,
        rules=rules_of(context, settings),
        most_bytes=settings.most_bytes,
        local_records=tuple(context.layout.wheelhouse / variant for variant in (*context.config.variants, "sdist")),
        console=Console(stderr=True),
    )
    return fetcher, replace(wishes, source=start)


def _variants(listings: dict[str, Listing], chosen: str, context: Context) -> list[str]:
    if chosen:
        return [chosen]
    return [name for name in listings if name] or list(context.config.variants)


def _signed_in_staging(selection: Selection, wishes: Wishes, staging: Staging | None) -> None:
    """Sign what was fetched; keep the signatures beside the files in staging where that can be written, else here."""
    for artifact in selection.all:
        signature = sign(artifact.path)
        if staging is None:
            step(
                f"{signature}: staging at {wishes.source} is read by http and cannot be written; put the signature there by hand"
            )
        else:
            staging.send_signature(artifact)
            step(f"signed: {signature.name}, kept in {staging.shown}")
    if staging is not None:
        staging.finish()


def _source_staging(wishes: Wishes, context: Context, artifacts: Sequence[Artifact]) -> Staging | None:
    """Return the place that was promoted from as one to write to, if it is staging of ours and can be written."""
    if is_web(wishes.source):
        return None
    staging = Staging(store_of(wishes.source), context.config, context.config.variants)
    return staging if set(staging.present(artifacts)) == {artifact.name for artifact in artifacts} else None


def promote(layout: Layout, words: Sequence[str], patience: Patience | None = None) -> Delivered:
    """Fetch a release from where `--from` says, prove it, and send it to where `--to` says.

    Raises:
        RemoteError: the listing is missing, too large, or not fit to be read; nothing was sent.
        IntegrityError: link, record and bytes do not agree, or the other end has other bytes; nothing was sent.
        GateError, RecordError: the set is not complete, or a file was not tested in full; nothing was sent.
        UploadError: the other end does not take a file; the next run goes on.
    """
    asked = promote_wishes(words)
    context = context_of(layout, Request())
    if canonical(asked.project) != context.lock.name:
        raise RequestError(
            f"this repository publishes {context.lock.name}, not {asked.project}; its records speak for nothing else"
        )
    settings = upload_settings(layout.config)
    waiting = patience or Patience()
    fetcher, wishes = _fetcher(context, settings, asked, waiting)
    chosen = known_variant(context.config, asked.variant)
    listings = fetcher.listings(wishes, [chosen] if chosen else context.config.variants)
    variants = _variants(listings, chosen, context)
    folder = (asked.wheelhouse or layout.build / "promote" / f"{context.lock.name}-{asked.version}").expanduser()
    sdist_variant = next(name for name in context.config.variants if has_sdist(context.config, name))
    files: dict[str, list[Path]] = fetch_release(fetcher, listings, wishes, folder, variants, sdist_variant)
    if listings.keys() == {""}:
        # Nothing but the records says of which variant these are; what is expected follows from what was found.
        variants = [name for name in variants if name in files] or variants
    selection = select({name: files.get(name, []) for name in variants}, asked.version, asked, context, settings)
    if asked.no_upload:
        if asked.sign:
            _signed_in_staging(selection, asked, _source_staging(asked, context, selection.all))
        step(f"{len(selection.all)} files, each proved, are in {layout.shown(folder)}; nothing was sent (--no-upload)")
        return Delivered()
    destination = destination_of(asked.to, asked.simple, context.config, settings, variants)
    if asked.sign and not asked.dry_run and not isinstance(destination, Staging):
        _signed_in_staging(selection, asked, _source_staging(asked, context, selection.all))
        return deliver(context, "promote", destination, selection, replace(asked, sign=False), waiting)
    return deliver(context, "promote", destination, selection, asked, waiting)
