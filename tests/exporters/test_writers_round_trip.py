"""What is written comes back equal through the system's GDAL."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from exporters.writers import ExportField, ExportTable, format_of, write_table
from geogrid.core.crs import resolve_crs

FILES = ("cells.zip", "cells.geojson", "cells.gpkg", "cells.csv", "cells.shp")
WGS84 = resolve_crs("EPSG:4326")


def export(table, path, crs=WGS84, **options):
    return write_table(table, path, format=format_of(path, None), crs=crs, **options)


@pytest.mark.parametrize("name", FILES)
def test_every_coordinate_comes_back_bit_for_bit(name, cells, tmp_path, gdal, openable, same_rings):
    report = export(cells, tmp_path / name)
    source, options = openable(report.path)
    rows = gdal.rows(source, *options)
    assert report.rows == len(rows) == 4
    for row, geometry in zip(rows, cells.geometries, strict=True):
        assert same_rings(row["geometry"], geometry)


@pytest.mark.parametrize("name", FILES)
def test_codes_keep_their_leading_zeros_and_chinese_text_survives(name, cells, tmp_path, gdal, openable):
    source, options = openable(export(cells, tmp_path / name).path)
    rows = gdal.table(source, *options)
    assert [row["code"] for row in rows] == ["0034", "341002001", "0", "E-1"]
    assert [row["名称"] for row in rows] == ["屯溪区", "黎阳镇，“老街”", "", "a\nb,c"]


@pytest.mark.parametrize("name", ["cells.zip", "cells.geojson", "cells.gpkg"])
def test_numbers_truth_and_dates_keep_their_value(name, cells, tmp_path, gdal, openable):
    source, _ = openable(export(cells, tmp_path / name).path)
    rows = gdal.rows(source)
    assert [row["households"] for row in rows] == [12, 123456789012, None, -5]
    assert [row["published"] for row in rows] == [True, False, None, True]
    dates = [row["since"] and row["since"].replace("/", "-") for row in rows]
    assert dates == ["2026-11-23", "1949-10-01", None, "9999-12-31"]


def test_reals_come_back_as_the_same_double_through_a_geopackage_copy(cells, tmp_path, gdal):
    for name in FILES[:3]:
        path = export(cells, tmp_path / name).path
        source = f"/vsizip/{path}" if path.suffix == ".zip" else str(path)
        copy = tmp_path / f"{name}.copy.gpkg"
        gdal.run("ogr2ogr", "-f", "GPKG", "-nlt", "MULTIPOLYGON", str(copy), source)
        _, _, _, columns = pyogrio.raw.read(copy, columns=["area_m2"])
        values = columns[0].tolist()
        assert values[:2] + values[3:] == [0.1 + 0.2, 1234567.123456789, 1e-9]
        assert math.isnan(values[2])


def test_json_and_times_keep_their_meaning(cells, tmp_path, gdal):
    rows = gdal.rows(export(cells, tmp_path / "cells.geojson").path)
    assert [row["extra"] for row in rows] == [{"级": [1, 2.5, None]}, "text", None, []]
    rows = gdal.rows(export(cells, tmp_path / "cells.gpkg").path)
    assert rows[0]["extra"] == {"级": [1, 2.5, None]}
    assert dt.datetime.fromisoformat(rows[0]["changed_at"].replace("Z", "+00:00")) == dt.datetime(
        2026, 11, 23, 8, 30, 15, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(("spec", "code"), [("4490", 4490), ("4548", 4548), ("3857", 3857)])
@pytest.mark.parametrize("name", FILES[:3])
def test_the_file_declares_its_coordinate_system_and_is_in_it(
    spec, code, name, cells, tmp_path, gdal, openable
):
    crs = resolve_crs(spec)
    source, options = openable(export(cells, tmp_path / name, crs).path)
    assert f'ID["EPSG",{code}]]' in gdal.info(source, "-so")
    rows = gdal.rows(source, *options)
    found = shapely.get_coordinates(rows[0]["geometry"])
    wanted = crs.from_lonlat(shapely.get_coordinates(cells.geometries[:1]))
    order = np.lexsort(wanted.T)
    assert np.allclose(found[np.lexsort(found.T)], wanted[order], rtol=1e-14, atol=0)


@pytest.mark.parametrize("name", FILES[:4])
def test_a_shifted_system_is_never_declared_as_something_else(name, cells, tmp_path, gdal, openable):
    crs = resolve_crs("gcj02")
    report = export(cells, tmp_path / name, crs)
    assert any("gcj02" in note and "cannot declare" in note for note in report.notes)
    source, options = openable(report.path)
    found = shapely.get_coordinates([row["geometry"] for row in gdal.rows(source, *options)[3:]])
    wanted = crs.from_lonlat(shapely.get_coordinates(cells.geometries[3:]))
    assert sorted(map(tuple, found.tolist())) == sorted(map(tuple, wanted.tolist()))
    if name == "cells.zip":
        text = gdal.info(source, "-so")
        assert "Layer SRS WKT:\n(unknown)" in text
    if name == "cells.gpkg":
        assert "Undefined geographic SRS" in gdal.info(source, "-so")
    if name == "cells.geojson":
        document = json.loads(report.path.read_text(encoding="utf-8"))
        assert document["crs"] is None
        assert document["coordinate_system"] == "gcj02"


@pytest.mark.parametrize("name", FILES)
def test_a_table_without_rows_is_a_valid_file_with_its_columns(name, cells, tmp_path, gdal, openable):
    empty = ExportTable(
        "empty",
        cells.fields,
        {field.name: [] for field in cells.fields},
        cells.geometries[:0],
        "MultiPolygon",
    )
    report = export(empty, tmp_path / name)
    source, options = openable(report.path)
    text = gdal.info(source, "-so", *options)
    assert "Feature Count: 0" in text
    if name.endswith("json"):
        document = json.loads(report.path.read_text(encoding="utf-8"))
        assert [field["name"] for field in document["fields"]] == [field.name for field in empty.fields]
    else:
        assert "code: String" in text


@pytest.mark.parametrize("name", FILES[:4])
def test_a_plain_table_needs_no_geometry(name, tmp_path, gdal, openable):
    fields = (ExportField("key", "text"), ExportField("cell", "text"))
    table = ExportTable("assignments", fields, {"key": ["007", "b"], "cell": ["01", None]}, None)
    source, options = openable(export(table, tmp_path / name).path)
    assert [row["key"] for row in gdal.table(source, *options)] == ["007", "b"]


@pytest.mark.parametrize("name", FILES)
def test_points_come_back_and_a_row_without_a_place_is_kept(name, tmp_path, lattice, gdal, openable):
    xy = lattice(np.random.default_rng(3).uniform([73, 18], [135, 53], (200, 2)))
    points = np.append(shapely.points(xy), None)
    points[0], points[-1] = points[-1], points[0]
    table = ExportTable(
        "factories", (ExportField("key", "text"),), {"key": [f"{n:04}" for n in range(201)]}, points, "Point"
    )
    path = export(table, tmp_path / name.replace("cells", "points")).path
    source, options = openable(path)
    rows = gdal.rows(source, *options)
    assert len(rows) == 201
    assert [row["geometry"] for row in rows] == list(points)
    if path.suffix in {".zip", ".shp"}:
        box = [float(bound) for bound in shapely.total_bounds(points)]
        assert f"Extent: ({box[0]:.6f}, {box[1]:.6f}) - ({box[2]:.6f}, {box[3]:.6f})" in gdal.info(
            source, "-so"
        )


def test_points_in_csv_have_their_numbers_beside_the_wkt(tmp_path, gdal):
    table = ExportTable(
        "points",
        (ExportField("lon", "text"),),
        {"lon": ["x"]},
        shapely.points([[118.1, 29.00000001]]),
        "Point",
    )
    report = export(table, tmp_path / "points.csv")
    assert report.path.read_bytes().startswith(b"\xef\xbb\xbflon_1,geometry,lon,lat\r\n")
    assert gdal.table(report.path)[0] == {
        "lon_1": "x",
        "geometry": "POINT (118.1 29.00000001)",
        "lon": "118.1",
        "lat": "29.00000001",
    }
    assert 'The column "lon" is called "lon_1"' in report.notes[0]
    projected = export(table, tmp_path / "xy.csv", resolve_crs("3857"))
    assert projected.path.read_text(encoding="utf-8-sig").startswith("lon,geometry,x,y\n")
    assert "EPSG:3857" in projected.notes[0]


@given(st.lists(st.floats(-180, 180, allow_nan=False), min_size=2, max_size=2))
def test_wkt_and_geojson_lose_no_bit_of_any_double(numbers):
    from exporters.writers.csv_file import WKT_DECIMALS

    numbers = [0.0 if abs(number) < 1e-12 else number for number in numbers]
    point = shapely.Point(numbers)
    text = shapely.to_wkt(point, rounding_precision=WKT_DECIMALS, trim=True)
    assert [float(part) for part in text.removeprefix("POINT (").removesuffix(")").split()] == numbers
    assert json.loads(shapely.to_geojson(point))["coordinates"] == numbers
