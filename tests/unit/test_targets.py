"""Which target this machine is, and how cells are called."""

from __future__ import annotations

import platform
import sys
import sysconfig

import pytest

from scripts.core.config import Config
from scripts.core.errors import RequestError
from scripts.core.platforms import Linking, is_as_good, linking, python_names
from scripts.core.targets import Cell, host_target


@pytest.mark.parametrize(
    ("system", "machine", "libc", "expected"),
    [
        ("linux", "x86_64", "glibc", "linux-x86_64"),
        ("linux", "arm64", "glibc", "linux-aarch64"),
        ("darwin", "arm64", "", "macos-arm64"),
        ("darwin", "x86_64", "", "macos-x86_64"),
        ("win32", "AMD64", "", "windows-amd64"),
    ],
)
def test_this_machine_is_a_target(
    config: Config, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: str, expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    assert host_target(config).name == expected


def test_a_machine_without_a_target_says_what_it_is(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    with pytest.raises(RequestError, match=r"no target for this machine \(linux riscv64 glibc\); it has linux-x86_64"):
        host_target(config)


@pytest.mark.parametrize(
    ("target", "python", "platform_tag", "suffix", "machine"),
    [
        ("linux-aarch64", "3.11", "linux-aarch64", ".cpython-311-aarch64-linux-gnu.so", "aarch64"),
        ("musllinux-x86_64", "3.13", "linux-x86_64", ".cpython-313-x86_64-linux-musl.so", "x86_64"),
        ("macos-arm64", "3.12", "macosx-11.0-arm64", ".cpython-312-darwin.so", "arm64"),
        ("macos-x86_64", "3.14t", "macosx-10.15-x86_64", ".cpython-314t-darwin.so", "x86_64"),
        ("windows-amd64", "3.11", "win-amd64", ".cp311-win_amd64.pyd", "AMD64"),
        ("windows-arm64", "3.14t", "win-arm64", ".cp314t-win_arm64.pyd", "ARM64"),
        ("windows-win32", "3.12", "win32", ".cp312-win32.pyd", "x86"),
    ],
)
def test_a_targets_python_has_the_names_that_its_own_builds_use(
    config: Config, target: str, python: str, platform_tag: str, suffix: str, machine: str
) -> None:
    one = config.target(target)
    names = python_names(one, python, one.policies["plain"])
    assert (names.platform, names.suffix, names.machine) == (platform_tag, suffix, machine)
    assert names.soabi == suffix.strip(".").rpartition(".")[0]


def test_this_machines_python_is_called_so_too(config: Config) -> None:
    """What is written down for targets is what sysconfig says where it can be asked."""
    host = host_target(config)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    names = python_names(host, version, host.policies["plain"])
    assert (names.soabi, names.suffix) == (sysconfig.get_config_var("SOABI"), sysconfig.get_config_var("EXT_SUFFIX"))
    assert (names.platform, names.system, names.machine) == (sysconfig.get_platform(), platform.system(), platform.machine())


def test_a_link_is_told_what_its_system_needs(config: Config) -> None:
    def link(target: str) -> Linking:
        one = config.target(target)
        return linking(one, python_names(one, "3.13", one.policies["plain"]))

    assert link("linux-aarch64") == Linking()
    assert link("musllinux-aarch64").renamed == ("libc.so", "libc.musl-aarch64.so.1")
    assert link("windows-win32").words == ("-lpython313",)
    assert "-Wl,-install_name,@rpath/interpreter.cpython-313-darwin.so" in link("macos-arm64").words


@pytest.mark.parametrize(
    ("platform_tag", "policy", "good"),
    [
        ("manylinux_2_17_x86_64", "manylinux_2_28_x86_64", True),
        ("manylinux_2_35_x86_64", "manylinux_2_28_x86_64", False),
        ("manylinux_2_17_aarch64", "manylinux_2_28_x86_64", False),
        ("musllinux_1_1_x86_64", "manylinux_2_28_x86_64", False),
        ("macosx_11_0_arm64", "macosx_11_0_arm64", True),
        ("macosx_14_0_arm64", "macosx_11_0_arm64", False),
        ("win_amd64", "win_amd64", True),
        ("win32", "win_amd64", False),
    ],
)
def test_an_older_platform_is_as_good(platform_tag: str, policy: str, good: bool) -> None:
    assert is_as_good(platform_tag, policy) is good


def test_a_cell_has_a_name_for_files(config: Config) -> None:
    cell = Cell(python="3.14t", target=config.target("linux-x86_64"), variant="vml")
    assert cell.name == "cp314t-linux-x86_64-vml"
