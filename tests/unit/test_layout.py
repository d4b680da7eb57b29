"""Everything lies in the checkout or in the person's cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.core.layout import Layout, layout_of, this_layout
from tests.helpers import ROOT

PROPERTIES = [name for name, value in vars(Layout).items() if isinstance(value, property)]


def test_this_checkout_is_the_one_of_the_code() -> None:
    assert this_layout().root == ROOT


def test_the_cache_can_be_moved(tmp_path: Path) -> None:
    assert layout_of(tmp_path, {"NUMEXPR_WHEELS_CACHE": str(tmp_path / "c")}).cache == tmp_path / "c"
    assert layout_of(tmp_path, {"NUMEXPR_WHEELS_CACHE": "~/c"}).cache == (Path.home() / "c").resolve()


@pytest.mark.parametrize("environ", [{}, {"NUMEXPR_WHEELS_CACHE": ""}])
def test_without_a_wish_the_cache_is_where_the_system_has_caches(tmp_path: Path, environ: dict[str, str]) -> None:
    cache = layout_of(tmp_path, environ).cache
    assert cache.is_absolute()
    assert not cache.is_relative_to(tmp_path)
    assert "numexpr-wheels" in str(cache)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_place_is_in_the_checkout_or_in_the_cache(layout: Layout, name: str) -> None:
    place = getattr(layout, name)
    assert place.is_relative_to(layout.root) != place.is_relative_to(layout.cache)


def test_paths_are_shown_as_a_person_would_type_them(layout: Layout) -> None:
    assert layout.shown(layout.wheelhouse / "plain") == str(Path("wheelhouse/plain"))
    assert layout.shown(layout.cache) == str(layout.cache)
