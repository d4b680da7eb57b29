"""What the native code of a wheel may need and has to offer, by platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scripts.core.config import Target

INIT = "PyInit_interpreter"
# CPython's own names (PEP 7); an extension that defines one of them would take the place of CPython's.
PYTHON_NAME = re.compile(r"_?Py[A-Z_]\w*")
# Where paths of a machine that builds begin: in a person's home, a scratch folder, or on a disk of Windows.
BUILD_PLACES = (b"/home/", b"/Users/", b"/root/", b"/tmp/", b":\\Users\\", b":\\Temp\\", b":\\a\\", b":\\hostedtoolcache\\")
# One pattern a place: with fixed letters in front, re searches megabytes in milliseconds.
BUILD_PATHS = tuple(re.compile(re.escape(place) + rb"[A-Za-z0-9_.+-]+[/\\][A-Za-z0-9_.+/\\-]*") for place in BUILD_PLACES)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of one target: `libraries` are patterns of what the loader may be asked for besides what the wheel brings.

    `companions` are the beginnings of libraries that a repair tool adds by itself, `newest` is the newest version of the system
    that may be asked for (empty where the format has none), `signed` whether nothing runs there unsigned.
    """

    libraries: tuple[str, ...]
    companions: tuple[str, ...] = ()
    newest: tuple[int, ...] = ()
    signed: bool = False


def _linux(target: Target, _: str, __: str) -> Rules:
    if target.libc == "musl":
        return Rules(libraries=(rf"libc\.musl-{target.machine}\.so\.1",))
    # PEP 600's list, as far as C++ without a window needs it; zig links its C++ library into the extension.
    names = (r"libc\.so\.6", r"libm\.so\.6", r"libpthread\.so\.0", r"libdl\.so\.2", r"librt\.so\.1", r"ld-linux-[\w-]+\.so\.\d")
    return Rules(libraries=(*names, r"libstdc\+\+\.so\.6", r"libgcc_s\.so\.1"))


FIRST_ARM64_MACOS = (11, 0)


def _macos(target: Target, _: str, platform: str) -> Rules:
    found = re.match(r"macosx_(\d+)_(\d+)_", platform)
    newest = (int(found[1]), int(found[2])) if found else ()
    if target.machine == "arm64":
        # A universal2 wheel has the older tag of its x86_64 half; no arm64 Mac ran anything before this.
        newest = max(newest, FIRST_ARM64_MACOS)
    return Rules(
        libraries=(r"/usr/lib/libSystem\.B\.dylib", r"/usr/lib/libc\+\+\.1\.dylib"),
        newest=newest,
        signed=target.machine == "arm64",
    )


# The oldest Windows that CPython still supports is 8.1 for 3.11 and 3.12, and 10 for later ones (PEP 11).
WINDOWS_8_1, WINDOWS_10 = (6, 3), (10, 0)


def _windows(_: Target, python: str, __: str) -> Rules:
    minor = int(python.removeprefix("3.").rstrip("t"))
    library = f"python3{python.removeprefix('3.')}"
    # CPython itself brings vcruntime140, but not msvcp140, the C++ library: that one has to lie in the wheel.
    names = (library, "kernel32", r"api-ms-win-crt-[a-z]+-l1-1-\d", r"vcruntime140(_1)?")
    return Rules(
        libraries=tuple(rf"(?i:{name}\.dll)" for name in names),
        companions=("msvcp140",),
        newest=WINDOWS_8_1 if minor <= 12 else WINDOWS_10,
    )


RULES: Mapping[str, Callable[[Target, str, str], Rules]] = {"linux": _linux, "macos": _macos, "windows": _windows}


def rules_for(target: Target, python: str, platform: str) -> Rules:
    """Return the rules for wheels of a target for CPython `python` (3.13, 3.14t) with a platform tag (PEP 425)."""
    return RULES[target.system](target, python, platform)
