"""Bring nox to a runner: an environment of its own with the packages of requirements/nox.txt, checked against their hashes.

Run by .github/actions/nox with whatever Python is there, so it uses nothing but the standard library and that Python's pip.
nox's own action would bring nox unlocked, and not at all to a musl container.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements" / "nox.txt"
CACHE_VARIABLE = "NUMEXPR_WHEELS_CACHE"


def _installed(python: Path) -> bool:
    """Install the locked packages: out of the package store if there is one and it suffices, else from the index."""
    words = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    cache = os.environ.get(CACHE_VARIABLE)
    if cache:
        stored = [*words, "--no-index", "--find-links", str(Path(cache) / "packages")]
        if subprocess.run(stored, capture_output=True, check=False).returncode == 0:
            return True
    return subprocess.run(words, check=False).returncode == 0


def main() -> int:
    """Make the environment below RUNNER_TEMP and put its programs onto the PATH of the steps that follow."""
    home = Path(os.environ["RUNNER_TEMP"]) / "nox"
    venv.create(home, clear=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    if not _installed(scripts / ("python.exe" if os.name == "nt" else "python")):
        print(f"nox cannot be installed from requirements/{LOCK.name}; pip says why above", file=sys.stderr)
        return 1
    with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as path:
        path.write(f"{scripts}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
