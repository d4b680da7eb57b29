"""Call every function of a vector maths library on arrays of every short length, at odd places in memory and in place.

python -m tests.pipeline.edges_of LIBRARY LEVEL … prints how many calls were right, and exits with 1 and a line for each
function that was not: an element must be what the function gives for it alone, and nothing around the result may change.
Both parts of complex numbers at the ends of the range must be right, also the one beside which the other is nothing.
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
# By function: an argument and, by MPC, the result.
KNOWN: dict[str, tuple[tuple[complex, complex], ...]] = {
    "Exp": (
        (complex(1.5, 1.27857115734941e-301), complex(4.4816890703380645, 5.7301583815423406e-301)),
        (complex(22.000000000000004, -5.491421306424586e-292), complex(3584912846.131604, -1.9686266784922295e-282)),
        (complex(299.5, 1e-320), complex(1.1781411629489113e130, 1.1781280469185707e-190)),
        (complex(6.06e-10, -4.54e203), complex(0.9987999057788318, 0.048977029597523154)),
    ),
    "Sqrt": (
        (complex(-1.1407979078764332e125, 1.246928635970155e-210), complex(1.8458960693612732e-273, 3.377569996130995e62)),
        (complex(4.49e307, -7.7e-121), complex(6.700746227100382e153, -5.7456287247965414e-275)),
        (complex(-1.18e-66, -5e-324), complex(2.2741214656849694e-291, -1.0862780491200216e-33)),
        (complex(-1.6760281846202153e-115, 3.1e-322), complex(3.8014961227946107e-265, 4.093932320667032e-58)),
    ),
    "Sin": (
        (complex(1e22, 2), complex(-3.206146364931927, 1.897626989949804)),
        # The double whose sine is nearest to 0.
        (complex(-6381956970095103.0 * 2.0**797, 0.5), complex(-1.1276259652063807, -2.442460159199348e-19)),
    ),
    "Cos": ((complex(1.7976931348623157e308, 1), complex(-1.543061638607765, -0.005831295191055686)),),
    "Tanh": ((complex(0.4, -2405318.79), complex(0.6631624595235507, 0.7467142907474914)),),
}
# Beside rounding of the result itself.
MOST_ULPS = 2


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


def known(library: VectorLibrary, name: str) -> Iterator[bool]:
    """Yield for each known result whether both parts are it."""
    for argument, expected in KNOWN[name]:
        got = library.call(name, np.array([argument]))[0]
        for part, exact in ((got.real, expected.real), (got.imag, expected.imag)):
            yield bool(abs(part - exact) <= MOST_ULPS * np.spacing(abs(exact)))


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
            if dtype == "complex128" and name in KNOWN:
                found += known(library, name)
            count += len(found)
            if not all(found):
                wrong.append(f"{name} {dtype} at {level}: {found.count(False)} of {len(found)} calls")
    print(f"{count} calls, {len(wrong)} functions wrong", *wrong, sep="\n")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
