"""What every stage is handed: the checkout, its configuration, the request, and the run it belongs to."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.config import Config, read_config
from scripts.core.environments import Maker, this_maker
from scripts.core.errors import WheelsError
from scripts.core.interpreters import Interpreter, find_interpreter, from_json, usable
from scripts.core.layout import Layout
from scripts.core.record import FAILED, Outcome, Plan, Record, parse_record, statement, write_record
from scripts.core.request import Request
from scripts.core.run import step
from scripts.core.source_lock import SourceLock, read_source_lock

RUN_VARIABLE = "NUMEXPR_WHEELS_RUN"
INTERPRETERS = "interpreters.json"


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
        """Return the CPython called `name`; InterpreterError says how to get it."""
        handed = self.run_folder / INTERPRETERS
        found = from_json(handed.read_text(encoding="utf-8")).get(name) if handed.is_file() else None
        return usable(name, found or find_interpreter(name))

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
            ended = Outcome(
                status=FAILED,
                seconds=time.perf_counter() - clock,
                command_status=error.command_status if error.command_status is not None else error.exit_status,
                message=str(error),
            )
            failure = statement(plan, {}, ended, log=error.log or log, started=started, run=self.run)
            write_record(self.run_records / f"{plan.stage}-{plan.cell}.json", failure)
            raise
        outcome = Outcome(status=made.status, seconds=time.perf_counter() - clock, facts=made.facts)
        record = parse_record(statement(plan, made.subject, outcome, log=log, started=started, run=self.run))
        self.keep(plan, record)
        return record


def new_run() -> str:
    """Return a name for a run of nox that sorts by time."""
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"-{os.getpid()}"


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
