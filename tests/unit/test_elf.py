"""What an object needs of the platform is read from the object: shown with one of the running interpreter's own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from scripts.core.elf import Need, needs, newer_than, wheel_needs
from scripts.core.errors import GateError
from tests.helpers import make_wheel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ELF objects are Linux's")


def need(version: str, symbol: str = "f") -> Need:
    return Need(version=version, symbol=symbol, library="libc.so.6", wanted_by="x.so")


@pytest.fixture(scope="module")
def library() -> Path:
    """A shared object of this interpreter that imports versioned symbols."""
    places = [Path(sysconfig.get_config_var("DESTSHARED") or "/nowhere"), Path(sysconfig.get_path("platlib"))]
    for place in places:
        for path in sorted(place.rglob("*.so")):
            if needs(path.name, path.read_bytes()):
                return path
    pytest.skip("this interpreter has no shared object with versioned symbols")


def test_versioned_symbols_are_found(library: Path) -> None:
    found = needs("name.so", library.read_bytes())
    assert any(one.version.startswith("GLIBC_2.") and one.library.startswith("libc") for one in found)
    assert {one.wanted_by for one in found} == {"name.so"}
    assert all(one.symbol for one in found)


def test_the_objects_of_a_wheel_are_read(library: Path, tmp_path: Path) -> None:
    content = library.read_bytes()
    wheel = make_wheel(tmp_path, {"numexpr/a.so": content, "numexpr.libs/b.so.1": content, "numexpr/c.py": b"no ELF"})
    assert {one.wanted_by for one in wheel_needs(wheel)} == {"numexpr/a.so", "numexpr.libs/b.so.1"}


@pytest.mark.parametrize("content", [b"", b"MZ", b"\x7fELF", b"not an object"])
def test_what_is_no_elf_object_is_refused(content: bytes) -> None:
    with pytest.raises(GateError, match=r"name\.so is no ELF object"):
        needs("name.so", content)


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_object_is_refused(library: Path, share: float) -> None:
    content = library.read_bytes()
    with pytest.raises(GateError, match=r"name\.so is no ELF object"):
        needs("name.so", content[: int(len(content) * share)])


def test_versions_are_compared_as_numbers() -> None:
    found = [
        need("GLIBC_2.9"),
        need("GLIBC_2.34"),
        need("GLIBC_2.28"),
        need("GLIBC_2.17"),
        need("GLIBC_2.2.5"),
        need("OTHER_9.9"),
    ]
    assert [one.version for one in newer_than(found, (2, 17))] == ["GLIBC_2.34", "GLIBC_2.28"]
    assert newer_than(found, (2, 34)) == []
