"""An index of the land before, with what an edit changed laid over it, answers like one of the land after."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import shapely

from geogrid.core.actions import action_of
from geogrid.core.coverage import Coverage
from geogrid.core.errors import BadInput, EditRefused
from geogrid.core.land import LandLevel
from geogrid.core.locator import Locator, patch_of, renewal_of
from tests.edits.making import Ids, coverage_of, named, random_edit

LEVELS = [
    LandLevel("city", "partition", -1),
    LandLevel("street", "partition", 0),
    LandLevel("zone", "partition", 1),
    LandLevel("site", "partial", 2),
]


def answers(index, points):
    """Give all that an index tells of points, by the idents of cells."""
    found = index.points(points)
    table = index.cells
    ident = [None if cell < 0 else table.uuid(cell) for cell in found.leaf.tolist()]
    touching = [sorted(table.uuid(cell) for cell in found.touching(n)) for n in range(len(points))]
    chains = [
        [None if cell < 0 else (table.uuid(cell), table.code(cell)) for cell in row]
        for row in index.on_levels(found.leaf).tolist()
    ]
    return list(zip(ident, found.on_edge.tolist(), found.reason.tolist(), touching, chains, strict=True))


def places(random, *coverages):
    """Give points all over the lands, on their corners, and close beside these."""
    shapes = [cell.shape for one in coverages for cell in one.cells.values() if cell.shape is not None]
    corners = shapely.get_coordinates(shapes)
    west, south, east, north = shapely.total_bounds(shapes)
    chance = np.random.default_rng(random.randrange(2**32))
    anywhere = chance.uniform((west, south), (east, north), (400, 2))
    picked = corners[chance.integers(0, len(corners), 400)]
    return np.concatenate([anywhere, picked, picked + chance.integers(-2, 3, picked.shape) * 1e-8])


def some_sites(seed):
    """Make a land whose zones have sites here and there."""
    whole = coverage_of(seed, levels=LEVELS)
    chance = Random(seed)
    return Coverage.of(LEVELS, [c for c in whole.cells.values() if c.level < 3 or chance.random() < 0.4])


@pytest.mark.parametrize("sites", [False, True], ids=["zones", "sites"])
@pytest.mark.parametrize("seed", range(6))
def test_a_renewed_index_answers_like_a_new_one(seed, sites):
    random = Random(seed)
    coverage = some_sites(seed) if sites else coverage_of(seed)
    index = Locator.of(coverage.land).index("0")
    renewed, anew = 0, 0
    for number in range(30):
        action, params = random_edit(random, coverage)
        try:
            change = named(action_of(action, params)(coverage, Ids(random)), coverage, random)
        except (EditRefused, BadInput):
            continue
        after = change.apply(coverage)
        renewal = renewal_of(coverage, after, [one.ident for one in change.cells])
        patch = renewal and patch_of(index, renewal.gone, renewal.new, f"{number}")
        fresh = Locator.of(after.land).index("fresh")
        renewed, anew = renewed + bool(patch), anew + (not patch)
        index = index.patched(patch) if patch else fresh
        points = places(random, coverage, after)
        assert answers(index, points) == answers(fresh, points), (number, action)
        coverage = after
    assert renewed >= 3
