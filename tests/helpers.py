"""What several test files make: tiny wheels, git repositories, an index on loopback."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.core.errors import WheelsError
from scripts.core.interpreters import Interpreter

ROOT = Path(__file__).resolve().parents[1]
TAG = "cp311-cp311-manylinux_2_17_x86_64"
# What a person, nox or a git hook may have set, and what a test must not inherit.
FOREIGN = ("BUILD_COMMIT", "NUMEXPR_WHEELS_RUN", "NOX_CURRENT_SESSION", "NOXSESSION", "NOXPYTHON", "TARGETS")


def record_row(name: str, content: bytes) -> str:
    """Return the line of RECORD for a file."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}"


def statuses(kind: type[WheelsError]) -> set[int]:
    """Return the exit statuses of a class of errors and of all that are a kind of it."""
    return {kind.exit_status}.union(*(statuses(one) for one in kind.__subclasses__()))


def make_wheel(
    folder: Path,
    files: Mapping[str, bytes] | None = None,
    *,
    tag: str = TAG,
    inner_tag: str = "",
    version: str = "2.14.2",
    inner_version: str = "",
    record: Sequence[str] | None = None,
) -> Path:
    """Write a small numexpr wheel that is right unless `inner_tag`, `inner_version` or `record` say otherwise."""
    info = f"numexpr-{version}.dist-info"
    python, abi, platforms = (inner_tag or tag).split("-")
    tags = "".join(f"Tag: {python}-{abi}-{platform}\n" for platform in platforms.split("."))
    content = {
        "numexpr/__init__.py": b"use_vml = False\n" * 20,
        **(files or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: numexpr\nVersion: {inner_version or version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n{tags}".encode(),
    }
    rows = [record_row(name, data) for name, data in content.items()] if record is None else list(record)
    path = folder / f"numexpr-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return path


def an_interpreter(name: str = "3.11", *, headers: bool = True) -> Interpreter:
    """Return an interpreter that exists only on paper."""
    return Interpreter(
        name=name, full=f"{name.rstrip('t')}.1", executable=f"/nowhere/python{name}", soabi="", platform="", headers=headers
    )


def git(folder: Path, *words: str, given: str = "", when: str = "") -> str:
    """Run git with a configuration of its own and return what it says; `when` is the time of a commit."""
    who = [f"{part}={value}" for part, value in (("user.name", "Test"), ("user.email", "test@example.invalid"))]
    settings = [word for setting in (*who, "core.autocrlf=false", "init.defaultBranch=main") for word in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if when:
        environment |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    ended = subprocess.run(
        ["git", *settings, *words], cwd=folder, env=environment, input=given,
        text=True, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    return ended.stdout.strip()


def new_repository(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Return a new repository of git with these files in its work tree, none of them committed."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def damaged(content: bytes, share: float, bit: int) -> bytes:
    """Return content with one bit flipped where a share of it ends; bit 8, which no byte has, cuts it off there."""
    place = int(share * (len(content) - 1))
    if bit == 8:
        return content[:place]
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def sdist_page(folder: Path, project: str, files: Sequence[Path], digests: Mapping[str, str] | None = None) -> None:
    """Write the page of a project of a static index (PEP 503), with the files beside it."""
    page = folder / "simple" / project
    page.mkdir(parents=True, exist_ok=True)
    links = []
    for file in files:
        (page / file.name).write_bytes(file.read_bytes())
        digest = (digests or {}).get(file.name) or hashlib.sha256(file.read_bytes()).hexdigest()
        links.append(f'<a href="{file.name}#sha256={digest}">{file.name}</a>')
    (page / "index.html").write_text("<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>", encoding="utf-8")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback and give the URL of the index in it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
