"""Detached signatures (OpenPGP) by gpg: made with the person's own key and agent, checked where a key is known."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from scripts.core.errors import IntegrityError, ToolchainError, UploadError
from scripts.core.run import step
from scripts.publish.artifact import SIGNATURE

SECONDS = 300
GOOD, BAD = "[GNUPG:] GOODSIG", "[GNUPG:] BADSIG"


def _gpg() -> str:
    program = shutil.which("gpg")
    if program is None:
        raise ToolchainError(
            "gpg is not on PATH, so nothing can be signed; install GnuPG (Debian, Ubuntu: apt-get install gnupg)"
        )
    return program


def _run(words: list[str | Path]) -> subprocess.CompletedProcess[str]:
    # gpg asks for a passphrase by its agent's own window; GPG_TTY lets it ask on the terminal.
    terminal = {"GPG_TTY": os.ttyname(0)} if os.name == "posix" and os.isatty(0) else {}
    return subprocess.run(
        words, capture_output=True, text=True, errors="replace", check=False, timeout=SECONDS,
        stdin=subprocess.DEVNULL, env={**os.environ, **terminal},
    )  # fmt: skip


def sign(path: Path) -> Path:
    """Make a detached, armoured signature beside a file with gpg's default key and return its path.

    Raises:
        ToolchainError: there is no gpg.
        UploadError: gpg has no key, or was not given its passphrase.
    """
    signature = path.with_name(path.name + SIGNATURE)
    beside = signature.with_name(f".{signature.name}.part")
    try:
        ended = _run([_gpg(), "--batch", "--yes", "--armor", "--detach-sign", "--output", beside, "--", path])
        if ended.returncode:
            raise UploadError(
                f"gpg does not sign {path.name} ({' '.join(ended.stderr.split())}); it needs a secret key "
                "(gpg --list-secret-keys) and its passphrase in the agent"
            )
        beside.replace(signature)
    except subprocess.TimeoutExpired:
        raise UploadError(f"gpg has not signed {path.name} in {SECONDS} s; is it waiting for a passphrase?") from None
    finally:
        beside.unlink(missing_ok=True)
    return signature


def check_signature(path: Path) -> None:
    """Check the signature beside a file, if there is one and its key is known here.

    Raises:
        IntegrityError: it is a signature of other bytes.
    """
    signature = path.with_name(path.name + SIGNATURE)
    if not signature.is_file():
        return
    if shutil.which("gpg") is None:
        step(f"{signature.name} is not checked: there is no gpg here")
        return
    ended = _run([_gpg(), "--batch", "--status-fd", "1", "--verify", signature, path])
    if BAD in ended.stdout:
        raise IntegrityError(f"{signature.name} is a signature of other bytes than {path.name}; nothing was sent")
    if GOOD in ended.stdout:
        step(f"{path.name}: good signature")
    else:
        step(f"{signature.name} is not checked: its key is not known to gpg here")
