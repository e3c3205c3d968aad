"""Files appear whole or not at all; formats, encodings and refusals."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from exporters.writers import FORMATS, ExportField, ExportTable, format_of, write_table
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput

WGS84 = resolve_crs("EPSG:4326")
NAMES = ("cells.zip", "cells.geojson", "cells.gpkg", "cells.csv")

_INTERRUPTED = """
import sys, time
from collections.abc import Sequence
from pathlib import Path
import shapely
from exporters.writers import ExportField, ExportTable, format_of, write_table
from geogrid.core.crs import resolve_crs

class Slow(Sequence):
    def __len__(self):
        return 50_000
    def __getitem__(self, index):
        if index.start and index.start >= 40_000 and Slow.passes:
            print("half-way", flush=True)
            time.sleep(600)
        if index.start == 40_000:
            Slow.passes += 1
        return ["x"] * (index.stop - index.start)

path = Path(sys.argv[1])
# The shapefile writer measures the column once before it writes.
Slow.passes = 0 if path.suffix == ".zip" else 1
points = shapely.points([[118.3, 29.7]] * 50_000)
table = ExportTable("slow", (ExportField("key", "text"),), {"key": Slow()}, points, "Point")
write_table(table, path, format=format_of(path, None), crs=resolve_crs("EPSG:4326"))
"""


def export(table, path, crs=WGS84, **options):
    return write_table(table, path, format=format_of(path, None), crs=crs, **options)


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_export_leaves_the_old_file_and_no_half_of_the_new_one(name, tmp_path, repository):
    target = tmp_path / name
    target.write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTED, str(target)], cwd=repository, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "half-way\n"
        process.send_signal(signal.SIGKILL)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == [name]


def test_what_a_killed_export_left_is_removed_by_a_later_one(tmp_path, cells):
    left = tmp_path / ".geogrid-export-dead"
    left.mkdir()
    (left / "cells.csv").write_text("half", encoding="utf-8")
    fresh = tmp_path / ".geogrid-export-fresh"
    fresh.mkdir()
    long_ago = time.time() - 7200
    os.utime(left, (long_ago, long_ago))
    export(cells, tmp_path / "cells.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".geogrid-export-fresh", "cells.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_value_leaves_the_old_file_and_names_its_row(name, tmp_path):
    target = tmp_path / name
    target.write_bytes(b"old")
    table = ExportTable(
        "x",
        (ExportField("area", "real"),),
        {"area": [1.0, float("inf")]},
        shapely.points([[1, 2], [3, 4]]),
        "Point",
    )
    with pytest.raises(BadInput, match='Row 2, column "area": inf is not a value of kind real'):
        export(table, target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", NAMES)
def test_an_existing_file_is_replaced_not_extended(name, tmp_path, cells):
    first = export(cells, tmp_path / name).size_bytes
    assert export(cells, tmp_path / name).size_bytes == first
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_a_point_without_coordinates_in_the_system_is_refused(tmp_path):
    table = ExportTable("x", (), {}, np.array([None, shapely.Point(27, 0)], dtype=object), "Point")
    with pytest.raises(BadInput, match=r"Row 2 lies where EPSG:4548 has no coordinates"):
        export(table, tmp_path / "a.gpkg", resolve_crs("4548"))


def test_the_format_comes_from_the_name_or_from_the_option():
    names = {
        "A.ZIP": "shp",
        "a.shp": "shp",
        "a.geojson": "geojson",
        "a.json": "geojson",
        "a.gpkg": "gpkg",
        "a.csv": "csv",
    }
    assert {name: format_of(Path(name), None) for name in names} == names
    assert format_of(Path("a.dat"), "GPKG") == "gpkg"
    with pytest.raises(BadInput, match=r"shp, geojson, gpkg, csv"):
        format_of(Path("a.csv"), "dwg")
    with pytest.raises(BadInput, match=r'"a\.dat" does not say .* \.zip, \.shp, \.geojson'):
        format_of(Path("a.dat"), None)


def test_a_missing_folder_and_a_folder_as_target_are_sentences(tmp_path, cells):
    with pytest.raises(BadInput, match="There is no folder"):
        export(cells, tmp_path / "nowhere" / "a.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(BadInput, match="is a folder; name a file"):
        export(cells, tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["geojson", "gpkg"])
def test_formats_that_are_always_utf8_refuse_another_encoding(name, tmp_path, cells):
    with pytest.raises(
        BadInput, match=f'A {name} file cannot be written in the encoding "gbk"; choose utf-8'
    ):
        export(cells, tmp_path / f"a.{name}", encoding="gbk")


@pytest.mark.parametrize(("encoding", "codec"), [("gbk", "gbk"), ("GB18030", "gb18030"), ("utf8", "utf-8")])
def test_csv_can_be_had_in_other_encodings(encoding, codec, tmp_path, cells):
    report = export(cells, tmp_path / "a.csv", encoding=encoding)
    assert report.path.read_bytes().decode(codec).startswith("code,名称,")


def test_texts_that_look_like_formulas_are_kept_unless_asked(tmp_path):
    texts = ["=1+1", "+86 10", "-5", "@x", "001", "plain"]
    table = ExportTable("x", (ExportField("t", "text"),), {"t": texts}, None)
    report = export(table, tmp_path / "a.csv")
    assert report.path.read_text(encoding="utf-8-sig").split()[1] == "=1+1"
    assert "3, written as they are" in report.notes[0]
    safe = export(table, tmp_path / "b.csv", spreadsheet_safe=True)
    lines = safe.path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == ["'=1+1", "'+86 10", "-5", "'@x", "001", "plain"]


def test_a_geopackage_keeps_columns_that_its_own_would_hide(tmp_path, gdal):
    table = ExportTable(
        "x",
        tuple(ExportField(name, "text") for name in ("fid", "geom", "Name", "name")),
        {"fid": ["f"], "geom": ["g"], "Name": ["N"], "name": ["n"]},
        shapely.points([[1, 2]]),
        "Point",
    )
    report = export(table, tmp_path / "a.gpkg")
    assert gdal.table(report.path) == [{"fid": "f", "geom_1": "g", "Name": "N", "name_1": "n"}]
    assert len(report.notes) == 2


def test_a_table_whose_parts_do_not_fit_is_a_programming_error():
    field = (ExportField("a", "text"),)
    with pytest.raises(ValueError, match="are not the fields"):
        ExportTable("x", field, {"b": []}, None)
    with pytest.raises(ValueError, match="differ in length"):
        ExportTable("x", field, {"a": ["1"]}, shapely.points([[1, 2], [3, 4]]), "Point")
    with pytest.raises(ValueError, match="Row 1 is a Point, the table holds MultiPolygons"):
        ExportTable("x", field, {"a": ["1"]}, shapely.points([[1, 2]]), "MultiPolygon")


@pytest.mark.parametrize("name", NAMES)
def test_times_need_a_zone_and_whole_numbers_64_bits(name, tmp_path):
    without_zone = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
    for kind, value in (("datetime", without_zone), ("integer", 2**63), ("integer", 1.5), ("date", "x")):
        table = ExportTable("x", (ExportField("v", kind),), {"v": [value]}, None)
        with pytest.raises(BadInput, match="is not a value of kind"):
            export(table, tmp_path / name)


def test_every_format_says_how_to_call_it():
    for name, entry in FORMATS.items():
        assert entry.name == name
        assert entry.encodings[0].startswith("utf-8")
        assert all(suffix.startswith(".") for suffix in entry.suffixes)
