"""Staging as a destination: files first, each whole; then the index and the human page, derived from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scripts.core.config import Config
from scripts.core.errors import UploadError
from scripts.publish.artifact import METADATA, SIGNATURE, Artifact
from scripts.publish.expected import has_sdist
from scripts.publish.human_page import human_page
from scripts.publish.staged import FILES, beside_names, listed_names, staged_files, write_index
from scripts.publish.store import Store

# Another uploader that is always faster than this one does not exist; a store that never settles is broken.
LOOKS = 20


class Staging:
    """A static package index per variant, in a store."""

    def __init__(self, store: Store, config: Config, variants: Iterable[str]) -> None:
        self._store = store
        self._config = config
        self._variants = tuple(variants)

    @property
    def shown(self) -> str:
        return self._store.shown

    @property
    def store(self) -> Store:
        return self._store

    def _folder(self, artifact: Artifact) -> str:
        """Return where a file lies; an sdist lies in the index of the variant that is compiled from it."""
        variant = artifact.proof.variant or next(name for name in self._config.variants if has_sdist(self._config, name))
        return f"{variant}/{FILES}"

    def present(self, artifacts: Sequence[Artifact]) -> Mapping[str, str]:
        there = {}
        for artifact in artifacts:
            found = self._store.sha256(f"{self._folder(artifact)}/{artifact.name}")
            if found is not None:
                there[artifact.name] = found
        return there

    def is_complete(self, artifact: Artifact) -> bool:
        names = self._store.names(self._folder(artifact))
        wanted = [*beside_names(artifact.name), *([artifact.signature.name] if artifact.signature.is_file() else [])]
        return all(name in names for name in wanted)

    def send(self, artifact: Artifact) -> None:
        folder = self._folder(artifact)
        # The file goes first: where two send different bytes under one name, the name itself decides between them, and
        # the records that follow are the winner's. Without its records a file is not listed and goes nowhere.
        self._store.put_new(artifact.path, f"{folder}/{artifact.name}")
        self._store.write(f"{folder}/{artifact.name}{METADATA}", artifact.metadata)
        names = self._store.names(folder)
        for record in artifact.records.values():
            if record.name not in names:
                self._store.write(f"{folder}/{record.name}", record.read_bytes())
        self.send_signature(artifact)

    def send_signature(self, artifact: Artifact) -> None:
        """Put the signature beside the file, if there is one; a signature of another key or day takes its place."""
        if artifact.signature.is_file():
            self._store.write(f"{self._folder(artifact)}/{artifact.name}{SIGNATURE}", artifact.signature.read_bytes())

    def finish(self) -> None:
        for _ in range(LOOKS):
            seen = {variant: listed_names(self._store, variant) for variant in self._config.variants}
            for variant in self._variants:
                write_index(self._store, variant)
            every = [file for variant in self._config.variants for file in staged_files(self._store, variant)]
            self._store.write("index.html", human_page(self._config, every).encode())
            if seen == {variant: listed_names(self._store, variant) for variant in self._config.variants}:
                return
        raise UploadError(f"the files of {self.shown} change faster than its index can be written; run the same command again")
