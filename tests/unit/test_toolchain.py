"""The wrappers stand for the compiler: they log what reached it and pass every argument on."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import this_maker
from scripts.core.errors import ToolchainError
from scripts.core.layout import Layout
from scripts.core.toolchain import (
    CALL_LOG_VARIABLE,
    Extras,
    Toolchain,
    system_toolchain,
    toolchain_for,
    write_wrappers,
    zig_target,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the wrappers are shell scripts")


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    """A compiler in a folder with a space that prints its arguments, one a line."""
    program = tmp_path / "some tools" / "cc"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    words = (str(program), "cc", "-target", "x")
    return Toolchain(name="zig", identity={"compiler": "fake 1"}, compile_c=words, compile_cxx=words, environment={"ZIG_X": "1"})


@pytest.mark.parametrize(
    ("target", "policy", "expected"),
    [
        ("linux-x86_64", "manylinux_2_28_x86_64", "x86_64-linux-gnu.2.28"),
        ("linux-aarch64", "manylinux_2_17_aarch64", "aarch64-linux-gnu.2.17"),
        ("musllinux-x86_64", "musllinux_1_2_x86_64", "x86_64-linux-musl"),
        ("macos-x86_64", "macosx_10_15_x86_64", "x86_64-macos.10.15"),
        ("windows-arm64", "win_arm64", "aarch64-windows-gnu"),
    ],
)
def test_the_policy_chooses_the_oldest_system(config: Config, target: str, policy: str, expected: str) -> None:
    assert zig_target(config.target(target), policy) == expected


@pytest.mark.parametrize("name", ["nwcc", "nwc++"])
def test_a_wrapper_logs_and_passes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toolchain: Toolchain, name: str) -> None:
    without_ccache = shutil.which
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "ccache" else without_ccache(program))
    variables = write_wrappers(toolchain, tmp_path / "größer bin", tmp_path / "cache")
    assert (variables["CC"], variables["CXX"], variables["ZIG_X"]) == ("nwcc", "nwc++", "1")
    calls = tmp_path / "calls"
    words = ["-c", 'a "b" $c.cpp', "-DX='1'", "-O3", "*"]
    for _ in range(2):
        ended = subprocess.run(
            [tmp_path / "größer bin" / name, *words], env={**variables, CALL_LOG_VARIABLE: str(calls)},
            capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path,
        )  # fmt: skip
        assert ended.stdout.splitlines() == ["cc", "-target", "x", *words]
    assert calls.read_text(encoding="utf-8").splitlines() == [" " + " ".join(words)] * 2


def test_ccache_goes_in_front_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toolchain: Toolchain
) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: f"/opt/{program}")
    variables = write_wrappers(toolchain, tmp_path / "bin", tmp_path / "cache")
    assert "/opt/ccache" in (tmp_path / "bin" / "nwcc").read_text(encoding="utf-8")
    assert variables["CCACHE_COMPILERTYPE"] == "clang"
    assert variables["CCACHE_COMPILERCHECK"] == "string:compiler=fake 1"


def test_a_machine_without_a_compiler_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ToolchainError, match=r"no C\+\+ compiler on PATH.*apt-get install g\+\+"):
        system_toolchain()


def test_zig_is_for_the_targets_that_name_it(layout: Layout, config: Config) -> None:
    without = replace(config.target("macos-arm64"), zig="")
    with pytest.raises(ToolchainError, match="macos-arm64 is not built with zig"):
        toolchain_for(this_maker(layout), without, "macosx_11_0_arm64", "zig", crossing=False)


def test_a_machines_own_compiler_is_for_its_own_wheels(layout: Layout, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    maker, mac = this_maker(layout), config.target("macos-arm64")
    with pytest.raises(ToolchainError, match="does not compile for macos-arm64"):
        toolchain_for(maker, mac, "macosx_11_0_arm64", "system", crossing=True)
    own = Toolchain(name="system", identity={}, compile_c=(), compile_cxx=(), environment={})
    monkeypatch.setattr("scripts.core.toolchain.system_toolchain", lambda: own)
    assert toolchain_for(maker, mac, "macosx_11_0_arm64", "", crossing=False) is own


def test_links_get_their_words_and_are_finished(tmp_path: Path, toolchain: Toolchain) -> None:
    """What is linked is given to the second command; compiling is left alone, and so is a link that fails."""
    extras = Extras(includes=(tmp_path / "in c",), link=("-lpython311",), after_link=("echo", "finished"))
    variables = write_wrappers(toolchain, tmp_path / "bin", tmp_path / "cache", extras)

    def said(*words: str) -> list[str]:
        ended = subprocess.run(
            [tmp_path / "bin" / "real-nwc++", *words], env=variables, capture_output=True, text=True, timeout=60, check=True
        )
        return ended.stdout.splitlines()

    include = f"-I{tmp_path / 'in c'}"
    assert said("-c", "x.cpp", "-o", "x.o") == ["cc", "-target", "x", include, "-c", "x.cpp", "-o", "x.o"]
    linked = ["cc", "-target", "x", include, "-shared", "x.o", "-o", "a b.so", "-lpython311"]
    assert said("-shared", "x.o", "-o", "a b.so") == [*linked, "finished a b.so"]
