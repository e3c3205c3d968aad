"""Tiles of features."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely
from django.db import connection

from boundaries.models import Scheme
from geogrid.core.simplifying import WORLD_EDGE, to_mercator
from layers.models import Feature, FeatureSquare
from layers.services.assignments import features_assign
from tests.layers.lands import Land, box, five_lots, geos, new_layer, new_scheme, point, put
from tests.tiles.conftest import tiles_over


@pytest.fixture
def land(db) -> Land:
    land = new_scheme()
    land.publish(five_lots())
    return land


@pytest.fixture
def things(db):
    return new_layer("thing", key_fields=["no"])


def tile_of(lon, lat, zoom):
    east, north = to_mercator(np.array([[lon, lat]]))[0]
    side = 2 * WORLD_EDGE / 2**zoom
    return f"{zoom}/{int((east + WORLD_EDGE) // side)}/{int((WORLD_EDGE - north) // side)}"


def squares_anew():
    """Count by Python what the database is to keep."""
    found = {}
    for feature in Feature.objects.all():
        shape = shapely.from_wkb(bytes(feature.geom.wkb))
        if shapely.get_dimensions(shape) == 1:
            continue
        middle = shape.centroid
        u = int((middle.x + 180) / 360 * 2**26)
        y = np.arcsinh(np.tan(np.radians(middle.y)))
        v = int((0.5 - y / (2 * np.pi)) * 2**26)
        row = found.setdefault((feature.layer_id, u >> 12, v >> 12), [0, 0, 0, 0])
        for number, value in enumerate((1, u, v, feature.pk)):
            row[number] += value
    return found


def squares_kept():
    rows = FeatureSquare.objects.filter(count__gt=0)
    return {(r.layer_id, r.x, r.y): [r.count, r.sum_u, r.sum_v, r.sum_id] for r in rows}


def test_single_features_tell_what_is_public_and_their_cell(land, things, tile):
    things.schema = {"properties": {"name": {}, "category": {"x-private": True}}}
    things.save()
    made = put(things, "1", point(0.5, 0.5))
    made.attributes = {"name": "厂", "category": "secret", "phone": "1"}
    made.save()
    features_assign(scheme=land.scheme)
    layers = tile(f"/feature-tiles/thing/{tile_of(118.005, 30.005, 15)}.mvt?scheme=small")
    assert [told for _, told in layers["features"]] == [
        {"key": "1", "name": "厂", "cell": "10", "method": "within"}
    ]


def test_what_the_document_of_any_scheme_keeps_private_stays_private(land, things, tile):
    Scheme.objects.create(
        code="other",
        name_zh="x",
        name_en="x",
        document={"registers": {"thing": {"fields": {"no": {"private": True}, "name": {"private": True}}}}},
    )
    made = put(things, "110101199001011234", point(0.5, 0.5))
    made.attributes = {"name": "张三", "category": "c"}
    made.save()
    for zoom in (8, 15):
        layers = tile(f"/feature-tiles/thing/{tile_of(118.005, 30.005, zoom)}.mvt")
        assert [told for _, told in layers["features"]] == [{"category": "c"}]


@pytest.mark.parametrize("zoom", [0, 4, 9, 11, 12, 13, 14, 15, 17])
def test_every_feature_is_counted_once_over_all_tiles(land, things, tile, zoom):
    rng = np.random.default_rng(7)
    corners = [shapely.Point(lon, lat) for lon in (118.0, 118.02, 118.03) for lat in (30.0, 30.01)]
    edge = -180 + 360 * 215 / 256
    for number, (x, y) in enumerate(rng.uniform(0, 3, (60, 2)).tolist()):
        put(things, f"p{number}", point(x, y))
    for number, corner in enumerate([*corners, shapely.Point(edge, 30.001), shapely.Point(edge, 0)]):
        put(things, f"c{number}", corner)
    clustered, keys = 0, Counter()
    shapes = [shapely.box(118, 30, 118.03, 30.03), shapely.Point(edge, 30.001), shapely.Point(edge, 0)]
    paths = {at for shape in shapes for at in tiles_over([shape], zoom)}
    for x, y in sorted(paths):
        layers = tile(f"/feature-tiles/thing/{zoom}/{x}/{y}.mvt")
        clustered += sum(told["count"] for _, told in layers.get("clusters", []))
        keys.update(told["key"] for _, told in layers.get("features", []))
    assert set(keys.values()) <= {1}
    assert clustered + len(keys) == 68
    assert (clustered == 0) == (zoom >= 12)


def test_polygons_are_points_from_afar_and_whole_from_near(land, things, tile):
    put(things, "b", box(0.2, 0.2, 0.6, 0.6))
    path = "/feature-tiles/thing/{}.mvt"
    for zoom, kind in ((8, "Point"), (13, "Point"), (14, "Polygon"), (17, "Polygon")):
        [(shape, _)] = tile(path.format(tile_of(118.004, 30.004, zoom)))["features"]
        assert shape.geom_type == kind
    corner = tile(path.format(tile_of(118.0021, 30.0021, 18)))["features"]
    assert corner[0][0].geom_type == "Polygon"


def test_lines_are_lines_at_every_zoom(land, things, tile):
    put(things, "road", shapely.LineString([(118.0, 30.0), (118.2, 30.1), (118.4, 30.0)]))
    for zoom in (5, 9, 12, 15):
        [(shape, _)] = tile(f"/feature-tiles/thing/{tile_of(118.2, 30.1, zoom)}.mvt")["features"]
        assert shape.geom_type == "LineString"
    assert not FeatureSquare.objects.filter(count__gt=0).exists()


def test_a_crowd_is_drawn_as_clusters_near_as_well(land, things, tile, monkeypatch):
    monkeypatch.setattr("layers.tiles.selectors.MOST_SINGLE", 20)
    for number in range(30):
        put(things, str(number), shapely.Point(118.004 + number * 1e-7, 30.004))
    layers = tile(f"/feature-tiles/thing/{tile_of(118.004, 30.004, 14)}.mvt")
    assert sum(told["count"] for _, told in layers["clusters"]) == 30


def test_squares_follow_every_statement(land, things):
    other = new_layer("other")
    for number in range(40):
        put(things if number % 3 else other, str(number), point(number / 13, number / 17))
    put(things, "line", shapely.LineString([(118, 30), (118.1, 30)]))
    put(things, "polygon", box(0.2, 0.2, 0.6, 0.6))
    assert squares_kept() == squares_anew()
    moved = Feature.objects.filter(layer=things).order_by("pk")[:9]
    for feature in moved:
        feature.geom = geos(shapely.Point(119, 31))
    Feature.objects.bulk_update(moved, ["geom"])
    assert squares_kept() == squares_anew()
    Feature.objects.filter(layer=other).delete()
    assert squares_kept() == squares_anew()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE layers_feature SET attributes = '{}'")
    assert squares_kept() == squares_anew()


def test_a_tile_asks_little_of_the_database(land, things, client, django_assert_max_num_queries):
    put(things, "1", point(0.5, 0.5))
    for zoom in (8, 15):
        with django_assert_max_num_queries(5):
            client.get(f"/feature-tiles/thing/{tile_of(118.005, 30.005, zoom)}.mvt?scheme=small")
