"""Boxes that no border meets are of one leaf or of none: against whole numbers, in drawn worlds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from geogrid.core.lattice import to_degrees, to_lattice
from geogrid.core.locator import Locator, PointIndex, building
from geogrid.core.locator.boxes import MANY
from tests.core.locator.worlds import hard_points, worlds

SEEDS = st.integers(0, 2**32 - 1)


def boxes_around(points, chance, size):
    """Give closed boxes with the points as corners or inside, some of them points themselves."""
    most = max(size // 4, 1)
    spread = chance.choice([0, 1, 2, max(most // 8, 1), most], (2, *points.shape))
    low, high = points - spread[0], points + spread[1]
    limit = np.array([18 * 10**9, 9 * 10**9])
    return np.concatenate([np.clip(low, -limit, limit), np.clip(high, -limit, limit)], axis=1)


def meets(ax, ay, bx, by, west, south, east, north):
    """Tell by whole numbers whether an edge meets a closed box."""
    if max(ax, bx) < west or min(ax, bx) > east or max(ay, by) < south or min(ay, by) > north:
        return False
    corners = [(west, south), (east, south), (east, north), (west, north)]
    turns = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in corners]
    return not (min(turns) > 0 or max(turns) < 0)


def expected(world, one, edges):
    """Give the codes that hold a box without a border in it; None if there is one."""
    if any(meets(*a, *b, *one) for a, b in edges):
        return None
    return world.oracle.touch_at(one[0], one[1]).codes


@given(worlds(most=3), SEEDS, st.sampled_from([4, 48]))
@settings(max_examples=30, deadline=None)
def test_what_is_said_of_a_box_is_what_whole_numbers_say(world, seed, heavy):
    if not world.rings:
        return
    chance = np.random.default_rng(seed)
    points = chance.permutation(hard_points(world, chance=chance, random=50))[:40]
    asked = boxes_around(points, chance, int(np.ptp(points, axis=0).max()))
    land = world.land()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "HEAVY", heavy)
        leaves = Locator.of(land).leaves
        cells = PointIndex.of(leaves.shapes, leaves.cell).cells_of_boxes(asked).tolist()
    edges = [(a, b) for rings in world.rings.values() for ring in rings for a, b in itertools.pairwise(ring)]
    for one, cell in zip(asked.tolist(), cells, strict=True):
        holders = expected(world, one, edges)
        if cell == MANY:
            continue
        assert holders is not None
        assert holders == ((land.code[cell],) if cell >= 0 else ())


def test_most_boxes_without_a_border_are_told():
    squares = np.array([box(x, y, x + 1, y + 1) for x in range(20) for y in range(20)])
    index = PointIndex.of(squares)
    low = np.random.default_rng(1).uniform(0, 19.9, (5_000, 2))
    asked = to_lattice(np.concatenate([low, low + 0.05], axis=1))
    clear = (np.floor(asked[:, :2] / 1e8) == np.floor(asked[:, 2:] / 1e8)).all(axis=1)
    clear &= (asked[:, :2] % 10**8 != 0).all(axis=1) & (asked[:, 2:] % 10**8 != 0).all(axis=1)
    cell = index.cells_of_boxes(asked)
    assert ((cell >= 0) == clear).all()
    assert (cell[clear] == index.first(low[clear])[0]).all()


def test_a_box_that_reaches_beyond_the_raster_or_over_too_much_is_not_told():
    index = PointIndex.of(np.array([box(0, 0, 1, 1), box(50, 50, 51, 51)]))
    asked = to_lattice(np.array([[-1, -1, 0.5, 0.5], [0.2, 0.2, 40, 40], [-180, -90, 180, 90]]))
    assert index.cells_of_boxes(asked).tolist() == [MANY] * 3
    assert index.cells_of_boxes(np.empty((0, 4), dtype=np.int64)).tolist() == []


def test_crowded_squares_are_looked_into():
    # Fifty wedges meet in one point: the squares there are divided again and again.
    angle = np.linspace(0, 2 * np.pi, 51)
    rim = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    wedges = [Polygon([(0, 0), a, b]) for a, b in itertools.pairwise(rim)]
    index = PointIndex.of(np.array(wedges))
    middle = (angle[:-1] + angle[1:]) / 2
    at = to_lattice(0.3 * np.stack([np.cos(middle), np.sin(middle)], axis=1))
    assert index.cells_of_boxes(np.concatenate([at - 5, at + 5], axis=1)).tolist() == list(range(50))
    assert index.cells_of_boxes(np.array([[-5, -5, 5, 5]])).tolist() == [MANY]


def test_edges_of_twenty_degrees_in_a_land_round_the_earth_are_seen_from_afar():
    """Squares are wider than 21° here: 64 bits are too few for what the far side of one sees."""
    corners = [box(-180, -90, -179, -89), box(179, 89, 180, 90)]
    plain = PointIndex.of(np.array(corners))
    x0, y0, kx, ky = plain.grid[:4].tolist()
    assert kx > 30
    west, south = to_degrees(np.array([x0 + (4 << kx), y0 + (2 << ky)]))
    slanting = [(-10.7, -10.7), (42.9, -10.7), (42.9, 10.7), (0.5, 10.7)]
    cell = Polygon([(west + x, south + y) for x, y in slanting])
    index = PointIndex.of(np.array([*corners, cell]))
    points = np.random.default_rng(0).uniform([west, south - 10], [west + 42, south + 10], (20_000, 2))
    inside = shapely.contains_xy(cell, points[:, 0], points[:, 1])
    assert ((index.first(points)[0] == 2) == inside).all()
