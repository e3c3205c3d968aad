"""The arrangement: every face knows exactly what covers it, however thin, nested or dirty the input."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geogrid.core.chains import land_left_of, unique_segments
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from geogrid.core.planar import arrange, face_covers, face_groups, outlines

STEP = 1e-8


def arranged(shapes):
    mesh = node_mesh(mesh_of(shapes))
    edges, cell = mesh.edges()
    segments, of_edge, forward = unique_segments(edges)
    arrangement = arrange(mesh.xy, segments)
    return mesh, arrangement, face_covers(arrangement, of_edge, forward, cell)


def areas_by_cover(shapes):
    mesh, arrangement, covers = arranged(shapes)
    return {
        tuple(sorted(cover)): land_left_of(mesh.xy, outlines(arrangement, [faces])[0]).area
        for cover, faces in face_groups(arrangement, [cover or None for cover in covers])
    }


def test_two_overlapping_squares_make_three_faces():
    areas = areas_by_cover([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    assert areas == {(0,): pytest.approx(3), (0, 1): pytest.approx(1), (1,): pytest.approx(3)}


def test_components_inside_one_another_and_apart_are_told_apart():
    shapes = [
        shapely.box(0, 0, 9, 9),
        shapely.box(1, 1, 3, 3),
        shapely.box(2, 2, 2.5, 2.5),
        shapely.box(20, 0, 21, 1),
    ]
    areas = areas_by_cover(shapes)
    assert areas == {
        (0,): pytest.approx(77),
        (0, 1): pytest.approx(3.75),
        (0, 1, 2): pytest.approx(0.25),
        (3,): 1,
    }


def test_a_hole_is_covered_by_what_lies_in_it_only():
    with_hole = shapely.difference(shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2))
    areas = areas_by_cover([with_hole, shapely.box(1, 1, 2, 2)])
    assert areas == {(0,): pytest.approx(15), (1,): pytest.approx(1)}


def test_duplicates_are_both_named():
    assert areas_by_cover([shapely.box(0, 0, 1, 1)] * 2) == {(0, 1): pytest.approx(1)}


def test_a_face_one_step_high_on_a_base_of_a_kilometre_is_found():
    thin = shapely.Polygon([(0, 0), (1_000_000 * STEP, 0), (500_000 * STEP, STEP)])
    areas = areas_by_cover([shapely.box(-1, -1, 1, 1), thin])
    assert areas[0, 1] == pytest.approx(500_000 * STEP**2)


def test_what_is_thinner_than_half_a_step_collapses_without_a_trace():
    assert areas_by_cover([shapely.Polygon([(0, 0), (0, STEP), (STEP, 2 * STEP)])]) == {}


def polygons_in(shape):
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


TRIANGLE = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=6, unique=True)


@given(st.lists(TRIANGLE, min_size=2, max_size=7))
@settings(max_examples=150, deadline=None)
def test_the_faces_of_each_polygon_add_up_to_it(rings):
    whole = shapely.make_valid([shapely.Polygon([(x, y) for x, y in ring]) for ring in rings])
    parts = [shapely.MultiPolygon([p for g in shapely.get_parts(w) for p in polygons_in(g)]) for w in whole]
    shapes = [shapely.transform(shape, lambda xy: xy * STEP) for shape in parts]
    mesh, arrangement, covers = arranged(shapes)
    for label, shape in enumerate(polygons_of(mesh)):
        faces = [face for face, cover in enumerate(covers) if label in cover]
        land = land_left_of(mesh.xy, outlines(arrangement, [faces])[0])
        assert shapely.is_valid(land)
        assert land.area == pytest.approx(shape.area, rel=1e-9)
