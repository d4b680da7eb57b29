"""Debian packages for other machines: pinned by sha256, fetched with apt's own helper, unpacked and never installed.

apt's settings (mirror, proxy, credentials in auth.conf) are the person's; what comes is trusted for its sha256 alone. A
pinned file is fetched by its path on the mirror, so that no package list is needed; only `nox -s lock` reads one, in an apt
configuration of its own that leaves the machine's untouched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts.core.errors import FetchError, IntegrityError, RequestError, ToolchainError
from scripts.core.files import locked, sha256_of, write_whole
from scripts.core.run import attempt, command, output_of, run, step
from scripts.foreign.sources import DebianSet, Pin

APT_HELPER = Path("/usr/lib/apt/apt-helper")
# A line of `apt-get --print-uris`.
OFFERED = re.compile(r"'(?P<uri>[^']+)' \S+ \d+ SHA256:(?P<sha256>[0-9a-f]{64})")
UPSTREAM_ARCHIVE = re.compile(r".*\.orig\.tar\.(gz|xz|bz2)")


def mirror(named: str = "") -> str:
    """Return the address of a Debian mirror: `named` (NUMEXPR_WHEELS_DEBIAN), or the first that apt here is set up with.

    Raises:
        ToolchainError: there is no apt here.
        FetchError: apt here knows no mirror of Debian.
        RequestError: the address holds a password.
    """
    if not APT_HELPER.is_file():
        raise ToolchainError(
            "Debian's packages are fetched and unpacked with apt and dpkg, which this machine lacks; a Debian or Ubuntu has them"
        )
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    found = [named] if named else output_of(words).split()
    if not found:
        raise FetchError(
            "apt here knows no mirror of Debian (apt-get update brings its lists); NUMEXPR_WHEELS_DEBIAN=URL names one"
        )
    if "@" in urlsplit(found[0]).netloc:
        raise RequestError(
            "the address of the Debian mirror holds a password, which would show in logs; "
            "apt's auth.conf is the place for it (apt_auth.conf(5))"
        )
    return found[0].rstrip("/")


def fetched(pins: Sequence[Pin], store: Path, log: Path, named_mirror: str = "") -> list[Path]:
    """Return the files of the pins, from the store where they are there with their sha256, else from the mirror.

    Raises:
        FetchError: the mirror cannot be reached, or has no such file any more.
        IntegrityError: it delivers other bytes.
    """
    store.mkdir(parents=True, exist_ok=True)
    with locked(store.parent, store.name):
        missing = [pin for pin in pins if not _is_there(pin, store)]
        if missing:
            _download(missing, store, log, mirror(named_mirror))
        for pin in missing:
            if not _is_there(pin, store):
                (store / pin.name).unlink(missing_ok=True)
                raise IntegrityError(
                    f"{pin.name} from the Debian mirror has not the sha256 {pin.sha256} of its pin; it is not used"
                )
    return [store / pin.name for pin in pins]


def _is_there(pin: Pin, store: Path) -> bool:
    return (store / pin.name).is_file() and sha256_of(store / pin.name) == pin.sha256


def _download(pins: Sequence[Pin], store: Path, log: Path, address: str) -> None:
    step(f"fetching {len(pins)} Debian packages")
    words: list[object] = [APT_HELPER, "-o", "APT::Sandbox::User=", "download-file"]
    for pin in pins:
        words += [f"{address}/{pin.path}", store / pin.name, f"SHA256:{pin.sha256}"]
    if attempt(command(words, log=log)) == 0:
        return
    said = log.read_text(encoding="utf-8", errors="replace")
    if "Hash Sum mismatch" in said:
        raise IntegrityError(
            f"the Debian mirror delivers other bytes than sysroots/ pins; they are not used; the log is {log}", log=log
        )
    if "404" in said:
        raise FetchError(
            "the Debian mirror has a pinned package no more: a newer one took its place. nox -s lock renews the pins; "
            f"the log is {log}",
            log=log,
        )
    raise FetchError(
        f"{pins[0].name} and {len(pins) - 1} other Debian packages cannot be fetched; with a network run the same command "
        f"again, or NUMEXPR_WHEELS_DEBIAN=URL for another mirror; the log is {log}",
        log=log,
    )


def unpack(packages: Sequence[Path], folder: Path, log: Path) -> None:
    """Unpack packages into a folder; none of their scripts is run."""
    for package in packages:
        run(command(["dpkg-deb", "-x", package, folder], log=log), f"{package.name} cannot be unpacked", IntegrityError)


def resolved(one: DebianSet, address: str, scratch: Path, log: Path) -> list[Pin]:
    """Return the pins of what a mirror has for a set now, by apt's own resolver on a machine that has nothing yet.

    `scratch` is an empty folder.

    Raises:
        FetchError: the mirror cannot be reached, or the suite has no such packages.
    """
    options = _private_apt(one, address, scratch)
    run(command(["apt-get", *options, "update"], log=log), f"the lists of Debian {one.suite} cannot be fetched", FetchError)
    if one.sources:
        words = ["apt-get", *options, "source", "--print-uris", *one.sources]
    elif one.alone:
        words = ["apt-get", *options, "download", "--print-uris", *one.packages]
    else:
        words = ["apt-get", *options, "install", "--print-uris", "--yes", *one.packages]
    pins = []
    for line in output_of(words).splitlines():
        found = OFFERED.match(line)
        if found is None:
            continue
        path = unquote(found["uri"].removeprefix(f"{address}/"))
        if not one.sources or UPSTREAM_ARCHIVE.fullmatch(path):
            pins.append(Pin(path=path, sha256=found["sha256"]))
    if not pins:
        raise FetchError(f"Debian {one.suite} has nothing for {one.name}: {', '.join(one.packages or one.sources)}")
    return sorted(pins, key=lambda pin: pin.path)


def _private_apt(one: DebianSet, address: str, folder: Path) -> list[str]:
    """Return the options that make apt a stranger to this machine: its own lists, cache, state and architecture."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "archives" / "partial").mkdir(parents=True)
    write_whole(folder / "status", "")
    kind = f"deb-src {address}" if one.sources else f"deb [arch={one.architecture}] {address}"
    write_whole(folder / "sources.list", f"{kind} {one.suite} main\n")
    settings = {
        "APT::Architecture": one.architecture, "APT::Architectures": one.architecture, "APT::Install-Recommends": "0",
        "APT::Sandbox::User": "", "Acquire::ForceHash": "SHA256", "Debug::NoLocking": "1",
        "Dir::State": folder, "Dir::State::lists": folder / "lists", "Dir::State::status": folder / "status",
        "Dir::Cache": folder, "Dir::Cache::archives": folder / "archives",
        "Dir::Etc::sourcelist": folder / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
    }  # fmt: skip
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
