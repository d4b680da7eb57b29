"""A package index as a destination: twine sends, and what the index lists is read first (PEP 503, PEP 691)."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from twine.exceptions import TwineException
from twine.package import PackageFile
from twine.settings import Settings
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from scripts.core.config import Config
from scripts.core.errors import GateError, RemoteError, UploadError
from scripts.core.packages import canonical
from scripts.core.wheel import has_grafted
from scripts.publish.artifact import Artifact
from scripts.publish.errors import TemporaryError
from scripts.publish.reader import HttpReader, origin, reason
from scripts.publish.remote_index import Listing, RemoteFile, of_release, read_listing
from scripts.publish.secrets import scrub, secrets_of
from scripts.publish.settings import UploadSettings

UPLOAD_SECONDS = (15.0, 300.0)
SHOWN_OF_AN_ANSWER = 300


class _Bounded(HTTPAdapter):
    """twine waits for ever; this does not."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        options["timeout"] = UPLOAD_SECONDS
        return super().send(request, *args, **options)


def simple_url(repository: str) -> str:
    """Return where the index behind an upload address lists its files, by the ways of the indexes that twine knows."""
    if repository == DEFAULT_REPOSITORY:
        return PYPI_SIMPLE_ENDPOINT
    if repository == TEST_REPOSITORY:
        return urljoin(repository, "/simple/")
    return repository.rstrip("/").removesuffix("/legacy") + "/simple/"


class PackageIndex:
    """A package index by its section in .pypirc (`name`) or its upload URL; it takes one variant."""

    def __init__(self, name: str, url: str, simple: str, config: Config, settings: UploadSettings) -> None:
        self._config = config
        self._settings = settings
        try:
            twine = Settings(
                repository_name=name or "pypi", repository_url=url or None, non_interactive=True, disable_progress_bar=True,
                username=_variable("TWINE_USERNAME"), password=_variable("TWINE_PASSWORD"),
                cacert=_variable("TWINE_CERT"),
            )  # fmt: skip
            self._url = str(twine.repository_config["repository"])
            self._simple = simple or simple_url(self._url)
            with contextlib.redirect_stdout(io.StringIO()):
                self._repository = twine.create_repository()
        except (TwineException, ValueError) as error:
            raise UploadError(
                f"{name or scrub(url)}: {scrub(str(error), secrets_of())}. The user and the token come from TWINE_USERNAME and "
                "TWINE_PASSWORD, from keyring, or from a section of ~/.pypirc"
            ) from None
        # It would tell of its own way of trying again, which is not used here.
        logging.getLogger("twine.repository").setLevel(logging.CRITICAL)
        for scheme in ("http://", "https://"):
            self._repository.session.mount(scheme, _Bounded())
        user, password = twine.username or "", twine.password or ""
        self._auth = HTTPBasicAuth(user, password) if user or password else None
        self._reader = HttpReader(auth=self._auth, auth_origin=self._url)

    @property
    def shown(self) -> str:
        return scrub(self._url)

    def _clean(self, text: str) -> str:
        if self._auth is not None:
            return scrub(text, (*secrets_of(), str(self._auth.password)), str(self._auth.username))
        return scrub(text, secrets_of())

    def _listing(self, project: str) -> Listing:
        """Return what the index lists of a project; nothing where the index answers and does not know the project."""
        url = urljoin(self._simple.rstrip("/") + "/", f"{canonical(project)}/")
        listing = read_listing(self._reader, url)
        # An index that sends us to another one for what it does not have itself (pypiserver) does not have it.
        if listing is not None and origin(listing.url) == origin(url):
            return listing
        if not self._reader.exists(self._simple):
            raise RemoteError(
                f"{scrub(self._simple)} is no package index, so nobody knows what {self.shown} has already; "
                "say where its files are listed with --simple URL"
            )
        return Listing(url=url, files=())

    def present(self, artifacts: Sequence[Artifact]) -> Mapping[str, str]:
        listed = {file.name: file for file in self._listing(artifacts[0].project).files}
        return {one.name: self._digest(listed[one.name]) for one in artifacts if one.name in listed}

    def is_complete(self, artifact: Artifact) -> bool:
        return artifact.size > 0

    def _digest(self, file: RemoteFile) -> str:
        """Return the sha256 that the index gives for a file, that of its bytes where it gives none."""
        if file.sha256:
            return file.sha256
        with tempfile.TemporaryDirectory() as folder:
            return self._fetch(file, Path(folder))

    def _fetch(self, file: RemoteFile, folder: Path) -> str:
        found = self._reader.download(file.url, folder / file.name, self._settings.most_bytes, lambda _: None)
        if found is None:
            raise RemoteError(f"{scrub(file.url)} is listed and is not there; ask who runs the index")
        return found

    def check_variant(self, artifacts: Sequence[Artifact], variant: str) -> None:
        """Check that the index has no wheel of another variant for this release: pip would take either.

        Raises:
            GateError: it has one; nothing was sent.
        """
        ours = {artifact.name for artifact in artifacts}
        first = artifacts[0]
        linked = bool(self._config.variants[variant].library)
        for file in of_release(self._listing(first.project).files, first.project, first.version):
            if file.name in ours or not file.name.endswith(".whl"):
                continue
            with tempfile.TemporaryDirectory() as folder:
                self._fetch(file, Path(folder))
                if has_grafted(Path(folder) / file.name) != linked:
                    raise GateError(
                        f"{self.shown} has {file.name}, a wheel of another variant than {variant}; one index never has both, "
                        "because pip would choose between them by their tags. Nothing was sent; take another index"
                    )

    def send(self, artifact: Artifact) -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                package = PackageFile.from_filename(str(artifact.path), comment=None)
                # One try; how often, and how long between, is decided in transfer.
                with self._repository.upload(package, max_redirects=1) as answer:
                    self._judge(artifact.name, answer)
        except requests.RequestException as error:
            raise TemporaryError(self._clean(f"{self.shown}: {reason(error)}")) from None
        except TwineException as error:
            raise UploadError(self._clean(f"{artifact.name}: {error}")) from None

    def _judge(self, name: str, answer: requests.Response) -> None:
        code = answer.status_code
        if code == requests.codes.OK:
            return
        body = " ".join(answer.content[: 8 * SHOWN_OF_AN_ANSWER].decode("utf-8", errors="replace").split())[:SHOWN_OF_AN_ANSWER]
        said = self._clean(f"{code} {answer.reason}: {body}")
        if code in (401, 403):
            raise UploadError(
                f"{self.shown} refuses the token for {name} ({said}): it may have expired, or be for another project. Renew it "
                "and set it in TWINE_PASSWORD, keyring or .pypirc"
            )
        if code == requests.codes.insufficient_storage:
            raise UploadError(f"{self.shown} has no room for {name} ({said}); ask who runs it")
        if code == requests.codes.request_entity_too_large:
            raise UploadError(f"{name} is too large for {self.shown} ({said}); ask for a higher limit, and set upload.most-bytes")
        if 300 <= code < 400:
            raise UploadError(f"{self.shown} is not where uploads go ({said}); mend the URL (.pypirc, --to)")
        # A conflict may mean that the file has just arrived; what is there is read again before the next try.
        if code >= 500 or code in (408, 409, 425, 429):
            raise TemporaryError(f"{self.shown} answers {said}")
        raise UploadError(f"{self.shown} refuses {name}: {said}")

    def finish(self) -> None:
        """Nothing: an index shows what it was sent."""


def _variable(name: str) -> str | None:
    return os.environ.get(name) or None
