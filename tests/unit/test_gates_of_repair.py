"""What a repaired wheel has to show of its platform tag; tests/pipeline/test_structure.py has the rest."""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

import pytest

from scripts.core.elf import GLIBC, needs
from scripts.core.errors import PolicyError
from scripts.stages.repair import check_policy, explain_policy, record_path
from tests.helpers import make_wheel

EXTENSION = "numexpr/interpreter.cpython-311-x86_64-linux-gnu.so"


@pytest.mark.parametrize(
    ("platforms", "policy"),
    [
        ("manylinux_2_28_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_27_x86_64.manylinux_2_28_x86_64", "manylinux_2_28_x86_64"),
        ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64"),
    ],
)
def test_the_tag_that_was_asked_for_or_a_better_one_passes(tmp_path: Path, platforms: str, policy: str) -> None:
    check_policy(make_wheel(tmp_path, tag=f"cp311-cp311-{platforms}"), policy)


@pytest.mark.parametrize(
    ("platforms", "policy"),
    [
        ("linux_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_35_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_aarch64", "manylinux_2_28_x86_64"),
        ("musllinux_1_2_x86_64", "manylinux_2_28_x86_64"),
        ("manylinux_2_17_x86_64", "musllinux_1_2_x86_64"),
    ],
)
def test_another_tag_is_refused(tmp_path: Path, platforms: str, policy: str) -> None:
    with pytest.raises(PolicyError, match=f"is not {policy}"):
        check_policy(make_wheel(tmp_path, tag=f"cp311-cp311-{platforms}"), policy)


@pytest.mark.skipif(sys.platform != "linux", reason="ELF objects are Linux's")
def test_a_tag_that_the_object_does_not_keep_names_symbol_version_and_object(tmp_path: Path) -> None:
    place = Path(sysconfig.get_config_var("DESTSHARED") or "/nowhere")
    for path in sorted(place.glob("*.so")):
        found = [(version, one) for one in needs("x", path.read_bytes()) if (version := GLIBC.fullmatch(one.version))]
        if found:
            break
    else:
        pytest.skip("this interpreter has no shared object that needs glibc")
    newest, need = max(found, key=lambda pair: (int(pair[0][1]), int(pair[0][2])))
    policy = f"manylinux_{newest[1]}_{int(newest[2]) - 1}_x86_64"
    wheel = make_wheel(tmp_path, {EXTENSION: path.read_bytes()}, tag=f"cp311-cp311-{policy}")
    with pytest.raises(PolicyError) as caught:
        check_policy(wheel, policy)
    assert re.search(
        rf"says {policy}, but {re.escape(EXTENSION)} needs \w+ of {re.escape(need.version)} \(lib", str(caught.value)
    )
    assert explain_policy(wheel, f"manylinux_{newest[1]}_{newest[2]}_x86_64") == ""


def test_records_lie_beside_their_wheel() -> None:
    assert record_path(Path("wheelhouse/plain/x.whl"), "test") == Path("wheelhouse/plain/x.whl.test.json")
