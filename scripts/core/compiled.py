"""The compiled extension, kept by what it is compiled from: where only numexpr's Python code changed, nothing is compiled.

setuptools compiles what is older than its sources. The extension of an earlier build is put where setuptools left it, if
everything that the compiler saw is the same: then its bytes are the ones that compiling would give.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from scripts.core.files import publish_folder, scratch_folder, sha256_of
from scripts.core.record import Input, Plan

# Python code of the package and of its benchmarks; setup.py itself is none of it.
NOT_COMPILED = ("numexpr/**/*.py", "bench/**/*")
# setuptools' folder for what goes into the wheel.
LIBRARIES = "build/lib*"
SUFFIXES = (".so", ".pyd")
DIGESTS = "SHA256SUMS"


def compiled_source(tree: Path) -> str:
    """Return one sha256 over the files of a tree that can change the extension: all but Python code."""
    left_out = {path for pattern in NOT_COMPILED for path in tree.glob(pattern)}
    digest = hashlib.sha256()
    for path in sorted(path for path in tree.rglob("*") if path.is_file() and path not in left_out):
        digest.update(f"{path.relative_to(tree).as_posix()}\0{sha256_of(path)}\n".encode())
    return digest.hexdigest()


def compiled_key(plan: Plan, source: str, tree: Path) -> str:
    """Return the key of the extension of a build: its plan's, with what the compiler sees in place of the whole source.

    The plan's inputs up to the one called `source` say which commit it is; patches are in the tree.
    """
    names = [one.name for one in plan.inputs]
    kept = [one for one in plan.inputs[names.index(source) + 1 :] if not one.name.startswith("patches/")]
    return replace(plan, inputs=(Input(name="what is compiled", digest=compiled_source(tree)), *kept)).key


def restore(store: Path, tree: Path) -> bool:
    """Put a kept extension into a tree and return True; False where there is none, or not the bytes that were kept."""
    sums = store / DIGESTS
    if not sums.is_file():
        return False
    lines = [line.split("  ", 1) for line in sums.read_text(encoding="utf-8").splitlines()]
    if not lines or not all((store / name).is_file() and sha256_of(store / name) == digest for digest, name in lines):
        return False
    for _, name in lines:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(store / name, tree / name)  # its mode, not its times: it has to be newer than the sources
    return True


def keep(store: Path, tree: Path, scratch: Path) -> None:
    """Keep the extensions that setuptools left in a tree, whole or not at all."""
    found = [path for folder in tree.glob(LIBRARIES) for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]
    if not found:
        return
    names = [path.relative_to(tree).as_posix() for path in found]
    with scratch_folder(scratch):
        for path, name in zip(found, names, strict=True):
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, scratch / name)
        sums = "".join(f"{sha256_of(scratch / name)}  {name}\n" for name in names)
        (scratch / DIGESTS).write_text(sums, encoding="utf-8")
        publish_folder(scratch, store)
