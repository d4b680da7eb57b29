"""What the places that files can go to have in common, and what is known about them before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from scripts.core.errors import IntegrityError
from scripts.publish.artifact import Artifact


class Destination(Protocol):
    """A place for finished files: a staging folder, an object store, a package index."""

    @property
    def shown(self) -> str:
        """The place as a person may see it, without secrets."""
        ...

    def present(self, artifacts: Sequence[Artifact]) -> Mapping[str, str]:
        """Return the sha256 of each of these files that is there, by name, as the bytes at the other end give it."""
        ...

    def is_complete(self, artifact: Artifact) -> bool:
        """Tell whether everything that belongs beside a file that is there is there too."""
        ...

    def send(self, artifact: Artifact) -> None:
        """Send one file and what belongs beside it; sending again what is there already changes nothing.

        Raises:
            TemporaryError: it may go better in a moment.
            UploadError: it will not.
        """
        ...

    def finish(self) -> None:
        """Make what was sent visible: write the index, where the place does not do that itself."""
        ...


def check_same(place: str, artifacts: Sequence[Artifact], present: Mapping[str, str], so_far: str) -> None:
    """Check that no file of the same name with other bytes is at the other end; `so_far` says what was sent by now.

    Raises:
        IntegrityError: one is.
    """
    different = [artifact for artifact in artifacts if present.get(artifact.name, artifact.sha256) != artifact.sha256]
    if different:
        told = "; ".join(f"{one.name} (there {present[one.name][:12]}…, here {one.sha256[:12]}…)" for one in different)
        raise IntegrityError(
            f"{place} has {len(different)} of these files with other bytes ({told}); {so_far}. A published file is "
            "never replaced; find out which one is right, and publish under a new version or build number"
        )
