"""A virtual environment (PEP 405) made by hand, for a CPython that this machine cannot ask to make one."""

from __future__ import annotations

from pathlib import Path

from scripts.core.environments import Environment
from scripts.core.files import remove_tree, write_whole


def posix_site(environment: Environment, python: str) -> Path:
    """Return the site-packages folder of a POSIX environment."""
    return environment.path / "lib" / f"python{python}" / "site-packages"


def windows_site(environment: Environment) -> Path:
    """Return the site-packages folder of a Windows environment."""
    return environment.path / "Lib" / "site-packages"


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
