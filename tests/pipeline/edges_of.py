"""Call every function of a vector maths library on arrays of every short length, at odd places in memory and in place.

python -m tests.pipeline.edges_of LIBRARY LEVEL … prints how many calls were right, and exits with 1 and a line for each
function that was not: an element must be what the function gives for it alone, and nothing around the result may change.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.accuracy.measure_library import VectorLibrary
from scripts.accuracy.measure_speed import cells, operands

Array = NDArray[Any]

# Longer than three steps of the widest loop.
LENGTH = 100
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, -1e-310, 1e-40, 1e300, -1e300, 1e30, 1.0, -1.0, 800.0, -800.0]
# Bytes that an array lies off a register's boundary: by one, by a float, by a double.
OFFSETS = (0, 1, 4, 8)
GUARD = 64


def placed(values: Array, offset: int) -> tuple[Array, Array]:
    """Return a copy of `values` that begins `offset` bytes off a boundary, and the bytes that it lies in."""
    room = np.full(values.nbytes + 3 * GUARD, 0xA5, dtype=np.uint8)
    start = GUARD + (-room.ctypes.data) % GUARD + offset
    copy = room[start : start + values.nbytes].view(values.dtype)
    copy[:] = values
    return copy, room


def same(one: Array, other: Array) -> bool:
    """Tell whether two arrays have the same bits, whatever the bits of NaN."""
    real = (one.view(one.real.dtype), other.view(one.real.dtype))
    both_nan = np.isnan(real[0]) & np.isnan(real[1])
    return bool(np.all(both_nan | ((real[0] == real[1]) & (np.signbit(real[0]) == np.signbit(real[1])))))


def arguments(name: str, dtype: str) -> list[Array]:
    """Return ordinary arguments with special ones among them."""
    found = []
    for number, ordinary in enumerate(operands(name, dtype)[1]):
        values = ordinary[:LENGTH].copy()
        with np.errstate(over="ignore"):
            special = np.array(SPECIAL).astype(values.real.dtype)
        values[3 + number :: 6][: len(special)] = special
        found.append(values)
    return found


def calls(library: VectorLibrary, name: str, inputs: list[Array], expected: Array) -> Iterator[bool]:
    """Yield for each call whether it gave what was expected, and nothing more."""
    for count in range(LENGTH + 1):
        for offset in OFFSETS:
            arrays = [placed(one[:count], offset)[0] for one in inputs]
            result, room = placed(np.zeros(count, inputs[0].dtype), offset)
            before = room.copy()
            library.raw(name, [*arrays, result])()
            right = same(result, expected[:count])
            result[:] = 0
            yield right and bool(np.array_equal(room, before))
        for place in range(len(inputs)):
            arrays = [one[:count].copy() for one in inputs]
            library.raw(name, [*arrays, arrays[place]])()
            yield same(arrays[place], expected[:count])


def main() -> int:
    """Print what was found; 1 where a call was wrong."""
    path, *levels = sys.argv[1:]
    count, wrong = 0, []
    for level in levels:
        library = VectorLibrary(Path(path), level)
        for name, dtype in cells():
            if not library.has(name, dtype):
                continue
            inputs = arguments(name, dtype)
            alone = [library.call(name, *(one[index : index + 1] for one in inputs)) for index in range(LENGTH)]
            found = list(calls(library, name, inputs, np.concatenate(alone)))
            count += len(found)
            if not all(found):
                wrong.append(f"{name} {dtype} at {level}: {found.count(False)} of {len(found)} calls")
    print(f"{count} calls, {len(wrong)} functions wrong", *wrong, sep="\n")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
