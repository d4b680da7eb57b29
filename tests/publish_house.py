"""What the tests of publishing share: a checkout with a small wheelhouse that is whole, with all records."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.core.files import sha256_of
from scripts.core.layout import Layout, layout_of
from scripts.core.record import PASSED, Input, Outcome, Plan, key_of, statement, write_record
from scripts.publish.transfer import Patience
from tests.helpers import ROOT, record_row

COMMIT = "3b5ddaad460a1cb65ca8f2c80c3bd6d6b173438a"
VERSION = "2.14.2"
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
NOT_WAITING = Patience(tries=3, first_seconds=0.0, sleep=lambda _: None)

TOML = """
pythons = {pythons}
[source]
remote = "https://example.invalid/numexpr.git"
lock = "numexpr.lock"
[variants.plain]
description = "numexpr as upstream releases it"
[variants.vml]
description = "linked against a vector maths library"
library = "mkl-vml"
[targets.linux-x86_64]
system = "linux"
machine = "x86_64"
libc = "glibc"
policy.plain = "manylinux_2_28_x86_64"
policy.vml = "manylinux_2_17_x86_64"
[compile]
flags = ["-O3"]
[compile.extension-bytes]
min = 1
max = 2_000_000
[test]
floor = 6000
"""
METADATA = """Metadata-Version: 2.1
Name: numexpr
Version: {version}
Summary: Fast numerical expression evaluator for NumPy
Requires-Python: >=3.11
Description-Content-Type: text/x-rst

NumExpr
=======

A small one.
"""


@dataclass(frozen=True, kw_only=True)
class House:
    """A checkout of a kind, with a wheelhouse that is whole for the plain variant."""

    layout: Layout

    @property
    def wheelhouse(self) -> Path:
        return self.layout.wheelhouse

    def wheels(self, variant: str = "plain") -> list[Path]:
        return sorted((self.wheelhouse / variant).glob("*.whl"))

    def files(self) -> list[Path]:
        """The files of a plain release: five wheels and the sdist."""
        return [*self.wheels(), *(self.wheelhouse / "sdist").glob("*.tar.gz")]


def make_wheel(
    folder: Path, python: str, variant: str = "plain", *, version: str = VERSION, more: Mapping[str, bytes] | None = None,
    platform: str = "",
) -> Path:  # fmt: skip
    """Write a small wheel that installs anywhere pip is told to ignore tags, and passes twine check --strict."""
    digits = python.rstrip("t").replace(".", "")
    platform = platform or ("manylinux_2_28_x86_64" if variant == "plain" else "manylinux_2_17_x86_64")
    tag = f"cp{digits}-cp{digits}{'t' if python.endswith('t') else ''}-{platform}"
    info = f"numexpr-{version}.dist-info"
    content = {
        "numexpr/__init__.py": f"variant = {variant!r}\n\ndef evaluate(text):\n    return eval(text)\n".encode(),
        f"numexpr/interpreter.cpython-{digits}.so": f"{python} {variant}".encode(),
        **({"numexpr.libs/libnumexpr-vml-1234.so": b"vml" * 100} if variant == "vml" else {}),
        **(more or {}),
        f"{info}/METADATA": METADATA.format(version=version).encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"numexpr-{version}-{tag}.whl"
    rows = [record_row(name, data) for name, data in content.items()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return path


def make_sdist(folder: Path, version: str = VERSION) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"numexpr-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (
            ("PKG-INFO", METADATA.format(version=version)),
            ("pyproject.toml", "[build-system]\nrequires = []\n"),
        ):
            member = tarfile.TarInfo(f"numexpr-{version}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return path


def write_stage(
    path: Path, stage: str, plan: Plan, subject: Mapping[str, str], facts: Mapping[str, Any], status: str = PASSED
) -> None:
    """Write the record of a stage beside a product, as the stage itself would."""
    outcome = Outcome(status=status, seconds=1.0, facts=facts)
    write_record(
        path.with_name(f"{path.name}.{stage}.json"),
        statement(plan, subject, outcome, log=None, started=1784370553.0, run="a-run"),
    )


def write_chain(
    wheel: Path, python: str, variant: str = "plain", *, stages: tuple[str, ...] = ("build", "repair", "test"),
    how: str = "native", passed: int = 6042, failures: tuple[str, ...] = (), status: str = PASSED,
    arguments: tuple[str, ...] = (), commit: str = COMMIT,
) -> None:  # fmt: skip
    """Write the records that build, repair and test leave beside a wheel."""
    cell = f"cp{python.replace('.', '')}-linux-x86_64-{variant}"
    digest = sha256_of(wheel)
    source = Input(name="numexpr", digest=commit, algorithm="gitCommit")
    raw_name, raw_digest = wheel.name.replace("manylinux", "linux"), hashlib.sha256(wheel.name.encode()).hexdigest()
    asked = {"variant": variant, "target": "linux-x86_64"}
    built = Plan(stage="build", cell=cell, asked={**asked, "python": python}, settings={}, inputs=(source,))
    repaired = Plan(
        stage="repair", cell=cell, asked={**asked, "policy": "a"}, settings={},
        inputs=(source, Input(name=raw_name, digest=raw_digest), Input(name="build key", digest=key_of(built.definition()))),
    )  # fmt: skip
    tested = Plan(
        stage="test", cell=cell, settings={"floor": 6000}, inputs=(Input(name=wheel.name, digest=digest),),
        asked={"variant": variant, "numpy": "newest", "pytest-arguments": list(arguments), "from-elsewhere": False},
    )  # fmt: skip
    suite = {"tests": passed + len(failures), "passed": passed, "skipped": 0, "failures": list(failures)}
    if "build" in stages:
        write_stage(wheel, "build", built, {raw_name: raw_digest}, {})
    if "repair" in stages:
        write_stage(wheel, "repair", repaired, {wheel.name: digest}, {"bytes": wheel.stat().st_size})
    if "test" in stages:
        facts = {"how": how, "numpy": "2.4.6", "vml": "", "suite": suite, "bytes": wheel.stat().st_size}
        write_stage(wheel, "test", tested, {wheel.name: digest}, facts, status)


def write_sdist_record(path: Path, commit: str = COMMIT) -> None:
    plan = Plan(
        stage="sdist", cell="sdist", asked={}, settings={}, inputs=(Input(name="numexpr", digest=commit, algorithm="gitCommit"),)
    )
    write_stage(path, "sdist", plan, {path.name: sha256_of(path)}, {"bytes": path.stat().st_size})


def make_house(root: Path, pythons: tuple[str, ...] = PYTHONS, variants: tuple[str, ...] = ("plain",)) -> House:
    """Make a checkout whose wheelhouse has every wheel of the variants, and the sdist, with all records."""
    (root / "vendor" / "mkl-vml").mkdir(parents=True)
    (root / "wheels.toml").write_text(TOML.format(pythons=list(pythons)), encoding="utf-8")
    shutil.copy(ROOT / "numexpr.lock", root / "numexpr.lock")
    layout = layout_of(root, {"NUMEXPR_WHEELS_CACHE": str(root / "cache")})
    for variant in variants:
        for python in pythons:
            write_chain(make_wheel(layout.wheelhouse / variant, python, variant), python, variant)
    write_sdist_record(make_sdist(layout.wheelhouse / "sdist"))
    return House(layout=layout)


def tree(folder: Path) -> dict[str, str]:
    """Return the files below a folder and their sha256, without lock files."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
