"""What is special about shapefiles: short names, narrow fields, encodings, one geometry type, 2 GB."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence

import numpy as np
import pytest
import shapely

from exporters.writers import ExportField, ExportTable, write_table
from exporters.writers.field_names import dbf_names
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput

WGS84 = resolve_crs("EPSG:4326")
POINT = shapely.points([[118.3, 29.7]])


def one_row(*fields, **options):
    """A table of one point with the given (name, kind, value) columns."""
    return ExportTable(
        options.pop("name", "layer"),
        tuple(ExportField(name, kind, **options) for name, kind, _ in fields),
        {name: [value] for name, _, value in fields},
        POINT,
        "Point",
    )


def export(table, path, **options):
    return write_table(table, path, format="shp", crs=WGS84, **options)


def member(path, name):
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def rows_of(path, name):
    return list(csv.DictReader(io.StringIO(member(path, name).decode("utf-8-sig"))))


def test_names_are_cut_between_characters_and_made_unique():
    wanted = [
        "单元网格名称",
        "单元网格编码",
        "单元",
        "responsible_person",
        "RESPONSIBLE_UNIT",
        "2020年",
        "a b",
        "a.b",
    ]
    names = dbf_names(wanted, "utf-8")
    assert names == ["单元网", "单元_1", "单元", "responsibl", "RESPONSI_1", "F2020年", "a_b", "a_b_1"]
    assert dbf_names(wanted[:2], "gbk") == ["单元网格名", "单元网格编"]
    many = dbf_names(["x" * 20] * 12, "utf-8")
    assert len({name.lower() for name in many}) == 12
    assert all(len(name.encode()) <= 10 for name in [*names, *many])


def test_fields_csv_leads_from_short_to_full_names(tmp_path, gdal):
    table = ExportTable(
        "网格",
        (
            ExportField("单元网格名称", "text", "名称"),
            ExportField("单元网格编码", "text", "编码", dbf_name="CODE"),
        ),
        {"单元网格名称": ["甲"], "单元网格编码": ["01"]},
        POINT,
        "Point",
    )
    path = export(table, tmp_path / "a.zip").path
    assert [(row["short_name"], row["name"], row["label"]) for row in rows_of(path, "fields.csv")] == [
        ("单元网", "单元网格名称", "名称"),
        ("CODE", "单元网格编码", "编码"),
    ]
    assert gdal.table(f"/vsizip/{path}") == [{"单元网": "甲", "CODE": "01"}]


def test_gbk_is_declared_and_read_as_gbk(tmp_path, gdal):
    path = export(one_row(("名称", "text", "黟县"), name="网格"), tmp_path / "a.zip", encoding="GB2312").path
    assert member(path, "网格.cpg") == b"936"
    assert "黟县".encode("gbk") in member(path, "网格.dbf")
    assert gdal.rows(f"/vsizip/{path}")[0]["名称"] == "黟县"


def test_the_dbf_alone_still_says_that_it_is_gbk(tmp_path, gdal):
    path = export(one_row(("名称", "text", "黟县"), name="grid"), tmp_path / "a.zip", encoding="gbk").path
    (tmp_path / "grid.dbf").write_bytes(member(path, "grid.dbf"))
    assert gdal.rows(tmp_path / "grid.dbf")[0]["名称"] == "黟县"


def test_a_character_that_gbk_lacks_is_named_and_nothing_is_written(tmp_path):
    table = one_row(("名称", "text", "𠮷野家"))
    with pytest.raises(
        BadInput, match=r'Row 1, column "名称": the character "𠮷" \(U\+20BB7\) .* gbk; .* utf-8'
    ):
        export(table, tmp_path / "a.zip", encoding="gbk")
    assert list(tmp_path.iterdir()) == []


def test_long_texts_are_whole_in_the_overflow_and_the_report_says_so(tmp_path, gdal):
    duty = "巡查" * 100
    table = one_row(("duty", "text", duty), ("code", "text", " 7"), ("n", "json", {"k": "v" * 300}))
    report = export(table, tmp_path / "a.zip")
    assert report.overflow == 3
    assert any("overflow.csv" in note for note in report.notes)
    assert [(row["layer"], row["row"], row["field"]) for row in rows_of(report.path, "overflow.csv")] == [
        ("layer", "1", "duty"),
        ("layer", "1", "code"),
        ("layer", "1", "n"),
    ]
    assert rows_of(report.path, "overflow.csv")[0]["value"] == duty
    stored = gdal.table(f"/vsizip/{report.path}")[0]["duty"]
    assert stored == duty[:84]
    assert len(stored.encode()) <= 254


def test_nothing_overflows_without_need(tmp_path):
    report = export(one_row(("a", "text", "x" * 254)), tmp_path / "a.zip")
    assert report.overflow == 0
    with zipfile.ZipFile(report.path) as archive:
        assert sorted(archive.namelist()) == [
            "README.txt",
            "fields.csv",
            *(f"layer.{suffix}" for suffix in ("cpg", "dbf", "prj", "shp", "shx")),
        ]


def test_whole_numbers_have_the_width_they_need_and_never_become_reals(tmp_path, gdal):
    table = one_row(
        ("small", "integer", 7),
        ("large", "integer", 10**17),
        ("id", "integer", 2**62 + 1),
        ("yes", "bool", True),
    )
    report = export(table, tmp_path / "a.zip")
    text = gdal.info(f"/vsizip/{report.path}")
    assert "small: Integer (9.0)" in text
    assert "large: Integer64 (18.0)" in text
    assert "id: String (19.0)" in text
    assert "yes: Integer (1.0)" in text
    assert gdal.table(f"/vsizip/{report.path}")[0] == {
        "small": "7", "large": "100000000000000000", "id": "4611686018427387905", "yes": "1",
    }  # fmt: skip
    assert any('"id"' in note and "text" in note for note in report.notes)


def test_mixed_geometries_become_one_layer_a_type_and_lose_no_row(tmp_path, gdal):
    square = shapely.box(118, 29, 119, 30)
    geometries = np.array([None, square, POINT[0], shapely.MultiPolygon([square])], dtype=object)
    table = ExportTable("mixed", (ExportField("key", "text"),), {"key": list("abcd")}, geometries, "Unknown")
    path = export(table, tmp_path / "a.zip").path
    found = {
        layer: [row["key"] for row in gdal.table(f"/vsizip/{path}/{layer}.shp")]
        for layer in ("mixed_polygon", "mixed_point")
    }
    assert found == {"mixed_polygon": ["a", "b", "d"], "mixed_point": ["c"]}
    with pytest.raises(BadInput, match=r"name a \.zip instead"):
        export(table, tmp_path / "a.shp")


def test_a_geometry_collection_is_refused_with_its_row(tmp_path):
    geometries = np.array([None, shapely.GeometryCollection([POINT[0]])], dtype=object)
    table = ExportTable("x", (), {}, geometries, "Unknown")
    with pytest.raises(BadInput, match="Row 2 is a GeometryCollection"):
        export(table, tmp_path / "a.zip")


def test_shapes_without_any_column_are_valid(tmp_path, gdal):
    table = ExportTable("bare", (), {}, POINT, "Point")
    assert len(gdal.rows(f"/vsizip/{export(table, tmp_path / 'a.zip').path}")) == 1


class _Repeated(Sequence):
    """One value many times, without the memory."""

    def __init__(self, value, times):
        self._value, self._times = value, times

    def __len__(self):
        return self._times

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self._value] * len(range(*index.indices(self._times)))
        return self._value


def test_more_than_two_gigabytes_are_refused_before_anything_is_written(tmp_path):
    fields = tuple(ExportField(f"f{number}", "datetime") for number in range(64))
    columns = {field.name: _Repeated(None, 1_100_000) for field in fields}
    with pytest.raises(BadInput, match=r"The \.dbf of big would have 2\.3 GB, a shapefile ends at 2 GB"):
        export(ExportTable("big", fields, columns, None), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_the_two_gigabytes_count_the_vertices_too(monkeypatch, tmp_path):
    monkeypatch.setattr("exporters.writers.shapefile.SIZE_LIMIT", 100_000)
    circle = shapely.Point(118, 29).buffer(1, quad_segs=2000)
    table = ExportTable("round", (), {}, np.array([circle], dtype=object), "Polygon")
    with pytest.raises(BadInput, match=r"The \.shp of round would have"):
        export(table, tmp_path / "a.zip")
