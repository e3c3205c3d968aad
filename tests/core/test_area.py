"""Areas are additive under noding and agree with an independent geodesic computation on fine edges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geogrid.core.area import edge_areas, polygon_areas


def test_the_box_of_the_requirements_measures_what_two_other_programs_say():
    assert polygon_areas([shapely.box(118.30, 29.70, 118.31, 29.71)])[0] == pytest.approx(
        1_072_675.3, abs=0.1
    )


def test_the_whole_earth_measures_510_million_km2():
    assert polygon_areas([shapely.box(-180, -90, 180, 90)])[0] == pytest.approx(510_065_621.72e6, rel=1e-9)


def test_densified_edges_agree_with_geodesic_area():
    shape = shapely.Polygon([(118, 29), (118.7, 29.1), (118.9, 30), (118.2, 29.8)])
    fine = shapely.segmentize(shape, 0.0005)
    geodesic = abs(Geod(ellps="WGS84").geometry_area_perimeter(fine)[0])
    assert polygon_areas([shape])[0] == pytest.approx(geodesic, rel=1e-8)


def test_holes_and_parts_and_ring_directions_count_rightly():
    hole = shapely.box(1, 1, 2, 2)
    shell = shapely.box(0, 0, 3, 3)
    with_hole = shapely.Polygon(shell.exterior.coords, [hole.exterior.coords])
    island = shapely.box(5, 0, 6, 1)
    both = shapely.MultiPolygon([with_hole, island])
    whole, inner, apart, measured = polygon_areas([shell, hole, island, both])
    assert measured == pytest.approx(whole - inner + apart, rel=1e-14)
    assert polygon_areas([shapely.orient_polygons(both)])[0] == pytest.approx(measured, rel=1e-15)


def test_what_is_no_polygon_measures_nothing():
    assert (
        polygon_areas(
            [None, shapely.Point(1, 2), shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])]
        ).tolist()
        == [0] * 4
    )


SIXTEENTHS = st.integers(-40, 40)


@settings(deadline=None)  # the first call compiles
@given(st.integers(-179, 178), st.integers(-85, 82), SIXTEENTHS, SIXTEENTHS, st.integers(0, 16))
def test_a_node_on_an_edge_changes_nothing(lon, lat, east, north, share):
    # Sixteenths of degrees, so the node lies on the edge exactly; the second term is the rounding of doubles.
    start, way = np.array([[lon, lat]], dtype=float), np.array([[east, north]]) / 16
    middle, end = start + way * share / 16, start + way
    reference = np.array([float(lat)])
    whole = edge_areas(start, end, reference)[0]
    halves = edge_areas(start, middle, reference)[0] + edge_areas(middle, end, reference)[0]
    assert abs(whole - halves) <= 1e-6 + 5e-15 * abs(whole)
