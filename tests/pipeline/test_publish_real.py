"""A real numexpr wheel all the way: built, repaired, tested here, staged, promoted, installed by pip and uv, and it computes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.core.context import context_of
from scripts.core.errors import WheelsError
from scripts.core.layout import layout_of
from scripts.core.request import Request
from scripts.publish.artifact import admit
from scripts.publish.candidates import rules_of
from scripts.publish.settings import upload_settings
from scripts.stages.promote import promote
from scripts.stages.upload import upload
from tests.helpers import ROOT
from tests.publish_house import NOT_WAITING, tree
from tests.publish_servers import SECRET, pypiserver, quiet_environment, static_server, uv_program

COMPUTE = "import numexpr, numpy; print(numexpr.evaluate('2*a + 3', {'a': numpy.arange(4.0)}).tolist(), numexpr.use_vml)"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
BUILD_SECONDS = 900


def _checkout(tmp_path: Path) -> Path:
    """Copy what the stages need of this repository; the person's cache is used as it is."""
    root = tmp_path / "checkout"
    ignore = shutil.ignore_patterns("build", "wheelhouse", ".git", ".nox", "__pycache__", ".*_cache", ".pytest_cache")
    shutil.copytree(ROOT, root, ignore=ignore)
    return root


def _intact(wheelhouse: Path, root: Path) -> list[Path]:
    context = context_of(layout_of(root), Request())
    rules = rules_of(context, upload_settings(context.layout.config))
    found = []
    for wheel in sorted(wheelhouse.glob(f"plain/*-cp{PYTHON.replace('.', '')}-*.whl")):
        try:
            found.append(admit(wheel, rules).path)
        except WheelsError:
            continue
    return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a real wheel in its wheelhouse: this one's if it is intact, else one that is built now."""
    root = _checkout(tmp_path_factory.mktemp("real"))
    there = _intact(ROOT / "wheelhouse", root)
    if there:
        (root / "wheelhouse" / "plain").mkdir(parents=True)
        for path in there[0].parent.glob(f"{there[0].name}*"):
            shutil.copy(path, root / "wheelhouse" / "plain")
        return root
    for stage in ("checkout", "build", "repair", "test"):
        cell = ["--python", PYTHON, "--variant", "plain"] if stage != "checkout" else []
        ended = subprocess.run(
            [sys.executable, "-m", "scripts", stage, *cell],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        if ended.returncode:
            pytest.skip(f"no numexpr wheel can be built here: {ended.stdout[-500:]}")
    return root


def _install(tool: str, environment: Path, words: list[str]) -> None:
    python = environment / "bin" / "python"
    chosen = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-cache-dir"]
    if tool == "uv":
        chosen = [str(uv_program()), "pip", "install", "--no-cache", "--python", str(python)]
    # numpy is taken from pip's usual index or cache; numexpr comes from where the test says.
    ended = subprocess.run([*chosen, *words], capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_from_the_wheelhouse_to_a_computation(checkout: Path, tmp_path: Path, tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if tool == "uv" and uv_program() is None:
        pytest.skip("uv is neither in this environment nor on PATH")
    layout = layout_of(checkout)
    staging = tmp_path / "staging"
    assert len(upload(layout, ["--to", str(staging), "--yes", "--partial", "--variant", "plain"]).sent) == 1
    monkeypatch.setenv("TWINE_USERNAME", "manager")
    monkeypatch.setenv("TWINE_PASSWORD", SECRET)
    subprocess.run(
        [sys.executable, "-m", "virtualenv", "-q", "--no-periodic-update", str(tmp_path / "environment")], check=True, timeout=120
    )
    _install("pip", tmp_path / "environment", ["--only-binary", ":all:", "numpy"])
    for name, value in quiet_environment().items():
        monkeypatch.setenv(name, value)
    with static_server(staging) as source, pypiserver(tmp_path / "index") as (url, packages):
        words = ["numexpr", "2.14.2", "--from", source, "--to", url, "--yes", "--partial"]
        assert len(promote(layout, words, NOT_WAITING).sent) == 1
        (name,) = tree(packages)
        assert tree(packages)[name] == tree(staging)[f"plain/files/{name}"]
        private = url.replace("//", f"//manager:{SECRET.replace('/', '%2f')}@")
        for index in (f"{source}plain/simple/", f"{private}simple/"):
            _install(
                tool,
                tmp_path / "environment",
                ["--reinstall" if tool == "uv" else "--force-reinstall", "--no-deps", "--index-url", index, "numexpr==2.14.2"],
            )
            python = tmp_path / "environment" / "bin" / "python"
            said = subprocess.run(
                [python, "-I", "-c", COMPUTE], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
            )
            assert said.stdout.strip() == "[3.0, 5.0, 7.0, 9.0] False"
