"""A ground that remembers gives the answers of the ground behind it, and asks it less often."""

from __future__ import annotations

import json
from random import Random

import pytest
import shapely

from geogrid.core.actions import action_of, perform
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.remembering import Remembered
from tests.edits.making import Ids, coverage_of, random_edit


class Counted:
    """A ground that counts how often it is asked."""

    def __init__(self, ground):
        self._ground, self.asked = ground, 0

    def __getattr__(self, name):
        found = getattr(self._ground, name)
        if not callable(found):
            return found

        def ask(*arguments):
            self.asked += 1
            return found(*arguments)

        return ask


def of(cells):
    return sorted(cell.code for cell in cells)


@pytest.mark.parametrize("seed", range(6))
def test_the_answers_are_those_of_the_ground_however_often_it_is_asked(seed):
    coverage, random = coverage_of(seed), Random(seed)
    remembered = Remembered(coverage)
    cells = list(coverage.cells.values())
    for _ in range(60):
        cell = random.choice(cells)
        west, south, east, north = cell.shape.bounds
        share = random.choice([-0.4, 0, 0.3])
        wide, high = share * (east - west), share * (north - south)
        box = (west - wide, south - high, east + wide, north + high)
        assert of(remembered.meeting(box)) == of(coverage.meeting(box))
        idents = [random.choice(cells).ident for _ in range(3)]
        assert remembered.by_ident(idents) == coverage.by_ident(idents)
        assert of(remembered.children(set(idents))) == of(coverage.children(set(idents)))
        codes = [random.choice(cells).code, "none"]
        assert remembered.by_code(codes) == coverage.by_code(codes)
        assert of(remembered.of_level(cell.level)) == of(coverage.of_level(cell.level))


@pytest.mark.parametrize("seed", range(6))
def test_an_edit_is_the_same_and_asks_less(seed):
    coverage, random = coverage_of(seed), Random(seed)
    plain, counted = Counted(coverage), Counted(coverage)
    for number in range(12):
        action, params = random_edit(random, coverage)
        outcomes = []
        for ground in (plain, Remembered(counted)):
            try:
                change, audit = perform(
                    action_of(action, json.loads(json.dumps(params))),
                    ground,
                    Ids(Random(number)),
                    tolerance=Tolerance(),
                )
                outcomes.append((change, [one.ident for one in audit.found]))
            except (EditRefused, BadInput) as refusal:
                outcomes.append(refusal.code)
        assert outcomes[0] == outcomes[1]
    assert counted.asked < plain.asked


def test_a_place_beyond_what_was_read_is_read():
    coverage = coverage_of(3)
    counted = Counted(coverage)
    remembered = Remembered(counted)
    west, south, east, north = shapely.total_bounds([cell.shape for cell in coverage.cells.values()])
    corner = (west, south, west + 0.01, south + 0.01)
    remembered.meeting(corner)
    remembered.meeting(corner)
    assert counted.asked == 1
    assert of(remembered.meeting((west, south, east, north))) == of(coverage.cells.values())
    assert counted.asked == 2
