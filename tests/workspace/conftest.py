"""The peopled land."""

from __future__ import annotations

import pytest

from tests.workspace.lands import Peopled, peopled_land


@pytest.fixture
def peopled(db) -> Peopled:
    return peopled_land()
