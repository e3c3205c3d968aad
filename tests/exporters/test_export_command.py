"""`export`: what is stored comes back equal through GDAL, and what makes no sense is refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.management import call_command

from boundaries.models import Acceptance, Draft, DraftCell, Finding, Scheme
from geogrid.core.area import polygon_areas
from geogrid.core.crs import resolve_crs
from geogrid.core.errors import BadInput, NotFound, UnknownCrs
from tests.exporters.published import ATTRIBUTES, JUNE, MARCH, NAME_OF_A, geos, lots, multi
from tests.exporters.reading import by_pyogrio, parsed

pytestmark = pytest.mark.django_db

FILES = ("out.zip", "out.geojson", "out.gpkg", "out.csv")
WHATS = ("cells", "features", "findings", "assignments")


@pytest.fixture
def findings(land):
    """A gap, an accepted one, and an edge, of the edition; an overlap of the draft `import`."""
    draft = Draft.objects.create(scheme=land.scheme, name="import", base=land.second)
    crack = shapely.box(118.3, 29.72, 118.30000001, 29.73)
    shapes = {"a1": crack, "a2": multi(crack.buffer(0.001)), "b1": crack.exterior, "c1": crack}
    rules = {"a1": "gap", "a2": "gap", "b1": "unmatched_edge", "c1": "overlap"}
    for ident, rule in rules.items():
        Finding.objects.create(
            scheme=land.scheme,
            draft=draft if rule == "overlap" else None,
            ident=ident,
            rule=rule,
            level="city" if ident == "b1" else "lot",
            cells=["003400100", "a b"],
            severity="major",
            message=f"缝隙, {ident}",
            area_m2=None if ident == "b1" else 1 / 3,
            width_m=0.001,
            geom=geos(shapes[ident]),
        )
    Acceptance.objects.create(scheme=land.scheme, ident="a2", reason="lake", valid=(MARCH, None))
    Acceptance.objects.create(
        scheme=land.scheme, ident="a1", reason="ended", valid=(MARCH, JUNE.replace(day=2))
    )
    return shapes


@pytest.mark.parametrize("name", FILES)
def test_cells_come_back_coordinate_for_coordinate(name, land, export, rows_of, same_rings):
    path, report, _ = export("cells", name)
    rows = rows_of(path)
    assert report["rows"] == len(rows) == 1 + 2 + 24 + 2
    assert report["edition"] == 2
    for row, shape in zip(rows, by_pyogrio(path), strict=True):
        stored = land.shapes.get(row["code"])
        assert same_rings(row["geometry"], stored)
        assert same_rings(shape, stored)
    town = land.shapes["0034001"]
    assert len(town.geoms) == 2
    assert [len(part.interiors) for part in town.geoms] == [1, 0]


@pytest.mark.parametrize("name", FILES)
def test_cells_are_ordered_by_level_then_by_the_bytes_of_their_codes(name, land, export, rows_of):
    rows = rows_of(export("cells", name)[0])
    lot_codes = sorted(code for code in land.cells if len(code) == 9)
    assert [row["code"] for row in rows] == ["0034", "0034001", "0034002", *lot_codes, "desk B", "desk a"]
    assert [row["level"] for row in rows] == ["city", "town", "town", *["lot"] * 24, "desk", "desk"]
    assert [row["parent"] or "" for row in rows[:4]] == ["", "0034", "0034", "0034001"]
    assert {row["parent"] for row in rows[3:-2]} == {"0034001", "0034002"}


@pytest.mark.parametrize("name", FILES)
def test_cells_keep_names_areas_edition_time_and_attributes(name, land, export, rows_of):
    towns = rows_of(export("cells", name, "--level", "town")[0])
    assert [row["name"] for row in towns] == [NAME_OF_A, "新潭镇"]
    assert [int(row["edition"]) for row in towns] == [1, 2]
    assert [row["kind"] for row in towns] == ["镇", "镇"]
    areas = [float(row["area_m2"]) for row in towns]
    assert areas == [polygon_areas([land.shapes[row["code"]]])[0] for row in towns]
    assert parsed(towns[0]["attributes"]) == ATTRIBUTES
    began = [row["valid_from"].replace("/", "-").replace("+08:00", "+0800") for row in towns]
    assert all(
        text.startswith(("2026-03-01T00", "2026-02-28T16", "2026-06-01T00", "2026-05-31T16"))
        for text in began
    )


def test_the_past_can_be_exported(land, export, rows_of):
    before, report, _ = export("cells", "before.gpkg", "--level", "town", "--at", "2026-05-31T23:59")
    assert [row["name"] for row in rows_of(before)] == [NAME_OF_A, "新镇"]
    assert report["edition"] == 1
    on_the_day = export("cells", "day.gpkg", "--level", "town", "--at", "2026-06-01")[0]
    assert [row["name"] for row in rows_of(on_the_day)] == [NAME_OF_A, "新潭镇"]
    elsewhere = export("cells", "utc.gpkg", "--level", "town", "--at", "2026-05-31T15:59:59Z")[0]
    assert [row["name"] for row in rows_of(elsewhere)] == [NAME_OF_A, "新镇"]


def test_a_draft_lays_its_cells_over_its_base(land, export, rows_of, same_rings):
    draft = Draft.objects.create(scheme=land.scheme, name="import", base=land.second)
    moved = multi(shapely.box(118.5, 29.7, 118.51, 29.71))
    level = land.level("lot")
    kept = {"draft": draft, "level": level}
    DraftCell.objects.create(
        **kept,
        cell_id=land.cells["003400100"].pk,
        code="003400100",
        name="新",
        parent_id=land.cells["0034002"].pk,
        geom=geos(moved),
    )
    DraftCell.objects.create(**kept, cell_id=land.cells["003400101"].pk, code="003400101", retired=True)
    path, report, said = export("cells", "draft.gpkg", "--draft", "import", "--level", "lot")
    rows = {row["code"]: row for row in rows_of(path)}
    assert len(rows) == 23
    assert "003400101" not in rows
    changed = rows["003400100"]
    assert (changed["name"], changed["parent"], changed["edition"]) == ("新", "0034002", None)
    assert changed["area_m2"] == polygon_areas([moved])[0]
    assert same_rings(changed["geometry"], moved)
    assert rows["003400102"]["edition"] == 1
    assert (report["draft"], report["edition"]) == ("import", None)
    assert "draft import" in said


@pytest.mark.parametrize("name", FILES)
def test_findings_come_with_their_state_size_and_place(name, findings, export, rows_of):
    rows = {row["id"]: row for row in rows_of(export("findings", name)[0])}
    assert {key: row["state"] for key, row in rows.items()} == {"a1": "open", "a2": "accepted", "b1": "open"}
    assert float(rows["a1"]["area_m2"]) == 1 / 3
    assert rows["a1"]["message"] == "缝隙, a1"
    assert parsed(rows["a1"]["cells"]) == ["003400100", "a b"]
    for key, row in rows.items():
        assert np.array_equal(
            np.unique(shapely.get_coordinates(row["geometry"]), axis=0),
            np.unique(shapely.get_coordinates(findings[key]), axis=0),
        )


def test_findings_of_a_draft_and_of_a_level_can_be_had_alone(findings, export, rows_of):
    assert [row["id"] for row in rows_of(export("findings", "d.gpkg", "--draft", "import")[0])] == ["c1"]
    assert [row["id"] for row in rows_of(export("findings", "l.gpkg", "--level", "city")[0])] == ["b1"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", WHATS)
def test_an_empty_export_is_a_valid_file_with_columns_and_a_note(what, name, land, export, gdal, openable):
    if what == "cells":
        land.scheme.drafts.create(name="empty", base=None)
        path, report, said = export(what, name, "--draft", "empty")
    else:
        path, report, said = export(what, name)
    assert report["rows"] == 0
    assert "columns and no rows" in said
    source, options = openable(path)
    if path.suffix == ".geojson":
        names = {field["name"] for field in json.loads(path.read_text(encoding="utf-8"))["fields"]}
    else:
        listing = gdal.run("ogrinfo", "-al", "-so", *options, source)
        names = {line.split(":")[0] for line in listing.splitlines()}
        assert "Feature Count: 0" in listing
    wanted = {"cells": "area_m2", "features": "method", "findings": "severity", "assignments": "nearest_m"}
    assert wanted[what] in names


@pytest.mark.parametrize("crs", ["EPSG:3826", "32650", "4490"])
@pytest.mark.parametrize("name", ["out.zip", "out.gpkg", "out.geojson"])
def test_other_systems_are_declared_and_computed_as_the_core_does(
    name, crs, land, export, rows_of, gdal, openable
):
    path, report, _ = export("cells", name, "--level", "lot", "--crs", crs)
    target = resolve_crs(crs)
    assert report["crs"] == target.name
    for shape, code in zip(by_pyogrio(path), sorted(c for c in land.cells if len(c) == 9), strict=True):
        wanted = target.from_lonlat(shapely.get_coordinates(land.shapes[code]))
        found = shapely.get_coordinates(shape)
        assert set(map(tuple, found.tolist())) == set(map(tuple, wanted.tolist()))
    assert pyogrio.read_info(path if path.suffix != ".zip" else f"/vsizip/{path}")["crs"] == target.name
    back = path.with_name("back.geojson")
    gdal.run(
        "ogr2ogr",
        "-f",
        "GeoJSON",
        "-t_srs",
        "EPSG:4326",
        "-lco",
        "COORDINATE_PRECISION=12",
        str(back),
        openable(path)[0],
    )
    for shape, code in zip(by_pyogrio(back), sorted(c for c in land.cells if len(c) == 9), strict=True):
        assert shapely.hausdorff_distance(shape, land.shapes[code]) < 1e-8


@pytest.mark.parametrize("name", FILES)
def test_gcj02_is_shifted_and_the_report_tells_that_files_cannot_say_so(name, land, export, rows_of):
    path, report, said = export("cells", name, "--level", "city", "--crs", "gcj02")
    shifted = resolve_crs("gcj02").from_lonlat(shapely.get_coordinates(land.shapes["0034"]))
    found = shapely.get_coordinates(by_pyogrio(path)[0])
    assert set(map(tuple, found.tolist())) == set(map(tuple, shifted.tolist()))
    assert report["crs"] == "gcj02"
    assert "shifted system that files cannot declare" in said


def test_a_zipped_shapefile_carries_all_its_members(land, export):
    path, report, _ = export("cells", "cells.zip", "--level", "town", "--encoding", "gbk")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stem = "small_cells_town"
    assert {f"{stem}{end}" for end in (".shp", ".shx", ".dbf", ".prj", ".cpg")} < set(members)
    assert members[f"{stem}.cpg"] == b"936"
    assert members[f"{stem}.prj"].startswith(b'GEOGCS["GCS_WGS_1984"')
    assert "新潭镇".encode("gbk") in members[f"{stem}.dbf"]
    assert report["encoding"] == "gbk"


def test_long_attributes_overflow_and_the_report_counts_them(land, export):
    cell = land.cells["0034001"].versions.get()
    cell.attributes = {"note": "长" * 200}
    cell.save()
    path, report, said = export("cells", "cells.zip")
    assert report["overflow"] == 1
    assert "overflow.csv" in said
    with zipfile.ZipFile(path) as archive:
        overflow = list(csv.DictReader(io.StringIO(archive.read("overflow.csv").decode("utf-8-sig"))))
    assert json.loads(overflow[0]["value"]) == {"note": "长" * 200}


def test_the_name_chooses_the_format_unless_one_is_named(land, export):
    path, report, _ = export("cells", "cells.dat", "--format", "geojson")
    assert report["format"] == "geojson"
    assert pyogrio.read_info(path)["driver"] == "GeoJSON"


@pytest.mark.parametrize(
    ("what", "name", "options", "error", "sentence"),
    [
        ("people", "a.gpkg", (), BadInput, "there are cells, features, findings, assignments"),
        ("cells", "a.parquet", (), BadInput, ".zip, .shp, .geojson, .json, .gpkg, .csv"),
        (
            "cells",
            "a.gpkg",
            ("--format", "fgb"),
            BadInput,
            'no format "fgb"; there are shp, geojson, gpkg, csv',
        ),
        ("cells", "a.xlsx", (), BadInput, "with --format"),
        ("cells", "a.gpkg", ("--level", "block"), NotFound, "levels are: city, town, lot, desk"),
        ("features", "a.gpkg", ("--layer", "kiosks"), NotFound, "roof, shop"),
        ("cells", "a.gpkg", ("--draft", "mine"), NotFound, "no draft 'mine'"),
        ("cells", "a.gpkg", ("--at", "tomorrow"), BadInput, "'tomorrow' is no time"),
        ("cells", "a.gpkg", ("--at", "2026-02-30"), BadInput, "is no time"),
        (
            "cells",
            "a.gpkg",
            ("--at", "2026-02-01"),
            BadInput,
            "its first takes effect 2026-03-01T00:00:00+08:00",
        ),
        ("cells", "a.gpkg", ("--crs", "EPSG:999999"), UnknownCrs, "999999"),
        ("cells", "a.gpkg", ("--layer", "shop"), BadInput, "only for features and assignments"),
        ("assignments", "a.gpkg", ("--draft", "x"), BadInput, "only for cells and findings"),
        (
            "findings",
            "a.gpkg",
            ("--at", "2026-05-01"),
            BadInput,
            "only for cells and features and assignments",
        ),
        ("cells", "a.gpkg", ("--draft", "x", "--at", "2026-05-01"), BadInput, "A draft has no times"),
        ("cells", "nowhere/a.gpkg", (), BadInput, "There is no folder"),
        ("cells", "a.csv", ("--encoding", "big5"), BadInput, "big5"),
    ],
)
def test_bad_wishes_are_refused_in_one_sentence(
    what, name, options, error, sentence, places, export, tmp_path
):
    with pytest.raises(error) as caught:
        export(what, name, *options)
    assert sentence in caught.value.message
    assert "\n" not in caught.value.message
    assert list(tmp_path.rglob("a.*")) == []


def test_an_unknown_scheme_is_named_with_the_known_ones(land, export):
    with pytest.raises(NotFound, match="there are: small"):
        export("cells", "a.gpkg", scheme="large")


@pytest.mark.parametrize("what", WHATS)
def test_a_scheme_without_an_edition_is_to_be_published_first(what, export):
    Scheme.objects.create(code="new", name_zh="新", name_en="New", document={})
    with pytest.raises(BadInput, match="publish it first") as caught:
        export(what, "a.gpkg", scheme="new")
    assert ("--draft" in caught.value.message) == (what in ("cells", "findings"))


def test_an_existing_file_survives_a_refused_export_and_is_replaced_by_a_good_one(land, export, tmp_path):
    target = tmp_path / "cells.geojson"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(NotFound):
        export("cells", "cells.geojson", "--level", "block")
    assert target.read_text(encoding="utf-8") == "old"
    export("cells", "cells.geojson")
    assert len(json.loads(target.read_text(encoding="utf-8"))["features"]) == 29


def test_json_alone_goes_to_stdout_and_the_chatter_to_stderr(land, export, capsys, tmp_path):
    path, report, said = export("cells", "cells.gpkg", "--at", "2026-07-01")
    assert report["file"] == str(path)
    assert report["size_bytes"] == path.stat().st_size
    assert report["at"] == dt.datetime(2026, 7, 1, tzinfo=MARCH.tzinfo).isoformat()
    assert "29 rows" in said
    assert "EPSG:4326" in said
    call_command("export", "cells", "small", "-o", str(tmp_path / "b.gpkg"))
    assert capsys.readouterr().out == ""


def test_pieces_smaller_than_the_land_give_the_same_file(land, export, monkeypatch):
    whole = export("cells", "whole.geojson")[0].read_bytes()
    monkeypatch.setattr("exporters.selectors.ROWS_PER_FETCH", 7)
    assert export("cells", "pieces.geojson")[0].read_bytes() == whole
    assert len(lots()) == 24
