"""A vector maths library loaded on its own, without numexpr: its functions called on numpy arrays, at a forced level."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.core.run import LEVEL_VARIABLE

Array = NDArray[Any]

# The first letter of a function's name after the v, by type.
LETTERS = {"float32": "s", "float64": "d", "complex128": "z"}
MODES = {"low": 1, "high": 2, "fast": 3}


class VectorLibrary:
    """The functions of one library at one processor level.

    A library decides on its level once, at its first call. To have several levels in one process each gets its own
    copy of the file, which the loader takes for another library.
    """

    def __init__(self, path: Path, level: str = "") -> None:
        """Load `path`, at the level that the processor gets by itself or at the forced one.

        Raises:
            OSError: the file cannot be loaded here.
            LookupError: the library does not use the level that was asked for.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="vector-library-")
        copy = Path(shutil.copy(path, self._folder.name))
        before = os.environ.pop(LEVEL_VARIABLE, None)
        if level:
            os.environ[LEVEL_VARIABLE] = level
        try:
            self._loaded = ctypes.CDLL(str(copy))
            self.version = self._version()
        finally:
            os.environ.pop(LEVEL_VARIABLE, None)
            if before is not None:
                os.environ[LEVEL_VARIABLE] = before
        if level and f"({level})" not in self.version:
            raise LookupError(f"{path.name} does not run at the level {level} here, it says: {self.version}")

    def _version(self) -> str:
        for name in ("mkl_get_version_string", "MKL_Get_Version_String"):
            if hasattr(self._loaded, name):
                text = ctypes.create_string_buffer(200)
                getattr(self._loaded, name)(text, len(text))
                return text.value.decode(errors="replace").strip()
        return ""

    def set_mode(self, mode: str) -> None:
        """Set the accuracy to low, high or fast."""
        if hasattr(self._loaded, "vmlSetMode"):
            self._loaded.vmlSetMode(MODES[mode] | 256)

    def has(self, name: str, dtype: str) -> bool:
        """Tell whether the library has a function, such as Exp, for a type."""
        return hasattr(self._loaded, f"v{LETTERS[dtype]}{name}")

    def raw(self, name: str, arrays: Sequence[Array]) -> Callable[[], None]:
        """Return the call of a function on `arrays`, the last of which gets the result: ready to be timed."""
        function = getattr(self._loaded, f"v{LETTERS[arrays[0].dtype.name]}{name}")
        count = ctypes.c_int(arrays[0].size)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        return lambda: function(count, *pointers)

    def call(self, name: str, *arguments: Array) -> Array:
        """Return what a function gives for whole arrays."""
        arguments = tuple(np.ascontiguousarray(one) for one in arguments)
        result = np.empty_like(arguments[0])
        self.raw(name, [*arguments, result])()
        return result
