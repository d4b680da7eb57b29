"""wheels.toml is read strictly: whatever is not allowed names file, key, what was found and what is allowed."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from scripts.core.config import VERSIONS, Config, read_config
from scripts.core.errors import ConfigError, RequestError
from scripts.core.tables import Table, read_toml
from tests.helpers import ROOT

GOOD = """
pythons = ["3.12", "3.14t"]
[source]
remote = "https://example.invalid/numexpr.git"
lock = "numexpr.lock"
[variants.plain]
description = "as it is"
[targets.linux-x86_64]
system = "linux"
machine = "x86_64"
libc = "glibc"
policy.plain = "manylinux_2_28_x86_64"
[compile]
flags = ["-O3"]
[compile.extension-bytes]
min = 10
max = 20
[test]
floor = 1
"""

# what is replaced, by what, and what the message has to say: the key, what was found, what is allowed
WRONG = {
    "unknown key at the top": ('pythons = ["3.12", "3.14t"]', 'pythons = ["3.12"]\npyhtons = []', ["pyhtons", "pythons, source"]),
    "unknown key in a table": ("floor = 1", "floor = 1\nroof = 2", ["test.roof", "'roof'", "floor"]),
    "unknown key of a target": ('libc = "glibc"', 'libc = "glibc"\ncpu = "fast"', ["targets.linux-x86_64.cpu", "machine"]),
    "missing table": ("[test]\nfloor = 1", "", ["test", "None", "a table"]),
    "missing key": ('machine = "x86_64"', "", ["targets.linux-x86_64.machine", "None", "an architecture"]),
    "text for a list": ('pythons = ["3.12", "3.14t"]', 'pythons = "3.12"', ["pythons", "'3.12'", "a list such as"]),
    "number in a list of text": ('flags = ["-O3"]', "flags = [3]", ["compile.flags", "[3]", "a list of compiler flags"]),
    "empty text in a list": ('flags = ["-O3"]', 'flags = ["-O3", ""]', ["compile.flags", "a list of compiler flags"]),
    "text for a number": ("floor = 1", 'floor = "1"', ["test.floor", "'1'", "least number of tests"]),
    "bool for a number": ("floor = 1", "floor = true", ["test.floor", "True", "least number of tests"]),
    "float for a number": ("floor = 1", "floor = 1.5", ["test.floor", "1.5", "least number of tests"]),
    "text for a table": ('policy.plain = "manylinux_2_28_x86_64"', 'policy = "any"', ["linux-x86_64.policy", "'any'", "a table"]),
    "table for a text": ('remote = "https://example.invalid/numexpr.git"', "remote = {}", ["source.remote", "{}", "the URL"]),
    "floor of zero": ("floor = 1", "floor = 0", ["test.floor", "0", "1 or more"]),
    "negative size": ("min = 10", "min = -1", ["compile.extension-bytes.min", "-1", "1 or more"]),
    "sizes the wrong way round": ("max = 20", "max = 10", ["compile.extension-bytes.max", "10", "more than min"]),
    "unknown system": ('system = "linux"', 'system = "plan9"', ["linux-x86_64.system", "'plan9'", "linux, macos, windows"]),
    "unknown libc": ('libc = "glibc"', 'libc = "diet"', ["targets.linux-x86_64.libc", "'diet'", "glibc, musl"]),
    "Linux without libc": ('libc = "glibc"', "", ["targets.linux-x86_64.libc", "None", "glibc, musl"]),
    "no platform tag": ("manylinux_2_28_x86_64", "manylinux2014", ["policy.plain", "'manylinux2014'", "manylinux_2_28_x86_64"]),
    "policy of no variant": ("policy.plain", "policy.vlm", ["targets.linux-x86_64.policy.vlm", "plain"]),
    "unknown library": ('description = "as it is"', 'description = ""\nlibrary = "no"', ["variants.plain.library", "'no'"]),
    "library of a variant without one": (
        'libc = "glibc"', 'libc = "glibc"\nlibrary.plain = "mkl-vml"', ["targets.linux-x86_64.library.plain"],
    ),
    "Python 2": ('"3.12"', '"2.7"', ["pythons", "'2.7'", "versions such as"]),
    "Python with a patch number": ('"3.12"', '"3.12.1"', ["pythons", "'3.12.1'", "versions such as"]),
    "Python twice": ('"3.14t"', '"3.12"', ["pythons", "3.12", "each one once"]),
    "no Python": ('pythons = ["3.12", "3.14t"]', "pythons = []", ["pythons", "[]"]),
    "policy of another system": ("manylinux_2_28_x86_64", "win_amd64", ["targets.linux-x86_64.policy.plain", "'win_amd64'"]),
    "policy of another machine": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", ["policy.plain", "_aarch64'"]),
    "exclude of everything": ('"numexpr.lock"', '""\nexclude = ["doc", "*"]', ["source.exclude", "'*'", "takes setup.py"]),
    "exclude of the package": ('"numexpr.lock"', '""\nexclude = ["numexpr"]', ["'numexpr'", "takes numexpr/__init__"]),
    "exclude of the build's rules": ('"numexpr.lock"', '""\nexclude = ["*.toml"]', ["takes pyproject.toml away"]),
    "policy of no glibc there is": ("2_28_x86_64", "2_99_x86_64", ["'manylinux_2_99_x86_64'", "knows is manylinux_2_41_x86_64"]),
    "policy of another major version": ("2_28_x86_64", "9_9_x86_64", ["manylinux_9_9", "knows is manylinux_2_41_x86_64"]),
    "policy that auditwheel lacks": ("2_28_x86_64", "2_30_x86_64", ["'manylinux_2_30_x86_64'", "such as manylinux_2_28_x86_64"]),
    "policy of another libc": ("manylinux_2_28_x86_64", "musllinux_1_2_x86_64", ["policy.plain", "'musllinux_1_2_x86_64'"]),
}  # fmt: skip


def config_of(folder: Path, text: str) -> Config:
    path = folder / "wheels.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_the_repository_s_own_file_is_read(config: Config) -> None:
    assert set(config.variants) == {"plain", "vml"}
    assert config.target("linux-x86_64").policies == {"plain": "manylinux_2_28_x86_64", "vml": "manylinux_2_17_x86_64"}
    assert "-DNDEBUG" in config.compile.flags
    assert config.test_floor == 6000


@pytest.mark.parametrize(("libc", "family"), [("glibc", "manylinux"), ("musl", "musllinux")])
def test_the_versions_of_policies_are_auditwheels(libc: str, family: str) -> None:
    listed = json.loads((files("auditwheel.policy") / f"{family}-policy.json").read_text(encoding="utf-8"))
    names = [one["name"].removeprefix(f"{family}_") for one in listed if one["name"].startswith(f"{family}_")]
    assert VERSIONS[libc] == tuple(names)


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    read = config_of(tmp_path, GOOD)
    assert (read.source.exclude, read.compile.link_flags, read.targets["linux-x86_64"].zig) == ((), (), "")
    assert read.variants["plain"].library == ""


@pytest.mark.parametrize(("old", "new", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, GOOD.replace(old, new))
    for word in ("wheels.toml", "found", "allowed", *said):
        assert word in str(caught.value)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"wheels\.toml: not TOML: .*line 2"):
        config_of(tmp_path, "pythons = []\nsource = =")


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "wheels.toml").write_bytes(b'pythons = ["\xff"]')
    with pytest.raises(ConfigError, match=r"wheels\.toml: not UTF-8 at byte 12"):
        read_config(tmp_path / "wheels.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"wheels\.toml is missing"):
        read_config(tmp_path / "wheels.toml")


def test_an_unknown_target_is_answered_with_those_there_are(config: Config) -> None:
    with pytest.raises(RequestError, match=r"no target 'amiga'; it has linux-x86_64"):
        config.target("amiga")


def test_a_variant_that_a_target_has_not_got_says_so(config: Config) -> None:
    with pytest.raises(RequestError, match=r"windows-win32 has no vml variant.*it has plain"):
        config.policy(config.target("windows-win32"), "vml")


@pytest.mark.parametrize("value", [True, 1, "x", [], {}])
def test_a_table_gives_a_value_only_for_its_own_type(value: object) -> None:
    table = Table("f.toml", "here", {"key": value})
    for kind in (int, str, list, dict):
        if type(value) is kind:
            assert table.get("key", kind, "meaning") == value
        else:
            with pytest.raises(ConfigError, match=r"f\.toml: here\.key: found .*; allowed: meaning"):
                table.get("key", kind, "meaning")


def test_a_table_without_named_tables_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one table"):
        Table("f.toml", "", {"targets": {}}).tables("targets")


@pytest.mark.parametrize("name", ["wheels.toml", "numexpr.lock"])
def test_messages_name_the_file_and_not_the_machine(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a = ", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_toml(tmp_path / name)
    assert name in str(caught.value)
    assert str(ROOT) not in str(caught.value)


def test_a_target_is_spared_the_flags_that_its_compiler_cannot_take(config: Config) -> None:
    everywhere, spared = config.target("linux-x86_64"), config.target("windows-arm64")
    assert config.compile.flags_for(everywhere) == config.compile.flags
    assert set(config.compile.flags) - set(config.compile.flags_for(spared)) == set(spared.without_flags) != set()
