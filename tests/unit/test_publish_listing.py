"""Foreign listings: read within bounds, names are names, links are http(s)."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.core.errors import RemoteError
from scripts.publish.reader import HttpReader, Page, StoreReader, check_step
from scripts.publish.remote_index import MOST_PAGE_BYTES, find_listing, of_release, parse_listing, read_listing
from scripts.publish.store import FolderStore
from tests.publish_servers import page_server

WHEEL = "numexpr-2.14.2-cp311-cp311-manylinux_2_28_x86_64.whl"
HASH = "a" * 64
JSON = "application/vnd.pypi.simple.v1+json"
SECONDS = 20.0
BYTES = 100_000_000


def page(body: str, kind: str = "text/html", url: str = "https://example.invalid/simple/numexpr/") -> Page:
    return Page(url=url, content_type=kind, body=body.encode())


def as_json(name: str, url: str) -> Page:
    return page(
        json.dumps(
            {
                "meta": {"api-version": "1.1"},
                "name": "numexpr",
                "files": [{"filename": name, "url": url, "hashes": {"sha256": HASH}}],
            }
        ),
        JSON,
    )


def test_pep_503_with_relative_links_and_hashes() -> None:
    listing = parse_listing(page(f'<a href="../../files/{WHEEL}#sha256={HASH}">{WHEEL}</a>'))
    (file,) = listing.files
    assert (file.name, file.sha256) == (WHEEL, HASH)
    assert file.url == f"https://example.invalid/files/{WHEEL}"


def test_pep_691() -> None:
    (file,) = parse_listing(as_json(WHEEL, f"../../files/{WHEEL}")).files
    assert (file.name, file.sha256, file.url) == (WHEEL, HASH, f"https://example.invalid/files/{WHEEL}")


def test_a_servers_list_of_a_folder() -> None:
    body = f'<a href="../">Up</a><a href="?C=M">Date</a><a href="{WHEEL}">numexpr-2.14..&gt;</a><a href="{WHEEL}.test.json">x</a>'
    (file,) = parse_listing(page(body)).files
    assert (file.name, file.sha256) == (WHEEL, "")


@pytest.mark.parametrize(
    "name",
    [
        "../numexpr-2.14.2-cp311-cp311-win_amd64.whl",
        "..\\numexpr.whl",
        "/etc/cron.d/numexpr.whl",
        "C:\\numexpr.whl",
        ".numexpr.whl",
        "-rf.whl",
        "a\nb.whl",
        "a\0b.whl",
        "x" * 300 + ".whl",
        "~/numexpr-2.14.2.tar.gz",
    ],
)
def test_a_name_that_is_a_path_is_refused_with_the_whole_listing(name: str) -> None:
    with pytest.raises(RemoteError, match="nothing of this listing is used"):
        parse_listing(as_json(name, "x.whl"))


@pytest.mark.parametrize("link", [f"..%2f..%2f{WHEEL}", f"..%2F{WHEEL}", f"a%5c{WHEEL}", "..%2f..%2fetc%2fpasswd%2f.whl"])
def test_a_quoted_path_in_a_link_is_refused(link: str) -> None:
    with pytest.raises(RemoteError, match="may lead into another folder"):
        parse_listing(page(f'<a href="{link}">{WHEEL}</a>'))


@given(st.text(max_size=40))
def test_whatever_a_listing_says_a_name_stays_in_its_folder(text: str) -> None:
    try:
        files = parse_listing(as_json(f"{text}.whl", "x.whl")).files
    except RemoteError:
        return
    for file in files:
        assert (Path("/folder") / file.name).parent == Path("/folder")
        assert not file.name.startswith((".", "-"))


@given(st.text(max_size=200), st.sampled_from(["text/html", JSON]))
def test_no_text_makes_the_reader_break(text: str, kind: str) -> None:
    try:
        parse_listing(page(text, kind))
    except RemoteError as error:
        assert "example.invalid" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "link", ["file:///etc/numexpr.whl", "ftp://example.invalid/numexpr.whl", "javascript:1.whl", "http://example.invalid/a.whl"]
)
def test_links_lead_by_https_from_https(link: str) -> None:
    with pytest.raises(RemoteError, match="is not followed"):
        parse_listing(page(f'<a href="{link}">{WHEEL}</a>'))


def test_one_name_with_two_hashes_is_refused() -> None:
    body = f'<a href="{WHEEL}#sha256={HASH}">1</a><a href="b/{WHEEL}#sha256={"b" * 64}">2</a>'
    with pytest.raises(RemoteError, match="twice, with different hashes"):
        parse_listing(page(body))


@pytest.mark.parametrize(
    "body", ["", "{}", '{"files": 3}', "[]", "{" * 50_000, '{"meta": {"api-version": "9.0"}, "name": "x", "files": []}']
)
def test_json_that_is_no_listing(body: str) -> None:
    with pytest.raises(RemoteError, match=r"no JSON listing|cannot be read"):
        parse_listing(page(body, JSON))


@pytest.mark.parametrize("kind", ["html", "long html", "json"])
def test_a_hundred_thousand_links_are_refused_soon_and_in_little_memory(kind: str) -> None:
    count = 100_000
    if kind == "json":
        body = json.dumps(
            {"meta": {"api-version": "1.0"}, "name": "numexpr", "files": [{"filename": "a", "url": "a", "hashes": {}}] * count}
        ).encode()
        pages = {"/": (JSON, body)}
    else:
        link = '<a href="a">a</a>' if kind == "html" else f'<a href="{WHEEL}#sha256={HASH}">{WHEEL}</a>\n'
        pages = {"/": ("text/html", (link * count).encode())}
    with page_server(pages) as url:
        tracemalloc.start()
        # Of the processor: a busy machine is not what is measured.
        begin = time.process_time()
        try:
            with pytest.raises(RemoteError, match=r"more than 10,000 links|larger than 8,000,000 bytes"):
                read_listing(HttpReader(), url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert time.process_time() - begin < SECONDS
    assert peak < BYTES


def test_an_endless_page_is_not_read_to_its_end() -> None:
    with page_server({"/": ("text/html", b"x" * (MOST_PAGE_BYTES + 1))}) as url, pytest.raises(RemoteError, match="larger than"):
        read_listing(HttpReader(), url)


def test_redirects_are_few_and_by_http_only() -> None:
    with page_server({}, {"/loop": "/loop", "/away": "file:///etc/passwd"}) as url:
        with pytest.raises(RemoteError, match="redirects more than 5 times"):
            read_listing(HttpReader(), f"{url}loop")
        with pytest.raises(RemoteError, match="is not followed"):
            read_listing(HttpReader(), f"{url}away")


@pytest.mark.parametrize(
    ("before", "after"), [("https://a/", "http://a/"), ("http://a/", "ftp://a/"), ("file:///", "https://a/")]
)
def test_steps_that_are_not_taken(before: str, after: str) -> None:
    with pytest.raises(RemoteError):
        check_step(before, after)


@pytest.mark.parametrize("place", ["", "plain/simple/numexpr/", "simple/numexpr/", "numexpr/"])
def test_a_listing_is_found_from_every_usual_address(place: str) -> None:
    body = f'<a href="{WHEEL}#sha256={HASH}">{WHEEL}</a>'.encode()
    with page_server({f"/{place}": ("text/html", body)}) as url:
        variant = "plain" if "plain" in place else ""
        listing = find_listing(HttpReader(), url, "NumExpr", variant)
    assert listing is not None
    assert [file.name for file in listing.files] == [WHEEL]


def test_a_store_is_not_left(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    reader = StoreReader(FolderStore(tmp_path / "store"))
    assert reader.page("file:///missing", 10) is None
    for url in ("file:///..%2fsecret", "file://host/secret", "https://example.invalid/"):
        with pytest.raises(RemoteError, match="leads out"):
            reader.page(url, 10)


def test_other_releases_and_strange_names_are_passed_over() -> None:
    names = [WHEEL, WHEEL.replace("2.14.2", "2.14.1"), "other-2.14.2.tar.gz", "numexpr-2.14.2.tar.gz", "what.whl"]
    listing = parse_listing(page("".join(f'<a href="{name}">{name}</a>' for name in names)))
    assert [file.name for file in of_release(listing.files, "numexpr", "2.14.2")] == [WHEEL, "numexpr-2.14.2.tar.gz"]
