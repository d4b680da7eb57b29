"""What unit and pipeline tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.config import Config, Target, read_config
from scripts.core.context import Context
from scripts.core.environments import this_maker
from scripts.core.layout import Layout, layout_of
from scripts.core.request import Request
from scripts.core.source_lock import SourceLock, read_source_lock
from tests.helpers import FOREIGN, ROOT


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def config() -> Config:
    return read_config(ROOT / "wheels.toml")


@pytest.fixture(scope="session")
def lock() -> SourceLock:
    return read_source_lock(ROOT / "numexpr.lock")


@pytest.fixture
def target(config: Config) -> Target:
    return config.target("linux-x86_64")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty checkout with a cache of its own."""
    return layout_of(tmp_path / "checkout", {"NUMEXPR_WHEELS_CACHE": str(tmp_path / "cache")})


@pytest.fixture
def context(layout: Layout, config: Config, lock: SourceLock) -> Context:
    """A run in the empty checkout that asks for nothing special."""
    return Context(layout=layout, config=config, lock=lock, request=Request(), maker=this_maker(layout), run="a-run")
