"""pip gives up soon where the index's host takes no connection, and only there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts.core.patience import pip

REFUSED = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(\"HTTPSConnection(host='index.invalid', "
    "port=443): Failed to establish a new connection: [Errno 111] Connection refused\")': /simple/uv/"
)
SILENT = "Retrying (x) by 'ConnectTimeoutError(<x>, 'Connection to index.invalid timed out. (connect timeout=3.0)')': /simple/uv/"
UNKNOWN = "Retrying (x) by 'NameResolutionError(\"<x>: Failed to resolve 'index.invalid' ([Errno -2] Name not known)\")'"
SLOW = "Retrying (x) by 'ReadTimeoutError(\"HTTPSConnectionPool(host='index.invalid', port=443): Read timed out.\")'"

IMPATIENT = "--retries 1 --timeout 3"
FAKE = """#!{python}
import sys
if "config" in sys.argv:
    print({settings!r})
    sys.exit(0)
with open({calls!r}, "a") as file:
    print(*sys.argv[1:], file=file)
print({said!r})
sys.exit({status})
"""


class FakePip:
    """An interpreter whose pip says what it is told to, and notes how it was called."""

    def __init__(self, folder: Path, said: str, *, status: int = 1, settings: str = "") -> None:
        self._calls = folder / "calls"
        self._log = folder / "pip.log"
        self._program = folder / "python"
        text = FAKE.format(python=sys.executable, settings=settings, calls=str(self._calls), said=said, status=status)
        self._program.write_text(text, encoding="utf-8")
        self._program.chmod(0o755)

    def run(self) -> tuple[int, str]:
        return pip([self._program, "-m", "pip", "download", "uv"], self._log)

    @property
    def calls(self) -> list[str]:
        """The options that were added to each of the calls."""
        return [line.partition(" uv ")[2] for line in self._calls.read_text(encoding="utf-8").splitlines()]


posix = pytest.mark.skipif(os.name == "nt", reason="the fake interpreter is a script with a first line for POSIX")


@posix
@pytest.mark.parametrize("said", [REFUSED, SILENT, UNKNOWN], ids=["refused", "silent", "unknown"])
def test_a_host_that_takes_no_connection_is_named_after_one_attempt(tmp_path: Path, said: str) -> None:
    fake = FakePip(tmp_path, said)
    assert fake.run() == (1, "index.invalid")
    assert fake.calls == [IMPATIENT]


@posix
def test_a_slow_host_gets_pips_own_patience(tmp_path: Path) -> None:
    fake = FakePip(tmp_path, SLOW)
    assert fake.run() == (1, "")
    assert fake.calls == [IMPATIENT, ""]


@posix
@pytest.mark.parametrize(("said", "status"), [("ERROR: No matching distribution found for uv", 1), (REFUSED, 0)])
def test_what_has_another_reason_or_went_well_is_not_tried_again(tmp_path: Path, said: str, status: int) -> None:
    fake = FakePip(tmp_path, said, status=status)
    assert fake.run() == (status, "")
    assert fake.calls == [IMPATIENT]


@posix
@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        (["global.retries='5'"], ["--timeout 3"]),
        ([":env:.default-timeout='15'"], ["--retries 1"]),
        (["download.timeout='9'", "global.retries='0'"], [""]),
        (["global.index-url='https://timeout=1.invalid'"], [IMPATIENT]),
    ],
)
def test_a_persons_own_settings_count(tmp_path: Path, settings: list[str], calls: list[str]) -> None:
    fake = FakePip(tmp_path, REFUSED, settings="\n".join(settings))
    assert fake.run() == (1, "index.invalid")
    assert fake.calls == calls


def test_the_real_pip_gives_up_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words are those that are looked for."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    words = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--dest", tmp_path, "numexpr"]
    assert pip(words, tmp_path / "pip.log") == (1, "127.0.0.1")
    said = (tmp_path / "pip.log").read_text(encoding="utf-8")
    assert said.count("Retrying (") == 1
