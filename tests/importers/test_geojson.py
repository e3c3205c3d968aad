"""GeoJSON as it is and as it should not be."""

from __future__ import annotations

import json

import pytest
import shapely

from geogrid.core.errors import BadInput, NotFound, UnknownCrs, UnreadableFile
from importers.readers import read_table
from tests.importers.making import collection, feature, polygon, square


@pytest.fixture
def read(tmp_path):
    def from_text(text, name="cells.geojson", want="polygon", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(path, want=want, **options)

    return from_text


def test_rows_keep_their_order_numbers_and_exact_attributes(read):
    table = read(
        collection(
            feature(square(0, 0), code="001", size=12345678901234567890, tags=["a"], when="2016-01-01"),
            feature(square(1, 0), code="002", size=1.5, other=None),
        )
    )
    assert table.fields == ("code", "size", "tags", "when", "other")
    assert table.attributes[0]["size"] == 12345678901234567890
    assert table.attributes[0]["when"] == "2016-01-01"
    assert table.attributes[1]["tags"] is None
    assert table.numbers.tolist() == [1, 2]
    assert [g.wkt for g in table.geometries] == [
        "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))",
        "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))",
    ]
    assert (table.crs.name, table.crs_origin, table.encoding) == (
        "EPSG:4326",
        "default of the format",
        "utf-8",
    )
    assert table.read == 2
    assert not table.all_refused


@pytest.mark.parametrize("name", ["cells", "cells.json", "cells.GeoJSON", "cells.ndjson", "cells.data"])
def test_the_name_of_the_file_does_not_matter(read, name):
    assert read(collection(feature(square(0, 0))), name).read == 1


def test_newline_delimited_features_and_text_sequences_are_read(read):
    lines = [json.dumps(feature(square(x, 0), code=str(x))) for x in range(3)]
    assert read("\n".join(lines) + "\n", "cells.geojsonl").numbers.tolist() == [1, 2, 3]
    assert read("\x1e" + "\n\x1e".join(lines)).read == 3


def test_a_single_feature_and_a_bare_geometry_are_read(read):
    assert read(json.dumps({**feature(square(0, 0), a=1), "id": "x"})).attributes == [{"id": "x", "a": 1}]
    assert read(json.dumps(square(0, 0))).read == 1


def test_the_type_may_come_after_the_features(read):
    text = json.dumps({"features": [feature(square(0, 0))], "name": "land", "type": "FeatureCollection"})
    assert read(text).layer == "land"
    assert read(text, layer="land").read == 1
    with pytest.raises(NotFound, match=r'has no layer "lnd" \(did you mean "land"'):
        read(text, layer="lnd")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings_than_utf8_are_recognised(read, encoding):
    table = read(collection(feature(square(0, 0), name="屯溪区")).encode(encoding))
    assert table.attributes[0]["name"] == "屯溪区"
    assert table.encoding == encoding


def test_the_encoding_that_was_named_is_the_only_one_tried(read):
    text = collection(feature(square(0, 0), name="Ångström")).encode("latin-1")
    assert read(text, encoding="latin-1").attributes[0]["name"] == "Ångström"
    with pytest.raises(UnreadableFile, match="is not text in utf-8"):
        read(text, encoding="utf-8")
    with pytest.raises(BadInput, match='"klingon" is not an encoding'):
        read(text, encoding="klingon")


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, "EPSG:4490"),
        ({"type": "name", "properties": {"name": "EPSG:3826"}}, "EPSG:3826"),
        ({"type": "EPSG", "properties": {"code": 3857}}, "EPSG:3857"),
    ],
)
def test_the_old_crs_member_is_honoured(read, member, name):
    table = read(collection(feature(square(250000, 2700000)), crs=member), want="any")
    assert (table.crs.name, table.crs_origin) == (name, "declared by the file")


def test_the_crs_that_was_given_wins_and_the_contradiction_is_noted(read):
    member = {"type": "name", "properties": {"name": "EPSG:4490"}}
    table = read(collection(feature(square(118, 29)), crs=member), crs="gcj02")
    assert (table.crs.name, table.crs_origin) == ("gcj02", "given")
    assert table.notes == ("the file declares EPSG:4490; gcj02 was given and is used",)


@pytest.mark.parametrize(
    "member",
    [
        None,
        {"type": "link", "properties": {"href": "x"}},
        {"type": "name", "properties": {"name": "EPSG:99999"}},
        {"type": "name", "properties": {"name": "EPSG:4214"}},
        7,
    ],
)
def test_a_crs_member_that_cannot_be_followed_is_not_ignored(read, member):
    text = collection(feature(square(0, 0)), crs=member)
    with pytest.raises(UnknownCrs, match=r"cells\.geojson.*--crs|cells\.geojson.*EPSG:4490"):
        read(text)
    assert read(text, crs="4326").read == 1


@pytest.mark.parametrize(
    ("geometry", "code", "reason"),
    [
        (None, "no-geometry", "has no geometry"),
        ({"type": "Polygon", "coordinates": []}, "no-geometry", "has no geometry"),
        (polygon([[0, 0], [float("nan"), 0], [1, 1], [0, 0]]), "not-finite", "nan"),
        (polygon([[0, 0], [1e308, 0], [1, 1], [0, 0]]), "not-finite", "1e+308"),
        (polygon([[0, 0], [float("inf"), 0], [1, 1], [0, 0]]), "not-finite", "inf"),
        (polygon([[0, 0], [1, None], [1, 1], [0, 0]]), "not-finite", "nan"),
        (polygon([[0, 0], [1, 0], [0, 0]]), "too-few-points", "fewer than 3 different points"),
        (polygon([[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]), "too-few-points", "fewer than 3"),
        (polygon([[0, 0], [0, 0], [0, 0], [0, 0]]), "too-few-points", "fewer than 3"),
        (polygon([["a", 0], [1, 0], [1, 1], [0, 0]]), "broken-geometry", "not pairs of numbers"),
        (polygon([[0], [1], [1], [0]]), "broken-geometry", "not pairs of numbers"),
        (polygon("abc"), "broken-geometry", "not a list"),
        ({"type": "Polygon", "coordinates": 7}, "broken-geometry", "not a list"),
        ({"type": "Circle", "coordinates": [0, 0]}, "broken-geometry", '"Circle" is not a kind'),
        ({"type": ["Point"], "coordinates": [0, 0]}, "broken-geometry", "is not a kind"),
        (5, "broken-geometry", "not a GeoJSON geometry"),
        ({"type": "Point", "coordinates": [0, 0]}, "wrong-geometry-type", "is a Point, not a polygon"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "wrong-geometry-type", "is a LineString"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "too-few-points", "fewer than 2 points"),
        (square(29.7, 118.3), "swapped-axes", "look swapped (119.3 is given as latitude)"),
        (square(13164814, 3460359), "out-of-range", "look like metres: name their coordinate system"),
        (square(0, 95), "swapped-axes", "96"),
        (square(190, 0), "out-of-range", "191 is not a longitude"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_stay(read, geometry, code, reason):
    table = read(collection(feature(square(0, 0), n=1), feature(geometry, n=2), feature(square(1, 0), n=3)))
    assert [row["n"] for row in table.attributes] == [1, 3]
    assert table.numbers.tolist() == [1, 3]
    (refused,) = table.refused
    assert (refused.row, refused.code, refused.attributes["n"]) == (2, code, 2)
    assert reason in refused.reason
    assert table.read == 3


def test_what_is_no_feature_is_refused_as_a_row(read):
    text = json.dumps(
        {"type": "FeatureCollection", "features": [7, feature(square(0, 0)), {"type": "Topology"}]}
    )
    table = read(text)
    assert [(row.row, row.code) for row in table.refused] == [(1, "not-a-feature"), (3, "not-a-feature")]


def test_a_file_whose_rows_are_all_refused_says_so(read):
    table = read(collection(feature(None), feature(None)))
    assert table.all_refused
    assert len(table.geometries) == 0


def test_points_and_lines_are_kept_where_anything_is_wanted(read):
    point, line = (
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
    )
    table = read(collection(feature(point), feature(line), feature(square(0, 0))), want="any")
    assert [g.geom_type for g in table.geometries] == ["Point", "LineString", "Polygon"]


def test_a_collection_counts_only_when_it_holds_one_kind(read):
    inner = {"type": "GeometryCollection", "geometries": [square(0, 0), square(5, 5)]}
    deep = {"type": "GeometryCollection", "geometries": [inner, square(9, 9)]}
    point = {"type": "Point", "coordinates": [1, 2]}
    mixed = {"type": "GeometryCollection", "geometries": [square(0, 0), point]}
    empty = {"type": "GeometryCollection", "geometries": []}
    table = read(collection(*map(feature, (inner, deep, mixed, empty))))
    assert [(g.geom_type, len(g.geoms)) for g in table.geometries] == [
        ("MultiPolygon", 2),
        ("MultiPolygon", 3),
    ]
    assert [(row.row, row.code) for row in table.refused] == [(3, "mixed-geometry"), (4, "no-geometry")]


def test_open_rings_are_closed_heights_and_repeats_dropped_and_all_of_it_noted(read):
    ring = [[0, 0, 5], [1, 0, 5], [1, 0, 5], [1, 1, 5], [0, 1]]
    table = read(collection(feature(polygon(ring))))
    assert table.geometries[0].wkt == "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
    assert any("not closed" in note for note in table.notes)
    assert "repeated vertices removed in 1 rows" in table.notes


def test_heights_are_dropped_and_noted(read):
    table = read(collection(feature(polygon([[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]))))
    assert not shapely.has_z(table.geometries[0])
    assert "parts of geometries had Z values, which were dropped: 1" in table.notes


def test_a_bow_tie_arrives_as_it_is(read):
    bow = polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]])
    (geometry,) = read(collection(feature(bow))).geometries
    assert geometry.wkt == "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"
    assert not geometry.is_valid


def test_an_empty_part_does_not_spoil_the_others(read):
    geometry = {"type": "MultiPolygon", "coordinates": [[], square(0, 0)["coordinates"]]}
    (kept,) = read(collection(feature(geometry))).geometries
    assert kept.wkt == "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)))"


def test_land_over_180_is_kept_for_the_rule_that_splits_or_refuses_it(read):
    assert len(read(collection(feature(square(179.5, 0)))).geometries) == 1


def test_numbers_that_json_does_not_know_become_empty_and_are_noted(read):
    table = read(collection(feature(square(0, 0), a=float("nan"), b=[float("inf")], c={"d": float("nan")})))
    assert table.attributes == [{"a": None, "b": [None], "c": {"d": None}}]
    assert "attributes that were NaN or infinite became empty: 3" in table.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("   ", "holds no rows"),
        ('{"type": "FeatureCollection", "features": [', "line 1, column 44"),
        ('{"type": "FeatureCollection", "features": [{"type": "Fea', "line 1"),
        ('{"type": "FeatureCollection" "features": []}', '"," is missing'),
        ('{"type": "FeatureCollection", "features": []} x', '"{" is missing'),
        ("hello, world", '"{" is missing'),
        ('{"type": "Topology", "objects": {}}', 'its type is "Topology"'),
        ('{"a": 1}', "does not say what it is"),
        ("{}", "does not say what it is"),
        ('{"type": "FeatureCollection", "features": []}', "holds no rows"),
        ('{"type": "FeatureCollection"}', "holds no rows"),
        ('{"a": ' + "[" * 100_000, "not complete GeoJSON"),
        ('{"type": "Feature", "properties": {"a": ' + "9" * 5000 + "}}", "too long"),
    ],
)
def test_what_is_no_geojson_is_refused_in_one_sentence(read, text, said):
    with pytest.raises(UnreadableFile) as caught:
        read(text)
    assert said in caught.value.message
    assert caught.value.message.startswith("cells.geojson")
    assert "\n" not in caught.value.message


def test_deeply_nested_collections_are_a_bad_row(read):
    geometry = square(0, 0)
    for _ in range(50):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    (refused,) = read(collection(feature(geometry))).refused
    assert refused.code == "broken-geometry"
