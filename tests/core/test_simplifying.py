"""Simplified borders: what is shared stays shared, on every level, and nothing vanishes."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pyproj
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geogrid.core.simplifying import MOST_NORTH, label_points, simplify_land, to_mercator
from tests.core.lands import land_of
from tests.core.patchworks import patchworks

PARTITION = [("city", "partition"), ("town", "partition"), ("zone", "partition")]


def chain(shapes):
    """Add up the directed edges of shapes; what is walked both ways is gone."""
    net = Counter()
    for shape in shapes:
        for polygon in shapely.get_parts(shapely.orient_polygons(shape)):
            for ring in [polygon.exterior, *polygon.interiors]:
                corners = list(ring.coords)
                for a, b in pairwise(corners):
                    net[a, b] += 1
                    net[b, a] -= 1
    return {edge: count for edge, count in net.items() if count > 0}


def wiggling(corners, steps, seed):
    """A ring through corners whose sides wander, each the same in both directions, none across another."""
    ring = []
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        low, high = np.array(min(a, b)), np.array(max(a, b))
        noise = np.random.default_rng([seed, *(round(v * 1e6) for v in (*low, *high))])
        along = np.linspace(0, 1, steps + 1)[:, None]
        # Beside a corner a side stays within its own eighth of the square.
        aside = noise.uniform(-0.9, 0.9, (steps + 1, 1)) * np.minimum(along, 1 - along)
        line = low + along * (high - low) + aside * (high - low)[::-1] * [-1, 1]
        ring.extend((line if a == min(a, b) else line[::-1])[:-1].tolist())
    return shapely.Polygon(np.round(ring, 8))


def block(rows, columns, *, steps=30, seed=1):
    """Zones in rows and columns, joined to towns by rows and to one city."""
    zones, towns = [], []
    for r in range(rows):
        row = []
        for c in range(columns):
            x, y = 118 + c * 0.01, 30 + r * 0.01
            square = [(x, y), (x + 0.01, y), (x + 0.01, y + 0.01), (x, y + 0.01)]
            row.append(wiggling([(round(a, 8), round(b, 8)) for a, b in square], steps, seed))
            zones.append((f"z{r}{c}", "zone", f"t{r}", row[-1]))
        towns.append((f"t{r}", "town", "c", shapely.coverage_union_all(row)))
    city = shapely.coverage_union_all([shape for *_, shape in zones])
    return land_of(PARTITION, [("c", "city", None, city), *towns, *zones], noded=False)


def test_web_mercator_is_that_of_proj():
    places = np.array([[118.3, 29.7], [-180, -85], [180, 85], [0, 0], [5.5, 71.2]])
    to_web = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    expected = np.column_stack(to_web.transform(places[:, 0], places[:, 1]))
    assert np.abs(to_mercator(places) - expected).max() < 1e-6
    assert to_mercator(np.array([[0, 90.0]]))[0, 1] == to_mercator(np.array([[0, MOST_NORTH]]))[0, 1]


def test_every_level_keeps_the_same_vertices():
    land = block(3, 4)
    for shapes in simplify_land(land, [20, 80, 400]):
        city, towns, zones = (shapes[land.level == level] for level in range(3))
        assert chain(city) == chain(towns) == chain(zones)
        assert shapely.coverage_is_valid(zones)
        assert shapely.is_valid(shapes).all()


def test_larger_tolerances_leave_fewer_vertices():
    land = block(3, 4)
    counts = [shapely.get_num_coordinates(shapes).sum() for shapes in simplify_land(land, [20, 80, 400])]
    assert shapely.get_num_coordinates(land.shapes).sum() > counts[0] > counts[1] > counts[2]


def test_nothing_is_changed_without_tolerance_but_straight_vertices():
    land = block(2, 2)
    [shapes] = simplify_land(land, [0])
    exact = shapely.transform(land.shapes, to_mercator)
    assert np.abs(shapely.area(shapes) - shapely.area(exact)).max() < 1e-3


def test_a_tiny_cell_and_a_hole_keep_a_shape():
    outer = shapely.box(118, 30, 118.1, 30.1)
    park = shapely.Point(118.05, 30.05).buffer(0.0001)
    land = land_of(
        PARTITION[:2],
        [("c", "city", None, outer), ("a", "town", "c", outer - park), ("p", "town", "c", park)],
    )
    [shapes] = simplify_land(land, [50_000])
    assert not shapely.is_empty(shapes).any()
    assert len(shapely.get_parts(shapes[1])[0].interiors) == 1
    assert chain(shapes[:1]) == chain(shapes[1:])


def test_an_islet_without_any_neighbour_keeps_a_shape():
    land = land_of(PARTITION[:1], [("c", "city", None, shapely.Point(118, 30).buffer(0.0001, quad_segs=64))])
    [shapes] = simplify_land(land, [1e6])
    assert shapes[0].area > 0


def test_levels_that_do_not_divide_land_share_borders_as_well():
    land = block(2, 2)
    cells = [("s", "site", None, land.shapes[land.code.index("z00")])]
    cells += [
        (code, PARTITION[level][0], None, shape)
        for code, level, shape in zip(land.code, land.level, land.shapes, strict=True)
    ]
    both = land_of([*PARTITION, ("site", "site")], cells, noded=False)
    [shapes] = simplify_land(both, [100])
    assert shapely.equals_identical(shapes[both.code.index("s")], shapes[both.code.index("z00")])


def test_cells_without_land_stay_without():
    land = land_of(
        [("a", "partition"), ("g", "group")],
        [("x", "a", None, shapely.box(1, 1, 2, 2)), ("y", "g", None, None)],
    )
    [shapes] = simplify_land(land, [10])
    assert shapes[0] is not None
    assert shapes[1] is None
    assert label_points(shapes)[1] is None


def test_a_land_without_cells():
    assert [list(shapes) for shapes in simplify_land(land_of(PARTITION, []), [1, 2])] == [[], []]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_lands_that_are_not_noded_or_not_valid_lose_no_cell(data):
    number = st.integers(0, 40).map(lambda v: 118 + v / 1000)
    ring = st.lists(st.tuples(number, number.map(lambda v: v - 88)), min_size=3, max_size=7, unique=True)
    rings = data.draw(st.lists(ring, min_size=1, max_size=5))
    cells = [(str(i), "city", None, shapely.Polygon(corners)) for i, corners in enumerate(rings)]
    land = land_of(PARTITION[:1], cells, noded=False)
    for shapes in simplify_land(land, [50, 500]):
        assert not shapely.is_empty(shapes).any()
        assert all(label is not None for label in label_points(shapes))


@settings(deadline=None, max_examples=100)
@given(patchworks(), st.sampled_from([0.01, 1.0, 1e4]))
def test_patchworks_of_any_kind_never_tear(patchwork, tolerance):
    land = patchwork.land()
    [shapes] = simplify_land(land, [tolerance])
    exact = shapely.transform(land.shapes, to_mercator)
    assert not shapely.is_empty(shapes).any()
    vertices = set(map(tuple, shapely.get_coordinates(exact).tolist()))
    assert vertices.issuperset(map(tuple, shapely.get_coordinates(shapes).tolist()))
    assert all(
        len(shapely.get_parts(a)) == len(shapely.get_parts(b)) for a, b in zip(shapes, exact, strict=True)
    )
    for parent in np.flatnonzero(land.level == 0).tolist():
        children = np.flatnonzero(land.parent == parent)
        if len(children) and shapely.union_all(land.shapes[children]).equals(land.shapes[parent]):
            assert chain(shapes[[parent]]) == chain(shapes[children])


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 10_000), st.floats(1, 2000))
def test_wandering_borders_stay_a_coverage(rows, columns, seed, tolerance):
    land = block(rows, columns, steps=12, seed=seed)
    [shapes] = simplify_land(land, [tolerance])
    city, towns, zones = (shapes[land.level == level] for level in range(3))
    assert chain(city) == chain(towns) == chain(zones)
    assert shapely.coverage_is_valid(zones)
    assert shapely.is_valid(shapes).all()


def test_labels_lie_well_inside_the_largest_part():
    ring = shapely.Point(0, 0).buffer(100) - shapely.Point(0, 0).buffer(60)
    both = shapely.MultiPolygon([shapely.box(1000, 0, 1010, 10), ring])
    [label] = label_points(np.array([both], dtype=object))
    assert ring.contains(label)
    assert ring.boundary.distance(label) > 17
