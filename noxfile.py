# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2026.10.20"]
# ///
"""Tested numexpr wheels from one command.

    nox -s build repair test                 wheels for every CPython here, into wheelhouse/
    nox -s build repair test -p 3.13         for one CPython
    nox -t plain                             one variant, all stages
    TARGETS=all nox -s build repair          wheels for every platform; or a list of targets, or nox -t windows
    BUILD_COMMIT=main nox -s build repair test        another commit, branch or tag of numexpr
    nox -s build repair test -- --worktree   what lies in numexpr/ now, local edits included
    nox -s test -- -k test_name              a part of the suite
    nox -s tests lint                        this repository's own tests and checks

nox -s doctor says what this machine lacks; README.md has the rest.
"""

import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))  # nox's own command does not look here

from scripts import sessions
from scripts.core.asked import builds_here, tests_own_wheels
from scripts.sessions import after, stage

matrix = sessions.prepare()

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = sessions.BACKEND
nox.options.sessions = ["build", "repair", "test"]
nox.options.parallel = matrix.jobs  # type: ignore[assignment]  # nox converts "auto"
nox.options.allow_parallel = True


@nox.session
def checkout(session: nox.Session) -> None:
    """The source of the pinned commit; `-- NAME` or BUILD_COMMIT=NAME for another one."""
    stage(session, "checkout")


@nox.session
def vendor(session: nox.Session) -> None:
    """The native libraries that the vml variant is linked against."""
    stage(session, "vendor")


@nox.session(default=False)
def sysroot(session: nox.Session) -> None:
    """The headers that other platforms' wheels are compiled with, into the cache; `-- TARGET …` for some of them."""
    stage(session, "sysroot")


# build makes checkout's and vendor's products itself where they are not there: as requirements they would not
# survive `-p 3.13`, which nox hands to each session it starts.
@nox.session(python=matrix.pythons)
@nox.parametrize(("variant", "target"), matrix.parameters())
def build(session: nox.Session, variant: str, target: str) -> None:
    """Compile a wheel; `-- --toolchain system` takes the machine's own compiler."""
    stage(session, "build", variant, target)


@nox.session(python=matrix.pythons, requires=after("build") if builds_here() else [])
@nox.parametrize(("variant", "target"), matrix.parameters())
def repair(session: nox.Session, variant: str, target: str) -> None:
    """Graft the libraries in, prove the platform tag, put the wheel into wheelhouse/; `-- --from FOLDER`."""
    stage(session, "repair", variant, target)


@nox.session(python=matrix.pythons, requires=after("repair") if tests_own_wheels() else [])
@nox.parametrize(("variant", "target"), matrix.parameters())
def test(session: nox.Session, variant: str, target: str) -> None:
    """Run numexpr's suite on the installed wheel; `-- --numpy oldest`, `-- --wheel FILE`, `-- -k NAME`."""
    stage(session, "test", variant, target)


@nox.session(default=False)
def universal2(session: nox.Session) -> None:
    """Merge the macOS wheels of the wheelhouse into one for both machines; `-- --python 3.13` for one CPython."""
    stage(session, "universal2")


@nox.session(default=False)
def sdist(session: nox.Session) -> None:
    """The source archive, with git's line ends and the same bytes on every machine."""
    stage(session, "sdist")


@nox.session(default=False, venv_params=["compare"], allow_parallel=False)
def reproduce(session: nox.Session) -> None:
    """Do again what a record describes: `-- RECORD`, a file, a folder, or the zip that CI serves."""
    stage(session, "reproduce")


@nox.session(default=False, venv_params=["compare"], allow_parallel=False)
def verify(session: nox.Session) -> None:
    """Build under varied conditions and compare: the same inputs give the same bytes."""
    stage(session, "verify")


@nox.session(default=False, name="matrix")
def ci_matrix(session: nox.Session) -> None:
    """The cells of a CI run, and why others are left out; `-- 3.13 linux-x86_64` for some of them, `-- --json`."""
    stage(session, "matrix")


@nox.session(default=False)
def collect(session: nox.Session) -> None:
    """Hold the wheelhouse against what was planned; checksums, and one page about all of it."""
    stage(session, "collect")


@nox.session(default=False)
def summary(session: nox.Session) -> None:
    """One page about what was done here, and for a failure the line that repeats it."""
    stage(session, "summary")


@nox.session(default=False, venv_params=["ci"], allow_parallel=False)
def workflow(session: nox.Session) -> None:
    """Run the workflows of .github on this machine, as GitHub would; `-- --python 3.13` for a part."""
    stage(session, "workflow")


@nox.session(default=False, venv_params=["publish"], allow_parallel=False)
def upload(session: nox.Session) -> None:
    """From the wheelhouse to staging or an index, what passed its tests: `-- --to DEST`."""
    stage(session, "upload")


@nox.session(default=False, venv_params=["publish"], allow_parallel=False)
def promote(session: nox.Session) -> None:
    """From staging to an index: `-- numexpr VERSION --from URL --to DEST`."""
    stage(session, "promote")


@nox.session(default=False)
def doctor(session: nox.Session) -> None:
    """Say what this machine has and lacks, what that costs, and the command that mends it."""
    stage(session, "doctor")


@nox.session(default=False, allow_parallel=False)
def bench(session: nox.Session) -> None:
    """Speed of the wheels against the index's, or `-- --against FILE|VERSION`; `-- --pipeline` times the main job."""
    stage(session, "bench")


@nox.session(default=False, venv_params=["report"], allow_parallel=False)
def report(session: nox.Session) -> None:
    """One page about the wheelhouse: what, how big, how fast, how tested; HTML and Markdown in build/report/."""
    stage(session, "report")


@nox.session(default=False, allow_parallel=False)
def accuracy(session: nox.Session) -> None:
    """Measure the errors of the vector maths functions at every level, in ULP; `-- --speed` their time instead."""
    stage(session, "accuracy")


@nox.session(default=False)
def pin(session: nox.Session) -> None:
    """Move the pin to numexpr's newest release; `-- --check` only says whether there is one."""
    stage(session, "pin")


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Renew the hash-locked requirement sets of requirements/ from their .in files."""
    stage(session, "lock")


@nox.session(default=False, venv_params=["tests"], allow_parallel=False)
def tests(session: nox.Session) -> None:
    """This repository's own tests; `-- tests/unit` for the quick ones."""
    session.run("python", "-m", "pytest", *(session.posargs or ["tests/unit", "tests/pipeline"]))


@nox.session(default=False, venv_params=["lint"], allow_parallel=False)
def lint(session: nox.Session) -> None:
    """This repository's own checks: ruff, mypy --strict, and for the workflows actionlint, zizmor and their schema."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", "--strict", "noxfile.py", "scripts", "tests")
    workflows = sorted(map(str, Path(".github/workflows").glob("*.yml")))
    session.run("actionlint", "-shellcheck=", "-pyflakes=", *workflows)
    session.run("zizmor", "--offline", "--quiet", "--persona=pedantic", ".github")
    session.run("check-jsonschema", "--builtin-schema=vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema=vendor.github-actions", *map(str, Path(".github").glob("*/*/action.yml")))
