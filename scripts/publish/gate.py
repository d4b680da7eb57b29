"""The gate: what may leave this machine. Only a product whose chain of records is complete goes anywhere.

For a wheel that is: build made a raw wheel, repair made exactly these bytes from exactly that one, and a full run of
the suite passed on exactly these bytes. Everything here is judged from records (SLSA in in-toto, scripts/core/record.py)
and the file's sha256, wherever the two come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.core.errors import EditedRecordError, GateError, IntegrityError, RecordError
from scripts.core.record import PASSED, Record, parse_record
from scripts.runtimes.runtime import kind_of

WHEEL_STAGES = ("build", "repair", "test")
SDIST_STAGES = ("sdist",)
SDIST = "sdist"
NO_COMMIT = ""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What counts: the fewest tests that are the suite, the ways of running it, and the commit of a pinned release."""

    floor: int
    tested: tuple[str, ...]
    commits: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a complete chain says about a product; `cell` is `sdist` for an sdist, `how` and `passed` are the suite's."""

    sha256: str
    cell: str
    variant: str
    target: str
    commit: str
    how: str
    passed: int
    skipped: int
    finished: str


def stages_of(name: str) -> tuple[str, ...]:
    """Return the stages that must have left a record beside a product of this name."""
    return WHEEL_STAGES if name.endswith(".whl") else SDIST_STAGES


def record_names(name: str) -> dict[str, str]:
    """Return the file names of a product's records by stage."""
    return {stage: f"{name}.{stage}.json" for stage in stages_of(name)}


def parse_chain(name: str, read: Callable[[str], bytes | None]) -> dict[str, Record]:
    """Return the records of a product by stage; `read` returns the content of the file of a name beside it, or None.

    Raises:
        RecordError: a record is missing, truncated or of another stage.
    """
    chain = {}
    for stage, file in record_names(name).items():
        content = read(file)
        if content is None:
            remedy = (
                f"nox -s {stage} makes it, on exactly these bytes" if stage != "test" else "a full run of nox -s test makes it"
            )
            raise RecordError(f"{name} has no {stage} record beside it ({file}), so it goes nowhere; {remedy}")
        try:
            record = parse_record(json.loads(content))
        except EditedRecordError as error:
            raise EditedRecordError(f"{file}: {error}") from error
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration, RecursionError) as error:
            raise RecordError(
                f"{file} is truncated or no record ({type(error).__name__}), so {name} goes nowhere; run nox -s {stage} again"
            ) from error
        if record.stage != stage:
            raise RecordError(f"{file} is a record of {record.stage}, not of {stage}; {name} goes nowhere")
        chain[stage] = record
    return chain


def _definition(record: Record) -> Mapping[str, Any]:
    definition: Mapping[str, Any] = record.statement["predicate"]["buildDefinition"]
    return definition


def _asked(record: Record, key: str) -> str:
    return str(_definition(record)["externalParameters"].get(key, ""))


def _inputs(record: Record, algorithm: str = "sha256") -> dict[str, str]:
    found = {}
    for one in _definition(record)["resolvedDependencies"]:
        if algorithm in one["digest"]:
            found[str(one["name"])] = str(one["digest"][algorithm])
    return found


def _check_bytes(name: str, sha256: str, chain: Mapping[str, Record]) -> None:
    last = [stage for stage in chain if stage != "build"]
    for stage in last:
        recorded = chain[stage].subject.get(name)
        if recorded is None:
            raise RecordError(
                f"{name}.{stage}.json is about {', '.join(chain[stage].subject)}, not about {name}; it goes nowhere"
            )
        if recorded != sha256 and stage == "test":
            raise RecordError(f"{name} was tested as other bytes than these; run nox -s test on the wheel that is there now")
        if recorded != sha256:
            raise IntegrityError(
                f"{name} has sha256 {sha256}, its {stage} record says {recorded}: these are not the bytes that came out of "
                f"{stage}. Nothing was sent; find out who changed the file, delete it and make it again"
            )


def _check_links(name: str, chain: Mapping[str, Record]) -> None:
    """Check that each stage worked on what the one before it made, under the key that this had."""
    build, repair, test = (chain[stage] for stage in WHEEL_STAGES)
    if len({record.cell for record in chain.values()}) != 1:
        raise RecordError(f"the records of {name} are of different cells ({', '.join(sorted(r.cell for r in chain.values()))})")
    went_in = _inputs(repair)
    raw = dict(build.subject)
    if len(raw) != 1 or any(went_in.get(one) != digest for one, digest in raw.items()):
        raise RecordError(
            f"{name} was not repaired from the wheel that its build record names; run nox -s build repair test again"
        )
    if went_in.get("build key") != build.key:
        raise RecordError(f"the build record of {name} was changed: its key is not the one repair saw; build it again")
    if _inputs(test).get(name) != test.subject.get(name):
        raise RecordError(f"the test record of {name} tested other bytes than it vouches for; run nox -s test again")


def _check_test(name: str, record: Record, rules: Rules) -> None:
    """Check that a full run of the suite passed, on numexpr's terms and ours."""
    asked = _definition(record)["externalParameters"]
    facts = record.outcome.facts
    suite = facts["suite"]
    again = "run nox -s test without further words"
    if record.outcome.status != PASSED or asked["pytest-arguments"]:
        raise GateError(f"{name} was not tested in full (status {record.outcome.status}); {again}")
    if suite["failures"] or suite["passed"] < rules.floor:
        raise GateError(
            f"{name}: {suite['passed']} tests passed and {len(suite['failures'])} failed; "
            f"wheels.toml asks for {rules.floor} (test.floor) and no failure; {again}"
        )
    if kind_of(str(facts["how"])) not in rules.tested:
        raise GateError(
            f"{name} was tested by way of {facts['how']!r}; wheels.toml counts {', '.join(rules.tested)} (upload.tested)"
        )


def _commit(name: str, record: Record, rules: Rules, version: str) -> str:
    commits = set(_inputs(record, "gitCommit").values())
    pinned = rules.commits.get(version)
    if len(commits) != 1:
        raise GateError(f"{name} was not built from a commit but from a work tree or an unproved sdist; build it from a commit")
    (commit,) = commits
    if pinned and commit != pinned:
        raise GateError(f"{name} was built from commit {commit}; {version} is {pinned} (numexpr.lock). Build that one")
    return commit


def judge(name: str, version: str, sha256: str, chain: Mapping[str, Record], rules: Rules) -> Proof:
    """Return what the chain proves about the product of this name, version and sha256.

    Raises:
        IntegrityError: the bytes are not those that a record names.
        RecordError: a record is missing or does not belong to the others.
        GateError: the product was not tested in full, failed, or comes from no commit.
    """
    try:
        _check_bytes(name, sha256, chain)
        for stage, record in chain.items():
            if record.outcome.status != PASSED and stage != "test":
                raise GateError(f"{name}: {stage} ended as {record.outcome.status}; run nox -s {stage} again")
        if SDIST in chain:
            return Proof(
                sha256=sha256, cell=SDIST, variant="", target="", how="", passed=0, skipped=0,
                commit=_commit(name, chain[SDIST], rules, version), finished=_finished(chain[SDIST]),
            )  # fmt: skip
        _check_links(name, chain)
        _check_test(name, chain["test"], rules)
        facts = chain["test"].outcome.facts
        return Proof(
            sha256=sha256,
            cell=chain["repair"].cell,
            variant=_asked(chain["repair"], "variant"),
            target=_asked(chain["repair"], "target"),
            commit=_commit(name, chain["repair"], rules, version),
            how=str(facts["how"]),
            passed=int(facts["suite"]["passed"]),
            skipped=int(facts["suite"]["skipped"]),
            finished=_finished(chain["test"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordError(f"a record of {name} is not as this repository writes it ({error!r}); run its stage again") from error


def _finished(record: Record) -> str:
    return str(record.statement["predicate"]["runDetails"]["metadata"]["finishedOn"])
