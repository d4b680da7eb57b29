"""What stands in for GitHub's own actions on a laptop: python stub.py checkout|python|upload|download.

Called by .github/stubs; `nox -s workflow` sets the variables. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

WORKSPACE, SOURCE, STORE = "GITHUB_WORKSPACE", "WHEELS_STUB_SOURCE", "WHEELS_STUB_STORE"
PYTHON = "WHEELS_STUB_PYTHON"


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def checkout() -> None:
    """Fill the workspace with a clone of the source, and what differs from its commit or is not in it yet."""
    source, workspace = Path(os.environ[SOURCE]), Path(os.environ[WORKSPACE])
    for old in workspace.iterdir():
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    _git(workspace, "clone", "--quiet", "--no-hardlinks", str(source), ".")
    changed = _git(source, "--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--ignore-submodules", "-uall")
    for entry in filter(None, changed.split("\0")):
        name = entry[3:]
        (workspace / name).unlink(missing_ok=True)
        if (source / name).is_file():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, workspace / name)


def python() -> None:
    """Put a `python` onto PATH: the interpreter that runs the stages."""
    folder = Path(os.environ["RUNNER_TEMP"]) / "python"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec "{os.environ[PYTHON]}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as path:
        path.write(f"{folder}\n")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (found for found in sorted(path.rglob("*")) if found.is_file())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def upload() -> None:
    """Zip the paths, with names below their common folder, as the real action does; hidden files are left out."""
    workspace, store = Path(os.environ[WORKSPACE]), Path(os.environ[STORE])
    asked = [workspace / line.strip() for line in os.environ["STUB_PATH"].splitlines() if line.strip()]
    top = Path(os.path.commonpath(asked))
    top = top.parent if top.is_file() else top
    archive = store / f"{os.environ['STUB_NAME']}.zip"
    if archive.exists() and os.environ["STUB_OVERWRITE"] != "true":
        sys.exit(f"there is an artefact {archive.stem} already; give this one another name")
    found = [file for path in asked for file in _files(path) if not _is_hidden(file.relative_to(top))]
    if not found:
        print(f"no file in {', '.join(str(path.relative_to(workspace)) for path in asked)}; there is no artefact {archive.stem}")
        return
    store.mkdir(parents=True, exist_ok=True)
    beside = archive.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for file in found:
            zipped.write(file, file.relative_to(top).as_posix())
    beside.replace(archive)
    print(f"artefact {archive.stem}: {len(found)} files, {archive.stat().st_size:,} bytes")


def download() -> None:
    """Unpack one artefact by its name, or all that fit a pattern."""
    workspace, store = Path(os.environ[WORKSPACE]), Path(os.environ[STORE])
    name, pattern = os.environ["STUB_NAME"], os.environ["STUB_PATTERN"]
    found = [
        path for path in sorted(store.glob("*.zip")) if path.stem == name or (not name and fnmatch.fnmatch(path.stem, pattern))
    ]
    if name and not found:
        sys.exit(f"there is no artefact {name}")
    for path in found:
        apart = not name and os.environ["STUB_MERGE"] != "true"
        place = workspace / os.environ["STUB_PATH"] / (path.stem if apart else "")
        with zipfile.ZipFile(path) as zipped:
            zipped.extractall(place)
        print(f"artefact {path.stem} into {place.relative_to(workspace)}")


if __name__ == "__main__":
    {"checkout": checkout, "python": python, "upload": upload, "download": download}[sys.argv[1]]()
