"""Headless Chromium, for tests of pages: what it sees of one, through a frame of a given width."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for path in map(shutil.which, BROWSERS) if path), None)
PHONE, DESKTOP = 390, 1280
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--virtual-time-budget=10000",
)  # fmt: skip
LIGHT = ("--blink-settings=preferredColorScheme=1",)
DARK = ("--blink-settings=preferredColorScheme=0",)
PROBE = """<!DOCTYPE html><html><body>
<iframe id="f" src="index.html" style="width:WIDTHpx;height:800px;border:0"></iframe><pre id="seen"></pre>
<script>
document.getElementById("f").onload = () => {
  const frame = document.getElementById("f"), page = frame.contentDocument, view = frame.contentWindow;
  const shown = (node) => { const box = node.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const all = (selector) => [...page.querySelectorAll(selector)];
  document.getElementById("seen").textContent = JSON.stringify(LOOK);
};
</script></body></html>"""

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser here ({', '.join(BROWSERS)}); on Debian: apt-get install chromium"
)


def probe(folder: Path, width: int, look: str) -> Path:
    """Write a page that looks at index.html beside it through a frame; `look` is what it sees, a JavaScript object."""
    path = folder / f"probe-{width}.html"
    path.write_text(PROBE.replace("WIDTH", str(width)).replace("LOOK", look), encoding="utf-8")
    return path


def browse(profile: Path, *words: str) -> str:
    """Run the browser and return what it prints."""
    assert BROWSER is not None
    ended = subprocess.run(
        [BROWSER, *FLAGS, f"--user-data-dir={profile}", *words], capture_output=True, text=True, timeout=120, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return ended.stdout


def look(url: str, folder: Path, *words: str) -> Any:
    """Return what the probe at `url` saw."""
    text = browse(folder / "profile", "--window-size=1400,1000", *words, "--dump-dom", url)
    found = re.search(r'<pre id="seen">(.+?)</pre>', text, re.S)
    assert found, text[:2000]
    return json.loads(html.unescape(found[1]))
