"""The human page in a real headless browser: its rows, its links, and how it reads at desktop and phone width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from scripts.stages.upload import upload
from tests.browser import DESKTOP, PHONE, browse, look, needs_browser, probe
from tests.publish_house import House, make_house
from tests.publish_servers import static_server

LOOK = """{
    width: view.innerWidth,
    scroll: page.documentElement.scrollWidth,
    rows: all("tbody tr").map((row) => row.innerText),
    links: all("a").map((link) => link.getAttribute("href")),
    hidden: all("td").filter((cell) => !shown(cell)).length,
    outside: all("td > *, pre, h1, h2, p").filter((node) => node.getBoundingClientRect().right > view.innerWidth + 1).length,
    smallest: Math.min(...all("td, td *, p, small").map((node) => parseFloat(view.getComputedStyle(node).fontSize))),
    text: parseFloat(view.getComputedStyle(page.body).fontSize),
    head: shown(page.querySelector("thead")),
    labels: all("td").map((cell) => view.getComputedStyle(cell, "::before").content),
    index: all("[data-index]").map((node) => node.textContent),
    foreign: view.performance.getEntriesByType("resource").map((entry) => entry.name),
    scheme: view.getComputedStyle(page.documentElement).colorScheme,
}"""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), variants=("plain", "vml"))


@pytest.fixture(scope="module")
def site(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    upload(house.layout, ["--to", str(folder), "--yes"])
    for width in (PHONE, DESKTOP):
        probe(folder, width, LOOK)
    with static_server(folder) as url:
        yield url


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_file_is_a_row_that_fits_and_every_link_works(site: str, house: House, tmp_path: Path, width: int) -> None:
    seen = look(f"{site}probe-{width}.html", tmp_path)
    assert seen["width"] == width
    names = [path.name for path in (*house.files(), *house.wheels("vml"))]
    assert len(seen["rows"]) == len(names)
    for name in names:
        assert sum(name in row for row in seen["rows"]) == 1
    wheels = [row for row in seen["rows"] if ".whl" in row]
    assert all("Linux x86-64" in row and "6,042 passed" in row and "2026-" in row and "kB" in row for row in wheels)
    # Nothing sticks out, nothing is hidden, nothing has to be scrolled to the side for.
    assert seen["scroll"] <= width
    assert (seen["hidden"], seen["outside"]) == (0, 0)
    assert seen["smallest"] >= 11
    assert seen["text"] >= 16
    assert seen["head"] is (width == DESKTOP)
    if width == PHONE:
        assert all(label not in ("none", "normal", '""') for label in seen["labels"] if label != '"File"')
    assert seen["scheme"] == "light dark"
    assert all(url.startswith(site) for url in seen["foreign"])
    assert seen["index"] == [f"{site}plain/simple/", f"{site}vml/simple/"]
    assert len(seen["links"]) == 10 * 5 + 3
    for link in seen["links"]:
        answer = requests.get(urljoin(site, link), timeout=30)
        assert (link, answer.status_code) == (link, 200)
    wheel = house.wheels()[0]
    assert requests.get(f"{site}plain/files/{wheel.name}", timeout=30).content == wheel.read_bytes()


def test_a_screenshot_is_no_blank_sheet(site: str, tmp_path: Path) -> None:
    browse(tmp_path / "profile", "--window-size=1280,1400", f"--screenshot={tmp_path / 'page.png'}", f"{site}index.html")
    assert (tmp_path / "page.png").stat().st_size > 20_000
