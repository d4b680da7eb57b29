"""The collected set: which wheels a run was to make, which are there, and what their records prove."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Config
from scripts.core.errors import GateError, RecordError
from scripts.core.files import sha256_of
from scripts.publish.artifact import SDIST_ENDING, Artifact, admit
from scripts.publish.expected import has_sdist
from scripts.publish.gate import SDIST, Rules
from scripts.publish.settings import UploadSettings

CHECKSUMS = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What passed the gate, and what is wrong with the set, one line each."""

    artifacts: tuple[Artifact, ...]
    problems: tuple[str, ...]


def files_in(wheelhouse: Path) -> list[Path]:
    """Return the wheels and sdists of a wheelhouse."""
    return sorted(path for path in wheelhouse.glob("*/*") if path.name.endswith((".whl", SDIST_ENDING)))


def rules_of(config: Config, settings: UploadSettings) -> Rules:
    """Return the rules of upload's gate; a run may collect any commit, so none is demanded here."""
    return Rules(floor=config.test_floor, tested=settings.tested, commits={})


def collected(wheelhouse: Path, planned: Iterable[str], rules: Rules) -> Collected:
    """Put every file of the wheelhouse through the gate and hold what is left against the planned cells.

    Raises:
        IntegrityError: a file is not the bytes of its records.
    """
    artifacts: list[Artifact] = []
    problems: list[str] = []
    for path in files_in(wheelhouse):
        try:
            artifacts.append(admit(path, rules))
        except (GateError, RecordError) as error:
            problems.append(str(error))
    wanted = list(planned)
    cells = [artifact.proof.cell for artifact in artifacts]
    problems += [f"{cell} is missing" for cell in wanted if cell not in cells]
    problems += [
        f"{one.name} is of {one.proof.cell}, which was not planned" for one in artifacts if one.proof.cell not in (*wanted, SDIST)
    ]
    problems += [f"{cell} is there {cells.count(cell)} times" for cell in dict.fromkeys(cells) if cells.count(cell) > 1]
    commits = sorted({artifact.proof.commit for artifact in artifacts})
    if len(commits) > 1:
        problems.append(f"the files come from different commits: {', '.join(commits)}")
    return Collected(artifacts=tuple(artifacts), problems=tuple(problems))


def checksums(folder: Path) -> str:
    """Return the content of SHA256SUMS for the wheels and sdists of a wheelhouse, as sha256sum writes and checks it."""
    return "".join(f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files_in(folder))


def for_the_index(artifacts: Iterable[Artifact], config: Config) -> tuple[Artifact, ...]:
    """Return what goes to the public index: the variant without a library, which is what its sdist compiles to, and the sdist."""
    linked: Mapping[str, bool] = {name: not has_sdist(config, name) for name in config.variants}
    return tuple(one for one in artifacts if one.proof.cell == SDIST or not linked[one.proof.variant])
