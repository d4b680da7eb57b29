"""Recipes of vendor/: data, read strictly, and never for a target that they do not know."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.core.config import Config, Target
from scripts.core.errors import ConfigError, RequestError, VendorError
from scripts.core.source_lock import read_source_lock
from scripts.vendor.exports import check_exports, check_glibc, check_library, check_needs
from scripts.vendor.from_source import exports_header, own_name
from scripts.vendor.recipe import ArchiveRecipe, SourceRecipe, read_recipe
from scripts.vendor.symbols import library_symbols
from tests.helpers import ROOT

VENDOR = ROOT / "vendor"
LIBRARY = Path("libnumexpr-vml.so")


def sleef() -> SourceRecipe:
    recipe = read_recipe(VENDOR, "sleef-vml")
    assert isinstance(recipe, SourceRecipe)
    return recipe


def test_the_library_from_source_exists_for_every_target_that_has_a_vml_variant(config: Config) -> None:
    for target in config.targets.values():
        if "vml" in target.policies:
            assert sleef().levels_of(target), target.name
            assert all((VENDOR / "sleef-vml" / "src" / name).is_file() for name in (sleef().kernels, sleef().dispatch))


def test_its_source_is_pinned_by_commit_tree_and_every_file() -> None:
    lock = read_source_lock(VENDOR / "sleef-vml" / sleef().lock)
    assert (lock.commit, lock.tree) == (
        "906ca7512ee483296780a81a21b9ca715d40dfe1",
        "1d00c367a5dac21d6f13e768fee25ae281556383",
    )
    assert len(lock.blobs) == 233
    assert sleef().debian.endswith(f"/{lock.sdist_filename}")
    assert set(sleef().licences) <= set(lock.blobs)


def test_libraries_are_named_as_their_system_does(config: Config) -> None:
    about = sleef().about
    names = {name: about.file(config.target(name)) for name in ("linux-x86_64", "macos-arm64", "windows-amd64")}
    assert names == {
        "linux-x86_64": "libnumexpr-vml.so",
        "macos-arm64": "libnumexpr-vml.dylib",
        "windows-amd64": "numexpr-vml.dll",
    }
    assert own_name("linux", "a.so", "a") == ("-Wl,-soname,a.so",)
    assert own_name("macos", "a.dylib", "a") == ("-Wl,-install_name,@rpath/a.dylib",)
    assert own_name("windows", "a.dll", "a") == ("-Wl,--out-implib,product/lib/a.lib",)


def test_a_target_without_the_library_is_named(target: Target) -> None:
    mkl = read_recipe(VENDOR, "mkl-vml")
    assert isinstance(mkl, ArchiveRecipe)
    assert mkl.target(target).inputs
    with pytest.raises(RequestError, match=r"vendor/mkl-vml does not exist for linux-riscv64.*it exists for linux-x86_64"):
        mkl.target(replace(target, name="linux-riscv64"))
    with pytest.raises(RequestError, match=r"vendor/sleef-vml does not exist for linux-riscv64.*x86_64, aarch64"):
        sleef().levels_of(replace(target, name="linux-riscv64", zig="riscv64-linux-gnu"))


@pytest.mark.parametrize(
    ("library", "old", "new", "says"),
    [
        ("sleef-vml", 'name = "numexpr-vml"', 'name = "../vml"', ["library.name", "'../vml'", "without folders"]),
        ("sleef-vml", 'highest_glibc = "2.17"', 'highest_glibc = "new"', ["library.highest_glibc", "'new'"]),
        ("sleef-vml", "needed.linux", "needed.beos", ["library.needed.beos", "linux, macos, windows"]),
        ("sleef-vml", 'lock = "sleef.lock"', "", ["source.lock", "None"]),
        ("sleef-vml", 'licences = ["LICENSE.txt"]', 'licences = ["../../passwd"]', ["source.licences", "inside the file"]),
        ("sleef-vml", "sse2 = []", 'SSE-2 = ["-O0"]', ["compile.levels.x86_64.SSE-2", "small letters"]),
        ("sleef-vml", "[headers]", "[headers]\nmore = 1", ["headers.more", "files, generators, options"]),
        ("mkl-vml", "archives = [", 'archives = ["/etc/passwd",', ["targets.linux-x86_64.inputs[0].archives", "/etc/passwd"]),
        ("mkl-vml", 'sha256 = "0', 'sha256 = "x', ["targets.linux-x86_64.inputs[0].sha256", "64 hex digits"]),
    ],
)
def test_what_a_recipe_must_not_hold(tmp_path: Path, library: str, old: str, new: str, says: list[str]) -> None:
    shutil.copytree(VENDOR / library, tmp_path / library)
    path = tmp_path / library / "recipe.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_recipe(tmp_path, library)
    for word in ("recipe.toml", *says):
        assert word in str(caught.value)


def test_a_library_exports_what_numexpr_calls_and_nothing_else() -> None:
    check_exports(LIBRARY, {"vdExp", "vdLn"}, ["vdLn", "vdExp"])
    with pytest.raises(VendorError, match="lacks vdLn and exports helper, which nobody asked for"):
        check_exports(LIBRARY, {"vdExp", "helper"}, ["vdExp", "vdLn"])


def test_a_library_needs_only_what_its_recipe_allows() -> None:
    allowed = sleef().about.needed["linux"]
    check_needs(LIBRARY, ["libm.so.6", "libc.musl-aarch64.so.1"], allowed)
    with pytest.raises(VendorError, match=r"needs libmvec\.so\.1; the recipe allows libc\.so\.6"):
        check_needs(LIBRARY, ["libc.so.6", "libmvec.so.1"], allowed)


def test_what_is_no_library_is_named(tmp_path: Path) -> None:
    for system in ("linux", "macos"):
        (tmp_path / "libx").write_bytes(b"not a library")
        with pytest.raises(VendorError, match="libx cannot be read as a shared library"):
            check_library(tmp_path / "libx", ["vdExp"], sleef().about, system)


def test_a_newer_glibc_than_allowed_is_refused() -> None:
    # The interpreter that runs this needs some glibc, and certainly a newer one than 2.0.
    import _ctypes

    with pytest.raises(VendorError, match=r"needs GLIBC_2\.\d+.*allows up to GLIBC_2\.0"):
        check_glibc(Path(_ctypes.__file__), "2.0")
    check_glibc(Path(_ctypes.__file__), "9.0")


def test_exported_names_are_made_visible_by_a_header(tmp_path: Path) -> None:
    (tmp_path / "mkl_vml.h").touch()
    text = exports_header(["vdExp", "vmlSetMode"], tmp_path)
    assert text.startswith('#include "mkl_vml.h"\n')
    assert "extern __typeof__(vdExp) vdExp EXPORTED;\nextern __typeof__(vmlSetMode) vmlSetMode EXPORTED;\n" in text


def test_our_header_declares_every_function_that_it_says_numexpr_may_call() -> None:
    service = (VENDOR / "sleef-vml" / "include" / "mkl_service.h").read_text(encoding="utf-8")
    assert library_symbols(["void f() { mkl_get_version_string(a, 1); }"], service)[0].lower() == "mkl_get_version_string"
