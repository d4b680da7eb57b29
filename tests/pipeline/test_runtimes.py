"""CPythons of other platforms, started for real: that they are what they say, in an environment of their own.

The whole suite on a wheel takes minutes there and is what `TARGETS=… nox -s test` does. What is not in the cache yet, and takes
minutes to make, is left to that too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.core.environments import this_maker
from scripts.core.errors import FetchError
from scripts.core.layout import layout_of
from scripts.core.packages import read_locked_set
from scripts.core.run import output_of
from scripts.core.targets import Cell
from scripts.runtimes.runtime import Untestable
from scripts.runtimes.table import runtime_for
from tests.helpers import ROOT

# What making the runtime leaves in the cache; nothing where that takes seconds.
MADE = {"linux-aarch64": "", "musllinux-x86_64": "musl-cpython-{python}-*", "windows-amd64": "wine-*"}
SEEN = """
import json, platform, subprocess, sys, sysconfig
import numpy
child = subprocess.run([sys.executable, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True)
print(json.dumps({
    "machine": platform.machine(), "system": platform.system(), "full": platform.python_version(),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "numpy": numpy.__file__, "prefix": sys.prefix, "child": child.stdout.strip(), "turn": complex(numpy.exp(1j * numpy.pi)).real,
}))
"""
IS = {"linux-aarch64": ("aarch64", "Linux"), "musllinux-x86_64": ("x86_64", "Linux"), "windows-amd64": ("AMD64", "Windows")}
# What an extension module is called, by which CPython finds it.
SUFFIX = {"linux-aarch64": "aarch64-linux-gnu.so", "musllinux-x86_64": "x86_64-linux-musl.so", "windows-amd64": "win_amd64.pyd"}


@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize("target", MADE)
def test_a_foreign_cpython_is_what_it_says(tmp_path: Path, context: Context, target: str, python: str) -> None:
    layout = layout_of(ROOT)
    here = replace(context, layout=layout, maker=this_maker(layout))
    cell = Cell(python=python, target=context.config.target(target), variant="plain")
    runtime = runtime_for(here, cell)
    if isinstance(runtime, Untestable):
        pytest.skip(f"not run: {runtime}")
    made = MADE[target].format(python=python)
    if made and not any(path.is_dir() for path in layout.foreign.glob(made)):
        pytest.skip(f"not run: TARGETS={target} nox -s test -p {python} makes what it takes, in minutes")
    wanted = read_locked_set(layout.requirements, "test")
    try:
        environment = runtime.create(tmp_path / "environment", wanted, tmp_path / "log")
    except FetchError as error:
        pytest.skip(f"not run: {error}")
    seen = json.loads(output_of([environment.python, "-I", "-c", SEEN], environment={"HOME": str(tmp_path)}))
    assert (seen["machine"], seen["system"]) == IS[target]
    assert seen["full"].startswith(f"{python}.")
    assert seen["suffix"].endswith(SUFFIX[target])
    assert seen["full"] == runtime.full
    assert Path(runtime.here(seen["numpy"])).is_relative_to(environment.path)
    assert Path(runtime.here(seen["prefix"])) == environment.path
    assert seen["child"] == seen["prefix"]
    assert seen["turn"] == pytest.approx(-1.0)
