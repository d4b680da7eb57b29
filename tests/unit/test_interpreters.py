"""CPythons are found where people have them; a broken or foreign program is passed over, nothing is downloaded."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.core.errors import InterpreterError
from scripts.core.interpreters import (
    Interpreter,
    _split_headers,
    find_interpreter,
    find_interpreters,
    from_json,
    how_to_get,
    to_json,
    usable,
)
from tests.helpers import an_interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fake interpreters are shell scripts")

PLACES = [
    ("bin/python3.98", "PATH", "bin"),
    (".pyenv/versions/3.98.0/bin/python3.98", "HOME", ""),
    ("pyenv/versions/3.98.0/bin/python3.98", "PYENV_ROOT", "pyenv"),
    (".local/share/uv/python/cpython-3.98.0-linux-x86_64-gnu/bin/python3.98", "HOME", ""),
    ("uv/cpython-3.98.0-linux-x86_64-gnu/bin/python3.98", "UV_PYTHON_INSTALL_DIR", "uv"),
    ("data/uv/python/cpython-3.98.0-linux-x86_64-gnu/bin/python3.98", "XDG_DATA_HOME", "data"),
    ("tools/Python/3.98.0/x64/bin/python3.98", "RUNNER_TOOL_CACHE", "tools"),
    ("tools/Python/3.98.0/x64/bin/python3.98", "AGENT_TOOLSDIRECTORY", "tools"),
]
PLACES_WITHOUT_GIL = [
    ("bin/python3.98t", "PATH", "bin"),
    (".pyenv/versions/3.98.0t/bin/python3.98t", "HOME", ""),
    (".local/share/uv/python/cpython-3.98.0+freethreaded-linux-x86_64-gnu/bin/python3.98t", "HOME", ""),
]


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def fake(path: Path, *, full: str = "3.98.0", **changes: object) -> Path:
    """Make a program that answers the probe as a CPython would."""
    said = {
        "implementation": "cpython", "minor": "3.98", "free_threaded": False, "full": full, "executable": str(path),
        "soabi": "cpython-398", "platform": "linux-x86_64", "headers": True, "bits": 64, **changes,
    }  # fmt: skip
    return script(path, f"echo '{json.dumps(said)}'")


def looked_for(name: str, home: Path, **environ: str) -> Interpreter | None:
    return find_interpreter(name, {"HOME": str(home), **environ})


@pytest.mark.parametrize(("place", "variable", "value"), PLACES)
def test_a_cpython_is_found_where_people_have_it(tmp_path: Path, place: str, variable: str, value: str) -> None:
    path = fake(tmp_path / place)
    found = find_interpreter("3.98", {"HOME": str(tmp_path / "nobody"), variable: str(tmp_path / value)})
    assert found is not None
    assert (found.executable, found.name, found.tag) == (str(path), "3.98", "cp398-cp398")


@pytest.mark.parametrize(("place", "variable", "value"), PLACES_WITHOUT_GIL)
def test_a_free_threaded_cpython_is_another_one(tmp_path: Path, place: str, variable: str, value: str) -> None:
    path = fake(tmp_path / place, free_threaded=True)
    environ = {"HOME": str(tmp_path / "nobody"), variable: str(tmp_path / value)}
    found = find_interpreter("3.98t", environ)
    assert found is not None
    assert (found.executable, found.tag, found.free_threaded) == (str(path), "cp398-cp398t", True)
    assert find_interpreter("3.98", environ) is None


def test_shims_are_not_even_run(tmp_path: Path) -> None:
    script(tmp_path / ".pyenv/shims/python3.98", f"touch {tmp_path / 'was-run'}")
    real = fake(tmp_path / ".pyenv/versions/3.98.0/bin/python3.98")
    found = looked_for("3.98", tmp_path, PATH=str(tmp_path / ".pyenv/shims"))
    assert found is not None
    assert found.executable == str(real)
    assert not (tmp_path / "was-run").exists()


def test_one_with_headers_goes_before_one_without(tmp_path: Path) -> None:
    bare = fake(tmp_path / "bin/python3.98", headers=False)
    path = str(tmp_path / "bin")
    alone = looked_for("3.98", tmp_path, PATH=path)
    assert alone is not None
    assert (alone.executable, alone.headers) == (str(bare), False)
    full = fake(tmp_path / ".pyenv/versions/3.98.0/bin/python3.98")
    better = looked_for("3.98", tmp_path, PATH=path)
    assert better is not None
    assert better.executable == str(full)


def test_the_newest_of_several_is_taken(tmp_path: Path) -> None:
    for full in ("3.98.9", "3.98.10", "3.98.2"):
        fake(tmp_path / f".pyenv/versions/{full}/bin/python3.98", full=full)
    found = looked_for("3.98", tmp_path)
    assert found is not None
    assert found.full == "3.98.10"


@pytest.mark.parametrize(
    "answer",
    ["exit 1", "echo no json", "echo '[]'", "echo '{}'", "echo 3", "kill -9 $$"],
)
def test_a_program_that_is_no_python_is_passed_over(tmp_path: Path, answer: str) -> None:
    script(tmp_path / "bin/python3.98", answer)
    assert looked_for("3.98", tmp_path, PATH=str(tmp_path / "bin")) is None


@pytest.mark.parametrize("changes", [{"implementation": "pypy"}, {"minor": "3.97"}, {"executable": ""}, {"free_threaded": True}])
def test_another_python_is_passed_over(tmp_path: Path, changes: dict[str, object]) -> None:
    fake(tmp_path / "bin/python3.98", full="3.98.1", **changes)
    assert looked_for("3.98", tmp_path, PATH=str(tmp_path / "bin")) is None


def test_a_file_that_cannot_be_run_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "python3.98").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "python3.98").write_bytes(b"\x7fELF broken")
    assert looked_for("3.98", tmp_path, PATH=f"{tmp_path}{os.pathsep}{tmp_path / 'b'}{os.pathsep}") is None


def test_the_running_one_is_found_without_a_path() -> None:
    name = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = find_interpreters(["3.98", name], {"HOME": "/nowhere"})
    assert list(found) == [name]
    assert Path(found[name].executable).exists()


@pytest.mark.parametrize(("name", "word"), [("3.14", "uv python install 3.14"), ("3.14t", "uv python install 3.14+freethreaded")])
def test_how_to_get_one_is_one_line(name: str, word: str) -> None:
    said = how_to_get(name)
    assert f"CPython {name} is not on this machine" in said
    assert word in said
    assert "\n" not in said


def test_an_unusable_one_is_an_error_with_a_remedy() -> None:
    assert usable("3.11", an_interpreter()) == an_interpreter()
    with pytest.raises(InterpreterError, match=r"CPython 3\.98 is not on this machine"):
        usable("3.98", None)
    with pytest.raises(InterpreterError, match=r"no headers.*apt-get install python3\.11-dev"):
        usable("3.11", an_interpreter(headers=False))


texts = dict.fromkeys(["name", "full", "executable", "soabi", "platform"], st.text())


@given(st.dictionaries(st.sampled_from(["3.11", "3.14t"]), st.builds(Interpreter, **texts, headers=st.booleans())))
def test_interpreters_come_back_from_json(found: dict[str, Interpreter]) -> None:
    assert from_json(to_json(found)) == found


def test_debian_keeps_one_header_apart(tmp_path: Path) -> None:
    include = tmp_path / "include" / "python3.98"
    apart = tmp_path / "include" / "x86_64-linux-gnu" / "python3.98"
    assert _split_headers(include, "x86_64-linux-gnu") == ""
    apart.mkdir(parents=True)
    (apart / "pyconfig.h").write_text("", "utf-8")
    assert _split_headers(include, "x86_64-linux-gnu") == str(apart)
    assert _split_headers(include, "") == ""
