"""The human page in a real headless browser: its rows, its links, and how it reads at desktop and phone width."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from scripts.stages.upload import upload
from tests.publish_house import House, make_house
from tests.publish_servers import static_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)
PHONE, DESKTOP = 390, 1280
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--virtual-time-budget=10000",
)  # fmt: skip
# A page that looks at the page under test through a frame of a given width, and writes down what it sees.
PROBE = """<!DOCTYPE html><html><body>
<iframe id="f" src="index.html" style="width:WIDTHpx;height:800px;border:0"></iframe><pre id="seen"></pre>
<script>
document.getElementById("f").onload = () => {
  const frame = document.getElementById("f"), page = frame.contentDocument, view = frame.contentWindow;
  const shown = (node) => { const box = node.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const all = (selector) => [...page.querySelectorAll(selector)];
  const cells = [...page.querySelectorAll("td")];
  document.getElementById("seen").textContent = JSON.stringify({
    width: view.innerWidth,
    scroll: page.documentElement.scrollWidth,
    rows: [...page.querySelectorAll("tbody tr")].map((row) => row.innerText),
    links: [...page.querySelectorAll("a")].map((link) => link.getAttribute("href")),
    hidden: cells.filter((cell) => !shown(cell)).length,
    outside: all("td > *, pre, h1, h2, p").filter((node) => node.getBoundingClientRect().right > view.innerWidth + 1).length,
    smallest: Math.min(...all("td, td *, p, small").map((node) => parseFloat(view.getComputedStyle(node).fontSize))),
    text: parseFloat(view.getComputedStyle(page.body).fontSize),
    head: shown(page.querySelector("thead")),
    labels: cells.map((cell) => view.getComputedStyle(cell, "::before").content),
    index: [...page.querySelectorAll("[data-index]")].map((node) => node.textContent),
    foreign: view.performance.getEntriesByType("resource").map((entry) => entry.name),
    scheme: view.getComputedStyle(page.documentElement).colorScheme,
  });
};
</script></body></html>"""

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser here ({', '.join(BROWSERS)}); on Debian: apt-get install chromium"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("checkout"), variants=("plain", "vml"))


@pytest.fixture(scope="module")
def site(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    upload(house.layout, ["--to", str(folder), "--yes"])
    for width in (PHONE, DESKTOP):
        (folder / f"probe-{width}.html").write_text(PROBE.replace("WIDTH", str(width)), encoding="utf-8")
    with static_server(folder) as url:
        yield url


def browse(profile: Path, *words: str) -> str:
    assert BROWSER is not None
    ended = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", *words], capture_output=True, text=True, timeout=120, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return ended.stdout


def look(site: str, width: int, folder: Path) -> Any:
    text = browse(folder / "profile", "--window-size=1400,1000", "--dump-dom", f"{site}probe-{width}.html")
    found = re.search(r'<pre id="seen">(.+?)</pre>', text, re.S)
    assert found, text[:2000]
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_file_is_a_row_that_fits_and_every_link_works(site: str, house: House, tmp_path: Path, width: int) -> None:
    seen = look(site, width, tmp_path)
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
