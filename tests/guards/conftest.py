"""A scheme whose cells the tests write by hand."""

from __future__ import annotations

import pytest

from tests.guards.raw import RawLand, new_land


@pytest.fixture
def land(db) -> RawLand:
    """Three levels, city, town and zone, each a partition, and no cells."""
    return new_land()
