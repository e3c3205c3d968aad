"""Millions of points of real and made lands against shapely's exact predicates and the rule."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.lattice import snap, to_degrees, to_lattice
from geogrid.core.locator import CellIndex, Locator
from tests.core.lands import land_of
from tests.core.locator.test_patches import Town
from tests.core.locator.worlds import raster_points
from tests.property.test_real_edits import WHOLE, read_land

POINTS = 1_700_000
AT_ONCE = 200_000


def in_steps(shapes):
    """Give polygons in lattice steps, which doubles hold: then GEOS's predicates are exact as well."""
    return shapely.transform(shapes, lambda lonlat: to_lattice(lonlat).astype(np.float64))


def by_shapely(shapes, steps):
    """Give the first closed polygon that holds each point, -1 for none, and whether it is on a border."""
    tree = shapely.STRtree(in_steps(shapes))
    first, on_edge = np.full(len(steps), len(shapes)), np.zeros(len(steps), dtype=bool)
    held, inside = np.zeros(len(steps), dtype=int), np.zeros(len(steps), dtype=int)
    for begin in range(0, len(steps), AT_ONCE):
        points = shapely.points(steps[begin : begin + AT_ONCE].astype(np.float64))
        point, polygon = tree.query(points, predicate="intersects")
        np.minimum.at(first, begin + point, polygon)
        np.add.at(held, begin + point, 1)
        # A point is within a polygon if it is in it and not on its border.
        np.add.at(inside, begin + tree.query(points, predicate="within")[0], 1)
    on_edge = held > inside
    return np.where(held > 0, first, -1), on_edge


def adversaries(locator, index, count, seed):
    """Give points in degrees: vertices, on edges, beside both, on raster lines, and anywhere."""
    chance = np.random.default_rng(seed)
    lonlat, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(locator.leaves.shapes)), return_index=True
    )
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    chosen = chance.choice(edge, count // 5)
    # Where an edge is, computed in doubles: a bit off.
    along = lonlat[chosen] + chance.random((len(chosen), 1)) * (lonlat[chosen + 1] - lonlat[chosen])
    middles = (lonlat[chosen] + lonlat[chosen + 1]) / 2
    vertices = lonlat[chance.choice(len(lonlat), count // 5)]
    ulp = np.nextafter(vertices, vertices + chance.choice([-1.0, 1.0], vertices.shape))
    steps = to_degrees(to_lattice(vertices) + chance.integers(-1, 2, vertices.shape))
    raster = chance.permutation(to_degrees(raster_points(index.leaves.grid, most=500)))[: count // 10]
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    margin = (high - low) / 50
    some = np.concatenate([along, middles, vertices, ulp, steps, raster])
    anywhere = chance.uniform(low - margin, high + margin, (max(count - len(some), count // 5), 2))
    return np.concatenate([some, anywhere])


def made_town():
    town = Town(100, 3)
    for _ in range(400):
        town.edit()
    world = town.world()
    rows = [
        (c, "cell", "", shapely.build_area(shapely.MultiLineString(_lines(r))))
        for c, r in world.rings.items()
    ]
    return land_of([("cell", "partition")], rows, noded=False)


def _lines(rings):
    return [to_degrees(np.array(ring)) for ring in rings]


def agrees(land, seed):
    locator = Locator.of(land)
    index = CellIndex.from_buffer(locator.index("a").buffer)
    lonlat = adversaries(locator, index, POINTS, seed)
    number, on_edge = by_shapely(locator.leaves.shapes, to_lattice(lonlat))
    leaf = np.append(locator.leaves.cell, -1)[number]
    for found in (locator.points(lonlat), index.points(lonlat)):
        assert (found.leaf != leaf).sum() == 0
        assert (found.on_edge != on_edge).sum() == 0
    assert on_edge.sum() > POINTS // 10
    return len(lonlat)


@pytest.mark.long
@pytest.mark.shared_data
@pytest.mark.parametrize("land", WHOLE, ids=lambda land: land.name)
def test_points_of_real_land_are_where_exact_predicates_say(land, shared_data):
    assert agrees(read_land(land, shared_data).land, 1) >= POINTS


@pytest.mark.long
def test_points_of_a_made_land_are_where_exact_predicates_say():
    assert agrees(made_town(), 2) >= POINTS


@pytest.mark.long
def test_points_of_a_land_of_discs_that_overlap_are_where_exact_predicates_say():
    chance = np.random.default_rng(4)
    discs = shapely.buffer(shapely.points(chance.uniform(20, 21, (600, 2))), 0.03, quad_segs=20)
    rows = [(f"{n}", "cell", "", shapely.transform(disc, snap)) for n, disc in enumerate(discs)]
    assert agrees(land_of([("cell", "partition")], rows, noded=False), 3) >= POINTS
