"""From a folder of files to the set that goes: every file through the gate, the set against what wheels.toml expects."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twine.commands.check import check
from twine.exceptions import TwineException

from scripts.core.config import Config
from scripts.core.context import Context
from scripts.core.errors import GateError, RecordError
from scripts.core.run import step
from scripts.core.wheel import check_record, check_tags, has_grafted
from scripts.publish.artifact import SDIST_ENDING, Artifact, admit, project_and_version
from scripts.publish.expected import check_cell, check_complete, compare, expected_cells
from scripts.publish.gate import SDIST, Rules
from scripts.publish.settings import UploadSettings
from scripts.publish.wishes import Wishes, is_named_type


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The artifacts that go, by variant, of one version and commit; `left` says what does not, and why."""

    version: str
    artifacts: dict[str, tuple[Artifact, ...]]
    left: tuple[str, ...]

    @property
    def all(self) -> tuple[Artifact, ...]:
        return tuple(artifact for artifacts in self.artifacts.values() for artifact in artifacts)


def rules_of(context: Context, settings: UploadSettings) -> Rules:
    """Return the gate's rules for this checkout."""
    lock = context.lock
    return Rules(floor=context.config.test_floor, tested=settings.tested, commits={lock.version: lock.commit})


def files_of(folder: Path, project: str, version: str, wheel_type: str) -> list[Path]:
    """Return the wheels and sdists of a release and type in a folder; other releases are named and left where they are."""
    files = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or not path.name.endswith((".whl", SDIST_ENDING)):
            continue
        if project_and_version(path.name) == (project, version):
            files += [path] if is_named_type(path.name, wheel_type) else []
        else:
            step(f"{path.name} is not of {project} {version}; it stays where it is")
    return files


def strict_check(path: Path) -> None:
    """Do what `twine check --strict` does; GateError where the index would not show the description."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    logger = logging.getLogger("twine")
    logger.addHandler(handler)
    try:
        with contextlib.redirect_stdout(said):
            failed = check([str(path)], strict=True)
    except (TwineException, ValueError) as error:
        raise GateError(f"{path.name}: the index would not take its metadata: {error}") from error
    finally:
        logger.removeHandler(handler)
    if failed:
        reason = " ".join(said.getvalue().replace(str(path), path.name).split())
        raise GateError(f"{path.name} does not pass twine check --strict: {reason}")


def check_content(artifact: Artifact, config: Config, settings: UploadSettings) -> None:
    """Check what the gate cannot see in records: size, RECORD, tags, description, and the variant in the bytes.

    Raises:
        GateError: one of them is wrong.
    """
    if artifact.size > settings.most_bytes:
        raise GateError(
            f"{artifact.name} has {artifact.size:,} bytes; wheels.toml allows {settings.most_bytes:,} (upload.most-bytes)"
        )
    strict_check(artifact.path)
    if artifact.tags is None:
        return
    check_record(artifact.path)
    check_tags(artifact.path)
    if has_grafted(artifact.path) != bool(config.variants[artifact.proof.variant].library):
        raise GateError(f"{artifact.name} is called {artifact.proof.variant}, but what is grafted into it says another variant")


def _admitted(
    files: Iterable[Path], variant: str, context: Context, settings: UploadSettings
) -> tuple[list[Artifact], dict[str, str]]:
    rules = rules_of(context, settings)
    every = expected_cells(context.config, settings, context.config.variants, "all")
    found, refused = [], {}
    for path in files:
        try:
            artifact = admit(path, rules)
            if artifact.proof.cell != SDIST and artifact.proof.variant != variant:
                raise GateError(f"{path.name} is a {artifact.proof.variant} wheel and lies among the {variant} ones; move it")
            if artifact.proof.cell not in every:
                raise GateError(f"{path.name} is of {artifact.proof.cell}, which wheels.toml does not have; it goes nowhere")
            check_cell(artifact, every[artifact.proof.cell])
            check_content(artifact, context.config, settings)
        except (GateError, RecordError) as error:
            # Not IntegrityError: changed bytes stop everything, whatever was said.
            refused[path.name] = str(error)
        else:
            found.append(artifact)
    return found, refused


def _one_commit(artifacts: Iterable[Artifact]) -> None:
    commits: dict[str, str] = {}
    for artifact in artifacts:
        commits.setdefault(artifact.proof.commit, artifact.name)
    if len(commits) > 1:
        told = ", ".join(f"{name} from {commit[:12]}" for commit, name in commits.items())
        raise GateError(f"these files of one version come from different commits ({told}); build them all from one")


def select(files: dict[str, list[Path]], version: str, wishes: Wishes, context: Context, settings: UploadSettings) -> Selection:
    """Return the files that go, by variant.

    Raises:
        IntegrityError: a file is not the bytes that its records name.
        GateError: the set is not what wheels.toml promises and `--partial` was not said, or nothing is left.
    """
    artifacts: dict[str, tuple[Artifact, ...]] = {}
    refused: dict[str, str] = {}
    for variant, paths in files.items():
        found, reasons = _admitted(paths, variant, context, settings)
        artifacts[variant] = tuple(found)
        refused |= reasons
    every = [artifact for some in artifacts.values() for artifact in some]
    cells = expected_cells(context.config, settings, files, wishes.wheel_type)
    difference = compare(cells, every, refused)
    step(f"{context.lock.name} {version}: {len(every)} of {len(cells)} expected files may go")
    for line in difference.lines():
        print(f"  {line}")
    _one_commit(every)
    check_complete(difference, wishes.partial, len(cells), len(every))
    return Selection(version=version, artifacts=artifacts, left=tuple(difference.lines()))
