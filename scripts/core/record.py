"""Records: SLSA provenance v1 in an in-toto statement v1, beside every product and for every failure.

A stage first makes a Plan: everything that can change its product, with a digest. The plan's sha256 is the product's
key. What came out is added to make the record, so that a key can be checked against the record that claims it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.core.errors import EditedRecordError, RecordError
from scripts.core.files import publish_folder, sha256_of, write_whole

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:numexpr-wheels:stage:{stage}:v1"
BUILDER = "urn:numexpr-wheels:nox"
SEAL = "seal"
# What it is called in the folder of a product that has one to itself.
RECORD = "record.json"
PASSED, PARTIAL, FAILED, UNTESTED = "passed", "partial", "failed", "not tested"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One thing that went in: `digest` is its sha256, or a git object id under `gitCommit` or `gitTree`."""

    name: str
    digest: str
    algorithm: str = "sha256"

    def descriptor(self) -> dict[str, Any]:
        """Return the in-toto ResourceDescriptor."""
        return {"name": self.name, "digest": {self.algorithm: self.digest}}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a stage is about to do, complete: same plan, same bytes."""

    stage: str
    cell: str
    asked: Mapping[str, Any]
    settings: Mapping[str, Any]
    inputs: tuple[Input, ...]

    def definition(self) -> dict[str, Any]:
        """Return the SLSA buildDefinition."""
        return {
            "buildType": BUILD_TYPE.format(stage=self.stage),
            "externalParameters": {"cell": self.cell, **self.asked},
            "internalParameters": dict(self.settings),
            "resolvedDependencies": [one.descriptor() for one in self.inputs],
        }

    @property
    def key(self) -> str:
        return key_of(self.definition())


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a stage ended; `facts` are its figures, such as the counts of the suite."""

    status: str
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    command_status: int | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record as read from or written to a file; `subject` maps product names to their sha256."""

    stage: str
    cell: str
    key: str
    subject: Mapping[str, str]
    outcome: Outcome
    statement: Mapping[str, Any]

    @property
    def definition(self) -> Mapping[str, Any]:
        """The SLSA buildDefinition: what was asked, how, and from what."""
        definition: Mapping[str, Any] = self.statement["predicate"]["buildDefinition"]
        return definition

    @property
    def repository(self) -> str:
        """The commit of this repository that made it, with +dirty where files differed from it; empty if unknown."""
        builder: Mapping[str, Any] = self.statement["predicate"]["runDetails"]["builder"]
        return str(builder.get("version", {}).get("numexpr-wheels", ""))

    @property
    def run(self) -> str:
        """The name of the run that made it."""
        return str(self.statement["predicate"]["runDetails"]["metadata"]["invocationId"])

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What went in, in the order of the plan."""
        return tuple(
            Input(name=one["name"], digest=digest, algorithm=algorithm)
            for one in self.definition["resolvedDependencies"]
            for algorithm, digest in one["digest"].items()
        )


def key_of(definition: Mapping[str, Any]) -> str:
    """Return the key of a buildDefinition: the sha256 of its canonical JSON."""
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of(content: Mapping[str, Any]) -> str:
    """Return the sha256 over a statement without its seal: it shows an edit, though it cannot show who wrote it."""
    bare = json.loads(json.dumps(content))
    details = bare["predicate"]["runDetails"]
    details["byproducts"] = [one for one in details["byproducts"] if one["name"] != SEAL]
    return key_of(bare)


def statement(
    plan: Plan,
    subject: Mapping[str, str],
    outcome: Outcome,
    *,
    log: Path | None,
    started: float,
    run: str,
    repository: str = "",
) -> dict[str, Any]:
    """Return the in-toto statement of one stage; `started` is in seconds since 1970, `repository` this one's commit."""
    byproducts: list[dict[str, Any]] = [
        {
            "name": "outcome",
            "annotations": {
                "status": outcome.status,
                "seconds": round(outcome.seconds, 3),
                "facts": dict(outcome.facts),
                "exitStatus": outcome.command_status,
                "message": outcome.message,
            },
        }
    ]
    if log is not None and log.is_file():
        byproducts.append({"name": log.name, "digest": {"sha256": sha256_of(log)}})
    content: dict[str, Any] = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(subject.items())],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": plan.definition(),
            "runDetails": {
                "builder": {"id": BUILDER, "version": {"numexpr-wheels": repository}},
                "metadata": {
                    "invocationId": run,
                    "startedOn": _when(started),
                    "finishedOn": _when(started + outcome.seconds),
                },
                "byproducts": byproducts,
            },
        },
    }
    byproducts.append({"name": SEAL, "digest": {"sha256": seal_of(content)}})
    return content


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a statement as JSON."""
    write_whole(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read_record(path: Path) -> Record:
    """Return the record in `path`; RecordError where it is missing, truncated or not one of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError(f"there is no record {path.name}; run the stage that makes it again") from None
    except (ValueError, OSError) as error:
        raise RecordError(f"the record {path} cannot be read ({error}); delete it and run its stage again") from error
    try:
        return parse_record(content)
    except EditedRecordError as error:
        raise EditedRecordError(f"{path}: {error}") from None
    except (KeyError, TypeError, IndexError, AttributeError, StopIteration) as error:
        raise RecordError(f"{path} is no record of this repository: {error!r} is not in it as it should be") from error


def parse_record(content: Mapping[str, Any]) -> Record:
    """Return the record that a statement holds.

    Raises:
        EditedRecordError: its seal does not fit.
        KeyError, TypeError, IndexError, StopIteration: it is something else.
    """
    if (content["_type"], content["predicateType"]) != (STATEMENT_TYPE, PREDICATE_TYPE):
        raise KeyError("predicateType")
    definition = content["predicate"]["buildDefinition"]
    sealed = next(one for one in content["predicate"]["runDetails"]["byproducts"] if one["name"] == SEAL)
    if sealed["digest"]["sha256"] != seal_of(content):
        raise EditedRecordError(
            f"a record of {definition['externalParameters']['cell']} was edited after it was written; it proves nothing: "
            "delete it and run its stage again"
        )
    found = next(one for one in content["predicate"]["runDetails"]["byproducts"] if one["name"] == "outcome")
    ended = found["annotations"]
    return Record(
        stage=definition["buildType"].split(":")[3],
        cell=definition["externalParameters"]["cell"],
        key=key_of(definition),
        subject={one["name"]: one["digest"]["sha256"] for one in content["subject"]},
        outcome=Outcome(
            status=ended["status"],
            seconds=ended["seconds"],
            facts=ended["facts"],
            command_status=ended["exitStatus"],
            message=ended["message"],
        ),
        statement=content,
    )


def intact(record_path: Path, key: str, folder: Path) -> Record | None:
    """Return the record if it carries the key, passed, and its products in `folder` are the bytes it names."""
    try:
        record = read_record(record_path)
    except RecordError:
        return None
    if record.key != key or record.outcome.status != PASSED:
        return None
    for name, digest in record.subject.items():
        path = folder / name
        if not path.is_file() or sha256_of(path) != digest:
            return None
    return record


def publish_product(finished: Path, record: Record, place: Path) -> None:
    """Put the record of a product into its finished folder, and rename that to its place."""
    write_record(finished / RECORD, record.statement)
    publish_folder(finished, place)


def recipe(scripts: Path, modules: Sequence[str], name: str = "recipe") -> Input:
    """Return the input that stands for the code of a stage: the modules that can change its product."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        digest.update(f"{module}\0{sha256_of(scripts / module)}\n".encode())
    return Input(name=name, digest=digest.hexdigest())
