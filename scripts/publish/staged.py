"""What lies in staging, read back from its files: the only source of the index and of the human page.

    VARIANT/files/X.whl  X.whl.metadata  X.whl.build.json  X.whl.repair.json  X.whl.test.json  X.whl.asc
    VARIANT/simple/index.html  index.json
    VARIANT/simple/PROJECT/index.html  index.json
    index.html                                          the human page

A file is listed when everything that belongs beside it is there and belongs to it. The sha256 in the index is that of
the records, not of the bytes found: a file that was changed in staging does not become right by being listed again,
an installer refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import BytesParser

from scripts.core.errors import WheelsError
from scripts.core.record import Record
from scripts.core.run import step
from scripts.publish.artifact import METADATA, SDIST_ENDING, SIGNATURE, project_and_version
from scripts.publish.gate import parse_chain, record_names
from scripts.publish.index_pages import IndexedFile, project_html, project_json, root_html, root_json
from scripts.publish.store import Store, digest

FILES = "files"
SIMPLE = "simple"
# Seen from VARIANT/simple/PROJECT/.
FROM_PROJECT = "../../files/"


@dataclass(frozen=True, kw_only=True)
class StagedFile:
    """A complete file of staging: how it is listed, its records, and the names of what lies beside it."""

    variant: str
    project: str
    indexed: IndexedFile
    chain: dict[str, Record]
    beside: tuple[str, ...]


def beside_names(name: str) -> tuple[str, ...]:
    """Return the names of the files that must lie beside a file in staging."""
    return (f"{name}{METADATA}", *record_names(name).values())


def _staged(store: Store, variant: str, name: str, sizes: dict[str, int]) -> StagedFile:
    folder = f"{variant}/{FILES}/"
    chain = parse_chain(name, lambda beside: store.read(folder + beside))
    last = list(chain.values())[-1]
    metadata = store.read(f"{folder}{name}{METADATA}") or b""
    headers = BytesParser().parsebytes(metadata, headersonly=True)
    project, version = project_and_version(name)
    beside = (*beside_names(name), *([name + SIGNATURE] if name + SIGNATURE in sizes else []))
    return StagedFile(
        variant=variant,
        project=project,
        chain=chain,
        beside=beside,
        indexed=IndexedFile(
            name=name,
            url=FROM_PROJECT + name,
            sha256=last.subject[name],
            size=sizes[name],
            version=version,
            requires_python=str(headers["Requires-Python"] or ""),
            metadata_sha256=digest(metadata),
            uploaded=str(last.statement["predicate"]["runDetails"]["metadata"]["finishedOn"]),
        ),
    )


def staged_files(store: Store, variant: str) -> list[StagedFile]:
    """Return the complete files of a variant, newest name last; what is not complete is named and left out."""
    sizes = store.names(f"{variant}/{FILES}")
    files = []
    for name in sorted(name for name in sizes if name.endswith((".whl", SDIST_ENDING))):
        if any(beside not in sizes for beside in beside_names(name)):
            continue
        try:
            files.append(_staged(store, variant, name, sizes))
        except (WheelsError, KeyError, TypeError) as error:
            step(f"{store.shown}: {name} is not listed: {error}")
    return files


def listed_names(store: Store, variant: str) -> tuple[str, ...]:
    """Return what an index is derived from: the names in the variant's folder of files."""
    return tuple(sorted(store.names(f"{variant}/{FILES}")))


def write_index(store: Store, variant: str) -> None:
    """Write a variant's index from what lies there: the projects' pages first, the list of projects last."""
    files = staged_files(store, variant)
    projects = sorted({file.project for file in files})
    for project in projects:
        indexed = [file.indexed for file in files if file.project == project]
        place = f"{variant}/{SIMPLE}/{project}"
        store.write(f"{place}/index.json", project_json(project, indexed).encode())
        store.write(f"{place}/index.html", project_html(project, indexed).encode())
    store.write(f"{variant}/{SIMPLE}/index.json", root_json(projects).encode())
    store.write(f"{variant}/{SIMPLE}/index.html", root_html(projects).encode())
