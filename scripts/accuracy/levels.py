"""Which processor levels of a vector maths library run on this machine.

Run as a module in an environment with numpy: python -m scripts.accuracy.levels LIBRARY LEVEL …; prints them, one a line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.accuracy.measure_library import VectorLibrary


def running_here(library: Path, levels: Sequence[str]) -> Iterator[str]:
    """Yield the levels that the library takes when they are asked for."""
    for level in levels:
        try:
            VectorLibrary(library, level)
        except LookupError:
            continue
        yield level


if __name__ == "__main__":
    print("\n".join(running_here(Path(sys.argv[1]), sys.argv[2:])))
