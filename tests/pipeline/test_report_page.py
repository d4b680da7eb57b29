"""The report in a real headless browser: both colour schemes, two widths, the sorting, and nothing fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scripts.stages.report import report
from tests.browser import DARK, DESKTOP, LIGHT, PHONE, browse, look, needs_browser, probe
from tests.publish_servers import static_server
from tests.report_house import make_report_house

PAGE = "build/report/"
LOOK = """(() => {
  const rows = () => all("#wheels tbody tr").map((row) => row.id);
  const colour = (node, name) => view.getComputedStyle(node)[name];
  const seen = {
    width: view.innerWidth,
    scroll: page.documentElement.scrollWidth,
    counts: all("#counts .state").map((node) => node.textContent),
    matrix: all("#overview tbody tr").map((row) => row.innerText.replace(/\\s+/g, " ")),
    links: all("#wheels a").map((link) => link.getAttribute("href")),
    inside: all("#overview a").map((link) => page.querySelector(link.getAttribute("href")) !== null),
    stages: all("#stages .bar").filter(shown).length,
    speeds: all("#speed .bar").filter(shown).map((bar) => [bar.title, Math.round(bar.getBoundingClientRect().width)]),
    foreign: view.performance.getEntriesByType("resource").map((entry) => entry.name),
    page: colour(page.body, "backgroundColor"),
    ink: colour(page.body, "color"),
    before: rows(),
  };
  const heads = all("#wheels th button");
  heads[4].click();
  seen.bySize = [rows(), heads[4].parentElement.getAttribute("aria-sort")];
  heads[4].click();
  seen.bySizeDown = [rows(), heads[4].parentElement.getAttribute("aria-sort")];
  return seen;
})()"""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    house = make_report_house(tmp_path_factory.mktemp("reported"))
    report(house.layout, [])
    for width in (PHONE, DESKTOP):
        probe(house.layout.build / "report", width, LOOK)
    with static_server(house.layout.root) as url:
        yield url


def brightness(colour: str) -> int:
    return sum(map(int, re.findall(r"\d+", colour)[:3]))


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_it_reads_in_both_schemes(site: str, tmp_path: Path, scheme: tuple[str, ...]) -> None:
    seen = look(f"{site}{PAGE}probe-{DESKTOP}.html", tmp_path, *scheme)
    dark = brightness(seen["page"]) < 150
    assert dark is (scheme == DARK)
    assert abs(brightness(seen["page"]) - brightness(seen["ink"])) > 450
    picture = tmp_path / "page.png"
    browse(tmp_path / "profile", *scheme, "--window-size=1280,2000", f"--screenshot={picture}", f"{site}{PAGE}index.html")
    assert picture.stat().st_size > 30_000


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_it_tells_all_and_fits(site: str, tmp_path: Path, width: int) -> None:
    seen = look(f"{site}{PAGE}probe-{width}.html", tmp_path)
    assert (seen["width"], seen["scroll"] <= width) == (width, True)
    assert seen["counts"] == ["3 passed", "1 not tested", "1 failed"]
    assert [row[:12] for row in seen["matrix"]] == ["3.11 plain ✓", "3.12 plain ✓", "3.13 plain ?", "3.14 vml ✗"]
    assert all(seen["inside"])
    assert seen["stages"] == 3 * 3 + 2 + 1 + 1  # tested wheels, an untested one, a failure, the sdist
    # A bar of 29 times is longer than one of twice as fast, and one of 0.96 is short.
    widths = dict(map(tuple, seen["speeds"]))
    assert widths["vml 29.00x"] > 3 * widths["vml 2.00x"] > 3 * widths["plain 0.96x"]
    assert all(url.startswith(site) for url in seen["foreign"])
    for link in seen["links"]:
        assert (link, requests.get(f"{site}{PAGE}{link}", timeout=30).status_code) == (link, 200)


def test_a_column_sorts_the_wheels(site: str, tmp_path: Path) -> None:
    seen = look(f"{site}{PAGE}probe-{DESKTOP}.html", tmp_path)
    (up, ascending), (down, descending) = seen["bySize"], seen["bySizeDown"]
    assert (ascending, descending) == ("ascending", "descending")
    assert sorted(up) == sorted(seen["before"])
    assert up[0] == down[-1] == "cp314-linux-x86_64-vml"
    assert up[-1] == down[0] == "cp312-linux-x86_64-vml"
