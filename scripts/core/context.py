"""What every stage is handed: the checkout, its configuration, the request, and the run it belongs to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Config, Target, read_config
from scripts.core.environments import Maker, this_maker
from scripts.core.errors import RequestError, WheelsError
from scripts.core.interpreters import Interpreter, find_interpreter, find_interpreters, from_json, usable
from scripts.core.layout import Layout
from scripts.core.record import FAILED, Outcome, Plan, Record, parse_record, statement, write_record
from scripts.core.request import Request
from scripts.core.run import output_of, step, tail
from scripts.core.runs import INTERPRETERS, RUN_VARIABLE, new_run
from scripts.core.scrub import scrubbed
from scripts.core.source_lock import SourceLock, read_source_lock

# How much of a failed command's output goes into its record.
LINES_KEPT = 20


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a stage's work came to: its products' digests by name, and its figures."""

    subject: Mapping[str, str]
    status: str
    facts: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Context:
    """One checkout in one run of nox."""

    layout: Layout
    config: Config
    lock: SourceLock
    request: Request
    maker: Maker
    run: str

    @property
    def run_folder(self) -> Path:
        return self.layout.runs / self.run

    @property
    def run_records(self) -> Path:
        return self.layout.records / self.run

    def log(self, name: str) -> Path:
        """Return the path of an empty log of this run."""
        path = self.layout.logs / self.run / f"{name}.log"
        path.unlink(missing_ok=True)
        return path

    def interpreter(self, name: str) -> Interpreter:
        """Return the CPython called `name`; InterpreterError says how to get it, or its headers."""
        handed = self.run_folder / INTERPRETERS
        found = from_json(handed.read_text(encoding="utf-8")).get(name) if handed.is_file() else None
        return usable(name, found or find_interpreter(name))

    def builder(self, name: str) -> Interpreter:
        """Return the CPython that runs setuptools to build for CPython `name` of another platform: that one, or the newest here.

        Raises:
            InterpreterError: there is none at all.
        """
        names = [name, *(one for one in reversed(self.config.pythons) if not one.endswith("t"))]
        handed = self.run_folder / INTERPRETERS
        known = from_json(handed.read_text(encoding="utf-8")) if handed.is_file() else find_interpreters(names)
        found = next((known[one] for one in names if one in known), None)
        return usable(name, found, with_headers=False)

    def library(self, target: Target, variant: str) -> str:
        """Return the folder of vendor/ that a variant of a target is linked against, empty for none.

        Raises:
            RequestError: `-- --vml NAME` names none of them.
        """
        usual = self.config.variants[variant].library
        if not usual or not self.request.vml:
            return target.libraries.get(variant, usual)
        asked = f"{self.request.vml}-{variant}"
        if not (self.layout.vendor / asked / "recipe.toml").is_file():
            known = sorted(path.parent.name for path in self.layout.vendor.glob(f"*-{variant}/recipe.toml"))
            raise RequestError(
                f"--vml {self.request.vml}: there is no such library; there are "
                f"{', '.join(name.removesuffix(f'-{variant}') for name in known)}"
            )
        return asked

    def keep(self, plan: Plan, record: Record) -> None:
        """Put a copy of a product's record among the records of this run."""
        write_record(self.run_records / f"{plan.stage}-{plan.cell}.json", record.statement)

    def recorded(self, plan: Plan, log: Path, work: Callable[[], Made]) -> Record:
        """Do the work of a plan and return its record, kept among the run's; a failure is recorded too and goes on."""
        started = time.time()
        clock = time.perf_counter()
        try:
            made = work()
        except WheelsError as error:
            self.keep_failure(plan, error, error.log or log, started=started, seconds=time.perf_counter() - clock)
            raise
        outcome = Outcome(status=made.status, seconds=time.perf_counter() - clock, facts=made.facts)
        content = statement(
            plan, made.subject, outcome, log=log, started=started, run=self.run, repository=repository_version(self.layout.root)
        )
        record = parse_record(content)
        self.keep(plan, record)
        return record

    @contextmanager
    def failures_recorded(self, stage: str, cell: str) -> Iterator[None]:
        """See to it that a failure leaves a record even where its stage had not got as far as a plan."""
        started, clock = time.time(), time.perf_counter()
        try:
            yield
        except WheelsError as error:
            if not (self.run_records / f"{stage}-{cell}.json").is_file():
                plan = Plan(stage=stage, cell=cell, asked={"request": self.request.words()}, settings={}, inputs=())
                self.keep_failure(plan, error, error.log, started=started, seconds=time.perf_counter() - clock)
            raise

    def keep_failure(self, plan: Plan, error: WheelsError, log: Path | None, *, started: float, seconds: float) -> None:
        """Put the record of a failure among the records of this run: class, status, message and the log's last lines."""
        lines = tail(log, LINES_KEPT) if log is not None and log.is_file() else []
        ended = Outcome(
            status=FAILED,
            seconds=seconds,
            facts={
                "error": type(error).__name__,
                "command": scrubbed(error.command, self.layout),
                "tail": [scrubbed(line, self.layout) for line in lines],
            },
            command_status=error.command_status if error.command_status is not None else error.exit_status,
            message=scrubbed(str(error), self.layout),
        )
        version = repository_version(self.layout.root)
        content = statement(plan, {}, ended, log=log, started=started, run=self.run, repository=version)
        write_record(self.run_records / f"{plan.stage}-{plan.cell}.json", content)


def repository_version(root: Path) -> str:
    """Return the commit of this repository, with +dirty where files differ from it; empty where it is no checkout.

    Unpacked inside of another repository it would get that one's commit.
    """
    if not (root / ".git").exists():
        return ""
    try:
        commit = output_of(["git", "-C", root, "rev-parse", "HEAD"])
        changes = output_of(["git", "-C", root, "--no-optional-locks", "status", "--porcelain", "--ignore-submodules=all"])
    except WheelsError:
        return ""
    return commit + ("+dirty" if changes else "")


def context_of(layout: Layout, request: Request) -> Context:
    """Return the context of this process; ConfigError or IntegrityError for what is wrong in the checkout."""
    config = read_config(layout.config)
    return Context(
        layout=layout,
        config=config,
        lock=read_source_lock(layout.root / config.source.lock),
        request=request,
        maker=this_maker(layout),
        run=os.environ.get(RUN_VARIABLE) or new_run(),
    )


def up_to_date(what: str) -> None:
    """Say that nothing has to be done."""
    step(f"{what}: up to date")
