"""Whether segments are noded already: the grid says what the tree of all segments says."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geogrid.core.chains import unique_segments
from geogrid.core.mesh import mesh_of
from geogrid.core.noded import is_noded, passes
from geogrid.core.noding import Vertices, node_segments
from geogrid.core.predicates import passes_pixel
from tests.core.lands import land_of

small = st.integers(-40, 40)
points = st.tuples(small, small)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(points, points), min_size=1, max_size=12), st.sampled_from([1, 1000]))
def test_segments_are_noded_if_noding_changes_nothing(lines, stretch):
    ends = np.array([line for line in lines if line[0] != line[1]], dtype=np.int64).reshape(-1, 2)
    if not len(ends):
        return
    vertices = Vertices.of(ends * stretch + 5_000_000)
    segments, _, _ = unique_segments(vertices.index.reshape(-1, 2))
    noded = node_segments(vertices.xy, segments)
    assert is_noded(vertices.xy, segments) == (len(noded.pieces) == len(segments))
    pieces, _, _ = unique_segments(noded.pieces)
    assert is_noded(noded.xy, pieces)


@settings(max_examples=300, deadline=None)
@given(points, points, points)
def test_one_segment_passes_a_pixel_as_many_do(a, b, pixel):
    one = tuple(np.array([p], dtype=np.int64) for p in (a, b, pixel))
    assert passes(*a, *b, *pixel) == bool(passes_pixel(*one)[0])


def test_segments_too_long_for_64_bits_are_left_to_others():
    xy = np.array([[0, 0], [1 << 31, 7]], dtype=np.int64)
    assert not is_noded(xy, np.array([[0, 1]]))


def test_many_segments_in_one_place_are_left_to_others():
    xy = np.array(
        [[0, 0], *([1000, n] for n in range(2000)), [10**9, 10**9], [10**9, 10**9 + 9]], dtype=np.int64
    )
    fan = np.array([[0, n] for n in range(1, 2001)] + [[2001, 2002]])
    assert not is_noded(xy, fan)


def test_a_partition_is_noded_and_a_t_junction_is_not():
    square = [
        ((0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)),
        ((0.01, 0), (0.02, 0), (0.02, 0.02), (0.01, 0.02)),
    ]
    import shapely

    cells = [(str(n), "city", "", shapely.Polygon(ring)) for n, ring in enumerate(square)]
    for noded in (True, False):
        mesh = mesh_of(land_of([("city", "partition")], cells, noded=noded).shapes)
        segments, _, _ = unique_segments(mesh.edges()[0])
        assert is_noded(mesh.xy, segments) == noded
