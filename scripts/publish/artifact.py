"""A product that passed the gate: its file, its proof, and the files that belong beside it."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from packaging.utils import InvalidSdistFilename, parse_sdist_filename

from scripts.core.errors import GateError, IntegrityError
from scripts.core.files import sha256_of
from scripts.core.wheel import WheelName, opened, wheel_name
from scripts.publish.gate import Proof, Rules, judge, parse_chain, record_names

SDIST_ENDING = ".tar.gz"
SIGNATURE = ".asc"
METADATA = ".metadata"
MOST_METADATA_BYTES = 1_000_000
# A wheel is read member by member into memory; a small zip must not become a large one there.
MOST_UNPACKED_BYTES = 500_000_000


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One file to be published; `metadata` is its core metadata (PEP 643), `tags` is None for an sdist."""

    path: Path
    proof: Proof
    size: int
    project: str
    version: str
    metadata: bytes
    tags: WheelName | None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def sha256(self) -> str:
        return self.proof.sha256

    @property
    def records(self) -> Mapping[str, Path]:
        """The record files beside it, by stage."""
        return {stage: self.path.with_name(name) for stage, name in record_names(self.name).items()}

    @property
    def signature(self) -> Path:
        return self.path.with_name(self.name + SIGNATURE)


def project_and_version(name: str) -> tuple[str, str]:
    """Return the normalised project and version of a file name; GateError for a name of neither a wheel nor an sdist."""
    if name.endswith(".whl"):
        wheel = wheel_name(Path(name))
        return wheel.project, wheel.version
    try:
        project, version = parse_sdist_filename(name)
    except InvalidSdistFilename as error:
        raise GateError(f"{name} is not the name of a wheel or an sdist: {error}") from error
    return str(project), str(version)


def _too_large(name: str) -> GateError:
    return GateError(
        f"{name} unpacks to more than {MOST_UNPACKED_BYTES:,} bytes, or its metadata to more than 1 MB; it is not read"
    )


def _wheel_metadata(path: Path) -> bytes:
    with opened(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
            raise _too_large(path.name)
        found = [
            member for member in members if member.filename.endswith(".dist-info/METADATA") and member.filename.count("/") == 1
        ]
        if len(found) != 1:
            raise GateError(f"{path.name} holds {len(found)} METADATA files; a wheel has one (PEP 427)")
        if found[0].file_size > MOST_METADATA_BYTES:
            raise _too_large(path.name)
        return archive.read(found[0])


def _sdist_metadata(path: Path) -> bytes:
    wanted = f"{path.name.removesuffix(SDIST_ENDING)}/PKG-INFO"
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.size > MOST_UNPACKED_BYTES:
                    raise _too_large(path.name)
                if member.name == wanted and member.isfile() and member.size <= MOST_METADATA_BYTES:
                    content = archive.extractfile(member)
                    assert content is not None
                    return content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise GateError(f"{path.name} is damaged ({error}); delete it and make it again") from error
    raise GateError(f"{path.name} has no {wanted} (PEP 625, PEP 643); it is no sdist")


def admit(path: Path, rules: Rules) -> Artifact:
    """Return the file at `path` as an artifact, if the records beside it let it go.

    Raises:
        GateError, RecordError, IntegrityError: they do not.
    """

    def beside(name: str) -> bytes | None:
        record = path.with_name(name)
        return record.read_bytes() if record.is_file() else None

    project, version = project_and_version(path.name)
    digest = sha256_of(path)
    proof = judge(path.name, version, digest, parse_chain(path.name, beside), rules)
    is_wheel = path.name.endswith(".whl")
    metadata = _wheel_metadata(path) if is_wheel else _sdist_metadata(path)
    claimed = BytesParser().parsebytes(metadata, headersonly=True)
    if str(claimed["Version"]) != version:
        raise IntegrityError(f"{path.name} says version {version}, its metadata says {claimed['Version']}; it goes nowhere")
    return Artifact(
        path=path,
        proof=proof,
        size=path.stat().st_size,
        project=project,
        version=version,
        metadata=metadata,
        tags=wheel_name(path) if is_wheel else None,
    )
