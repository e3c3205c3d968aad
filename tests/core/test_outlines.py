"""Distances to borders out of flat arrays, and whose border may be the nearest: against `Borders`."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.nearest import Borders
from geogrid.core.outlines import Outlines, outlines_of


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


def flat(shapes, leaves=None):
    """All borders in flat arrays; of several as near the first of `leaves` counts."""
    leaves = np.arange(len(shapes)) if leaves is None else leaves
    outlines = outlines_of(shapes)
    vertex = np.cumsum([0, *(len(one.xy) for one in outlines)])
    rings = np.cumsum([0, *(len(one.ring) for one in outlines)])
    xy = np.concatenate([np.empty((0, 2)), *(one.xy for one in outlines)])
    ring = np.concatenate([np.empty(0, dtype=np.int64), *(one.ring for one in outlines)])
    return Outlines.of((xy, vertex, ring, rings), leaves, shapely.bounds(shapes[leaves]).reshape(-1, 4))


@pytest.mark.parametrize(
    ("west", "south", "span"), [(100, 20, 0.3), (100, 20, 20), (-179.98, -60, 0.5), (179.2, 65, 0.7)]
)
def test_the_nearest_border_is_that_of_the_polygons(west, south, span) -> None:
    shapes = blobs(300, 4, west, south, span)
    shapes = shapes[shapely.bounds(shapes)[:, 2] <= 180]
    borders, outlines = Borders.of(shapes), flat(shapes)
    rng = np.random.default_rng(5)
    near = rng.uniform((west - 0.5, south - 0.5), (west + span + 0.5, south + span + 0.5), (300, 2))
    far = rng.uniform((-180, -90), (180, 90), (100, 2))
    near[:, 0] = (near[:, 0] + 180) % 360 - 180
    places = np.concatenate([near, far, [[0, 90], [180, 0], [-180, -90]]])
    polygon, metres = borders.nearest(shapely.points(places))
    found = [outlines.nearest(*place) for place in places.tolist()]
    assert [one for one, _ in found] == polygon.tolist()
    assert np.abs([away for _, away in found] - metres).max() < 1e-4


def test_of_several_as_near_the_first_one_counts() -> None:
    """Places beside the corner of four squares, and north of an edge of two that lie upon each other.

    2 3
    0 1
    """
    squares = np.array([shapely.box(x, y, x + 0.01, y + 0.01) for y in (0, 0.01) for x in (0, 0.01)])
    shapes = np.concatenate([squares, squares])
    for leaves in (np.arange(8), np.arange(8)[::-1], np.random.default_rng(1).permutation(8)):
        borders, outlines = Borders.of(shapes[leaves]), flat(shapes, leaves)
        for place in ([0.01, 0.01], [0.01, 0.03], [0.005, 0.0201], [-0.02, 0.01], [0.3, -0.2]):
            (polygon,), (metres,) = borders.nearest(shapely.points([place]))
            assert outlines.nearest(*place)[0] == leaves[polygon]
            assert outlines.nearest(*place)[1] == pytest.approx(metres, abs=1e-6)


def test_without_polygons_none_is_nearest() -> None:
    assert flat(np.array([], dtype=object)).nearest(1.0, 2.0) == (-1, np.inf)
