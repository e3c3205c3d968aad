"""GeoPackages."""

from __future__ import annotations

import datetime as dt
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from geogrid.core.errors import BadInput, GeogridError, UnknownCrs, UnreadableFile
from importers.readers import read_table
from tests.importers.making import geopackage

CELLS = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
TM2 = [shapely.box(250000, 2700000, 251000, 2701000)]


def curve() -> bytes:
    """A circle as a CurvePolygon of one CircularString."""
    points = [(0, 0), (1, 1), (2, 0), (1, -1), (0, 0)]
    arc = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<2d", *point) for point in points)
    return struct.pack("<BII", 1, 10, 1) + arc


def altered(path: Path, *statements: str) -> None:
    """Change a GeoPackage by hand; its triggers need functions that only GDAL has."""
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for statement in (*(f'DROP TRIGGER "{name}"' for (name,) in triggers), *statements):
            database.execute(statement)
        database.commit()


def test_one_layer_needs_no_name_and_codes_keep_their_zeros(tmp_path):
    path = geopackage(tmp_path / "cells.gpkg", "cells", CELLS, ["001", "002"], crs="EPSG:4490")
    table = read_table(path, want="polygon")
    assert table.layer == "cells"
    assert table.attributes == [{"code": "001"}, {"code": "002"}]
    assert (table.crs.name, table.crs_origin) == ("EPSG:4490", "declared by the file")


def test_of_several_layers_one_has_to_be_named(tmp_path):
    path = geopackage(tmp_path / "cells.gpkg", "towns", CELLS, ["1", "2"], crs="EPSG:4326")
    geopackage(path, "streets", TM2, ["1"], crs="EPSG:3826")
    with pytest.raises(BadInput, match="has 2 layers: towns, streets; name one with --layer"):
        read_table(path, want="polygon")
    assert read_table(path, want="polygon", layer="streets").crs.name == "EPSG:3826"


def test_curves_become_straight_lines_and_it_is_noted(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", [curve(), CELLS[0], None], ["1", "2", "3"], crs="EPSG:4326")
    table = read_table(path, want="polygon")
    assert [g.geom_type for g in table.geometries] == ["Polygon", "Polygon"]
    assert table.geometries[0].area == pytest.approx(np.pi, rel=0.01)
    assert "curves turned into straight lines in 1 rows" in table.notes
    assert [(row.row, row.code) for row in table.refused] == [(3, "no-geometry")]


def test_far_places_of_a_projected_system_are_refused_with_the_point(tmp_path):
    cells = [*TM2, shapely.box(1e9, 1e9, 2e9, 2e9), shapely.box(-9e6, 0, -8.9e6, 1)]
    path = geopackage(tmp_path / "c.gpkg", "c", cells, ["1", "2", "3"], crs="EPSG:3826")
    table = read_table(path, want="polygon")
    assert table.numbers.tolist() == [1]
    assert {row.code for row in table.refused} == {"out-of-range"}
    assert "1000000000 has no place in EPSG:3826" in table.refused[0].reason


def test_without_a_coordinate_system_it_is_asked_for(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", CELLS, ["1", "2"], crs=None)
    with pytest.raises(UnknownCrs, match=r"c\.gpkg.*--crs"):
        read_table(path, want="polygon")
    assert read_table(path, want="polygon", crs="4490").crs_origin == "given"


def test_every_kind_of_value_becomes_json(tmp_path):
    path = tmp_path / "c.gpkg"
    pyogrio.raw.write(
        path,
        np.array([shapely.to_wkb(cell) for cell in CELLS], dtype=object),
        [
            np.array([2**60, 1]),
            np.array([True, False]),
            np.array([0.5, np.nan]),
            np.array(["2016-01-31", "NaT"], dtype="datetime64[D]"),
            np.array(["2016-01-31T08:00:00.000", "NaT"], dtype="datetime64[ms]"),
        ],
        ["big", "yes", "share", "day", "moment"],
        geometry_type="Polygon",
        crs="EPSG:4326",
        driver="GPKG",
    )
    first, second = read_table(path, want="polygon").attributes
    assert first["big"] == 2**60
    assert (first["yes"], first["share"], first["day"]) == (True, 0.5, "2016-01-31")
    assert dt.datetime.fromisoformat(first["moment"]).hour == 8
    assert (second["share"], second["day"], second["moment"]) == (None, None, None)


def test_binary_fields_are_left_empty_and_it_is_noted(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", CELLS, ["1", "2"], crs="EPSG:4326")
    altered(path, "ALTER TABLE c ADD COLUMN photo BLOB", "UPDATE c SET photo = x'FFD8'")
    table = read_table(path, want="polygon")
    assert table.attributes[0] == {"code": "1", "photo": None}
    assert "binary fields were left empty: photo" in table.notes


def test_text_that_is_not_utf8_is_refused_by_the_name_of_its_field(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", CELLS, ["1", "2"], crs="EPSG:4326")
    altered(path, "UPDATE c SET code = CAST(x'FFFE' AS TEXT)")
    with pytest.raises(UnreadableFile, match=r'c\.gpkg: the field "code" holds text that is not UTF-8'):
        read_table(path, want="polygon")


def test_a_file_cut_off_or_of_another_kind_is_refused(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", CELLS, ["1", "2"], crs="EPSG:4326")
    whole = path.read_bytes()
    for size in (0, 8, 50, 5000, len(whole) // 2):
        path.write_bytes(whole[:size])
        with pytest.raises(GeogridError, match=r"c\.gpkg"):
            read_table(path, want="polygon")


def test_a_database_without_layers_is_refused(tmp_path):
    path = tmp_path / "c.gpkg"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE t (a)")
    database.commit()
    database.close()
    with pytest.raises(UnreadableFile, match=r"c\.gpkg"):
        read_table(path, want="polygon")


def test_an_empty_layer_is_refused(tmp_path):
    path = geopackage(tmp_path / "c.gpkg", "c", CELLS, ["1", "2"], crs="EPSG:4326")
    altered(path, "DELETE FROM c")
    with pytest.raises(UnreadableFile, match="holds no rows"):
        read_table(path, want="polygon")
