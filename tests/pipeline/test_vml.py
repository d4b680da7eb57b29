"""The vml wheel for real: linked, grafted, licensed, and checked where numexpr's own suite does not look."""

from __future__ import annotations

import platform
import subprocess
import zipfile
from pathlib import Path

import pytest

from scripts.core.config import Config
from scripts.core.environments import base_interpreter, this_maker
from scripts.core.errors import CheckError, FetchError, RequestError, VendorError
from scripts.core.layout import layout_of
from scripts.core.record import Record, read_record
from scripts.core.wheel import check_record, check_tags, libraries
from scripts.stages.repair import check_policy
from scripts.vendor.from_source import DATE
from tests.helpers import ROOT, statuses
from tests.pipeline.checkouts import NO_INDEX, PYTHON, Checkout, edit, finish, sha256

GRAFTED = "numexpr.libs/libnumexpr-vml"
LIBRARY = "lib/libnumexpr-vml.so"
MOST_BYTES = 700_000


@pytest.fixture(scope="module")
def vml(built: Checkout) -> Checkout:
    checkout = built.another("vml")
    for stage in ("build", "repair", "test"):
        checkout.run(stage, variant="vml")
    return checkout


def test_the_wheel_holds_the_library_its_licences_and_nothing_else(vml: Checkout, config: Config) -> None:
    wheel = vml.wheel("vml")
    check_record(wheel)
    check_tags(wheel)
    check_policy(wheel, config.targets["linux-x86_64"].policies["vml"])
    extension, library = sorted(libraries(wheel), key=lambda name: name.startswith("numexpr.libs"))
    assert extension.startswith("numexpr/interpreter.")
    assert library.startswith(GRAFTED)
    with zipfile.ZipFile(wheel) as archive:
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
    names = {Path(name).name for name in licences}
    assert {"sleef-LICENSE.txt", "numexpr-vml-LICENSE"} <= names, names
    assert any("numexpr" not in name and "sleef" not in name for name in names), names
    assert wheel.stat().st_size <= MOST_BYTES


def test_the_test_says_that_vml_is_there_and_right(vml: Checkout, config: Config) -> None:
    record = vml.latest("test")
    facts = record.outcome.facts
    assert (record.cell.endswith("-vml"), record.outcome.status) == (True, "passed")
    assert facts["vml"].startswith("SLEEF-VML 3.9.0 (")
    assert record.definition["externalParameters"]["library"] == "sleef-vml"
    assert facts["suite"]["passed"] >= config.test_floor
    assert facts["suite"]["failures"] == []
    assert facts["vml check"]["passed"] > 0
    assert facts["vml check"]["functions"] > 0
    # At the level that the processor gives, and at every lower one.
    own = facts["vml"].partition("(")[2].rstrip(")")
    levels = [own, *facts["vml check"]["also at"]]
    assert sorted(levels) in (["sse2"], ["avx2", "sse2"], ["avx2", "avx512f", "sse2"])


def test_bench_measures_the_level_that_is_asked_for(vml: Checkout) -> None:
    """The wheel against itself at another level; how fast it is says nothing here, so that noise is no failure."""
    words = ("--against", str(vml.wheel("vml")), "--rounds", "2", "--skip-scripts", "--variant", "vml", "--python", PYTHON)
    with vml.start("bench", *words, "--level", "sse2") as process:
        said = finish(process).said
    assert "SLEEF-VML 3.9.0 (sse2)" in said
    with vml.start("bench", *words, "--level", "sse9") as process:
        ended = finish(process)
    assert ended.status in statuses(RequestError)
    assert "--level sse9: the vml wheel does not run at that here, but as SLEEF-VML 3.9.0" in ended.said


def test_the_plain_wheel_beside_it_is_the_same(vml: Checkout, built: Checkout) -> None:
    assert sha256(vml.wheel("plain")) == sha256(built.wheel("plain"))
    assert "up to date" in vml.run("test").said
    assert "up to date" in vml.run("build", variant="vml").said


def library_of(checkout: Checkout) -> str:
    """Return the sha256 of the library that `vendor` made last, as its record says."""
    return dict(vendored(checkout).subject)[LIBRARY]


def vendored(checkout: Checkout) -> Record:
    return checkout.latest("vendor")


def test_the_library_is_the_same_from_another_directory(vml: Checkout, fresh: Checkout) -> None:
    assert fresh.root.parent == vml.root.parent
    assert fresh.root != vml.root
    said = fresh.run("vendor").said
    assert "making libnumexpr-vml.so (sleef-vml) for linux-x86_64" in said
    assert library_of(fresh) == library_of(vml)
    inputs = {one.name: (one.algorithm, one.digest) for one in vendored(fresh).inputs}
    assert inputs["sleef"] == ("gitCommit", "906ca7512ee483296780a81a21b9ca715d40dfe1")
    assert inputs["sleef tree"] == ("gitTree", "1d00c367a5dac21d6f13e768fee25ae281556383")
    assert "making" not in fresh.run("vendor").said


def test_a_library_for_windows_does_not_say_when_it_was_linked(fresh: Checkout) -> None:
    with fresh.start("build", variant="vml", target="windows-amd64") as process:
        ended = finish(process)
    if ended.status == FetchError.exit_status:
        pytest.skip(f"the headers for Windows cannot be had here: {ended.said.splitlines()[-1]}")
    assert ended.status == 0, ended.said
    (library,) = (fresh.root / "build" / "native").glob("*/lib/numexpr-vml.dll")
    content = library.read_bytes()
    header = int.from_bytes(content[0x3C:0x40], "little")
    assert content[header : header + 4] == b"PE\0\0"
    assert int.from_bytes(content[header + 8 : header + 12], "little") == int(DATE)


def test_the_other_library_is_made_when_it_is_asked_for(fresh: Checkout) -> None:
    said = fresh.run("vendor", "--vml", "mkl").said
    assert "making libnumexpr-vml.so (mkl-vml) for linux-x86_64" in said
    assert vendored(fresh).definition["externalParameters"]["library"] == "mkl-vml"
    said = fresh.run("vendor", "--vml", "nag", fails=RequestError).said
    assert "--vml nag: there is no such library; there are mkl, sleef" in said
    fresh.run("accuracy", "--vml", "mkl", "--count", "400", "--only", "Ln")
    assert "| Ln | float32 |" in (fresh.root / "build" / "accuracy" / "mkl-vml-high-part.md").read_text(encoding="utf-8")


def test_a_function_that_is_not_exact_enough_is_named(fresh: Checkout) -> None:
    edit(
        fresh.root / "vendor" / "sleef-vml" / "src" / "dispatch.c",
        "table()->vd##NAME(n, a, r);",
        "table()->vd##NAME(n, a, r); for (int i = 0; i < n; i++) r[i] *= 1 + 1e-15 + (n == 7);",
    )
    said = fresh.run("accuracy", "--count", "400", "--only", "Ln", fails=CheckError).said
    assert "sleef-vml is not within 1.0 ULP in mode high: Ln (float64) at sse2" in said
    assert "Ln (float32)" not in said.rpartition("failed:")[2]
    # And one that depends on how long an array is.
    ended = at_the_edges(fresh, "sse2")
    assert (ended.returncode, "Ln float64 at sse2: 5 of 505 calls" in ended.stdout) == (1, True), ended.stdout
    assert "float32" not in ended.stdout


@pytest.mark.parametrize("words", [("--only", "Foo"), ("--only", "Exp:float16"), ("--count", "0"), ("--count", "-5")])
def test_what_cannot_be_measured_is_refused_before_anything_is_made(vml: Checkout, words: tuple[str, str]) -> None:
    said = vml.run("accuracy", *words, fails=RequestError).said
    assert f"* failed: {' '.join(words)}: " in said
    assert "measuring" not in said


def at_the_edges(checkout: Checkout, *levels: str) -> subprocess.CompletedProcess[str]:
    """Return how tests/pipeline/edges_of.py ended for the library that a checkout made."""
    (library,) = (checkout.root / "build" / "native").glob(f"*/{LIBRARY}")
    layout = layout_of(ROOT)
    numpy = this_maker(layout).cached("accuracy", base_interpreter(), f"CPython {platform.python_version()}, to measure")
    words: list[str | Path] = [numpy.python, "-m", "tests.pipeline.edges_of", library, *levels]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240, stdin=subprocess.DEVNULL)


def test_an_element_does_not_depend_on_where_it_is(vml: Checkout) -> None:
    wheel = vml.wheel("vml")
    own = read_record(wheel.with_name(f"{wheel.name}.test.json")).outcome.facts
    ended = at_the_edges(vml, own["vml"].partition("(")[2].rstrip(")"), *own["vml check"]["also at"])
    assert (ended.returncode, ended.stdout.splitlines()[1:]) == (0, []), ended.stdout + ended.stderr
    assert int(ended.stdout.partition(" calls")[0]) > 30_000


def test_the_library_is_exact_at_every_level(vml: Checkout) -> None:
    whole = vml.root / "build" / "accuracy" / "sleef-vml-high.json"
    whole.parent.mkdir(exist_ok=True)
    whole.write_text("what was measured of all functions", encoding="utf-8")
    vml.run("accuracy", "--count", "800", "--only", "Exp", "Sinh:float32", "Sqrt")
    assert whole.read_text(encoding="utf-8") == "what was measured of all functions"
    text = (vml.root / "build" / "accuracy" / "sleef-vml-high-part.md").read_text(encoding="utf-8")
    assert "| sse2, max | mean |" in text
    assert "| Sinh | float32 |" in text
    assert "| Exp | complex128 |" in text
    for suffix in (".json", ".svg", ".png"):
        assert (vml.root / "build" / "accuracy" / f"sleef-vml-high-part{suffix}").stat().st_size > 0


def test_without_its_source_vml_fails_and_plain_does_not(vml: Checkout, fresh: Checkout) -> None:
    (fresh.root.parent / "another cache").mkdir(exist_ok=True)
    own = Checkout(root=fresh.root, cache=fresh.root.parent / "another cache", variables=fresh.variables)
    for name in ("environments", "zig", "ccache"):
        if not (own.cache / name).exists():
            (own.cache / name).symlink_to(vml.cache / name)
    own.layout.packages.mkdir(exist_ok=True)
    for sdist in (vml.cache / "packages").glob("numexpr-2*.tar.gz"):
        (own.layout.packages / sdist.name).write_bytes(sdist.read_bytes())
    unreachable = {**NO_INDEX, "NUMEXPR_WHEELS_DEBIAN": "http://127.0.0.1:9/debian"}
    said = own.run("vendor", fails=FetchError, variables=unreachable).said
    assert "the source of sleef 3.9.0, which vml wheels are made with, cannot be had: git cannot reach" in said
    assert "nox -t plain" in said
    own.run("build", variables=unreachable)


def test_a_function_that_numexpr_calls_and_the_library_lacks_is_an_error(fresh: Checkout) -> None:
    edit(fresh.root / "vendor" / "sleef-vml" / "include" / "vml_functions.h", "VML_REAL(Expm1)", "")
    said = fresh.run("vendor", fails=VendorError).said
    assert "vdExpm1" in said
    assert "libnumexpr-vml.so cannot be made for linux-x86_64" in said
