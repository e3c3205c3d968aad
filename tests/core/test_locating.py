"""Exactly one cell for every point: in, on, beside, between; against whole numbers and by known answers."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import random

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geogrid.core.errors import BadCoordinates
from geogrid.core.land import Land, LandLevel
from geogrid.core.lattice import to_degrees
from geogrid.core.locator import Locator, PointIndex, Reason
from geogrid.core.locator.turning import turn_exactly
from tests.core.lands import land_of
from tests.core.patchworks import OUT, patchworks, side

STEP = 1e-8
ONE = [("cell", "partition")]


def located(land, *points):
    return Locator.of(land).points(np.array(points, dtype=float).reshape(-1, 2))


def codes(land, *points):
    """Give for each point the codes of all leaves that touch it, and its leaf's."""
    found = located(land, *points)
    touching = [[land.code[cell] for cell in found.touching(i)] for i in range(len(points))]
    leaf = [land.code[cell] if cell >= 0 else None for cell in found.leaf.tolist()]
    return list(zip(leaf, touching, found.on_edge.tolist(), strict=True))


def cells(*shapes, rule="partition", extent=None, noded=True):
    return land_of(
        [("cell", rule)], [(code, "cell", "", s) for code, s in shapes], extent=extent, noded=noded
    )


def agrees(patchwork, points):
    land = patchwork.land()
    found = located(land, *to_degrees(np.array(points)))
    for i, point in enumerate(points):
        expected = patchwork.expected(point)
        touching = [land.code[cell] for cell in found.touching(i)]
        assert touching == sorted(expected.touching, key=str.encode), point
        assert (land.code[found.leaf[i]] if found.leaf[i] >= 0 else None) == expected.leaf, point
        assert (bool(found.on_edge[i]), found.reason[i]) == (expected.on_edge, expected.reason), point


# Against the oracle


@given(patchworks())
@settings(max_examples=60, deadline=None)
def test_every_point_of_a_small_land_is_where_whole_numbers_say(patchwork):
    agrees(patchwork, patchwork.all_points())


@given(patchworks(rules=("partition", "ragged"), wide=True))
@settings(max_examples=60, deadline=None)
def test_points_round_the_earth_are_where_whole_numbers_say(patchwork):
    agrees(patchwork, patchwork.hard_points())


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=12, unique=True))
@settings(max_examples=100, deadline=None)
def test_a_ring_that_crosses_itself_is_inside_where_it_goes_round_an_odd_number_of_times(ring):
    everywhere = np.array([(x, y) for x in range(-1, 14) for y in range(-1, 14)], dtype=np.int64)
    index = PointIndex.of(np.array([shapely.Polygon(to_degrees(np.array(ring)))]))
    cell, border, _ = index.first(to_degrees(everywhere))
    expected = [side(point, ring) for point in everywhere.tolist()]
    assert (cell >= 0).tolist() == [where != OUT for where in expected]
    assert border.tolist() == [where == "on" for where in expected]


@given(st.tuples(*[st.integers(-18 * 10**9, 18 * 10**9)] * 6), st.integers(-2, 2))
@settings(max_examples=300, deadline=None)
def test_a_turn_is_exact_however_long_the_edge(numbers, beside):
    ax, ay, bx, by, x, y = numbers
    product = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    assert turn_exactly(*numbers) == (product > 0) - (product < 0)
    on_line = (2 * ax - bx, 2 * ay - by + beside)
    if max(abs(v) for v in on_line) <= 18 * 10**9:
        product = (bx - ax) * (on_line[1] - ay) - (by - ay) * (on_line[0] - ax)
        assert turn_exactly(ax, ay, bx, by, *on_line) == (product > 0) - (product < 0)


@given(st.integers(3, 400), st.integers(0, 2**32 - 1), st.sampled_from([1, 10**3, 10**8]))
@settings(max_examples=40, deadline=None)
def test_long_and_spiky_borders_are_searched_rightly_by_slabs(size, seed, scale):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.random(size)) * 2 * np.pi
    radius = rng.integers(1, 60, size) * scale
    ring = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.int64)
    beside = ring[:, None, :] + np.array([[0, 0], [1, 0], [0, 1]])
    points = np.concatenate([beside.reshape(-1, 2), (ring + np.roll(ring, 1, axis=0)) // 2])
    cell, border, _ = PointIndex.of(np.array([shapely.Polygon(to_degrees(ring))])).first(to_degrees(points))
    around = [tuple(corner) for corner in ring.tolist()]
    expected = [side(tuple(point), around) for point in points.tolist()]
    assert (cell >= 0).tolist() == [where != OUT for where in expected]
    assert border.tolist() == [where == "on" for where in expected]


@given(patchworks(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_cells_changes_nothing(patchwork, chance):
    land, points = patchwork.land(), patchwork.all_points()
    order = list(range(len(land)))
    chance.shuffle(order)
    assert codes(shuffled(land, order), *to_degrees(np.array(points))) == codes(
        land, *to_degrees(np.array(points))
    )


def shuffled(land, order):
    place = np.argsort(order) if order else np.zeros(0, dtype=np.int64)
    parent = land.parent[order]
    return dataclasses.replace(
        land,
        ident=[land.ident[i] for i in order],
        code=[land.code[i] for i in order],
        name=[land.name[i] for i in order],
        level=land.level[order],
        parent=np.where(parent >= 0, np.append(place, -1)[parent], -1),
        shapes=land.shapes[order],
    )


def test_the_order_of_points_changes_nothing():
    land = cells(("a", box(0, 0, 1, 1)), ("b", box(1, 0, 2, 1)))
    points = [(x / 4, y / 4) for x in range(-1, 10) for y in range(-1, 6)]
    answers = dict(zip(points, codes(land, *points), strict=True))
    random.Random(7).shuffle(points)
    assert dict(zip(points, codes(land, *points), strict=True)) == answers


# Known answers


def test_a_point_on_a_border_is_of_the_lowest_code_in_byte_order():
    quarters = [box(1, 1, 2, 2), box(0, 1, 1, 2), box(0, 0, 1, 1), box(1, 0, 2, 1)]
    land = cells(*zip(["a", "2", "10", "上"], quarters, strict=True))
    assert codes(land, (1, 1), (1, 1.5), (1.5, 1), (1, 0.5)) == [
        ("10", ["10", "2", "a", "上"], True),
        ("2", ["2", "a"], True),
        ("a", ["a", "上"], True),
        ("10", ["10", "上"], True),
    ]


def test_characters_beyond_the_first_plane_come_last_as_their_bytes_do():
    # UTF-16, which Java and JavaScript compare by, puts the second before the first.
    land = cells(("𠀀", box(1, 0, 2, 1)), ("ｱ", box(0, 0, 1, 1)))
    assert codes(land, (1, 0.5)) == [("ｱ", ["ｱ", "𠀀"], True)]


def test_the_rim_of_the_land_is_land_and_says_on_edge():
    land = cells(("a", box(0, 0, 1, 1)))
    assert codes(land, (0, 0), (0.5, 1), (0.5, 1 + STEP), (0.5, 1 - STEP)) == [
        ("a", ["a"], True),
        ("a", ["a"], True),
        (None, [], False),
        ("a", ["a"], False),
    ]


def test_a_point_is_brought_to_the_lattice_before_it_is_asked_for():
    land = cells(("a", box(0, 0, 1, 1)), ("b", box(1, 0, 2, 1)))
    assert codes(land, (1 + 0.49 * STEP, 0.5), (1 - 0.51 * STEP, 0.5), (2 + 0.4 * STEP, 1)) == [
        ("a", ["a", "b"], True),
        ("a", ["a"], False),
        ("b", ["b"], True),
    ]


def test_enclaves_islands_and_cells_that_touch_in_one_point():
    ring = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    island = shapely.MultiPolygon([box(3, 3, 4, 4), box(6, 0, 7, 1)])
    land = cells(("ring", ring), ("enclave", box(1, 1, 2, 2)), ("island", island))
    assert codes(land, (1.5, 1.5), (1, 1.5), (0.5, 0.5), (3, 3), (6.5, 0.5), (5, 0.5)) == [
        ("enclave", ["enclave"], False),
        ("enclave", ["enclave", "ring"], True),
        ("ring", ["ring"], False),
        ("island", ["island", "ring"], True),
        ("island", ["island"], False),
        (None, [], False),
    ]


def test_the_middle_of_a_slanting_border_is_on_it_only_where_the_lattice_has_a_point_there():
    split = [shapely.Polygon([(0, 0), (3 * STEP, 2 * STEP), (0, 1)]), box(-1, 0, 0, 1)]
    land = cells(*zip("ab", split, strict=True))
    # The edge runs from (0, 0) to (3, 2) steps: (1, 1) is left of it, (2, 1) right, nothing between is on it.
    assert [leaf for leaf, _, edge in codes(land, (STEP, STEP), (2 * STEP, STEP))] == ["a", None]
    assert [edge for _, _, edge in codes(land, (STEP, STEP), (3 * STEP, 2 * STEP))] == [False, True]


# Leaves


CITY = box(0, 0, 4, 4)


def test_a_cell_with_ragged_children_is_no_leaf_and_one_without_is():
    levels = [("town", "partition"), ("grid", "ragged")]
    rows = [
        ("T1", "town", "", box(0, 0, 2, 4)),
        ("T2", "town", "", box(2, 0, 4, 4)),
        ("G1", "grid", "T1", box(0, 0, 2, 3)),
    ]
    land = land_of(levels, rows)
    assert codes(land, (1, 1), (3, 1), (2, 1), (2, 3.5), (1, 3.5)) == [
        ("G1", ["G1"], False),
        ("T2", ["T2"], False),
        ("G1", ["G1", "T2"], True),
        ("T2", ["T2"], True),
        (None, [], False),
    ]
    assert located(land, (1, 3.5)).reason.tolist() == [Reason.GAP]


def test_a_cell_whose_zones_bypass_a_level_is_no_leaf():
    levels = [("town", "partition"), ("grid", "ragged"), ("zone", "partition")]
    rows = [
        ("T1", "town", "", box(0, 0, 2, 4)),
        ("T2", "town", "", box(2, 0, 4, 4)),
        ("G1", "grid", "T1", box(0, 0, 2, 4)),
        ("Z1", "zone", "G1", box(0, 0, 2, 4)),
        ("Z2", "zone", "T2", box(2, 0, 4, 4)),
    ]
    assert codes(land_of(levels, rows), (1, 1), (3, 1)) == [("Z1", ["Z1"], False), ("Z2", ["Z2"], False)]


def test_the_land_that_partial_cells_leave_answers_with_their_parent():
    levels = [("district", "partition"), ("site", "partial")]
    rows = [
        ("D", "district", "", CITY),
        ("S1", "site", "D", box(1, 1, 2, 2)),
        ("S2", "site", "D", box(2, 1, 3, 2)),
    ]
    land = land_of(levels, rows)
    assert codes(land, (0.5, 0.5), (1.5, 1.5), (1, 1.5), (2, 1.5), (2, 2), (0, 0)) == [
        ("D", ["D"], False),
        ("S1", ["S1"], False),
        ("D", ["D", "S1"], True),
        ("S1", ["S1", "S2"], True),
        ("D", ["D", "S1", "S2"], True),
        ("D", ["D"], True),
    ]


def test_a_parent_that_partial_cells_fill_is_no_leaf():
    rows = [("D", "d", "", CITY), ("S1", "s", "D", box(0, 0, 4, 2)), ("S2", "s", "D", box(0, 2, 4, 4))]
    land = land_of([("d", "partition"), ("s", "partial")], rows)
    assert [land.code[cell] for cell in Locator.of(land).leaves.cell] == ["S1", "S2"]


def test_the_rest_is_right_where_a_draft_has_partial_cells_that_overlap_or_stick_out():
    rows = [
        ("D", "d", "", CITY),
        ("S1", "s", "D", box(1, 1, 3, 3)),
        ("S2", "s", "D", box(2, 2, 5, 3.5)),
    ]
    land = land_of([("d", "partition"), ("s", "partial")], rows)
    assert codes(land, (0.5, 0.5), (2.5, 2.5), (4.5, 3), (3.5, 1), (2, 2)) == [
        ("D", ["D"], False),
        ("S1", ["S1", "S2"], False),
        ("S2", ["S2"], False),
        ("D", ["D"], False),
        ("S1", ["S1", "S2"], True),
    ]


def test_partial_cells_inside_partial_cells_each_keep_their_rest():
    levels = [("a", "partition"), ("b", "partial"), ("c", "partial")]
    rows = [("A", "a", "", CITY), ("B", "b", "A", box(1, 1, 3, 3)), ("C", "c", "B", box(1, 1, 2, 2))]
    land = land_of(levels, rows)
    assert [leaf for leaf, *_ in codes(land, (0.5, 0.5), (2.5, 2.5), (1.5, 1.5))] == ["A", "B", "C"]


@pytest.mark.parametrize("rule", ["dissolve", "group", "reuse", "site", "footprint", "record"])
def test_cells_of_levels_that_divide_no_land_are_never_leaves(rule):
    levels = [("top", "partition"), ("other", rule), ("low", "partition")]
    rows = [("T", "top", "", CITY), ("X", "other", "T", box(1, 1, 2, 2))]
    assert codes(land_of(levels, rows), (1.5, 1.5), (1, 1)) == [("T", ["T"], False)] * 2
    low = ("L", "low", "X", box(0, 0, 4, 4))
    assert codes(land_of(levels, [*rows, low]), (1.5, 1.5)) == [("L", ["L"], False)]


def test_a_cell_whose_land_is_not_known_does_not_divide_but_its_children_do():
    levels = [("top", "partition"), ("mid", "partition"), ("low", "partition")]
    rows = [
        ("T", "top", "", CITY),
        ("M1", "mid", "T", None),
        ("M2", "mid", "T", box(2, 0, 4, 4)),
        ("L", "low", "M1", box(0, 0, 2, 3)),
    ]
    land = land_of(levels, rows)
    assert [leaf for leaf, *_ in codes(land, (1, 1), (3, 1), (1, 3.5))] == ["L", "M2", None]
    assert located(land, (1, 3.5)).reason.tolist() == [Reason.GAP]


def test_overlaps_and_codes_that_occur_twice_answer_with_the_lowest_code_then_the_first():
    shapes = np.array([shapely.MultiPolygon([box(0, 0, w, 1)]) for w in (3, 2, 1)], dtype=object)
    none = np.full(3, -1)
    land = Land((LandLevel("c", "partition", -1),), [None] * 3, "bab", "xyz", none * 0, none, shapes)
    found = located(land, (0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (1, 0.5))
    assert found.leaf.tolist() == [1, 1, 0, 1]
    assert [found.touching(i) for i in range(4)] == [(1, 0, 2), (1, 0), (0,), (1, 0, 2)]
    assert found.on_edge.tolist() == [False, False, False, True]


def test_an_invalid_polygon_of_a_draft_holds_what_its_rings_go_round_an_odd_number_of_times():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    land = cells(("bow", bow), noded=False)
    assert [leaf for leaf, *_ in codes(land, (0.5, 1), (1, 1), (1, 0.5))] == ["bow", "bow", None]


# Gaps and outside


def test_a_hole_in_the_land_of_the_top_level_is_a_gap_and_a_bay_is_outside():
    frame = box(0, 0, 5, 5).difference(shapely.union_all([box(1, 1, 2, 2), box(3, 1, 5, 2)]))
    land = cells(("a", frame.intersection(box(0, 0, 5, 1.5))), ("b", frame.intersection(box(0, 1.5, 5, 5))))
    reasons = located(land, (1.5, 1.5), (4, 1.2), (4, 1.6), (9, 9), (1, 1)).reason.tolist()
    assert reasons == [Reason.GAP, Reason.OUTSIDE, Reason.OUTSIDE, Reason.OUTSIDE, Reason.IN_CELL]


def test_a_bay_that_is_open_by_one_step_is_outside_and_closed_it_is_a_gap():
    shut = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    opened = shut.difference(box(1, 2, 1 + STEP, 3))
    assert located(cells(("a", shut)), (1.5, 1.5)).reason.tolist() == [Reason.GAP]
    assert located(cells(("a", opened)), (1.5, 1.5)).reason.tolist() == [Reason.OUTSIDE]


def test_what_is_between_partial_cells_of_the_top_level_is_outside():
    ring = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    assert located(cells(("a", ring), rule="partial"), (1.5, 1.5)).reason.tolist() == [Reason.OUTSIDE]


def test_the_extent_alone_says_what_is_a_gap():
    ring = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    land = cells(("a", ring), extent=box(0, 0, 6, 3))
    reasons = located(land, (4, 1), (6, 1), (6 + STEP, 1), (0.5, 0.5)).reason.tolist()
    assert reasons == [Reason.GAP, Reason.GAP, Reason.OUTSIDE, Reason.IN_CELL]
    around = cells(("a", ring), extent=ring)
    assert located(around, (1.5, 1.5)).reason.tolist() == [Reason.OUTSIDE]


def test_a_land_without_cells_has_everything_outside():
    land = land_of(ONE, [])
    found = located(land, (1, 1))
    assert (found.leaf.tolist(), found.reason.tolist(), found.touching(0)) == ([-1], [Reason.OUTSIDE], ())
    leaf, metres = Locator.of(land).nearest(np.array([[1.0, 1.0]]))
    assert (leaf.tolist(), metres.tolist()) == ([-1], [np.inf])
    with_extent = land_of(ONE, [], extent=box(0, 0, 2, 2))
    assert located(with_extent, (1, 1)).reason.tolist() == [Reason.GAP]


def test_no_points_are_no_answers():
    found = Locator.of(cells(("a", box(0, 0, 1, 1)))).points(np.empty((0, 2)))
    assert (len(found.leaf), len(found.on_edge), len(found.reason)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("lon", "lat"), [(np.nan, 0), (0, np.inf), (180.1, 0), (-181, 0), (0, 90.5), (30.1, 114.2)]
)
def test_a_point_that_is_not_on_the_earth_is_refused_by_number(lon, lat):
    with pytest.raises(BadCoordinates, match="point 2 is not on the earth") as refusal:
        located(cells(("a", box(0, 0, 1, 1))), (0, 0), (1, 1), (lon, lat))
    assert refusal.value.context == {"point": 2}


def test_the_ends_of_the_earth_can_be_asked_for():
    land = cells(("a", box(-180, -90, 0, 90)), ("b", box(0, -90, 180, 90)))
    assert [leaf for leaf, *_ in codes(land, (180, 90), (-180, -90), (0, 90), (-180, 0))] == [
        "b",
        "a",
        "a",
        "a",
    ]


# How near


GEOD = pyproj.Geod(ellps="WGS84")


def geodesic(a, b):
    return GEOD.inv(*a, *b)[2]


def sampled_distance(point, shape):
    """Measure to ever more points of each edge around the nearest of them: to a millimetre."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(shape))]
    start = np.concatenate([ring[:-1] for ring in rings])[:, None, :]
    way = np.concatenate([ring[1:] for ring in rings])[:, None, :] - start
    low, high = np.zeros(len(start)), np.ones(len(start))
    for _ in range(4):
        where = np.linspace(low, high, 201, axis=1)
        at = start + way * where[:, :, None]
        lon, lat = np.broadcast_to(point, at.shape).reshape(-1, 2).T
        metres = GEOD.inv(lon, lat, *at.reshape(-1, 2).T)[2].reshape(where.shape)
        best = np.argmin(metres, axis=1)
        edges = np.arange(len(start))
        low, high = where[edges, np.maximum(best - 1, 0)], where[edges, np.minimum(best + 1, 200)]
    return metres.min()


@given(
    st.floats(-180, 180),
    st.floats(-70, 70),
    st.floats(-0.2, 0.2),
    st.floats(-0.2, 0.2),
)
@settings(max_examples=60, deadline=None)
def test_the_nearest_leaf_is_nearest_on_the_ellipsoid(lon, lat, dx, dy):
    lon = min(max(lon, -179.5), 179.5)
    shapes = [
        shapely.Polygon([(lon, lat), (lon + 0.05, lat + 0.03), (lon + 0.02, lat + 0.06)]),
        shapely.Polygon([(lon - 0.1, lat), (lon - 0.04, lat - 0.01), (lon - 0.06, lat + 0.05)]),
    ]
    land = cells(*zip("ab", shapes, strict=True))
    point = np.array([[lon + dx, lat + dy]])
    leaf, metres = Locator.of(land).nearest(point)
    inside = located(land, *point).leaf[0]
    sampled = [sampled_distance(point[0], land.shapes[i]) for i in range(2)]
    if inside >= 0:
        assert (leaf[0], metres[0]) == (inside, 0)
    else:
        assert metres[0] == pytest.approx(min(sampled), rel=1e-6, abs=0.02)
        assert sampled[leaf[0]] <= min(sampled) + 0.02


def test_of_two_leaves_as_near_the_lower_code_is_the_nearest():
    land = cells(("b", box(0, 0, 1, 1)), ("a", box(0, 1, 1, 2)))
    leaf, metres = Locator.of(land).nearest(np.array([[1.001, 1.0], [1.001, 0.9], [0.5, 0.5]]))
    assert [land.code[i] for i in leaf] == ["a", "b", "b"]
    assert metres == pytest.approx([geodesic((1, 1), (1.001, 1)), geodesic((1, 0.9), (1.001, 0.9)), 0])


def test_the_nearest_leaf_may_be_across_the_date_line():
    land = cells(("a", box(-180, 0, -179, 1)), ("b", box(170, 0, 171, 1)))
    leaf, metres = Locator.of(land).nearest(np.array([[179.9, 0.5]]))
    assert land.code[leaf[0]] == "a"
    assert metres[0] == pytest.approx(geodesic((180, 0.5), (179.9, 0.5)), rel=1e-9)


def test_a_point_far_away_and_at_a_pole_has_a_nearest_leaf():
    land = cells(("a", box(0, 0, 1, 1)), ("b", box(100, 30, 101, 31)))
    leaf, metres = Locator.of(land).nearest(np.array([[0.5, 90.0], [120.0, 31.0]]))
    assert [land.code[i] for i in leaf] == ["b", "b"]
    assert metres[1] == pytest.approx(sampled_distance((120, 31), box(100, 30, 101, 31)), rel=0.01)


def test_the_border_of_a_leaf_is_so_many_metres_away():
    shape = box(117, 30, 117.1, 30.1).difference(box(117.04, 30.04, 117.05, 30.05))
    land = cells(("a", shape), ("b", box(117.1, 30, 117.2, 30.1)))
    points = np.array([[117.045, 30.0399], [117.0999, 30.02], [117.1, 30.05], [117.15, 30.05], [0.0, 0.0]])
    leaf = np.array([0, 0, 0, 1, -1])
    metres = Locator.of(land).border_distance(points, leaf)
    expected = [sampled_distance(p, land.shapes[i]) for p, i in zip(points[:4], leaf[:4], strict=True)]
    assert metres[:4] == pytest.approx(expected, abs=0.01)
    assert metres[2] == pytest.approx(0, abs=1e-6)
    assert np.isnan(metres[4])


def test_a_long_edge_is_straight_in_longitude_and_latitude_for_distances_too():
    land = cells(("a", shapely.Polygon([(0, 50), (10, 60), (0, 60)])))
    on_it = np.array([[5.0, 55.0]])
    assert located(land, *on_it).on_edge.tolist() == [True]
    assert Locator.of(land).border_distance(on_it, np.array([0])) == pytest.approx([0], abs=0.01)


# Real land


@pytest.mark.shared_data
def test_official_points_of_3014_real_blocks_lie_each_in_its_own_block(shared_data):
    blocks = shared_data / "nested" / "us_providence_blocks2010_4level.gpkg"
    oracle = shared_data / "nested" / "us_providence_blocks2010_interior_points_oracle.csv.gz"
    meta, _, shapes, fields = pyogrio.raw.read(blocks, layer="L4_block")
    geoid = fields[meta["fields"].tolist().index("geoid")]
    land = cells(*zip(geoid, shapely.from_wkb(shapes), strict=True))
    with gzip.open(oracle, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = located(land, *((float(row["lon"]), float(row["lat"])) for row in rows))
    assert len(rows) == 3014
    assert [land.code[cell] for cell in found.leaf] == [row["expected_block"] for row in rows]
    vertices = shapely.get_coordinates(land.shapes)
    on_border = located(land, *vertices)
    assert on_border.on_edge.all()
    assert (on_border.leaf >= 0).all()
