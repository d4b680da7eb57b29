"""A virtual environment (PEP 405) made by hand, for a CPython that this machine cannot ask to make one."""

from __future__ import annotations

from pathlib import Path

from scripts.core.environments import Environment
from scripts.core.files import remove_tree, write_whole

# Where an environment of Windows has its packages.
WINDOWS_SITE = Path("Lib", "site-packages")


def posix_site(python: str) -> Path:
    """Return where a POSIX environment has its packages."""
    return Path("lib", f"python{python}", "site-packages")


def make_environment(path: Path, *, home: str, full: str, launcher: str | Path) -> Environment:
    """Make an environment whose python is a shell script of this text, or a link to a program that runs here as it is.

    `home` is where CPython itself lies, as it calls that place. A program that a test starts as sys.executable goes through
    the same script, as long as CPython believes to be called so.
    """
    remove_tree(path)
    environment = Environment(path=path)
    write_whole(path / "pyvenv.cfg", f"home = {home}\ninclude-system-site-packages = false\nversion = {full}\n")
    if isinstance(launcher, Path):
        environment.scripts.mkdir()
        environment.python.symlink_to(launcher)
    else:
        write_whole(environment.python, launcher)
        environment.python.chmod(0o755)
    return environment
