"""Every point in the leaf that whole numbers give it: in drawn worlds, on edges, corners, raster lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geogrid.core.lattice import to_degrees, to_lattice
from geogrid.core.locator import Locator, PointIndex, building
from geogrid.core.locator import points as points_module
from tests.core.lands import land_of
from tests.core.locator.worlds import World, expected, hard_points, raster_points, rings_of, told, worlds

SEEDS = st.integers(0, 2**32 - 1)


def asked(world, points):
    land = world.land()
    return told(Locator.of(land).points(to_degrees(points)), lambda cell: land.code[cell])


@given(worlds(), SEEDS)
@settings(max_examples=80, deadline=None)
def test_every_hard_point_is_where_whole_numbers_say(world, seed):
    points = hard_points(world, chance=np.random.default_rng(seed), random=100)
    assert asked(world, points) == expected(world, points)


@given(worlds(), SEEDS)
@settings(max_examples=60, deadline=None)
def test_points_on_raster_lines_and_corners_are_where_whole_numbers_say(world, seed):
    if world.rings:
        index = PointIndex.of(Locator.of(world.land()).leaves.shapes)
        points = raster_points(index.grid)
        points = np.random.default_rng(seed).permutation(points)[:600]
        assert asked(world, points) == expected(world, points)


@given(worlds(most=3), SEEDS)
@settings(max_examples=60, deadline=None)
def test_squares_within_squares_answer_like_squares(world, seed):
    points = hard_points(world, chance=np.random.default_rng(seed), random=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "HEAVY", 4)
        assert asked(world, points) == expected(world, points)


@given(st.integers(1, 400), SEEDS)
@settings(max_examples=40, deadline=None)
def test_rings_that_cross_anywhere_go_by_the_even_odd_rule(corners, seed):
    chance = np.random.default_rng(seed)
    scale = int(chance.choice([1, 1000, 10**7, 7 * 10**9 // 10]))
    ring = chance.integers(-12, 13, (corners + 2, 2)) * scale
    if len(np.unique(ring, axis=0)) < 3:
        return
    closed = [tuple(p) for p in [*ring.tolist(), ring[0].tolist()]]
    world = World({"a": [closed]})
    points = hard_points(world, chance=chance, random=200)
    points = chance.permutation(points)[:500]
    cell, on_edge, _ = PointIndex.of(np.array([shapely.Polygon(to_degrees(ring))])).first(to_degrees(points))
    found = [
        (("a",) if one >= 0 else (), edge) for one, edge in zip(cell.tolist(), on_edge.tolist(), strict=True)
    ]
    assert found == expected(world, points)


def test_an_edge_that_two_parts_share_is_border_and_switches_twice():
    twice = shapely.MultiPolygon([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    cell, on_edge, _ = PointIndex.of(np.array([twice])).first(
        np.array([[0.5, 0.5], [1, 0.5], [1.5, 0.5], [3, 0.5]])
    )
    assert (cell.tolist(), on_edge.tolist()) == ([0, 0, 0, -1], [False, True, False, False])


@pytest.mark.parametrize("count", [31, 32, 33, 64, 65, 150])
def test_many_leaves_may_meet_in_one_point(count):
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    rim = to_degrees(to_lattice(np.stack([10 * np.cos(angle), 10 * np.sin(angle)], axis=1)))
    wedges = [shapely.Polygon([(0, 0), rim[n], rim[(n + 1) % count]]) for n in range(count)]
    codes = [f"{n:03}" for n in np.random.default_rng(count).permutation(count)]
    land = land_of(
        [("c", "partition")], [(c, "c", "", w) for c, w in zip(codes, wedges, strict=True)], noded=False
    )
    world = World({c: rings_of(w) for c, w in zip(codes, wedges, strict=True)})
    points = hard_points(world)
    found = told(Locator.of(land).points(to_degrees(points)), lambda cell: land.code[cell])
    assert found == expected(world, points)
    assert max(len(codes) for codes, _ in found) == count


@pytest.mark.parametrize("count", [33, 70])
def test_many_leaves_may_lie_on_top_of_each_other(count):
    shapes = np.array([box(n * 1e-7, 0, 1, 1) for n in range(count)])
    index = PointIndex.of(shapes)
    cell, _, several = index.first(np.array([[0.5, 0.5], [1.5 * 1e-7, 0.5], [1, 0.3]]))
    assert (cell.tolist(), several.tolist()) == ([0, 0, 0], [True, True, True])
    holders, start = index.holders(to_lattice(np.array([[0.5, 0.5], [1.5e-7, 0.5], [2, 2]])))
    assert holders.tolist() == [*range(count), 0, 1]
    assert start.tolist() == [0, count, count + 2, count + 2]


def test_one_ulp_beside_an_edge_is_brought_to_the_lattice_first():
    edge = 117.29471234
    land = land_of(
        [("c", "partition")], [("a", "c", "", box(117, 30, edge, 31)), ("b", "c", "", box(edge, 30, 118, 31))]
    )
    lon = np.array(
        [edge, np.nextafter(edge, 0), np.nextafter(edge, 200), edge + 4e-9, edge + 6e-9, edge - 6e-9]
    )
    found = Locator.of(land).points(np.stack([lon, np.full(6, 30.5)], axis=1))
    assert [land.code[cell] for cell in found.leaf] == ["a", "a", "a", "a", "b", "a"]
    assert found.on_edge.tolist() == [True, True, True, True, False, False]


def test_points_in_two_arrays_strided_or_of_whole_numbers_are_as_good():
    index = PointIndex.of(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1)]))
    lonlat = np.array([[0.5, 0.5], [1.5, 0.5], [5, 5], [1, 1]])
    answer = index.first(lonlat)[0].tolist()
    assert answer == [0, 1, -1, 0]
    assert index.first_of(lonlat[:, 0].copy(), lonlat[:, 1].copy())[0].tolist() == answer
    assert index.first_of(lonlat[:, 0], lonlat[:, 1])[0].tolist() == answer
    assert index.first(np.asfortranarray(lonlat))[0].tolist() == answer
    assert index.first(np.repeat(lonlat, 2, axis=0)[::2])[0].tolist() == answer
    assert index.first(np.array([[0, 0], [2, 1]]))[0].tolist() == [0, 1]
    assert [index.cell_at(lon, lat) for lon, lat in lonlat.tolist()] == answer


def test_many_points_are_answered_as_one_by_one(monkeypatch):
    shapes = np.array([box(x, y, x + 1, y + 1) for x in range(5) for y in range(4)])
    index = PointIndex.of(shapes)
    lonlat = np.random.default_rng(3).uniform(-1, 6, (20_000, 2)).round(2)
    whole = index.first(lonlat)
    monkeypatch.setattr(points_module, "_POINTS_AT_ONCE", 700)
    for pieces, at_once in zip(index.first(lonlat), whole, strict=True):
        assert (pieces == at_once).all()
    assert [index.cell_at(lon, lat) for lon, lat in lonlat[:2000].tolist()] == whole[0][:2000].tolist()
