"""The stages for real: what is made, what is not made twice, and what a broken world does to them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import Environment, this_maker
from scripts.core.errors import (
    CheckError,
    FetchError,
    IntegrityError,
    PolicyError,
    RecordError,
    RequestError,
    SuiteError,
    WheelsError,
)
from scripts.core.interpreters import find_interpreter, usable
from scripts.core.layout import layout_of
from scripts.core.packages import read_locked_set
from scripts.core.record import read_record
from scripts.core.wheel import check_record, check_tags, find_bytes, libraries, metadata_version
from scripts.stages.repair import check_policy
from tests.helpers import ROOT, git, make_wheel, sdist_page, served, statuses
from tests.pipeline.checkouts import NO_INDEX, PYTHON, Checkout, edit, finish, new_checkout, sha256
from tests.report_house import speed_facts

# Ends the process as SIGKILL does, where a function of a module is called for the n-th time.
KILLED_IN = """
import os, signal, sys, importlib
module, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
place = importlib.import_module(module)
original = getattr(place, name)
calls = []
def deadly(*words, **more):
    calls.append(words)
    if len(calls) == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*words, **more)
setattr(place, name, deadly)
from scripts.__main__ import main
sys.exit(main(sys.argv[4:]))
"""
# Stands in front of the compiler as ccache does, and tells through a pipe that the compiler has been called.
TELLS = '#!/bin/sh\n[ -p "{pipe}" ] && echo compiling > "{pipe}"\nexec "$@"\n'


def killed_in(checkout: Checkout, stage: str, module: str, name: str, count: int = 1) -> None:
    words = [sys.executable, "-c", KILLED_IN, module, name, str(count), *checkout.words(stage)[3:]]
    with subprocess.Popen(
        words, cwd=checkout.root, env=checkout.environment({"PYTHONPATH": str(checkout.root)}), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        ended = finish(process)
    assert ended.status == -signal.SIGKILL, ended.said


def is_right(checkout: Checkout, built: Checkout) -> bool:
    """Tell whether the one wheel here is byte for byte the one that was built undisturbed."""
    check_record(checkout.wheel())
    return sha256(checkout.wheel()) == sha256(built.wheel())


def test_the_wheel_is_what_it_should_be(built: Checkout, config: Config) -> None:
    wheel = built.wheel()
    check_record(wheel)
    check_tags(wheel)
    check_policy(wheel, config.targets["linux-x86_64"].policies["plain"])
    assert metadata_version(wheel) == "2.14.2"
    assert [name.partition(".")[0] for name in libraries(wheel)] == ["numexpr/interpreter"]
    assert find_bytes(wheel, [str(built.root), str(built.cache), "Räder", str(Path.home()) + os.sep]) == []
    for stage in ("build", "repair", "test"):
        record = read_record(wheel.with_name(f"{wheel.name}.{stage}.json"))
        assert (record.stage, record.outcome.status) == (stage, "passed")
    suite = built.latest("test").outcome.facts["suite"]
    assert suite["passed"] >= config.test_floor
    assert suite["failures"] == []


def test_the_second_run_makes_nothing(built: Checkout) -> None:
    before = {path: path.stat().st_mtime_ns for path in (built.root / "wheelhouse").rglob("*")}
    for stage in ("build", "repair", "test"):
        said = built.run(stage).said
        assert f"{stage} cp{PYTHON.replace('.', '')}-linux-x86_64-plain: up to date" in said
        assert "compiling" not in said
    assert {path: path.stat().st_mtime_ns for path in (built.root / "wheelhouse").rglob("*")} == before


def test_nox_runs_the_stages_and_ends_with_a_table(copy_of_built: Checkout) -> None:
    words = ["-s", "build", "repair", "test", "-t", "plain", "-p", PYTHON]
    ended = subprocess.run(
        [sys.executable, "-m", "nox", *words], cwd=copy_of_built.root, env=copy_of_built.environment({"NOX_SCRIPT_MODE": "none"}),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    lines = [line.split() for line in ended.stdout.splitlines()]
    head = lines.index(["cell", "numexpr", "size", "tag", "tests", "how", "seconds"])
    assert lines[head + 1][:2] == [f"cp{PYTHON.replace('.', '')}-linux-x86_64-plain", "2.14.2"]
    assert "6042 passed" in " ".join(lines[head + 1])


def test_a_changed_input_remakes_what_depends_on_it_and_nothing_else(copy_of_built: Checkout) -> None:
    before = sha256(copy_of_built.wheel())
    patches = copy_of_built.root / "patches"
    header = "Subject: S\nWhy: W\nUpstream: none yet\nVariants: {}\nTargets: *\n---\n"
    patch = header + "--- /dev/null\n+++ b/numexpr/extra.py\n@@ -0,0 +1 @@\n+EXTRA = 1\n"
    (patches / "0901-other.patch").write_text(patch.format("vml"), encoding="utf-8")
    assert "up to date" in copy_of_built.run("build").said  # it is another variant's
    edit(copy_of_built.root / "wheels.toml", "floor = 6000", "floor = 6001")
    assert "up to date" in copy_of_built.run("repair").said
    assert "testing" in copy_of_built.run("test", "-k", "test_right_shift").said  # only the test depends on its floor
    flags = (copy_of_built.root / "wheels.toml").read_bytes()
    edit(copy_of_built.root / "wheels.toml", '"-fno-trapping-math"', '"-fno-trapping-math", "-DANOTHER"')
    assert "run nox -s build first" in copy_of_built.run("repair", fails=RecordError).said
    (copy_of_built.root / "wheels.toml").write_bytes(flags)
    (patches / "0902-ours.patch").write_text(patch.format("plain"), encoding="utf-8")
    assert "run nox -s build first" in copy_of_built.run("repair", fails=RecordError).said
    assert "compiled before" in copy_of_built.run("build").said  # the patch adds Python code
    copy_of_built.run("repair")
    assert sha256(copy_of_built.wheel()) != before  # the old one gave way
    (patches / "0902-ours.patch").unlink()
    assert "up to date" in copy_of_built.run("build").said  # what was made before is still there
    copy_of_built.run("repair")
    assert sha256(copy_of_built.wheel()) == before


def test_a_product_that_was_tampered_with_is_made_anew(copy_of_built: Checkout, built: Checkout) -> None:
    wheel = copy_of_built.wheel()
    wheel.write_bytes(wheel.read_bytes()[:-1])
    copy_of_built.run("repair")
    assert is_right(copy_of_built, built)
    for path in wheel.parent.glob("*.repair.json"):
        path.write_text(path.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    copy_of_built.run("repair")
    assert is_right(copy_of_built, built)


def test_a_build_that_is_killed_is_finished_by_the_next_run(fresh: Checkout, built: Checkout) -> None:
    pipe, tools = fresh.root / "pipe", fresh.root / "tools"
    tools.mkdir()
    os.mkfifo(pipe)
    (tools / "ccache").write_text(TELLS.format(pipe=pipe), encoding="utf-8")
    (tools / "ccache").chmod(0o755)
    process = fresh.start("build", variables={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"})
    with process, pipe.open(encoding="utf-8") as told:
        assert told.readline() == "compiling\n"
        process.kill()  # the compiler itself goes on for a while: the next run must not care
    assert not list((fresh.root / "build" / "raw").glob("*"))
    killed_in(fresh, "build", "scripts.stages.build", "publish_product")
    assert not list((fresh.root / "build" / "raw").glob("*"))
    fresh.run("repair", fails=RecordError)
    assert "compiled before" in fresh.run("build").said  # it was killed after the compiler
    killed_in(fresh, "repair", "scripts.stages.repair", "write_record")  # the wheel is there, its records are not
    assert len(fresh.wheels()) == 1
    fresh.run("test", fails=RecordError)
    fresh.run("repair")
    assert is_right(fresh, built)
    killed_in(fresh, "test", "scripts.core.installed", "attempt")
    assert not list((fresh.root / "wheelhouse").rglob("*.test.json"))
    fresh.run("test", "-k", "test_right_shift")


def test_two_builds_at_once_and_another_world_give_the_same_bytes(
    workshop: Path, fresh: Checkout, built: Checkout, tmp_path: Path
) -> None:
    """Two in one checkout and one in another; each with its own home, time zone, locale, umask and hash seed."""
    worlds: list[dict[str, str]] = [
        {"HOME": str(tmp_path / "a"), "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1", "CFLAGS": "-O0 -g"},
        {
            "HOME": str(tmp_path / "b"),
            "TZ": "UTC",
            "LANG": "tr_TR.UTF-8",
            "TMPDIR": str(tmp_path / "b"),
            "SOURCE_DATE_EPOCH": "1",
        },
        {
            "HOME": str(tmp_path / "c"),
            "TMPDIR": str(tmp_path / "c"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LDFLAGS": "-g",
            "CC": "false",
        },
    ]
    for world in worlds:
        Path(world["HOME"]).mkdir()
    other = new_checkout(workshop / "o", fresh.cache, fresh.variables)
    places = [(fresh, 0o077), (fresh, 0o002), (other, 0o027)]
    processes = [place.start("build", umask=umask, variables=world) for (place, umask), world in zip(places, worlds, strict=True)]
    ended = []
    for process in processes:
        with process:
            ended.append(finish(process))
    assert [one.status for one in ended] == [0, 0, 0], "\n".join(one.said for one in ended)
    for place in (fresh, other):
        place.run("repair", variables=worlds[2])
        assert is_right(place, built)
    assert sum("compiling" in one.said for one in ended[:2]) == 1  # the second one waited, and took what the first one made


def test_a_wrong_operator_in_the_work_tree_fails_the_test_by_name(fresh: Checkout, upstream: Path) -> None:
    submodule = fresh.root / "numexpr"
    submodule.rmdir()
    git(upstream.parent, "clone", "--quiet", str(upstream), str(submodule))
    edit(submodule / "numexpr" / "interp_body.cpp", "VEC_ARG2(l_dest = l1 >> (", "VEC_ARG2(l_dest = l1 << (")
    for stage in ("build", "repair"):
        fresh.run(stage, "--worktree")
    assert "dirty" in fresh.latest("build").outcome.facts["source"]
    said = fresh.run("test", "--worktree", fails=SuiteError).said
    assert "tests failed: " in said
    assert "test_shift_out_of_range" in said
    record = fresh.latest("test")
    assert (record.stage, record.outcome.status) == ("test", "failed")
    assert "tests failed" in record.outcome.message
    assert not list((fresh.root / "wheelhouse").rglob("*.test.json"))


def test_a_part_of_the_suite_is_never_a_passed_test(copy_of_built: Checkout) -> None:
    for path in (copy_of_built.root / "wheelhouse").rglob("*.test.json"):
        path.unlink()
    said = copy_of_built.run("test", "-k", "test_right_shift").said
    assert "partial" in said
    assert copy_of_built.latest("test").outcome.status == "partial"
    assert not list((copy_of_built.root / "wheelhouse").rglob("*.test.json"))
    said = copy_of_built.run("test", "-k", "nothing_is_called_so", fails=RequestError).said
    assert "no test of numexpr matches -k nothing_is_called_so" in said
    assert copy_of_built.latest("test").outcome.status == "failed"


def test_a_wheel_from_elsewhere_is_tested(fresh: Checkout, built: Checkout, tmp_path: Path) -> None:
    wheel = Path(shutil.copy(built.wheel(), tmp_path))
    said = fresh.run("test", "--wheel", str(wheel), "-k", "test_right_shift").said
    assert f"testing {wheel.name}" in said
    assert [path.name for path in tmp_path.iterdir()] == [wheel.name]  # nothing is written beside it
    said = fresh.run("test", "--wheel", str(wheel), variant="vml").said
    assert "nothing to do here" in said
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    wheel.write_bytes(content)
    said = fresh.run("test", "--wheel", str(wheel), fails=WheelsError).said
    assert wheel.name in said


def test_a_wheel_that_no_session_can_test_is_not_a_success(fresh: Checkout, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, {"numexpr/interpreter.so": b"x"}, tag="cp39-cp39-manylinux_2_17_x86_64")
    words = ["-s", "test", "--", "--wheel", str(wheel)]
    ended = subprocess.run(
        [sys.executable, "-m", "nox", *words], cwd=fresh.root, env=fresh.environment({"NOX_SCRIPT_MODE": "none"}),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ended.returncode != 0, ended.stdout + ended.stderr


@pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++ here")
def test_the_machine_s_own_compiler_is_too_new_for_the_policy_and_the_error_says_why(fresh: Checkout) -> None:
    fresh.run("build", "--toolchain", "system")
    with fresh.start("repair", "--toolchain", "system") as process:
        ended = finish(process)
    if ended.status == 0:
        pytest.skip("the machine's own compiler is old enough for the policy")
    assert ended.status == PolicyError.exit_status, ended.said
    assert "cannot be manylinux_2_28_x86_64: numexpr/interpreter." in ended.said
    assert " of GLIBC_2." in ended.said
    assert "(libm.so.6)" in ended.said or "(libc.so.6)" in ended.said
    assert fresh.wheels() == []


@pytest.fixture
def store(built: Checkout, tmp_path: Path) -> Path:
    """A cache of its own that holds nothing but copies of the packages that a build needs."""
    wanted = {name for name, _, _ in read_locked_set(built.layout.requirements, "build").allowed}
    store = tmp_path / "cache" / "packages"
    store.mkdir(parents=True)
    for path in built.layout.packages.glob("*.whl"):
        if path.name.split("-")[0].replace("_", "-").lower() in wanted:
            shutil.copy(path, store)
    return store


def test_damaged_packages_are_fetched_again_and_never_installed(
    built: Checkout, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**NO_INDEX, "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    maker = this_maker(layout_of(built.root, {"NUMEXPR_WHEELS_CACHE": str(store.parent)}))
    python = usable(PYTHON, find_interpreter(PYTHON)).executable
    (good,) = store.glob("pyproject_hooks-*.whl")  # a name that is spelt in two ways
    content = good.read_bytes()
    damaged = content[:-50] + b"\0" * 50

    good.write_bytes(damaged)
    with pytest.raises(FetchError, match=r"requirements/build\.txt cannot be downloaded"):
        maker.cached("build", python, "without an index")

    sdist_page(tmp_path / "index", "pyproject-hooks", [])
    page = tmp_path / "index" / "simple" / "pyproject-hooks"
    with served(tmp_path / "index") as url:
        monkeypatch.setenv("PIP_INDEX_URL", url)
        for delivered, outcome in ((damaged, "refused"), (content, "installed")):
            (tmp_path / good.name).write_bytes(delivered)
            shutil.rmtree(page)
            sdist_page(tmp_path / "index", "pyproject-hooks", [tmp_path / good.name])
            good.write_bytes(damaged)
            if outcome == "refused":
                with pytest.raises((FetchError, IntegrityError)):
                    maker.cached("build", python, "with an index that delivers other bytes")
            else:
                environment = maker.cached("build", python, "with an index")
                assert Environment(path=environment.path).python.exists()
    assert good.read_bytes() == content
    assert "pyproject_hooks" in capsys.readouterr().out


def test_without_index_and_cache_the_build_names_what_to_fetch(fresh: Checkout, built: Checkout, tmp_path: Path) -> None:
    own = Checkout(root=fresh.root, cache=tmp_path / "cache", variables=fresh.variables)
    own.layout.packages.mkdir(parents=True)
    for path in built.layout.packages.glob("numexpr-*.tar.gz"):
        shutil.copy(path, own.layout.packages)
    said = own.run("build", fails=FetchError, variables=NO_INDEX).said
    assert "requirements/zig.txt cannot be downloaded" in said
    assert "run the same command once with one" in said


def test_failures_leave_a_record_with_the_stage_and_the_log(fresh: Checkout) -> None:
    edit(fresh.root / "wheels.toml", '"-fno-trapping-math"', '"-fno-such-flag-anywhere"')
    said = fresh.run("build", fails=WheelsError).said
    assert "the whole log is" in said
    record = fresh.latest("build")
    assert record.outcome.status == "failed"
    assert record.outcome.command_status not in (0, None)
    products: Mapping[str, str] = record.subject
    assert products == {}
    byproducts = record.statement["predicate"]["runDetails"]["byproducts"]
    assert any(one["name"].endswith(".log") for one in byproducts)
    assert json.dumps(byproducts).find("does not compile") > 0


def test_bench_compares_bits_and_speed_and_draws_a_chart(copy_of_built: Checkout) -> None:
    """The wheel against itself, in two rounds; how fast it is says nothing here, so that noise is no failure."""
    wheel = copy_of_built.wheel()
    other = copy_of_built.root / wheel.name
    shutil.copy(wheel, other)
    words = ("--against", str(other), "--rounds", "2", "--skip-scripts", "--python", PYTHON)
    with copy_of_built.start("bench", *words) as process:
        ended = finish(process)
    assert "plain: the bits of 41 of 41 expressions are theirs" in ended.said
    made = copy_of_built.root / "build" / "bench"
    if ended.status:
        assert ended.status in statuses(CheckError), ended.said
        assert "no conclusion" in ended.said
        assert not (made / "speed.json").exists()
        return
    facts = json.loads((made / "speed.json").read_text(encoding="utf-8"))
    assert facts["opponent"]["sha256"] == facts["wheels"]["plain"]["sha256"] == sha256(wheel)
    assert facts["differences"] == []
    assert (made / "speed.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert (made / "speed.png").read_bytes().startswith(b"\x89PNG")


def test_the_chart_is_the_same_file_each_time(tmp_path: Path, config: Config) -> None:
    maker = this_maker(layout_of(ROOT))
    interpreter = usable(PYTHON, find_interpreter(PYTHON))
    environment = maker.cached("bench", interpreter.executable, f"CPython {interpreter.full}")
    (tmp_path / "speed.json").write_text(json.dumps(speed_facts()), encoding="utf-8")
    for name in ("one", "two"):
        words: list[str | Path] = [environment.python, "-I", ROOT / "scripts/bench/chart.py", tmp_path / "speed.json"]
        made = [tmp_path / f"{name}.svg", tmp_path / f"{name}.png"]
        subprocess.run([*words, *made], check=True, timeout=120, env={**os.environ, "MPLCONFIGDIR": str(tmp_path)})
    for kind in ("svg", "png"):
        assert sha256(tmp_path / f"one.{kind}") == sha256(tmp_path / f"two.{kind}")
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert "2*a + 3*b" in text
    assert "29.0" in text


def test_a_change_of_python_code_compiles_nothing_and_gives_the_same_bytes(fresh: Checkout, built: Checkout) -> None:
    """Where all that the compiler saw is the same, the kept extension stands for it."""
    tree = built.source()
    numexpr = fresh.root / "numexpr"
    shutil.copytree(tree, numexpr, dirs_exist_ok=True)
    assert "compiling" in fresh.run("build", "--worktree").said
    first = fresh.raw_digest()
    (kept,) = (fresh.root / "build" / "compiled").glob("*/build/lib*/numexpr/*.so")
    shutil.rmtree(fresh.root / "build" / "raw")
    assert "compiled before from the same C and C++" in fresh.run("build", "--worktree").said
    assert fresh.raw_digest() == first
    assert fresh.latest("build").outcome.facts["extension"] == "compiled before"
    # Another .py: nothing is compiled, and the wheel has it.
    shutil.rmtree(fresh.root / "build" / "raw")
    with (numexpr / "numexpr" / "necompiler.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    assert "compiled before" in fresh.run("build", "--worktree").said
    with zipfile.ZipFile(next((fresh.root / "build" / "raw").glob("*/*.whl"))) as wheel:
        assert wheel.read("numexpr/necompiler.py").endswith(b"# another\n")
        assert wheel.read(f"numexpr/{kept.name}") == kept.read_bytes()
