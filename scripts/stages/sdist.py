"""sdist: the release's source archive, with git's line ends, and the same bytes on every machine.

setuptools' own archive differs each time: times, order and owners are the machine's. So what it made is packed anew
(PEP 517 and PEP 625: a gzipped tar in pax format), sorted, with one time, plain modes and no owner. version.py is left
out: it names the machine that packed it, and every build writes its own.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.core.context import Context, Made, up_to_date
from scripts.core.errors import BuildError, GateError, InterpreterError
from scripts.core.files import locked, scratch_folder, sha256_of, write_whole
from scripts.core.interpreters import Interpreter
from scripts.core.packages import read_locked_set
from scripts.core.record import PASSED, Input, Plan, Record, intact, recipe, write_record
from scripts.core.resolution import PINNED
from scripts.core.run import command, run, step
from scripts.core.sdist_source import prove, read_sdist
from scripts.core.tree import EXECUTABLE, File, read_tree, write_tree
from scripts.stages.checkout import Source, unpatched

CELL = "sdist"
FOLDER = "sdist"
RECIPE = ("stages/sdist.py", "core/sdist_source.py")
LEFT_OUT = "numexpr/version.py"
SOURCES = "numexpr.egg-info/SOURCES.txt"


@dataclass(frozen=True, kw_only=True)
class Sdist:
    """The source archive and its record."""

    path: Path
    record: Record


def packed(files: Mapping[str, File], top: str, time: int) -> bytes:
    """Return the archive of `files` below the folder `top`, each with the same `time` (seconds since 1970)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in sorted(files.items()):
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size, member.mtime = len(file.content), time
            member.mode = 0o755 if file.mode == EXECUTABLE else 0o644
            archive.addfile(member, io.BytesIO(file.content))
    # mtime=0: gzip has a clock of its own in its header.
    return gzip.compress(raw.getvalue(), compresslevel=9, mtime=0)


def stable_files(made: Mapping[str, File]) -> dict[str, File]:
    """Return what goes into the archive: nothing that names the machine, and no line end but git's."""
    files = {path: file for path, file in made.items() if path != LEFT_OUT}
    if SOURCES in files:
        lines = files[SOURCES].content.decode().splitlines()
        kept = sorted(line for line in lines if line != LEFT_OUT)
        files[SOURCES] = File(mode=files[SOURCES].mode, content=("\n".join(kept) + "\n").encode())
    return files


def _interpreter(context: Context) -> Interpreter:
    for name in context.config.pythons:
        try:
            return context.interpreter(name)
        except InterpreterError:
            continue
    raise InterpreterError("no CPython with headers is here to pack the sdist with; nox -s doctor says how to get one")


def _plan(context: Context, source: Source) -> Plan:
    return Plan(
        stage="sdist",
        cell=CELL,
        asked={},
        settings={"source-date-epoch": source.resolved.time, "zlib": zlib.ZLIB_RUNTIME_VERSION},
        inputs=(
            *source.resolved.inputs,
            Input(name="source", digest=source.key),
            Input(name="requirements/build.txt", digest=read_locked_set(context.layout.requirements, "build").digest),
            recipe(context.layout.root / "scripts", RECIPE),
        ),
    )


def _pack(context: Context, source: Source, scratch: Path, log: Path) -> tuple[str, bytes]:
    tree = scratch / "numexpr"
    write_tree(read_tree(source.tree), tree, source.resolved.time)
    interpreter = _interpreter(context)
    environment = context.maker.cached("build", interpreter.executable, f"CPython {interpreter.full}")
    words = [environment.python, "-m", "build", "--sdist", "--no-isolation", "--outdir", scratch / "dist", tree]
    variables = {"SOURCE_DATE_EPOCH": str(source.resolved.time)}
    run(command(words, log=log, cwd=scratch, environment=variables), "numexpr cannot be packed", BuildError)
    made = list((scratch / "dist").glob("*.tar.gz"))
    if len(made) != 1 or made[0].name != f"numexpr-{source.version}.tar.gz":
        raise GateError(
            f"expected numexpr-{source.version}.tar.gz, got {[path.name for path in made]}; the log is {log}", log=log
        )
    files = stable_files(read_sdist(made[0]))
    if source.resolved.kind == PINNED:
        prove(files, context.lock.blobs, made[0].name)
    return made[0].name, packed(files, made[0].name.removesuffix(".tar.gz"), source.resolved.time)


def _make(context: Context, source: Source, folder: Path, scratch: Path, log: Path) -> Made:
    name, content = _pack(context, source, scratch, log)
    write_whole(folder / name, content)
    return Made(subject={name: sha256_of(folder / name)}, status=PASSED, facts={"bytes": len(content)})


def sdist(context: Context) -> Sdist:
    """Return the source archive of what this run builds, made where it is not in wheelhouse/sdist/ yet.

    Raises:
        BuildError: setuptools cannot pack it.
        ProofError: a file in the archive is not the pinned commit's.
    """
    source = unpatched(context)
    plan = _plan(context, source)
    folder = context.layout.wheelhouse / FOLDER
    kept = folder / f"numexpr-{source.version}.tar.gz.sdist.json"
    with locked(context.layout.locks, "sdist"):
        record = intact(kept, plan.key, folder)
        if record is not None:
            context.keep(plan, record)
            up_to_date("sdist")
        else:
            log = context.log("sdist")
            with scratch_folder(context.layout.work / "sdist") as scratch:
                record = context.recorded(plan, log, lambda: _make(context, source, folder, scratch, log))
            write_record(kept, record.statement)
            step(f"{context.layout.shown(folder)}/{next(iter(record.subject))}, {record.outcome.facts['bytes']:,} bytes")
        return Sdist(path=folder / next(iter(record.subject)), record=record)
