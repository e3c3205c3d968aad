"""Snap rounding: shared nodes, no crossings, at rest after one run; checked with exact fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from geogrid.core.noding import node_segments
from geogrid.core.predicates import crossing_point, passes_pixel

SMALL = st.integers(-5, 5)
POINT = st.tuples(SMALL, SMALL)


def passes_by_fractions(a, b, pixel):
    low = [Fraction(2 * c - 1, 2) for c in pixel]
    times = {Fraction(0), Fraction(1)}
    for axis in (0, 1):
        if b[axis] != a[axis]:
            times |= {(edge - a[axis]) / (b[axis] - a[axis]) for edge in (low[axis], low[axis] + 1)}
    times = sorted(t for t in times if 0 <= t <= 1)
    times += [(s + t) / 2 for s, t in pairwise(times)]
    return any(all(low[k] <= a[k] + t * (b[k] - a[k]) < low[k] + 1 for k in (0, 1)) for t in times)


@given(POINT, POINT, POINT)
@settings(max_examples=500)
def test_a_segment_passes_a_pixel_exactly_when_fractions_say_so(a, b, pixel):
    if a == b:
        return
    answer = passes_pixel(np.array([a]), np.array([b]), np.array([pixel]))[0]
    assert answer == passes_by_fractions(a, b, pixel)


def test_long_segments_are_as_exact_as_short_ones():
    far = 17_999_999_999
    a, b = np.array([[-far, -far]], dtype=object), np.array([[far, far]], dtype=object)
    assert passes_pixel(a, b, np.array([[12345, 12345]], dtype=object))[0]
    assert not passes_pixel(a, b, np.array([[12345, 12346]], dtype=object))[0]


def test_a_crossing_is_rounded_half_up():
    a, b, c, d = (np.array(p) for p in ((0, 0), (1, 1), (0, 1), (1, 0)))
    assert crossing_point(a, b, c, d) == (1, 1)
    assert crossing_point(-a, -b, -c, -d) == (0, 0)


def distinct_segments(points):
    xy = np.array(sorted(set(points)), dtype=np.int64)
    index = {tuple(p): k for k, p in enumerate(xy.tolist())}
    pairs = {
        tuple(sorted((index[p], index[q]))) for p, q in zip(points[::2], points[1::2], strict=False) if p != q
    }
    return xy, np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=4, max_size=30))
@settings(max_examples=200, deadline=None)
def test_after_noding_nothing_crosses_and_a_second_run_changes_nothing(points):
    xy, segments = distinct_segments(points)
    if not len(segments):
        return
    noded = node_segments(xy, segments)
    pieces = np.unique(np.sort(noded.pieces, axis=1), axis=0)
    lines = shapely.linestrings(noded.xy[pieces].astype(float))
    first, second = shapely.STRtree(lines).query(lines, predicate="intersects")
    for a, b in zip(first, second, strict=True):
        if a < b:
            assert shapely.touches(lines[a], lines[b])
            assert shapely.intersection(lines[a], lines[b]).geom_type == "Point"
    again = node_segments(noded.xy, pieces)
    assert len(again.pieces) == len(pieces)
    assert len(again.xy) == len(noded.xy)


def test_a_t_junction_gives_its_node_to_the_neighbour_and_the_parent():
    #   +-----+        the right side of A is one edge, B and C meet in its middle
    #   |  A  +--B--
    #   |     +--C--
    #   +-----+
    a = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])
    b = shapely.Polygon([(1, 0.5), (2, 0.5), (2, 1), (1, 1)])
    c = shapely.Polygon([(1, 0), (2, 0), (2, 0.5), (1, 0.5)])
    parent = shapely.Polygon([(0, 0), (2, 0), (2, 1), (0, 1)])
    noded = polygons_of(node_mesh(mesh_of([a, b, c, parent])))
    assert shapely.coverage_is_valid(noded[:3])
    assert shapely.get_num_coordinates(noded).tolist() == [6, 5, 5, 8]
    assert (1.0, 0.5) in shapely.get_coordinates(noded[0]).tolist() or [1.0, 0.5] in shapely.get_coordinates(
        noded[0]
    ).tolist()


def test_a_spike_thinner_than_a_step_collapses_and_the_rest_stays():
    step = 1e-8
    cell = shapely.Polygon(
        [(0, 0), (1, 0), (1, 0.4), (1.5, 0.4 + step / 10), (1, 0.4 + step / 5), (1, 1), (0, 1)]
    )
    noded = polygons_of(node_mesh(mesh_of([cell])))[0]
    assert shapely.is_valid(noded)
    assert shapely.equals(shapely.remove_repeated_points(noded), shapely.box(0, 0, 1, 1))


def test_every_coordinate_that_comes_back_is_the_double_nearest_to_its_lattice_point():
    shape = shapely.Polygon([(118.123456785, 29.1), (118.9, 29.2), (118.5, 29.87654321)])
    xy = shapely.get_coordinates(polygons_of(mesh_of([shape])))
    assert (xy == to_degrees(np.floor(xy * 1e8 + 0.5).astype(np.int64))).all()
