"""The tools environment, which every stage runs in: made by what nox itself brings (virtualenv), kept in the cache.

nox cannot check hashes of what its own script environment installs, so noxfile.py asks for nothing but nox, and
everything else comes hash-locked from requirements/tools.txt.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from scripts.core.environments import (
    Environment,
    Maker,
    base_interpreter,
    environment_key,
    is_complete,
    mark_complete,
)
from scripts.core.errors import WheelsError
from scripts.core.files import locked, remove_tree
from scripts.core.layout import Layout
from scripts.core.packages import read_locked_set
from scripts.core.run import command, run, step

NO_UV_VARIABLE = "NUMEXPR_WHEELS_NO_UV"


def tools_environment(layout: Layout, requirement_set: str = "tools") -> Environment:
    """Return the environment of a requirement set that includes the tools, making it where needed.

    Raises:
        FetchError: it has to be downloaded and cannot be.
    """
    wanted = read_locked_set(layout.requirements, requirement_set)
    uv_set = read_locked_set(layout.requirements, "uv")
    without_uv = bool(os.environ.get(NO_UV_VARIABLE))
    interpreter = base_interpreter()
    identity = f"{platform.python_version()} {platform.machine()} {'' if without_uv else uv_set.digest}"
    key = environment_key(wanted, interpreter, identity)
    path = layout.environments / f"{requirement_set}-{key}"
    if is_complete(path, key):
        return Environment(path=path)
    with locked(layout.environments, path.name):
        if is_complete(path, key):
            return Environment(path=path)
        step(f"making the {requirement_set} environment (once)")
        log = layout.environments / f"{path.name}.log"
        log.unlink(missing_ok=True)
        remove_tree(path)
        seeded = [sys.executable, "-m", "virtualenv", "--no-periodic-update", "--no-download"]
        run(command([*seeded, "--python", interpreter, path], log=log), f"no environment can be made at {path}")
        environment = Environment(path=path)
        maker = Maker(layout=layout, python=str(environment.python), uv=None)
        if not without_uv:
            _install_uv(maker, environment, log)
            uv = environment.script("uv")
            maker = Maker(layout=layout, python=str(environment.python), uv=str(uv) if uv.exists() else None)
        maker.install_locked(environment, wanted, log)
        mark_complete(path, key)
    return environment


def _install_uv(maker: Maker, environment: Environment, log: Path) -> None:
    try:
        maker.install_locked(environment, read_locked_set(maker.layout.requirements, "uv"), log)
    except WheelsError as error:
        step(f"uv cannot be had ({error}); environments are made by virtualenv and pip, which is slower")
