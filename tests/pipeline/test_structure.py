"""Wheels whose native code breaks a rule of its platform: each is found, with real objects of every format by zig."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import this_maker
from scripts.core.errors import StructureError
from scripts.core.layout import layout_of
from scripts.core.targets import Cell
from scripts.core.toolchain import Toolchain, zig_toolchain
from scripts.structure.check import Report, check
from tests.helpers import ROOT, make_wheel

SOURCE = """
#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif
extern void *PyModule_Create2(void *, int);
#ifndef INIT
#define INIT PyInit_interpreter
#endif
#ifdef MORE
MORE
#endif
EXPORTED void *INIT(void) { return PyModule_Create2(BODY, 1013); }
"""
DLOPEN = "extern void *dlopen(const char *, int);"
LINUX = ("-shared", "-fPIC", "-s")
MACOS = ("-shared", "-s", "-undefined", "dynamic_lookup", "-Wl,-install_name,@rpath/interpreter.so")


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A target, how zig is asked for an extension of it, and what its wheels are called."""

    target: str
    zig: str
    words: tuple[str, ...]
    member: str
    tag: str


PLATFORMS = {
    one.target: one
    for one in (
        Platform(
            target="linux-x86_64", zig="x86_64-linux-gnu.2.28", words=LINUX,
            member="numexpr/interpreter.cpython-311-x86_64-linux-gnu.so", tag="cp311-cp311-manylinux_2_28_x86_64",
        ),
        Platform(
            target="linux-aarch64", zig="aarch64-linux-gnu.2.28", words=LINUX,
            member="numexpr/interpreter.cpython-311-aarch64-linux-gnu.so", tag="cp311-cp311-manylinux_2_28_aarch64",
        ),
        Platform(
            target="macos-arm64", zig="aarch64-macos.11.0", words=MACOS,
            member="numexpr/interpreter.cpython-311-darwin.so", tag="cp311-cp311-macosx_11_0_arm64",
        ),
        Platform(
            target="macos-x86_64", zig="x86_64-macos.10.15", words=MACOS,
            member="numexpr/interpreter.cpython-311-darwin.so", tag="cp311-cp311-macosx_10_15_x86_64",
        ),
        Platform(
            target="windows-amd64", zig="x86_64-windows-gnu", words=("-shared", "-s"),
            member="numexpr/interpreter.cp311-win_amd64.pyd", tag="cp311-cp311-win_amd64",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Workbench:
    """Makes extensions and wheels in a folder, and checks them."""

    folder: Path
    config: Config

    def run(self, *words: str) -> None:
        toolchain = self.toolchain("x86_64-linux-gnu")
        ended = subprocess.run(
            [toolchain.compile_c[0], *words], cwd=self.folder, env={**toolchain.environment, "HOME": str(self.folder)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr

    def toolchain(self, name: str) -> Toolchain:
        return zig_toolchain(this_maker(layout_of(ROOT)), name)

    def python_library(self, version: str) -> str:
        """Write an import library of python3XX.dll."""
        name = f"python{version}"
        (self.folder / f"{name}.def").write_text(f"LIBRARY {name}.dll\nEXPORTS\nPyModule_Create2\nPyNothing_OfTheKind\n")
        self.run("dlltool", "-m", "i386:x86-64", "-d", f"{name}.def", "-D", f"{name}.dll", "-l", f"{name}.lib")
        return f"{name}.lib"

    @cache  # noqa: B019 - there is one workbench, for as long as the tests of this file run
    def extension(
        self, one: Platform, *, words: tuple[str, ...] = (), zig: str = "", python: str = "311", **macros: str
    ) -> bytes:
        """Compile an extension for a platform; `macros` change its source."""
        (self.folder / "interpreter.c").write_text(SOURCE)
        defined = [f"-D{name}={value}" for name, value in {"BODY": "0", **macros}.items()]
        library = [self.python_library(python)] if one.target.startswith("windows") else []
        self.run("cc", "-target", zig or one.zig, *one.words, *words, *defined, "interpreter.c", *library, "-o", "extension.bin")
        return (self.folder / "extension.bin").read_bytes()

    def check(self, one: Platform, files: Mapping[str, bytes], **more: str) -> Report:
        wheel = make_wheel(self.folder, files, tag=one.tag)
        cell = Cell(python="3.11", target=self.config.target(one.target), variant="plain")
        return check(wheel, cell, self.config, **more)

    def refused(self, one: Platform, files: Mapping[str, bytes], said: str) -> None:
        with pytest.raises(StructureError, match=said):
            self.check(one, files)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, config: Config) -> Workbench:
    return Workbench(folder=tmp_path_factory.mktemp("structure"), config=config)


@pytest.fixture(params=PLATFORMS.values(), ids=list(PLATFORMS))
def platform(request: pytest.FixtureRequest) -> Platform:
    one = request.param
    assert isinstance(one, Platform)
    return one


def test_a_right_extension_passes(bench: Workbench, platform: Platform) -> None:
    report = bench.check(platform, {platform.member: bench.extension(platform)})
    assert report.objects == (platform.member,)
    assert report.left_out == ()


def test_a_lost_init_function_is_found(bench: Workbench, platform: Platform) -> None:
    content = bench.extension(platform, INIT="PyInit_interpreters")
    bench.refused(platform, {platform.member: content}, "does not export PyInit_interpreter: CPython cannot import it")


def test_a_name_of_cpythons_own_is_found(bench: Workbench, platform: Platform) -> None:
    content = bench.extension(platform, MORE="EXPORTED int PyErr_Occurred(void) { return 1; }")
    bench.refused(platform, {platform.member: content}, "exports PyErr_Occurred, which are CPython's own names")


def test_a_symbol_that_this_cpython_has_not_is_found(bench: Workbench, platform: Platform) -> None:
    content = bench.extension(platform, MORE="extern void *PyNothing_OfTheKind(void);", BODY="PyNothing_OfTheKind()")
    bench.refused(platform, {platform.member: content}, "needs PyNothing_OfTheKind, which CPython 3.11 does not export")


def test_a_path_of_the_machine_that_built_it_is_found(bench: Workbench, platform: Platform) -> None:
    content = bench.extension(platform, BODY='"/home/someone/numexpr/interpreter.cpp"')
    bench.refused(platform, {platform.member: content}, "contains the path /home/someone/numexpr/interpreter.cpp of a machine")


def test_a_path_of_this_machine_is_found_in_any_file(bench: Workbench, platform: Platform) -> None:
    files = {platform.member: bench.extension(platform), "numexpr/version.py": b"# from /srv/checkout/numexpr"}
    wheel = make_wheel(bench.folder, files, tag=platform.tag)
    cell = Cell(python="3.11", target=bench.config.target(platform.target), variant="plain")
    with pytest.raises(StructureError, match=r"numexpr/version.py contains the path /srv/checkout of the machine"):
        check(wheel, cell, bench.config, forbidden=["/srv/checkout"])


@pytest.mark.parametrize(
    ("asked", "given", "said"),
    [
        ("linux-x86_64", "linux-aarch64", "is for aarch64, not for x86_64"),
        ("linux-aarch64", "linux-x86_64", "is for x86_64, not for aarch64"),
        ("macos-arm64", "macos-x86_64", "is for x86_64, not for arm64"),
        ("macos-x86_64", "macos-arm64", "is for arm64, not for x86_64"),
        ("windows-amd64", "linux-x86_64", "is an object for linux, not for windows"),
    ],
)
def test_a_wrong_machine_is_found(bench: Workbench, asked: str, given: str, said: str) -> None:
    bench.refused(PLATFORMS[asked], {PLATFORMS[asked].member: bench.extension(PLATFORMS[given])}, said)


def test_a_symbol_too_new_for_the_tag_is_found(bench: Workbench) -> None:
    one = PLATFORMS["linux-x86_64"]
    content = bench.extension(one, zig="x86_64-linux-gnu.2.34", MORE=DLOPEN, BODY="dlopen(0,1)")
    bench.refused(one, {one.member: content}, r"needs dlopen of GLIBC_2\.34 \(libc\.so\.6\), newer than manylinux_2_28_x86_64")


def test_glibc_in_a_musl_wheel_is_found(bench: Workbench) -> None:
    one = PLATFORMS["linux-x86_64"]
    musl = Platform(target="musllinux-x86_64", zig="", words=(), member=one.member, tag="cp311-cp311-musllinux_1_2_x86_64")
    content = bench.extension(one, MORE=DLOPEN, BODY="dlopen(0,1)")
    bench.refused(musl, {one.member: content}, r"which musllinux-x86_64 does not promise .* needs dlopen of GLIBC_2\.2\.5")


def test_a_system_too_new_for_the_tag_is_found(bench: Workbench) -> None:
    one = PLATFORMS["macos-arm64"]
    content = bench.extension(one, zig="aarch64-macos.13.0")
    bench.refused(one, {one.member: content}, r"asks for version 13\.0 of the system, newer than 11\.0")


def test_a_windows_too_new_for_the_tag_is_found(bench: Workbench) -> None:
    one = PLATFORMS["windows-amd64"]
    content = bytearray(bench.extension(one))
    (header,) = struct.unpack_from("<I", content, 0x3C)
    # MajorSubsystemVersion of the optional header, which follows signature and file header.
    struct.pack_into("<H", content, header + 24 + 48, 11)
    bench.refused(one, {one.member: bytes(content)}, r"asks for version 11\.\d of the system, newer than 6\.3")


def test_the_dll_of_another_cpython_is_found(bench: Workbench) -> None:
    one = PLATFORMS["windows-amd64"]
    bench.refused(one, {one.member: bench.extension(one, python="312")}, r"needs python312\.dll, which windows-amd64 does not")


def test_a_stray_library_that_is_needed_is_found(bench: Workbench) -> None:
    one = PLATFORMS["linux-x86_64"]
    (bench.folder / "stray.c").write_text("int stray(void) { return 1; }")
    bench.run("cc", "-target", one.zig, *LINUX, "stray.c", "-Wl,-soname,libstray.so.1", "-o", "libstray.so.1")
    words = ("libstray.so.1", "-Wl,--no-as-needed", "-Wl,-rpath,/opt/stray")
    content = bench.extension(one, words=words, MORE="extern int stray(void);", BODY="(void*)(long)stray()")
    bench.refused(one, {one.member: content}, r"needs libstray\.so\.1, .* looks for libraries in /opt/stray")


def test_a_stray_library_inside_is_found(bench: Workbench, platform: Platform) -> None:
    content = bench.extension(platform)
    bench.refused(platform, {platform.member: content, "numexpr.libs/libgomp-1.so": content}, "holds numexpr.libs/libgomp-1.so")


def test_a_missing_library_is_found(bench: Workbench, platform: Platform) -> None:
    files = {platform.member: bench.extension(platform)}
    with pytest.raises(StructureError, match=r"expected one extension and libnumexpr-vml\.so"):
        bench.check(platform, files, native="libnumexpr-vml.so")


@pytest.mark.parametrize("change", ["text", "cut", "none"])
def test_a_broken_signature_is_found(bench: Workbench, change: str) -> None:
    one = PLATFORMS["macos-arm64"]
    whole = bench.extension(one)
    command = whole.index(struct.pack("<2I", 0x1D, 16))
    (start,) = struct.unpack_from("<I", whole, command + 8)
    content = bytearray(whole)
    if change == "text":
        # A byte of the identity that LC_UUID gives, which nothing else looks at.
        content[whole.index(struct.pack("<2I", 0x1B, 24)) + 8] ^= 1
        said = "page 0 of it is not what its code signature says"
    elif change == "cut":
        del content[start + 8 :]
        said = "its code signature is cut off"
    else:
        # Another command that means nothing here: LC_SOURCE_VERSION.
        struct.pack_into("<I", content, command, 0x2A)
        said = "it has no code signature"
    bench.refused(one, {one.member: bytes(content)}, f"would not run on macOS: {said}|is no ELF, PE or Mach-O object")


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"MZ" + bytes(62), b"no object at all"])
def test_what_is_no_object_is_found(bench: Workbench, platform: Platform, content: bytes) -> None:
    bench.refused(platform, {platform.member: content}, "is no ELF")
