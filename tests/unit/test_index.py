"""Downloads come from pip's index, and only the bytes that were named are kept."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.core import index as code
from scripts.core.errors import FetchError, IntegrityError
from scripts.core.index import IndexSettings, fetch_file, fetch_sdist, pip_settings, releases
from tests.helpers import sdist_page, served

CONTENT = b"the bytes of the release"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NAME = "numexpr-1.0.tar.gz"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index on loopback that pip is configured for."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with served(tmp_path / "index") as url:
        configure(monkeypatch, url.replace("//", "//someone:secret@"))
        yield url


def configure(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    """Put these in the place of pip's configuration, which takes pip half a second to tell."""
    monkeypatch.setattr(code, "pip_settings", lambda _: IndexSettings(urls=urls, certificate="", client_certificate="", proxy=""))


def release(folder: Path, content: bytes = CONTENT, name: str = NAME, digest: str = "") -> None:
    file = folder / name
    file.write_bytes(content)
    sdist_page(folder / "index", "numexpr", [file], {name: digest} if digest else {})


def fetched(store: Path, version: str = "1.0", sha256: str = "") -> Path:
    return fetch_sdist(sys.executable, "numexpr", version, store, sha256=sha256)


def test_a_release_is_fetched(tmp_path: Path, index: str, store: Path) -> None:
    release(tmp_path)
    assert fetched(store, sha256=DIGEST).read_bytes() == CONTENT
    assert [path.name for path in store.iterdir()] == [NAME]


def test_other_bytes_than_the_lock_names_are_not_kept(tmp_path: Path, index: str, store: Path) -> None:
    release(tmp_path, b"tampered")
    with pytest.raises(IntegrityError, match=f"{NAME} from the index has sha256 .*, the lock says {DIGEST}; it is not used"):
        fetched(store, sha256=DIGEST)
    assert list(store.iterdir()) == []


def test_other_bytes_than_the_index_names_are_not_kept(tmp_path: Path, index: str, store: Path) -> None:
    release(tmp_path, b"damaged on the way", digest=DIGEST)
    with pytest.raises(IntegrityError, match=f"{NAME} came damaged from the index"):
        fetched(store)
    assert list(store.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "version"), [(NAME, "2.0"), ("numexpr-2.0-cp311-cp311-any.whl", "2.0"), ("numexpr-odd.tar.gz", "1.0")]
)
def test_a_release_that_the_index_has_not_got_is_named(tmp_path: Path, index: str, store: Path, name: str, version: str) -> None:
    release(tmp_path, name=name)
    with pytest.raises(FetchError) as caught:
        fetched(store, version)
    assert f"the sdist of numexpr {version} cannot be had" in str(caught.value)
    assert "does not have it); ask for another one" in str(caught.value)
    assert "its hash is checked" not in str(caught.value)  # nothing here says which one it should be
    assert str(store) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_unknown_project_is_named(index: str, store: Path) -> None:
    with pytest.raises(FetchError, match="has no project numexpr"):
        fetched(store)


def test_an_index_out_of_reach_is_named_without_its_password(store: Path, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, "http://someone:secret@127.0.0.1:9/simple/")
    with pytest.raises(FetchError) as caught:
        fetched(store)
    assert "127.0.0.1:9: ConnectionError); with a network run the same command again" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_second_index_is_asked_after_the_first(
    tmp_path: Path, index: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(tmp_path)
    configure(monkeypatch, "http://127.0.0.1:9/simple/", index)
    assert fetched(store, sha256=DIGEST).is_file()


def test_a_file_that_is_in_the_store_is_checked_and_not_fetched(tmp_path: Path, index: str, store: Path) -> None:
    store.mkdir()
    (store / NAME).write_bytes(CONTENT)
    assert fetch_file(sys.executable, "numexpr", NAME, store, sha256=DIGEST) == store / NAME
    (store / NAME).write_bytes(b"damaged")
    release(tmp_path)
    assert fetch_file(sys.executable, "numexpr", NAME, store, sha256=DIGEST).read_bytes() == CONTENT


def test_the_releases_of_a_project_are_its_sdists_without_pre_releases(tmp_path: Path, index: str) -> None:
    names = [
        "numexpr-1.0.tar.gz",
        "numexpr-2.0rc1.tar.gz",
        "numexpr-1.5.tar.gz",
        "numexpr-3.0-cp311-cp311-any.whl",
        "numexpr-odd.tar.gz",
    ]
    for name in names:
        (tmp_path / name).write_bytes(CONTENT)
    sdist_page(tmp_path / "index", "numexpr", [tmp_path / name for name in names])
    assert sorted(releases(sys.executable, "numexpr")) == ["1.0", "1.5"]


def test_pip_s_variables_go_before_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    text = "[global]\nindex-url = http://file.invalid/simple\nproxy = http://proxy.invalid\n[download]\nproxy = http://other.invalid\n"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://a.invalid/x https://b.invalid/y")
    settings = pip_settings(sys.executable)
    assert settings.urls == ("http://file.invalid/simple", "https://a.invalid/x", "https://b.invalid/y")
    assert settings.proxy == "http://other.invalid"
    assert settings.timeout == (5.0, 60.0)
    monkeypatch.setenv("PIP_TIMEOUT", "20")
    assert pip_settings(sys.executable).timeout == (20.0, 60.0)
    monkeypatch.setenv("PIP_INDEX_URL", "http://variable.invalid/simple")
    assert pip_settings(sys.executable).urls[0] == "http://variable.invalid/simple"
