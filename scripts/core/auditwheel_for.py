"""auditwheel as it is on another machine: `auditwheel_for.py MACHINE LIBC ARGUMENTS…`.

auditwheel repairs wheels of every machine and C library, but its command line takes only the tags of the one that it runs on.
Run by its path, with the Python that has auditwheel; it uses nothing of this repository.
"""

from __future__ import annotations

import sys

from auditwheel.architecture import Architecture
from auditwheel.libc import Libc
from auditwheel.main import main


def run(machine: str, libc: str, words: list[str]) -> int:
    """Run auditwheel with `words`, its own machine and C library being those given, and return its exit status."""
    setattr(Architecture, "detect", staticmethod(lambda **_: Architecture(machine)))  # noqa: B010 - it is no attribute to mypy
    setattr(Libc, "detect", staticmethod(lambda: Libc[libc.upper()]))  # noqa: B010
    sys.argv = ["auditwheel", *words]
    return main() or 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2], sys.argv[3:]))
