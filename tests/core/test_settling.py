"""Foreign polygons become cells that share their nodes, wherever and however they come."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from geogrid.core.area import polygon_areas
from geogrid.core.crs import resolve_crs
from geogrid.core.junctions import with_junctions
from geogrid.core.lattice import snap
from geogrid.core.mesh import mesh_of, node_mesh
from geogrid.core.nesting import parents_by_share
from geogrid.core.settling import settle

UTM = resolve_crs("EPSG:32650")
TW = resolve_crs("EPSG:3826")
WGS = resolve_crs("EPSG:4326")


def shapes(*given):
    array = np.empty(len(given), dtype=object)
    array[:] = given
    return array


def test_an_edge_gets_the_vertex_of_the_neighbour_that_ends_on_it():
    whole, left, right = box(0, 0, 100, 50), box(0, 50, 30, 90), box(30, 50, 100, 90)
    (noded, *_), added = with_junctions(shapes(whole, left, right), 0.0005)
    assert added == 1
    assert (30.0, 50.0) in set(map(tuple, shapely.get_coordinates(noded).tolist()))
    assert noded.equals(whole)


def test_junctions_keep_their_order_along_an_edge_and_reach_no_farther_than_told():
    whole = box(0, 0, 100, 50)
    above = [box(x, 50, x + 10, 60) for x in range(0, 100, 10)]
    off = box(42, 50.001, 45, 55)
    noded, added = with_junctions(shapes(whole, *above, off), 0.0005)
    xs = [x for x, y in shapely.get_coordinates(noded[0]).tolist() if y == 50]
    assert sorted(set(xs)) == [float(x) for x in range(0, 101, 10)]
    assert xs == sorted(xs) or xs == sorted(xs, reverse=True)
    assert added == 9


def test_junctions_in_the_files_system_keep_borders_together_when_edges_are_bent():
    """A 20 km edge bows by metres between UTM and degrees; without its junctions there would be a gap."""
    whole = box(500_000, 3_290_000, 520_000, 3_300_000)
    left, right = box(500_000, 3_300_000, 507_000, 3_310_000), box(507_000, 3_300_000, 520_000, 3_310_000)
    settled = settle(shapes(whole, left, right), [UTM] * 3)
    union = shapely.union_all(settled.shapes)
    assert shapely.get_num_interior_rings(shapely.get_parts(union)).sum() == 0
    assert polygon_areas([union])[0] == pytest.approx(polygon_areas(settled.shapes).sum(), rel=1e-12)
    assert settled.moved_m <= 0.00079


def test_settling_twice_changes_nothing():
    first = settle(shapes(box(0, 0, 100, 50), box(30, 50, 100, 90)), [TW] * 2)
    again = settle(first.shapes, [None, None])
    assert [a.equals_exact(b, 0) for a, b in zip(first.shapes, again.shapes, strict=True)] == [True, True]
    assert again.added == 0


def test_every_coordinate_is_on_the_lattice_and_nothing_crosses():
    numbers = np.random.default_rng(3)
    given = [shapely.Polygon(numbers.uniform(118, 118.01, (3, 2)) - [0, 88]).buffer(0) for _ in range(12)]
    settled = settle(shapes(*given), [WGS] * 12)
    xy = shapely.get_coordinates(settled.shapes)
    assert (snap(xy) == xy).all()
    before = mesh_of(settled.shapes)
    assert len(node_mesh(before).vertex) == len(before.vertex)


def test_a_bow_tie_is_mended_by_the_even_odd_rule_and_its_crossing_is_told():
    bow = shapely.Polygon([(118, 29), (118.01, 29.01), (118.01, 29), (118, 29.01)])
    settled = settle(shapes(bow), [WGS])
    (fault,) = settled.faults.values()
    assert fault.doubtful
    assert fault.at.distance(shapely.Point(118.005, 29.005)) < 1e-9
    assert polygon_areas(settled.shapes)[0] == pytest.approx(
        polygon_areas([box(118, 29, 118.01, 29.01)])[0] / 2, rel=1e-3
    )


def test_a_ring_that_only_touches_itself_leaves_no_doubt():
    touching = shapely.Polygon([(118, 29), (118.02, 29), (118.02, 29.02), (118.01, 29), (118, 29.02)])
    assert not touching.is_valid
    settled = settle(shapes(touching), [WGS])
    assert not settled.faults[0].doubtful


def test_a_polygon_smaller_than_the_grid_is_told_and_not_lost_silently():
    dot = box(118, 29, 118 + 2e-9, 29 + 2e-9)
    settled = settle(shapes(dot, box(118, 29, 118.1, 29.1)), [WGS, WGS])
    assert settled.shapes[0].is_empty
    assert settled.faults[0].doubtful


def test_parents_are_those_with_the_largest_share_and_ties_go_to_the_lowest_code():
    parents = shapes(box(0, 0, 1, 1), box(1, 0, 2, 1))
    children = shapes(box(0.1, 0.1, 0.4, 0.4), box(0.9, 0, 1.3, 1), box(0.5, 0, 1.5, 1), box(5, 5, 6, 6))
    assert parents_by_share(children, parents, ["b", "a"]).tolist() == [0, 1, 1, -1]
    assert parents_by_share(children, parents, ["a", "b"]).tolist() == [0, 1, 0, -1]


def test_parents_of_nothing_and_among_nothing_are_none():
    empty = shapes(shapely.MultiPolygon())
    assert parents_by_share(empty, shapes(box(0, 0, 1, 1)), ["a"]).tolist() == [-1]
    assert parents_by_share(shapes(box(0, 0, 1, 1)), shapes(), []).tolist() == [-1]
