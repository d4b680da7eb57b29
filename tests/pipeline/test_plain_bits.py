"""The speed patches change no bit of what plain computes: the wheel with them against one without them."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

from scripts.core.environments import Environment, this_maker
from scripts.core.interpreters import find_interpreter, usable
from scripts.core.layout import layout_of
from scripts.core.packages import read_locked_set
from tests.helpers import ROOT
from tests.pipeline.checkouts import PYTHON, Checkout

SCRIPT = Path(__file__).with_name("bits_of.py")
ZEROS = re.compile(r" (maximum|minimum)\(")
SPEED_PATCHES = "02??-*.patch"


def results(environment: Environment, wheel: Path, folder: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    ended = subprocess.run(
        [environment.python, "-I", SCRIPT, folder],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    found: dict[str, str] = json.loads(ended.stdout)
    return found


def test_the_speed_patches_change_no_bit(fresh: Checkout, built: Checkout, tmp_path: Path) -> None:
    patches = list((fresh.root / "patches").glob(SPEED_PATCHES))
    assert patches
    for path in patches:
        path.unlink()
    fresh.run("build")
    (unpatched,) = (fresh.root / "build" / "raw").glob("*/*.whl")
    maker = this_maker(layout_of(ROOT))
    log = tmp_path / "log"
    environment = maker.create(tmp_path / "environment", usable(PYTHON, find_interpreter(PYTHON)).executable, log)
    maker.install_locked(environment, read_locked_set(maker.layout.requirements, "test"), log)
    with_patches = results(environment, built.wheel(), tmp_path / "with")
    without = results(environment, unpatched, tmp_path / "without")
    assert len(with_patches) == len(without) > 10_000
    differ = [name for name, value in without.items() if with_patches[name] != value]
    # Of two zeros, clang's fmax and fmin in a loop return another one than glibc's, which the patch and gcc's wheels return.
    assert [name for name in differ if not ZEROS.search(name)] == []
