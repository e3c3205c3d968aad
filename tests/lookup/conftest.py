"""A town with all that an answer can hold, and the files of its editions in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaries.models import Level
from tests.api.conftest import ask, get, unlimited  # noqa: F401 -- fixtures
from tests.api.town import Town, cells_put, make_town, publish
from tests.layers.lands import box


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    """Where the files of the editions are."""
    settings.LOCATORS_DIR = tmp_path / "locators"
    return settings.LOCATORS_DIR


@pytest.fixture
def town(db: None) -> Town:
    """City and lots with a gap, two estates (partial) in a lot and between two, two sites beside."""
    return furnished(make_town())


def furnished(town: Town) -> Town:
    lot = town.scheme.levels.get(code="lot")
    for ordinal, (code, rule) in enumerate((("estate", "partial"), ("site", "site")), 2):
        Level.objects.create(
            scheme=town.scheme, code=code, ordinal=ordinal, name_zh=code, name_en=code, rule=rule, parent=lot
        )
    estates = {"E1": box(0.2, 0.2, 0.6, 0.6), "E2": box(1.5, 0, 2, 0.5)}
    draft = cells_put(town.scheme, "more", "estate", estates)
    cells_put(town.scheme, "more", "site", {"S": box(0.4, 0.4, 1.2, 0.8), "T": box(1.1, 0.1, 1.3, 0.9)})
    publish(draft, accept_gaps="a lake")
    return town
