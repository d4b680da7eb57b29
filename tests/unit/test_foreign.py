"""Debian's packages for other machines: pins that hold, a mirror that keeps no secret, trees that appear whole."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.core.errors import ConfigError, FetchError, IntegrityError, RequestError, ToolchainError
from scripts.core.layout import Layout
from scripts.core.run import Command
from scripts.foreign import debian, trees
from scripts.foreign.sources import FILE, Pin, pins_path, read_pins, read_sources
from scripts.foreign.trees import cached_tree, debian_version
from tests.helpers import ROOT

CONTENT = b"a package"
PIN = Pin(path="pool/main/m/musl/musl_1.2.5-3_amd64.deb", sha256=hashlib.sha256(CONTENT).hexdigest())


def test_every_set_of_this_repository_is_pinned() -> None:
    sources = read_sources(ROOT / "sysroots")
    for one in sources.debian.values():
        assert read_pins(pins_path(sources, one))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("abc  pool/main/x.deb", "is not a sha256 and a path below pool/"),
        (f"{'0' * 64}  dists/x.deb", "is not a sha256 and a path below pool/"),
        (f"{'0' * 64}  pool/../../x.deb", "is not a sha256 and a path below pool/"),
        ("", "pins nothing"),
    ],
)
def test_what_is_no_pin_is_refused(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x.sha256").write_text(line)
    with pytest.raises(ConfigError, match=said):
        read_pins(tmp_path / "x.sha256")


def test_missing_pins_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nox -s lock -- musl-amd64 makes it"):
        read_pins(tmp_path / "musl-amd64.sha256")


@pytest.mark.parametrize("keys", ["", 'packages = ["musl"]\nsources = ["musl"]'])
def test_a_set_has_packages_or_sources(tmp_path: Path, keys: str) -> None:
    (tmp_path / FILE).write_text(f'[debian.x]\nsuite = "sid"\narchitecture = "amd64"\n{keys}\n')
    with pytest.raises(ConfigError, match="names of packages, or sources"):
        read_sources(tmp_path)


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(RequestError, match=r"has no Debian set 'nothing'; it has .*musl-amd64"):
        read_sources(ROOT / "sysroots").debian_set("nothing")


def test_the_version_of_a_package_is_upstreams(layout: Layout) -> None:
    shutil.copytree(ROOT / "sysroots", layout.sysroots)
    assert debian_version(layout, "musl-amd64", "musl").startswith("1.2.")
    assert debian_version(layout, "cpython-3.11-source", "python3.11").startswith("3.11.")
    with pytest.raises(ConfigError, match="pins no nothing"):
        debian_version(layout, "musl-amd64", "nothing")


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt helper that exists; what it would fetch is up to the test."""
    helper = tmp_path / "apt-helper"
    helper.touch()
    monkeypatch.setattr(debian, "APT_HELPER", helper)
    return helper


def downloads(monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str = "", status: int = 0) -> list[Sequence[str]]:
    """Stand in for apt's helper: write `content` to each file it is asked for, say something, end with a status."""
    asked: list[Sequence[str]] = []

    def attempt(what: Command) -> int:
        asked.append(what.argv)
        what.log.write_text(said)
        for word in what.argv:
            if word.startswith("/") and word.endswith(".deb") and content is not None:
                Path(word).write_bytes(content)
        return status

    monkeypatch.setattr(debian, "attempt", attempt)
    return asked


def test_a_file_is_fetched_once(tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = downloads(monkeypatch, CONTENT)
    for _ in range(2):
        (path,) = debian.fetched([PIN], tmp_path / "debian", tmp_path / "log", "https://mirror.example.invalid/debian/")
        assert path.read_bytes() == CONTENT
    assert len(asked) == 1
    assert f"https://mirror.example.invalid/debian/{PIN.path}" in asked[0]
    assert f"SHA256:{PIN.sha256}" in asked[0]


def test_other_bytes_are_not_kept(tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads(monkeypatch, b"something else")
    with pytest.raises(IntegrityError, match="has not the sha256"):
        debian.fetched([PIN], tmp_path / "debian", tmp_path / "log", "https://mirror.example.invalid/debian")
    assert not (tmp_path / "debian" / PIN.name).exists()


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ("Hash Sum mismatch", IntegrityError, "delivers other bytes than sysroots/ pins"),
        ("404  Not Found", FetchError, "has a pinned package no more.*nox -s lock renews the pins"),
        ("Could not resolve", FetchError, "cannot be fetched; with a network run the same command again"),
    ],
)
def test_a_failed_download_says_what_to_do(
    tmp_path: Path, apt: Path, monkeypatch: pytest.MonkeyPatch, said: str, error: type[Exception], message: str
) -> None:
    downloads(monkeypatch, None, said, 100)
    with pytest.raises(error, match=message):
        debian.fetched([PIN], tmp_path / "debian", tmp_path / "log", "https://mirror.example.invalid/debian")


def test_a_mirror_with_a_password_is_refused(apt: Path) -> None:
    with pytest.raises(RequestError, match="holds a password") as caught:
        debian.mirror("https://someone:secret@mirror.example.invalid/debian")
    assert "secret" not in str(caught.value)


def test_without_apt_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "APT_HELPER", tmp_path / "nowhere")
    with pytest.raises(ToolchainError, match="which this machine lacks"):
        debian.mirror()


def test_an_apt_without_a_debian_mirror_names_the_variable(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "output_of", lambda words: "")
    with pytest.raises(FetchError, match="NUMEXPR_WHEELS_DEBIAN=URL names one"):
        debian.mirror()


def test_a_tree_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fails(folder: Path, log: Path) -> None:
        (folder / "half").touch()
        raise FetchError("no network")

    with pytest.raises(FetchError):
        cached_tree(tmp_path, "tree", fails)
    assert not (tmp_path / "tree").exists()
    made = []

    def works(folder: Path, log: Path) -> None:
        assert not any(folder.iterdir())
        made.append(folder)
        (folder / "whole").touch()

    for _ in range(2):
        assert (cached_tree(tmp_path, "tree", works) / "whole").is_file()
    assert len(made) == 1


def test_links_into_usr_are_made_where_no_package_has_the_folder(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(_: object, folder: Path, __: object) -> None:
        (folder / "usr" / "lib").mkdir(parents=True)
        (folder / "usr" / "bin").mkdir()
        (folder / "bin").mkdir()

    shutil.copytree(ROOT / "sysroots", layout.sysroots)
    monkeypatch.setattr(trees, "debian_files", lambda *_: [])
    monkeypatch.setattr(trees, "unpack", unpacked)
    tree = trees.debian_tree(layout, "python-3.13-arm64")
    assert (tree / "lib").readlink() == Path("usr/lib")
    assert (tree / "bin").is_dir()
    assert not (tree / "bin").is_symlink()
    assert not (tree / "sbin").is_symlink()
