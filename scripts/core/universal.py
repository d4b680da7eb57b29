"""One macOS wheel of two: universal binaries (mach-o/fat.h) of the arm64 and the x86_64 one's, everything else as it is.

Apple's lipo and delocate-merge do the same on macOS. Each half keeps its bytes, and so its code signature, which covers it alone.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.core.errors import GateError
from scripts.core.wheel import opened, wheel_name

FAT_MAGIC = 0xCAFEBABE
MACH_O_64 = b"\xcf\xfa\xed\xfe"
# 2**14 bytes are a page of arm64, the larger of the two; lipo aligns by it as well.
ALIGNMENT = 14
ARCH_SIZE = struct.calcsize(">5I")
# numexpr's setup.py writes the machine that a wheel was built for into this file.
NAMES_THE_MACHINE = "numexpr/version.py"
MACHINE = re.compile(rb"platform_machine = '[^']*'")
TAG = re.compile(r"macosx_(\d+)_(\d+)_x86_64")


def fat(slices: Sequence[bytes]) -> bytes:
    """Return the universal binary of some 64-bit Mach-O files; GateError where one of them is none."""
    header = struct.pack(">2I", FAT_MAGIC, len(slices))
    place = len(header) + ARCH_SIZE * len(slices)
    body = b""
    for one in slices:
        if not one.startswith(MACH_O_64):
            raise GateError("a universal binary is made of 64-bit Mach-O files, and one of these is none")
        kind, subkind = struct.unpack_from("<2I", one, len(MACH_O_64))
        padding = -(place + len(body)) % (1 << ALIGNMENT)
        body += b"\0" * padding
        header += struct.pack(">5I", kind, subkind, place + len(body), len(one), ALIGNMENT)
        body += one
    return header + body


def _contents(wheel: Path) -> dict[str, bytes]:
    with opened(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _merged(name: str, first: bytes, second: bytes) -> bytes:
    if first == second:
        return first
    if first.startswith(MACH_O_64) and second.startswith(MACH_O_64):
        return fat([second, first])
    if name == NAMES_THE_MACHINE and MACHINE.sub(b"", first) == MACHINE.sub(b"", second):
        return first
    raise GateError(f"{name} differs between the two wheels and is no Mach-O file; build both from the same source")


def universal_tag(arm: Path, intel: Path) -> str:
    """Return the platform tag of the merged wheel: what the x86_64 half needs, as every arm64 Mac is newer anyway.

    Raises:
        GateError: the wheels are not the two halves of one.
    """
    first, second = wheel_name(arm), wheel_name(intel)
    alike = (first.project, first.version, first.interpreter) == (second.project, second.version, second.interpreter)
    found = TAG.fullmatch(second.platforms[0])
    if not alike or found is None or not first.platforms[0].endswith("_arm64"):
        raise GateError(f"{arm.name} and {intel.name} are not one release's arm64 and x86_64 wheels for macOS")
    return f"macosx_{found[1]}_{found[2]}_universal2"


def merge(arm: Path, intel: Path, folder: Path) -> Path:
    """Write the universal2 wheel of an arm64 and an x86_64 one into `folder` and return its path.

    Raises:
        GateError: the wheels are not the two halves of one, or differ in more than their machine.
    """
    tag = universal_tag(arm, intel)
    first, second = _contents(arm), _contents(intel)
    if set(first) != set(second):
        raise GateError(f"{arm.name} and {intel.name} hold different files: {', '.join(sorted(set(first) ^ set(second)))}")
    files: dict[str, bytes] = {}
    for name, content in first.items():
        if name.endswith(".dist-info/WHEEL"):
            files[name] = content.replace(wheel_name(arm).platforms[0].encode(), tag.encode())
        elif not name.endswith(".dist-info/RECORD"):
            files[name] = _merged(name, content, second[name])
    path = folder / arm.name.replace(wheel_name(arm).platforms[0], tag)
    path.write_bytes(_packed(files, arm))
    return path


def _packed(files: Mapping[str, bytes], like: Path) -> bytes:
    """Return the wheel of `files`, with RECORD, in the order and with the times and modes of another wheel."""
    raw = io.BytesIO()
    with opened(like) as model, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        record = next(name for name in model.namelist() if name.endswith(".dist-info/RECORD"))
        content = {**files, record: _record(files, record)}
        for info in model.infolist():
            if info.filename in content:
                archive.writestr(info, content[info.filename], zipfile.ZIP_DEFLATED)
    return raw.getvalue()


def _record(files: Mapping[str, bytes], name: str) -> bytes:
    """Return RECORD (PEP 376, PEP 427) of the files, itself without a digest."""
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() for path, data in files.items()
    }
    rows = [f"{path},sha256={digests[path]},{len(data)}" for path, data in files.items()]
    return ("\n".join([*rows, f"{name},,"]) + "\n").encode()
