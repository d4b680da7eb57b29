"""Every gate has teeth: a mutation that it must catch, with a status of its own, and what happens without the gate."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers import record_row
from tests.pipeline.checkouts import NO_INDEX, Checkout, edit, finish

QUICK = ("-k", "test_bool")
SDIST = "numexpr-2.14.2.tar.gz"

# Runs a stage after something of a module was replaced: argv is MODULE:NAME or MODULE:CLASS.NAME, the source of what takes its
# place, then the stage.
WITHOUT = """
import importlib, sys
module, _, name = sys.argv[1].partition(":")
place = importlib.import_module(module)
*classes, name = name.split(".")
for one in classes:
    place = getattr(place, one)
assert hasattr(place, name), sys.argv[1]
setattr(place, name, eval(sys.argv[2], {"sys": sys}))
from scripts.__main__ import main
sys.exit(main(sys.argv[3:]))
"""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """What is spoilt, the command that has to notice, its status, and the gate without which it does not."""

    name: str
    spoil: Callable[[Checkout], tuple[str, ...]]
    stage: str
    status: int
    gate: str
    without: str
    variables: Mapping[str, str] = field(default_factory=dict)


def _own_packages(checkout: Checkout) -> Path:
    """Give the checkout a package store of its own with numexpr's sdist in it, and forget its source trees."""
    shared = (checkout.cache / "packages" / SDIST).read_bytes()
    shutil.rmtree(checkout.root / "build" / "source")
    store = checkout.root / "cache" / "packages"
    store.mkdir(parents=True)
    (store / SDIST).write_bytes(shared)
    return store / SDIST


def _own_cache(checkout: Checkout) -> Checkout:
    return Checkout(root=checkout.root, cache=checkout.root / "cache", variables=checkout.variables)


def flipped_download(checkout: Checkout) -> tuple[str, ...]:
    sdist = _own_packages(checkout)
    content = bytearray(sdist.read_bytes())
    content[len(content) // 2] ^= 1
    sdist.write_bytes(content)
    return ()


def altered_sdist(checkout: Checkout) -> tuple[str, ...]:
    sdist = _own_packages(checkout)
    plain = io.BytesIO()
    with tarfile.open(sdist) as old, tarfile.open(fileobj=plain, mode="w") as new:
        for member in old:
            content = old.extractfile(member)
            data = content.read() if content else b""
            if member.name.endswith("numexpr/necompiler.py"):
                data += b"# one line more\n"
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    sdist.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    lock = checkout.root / "numexpr.lock"
    lock.write_text(
        re.sub(r'sha256 = "\w+"', f'sha256 = "{hashlib.sha256(sdist.read_bytes()).hexdigest()}"', lock.read_text("utf-8")),
        "utf-8",
    )
    return ()


def altered_lock(checkout: Checkout) -> tuple[str, ...]:
    edit(checkout.root / "numexpr.lock", '"setup.py" = "100644 6', '"setup.py" = "100644 7')
    return ()


def _rezipped(wheel: Path, place: Path, member: str, content: bytes) -> Path:
    place.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(place, "w") as new:
        for info in old.infolist():
            new.writestr(info, content if info.filename == member else old.read(info.filename))
    return place


def bad_record(checkout: Checkout) -> tuple[str, ...]:
    place = checkout.root / "elsewhere" / checkout.wheel().name
    return ("--wheel", str(_rezipped(checkout.wheel(), place, "numexpr/utils.py", b"# nothing\n")), *QUICK)


def wrong_integers(checkout: Checkout) -> tuple[str, ...]:
    """Give the wheel another sign function, with a RECORD that knows of it."""
    wheel, place = checkout.wheel(), checkout.root / "elsewhere"
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        before, rows = archive.read("numexpr/expressions.py"), archive.read(record).decode()
    after = before.replace(b"'sign': func(numpy.sign,", b"'sign': func(numpy.floor,")
    assert after != before
    name = "numexpr/expressions.py"
    rows = "".join(f"{record_row(name, after)}\n" if row.startswith(f"{name},") else f"{row}\n" for row in rows.splitlines())
    half = _rezipped(wheel, place / "half" / wheel.name, name, after)
    return ("--wheel", str(_rezipped(half, place / "whole" / wheel.name, record, rows.encode())), *QUICK)


def renamed_wheel(checkout: Checkout) -> tuple[str, ...]:
    better = re.sub(r"manylinux.*\.whl", "manylinux_2_17_x86_64.whl", checkout.wheel().name)
    (checkout.root / "elsewhere").mkdir()
    shutil.copy(checkout.wheel(), checkout.root / "elsewhere" / better)
    return ("--wheel", str(checkout.root / "elsewhere" / better), *QUICK)


def stale_wheel(checkout: Checkout) -> tuple[str, ...]:
    edit(checkout.root / "wheels.toml", '"-fwrapv", ', '"-fwrapv", "-fno-plt", ')
    checkout.run("build")
    return QUICK


def edited_record(checkout: Checkout) -> tuple[str, ...]:
    path = checkout.wheel().with_name(f"{checkout.wheel().name}.test.json")
    content = json.loads(path.read_text("utf-8"))
    content["predicate"]["buildDefinition"]["buildType"] = "urn:numexpr-wheels:stage:polish:v1"
    path.write_text(json.dumps(content), "utf-8")
    return (str(path),)


def no_tests(_: Checkout) -> tuple[str, ...]:
    return ("--collect-only",)


def unoptimised(checkout: Checkout) -> tuple[str, ...]:
    edit(checkout.root / "wheels.toml", '"-O3", ', '"-O1", ')
    return ()


def lost_symbol(checkout: Checkout) -> tuple[str, ...]:
    """Make believe that no CPython exports what every extension calls."""
    symbols = checkout.root / "scripts" / "structure" / "python-symbols.txt"
    lines = symbols.read_text(encoding="utf-8").splitlines()
    symbols.write_text("\n".join(line for line in lines if not line.startswith("PyArg_ParseTuple ")), encoding="utf-8")
    return ()


def patch_with_other_context(checkout: Checkout) -> tuple[str, ...]:
    (checkout.root / "patches" / "0001-other-context.patch").write_text(
        "Subject: Change a line that is not there\nWhy: to be refused\nUpstream: none yet\nVariants: plain\nTargets: *\n---\n"
        "--- a/VERSION\n+++ b/VERSION\n@@ -1 +1 @@\n-0.0.0\n+0.0.1\n",
        "utf-8",
    )
    return ()


MUTATIONS = (
    Mutation(
        name="a flipped byte in a cached download", spoil=flipped_download, stage="checkout", status=16,
        gate="scripts.core.index:sha256_of", variables=NO_INDEX,
        without="lambda path: 'e7144e83ea9e581f2273e0304f15836736c4e470e2bd2e378ce617662a1ca278'",
    ),
    Mutation(
        name="an sdist with one altered source file", spoil=altered_sdist, stage="checkout", status=33,
        gate="scripts.stages.checkout:prove", without="lambda files, blobs, name: {p: f for p, f in files.items() if p in blobs}",
    ),
    Mutation(
        name="a lock with one altered hash", spoil=altered_lock, stage="checkout", status=34,
        gate="scripts.core.source_lock:tree_id", without="lambda blobs: 'ed91e3d2acf0ba57a7b50e31144afa4caa762bbc'",
    ),
    Mutation(
        name="a wheel with a bad RECORD", spoil=bad_record, stage="test", status=35,
        gate="scripts.stages.test:check_record", without="lambda path: None",
    ),
    Mutation(
        name="a wheel whose integers are wrong where the suite does not look", spoil=wrong_integers, stage="test", status=25,
        gate="scripts.core.installed:Installed.own_check", without="lambda *_: {'passed': 1}",
    ),
    Mutation(
        name="a stale wheel left from another key", spoil=stale_wheel, stage="test", status=32,
        gate="scripts.stages.repair:intact",
        without="lambda path, key, folder: sys.modules['scripts.core.record'].read_record(path)",
    ),
    Mutation(
        name="a wheel renamed to a better tag", spoil=renamed_wheel, stage="test", status=36,
        gate="scripts.stages.test:check_tags", without="lambda path: None",
    ),
    Mutation(
        name="a record edited by hand", spoil=edited_record, stage="reproduce", status=31,
        gate="scripts.core.record:seal_of",
        without="lambda content: content['predicate']['runDetails']['byproducts'][-1]['digest']['sha256']",
    ),
    Mutation(
        name="a suite with zero tests", spoil=no_tests, stage="test", status=24,
        gate="scripts.core.installed:judge", without="lambda *_: None",
    ),
    Mutation(
        name="a compiler that was not told to optimise", spoil=unoptimised, stage="build", status=21,
        gate="scripts.stages.build:check_calls", without="lambda calls: None",
    ),
    Mutation(
        name="native code that asks CPython for more than it has", spoil=lost_symbol, stage="repair", status=38,
        gate="scripts.structure.check:check",
        without="lambda *_, **__: sys.modules['scripts.structure.check'].Report(objects=(), left_out=())",
    ),
    Mutation(
        name="a patch whose context is not there", spoil=patch_with_other_context, stage="checkout", status=15,
        gate="scripts.stages.checkout:apply_series", without="lambda patches, tree: None",
    ),
)  # fmt: skip


def _status(checkout: Checkout, mutation: Mutation, words: tuple[str, ...], *prefix: str) -> tuple[int, str]:
    cached = _own_cache(checkout) if (checkout.root / "cache").is_dir() else checkout
    command = [sys.executable, *prefix, *checkout.words(mutation.stage, *words)[3 if prefix else 1 :]]
    with subprocess.Popen(
        command, cwd=checkout.root, env=cached.environment({**mutation.variables, "PYTHONPATH": str(checkout.root)}), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        ended = finish(process)
    assert "Traceback" not in ended.said or prefix
    return ended.status, ended.said


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_gate(mutation: Mutation, copy_of_built: Checkout) -> None:
    words = mutation.spoil(copy_of_built)
    status, said = _status(copy_of_built, mutation, words)
    assert status == mutation.status, said
    assert "* failed: " in said
    without, said = _status(copy_of_built, mutation, words, "-c", WITHOUT, mutation.gate, mutation.without)
    assert without != mutation.status, said


def test_each_mutation_has_a_status_of_its_own() -> None:
    assert len({mutation.status for mutation in MUTATIONS}) == len(MUTATIONS)
