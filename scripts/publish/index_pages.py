"""The pages of a static package index: HTML (PEP 503), JSON (PEP 691, 700), for files that lie elsewhere on the server.

All links are relative, so that an index works under any address and from a copy. A static server cannot choose between
HTML and JSON by the Accept header, as PEP 691 would have it: the JSON lies beside the HTML as index.json, for tools that
ask for it by name (promote does).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

API_VERSION = "1.1"
HEAD = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="pypi:repository-version" content="1.1">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n</head>\n<body>\n'
)
TAIL = "</body>\n</html>\n"


@dataclass(frozen=True, kw_only=True)
class IndexedFile:
    """A file as an index lists it; `url` is relative to the project's page, `uploaded` is an ISO 8601 time (UTC)."""

    name: str
    url: str
    sha256: str
    size: int
    version: str
    requires_python: str
    metadata_sha256: str
    uploaded: str


def _anchor(file: IndexedFile) -> str:
    attributes = [f'href="{escape(quote(file.url))}#sha256={file.sha256}"']
    if file.requires_python:
        attributes.append(f'data-requires-python="{escape(file.requires_python)}"')
    if file.metadata_sha256:
        # PEP 714: installers look for the second name, older ones for the first.
        attributes.append(f'data-dist-info-metadata="sha256={file.metadata_sha256}"')
        attributes.append(f'data-core-metadata="sha256={file.metadata_sha256}"')
    return f"<a {' '.join(attributes)}>{escape(file.name)}</a><br>\n"


def project_html(project: str, files: Iterable[IndexedFile]) -> str:
    """Return a project's page (PEP 503, with the attributes of PEP 658 and 714)."""
    title = escape(f"Links for {project}")
    return f"{HEAD.format(title=title)}<h1>{title}</h1>\n{''.join(_anchor(file) for file in files)}{TAIL}"


def project_json(project: str, files: Sequence[IndexedFile]) -> str:
    """Return a project's page as JSON (PEP 691, with the fields of PEP 700 and 714)."""
    content: dict[str, Any] = {
        "meta": {"api-version": API_VERSION},
        "name": project,
        "versions": sorted({file.version for file in files}),
        "files": [_json_file(file) for file in files],
    }
    return json.dumps(content, indent=1) + "\n"


def _json_file(file: IndexedFile) -> dict[str, Any]:
    metadata = {"sha256": file.metadata_sha256}
    return {
        "filename": file.name,
        "url": quote(file.url),
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": file.uploaded,
        **({"requires-python": file.requires_python} if file.requires_python else {}),
        **({"core-metadata": metadata, "dist-info-metadata": metadata} if file.metadata_sha256 else {}),
    }


def root_html(projects: Iterable[str]) -> str:
    """Return the page that lists the projects (PEP 503)."""
    links = "".join(f'<a href="{escape(project)}/">{escape(project)}</a><br>\n' for project in projects)
    return f"{HEAD.format(title='Simple index')}{links}{TAIL}"


def root_json(projects: Iterable[str]) -> str:
    """Return the list of projects as JSON (PEP 691)."""
    content = {"meta": {"api-version": API_VERSION}, "projects": [{"name": project} for project in projects]}
    return json.dumps(content, indent=1) + "\n"
