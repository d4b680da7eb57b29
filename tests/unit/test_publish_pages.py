"""The pages: installers' (PEP 503, 691, 658, 714) and people's."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from pypi_simple.classes import ProjectPage

from scripts.core.config import read_config
from scripts.pages.words import platform_words, python_words, size_words
from scripts.publish.human_page import human_page
from scripts.publish.index_pages import IndexedFile, project_html, project_json, root_html, root_json
from scripts.publish.staged import staged_files
from scripts.publish.store import FolderStore, content_type
from scripts.stages.upload import upload
from tests.publish_house import make_house

FILE = IndexedFile(
    name="numexpr-1+a-cp311-cp311-win_amd64.whl",
    url="../../files/numexpr-1+a-cp311-cp311-win_amd64.whl",
    sha256="a" * 64,
    size=5,
    version="1",
    requires_python='>=3.11,<4,!="<b>"',
    metadata_sha256="b" * 64,
    uploaded="2026-11-22T09:18:50.373Z",
)


def test_html_is_read_by_a_library_as_it_was_meant() -> None:
    page = ProjectPage.from_html(
        "numexpr", project_html("numexpr", [FILE]), base_url="https://example.invalid/plain/simple/numexpr/"
    )
    (package,) = page.packages
    assert unquote(package.url) == "https://example.invalid/plain/files/numexpr-1+a-cp311-cp311-win_amd64.whl"
    assert package.digests == {"sha256": "a" * 64}
    assert package.requires_python == FILE.requires_python
    assert package.has_metadata is True
    assert package.metadata_digests == {"sha256": "b" * 64}


def test_json_is_read_by_a_library_as_it_was_meant() -> None:
    page = ProjectPage.from_json_data(
        json.loads(project_json("numexpr", [FILE])), base_url="https://example.invalid/plain/simple/numexpr/"
    )
    (package,) = page.packages
    assert (package.digests, package.size, package.requires_python) == ({"sha256": "a" * 64}, 5, FILE.requires_python)
    assert package.metadata_digests == {"sha256": "b" * 64}
    assert page.versions == ["1"]


def test_roots() -> None:
    assert '<a href="numexpr/">numexpr</a>' in root_html(["numexpr"])
    assert json.loads(root_json(["numexpr"]))["projects"] == [{"name": "numexpr"}]


@pytest.mark.parametrize(
    ("platforms", "words"),
    [
        (("manylinux_2_27_x86_64", "manylinux_2_28_x86_64"), ("Linux x86-64", "glibc 2.27 or newer")),
        (("manylinux2014_x86_64", "manylinux_2_17_x86_64"), ("Linux x86-64", "glibc 2.17 or newer")),
        (("manylinux_2_28_aarch64",), ("Linux ARM64", "glibc 2.28 or newer")),
        (("musllinux_1_2_x86_64",), ("Linux x86-64", "musl 1.2 or newer")),
        (("macosx_11_0_arm64",), ("macOS ARM64", "macOS 11.0 or newer")),
        (("win_amd64",), ("Windows x86-64", "")),
        (("win32",), ("Windows x86", "")),
        (("any",), ("any", "")),
    ],
)
def test_platforms_in_words(platforms: tuple[str, ...], words: tuple[str, str]) -> None:
    assert platform_words(platforms) == words


def test_pythons_and_sizes_in_words() -> None:
    assert [python_words(tag) for tag in ("cp311-cp311", "cp314-cp314t", "py3-none")] == [
        "3.11",
        "3.14, free-threaded",
        "py3-none",
    ]
    assert [size_words(size) for size in (249_755, 4_300_000)] == ["250 kB", "4.3 MB"]


def test_the_human_page_is_self_contained_and_says_what_there_is(tmp_path: Path) -> None:
    house = make_house(tmp_path / "checkout", variants=("plain", "vml"))
    upload(house.layout, ["--to", str(tmp_path / "staging"), "--yes"])
    page = (tmp_path / "staging" / "index.html").read_text(encoding="utf-8")
    for wheel in (*house.files(), *house.wheels("vml")):
        assert f'files/{wheel.name}"' in page
    assert page.count("6,042 passed") == 10
    assert "on this platform, numpy 2.4.6" in page
    for foreign in ("http://", "https://", "<link", "@import", "src="):
        assert foreign not in page
    assert (
        page.index("plain/files/numexpr-2.14.2-cp311") < page.index("plain/files/numexpr-2.14.2-cp315") < page.index("vml/files/")
    )


def test_an_empty_staging_has_a_page_too(tmp_path: Path) -> None:
    config = read_config(make_house(tmp_path / "checkout").layout.config)
    assert "Nothing has been uploaded yet" in human_page(config, [])
    assert staged_files(FolderStore(tmp_path / "none"), "plain") == []


def test_media_types() -> None:
    assert content_type("plain/simple/numexpr/index.json") == "application/vnd.pypi.simple.v1+json"
    assert content_type("x.whl.test.json") == "application/json"
    assert content_type("x.whl") == "application/octet-stream"
