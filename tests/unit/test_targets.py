"""Which target this machine is, and how cells are called."""

from __future__ import annotations

import platform
import sys

import pytest

from scripts.core.config import Config
from scripts.core.errors import RequestError
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


def test_a_cell_has_a_name_for_files(config: Config) -> None:
    cell = Cell(python="3.14t", target=config.target("linux-x86_64"), variant="vml")
    assert cell.name == "cp314t-linux-x86_64-vml"
