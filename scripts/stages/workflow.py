"""workflow: the workflow files of .github on this machine, artefacts and all; then an installation from the staged index."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.ci.act import Ended, Run, run_act
from scripts.ci.github import MAIN_REF
from scripts.ci.matrix import matrix_of
from scripts.ci.settings import ci_settings
from scripts.core.config import Config, Target, read_config
from scripts.core.environments import Maker, this_maker
from scripts.core.errors import CommandError, RequestError
from scripts.core.files import fresh_folder, remove_tree
from scripts.core.handed import records_in
from scripts.core.interpreters import Interpreter, find_interpreters
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.record import FAILED
from scripts.core.request import COMMIT_VARIABLE, Parser
from scripts.core.run import command, output_of, run, step
from scripts.core.targets import host_target

WORKFLOWS = ("wheels", "ci")
EXPRESSION = """
import numexpr, numpy
a = numpy.arange(1e5)
assert (numexpr.evaluate("2 * a + 3") == 2 * a + 3).all()
print(numexpr.__version__, numexpr.use_vml)
"""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for behind `--`; without a commit the run is a push to main, with one it is a run by hand."""

    workflow: str
    commit: str
    pythons: tuple[str, ...]
    variants: tuple[str, ...]
    job: str
    event: str


def _wishes(words: Sequence[str], config: Config) -> Wishes:
    parser = Parser(prog="nox -s workflow --", allow_abbrev=False)
    parser.add_argument("commit", nargs="?", default=os.environ.get(COMMIT_VARIABLE, ""))
    parser.add_argument("--python", action="append", choices=config.pythons, default=[])
    parser.add_argument("--variant", action="append", choices=list(config.variants), default=[])
    parser.add_argument("--workflow", choices=WORKFLOWS, default=WORKFLOWS[0])
    parser.add_argument("--job", default="")
    parser.add_argument("--event", choices=("push", "workflow_dispatch", "schedule"), default="")
    options = parser.parse_args(list(words))
    event = options.event or ("workflow_dispatch" if options.commit else "push")
    if options.commit and event != "workflow_dispatch":
        raise RequestError(f"only a run by hand builds another commit; leave {options.commit} or --event {event} away")
    return Wishes(
        workflow=options.workflow, commit=options.commit, pythons=tuple(options.python), variants=tuple(options.variant),
        job=options.job, event=event,
    )  # fmt: skip


def _host(config: Config) -> Target:
    target = host_target(config)
    if target.system != "linux":
        raise RequestError("nox -s workflow runs the jobs of Linux on Linux; on this system push a branch and let GitHub run it")
    return target


def _run(layout: Layout, config: Config, wishes: Wishes, pythons: Sequence[str]) -> Run:
    """Return the run that GitHub would start, for the cells that this machine can be the runner of."""
    target = _host(config)
    words = [target.name, *pythons, *wishes.variants]
    rows = matrix_of(config, ci_settings(layout.config), words).rows
    runners = {ci_settings(layout.config).builder, *(row.build_runner for row in rows), *(row.test_runner for row in rows)}
    payload: dict[str, object] = {"ref": MAIN_REF}
    if wishes.event == "workflow_dispatch":
        payload["inputs"] = {"build_commit": wishes.commit, "cells": "", "publish": "false"}
    return Run(
        workflow=layout.root / ".github" / "workflows" / f"{wishes.workflow}.yml",
        event=wishes.event,
        runners=tuple(sorted(runners)),
        payload=payload,
        variables={"WHEELS_CELLS": " ".join(words)},
        job=wishes.job,
    )


def _failed_artifacts(store: Path, scratch: Path) -> list[Path]:
    """Return the artefacts of jobs that hold the record of a failure: those of builds first, the collected one not."""
    found = []
    for path in sorted(path for path in store.glob("*.zip") if not path.name.startswith("collected-")):
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".json") and "records/" in name]
            archive.extractall(fresh_folder(scratch), names)
        if any(record.outcome.status == FAILED for _, record in records_in(scratch)):
            found.append(path)
    remove_tree(scratch)
    return found


def _check_end(layout: Layout, ended: Ended, store: Path) -> None:
    """Tell how the jobs ended.

    Raises:
        CommandError: one failed; the message names the command that repeats it here.
    """
    step(f"artefacts in {layout.shown(store)}: {', '.join(path.stem for path in sorted(store.glob('*.zip'))) or 'none'}")
    if ended.status == 0:
        step(f"all {len(ended.jobs)} jobs succeeded; the whole log is {layout.shown(ended.log)}")
        return
    told = ", ".join(ended.failed) or "the workflow"
    failed = _failed_artifacts(store, layout.work / "workflow-records")
    again = "".join(f"\n  nox -s reproduce -- {layout.shown(path)}" for path in failed[:1])
    raise CommandError(
        f"{told} failed (act's exit status {ended.status}); the whole log is {layout.shown(ended.log)}"
        + (f". The first failure again, on this machine:{again}" if again else ""),
        log=ended.log,
        command_status=ended.status,
    )


def _installs(layout: Layout, maker: Maker, index: Path, interpreter: Interpreter, vml: bool, version: str) -> None:
    """Install numexpr from a staged index with pip and compute with it.

    Raises:
        CommandError: pip cannot install it, or it does not compute, or is another variant.
    """
    place = layout.work / f"workflow-{interpreter.name}-{index.parent.name}"
    log = layout.build / "workflow" / f"install-{interpreter.name}-{index.parent.name}.log"
    log.unlink(missing_ok=True)
    try:
        environment = maker.create(place, interpreter.executable, log)
        maker.install_locked(environment, read_locked_set(layout.requirements, "test"), log)
        words = [
            maker.python, "-m", "pip", "--python", environment.python, "--isolated", "install", "--no-deps",
            "--only-binary", ":all:", "--index-url", index.as_uri(), f"numexpr=={version}",
        ]  # fmt: skip
        # From this index and no other, whatever a person's configuration adds.
        alone = {"PIP_CONFIG_FILE": os.devnull}
        run(command(words, log=log, environment=alone), f"pip cannot install numexpr from {layout.shown(index)}")
        said = output_of([environment.python, "-I", "-c", EXPRESSION])
        if said != f"{version} {vml}":
            raise CommandError(f"{layout.shown(index)} gave numexpr {said}, not {version} {vml} (version, use_vml)")
    finally:
        remove_tree(place)


def _check_index(layout: Layout, config: Config, store: Path, interpreters: Sequence[Interpreter]) -> None:
    """Install from the index that the stage job made, for every CPython of the run and every variant in it.

    Raises:
        CommandError: there is nothing in it, or it cannot be installed.
    """
    (archive,) = store.glob("index-*.zip")
    folder = fresh_folder(layout.build / "workflow" / "index")
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)
    pages = sorted(folder.glob("*/simple/numexpr/index.json"))
    if not pages:
        raise CommandError(f"{archive.name} lists no numexpr; look at the stage job in the log")
    for page in pages:
        simple = page.parents[1]
        vml = bool(config.variants[simple.parent.name].library)
        (version,) = json.loads(page.read_text(encoding="utf-8"))["versions"]
        for interpreter in interpreters:
            _installs(layout, this_maker(layout), simple, interpreter, vml, version)
            step(f"pip install --index-url {layout.shown(simple)} numexpr: works on CPython {interpreter.full}")


def workflow(layout: Layout, words: Sequence[str]) -> None:
    """Run a workflow file as GitHub would: `-- [NAME] [--python X] [--variant V] [--workflow wheels|ci] [--job J] [--event E]`.

    Raises:
        RequestError: a word means nothing, or no job can run on this machine.
        CommandError: a job failed, or what was staged cannot be installed.
    """
    config = read_config(layout.config)
    wishes = _wishes(words, config)
    found = find_interpreters(wishes.pythons or config.pythons)
    pythons = wishes.pythons or tuple(found)
    # With it in the package store the jobs bring nox without the network.
    this_maker(layout).cached("nox", this_maker(layout).python, "nox of the workflows")
    folder = fresh_folder(layout.build / "workflow")
    store = folder / "artifacts"
    store.mkdir()
    made = _run(layout, config, wishes, pythons)
    step(f"{made.workflow.name} on {wishes.event}, for {made.variables['WHEELS_CELLS']}")
    ended = run_act(layout, made, folder, store)
    _check_end(layout, ended, store)
    if any(store.glob("index-*.zip")):
        _check_index(layout, config, store, list(found.values()))
