"""Servers on loopback for the tests of publishing, some of which misbehave, and installers that ask nobody else."""

from __future__ import annotations

import base64
import hashlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVER_SECONDS = 30.0
SECRET = "s3cret-Pa55word/+x"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        pass


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[str]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def static_server(folder: Path) -> Iterator[str]:
    """Serve a folder as `python -m http.server` does, and give its URL."""
    with _running(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))) as url:
        yield url


@contextmanager
def page_server(pages: Mapping[str, tuple[str, bytes]], redirects: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve these bodies with these media types, and nothing else."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in (redirects or {}):
                self.send_response(302)
                self.send_header("Location", (redirects or {})[self.path])
                self.end_headers()
                return
            kind, body = pages.get(self.path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.end_headers()
            # A reader that has enough hangs up.
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Pages)) as url:
        yield url


@dataclass(kw_only=True)
class Trouble:
    """What a proxy does to uploads: `fail` is asked with the number of each upload (from 1); `seen` are those let through."""

    fail: Callable[[int], int | str | None] = lambda _: None
    count: int = 0
    passed: int = 0
    down: bool = False
    headers: list[str] = field(default_factory=list)


@contextmanager
def proxy(target: str, trouble: Trouble) -> Iterator[str]:
    """Stand before a package index; answer uploads as `trouble` says: a status, "before" or "after" for a lost connection.

    "before": hung up on before the index sees the file; "after": the index has it, the answer is lost; "down": from here on
    nothing is answered.
    """
    host = target.split("//")[1].rstrip("/")

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _forward(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            trouble.headers.append(str(self.headers.get("Authorization", "")))
            what: int | str | None = None
            if trouble.down:
                self._hang_up()
                return
            if method == "POST":
                trouble.count += 1
                what = trouble.fail(trouble.count)
            if what in ("before", "down"):
                trouble.down = what == "down"
                self._hang_up()
                return
            if isinstance(what, int):
                self._answer(what, f"no: {self.headers.get('Authorization')}".encode(), "text/plain")
                return
            upstream = http.client.HTTPConnection(host, timeout=SERVER_SECONDS)
            kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            upstream.request(method, self.path, body, kept)
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            if method == "POST" and answer.status == 200:
                trouble.passed += 1
            if what == "after":
                self._hang_up()
                return
            self._answer(answer.status, content, answer.headers.get("Content-Type", "text/plain"))

        def _answer(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self._forward("GET")

        def do_POST(self) -> None:
            self._forward("POST")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Proxy)) as url:
        yield url


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was just started answers."""
    end = time.monotonic() + SERVER_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server on port {port} did not come up")


@contextmanager
def pypiserver(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run a package index that wants a password for everything; gives its URL and the folder of its files."""
    packages = folder / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    sha = base64.b64encode(hashlib.sha1(SECRET.encode(), usedforsecurity=False).digest()).decode()
    (folder / "htpasswd").write_text(f"manager:{{SHA}}{sha}\n", encoding="utf-8")
    port = free_port()
    words = [
        sys.executable, "-W", "ignore", "-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback",
        "-P", str(folder / "htpasswd"), "-a", "update,download,list", "--hash-algo", "sha256", str(packages),
    ]  # fmt: skip
    with (folder / "pypiserver.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": ""})
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}/", packages
        finally:
            process.terminate()
            process.wait(SERVER_SECONDS)


def quiet_environment() -> dict[str, str]:
    """Return an environment in which pip and uv ask nobody but the index that they are given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def uv_program() -> str | None:
    """Return uv's path: that of this environment, or of the machine."""
    here = Path(sys.executable).with_name("uv")
    return str(here) if here.exists() else shutil.which("uv")


def install(tool: str, target: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Install numexpr for Linux and CPython 3.11 into a folder, by pip or by uv, from what `words` name and nothing else."""
    if tool == "pip":
        # pip does not take an older manylinux for a newer one that was named.
        platforms = ["--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"]
        chosen = ["--only-binary", ":all:", *platforms, "--python-version", "3.11", "--implementation", "cp"]
        command = [sys.executable, "-m", "pip", "install", "--no-cache-dir", *chosen]
    else:
        program = uv_program()
        assert program is not None
        chosen = ["--only-binary", ":all:", "--python-platform", "x86_64-manylinux_2_28", "--python-version", "3.11"]
        command = [program, "pip", "install", "--no-cache", *chosen]
    return subprocess.run(
        [*command, "--no-deps", "--target", str(target), *words], env=quiet_environment(), capture_output=True, text=True,
        timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
