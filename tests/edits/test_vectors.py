"""The edits that every language has to make alike."""

from __future__ import annotations

import json

import pytest

from geogrid.core.actions import ACTIONS
from tests.edits.vectors import EDITS, FILE, LANDS, made, read_land, written_land

VECTORS = json.loads(FILE.read_text(encoding="utf-8"))
RESULTS = ("refused", "changed", "noded", "removed", "heirs")


@pytest.mark.parametrize("vector", VECTORS["edits"], ids=lambda vector: vector["name"])
def test_the_edit_makes_of_the_land_what_is_written(vector):
    land = read_land(VECTORS["lands"][vector["land"]])
    expected = {key: vector[key] for key in RESULTS if key in vector}
    assert made(land, vector["action"], vector["params"]) == expected


def test_lands_are_written_and_read_alike():
    for name, land in LANDS.items():
        assert VECTORS["lands"][name] == written_land(land)
        assert written_land(read_land(VECTORS["lands"][name])) == written_land(land)


def test_every_action_has_vectors_and_none_is_left_out_of_the_file():
    assert {vector["action"] for vector in VECTORS["edits"]} == set(ACTIONS)
    assert [vector["name"] for vector in VECTORS["edits"]] == [name for name, *_ in EDITS]
