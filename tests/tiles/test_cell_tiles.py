"""Tiles of cells."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import shapely

from boundaries.selectors import land_at
from boundaries.services.publishing import draft_publish
from tests.core.lands import land_of
from tests.tiles.conftest import tiles_over
from tests.tiles.mvt import read_tile


def edges(features):
    """Add up the directed edges of polygons inside the box that tiles are cut with."""
    net = Counter()
    for shape, _ in features:
        for polygon in shapely.get_parts(shape):
            for number, ring in enumerate([polygon.exterior, *polygon.interiors]):
                corners = np.array(ring.coords, dtype=int)
                # By the area: on the grid a ring may touch itself, and the turn at one corner says nothing.
                area = (corners[:-1, 0] * corners[1:, 1] - corners[1:, 0] * corners[:-1, 1]).sum()
                if (area > 0) != (number == 0):
                    corners = corners[::-1]
                for a, b in pairwise(map(tuple, corners.tolist())):
                    if np.abs(np.array([a, b]) - 2048).max() <= 2048 + 63:
                        net[a, b] += 1
                        net[b, a] -= 1
    return {edge: count for edge, count in net.items() if count > 0}


@pytest.mark.parametrize("zoom", [0, 3, 7, 8, 10, 11, 12, 14, 15, 16])
def test_every_cell_is_there_and_labelled_once(published, tile, zoom):
    land = land_at(published)
    for number, level in enumerate(land.levels):
        codes = {code for code, of in zip(land.code, land.level, strict=True) if of == number}
        seen, labelled = set(), Counter()
        for x, y in tiles_over(land.shapes, zoom):
            layers = tile(f"/tiles/plain/{level.code}/{zoom}/{x}/{y}.mvt")
            seen |= {told["code"] for _, told in layers.get("cells", [])}
            labelled.update(told["code"] for _, told in layers.get("labels", []))
        assert seen == codes
        assert labelled == dict.fromkeys(codes, 1)


@pytest.mark.parametrize("zoom", [8, 11, 12, 13, 14, 15, 17])
def test_borders_do_not_tear_neither_between_neighbours_nor_between_levels(published, tile, zoom):
    met = 0
    for x, y in tiles_over(land_at(published).shapes, zoom)[:60]:
        city, town, zone = (
            edges(tile(f"/tiles/plain/{level}/{zoom}/{x}/{y}.mvt").get("cells", []))
            for level in ("city", "town", "zone")
        )
        assert city == town == zone
        met += len(zone)
    assert met > 0


def test_what_a_cell_and_its_label_tell(published, tile):
    layers = tile("/tiles/plain/zone/0/0/0.mvt")
    [told] = [told for _, told in layers["cells"] if told["code"] == "z11"]
    assert told == {"code": "z11", "name": "cell z11", "kind": "", "parent": "t1", "level": "zone"}
    [(point, label)] = [both for both in layers["labels"] if both[1]["code"] == "z11"]
    assert point.geom_type == "Point"
    assert set(label) == {"code", "name", "kind", "area"}
    assert label["area"] == pytest.approx(1.07e6, rel=0.2)


def test_labels_lie_in_their_cells(published, tile):
    for x, y in tiles_over(land_at(published).shapes, 13):
        layers = tile(f"/tiles/plain/zone/13/{x}/{y}.mvt")
        shapes = {told["code"]: shape for shape, told in layers.get("cells", [])}
        assert all(shapes[told["code"]].contains(point) for point, told in layers.get("labels", []))


def test_tiles_reach_a_little_over_their_edge(published, tile):
    land = land_at(published)
    reach = [
        shapely.total_bounds([shape for shape, _ in tile(f"/tiles/plain/city/16/{x}/{y}.mvt")["cells"]])
        for x, y in tiles_over([land.shapes[0].representative_point()], 16)
    ]
    assert [bounds.tolist() for bounds in reach] == [[-64, -64, 4160, 4160]] * len(reach)


def test_a_hole_stays_a_hole(scheme, put, tile):
    outer, park = shapely.box(118, 30, 118.4, 30.4), shapely.Point(118.2, 30.2).buffer(0.05)
    cells = [("c", "city", None, outer), ("a", "town", "c", outer - park), ("p", "town", "c", park)]
    levels = [("city", "partition"), ("town", "partition")]
    assert draft_publish(draft=put(land_of(levels, cells))).edition is not None
    layers = tile("/tiles/plain/town/5/26/13.mvt")
    shapes = {told["code"]: shape for shape, told in layers["cells"]}
    [around] = shapely.get_parts(shapes["a"])
    [hole] = around.interiors
    assert shapely.Polygon(hole).equals(shapes["p"])
    [label] = [point for point, told in layers["labels"] if told["code"] == "a"]
    assert shapes["a"].contains(label)


def test_a_draft_with_faults_has_every_cell(scheme, put, client, admin_client):
    city = shapely.box(118, 30, 118.1, 30.1)
    bow = shapely.Polygon([(118, 30), (118.05, 30.05), (118.05, 30), (118, 30.05)])
    cells = [
        ("c", "city", None, city),
        ("a", "town", "c", bow),
        ("b", "town", "c", shapely.box(118.04, 30, 118.2, 30.06)),
        ("d", "town", "c", shapely.box(118.06, 30.08, 118.0600001, 30.0800001)),
    ]
    draft = put(land_of([("city", "partition"), ("town", "partition")], cells, noded=False), draft="faulty")
    for zoom in range(0, 17, 2):
        seen = set()
        for x, y in tiles_over([city], zoom)[:400]:
            path = f"/tiles/plain/town/{zoom}/{x}/{y}.mvt?draft={draft.pk}&v={draft.version}"
            seen |= {told["code"] for _, told in read_tile(admin_client.get(path).content).get("cells", [])}
        assert seen == {"a", "b", "d"}
