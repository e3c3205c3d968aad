"""Exactly one cell for every feature: by area, by length, by number; ties, gaps, outside, anything at all."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LinearRing,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from geogrid.core.area import polygon_areas
from geogrid.core.assigning import METHODS, place_features
from geogrid.core.errors import BadCoordinates
from geogrid.core.lattice import snap, to_degrees
from geogrid.core.locator import Locator, Reason
from tests.core.lands import land_of
from tests.core.patchworks import OUT, patchworks, side

STEP = 1e-8
GEOD = pyproj.Geod(ellps="WGS84")
ORIGIN = np.array([11_700_000_000, 2_999_999_990])


def cells(*shapes, rule="partition", extent=None, noded=True):
    return land_of(
        [("cell", rule)], [(code, "cell", "", s) for code, s in shapes], extent=extent, noded=noded
    )


def placed(land, *features):
    shapes = np.empty(len(features), dtype=object)
    shapes[:] = features
    return place_features(Locator.of(land), shapes)


def answers(land, *features):
    """Give code, method and share of each feature."""
    named = [*land.code, None]
    return [(named[p.cell], p.method, pytest.approx(p.share, abs=1e-8)) for p in placed(land, *features)]


def shares(land, feature):
    (answer,) = placed(land, feature)
    return [(land.code[cell], pytest.approx(share, abs=1e-7)) for cell, share in answer.shares or ()]


PAIR = cells(("b", box(0, 0, 1, 1)), ("a", box(1, 0, 2, 1)))
#: Two cells whose border slants and has a vertex on one side only where features go.
SLANT = cells(
    ("b", Polygon([(0, 0), (2, 0), (1, 3), (0, 3)])), ("a", Polygon([(2, 0), (4, 0), (4, 3), (1, 3)]))
)
RING = cells(("ring", box(0, 0, 3, 3).difference(box(1, 1, 2, 2))))


# Points


def test_a_point_in_a_cell_is_within_it():
    (answer,) = placed(PAIR, Point(0.5, 0.5))
    assert (PAIR.code[answer.cell], answer.method, answer.share) == ("b", "within", 1.0)
    assert (answer.on_edge, answer.shares, answer.nearest_m, answer.nearest) == (False, None, None, -1)


def test_a_point_on_a_border_goes_to_the_lowest_code_and_names_both():
    (answer,) = placed(PAIR, Point(1, 0.5))
    assert (PAIR.code[answer.cell], answer.method, answer.on_edge) == ("a", "boundary_tiebreak", True)
    assert shares(PAIR, Point(1, 0.5)) == [("a", 1.0), ("b", 1.0)]


def test_a_point_on_the_rim_is_within_and_on_edge():
    (answer,) = placed(PAIR, Point(0, 0.5))
    assert (PAIR.code[answer.cell], answer.method, answer.on_edge) == ("b", "within", True)


def test_a_point_in_no_cell_says_why_and_how_far():
    gap, outside = placed(RING, Point(1.5, 1.4), Point(3.5, 1.5))
    assert (gap.cell, gap.method, gap.share, gap.shares) == (-1, "gap", 0.0, None)
    assert (outside.cell, outside.method) == (-1, "outside")
    assert (gap.nearest, outside.nearest) == (0, 0)
    assert gap.nearest_m == pytest.approx(GEOD.inv(1.5, 1.4, 1.5, 1)[2], rel=1e-6)
    assert outside.nearest_m == pytest.approx(GEOD.inv(3.5, 1.5, 3, 1.5)[2], rel=1e-4)


def test_points_of_several_go_by_their_number_and_borders_count_for_both_sides():
    two_in_a = MultiPoint([(0.5, 0.5), (1.5, 0.5), (1.6, 0.5)])
    half = MultiPoint([(0.5, 0.5), (1.5, 0.5)])
    leaning = MultiPoint([(0.5, 0.5), (1, 0.5)])
    partly_outside = MultiPoint([(0.5, 0.5), (9, 9), (9, 8), (9, 7)])
    assert answers(PAIR, two_in_a, half, leaning, partly_outside, MultiPoint([(1, 0.5)])) == [
        ("a", "max_overlap", 2 / 3),
        ("a", "boundary_tiebreak", 0.5),
        ("b", "within", 1.0),
        ("b", "max_overlap", 0.25),
        ("a", "boundary_tiebreak", 1.0),
    ]
    assert shares(PAIR, two_in_a) == [("a", 2 / 3), ("b", 1 / 3)]
    assert shares(PAIR, leaning) == [("b", 1.0), ("a", 0.5)]
    assert [p.on_edge for p in placed(PAIR, two_in_a, half, leaning, MultiPoint([(1, 0.5)]))] == [
        False,
        True,
        False,
        True,
    ]


# Areas


def test_a_polygon_goes_to_the_largest_share_and_keeps_all():
    straddling = box(0.9, 0.4, 1.3, 0.5)
    assert answers(PAIR, straddling) == [("a", "max_overlap", 0.75)]
    assert shares(PAIR, straddling) == [("a", 0.75), ("b", 0.25)]
    (answer,) = placed(PAIR, straddling)
    assert (answer.on_edge, answer.nearest_m, answer.nearest) == (False, None, -1)


def test_a_polygon_that_touches_a_border_from_inside_is_within():
    along = box(0.5, 0.2, 1, 0.4)
    corner = Polygon([(2, 0), (1.5, 1.5), (0.5, 0.5)])
    assert answers(PAIR, along, box(0, 0, 1, 1)) == [("b", "within", 1.0)] * 2
    assert answers(SLANT, corner) == [("b", "within", 1.0)]
    assert placed(PAIR, along)[0].shares is None


def test_equal_shares_go_to_the_lowest_code():
    for feature in (
        box(0.5, 0.2, 1.5, 0.4),
        MultiPolygon([box(0.1, 0.1, 0.2, 0.2), box(1.1, 0.1, 1.2, 0.2)]),
    ):
        (answer,) = placed(PAIR, feature)
        assert (PAIR.code[answer.cell], answer.method, answer.on_edge) == ("a", "boundary_tiebreak", True)
        assert shares(PAIR, feature) == [("a", 0.5), ("b", 0.5)]


@pytest.mark.parametrize("metres", [0.05, 1, 10, 1000, 50_000])
@pytest.mark.parametrize("where", [(117.5, 30.25), (-178.0, -60.0), (0.0, 0.0)])
def test_what_a_slanting_border_halves_is_a_tie_at_any_size(metres, where):
    # On every parallel the same width lies on both sides; the border has no vertex near.
    x, y = np.round(np.array(where) * 1e8).astype(np.int64)
    half = int(metres / 0.0011132 / 2) + 1
    slant = np.array([half, 3 * half + 1])
    base, aside = np.array([x, y]), np.array([half, 0])
    low, high = base - 2 * slant, base + 3 * slant
    west, east = ((low, high, high + k * aside, low + k * aside) for k in (-9, 9))
    feature = (base - aside, base + aside, base + slant + aside, base + slant - aside)
    west, east, feature = (Polygon(to_degrees(np.array(corners))) for corners in (west, east, feature))
    land = cells(("w", west), ("e", east), noded=False)
    (answer,) = placed(land, feature)
    assert (land.code[answer.cell], answer.method) == ("e", "boundary_tiebreak")
    assert answer.share == pytest.approx(0.5, abs=1e-6)


def test_shares_that_differ_by_a_millionth_are_no_tie():
    feature = box(0.5, 0.2, 1.5 - 1e-6, 0.4)
    assert answers(PAIR, feature) == [("b", "max_overlap", 0.5 / (1 - 1e-6))]


def test_a_polygon_partly_outside_the_land_keeps_its_share():
    assert answers(PAIR, box(-0.3, 0, 0.1, 0.1)) == [("b", "max_overlap", 0.25)]
    assert shares(PAIR, box(-0.3, 0, 0.1, 0.1)) == [("b", 0.25)]


def test_a_polygon_round_everything_goes_to_the_largest_cell():
    land = cells(("x", box(0, 0, 1, 1)), ("y", box(1, 0, 3, 1)), ("z", box(3, 0, 4, 1)))
    assert shares(land, box(0, 0, 4, 1)) == [("y", 0.5), ("x", 0.25), ("z", 0.25)]


def test_a_sliver_of_a_few_steps_that_rounding_can_make_is_nothing():
    big = box(0.2, 0.2, 1 + 1e-8, 0.8)
    assert answers(PAIR, box(0.2, 0.2, 1, 0.8)) == [("b", "within", 1.0)]
    assert answers(PAIR, big) == [("b", "max_overlap", 1 - 1.25e-8)]


def test_holes_of_features_and_of_leaves_are_no_land():
    assert answers(RING, box(0.5, 0.5, 2.5, 2.5).difference(box(1, 1, 2, 2))) == [("ring", "within", 1.0)]
    assert answers(RING, box(1, 1, 3, 2)) == [("ring", "max_overlap", 0.5)]


def test_polygons_in_no_cell_are_in_a_gap_if_any_part_is():
    land = cells(("a", box(0, 0, 1, 1)), extent=box(0, 0, 2, 1))
    in_gap, partly, outside = box(1.2, 0.2, 1.4, 0.4), box(1.5, 0.2, 3, 0.4), box(2, 0, 3, 1)
    touching = box(-1, 0, 0, 1)
    assert [a[1] for a in answers(land, in_gap, partly, outside, touching)] == [
        "gap",
        "gap",
        "outside",
        "outside",
    ]
    far = placed(land, in_gap, touching)
    assert far[0].nearest_m == pytest.approx(GEOD.inv(1.2, 0.4, 1, 0.4)[2], rel=1e-4)
    assert far[1].nearest_m == pytest.approx(0, abs=1e-6)
    assert answers(RING, box(1, 1, 2, 2))[0][1] == "gap"
    assert answers(RING, box(3, 0, 4, 1))[0][1] == "outside"


def test_the_nearest_of_two_leaves_is_near_by_an_edge_of_the_feature_too():
    land = cells(("a", box(0, 0, 0.1, 0.1)), ("b", box(0.2, 0.15, 0.3, 0.2)))
    # Its long edge passes the corner of b; all its own corners are nearer to a.
    (answer,) = placed(land, Polygon([(0.05, 0.13), (0.4, 0.3), (0.05, 0.3)]))
    corner = np.array([0.2, 0.2])
    on_edge = np.array([[0.05 + 0.35 * t, 0.13 + 0.17 * t] for t in np.linspace(0, 1, 20001)])
    metres = GEOD.inv(*on_edge.T, *np.broadcast_to(corner, on_edge.shape).T)[2].min()
    assert (land.code[answer.nearest], answer.nearest_m) == ("b", pytest.approx(metres, rel=1e-5))


# Lines


def test_a_line_along_a_border_is_a_tie_with_or_without_vertices():
    inside = LineString([(1, 0.2), (1, 0.3)])
    whole = LineString([(1, 0), (1, 1)])
    assert answers(PAIR, inside, whole) == [("a", "boundary_tiebreak", 1.0)] * 2
    third = to_degrees(np.array([[180_000_000, 60_000_000], [120_000_000, 240_000_000]]))
    assert answers(SLANT, LineString(third)) == [("a", "boundary_tiebreak", 1.0)]


def test_lines_go_by_length():
    assert answers(PAIR, LineString([(0.5, 0), (1.1, 0)])) == [("b", "max_overlap", 5 / 6)]
    assert answers(PAIR, LineString([(0.5, 0), (1.5, 0)])) == [("a", "boundary_tiebreak", 0.5)]
    along_then_in = LineString([(1, 0.2), (1, 0.4), (1 - 0.2, 0.4)])
    assert answers(PAIR, along_then_in)[0][:2] == ("b", "within")
    assert [code for code, _ in shares(PAIR, along_then_in)] == ["b", "a"]


def test_what_a_line_walks_twice_counts_twice():
    there_and_back = LineString([(0.5, 0.5), (0.9, 0.5), (0.5, 0.5)])
    assert answers(PAIR, there_and_back) == [("b", "within", 1.0)]
    twice_in_b = LineString([(0.8, 0.5), (1, 0.5), (0.8, 0.5), (1.3, 0.5)])
    assert shares(PAIR, twice_in_b) == [("b", 0.6 / 0.9), ("a", 0.3 / 0.9)]
    assert answers(PAIR, MultiLineString([[(0.5, 0.5), (0.6, 0.5)]] * 2)) == [("b", "within", 1.0)]


def test_a_line_that_crosses_itself_on_a_border_still_runs_along_it():
    # The first stretch lies on the slanting border; the last crosses it and the border between vertices.
    start, end = np.array([180_000_000, 60_000_000]), np.array([120_000_000, 240_000_000])
    loop = np.array([start, end, [100_000_000, 190_000_000], [210_000_000, 110_000_003]])
    (answer,) = placed(SLANT, LineString(to_degrees(loop)))
    found = {SLANT.code[cell]: share for cell, share in answer.shares}
    pieces = GEOD.inv(*to_degrees(loop[:-1]).T, *to_degrees(loop[1:]).T)[2]
    along, into_b, across = pieces / pieces.sum()
    assert found["a"] + found["b"] == pytest.approx(1 + along, abs=1e-6)
    assert found["b"] > along + into_b
    assert along < found["a"] < along + across


def test_a_line_that_only_touches_the_land_is_outside():
    answer = placed(PAIR, LineString([(-1, 0.5), (0, 0.5)]), LineString([(-1, 0), (0, 0.5), (-1, 1)]))
    assert [(p.method, p.nearest_m) for p in answer] == [("outside", pytest.approx(0, abs=1e-6))] * 2


def test_lines_in_no_cell_are_in_a_gap_if_any_part_is():
    land = cells(("a", box(0, 0, 1, 1)), extent=box(0, 0, 2, 1))
    lines = [LineString([(1.5, 0.5), (9, 0.5)]), LineString([(3, 0.5), (9, 0.5)])]
    assert [a[1] for a in answers(land, *lines)] == ["gap", "outside"]
    assert answers(RING, LineString([(1.2, 1.2), (1.8, 1.8)]))[0][1] == "gap"


# What comes in


def test_collections_go_by_their_parts_of_the_highest_dimension():
    area = GeometryCollection([Point(0.5, 0.5), LineString([(0, 0), (0.9, 0)]), box(1.1, 0.1, 1.2, 0.2)])
    nested = GeometryCollection([Point(0.5, 0.5), GeometryCollection([LineString([(1.1, 0), (1.9, 0)])])])
    points = GeometryCollection([Point(0.5, 0.5), MultiPoint([(1.5, 0.5), (1.6, 0.5)])])
    assert answers(PAIR, area, nested, points, GeometryCollection([nested, area])) == [
        ("a", "within", 1.0),
        ("a", "within", 1.0),
        ("a", "max_overlap", 2 / 3),
        ("a", "within", 1.0),
    ]
    overlapping = GeometryCollection([box(0.5, 0, 1.2, 1), box(0.5, 0, 1.2, 1), box(0.9, 0, 1.4, 1)])
    assert shares(PAIR, overlapping) == [("b", 5 / 9), ("a", 4 / 9)]


def test_invalid_polygons_are_mended_by_the_even_odd_rule():
    bow = Polygon([(0.8, 0), (1.2, 0.2), (1.2, 0), (0.8, 0.2)])
    twice = MultiPolygon([box(0.02, 0, 0.06, 0.1), box(0.05, 0.01, 0.16, 0.09)])
    small = cells(("b", box(0, 0, 0.1, 0.1)), ("a", box(0.1, 0, 0.2, 0.1)))
    assert answers(PAIR, bow)[0][:2] == ("a", "boundary_tiebreak")
    assert shares(small, twice) == [("b", 0.64 / 1.12), ("a", 0.48 / 1.12)]


def test_what_has_no_area_or_no_length_is_the_line_or_the_point_it_is():
    flat = Polygon([(0.5, 0.5), (1.6, 0.5), (0.5, 0.5)])
    dot = Polygon([(1, 0.5)] * 4)
    still = LineString([(1, 0.5), (1, 0.5)])
    crumb = box(1.5, 0.5, 1.5 + 0.4 * STEP, 0.5 + 0.4 * STEP)
    assert answers(PAIR, flat, dot, still, crumb) == [
        ("a", "max_overlap", 0.6 / 1.1),
        ("a", "boundary_tiebreak", 1.0),
        ("a", "boundary_tiebreak", 1.0),
        ("a", "within", 1.0),
    ]


def test_a_polygon_thinner_than_a_thousandth_of_a_step_is_not_lost():
    # Three lattice points nearly in a line: half a square step, whose parts no double can measure.
    def sliver(x, y, a=30_000_001, b=10_000_019):
        c = -pow(b, -1, a) % a
        corners = [(x, y), (x + a, y + b), (x + c, y + (1 + b * c) // a)]
        return Polygon(to_degrees(np.array(corners)))

    inside, across = sliver(10**7, 10**7), sliver(85 * 10**6, 10**7)
    assert all(one.is_valid and 0 < one.area < 1e-15 for one in (inside, across))
    assert answers(PAIR, inside, across) == [
        ("b", "within", 1.0),
        ("b", "max_overlap", pytest.approx(0.5, abs=1e-2)),
    ]


def test_heights_rings_and_other_kinds_are_taken():
    high = Polygon([(0.1, 0.1, 5), (0.2, 0.1, 6), (0.2, 0.2, 7)])
    ring = LinearRing([(0.1, 0.1), (0.2, 0.1), (0.2, 0.2)])
    assert answers(PAIR, high, ring, Point(0.5, 0.5, 9)) == [("b", "within", 1.0)] * 3


def test_nothing_is_outside_and_near_to_nothing():
    for answer in placed(PAIR, None, Point(), Polygon(), GeometryCollection(), GeometryCollection([Point()])):
        assert (answer.cell, answer.method, answer.nearest_m, answer.nearest) == (-1, "outside", None, -1)
    assert placed(PAIR) == []


def test_in_a_land_without_cells_everything_is_outside():
    land = land_of([("cell", "partition")], [])
    for answer in placed(land, Point(0, 0), LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1)):
        assert (answer.cell, answer.method, answer.nearest_m, answer.nearest) == (-1, "outside", None, -1)


def test_coordinates_that_are_not_on_the_earth_are_refused_by_number():
    with pytest.raises(BadCoordinates, match="feature 1 has a vertex that is not on the earth") as refusal:
        placed(PAIR, Point(0, 0), LineString([(0, 0), (114.2, 500)]))
    assert refusal.value.context == {"feature": 1}


def test_overlaps_of_a_draft_are_a_tie():
    land = cells(("b", box(0, 0, 2, 1)), ("a", box(1, 0, 3, 1)))
    assert answers(land, Point(1.5, 0.5), box(1.2, 0.2, 1.4, 0.4), box(0.9, 0, 1.5, 1)) == [
        ("a", "boundary_tiebreak", 1.0),
        ("a", "boundary_tiebreak", 1.0),
        ("b", "within", 1.0),
    ]


def test_the_rest_of_a_partial_parent_takes_features():
    levels = [("district", "partition"), ("site", "partial")]
    rows = [("D", "district", "", box(0, 0, 4, 4)), ("S", "site", "D", box(1, 1, 2, 2))]
    land = land_of(levels, rows)
    features = [
        box(1.2, 1.2, 1.4, 1.4),
        box(1.8, 1.2, 2.6, 1.4),
        box(2.5, 2.5, 3, 3),
        LineString([(1, 1), (2, 1)]),
    ]
    assert answers(land, *features) == [
        ("S", "within", 1.0),
        ("D", "max_overlap", 0.75),
        ("D", "within", 1.0),
        ("D", "boundary_tiebreak", 1.0),
    ]


# Against whole numbers


def steps(draw_point):
    return (int(ORIGIN[0]) + draw_point[0], int(ORIGIN[1]) + draw_point[1])


def walk(smallest):
    at = st.tuples(st.integers(-2, 22), st.integers(-2, 26)).map(steps)
    return st.lists(at, min_size=smallest, max_size=6)


def stretches(patchwork, start, end):
    """Cut a segment at every border of every patch: (fraction of it, the leaves it runs in or along)."""
    (ax, ay), (bx, by) = start, end
    cuts = {Fraction(0), Fraction(1)}
    for patch in patchwork.top:
        ring = patchwork.ring(patch)
        for (cx, cy), (dx, dy) in zip(ring, [*ring[1:], ring[0]], strict=True):
            turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
            if turn:
                cuts.add(Fraction((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx), turn))
            for x, y in ((cx, cy), (dx, dy)):
                along = (x - ax) * (bx - ax) + (y - ay) * (by - ay)
                cuts.add(Fraction(along, (bx - ax) ** 2 + (by - ay) ** 2))
    for low, high in itertools.pairwise(sorted(cut for cut in cuts if 0 <= cut <= 1)):
        middle = (low + high) / 2
        point = (ax + middle * (bx - ax), ay + middle * (by - ay))
        around = {p for p in patchwork.top if side(point, patchwork.ring(p)) != OUT}
        leaves = {patchwork.leaf_of(p) for p in around}
        yield float(high - low), leaves - {None}


@given(patchworks(), walk(2))
@settings(max_examples=150, deadline=None)
def test_a_line_shares_with_each_leaf_what_whole_numbers_say(patchwork, corners):
    ends = [pair for pair in itertools.pairwise(corners) if pair[0] != pair[1]]
    expected, whole = {}, 0.0
    for start, end in ends:
        length = GEOD.inv(*to_degrees(np.array(start)), *to_degrees(np.array(end)))[2]
        whole += length
        for fraction, leaves in stretches(patchwork, start, end):
            for leaf in leaves:
                expected[leaf] = expected.get(leaf, 0.0) + fraction * length
    if ends:
        expected = {leaf: length / whole for leaf, length in expected.items()}
        agrees(patchwork, LineString(to_degrees(np.array(corners))), expected)


@given(patchworks(), walk(3))
@settings(max_examples=150, deadline=None)
def test_an_area_shares_with_each_leaf_what_its_patches_say(patchwork, corners):
    local = shapely.make_valid(Polygon(np.array(corners) - ORIGIN))
    if local.area == 0:
        return
    expected = {}
    for patch in patchwork.top:
        leaf = patchwork.leaf_of(patch)
        if leaf is not None:
            common = local.intersection(Polygon(np.array(patchwork.ring(patch)) - ORIGIN))
            expected[leaf] = expected.get(leaf, 0.0) + common.area / local.area
    expected = {leaf: share for leaf, share in expected.items() if share > 1e-12}
    agrees(patchwork, Polygon(to_degrees(np.array(corners))), expected)


def agrees(patchwork, feature, expected):
    """Hold an answer to shares that are known; nothing of a few steps is measured finer than to 1e-4."""
    land = patchwork.land()
    (answer,) = placed(land, feature)
    found = answer.shares or (((answer.cell, answer.share),) if answer.cell >= 0 else ())
    assert {land.code[cell]: pytest.approx(share, abs=1e-4) for cell, share in found} == expected
    assert answer.method in METHODS
    if not expected:
        assert (answer.cell, answer.share) == (-1, 0.0)
        return
    ranked = sorted(expected.values(), reverse=True)
    best = sorted((code for code in expected if expected[code] > ranked[0] - 1e-9), key=str.encode)
    if len(ranked) == 1 or len(best) > 1 or ranked[0] - ranked[1] > 1e-3:
        method = "within" if ranked[0] > 1 - 1e-9 else "max_overlap"
        assert land.code[answer.cell] == best[0]
        assert answer.method == ("boundary_tiebreak" if len(best) > 1 else method)
        assert answer.on_edge == (len(best) > 1)


@given(patchworks(), st.lists(walk(1), min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_features_nor_of_leaves_changes_an_answer(patchwork, walks, chance):
    land = patchwork.land()
    features = [made(to_degrees(np.array(corners))) for corners in walks]
    first = named(land, placed(land, *features))
    order = list(range(len(features)))
    chance.shuffle(order)
    again = named(land, placed(land, *(features[i] for i in order)))
    assert again == [first[i] for i in order]
    turned = land_of(
        [(level.code, level.rule) for level in land.levels],
        [row(land, i) for i in reversed(range(len(land)))],
        extent=land.extent,
        noded=False,
    )
    assert named(turned, placed(turned, *features)) == first


def made(corners):
    kinds = {1: lambda c: Point(c[0]), 2: LineString}
    return kinds.get(len(corners), Polygon)(corners)


def row(land, i):
    parent = land.parent[i]
    above = land.code[parent] if parent >= 0 else ""
    return land.code[i], land.levels[land.level[i]].code, above, land.shapes[i]


def named(land, answer):
    names = [*land.code, None]
    return [
        (
            names[p.cell],
            p.method,
            p.share,
            p.on_edge,
            [(names[c], s) for c, s in p.shares or ()],
            names[p.nearest],
        )
        for p in answer
    ]


@given(patchworks(), st.tuples(st.integers(-2, 26), st.integers(-2, 26)).map(steps))
@settings(max_examples=80, deadline=None)
def test_a_point_is_placed_where_it_is_located(patchwork, point):
    land, expected = patchwork.land(), patchwork.expected(point)
    (answer,) = placed(land, Point(to_degrees(np.array(point))))
    assert [*land.code, None][answer.cell] == expected.leaf
    if expected.leaf is None:
        assert answer.method == ("gap" if expected.reason == Reason.GAP else "outside")
    else:
        assert answer.method == ("within" if len(expected.touching) == 1 else "boundary_tiebreak")
        assert answer.on_edge == expected.on_edge


# Real things on real land


@pytest.mark.shared_data
def test_real_buildings_share_out_wholly_among_the_patches_of_their_town(shared_data):
    file = shared_data / "features" / "helsinki_centre_osm.gpkg"
    layers = [name for name, _ in pyogrio.list_layers(file)]
    shapes = np.concatenate([shapely.from_wkb(pyogrio.raw.read(file, layer=name)[2]) for name in layers])
    west, south, east, north = shapely.total_bounds(shapes)
    xs, ys = snap(np.linspace(west, east, 12)), snap(np.linspace(south, north, 12))
    chance = random.Random(1)
    codes = [f"{n}" for n in range(121)]
    chance.shuffle(codes)
    grid = [box(a, c, b, d) for a, b in itertools.pairwise(xs) for c, d in itertools.pairwise(ys)]
    land = cells(*zip(codes, grid, strict=True), noded=False)
    answer = placed(land, *shapes)
    assert {p.method for p in answer} <= {"within", "max_overlap", "boundary_tiebreak"}
    areal = [p for p, s in zip(answer, shapes, strict=True) if shapely.get_dimensions(s) == 2 and p.shares]
    assert len(areal) > 50
    assert all(sum(share for _, share in p.shares) == pytest.approx(1, abs=1e-6) for p in areal)
    assert polygon_areas(grid).min() > 0
