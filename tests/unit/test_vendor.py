"""What the vendor session says of the native libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.context import Context
from scripts.stages import vendor as module
from scripts.stages.vendor import Native, vendor


def test_where_the_library_lies_is_said_once(
    context: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = context.layout.native / "0123"
    native = Native(key="0123", include=folder, library=folder / "lib" / "libx.so", licences=folder)
    monkeypatch.setattr(module, "native_library", lambda *_: native)
    vendor(context, context.config.target("linux-x86_64"))
    place = Path("build/native/0123/lib")
    assert capsys.readouterr().out == f"* libx.so (sleef-vml) for linux-x86_64 is in {place}\n"


def test_a_target_without_libraries_says_so(context: Context, capsys: pytest.CaptureFixture[str]) -> None:
    vendor(context, context.config.target("windows-win32"))
    assert capsys.readouterr().out == "* no variant of windows-win32 needs a native library\n"
