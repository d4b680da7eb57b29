"""What makes the build's own Python answer for the target: a sysconfigdata module and a sitecustomize, both generated.

setuptools asks `sysconfig` for suffixes and tags, numexpr's setup.py asks `platform` for system and machine. CPython reads the
module that _PYTHON_SYSCONFIGDATA_NAME names (as its own cross builds do, configure --with-build-python), and `site` imports
sitecustomize. Only what is asked for is in them; compilers and flags come from the environment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from scripts.core.files import write_whole
from scripts.core.platforms import PythonNames

MODULE = "_sysconfigdata_target"

SITECUSTOMIZE = """\
import platform

_TARGET = platform.uname_result({system!r}, "", "", "", {machine!r})
platform.uname = lambda: _TARGET
platform.system = lambda: _TARGET.system
platform.machine = lambda: _TARGET.machine
"""


def build_time_variables(names: PythonNames, python: str, include: Path, pointer_bytes: int) -> dict[str, object]:
    """Return what sysconfig has to know of a target's CPython `python` for setuptools to build for it."""
    plain = python.rstrip("t")
    return {
        "AR": "ar",
        "ARFLAGS": "rcs",
        "CC": "nwcc",
        "CCSHARED": "",
        "CFLAGS": "",
        "CONFINCLUDEPY": str(include),
        "CXX": "nwc++",
        "EXT_SUFFIX": names.suffix,
        "INCLUDEPY": str(include),
        "LDCXXSHARED": "nwc++ -shared",
        "LDSHARED": "nwcc -shared",
        "LIBDIR": "",
        "Py_DEBUG": 0,
        "Py_ENABLE_SHARED": 0,
        "Py_GIL_DISABLED": int(python.endswith("t")),
        "SHLIB_SUFFIX": f".{names.suffix.rpartition('.')[2]}",
        "SIZEOF_VOID_P": pointer_bytes,
        "SOABI": names.soabi,
        "VERSION": plain,
        "WITH_PYMALLOC": 1,
        "abiflags": "t" if python.endswith("t") else "",
        "py_version_nodot": plain.replace(".", ""),
        "py_version_short": plain,
    }


def write_crossing(folder: Path, names: PythonNames, python: str, include: Path, pointer_bytes: int) -> Mapping[str, str]:
    """Write the two modules into `folder` and return the variables that make a Python use them."""
    values = build_time_variables(names, python, include, pointer_bytes)
    write_whole(folder / f"{MODULE}.py", f"build_time_vars = {json.dumps(values, indent=4, sort_keys=True)}\n")
    write_whole(folder / "sitecustomize.py", SITECUSTOMIZE.format(system=names.system, machine=names.machine))
    return {"PYTHONPATH": str(folder), "_PYTHON_SYSCONFIGDATA_NAME": MODULE, "_PYTHON_HOST_PLATFORM": names.platform}
