"""A published land and a layer, for the tests of features."""

from __future__ import annotations

import pytest

from layers.models import Layer
from tests.layers.lands import Land, five_lots, new_layer, new_scheme


@pytest.fixture
def land(db) -> Land:
    """The five lots, published long ago."""
    land = new_scheme()
    land.publish(five_lots())
    return land


@pytest.fixture
def things(db) -> Layer:
    return new_layer("thing")
