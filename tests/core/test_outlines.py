"""Distances to borders out of flat arrays, and whose border may be the nearest: against `Borders`."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.nearest import Borders
from geogrid.core.outlines import candidates_nearest, outlines_of


def blobs(count, seed, west=100.0, south=20.0, span=1.0):
    """Ragged polygons, some with a hole, some in two parts."""
    rng = np.random.default_rng(seed)
    shapes = []
    for number in range(count):
        centre = rng.uniform((west, south), (west + span, south + span))
        turn = np.sort(rng.uniform(0, 2 * np.pi, 40))
        radius = rng.uniform(0.004, 0.03, 40)
        ring = centre + np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
        shape = shapely.Polygon(ring).buffer(0)
        if number % 3 == 0:
            shape = shape.difference(shapely.Point(centre).buffer(0.002))
        if number % 4 == 0:
            shape = shape.union(shapely.box(*(centre + 0.05), *(centre + 0.06)))
        shapes.append(shapely.set_precision(shape, 1e-8))
    return np.array(shapes, dtype=object)


@pytest.mark.parametrize(("west", "south"), [(100, 20), (-179.9, -60), (117, 65)])
def test_a_point_is_as_far_from_an_outline_as_from_the_polygons_border(west, south) -> None:
    shapes = blobs(60, 1, west, south)
    rng = np.random.default_rng(2)
    number = rng.integers(0, len(shapes), 3000)
    bounds = shapely.bounds(shapes)[number]
    places = np.round(rng.uniform(bounds[:, :2] - 0.01, bounds[:, 2:] + 0.01), 8)
    expected = Borders.of(shapes).distance(places, number)
    outlines = outlines_of(shapes)
    found = [outlines[n].distance(*place) for n, place in zip(number.tolist(), places.tolist(), strict=True)]
    assert np.abs(found - expected).max() < 1e-6


def test_on_a_vertex_the_border_is_no_way_off() -> None:
    (outline,) = outlines_of(blobs(1, 3))
    vertex = shapely.get_coordinates(blobs(1, 3))[5].tolist()
    assert outline.distance(*vertex) < 1e-8


@pytest.mark.parametrize("span", [0.3, 20.0])
def test_the_nearest_border_is_among_the_candidates(span) -> None:
    shapes = blobs(150, 4, span=span)
    borders = Borders.of(shapes)
    rng = np.random.default_rng(5)
    near = rng.uniform((99.5, 19.5), (100.5 + span, 20.5 + span), (150, 2))
    far = rng.uniform((-180, -85), (180, 85), (50, 2))
    places = np.concatenate([near, far])
    outside = ~shapely.intersects(shapely.union_all(shapes), shapely.points(places))
    fewest = len(shapes)
    for place in places[outside]:
        polygon, metres = borders.nearest(shapely.points([place]))
        candidates = candidates_nearest(shapely.bounds(shapes), *place.tolist())
        among = Borders.of(shapes[candidates]).nearest(shapely.points([place]))
        assert (candidates[among[0][0]], among[1][0]) == (polygon[0], metres[0])
        fewest = min(fewest, len(candidates))
    assert fewest < 10


def test_without_polygons_there_is_no_candidate() -> None:
    assert len(candidates_nearest(np.zeros((0, 4)), 1.0, 2.0)) == 0
