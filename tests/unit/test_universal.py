"""Universal binaries of two halves, and the wheels around them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from scripts.core.errors import GateError
from scripts.core.universal import fat, merge, universal_tag
from scripts.core.wheel import check_record, check_tags, opened
from tests.helpers import make_wheel

X86_64, ARM64 = 0x01000007, 0x0100000C
EXTENSION = "numexpr/interpreter.cpython-311-darwin.so"


def mach_o(kind: int, size: int) -> bytes:
    return (b"\xcf\xfa\xed\xfe" + struct.pack("<2I", kind, 3)).ljust(size, b"\x01")


def halves(folder: Path, *, code: bytes = b"", version: str = "2.14.2") -> tuple[Path, Path]:
    (folder / "x").mkdir()
    arm = {EXTENSION: mach_o(ARM64, 5000), "numexpr/version.py": b"platform_machine = 'arm64'\n", "numexpr/a.py": b""}
    intel = {EXTENSION: mach_o(X86_64, 7000), "numexpr/version.py": b"platform_machine = 'x86_64'\n", "numexpr/a.py": code}
    first = make_wheel(folder, arm, tag="cp311-cp311-macosx_11_0_arm64")
    return first, make_wheel(folder / "x", intel, tag="cp311-cp311-macosx_10_15_x86_64", version=version)


def test_a_universal_binary_holds_its_halves_as_they_were() -> None:
    first, second = mach_o(X86_64, 7000), mach_o(ARM64, 5000)
    both = fat([first, second])
    magic, count = struct.unpack_from(">2I", both)
    assert (magic, count) == (0xCAFEBABE, 2)
    found = [struct.unpack_from(">5I", both, 8 + 20 * number) for number in range(count)]
    assert [kind for kind, *_ in found] == [X86_64, ARM64]
    assert all(place % (1 << alignment) == 0 for _, _, place, _, alignment in found)
    assert [both[place : place + size] for _, _, place, size, _ in found] == [first, second]
    with pytest.raises(GateError, match="64-bit Mach-O"):
        fat([first, b"\x7fELF"])


def test_two_wheels_become_one(tmp_path: Path) -> None:
    arm, intel = halves(tmp_path)
    (tmp_path / "out").mkdir()
    wheel = merge(arm, intel, tmp_path / "out")
    assert wheel.name == "numexpr-2.14.2-cp311-cp311-macosx_10_15_universal2.whl"
    check_record(wheel)
    check_tags(wheel)
    with opened(wheel) as archive:
        assert archive.read(EXTENSION) == fat([mach_o(X86_64, 7000), mach_o(ARM64, 5000)])
    assert merge(arm, intel, tmp_path).read_bytes() == wheel.read_bytes()


def test_what_differs_and_is_no_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"numexpr/a\.py differs between the two wheels"):
        merge(*halves(tmp_path, code=b"print()"), tmp_path)


def test_halves_of_two_releases_are_refused(tmp_path: Path) -> None:
    arm, intel = halves(tmp_path, version="2.14.3")
    with pytest.raises(GateError, match="are not one release's"):
        universal_tag(arm, intel)
    with pytest.raises(GateError, match="are not one release's"):
        universal_tag(intel, arm)
