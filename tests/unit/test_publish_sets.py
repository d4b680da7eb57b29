"""What a release consists of, against what lies in the wheelhouse; and what the gate cannot see in records."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.core.errors import ConfigError, GateError, IntegrityError, RequestError, WheelsError
from scripts.core.files import sha256_of
from scripts.publish.candidates import strict_check
from scripts.publish.gate import Rules
from scripts.publish.settings import UploadSettings, upload_settings
from scripts.publish.wishes import is_named_type
from scripts.stages.upload import upload
from tests.publish_house import COMMIT, House, make_house, make_sdist, make_wheel, tree, write_chain, write_sdist_record


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path / "checkout", variants=("plain", "vml"))


def go(house: House, *words: str) -> list[str]:
    """Upload and return what came to the staging folder."""
    staging = house.layout.root / "staging"
    upload(house.layout, ["--to", str(staging), "--yes", *words])
    return sorted(name for name in tree(staging) if name.endswith((".whl", ".tar.gz"))) if staging.is_dir() else []


def refused(house: House, error: type[WheelsError], message: str, *words: str) -> None:
    with pytest.raises(error, match=message):
        go(house, *words)
    assert not (house.layout.root / "staging").exists()


def test_a_whole_release_goes_each_variant_to_its_own_index(house: House) -> None:
    names = go(house)
    assert len(names) == 11
    assert sum(name.startswith("plain/files/") for name in names) == 6
    assert sum(name.startswith("vml/files/") for name in names) == 5


def test_what_is_missing_is_said_as_a_diff(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    for wheel in (house.wheels()[1], house.wheels()[2]):
        wheel.unlink()
    next((house.wheelhouse / "sdist").glob("*.tar.gz")).unlink()
    refused(house, GateError, "8 of 11 expected files may go, and nothing was sent.*- plain linux-x86_64 3.12 3.13; - sdist")
    assert "  - plain linux-x86_64 3.12 3.13\n  - sdist\n" in capsys.readouterr().out
    assert len(go(house, "--partial")) == 8


def test_a_refused_wheel_is_left_out_only_where_that_was_said(house: House) -> None:
    wheel = house.wheels()[0]
    wheel.with_name(f"{wheel.name}.test.json").unlink()
    refused(house, GateError, "! .*cp311.* has no test record")
    assert wheel.name not in "".join(go(house, "--partial"))


def test_changed_bytes_stop_everything_whatever_was_said(house: House) -> None:
    wheel = house.wheels()[0]
    wheel.write_bytes(wheel.read_bytes()[:-1] + b"\1")
    refused(house, IntegrityError, "not the bytes that came out of repair", "--partial")


def test_nothing_is_no_upload(house: House) -> None:
    shutil.rmtree(house.wheelhouse)
    refused(house, GateError, "nothing that was found may go anywhere", "--partial")


def test_other_releases_stay_where_they_are(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    stale = make_wheel(house.wheelhouse / "plain", "3.11", version="2.13.0")
    write_chain(stale, "3.11")
    assert len(go(house)) == 11
    assert f"{stale.name} is not of numexpr 2.14.2; it stays where it is" in capsys.readouterr().out


def test_a_type_of_wheel_narrows_what_is_expected(house: House) -> None:
    next((house.wheelhouse / "sdist").glob("*.tar.gz")).unlink()
    assert len(go(house, "--wheel-type", "linux", "--variant", "vml")) == 5
    with pytest.raises(GateError, match="nothing that was found"):
        go(house, "--wheel-type", "win")


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("numexpr-1-cp311-cp311-manylinux_2_28_x86_64.whl", {"all", "linux", "manylinux"}),
        ("numexpr-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", {"all", "linux", "manylinux"}),
        ("numexpr-1-cp311-cp311-musllinux_1_2_x86_64.whl", {"all", "linux", "musllinux"}),
        ("numexpr-1-cp311-cp311-macosx_11_0_arm64.whl", {"all", "macosx"}),
        ("numexpr-1-cp311-cp311-win_amd64.whl", {"all", "win"}),
        ("numexpr-1.tar.gz", {"all"}),
    ],
)
def test_types_of_files(name: str, types: set[str]) -> None:
    assert {kind for kind in ("all", "macosx", "win", "manylinux", "musllinux", "linux") if is_named_type(name, kind)} == types


def as_musl(house: House) -> None:
    wheel = house.wheels()[0]
    other = wheel.rename(wheel.with_name(wheel.name.replace("manylinux_2_28", "musllinux_1_2")))
    write_chain(other, "3.11")


def as_other_python(house: House) -> None:
    write_chain(house.wheels()[0], "3.12")


def as_plain_vml(house: House) -> None:
    write_chain(make_wheel(house.wheelhouse / "plain", "3.11", more={"numexpr.libs/libnumexpr-vml-1.so": b"1"}), "3.11")


def among_the_wrong_ones(house: House) -> None:
    write_chain(make_wheel(house.wheelhouse / "plain", "3.11", "vml"), "3.11", "vml")


def damaged_record(house: House) -> None:
    wheel = make_wheel(house.wheelhouse / "plain", "3.11", more={"numexpr/__init__.py": b"1"})
    content = wheel.read_bytes()
    place = content.index(b"variant") if b"variant" in content else len(content) // 3
    wheel.write_bytes(content[:place] + b"\0" + content[place + 1 :])
    write_chain(wheel, "3.11")


def of_no_cell(house: House) -> None:
    write_chain(make_wheel(house.wheelhouse / "plain", "3.9"), "3.9")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (as_musl, "is for musllinux_1_2_x86_64, its records say"),
        (as_other_python, "is for cp311-cp311, its records say cp312"),
        (as_plain_vml, "is called plain, but what is grafted into it says another variant"),
        (among_the_wrong_ones, "is a vml wheel and lies among the plain ones"),
        (damaged_record, "is damaged|is not the file that RECORD names"),
        (of_no_cell, "which wheels.toml does not have"),
    ],
)
def test_a_wheel_that_is_not_what_it_says(house: House, spoil: Callable[[House], None], message: str) -> None:
    spoil(house)
    refused(house, GateError, message)


def test_one_version_from_two_commits_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules(floor=6000, tested=("native",), commits={})
    monkeypatch.setattr("scripts.publish.candidates.rules_of", lambda context, settings: rules)
    for python, wheel in zip(("3.11", "3.12", "3.13", "3.14", "3.15"), house.wheels(), strict=True):
        write_chain(wheel, python, commit="1" * 40 if python == "3.11" else "2" * 40)
    with pytest.raises(GateError, match="come from different commits"):
        go(house, "--variant", "plain", "--partial")


def test_a_renamed_wheel_does_not_count_as_a_second_one(house: House) -> None:
    wheel = house.wheels()[0]
    renamed = wheel.with_name(wheel.name.replace("manylinux_2_28", "manylinux_2_17"))
    renamed.write_bytes(wheel.read_bytes())
    write_chain(renamed, "3.11")
    refused(house, GateError, "it was renamed")


def test_two_wheels_for_one_cell_are_one_too_many(house: House) -> None:
    write_chain(make_wheel(house.wheelhouse / "plain", "3.11", platform="manylinux_2_27_x86_64"), "3.11")
    refused(house, GateError, "one cell has two wheels", "--partial")


def test_a_wheel_over_the_limit_of_the_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.stages.upload.upload_settings", lambda _: UploadSettings(most_bytes=600))
    refused(house, GateError, r"bytes; wheels\.toml allows 600")


def test_twine_check_strict(tmp_path: Path) -> None:
    strict_check(make_wheel(tmp_path, "3.11"))
    strict_check(make_sdist(tmp_path))
    bad = tmp_path / make_wheel(tmp_path, "3.12").name.replace("cp312", "cp313")
    with zipfile.ZipFile(make_wheel(tmp_path, "3.12")) as old, zipfile.ZipFile(bad, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.partition(b"\n\n")[0] + b"\n\n" if name.endswith("METADATA") else text)
    with pytest.raises(GateError, match=r"does not pass twine check --strict: .*long_description. missing"):
        strict_check(bad)


def test_asking_needs_a_terminal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = house.layout.root / "staging"
    with pytest.raises(RequestError, match=r"Send 6 of 6 files to .* Nobody can be asked here .* and nothing was sent"):
        upload(house.layout, ["--to", str(staging), "--variant", "plain"])
    assert not staging.exists()
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert upload(house.layout, ["--to", str(staging), "--variant", "plain"]).sent == ()
    assert not staging.exists()
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert len(upload(house.layout, ["--to", str(staging), "--variant", "plain"]).sent) == 6


def test_a_dry_run_sends_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert go(house, "--dry-run", "-v") == []
    said = capsys.readouterr().out
    assert "11 of 11 files would be sent" in said
    assert f"sha256 {sha256_of(house.wheels()[0])}, commit {COMMIT}, cp311-linux-x86_64-plain" in said


@pytest.mark.parametrize("words", [["--to", "stagign"], ["--to", "nosuch://bucket/x"], ["--to", "./x", "--variant", "huge"]])
def test_places_and_variants_that_are_none(
    house: House, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError):
        upload(house.layout, [*words, "--yes"])


def test_settings_of_wheels_toml(house: House) -> None:
    path = house.layout.config
    assert upload_settings(path) == UploadSettings()
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + '[upload]\ntested = ["native"]\nmost-bytes = 5\nsdist = false\n[ci.without.linux-x86_64]\n"3.15" = "no numpy"\n',
        encoding="utf-8",
    )
    assert upload_settings(path) == UploadSettings(
        tested=("native",), most_bytes=5, sdist=False, without=frozenset({("linux-x86_64", "3.15")})
    )
    for wrong in ('tested = ["prayer"]', "most-bytes = 0", "sdist = 1", "what = 1"):
        path.write_text(f"{text}[upload]\n{wrong}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"upload"):
            upload_settings(path)


def test_an_sdist_from_another_commit_is_refused(house: House) -> None:
    write_sdist_record(next((house.wheelhouse / "sdist").glob("*.tar.gz")), commit="0" * 40)
    refused(house, GateError, "numexpr.lock")
