"""Bad input: one sentence that says what and where, exit code 2, nothing half-written; rows are listed."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from tests.scenarios.faults import of_rule
from tests.scenarios.making import at, box, polygon, read_csv, write_csv, write_geojson, write_scheme
from tests.scenarios.running import Database, Result

CELLS = ("import_cells", "land", "--level", "zone", "--code-field", "code", "--draft")
POINTS = ("import_features", "enterprise", "--key-field", "id")
ZONES = [(box(0, 0, 1, 1), {"code": "01"}), (box(1, 0, 2, 1), {"code": "02"})]


@pytest.fixture(scope="module")
def land(database: Database) -> Database:
    """A scheme with one city, published."""
    folder = database.folder
    database.done("load_scheme", write_scheme(folder, "land", ["city", "zone"]))
    city = write_geojson(folder / "city.geojson", [(box(0, 0, 2, 1), {"code": "00"})])
    database.done("import_cells", "land", city, "--level", "city", "--code-field", "code")
    zones = write_geojson(folder / "zones.geojson", ZONES)
    database.done("import_cells", "land", zones, "--level", "zone", "--code-field", "code", "--publish")
    return database


def _cells(land: Database, file: Path, *more: object, draft: str = "bad") -> Sequence[object]:
    return (*CELLS, draft, file, *more)


def _rejected(land: Database, *arguments: object) -> Result:
    """Run a command all of whose rows are refused: exit 2, and nothing but the report may be written."""
    before = land.rows()
    result = land.run(*arguments)
    assert result.code == 2, str(result)
    assert "Traceback" not in result.stderr, str(result)
    assert result.sentence, str(result)
    after = land.rows()
    report = "boundaries_importrun"
    assert {**after, report: before[report]} == before, str(result)
    return result


def _refused_csv(result: Result, inputs: Sequence[Path]) -> list[dict[str, str]]:
    """Read the file of refused rows, whose path the command told."""
    told = re.findall(r"[^\s\"',;()]+\.csv", result.stdout + result.stderr)
    paths = [Path(name) for name in told if Path(name).is_absolute() and Path(name).is_file()]
    (path,) = set(paths) - set(inputs)
    return read_csv(path)


def _shapefile(folder: Path, name: str = "zones") -> Path:
    """Write the two zones as a shapefile, through GDAL."""
    path = folder / f"{name}.shp"
    shapes = shapely.to_wkb(np.array([shape for shape, _ in ZONES], dtype=object))
    codes = np.array([row["code"] for _, row in ZONES], dtype=object)
    pyogrio.raw.write(path, shapes, [codes], ["code"], geometry_type="Polygon", crs="EPSG:4326")
    return path


# --- Files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["land.geojson", "land.gpkg", "land.shp", "land.zip", "land.csv", "land.xyz"]
)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02 broken \xff\xfe" * 50], ids=["empty", "broken"])
def test_an_empty_and_a_broken_file_are_refused(
    land: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert name in land.refused(*_cells(land, file)).sentence


def test_a_file_that_is_not_there_is_refused(land: Database, tmp_path: Path) -> None:
    assert "none.gpkg" in land.refused(*_cells(land, tmp_path / "none.gpkg")).sentence
    assert "none.csv" in land.refused(*POINTS, tmp_path / "none.csv").sentence
    ask = ("locate_file", tmp_path / "none.csv", "--scheme", "land", "-o", tmp_path / "out.csv")
    assert "none.csv" in land.refused(*ask).sentence
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "zip"])
def test_a_file_that_was_cut_off_is_refused(
    land: Database, tmp_path: Path, extracts: Path, kind: str
) -> None:
    file = tmp_path / f"cut.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            for part in _shapefile(tmp_path).parent.glob("zones.*"):
                archive.write(part, part.name)
    else:
        source = "providence.gpkg" if kind == "gpkg" else "beijing_shijingshan.geojson"
        shutil.copy2(extracts / source, file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    more = ("--layer", "L4_block") if kind == "gpkg" else ()
    assert "cut." in land.refused(*_cells(land, file, *more)).sentence


@pytest.mark.parametrize("part", ["shx", "dbf", "prj"])
def test_a_missing_part_of_a_shapefile_is_named(land: Database, tmp_path: Path, part: str) -> None:
    file = _shapefile(tmp_path)
    file.with_suffix(f".{part}").unlink()
    sentence = land.refused(*_cells(land, file)).sentence
    assert "zones" in sentence
    assert f".{part}" in sentence


def test_with_a_named_system_the_prj_is_not_needed(land: Database, tmp_path: Path) -> None:
    file = _shapefile(tmp_path)
    file.with_suffix(".prj").unlink()
    told = land.told(*_cells(land, file, "--crs", "EPSG:4326", draft="noprj"))
    assert (told["read"], told["refused"]) == (2, [])
    for wrong in ("EPSG:999999", "nonsense"):
        assert wrong in land.refused(*_cells(land, file, "--crs", wrong)).sentence


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (("--layer", "L9"), "L9"),
        (("--layer", "L4_block", "--code-field", "nocode"), "nocode"),
        (("--layer", "L4_block", "--code-field", "geoid", "--name-field", "noname"), "noname"),
        (("--layer", "L4_block", "--code-field", "geoid", "--parent-field", "noparent"), "noparent"),
    ],
)
def test_a_layer_or_a_field_that_is_not_there_is_named(
    land: Database, extracts: Path, wrong: tuple[str, ...], word: str
) -> None:
    command = (
        "import_cells",
        "land",
        extracts / "providence.gpkg",
        "--level",
        "zone",
        "--draft",
        "bad",
        *wrong,
    )
    assert word in land.refused(*command).sentence


def test_a_scheme_a_level_a_layer_a_draft_an_edition_that_is_not_there_is_named(
    land: Database, tmp_path: Path
) -> None:
    zones = write_geojson(tmp_path / "zones.geojson", ZONES)
    out = tmp_path / "out.geojson"
    commands: list[tuple[str, tuple[object, ...]]] = [
        ("nowhere", ("import_cells", "nowhere", zones, "--level", "zone")),
        ("nolevel", ("import_cells", "land", zones, "--level", "nolevel")),
        ("nolayer", ("import_features", "nolayer", zones)),
        ("nowhere", ("audit", "nowhere")),
        ("nodraft", ("audit", "land", "--draft", "nodraft")),
        ("nolevel", ("audit", "land", "--level", "nolevel")),
        ("7", ("audit", "land", "--edition", "7")),
        ("nodraft", ("publish", "land", "--draft", "nodraft")),
        ("nowhere", ("publish", "nowhere")),
        ("nowhere", ("assign", "nowhere")),
        ("nolayer", ("assign", "land", "--layer", "nolayer")),
        ("nowhere", ("locate", "118.305", "29.705", "--scheme", "nowhere")),
        ("nowhere", ("export", "cells", "nowhere", "-o", out)),
        ("nolevel", ("export", "cells", "land", "--level", "nolevel", "-o", out)),
        ("nowhere", ("coverage_report", "nowhere", "-o", tmp_path / "report.html")),
    ]
    for word, command in commands:
        assert word in land.refused(*command).sentence, command
    assert not out.exists()
    assert not (tmp_path / "report.html").exists()


# --- Rows of cells -----------------------------------------------------------------------------------


def test_a_self_crossing_polygon_lands_in_the_draft_as_a_finding_with_its_place(
    land: Database, tmp_path: Path
) -> None:
    bow_tie = polygon((1, 0), (2, 1), (2, 0), (1, 1))
    file = write_geojson(tmp_path / "zones.geojson", [ZONES[0], (bow_tie, {"code": "02"})])
    told = land.told(*_cells(land, file, draft="bowtie"))
    assert told["refused"] == []
    audit = land.told("audit", "land", "--draft", "bowtie")
    (finding,) = of_rule(audit, "invalid_polygon")
    assert finding["cells"] == ["02"]
    crossing = shapely.geometry.shape(finding["geometry"])
    assert crossing.distance(shapely.Point(at(1.5, 0.5))) < 1e-7
    assert audit["verdict"] == "blind_spots"
    refused = land.run("publish", "land", "--draft", "bowtie", "--json")
    assert refused.code == 1
    assert finding["id"] in refused.json["blocking"]
    assert land.told("audit", "land")["edition"] == 1


def test_rows_without_geometry_are_refused_and_listed_and_the_others_land(
    land: Database, tmp_path: Path
) -> None:
    rows = [ZONES[0], (None, {"code": "03"}), ZONES[1], (shapely.Polygon(), {"code": "04"})]
    file = write_geojson(tmp_path / "zones.geojson", rows)
    result = land.done(*_cells(land, file, "--json", draft="nulls"))
    assert result.json["read"] == 4
    assert [refused["row"] for refused in result.json["refused"]] == [2, 4]
    assert all(len(refused["reason"]) > 5 for refused in result.json["refused"])
    listed = _refused_csv(result, [file])
    assert [row["code"] for row in listed] == ["03", "04"]
    assert land.told("audit", "land", "--draft", "nulls")["levels"]["zone"]["cells"] == 2


def test_a_code_given_twice_is_a_finding_and_keeps_both_cells(land: Database, tmp_path: Path) -> None:
    file = write_geojson(tmp_path / "zones.geojson", [ZONES[0], (box(1, 0, 2, 1), {"code": "01"})])
    land.told(*_cells(land, file, "--replace", draft="twice"))
    audit = land.told("audit", "land", "--draft", "twice")
    (finding,) = of_rule(audit, "duplicate_code")
    assert set(finding["cells"]) == {"01"}
    assert audit["levels"]["zone"]["cells"] == 2
    refused = land.run("publish", "land", "--draft", "twice", "--json")
    assert refused.code == 1
    assert finding["id"] in refused.json["blocking"]


def test_a_parent_that_does_not_exist_refuses_its_row(land: Database, tmp_path: Path) -> None:
    rows = [(box(0, 0, 1, 1), {"code": "01", "up": "00"}), (box(1, 0, 2, 1), {"code": "02", "up": "77"})]
    file = write_geojson(tmp_path / "zones.geojson", rows)
    result = land.done(*_cells(land, file, "--parent-field", "up", "--json", draft="orphan"))
    (refused,) = result.json["refused"]
    assert refused["row"] == 2
    assert "77" in refused["reason"]
    assert [row["code"] for row in _refused_csv(result, [file])] == ["02"]


def test_a_file_all_of_whose_rows_are_refused_changes_nothing(land: Database, tmp_path: Path) -> None:
    orphans = [(box(0, 0, 1, 1), {"code": "01", "up": "77"}), (None, {"code": "02", "up": "00"})]
    file = write_geojson(tmp_path / "zones.geojson", orphans)
    _rejected(land, *_cells(land, file, "--parent-field", "up"))
    points = write_csv(tmp_path / "p.csv", ("id", "lon", "lat"), [("a", "nan", "29.7"), ("b", "", "")])
    _rejected(land, *POINTS, points)


@pytest.mark.parametrize(
    "corners",
    [
        [(179.9, 10.0), (-179.9, 10.0), (-179.9, 10.1), (179.9, 10.1), (179.9, 10.0)],
        [(179.9, 10.0), (180.1, 10.0), (180.1, 10.1), (179.9, 10.1), (179.9, 10.0)],
    ],
    ids=["jumping", "counting on"],
)
def test_land_across_the_antimeridian_is_refused(
    land: Database, tmp_path: Path, corners: list[tuple[float, float]]
) -> None:
    file = write_geojson(
        tmp_path / "zones.geojson", [({"type": "Polygon", "coordinates": [corners]}, {"code": "9"})]
    )
    result = _rejected(land, *_cells(land, file))
    assert "180" in result.stderr


@pytest.mark.parametrize(
    ("shape", "word"),
    [
        ({"type": "Point", "coordinates": [118.3, 29.7]}, "oint"),
        (
            {
                "type": "Polygon",
                "coordinates": [[[29.7, 118.3], [29.8, 118.3], [29.8, 118.4], [29.7, 118.3]]],
            },
            "swap",
        ),
        ({"type": "Polygon", "coordinates": [[[1e308, 0], [1, 0], [1, 1], [1e308, 0]]]}, "1e+308"),
        ({"type": "Polygon", "coordinates": [[[118.3, 29.7], [118.4, 29.7], [118.3, 29.7]]]}, ""),
    ],
    ids=["a point", "swapped axes", "1e308", "two points"],
)
def test_what_cannot_be_a_cell_is_refused_with_its_reason(
    land: Database, tmp_path: Path, shape: dict[str, Any], word: str
) -> None:
    file = write_geojson(tmp_path / "zones.geojson", [*ZONES, (shape, {"code": "03"})])
    told = land.told(*_cells(land, file, draft="odd"))
    (refused,) = told["refused"]
    assert refused["row"] == 3
    assert word in refused["reason"]


# --- Rows of features --------------------------------------------------------------------------------

HERE = at(0.5, 0.5)


def test_points_that_are_no_places_are_refused_with_row_and_reason(land: Database, tmp_path: Path) -> None:
    lon, lat = HERE
    rows = [
        ("good", lon, lat),
        ("nan", "nan", lat),
        ("huge", "1e308", lat),
        ("infinite", lon, "inf"),
        ("swapped", lat, lon),
        ("words", "east", "north"),
        ("empty", "", ""),
        ("far", 500, 29.7),
    ]
    file = write_csv(tmp_path / "points.csv", ("id", "lon", "lat"), rows)
    result = land.done(*POINTS, file, "--lon-field", "lon", "--lat-field", "lat", "--crs", "4326", "--json")
    told = result.json
    assert set(told) >= {"read", "new", "changed", "unchanged", "refused", "crs", "encoding"}
    assert (told["read"], told["new"]) == (8, 1)
    assert [refused["row"] for refused in told["refused"]] == list(range(2, 9))
    reasons = {rows[refused["row"] - 1][0]: refused["reason"] for refused in told["refused"]}
    assert "swap" in reasons["swapped"]
    assert "nan" in reasons["nan"].lower()
    assert "1e308" in reasons["huge"] or "1e+308" in reasons["huge"]
    assert "500" in reasons["far"]
    assert [row["id"] for row in _refused_csv(result, [file])] == [row[0] for row in rows[1:]]


@pytest.mark.parametrize("value", ["NaN", "1e308", "1e999", "-Infinity"])
def test_json_with_numbers_that_are_none_is_refused(land: Database, tmp_path: Path, value: str) -> None:
    good = json.dumps({"type": "Point", "coordinates": HERE})
    bad = f'{{"type": "Point", "coordinates": [{value}, 29.7]}}'
    features = [
        f'{{"type": "Feature", "properties": {{"id": "{key}"}}, "geometry": {geometry}}}'
        for key, geometry in ((f"good {value}", good), (f"bad {value}", bad))
    ]
    file = tmp_path / "points.geojson"
    file.write_text(f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}', encoding="utf-8")
    result = land.run(*POINTS, file, "--json")
    assert "Traceback" not in result.stderr, str(result)
    if result.code == 0:  # the row alone
        assert [refused["row"] for refused in result.json["refused"]] == [2]
    else:  # or the file, since this is no JSON
        assert result.code == 2
        assert "points.geojson" in result.sentence
    assert land.ask("SELECT count(*) FROM layers_feature WHERE key = %s", f"bad {value}") == [(0,)]


def test_a_feature_across_the_antimeridian_is_split_there(land: Database, tmp_path: Path) -> None:
    corners = [(179.9, 10.0), (-179.9, 10.0), (-179.9, 10.1), (179.9, 10.1), (179.9, 10.0)]
    works = ({"type": "Polygon", "coordinates": [corners]}, {"id": "across"})
    file = write_geojson(tmp_path / "works.geojson", [works])
    told = land.told("import_features", "building", file, "--key-field", "id")
    assert (told["new"], told["refused"]) == (1, [])
    ((text,),) = land.ask("SELECT ST_AsText(geom) FROM layers_feature WHERE key = 'across'")
    shape = shapely.from_wkt(text)
    assert shape.geom_type == "MultiPolygon"
    assert sorted(part.bounds[0] for part in shape.geoms) == [-180.0, 179.9]
    assert shape.area == pytest.approx(0.02)


def test_without_rights_to_the_fields_the_command_says_which_there_are(
    land: Database, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "points.csv", ("id", "x", "y"), [("a", *HERE)])
    sentence = land.refused(*POINTS, file, "--lon-field", "nolon", "--lat-field", "y").sentence
    assert "nolon" in sentence
    assert (
        "nokey"
        in land.refused(
            *("import_features", "enterprise", file, "--key-field", "nokey"),
            *("--lon-field", "x", "--lat-field", "y", "--crs", "4326"),
        ).sentence
    )


# --- Scheme documents --------------------------------------------------------------------------------


def test_an_unknown_key_of_a_scheme_is_named_with_file_and_line(land: Database, tmp_path: Path) -> None:
    text = "scheme: odd\nname: Odd\nlevels:\n  - {code: city, tier: city, rule: partition}\ncolour: red\n"
    file = tmp_path / "odd.yaml"
    file.write_text(text, encoding="utf-8")
    sentence = land.refused("load_scheme", file).sentence
    for word in ("odd.yaml", "line 5", "colour"):
        assert word in sentence
    file.write_text(text.replace("colour: red", "straddling_threshold: much"), encoding="utf-8")
    sentence = land.refused("load_scheme", file).sentence
    for word in ("odd.yaml", "line 5", "straddling_threshold"):
        assert word in sentence


@pytest.mark.parametrize("text", ["", "just words", "scheme: [", "- a\n- b\n"])
def test_what_is_no_scheme_is_refused(land: Database, tmp_path: Path, text: str) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text, encoding="utf-8")
    assert "odd.yaml" in land.refused("load_scheme", file).sentence
    assert "no_such_scheme" in land.refused("load_scheme", "no_such_scheme").sentence


# --- Coordinates and times on the command line ---------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("nan", "29.7"),
        ("118.3", "inf"),
        ("1e308", "29.7"),
        ("200", "29.7"),
        ("29.7", "118.3"),
        ("118.3", "29.7", "--crs", "EPSG:999999"),
        ("118.3", "29.7", "--at", "yesterday"),
    ],
    ids=" ".join,
)
def test_a_place_or_a_time_that_is_none_is_refused(land: Database, arguments: tuple[str, ...]) -> None:
    land.refused("locate", *arguments, "--json")


def test_words_for_numbers_are_refused(land: Database) -> None:
    result = land.run("locate", "east", "north")
    assert result.code == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("lon", ["-71.4", "-7.14e1", "-1e-05"])
def test_negative_coordinates_are_no_options(land: Database, lon: str) -> None:
    told = land.told("locate", lon, "-0.5")
    assert told["outside"] is True
    assert told["lon"] == float(lon)


def test_an_output_that_cannot_be_written_leaves_nothing(land: Database, tmp_path: Path) -> None:
    for out, word in (
        (tmp_path / "none" / "cells.gpkg", "none"),
        (tmp_path / "cells.nothing", "cells.nothing"),
    ):
        assert word in land.refused("export", "cells", "land", "-o", out).sentence
    assert list(tmp_path.iterdir()) == []


# --- Dry runs and further files ------------------------------------------------------------------------


def test_a_dry_run_tells_the_same_and_writes_nothing(land: Database, tmp_path: Path) -> None:
    rows = [*ZONES, (None, {"code": "03"})]
    cells = write_geojson(tmp_path / "zones.geojson", rows)
    points = write_csv(tmp_path / "dry.csv", ("id", "lon", "lat"), [("dry", *HERE), ("bad", "", "")])
    for command in (_cells(land, cells, draft="dry"), (*POINTS, points)):
        before = land.rows()
        dry = land.told(*command, "--dry-run")
        assert land.rows() == before
        wet = land.told(*command)
        assert land.rows() != before
        for key in ("read", "refused"):
            assert dry[key] == wet[key]


def test_a_further_file_adds_and_updates_and_removes_only_when_told(land: Database, tmp_path: Path) -> None:
    def cells_of(draft: str) -> int:
        audit: dict[str, Any] = land.told("audit", "land", "--draft", draft)
        return int(audit["levels"]["zone"]["cells"])

    one = write_geojson(tmp_path / "one.geojson", [(box(0, 0, 1, 1), {"code": "01", "title": "renamed"})])
    more = write_geojson(tmp_path / "more.geojson", [(box(2, 0, 3, 1), {"code": "03", "title": "third"})])
    name = ("--name-field", "title")
    land.told(*_cells(land, one, *name, draft="further"))
    assert cells_of("further") == 2
    land.told(*_cells(land, more, *name, draft="further"))
    assert cells_of("further") == 3
    land.told(*_cells(land, one, *name, "--replace", draft="further"))
    assert cells_of("further") == 1
    assert land.told("audit", "land")["levels"]["zone"]["cells"] == 2
