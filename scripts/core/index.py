"""Fetching one file of a project from the package index that pip is configured for (PEP 503, PEP 691)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import requests
from packaging.version import InvalidVersion, Version
from pypi_simple import (
    PYPI_SIMPLE_ENDPOINT,
    DigestMismatchError,
    DistributionPackage,
    NoDigestsError,
    NoSuchProjectError,
    PyPISimple,
    UnsupportedContentTypeError,
)

from scripts.core.errors import CommandError, FetchError, IntegrityError
from scripts.core.files import locked, sha256_of
from scripts.core.run import output_of, step

# To connect, and between two pieces of an answer; a person's own setting of pip's goes before the first.
CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
BYTES_WORTH_A_PROGRESS = 20_000_000


@dataclass(frozen=True, kw_only=True)
class IndexSettings:
    """pip's settings that matter here."""

    urls: tuple[str, ...]
    certificate: str
    client_certificate: str
    proxy: str
    connect_seconds: float = CONNECT_SECONDS

    @property
    def timeout(self) -> tuple[float, float]:
        """Seconds to connect and to wait for more, as requests takes them."""
        return self.connect_seconds, READ_SECONDS


class Progress:
    """Prints a line for each tenth of a long download, which reads well in a log and on nox's status board."""

    def __init__(self, total: int | None) -> None:
        self._total = total or 0
        self._seen = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def update(self, increment: int) -> None:
        """Count `increment` more bytes."""
        before = self._seen * 10 // self._total if self._total else 0
        self._seen += increment
        if self._total > BYTES_WORTH_A_PROGRESS and self._seen * 10 // self._total > before:
            step(f"{self._seen // 1_000_000} of {self._total // 1_000_000} MB")


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return CONNECT_SECONDS


def pip_settings(python: str) -> IndexSettings:
    """Return pip's configuration (files and variables), its default index where none is set."""
    try:
        lines = output_of([python, "-m", "pip", "--disable-pip-version-check", "config", "list"]).splitlines()
    except CommandError as error:
        raise FetchError(f"pip's configuration cannot be read: {error}; pip config debug shows where it lies") from error
    values: dict[str, str] = {}
    # Variables go before the section for one command, and that before the global one.
    for rank in ("global.", "download.", ":env:."):
        for line in lines:
            name, _, value = line.partition("=")
            if name.startswith(rank):
                values[name.removeprefix(rank)] = str(ast.literal_eval(value))
    urls = [values.get("index-url", PYPI_SIMPLE_ENDPOINT), *values.get("extra-index-url", "").split()]
    return IndexSettings(
        urls=tuple(url for url in urls if url.startswith(("http://", "https://"))),
        certificate=values.get("cert", ""),
        client_certificate=values.get("client-cert", ""),
        proxy=values.get("proxy", ""),
        connect_seconds=_seconds(values.get("timeout") or values.get("default-timeout", "")),
    )


def _session(settings: IndexSettings) -> requests.Session:
    session = requests.Session()
    if settings.certificate:
        session.verify = settings.certificate
    if settings.client_certificate:
        session.cert = settings.client_certificate
    if settings.proxy:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}
    return session


def _is_sdist(package: DistributionPackage, version: str) -> bool:
    if package.package_type != "sdist" or package.version is None:
        return False
    try:
        return Version(package.version) == Version(version)
    except InvalidVersion:
        return False


def _host_of(url: str) -> str:
    # Never the whole URL: it may hold a password.
    return url.split("//", 1)[1].split("/", 1)[0].rpartition("@")[2]


def _fetch(python: str, project: str, wanted: Callable[[DistributionPackage], bool], name: str, store: Path, sha256: str) -> Path:
    settings = pip_settings(python)
    troubles: list[str] = []
    answered = bool(settings.urls)
    for url in settings.urls:
        try:
            with PyPISimple(url, session=_session(settings)) as client:
                page = client.get_project_page(project, timeout=settings.timeout)
                offered = [package for package in page.packages if wanted(package)]
                if offered:
                    return _download(client, offered[0], store, sha256, settings.timeout)
                troubles.append(f"{_host_of(url)} does not have it")
        except NoSuchProjectError:
            troubles.append(f"{_host_of(url)} has no project {project}")
        except (requests.RequestException, UnsupportedContentTypeError, NoDigestsError) as error:
            answered = False
            troubles.append(f"{_host_of(url)}: {type(error).__name__}")
    remedy = (
        "ask for another one, or set the index that has it (pip config set global.index-url URL)"
        if answered
        else "with a network run the same command again"
    )
    raise FetchError(
        f"{name} cannot be had from pip's index ({'; '.join(troubles) or 'no index is set'}); {remedy}, or put the file into "
        f"{store} yourself{': its hash is checked' if sha256 else ''}"
    )


def _download(client: PyPISimple, package: DistributionPackage, store: Path, sha256: str, timeout: tuple[float, float]) -> Path:
    store.mkdir(parents=True, exist_ok=True)
    place = store / Path(package.filename).name
    part = place.with_name(f".{place.name}.part")
    with locked(store.parent, "packages"):
        step(f"fetching {package.filename}")
        try:
            client.download_package(package, part, verify=True, progress=Progress, timeout=timeout)
            found = sha256_of(part)
            if sha256 and found != sha256:
                raise IntegrityError(
                    f"{package.filename} from the index has sha256 {found}, the lock says {sha256}; it is not used. "
                    "Find out why the index delivers other bytes"
                )
            part.replace(place)
        except DigestMismatchError as error:
            raise IntegrityError(
                f"{package.filename} came damaged from the index ({error}); run the same command again"
            ) from error
        finally:
            part.unlink(missing_ok=True)
    return place


def fetch_sdist(python: str, project: str, version: str, store: Path, *, sha256: str = "") -> Path:
    """Download the sdist of a release into the store and return its path.

    With `sha256` the file must have it; without, the digest that the index gives is checked and the caller records it.

    Raises:
        FetchError: no index can be reached, or none has the release.
        IntegrityError: the bytes are not the ones named.
    """
    return _fetch(
        python, project, lambda package: _is_sdist(package, version), f"the sdist of {project} {version}", store, sha256
    )


def fetch_file(python: str, project: str, filename: str, store: Path, *, sha256: str) -> Path:
    """Return a file of a project from the store, downloaded where it is not there with exactly these bytes.

    Raises:
        FetchError: no index can be reached, or none has the file.
        IntegrityError: the bytes are not the ones named.
    """
    place = store / filename
    if place.is_file() and sha256_of(place) == sha256:
        return place
    return _fetch(python, project, lambda package: package.filename == filename, filename, store, sha256)


def fetch_one_of(
    python: str, project: str, fits: Callable[[str], bool], store: Path, *, allowed: frozenset[str], what: str
) -> Path:
    """Return a file of a project whose name `fits` and whose sha256 is one of `allowed`, downloaded where it is not in the store.

    Raises:
        FetchError: no index can be reached, or none has such a file.
    """
    for place in sorted(store.glob("*")):
        if fits(place.name) and place.is_file() and sha256_of(place) in allowed:
            return place

    def wanted(package: DistributionPackage) -> bool:
        return fits(package.filename) and package.digests.get("sha256") in allowed

    return _fetch(python, project, wanted, what, store, "")


def releases(python: str, project: str) -> list[str]:
    """Return the versions of a project that have an sdist, pre-releases left out.

    Raises:
        FetchError: no index can be reached, or none has the project.
    """
    settings = pip_settings(python)
    for url in settings.urls:
        try:
            with PyPISimple(url, session=_session(settings)) as client:
                page = client.get_project_page(project, timeout=settings.timeout)
        except (requests.RequestException, NoSuchProjectError, UnsupportedContentTypeError):
            continue
        found = {package.version for package in page.packages if package.package_type == "sdist" and package.version}
        stable = [version for version in found if _is_stable(version)]
        if stable:
            return stable
    raise FetchError(f"pip's index has no release of {project} or cannot be reached; nox -s doctor tells which")


def _is_stable(version: str) -> bool:
    try:
        return not Version(version).is_prerelease
    except InvalidVersion:
        return False


def is_reachable(python: str) -> tuple[bool, str]:
    """Tell whether pip's index answers, and which host it is or what went wrong."""
    settings = pip_settings(python)
    for url in settings.urls:
        try:
            answer = _session(settings).head(url, timeout=settings.timeout, allow_redirects=True)
        except requests.RequestException as error:
            return False, f"{_host_of(url)}: {type(error).__name__}"
        return answer.status_code < 400, f"{_host_of(url)} answers {answer.status_code}"
    return False, "pip is configured for no http(s) index"
