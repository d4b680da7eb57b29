"""Running the workflow files on this machine with act: real jobs on the host, stubs for the actions that live on GitHub."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.core.environments import Environment
from scripts.core.errors import ToolchainError
from scripts.core.files import write_whole
from scripts.core.layout import CACHE_VARIABLE, Layout
from scripts.core.run import NOT_INHERITED

USES = re.compile(r"uses: (?P<action>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40})")
# What nox, a person or another run may have set, and what no job on GitHub would see.
NOT_FOR_JOBS = re.compile(r"(NOX|GITHUB_|RUNNER_|ACTIONS_|WHEELS_|NUMEXPR_WHEELS_).*|BUILD_COMMIT|CI|ACT|FORCE_COLOR")
# Colours and cursor movements: act gives its steps a terminal, GitHub none.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
# Lines of act about itself, and nox's board of running sessions, which is redrawn ten times a second.
NOISE = re.compile(
    r"LocalRepositoryCache|docker connection|(Run|Success - )\s*(Pre|Post|Set up|Complete)|Cleaning up|::(set-output|add-path)::"
    r"|nox > --parallel:|\| [\u2800-\u28ff] |^\s*$"
)
# The page of a step, which the step has printed already; it has no prefix.
PAGE = "⚙  Summary - "
JOB_ENDED = re.compile(r"^\[\w+/(?P<job>.+?)\s*\] 🏁\s+Job (?P<how>succeeded|failed)")


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a workflow file: what started it, its inputs and the repository's variables."""

    workflow: Path
    event: str
    runners: tuple[str, ...]
    payload: Mapping[str, object] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    job: str = ""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended: act's exit status, and each job's end by its name."""

    status: int
    jobs: Mapping[str, str]
    log: Path

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(name for name, how in self.jobs.items() if how == "failed")


def stubs_for(workflow: Path, folder: Path) -> list[str]:
    """Return act's arguments that put a stub in the place of each action of the workflow that has one."""
    found = dict.fromkeys(USES.findall(workflow.read_text(encoding="utf-8")))
    stubs = [(f"{action}@{commit}", folder / action.partition("/")[2]) for action, commit in found]
    return [f"--local-repository={reference}={stub}" for reference, stub in stubs if stub.is_dir()]


def _environment(layout: Layout, store: Path) -> dict[str, str]:
    """Return what the jobs see: this machine as a person has it, without nox and its environment."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED and not NOT_FOR_JOBS.fullmatch(name)}
    ours = str(Environment(path=Path(sys.prefix)).scripts)
    kept["PATH"] = os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if part != ours)
    return {
        **kept,
        CACHE_VARIABLE: str(layout.cache),
        "WHEELS_STUB_SOURCE": str(layout.root),
        "WHEELS_STUB_STORE": str(store),
        "WHEELS_STUB_PYTHON": sys.executable,
    }


def act_command(program: Path, run: Run, layout: Layout, folder: Path, jobs: Path) -> list[str]:
    """Return the command that runs a workflow; `jobs` is where act makes the workspaces."""
    event = folder / "event.json"
    write_whole(event, json.dumps(run.payload))
    # Each option is said: a person's own .actrc must not change what is shown here.
    return [
        str(program), run.event, "--workflows", str(run.workflow), "--eventpath", str(event), "--directory", str(layout.root),
        "--no-skip-checkout", "--no-cache-server", "--pull=false", "--concurrent-jobs=2",
        f"--action-cache-path={jobs}", f"--env-file={folder / 'none'}", f"--secret-file={folder / 'none'}",
        *(f"--platform={runner}=-self-hosted" for runner in run.runners),
        *(f"--var={name}={value}" for name, value in run.variables.items()),
        *(["--job", run.job] if run.job else []),
        *stubs_for(run.workflow, layout.root / ".github" / "stubs"),
    ]  # fmt: skip


def _told(lines: Iterable[str], log: Path) -> dict[str, str]:
    """Write the lines that are not about act itself to the log, show them, and return how the jobs ended."""
    jobs: dict[str, str] = {}
    in_page = False
    with log.open("w", encoding="utf-8") as file:
        for raw in lines:
            line = CONTROL.sub("", raw)
            ended = JOB_ENDED.match(line)
            if ended:
                jobs[ended["job"]] = ended["how"]
            if NOISE.search(line):
                continue
            file.write(line)
            in_page = PAGE in line or (in_page and not line.startswith("["))
            if not in_page:
                print(line, end="", flush=True)
    return jobs


def run_act(layout: Layout, run: Run, folder: Path, store: Path) -> Ended:
    """Run a workflow and return how it ended; artefacts are zip files in `store`.

    Raises:
        ToolchainError: act is not there.
    """
    program = Environment(path=Path(sys.prefix)).script("act")
    if not program.is_file():
        raise ToolchainError("act is not in this environment; run it as nox -s workflow, which brings it")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "act.log"
    # Not in the checkout: act does not quote the paths of its steps, and a checkout's may have spaces.
    with tempfile.TemporaryDirectory(prefix="numexpr-wheels-", ignore_cleanup_errors=True) as place:
        words = act_command(program, run, layout, folder, Path(place))
        with subprocess.Popen(
            words, cwd=layout.root, env=_environment(layout, store), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            assert process.stdout is not None
            jobs = _told(process.stdout, log)
    return Ended(status=process.returncode, jobs=jobs, log=log)
