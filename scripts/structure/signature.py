"""The code signature of a Mach-O object: the hash of every page, as the kernel checks it when a page is first used.

macOS on arm64 runs nothing without a signature; an ad hoc one, without a certificate, is enough. Layout after Apple's
xnu, bsd/sys/codesign.h and osfmk/kern/cs_blobs.h; all numbers in it are big-endian.
"""

from __future__ import annotations

import hashlib
import struct

MACHO_64 = 0xFEEDFACF
LOAD_COMMANDS_AT = 32
CODE_SIGNATURE = 0x1D
SUPER_BLOB, CODE_DIRECTORY = 0xFADE0CC0, 0xFADE0C02
# hashType of a CodeDirectory.
HASHES = {1: "sha1", 2: "sha256"}
DIRECTORY = struct.Struct(">9I4B")


def signature_fault(content: bytes) -> str:
    """Return what is wrong with the signature of a thin 64-bit Mach-O object; empty where every page has its hash."""
    place = _signature_place(content)
    if place is None:
        return "it has no code signature"
    start, size = place
    if start + size > len(content):
        return "its code signature is cut off"
    try:
        directories = _code_directories(content[start : start + size])
        if not directories:
            return "its code signature has no code directory"
        return next(filter(None, (_directory_fault(content, start, one) for one in directories)), "")
    except (struct.error, IndexError):
        return "its code signature is damaged"


def _signature_place(content: bytes) -> tuple[int, int] | None:
    """Return where the signature lies and how long it is (LC_CODE_SIGNATURE)."""
    if len(content) < LOAD_COMMANDS_AT or struct.unpack_from("<I", content)[0] != MACHO_64:
        return None
    (count,) = struct.unpack_from("<I", content, 16)
    at = LOAD_COMMANDS_AT
    for _ in range(count):
        if at + 16 > len(content):
            return None
        kind, length, start, size = struct.unpack_from("<4I", content, at)
        if kind == CODE_SIGNATURE:
            return start, size
        at += max(length, 8)
    return None


def _code_directories(blob: bytes) -> list[bytes]:
    magic, _, count = struct.unpack_from(">3I", blob)
    if magic != SUPER_BLOB:
        return []
    offsets = [struct.unpack_from(">2I", blob, 12 + 8 * number)[1] for number in range(count)]
    found = [blob[offset:] for offset in offsets if struct.unpack_from(">I", blob, offset)[0] == CODE_DIRECTORY]
    return [one[: struct.unpack_from(">2I", one)[1]] for one in found]


def _directory_fault(content: bytes, end: int, directory: bytes) -> str:
    fields = DIRECTORY.unpack_from(directory)
    hashes_at, pages, limit, size, kind, page_bits = fields[4], fields[7], fields[8], fields[9], fields[10], fields[12]
    if kind not in HASHES:
        return f"its code signature uses hash type {kind}, which is none that macOS takes"
    if limit != end:
        return f"its code signature covers {limit} bytes of the {end} before it"
    page = 1 << page_bits
    if pages != -(-limit // page):
        return f"its code signature has {pages} pages, and the object {-(-limit // page)}"
    for number in range(pages):
        part = content[number * page : min((number + 1) * page, limit)]
        expected = directory[hashes_at + number * size : hashes_at + (number + 1) * size]
        if hashlib.new(HASHES[kind], part).digest()[:size] != expected:
            return f"page {number} of it is not what its code signature says: it was changed after it was signed"
    return ""
