"""Exports are read back by another program, the system's GDAL, and are equal coordinate for coordinate."""

from __future__ import annotations

import json
import re
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from tests.scenarios.making import at, box, read_csv, write_csv, write_geojson, write_scheme
from tests.scenarios.nested import NESTED, SCHEME, MainJob
from tests.scenarios.running import Database

Rows = dict[str, tuple[shapely.Geometry | None, dict[str, Any]]]
KEELUNG = next(land for land in NESTED if land.name == "keelung_extract")
FORMATS = ("gpkg", "geojson", "zip", "csv")


@pytest.fixture(scope="module")
def job(database: Database, extracts: Path) -> MainJob:
    """Keelung's extract, published, with its points assigned."""
    job = MainJob(KEELUNG, extracts, database)
    assert job.features
    return job


def _stored(database: Database, level: str) -> dict[str, shapely.MultiPolygon]:
    rows = database.ask(
        "SELECT v.code, ST_AsBinary(v.geom) FROM boundaries_cellversion v "
        "JOIN boundaries_level l ON l.id = v.level_id WHERE l.code = %s AND upper_inf(v.valid)",
        level,
    )
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def _gdal(file: Path, tmp_path: Path, key: str) -> Rows:
    """Read a file with `ogr2ogr`, into a GeoPackage of its own: doubles stay as they were read."""
    copy = tmp_path / f"{file.stem}_{file.suffix[1:]}_read.gpkg"
    source = f"/vsizip/{file}" if file.suffix == ".zip" else str(file)
    options = ("GEOM_POSSIBLE_NAMES=geometry", "KEEP_GEOM_COLUMNS=NO") if file.suffix == ".csv" else ()
    opened = [part for option in options for part in ("-oo", option)]
    command = ["ogr2ogr", "-f", "GPKG", str(copy), source, *opened, "-nln", "rows", "-nlt", "GEOMETRY"]
    subprocess.run(command, check=True, capture_output=True)
    with warnings.catch_warnings():
        # GDAL 3.6 copies times with their zone, which a GeoPackage does not provide for.
        warnings.filterwarnings("ignore", message="Non-conformant content")
        meta, _, shapes, values = pyogrio.raw.read(copy, layer="rows")
    columns = dict(zip(meta["fields"], values, strict=True))
    return {
        str(columns[key][n]): (
            None if shape is None else shapely.from_wkb(shape),
            {name: column[n] for name, column in columns.items()},
        )
        for n, shape in enumerate(shapes)
    }


def _same(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """The same coordinates to the last bit, wherever a ring starts and whichever way it turns."""

    def canonical(shape: shapely.Geometry) -> bytes:
        parts = shape.geoms if hasattr(shape, "geoms") else [shape]
        return bytes(shapely.to_wkb(shapely.normalize(shapely.MultiPolygon(list(parts)))))

    return canonical(one) == canonical(other)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("level", [level.level for level in KEELUNG.levels])
def test_cells_come_back_coordinate_for_coordinate(
    job: MainJob, tmp_path: Path, level: str, suffix: str
) -> None:
    out = tmp_path / f"cells.{suffix}"
    job.database.done("export", "cells", SCHEME, "--level", level, "-o", out)
    told, stored = _gdal(out, tmp_path, "code"), _stored(job.database, level)
    assert set(told) == set(stored)
    for code, (shape, _) in told.items():
        assert shape is not None
        assert _same(shape, stored[code]), code


@pytest.mark.parametrize("suffix", FORMATS)
def test_attributes_come_back_with_the_cells(job: MainJob, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"cells.{suffix}"
    job.database.done("export", "cells", SCHEME, "--level", "base", "-o", out)
    areas = {code: cell.properties["area_m2"] for code, cell in job.cells["base"].items()}
    for code, (_, row) in _gdal(out, tmp_path, "code").items():
        assert row["level"] == "base"
        assert row["parent"] == job.chains[code]["first"]
        assert float(row["area_m2"]) == pytest.approx(areas[code], rel=1e-12)


def test_ogrinfo_names_rows_and_coordinate_system(job: MainJob, tmp_path: Path) -> None:
    for suffix in ("gpkg", "geojson", "zip"):
        out = tmp_path / f"cells.{suffix}"
        job.database.done("export", "cells", SCHEME, "--level", "base", "-o", out)
        source = f"/vsizip/{out}" if suffix == "zip" else str(out)
        told = subprocess.run(["ogrinfo", "-al", "-so", source], check=True, capture_output=True, text=True)
        assert "Feature Count: 46" in told.stdout
        assert "WGS 84" in told.stdout


def test_in_another_system_the_coordinates_are_its_own(job: MainJob, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    job.database.done("export", "cells", SCHEME, "--level", "base", "--crs", "EPSG:3826", "-o", out)
    move = pyproj.Transformer.from_crs(4326, 3826, always_xy=True)
    stored = _stored(job.database, "base")
    for code, (shape, _) in _gdal(out, tmp_path, "code").items():
        there = shapely.transform(stored[code], lambda xy: np.column_stack(move.transform(*xy.T)))
        assert shape is not None
        assert shapely.equals_exact(shapely.normalize(shape), shapely.normalize(there), tolerance=1e-6)
    assert pyogrio.read_info(out)["crs"] == "EPSG:3826"


def test_the_land_that_was_imported_comes_back_within_one_grid_step(job: MainJob, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    job.database.done("export", "cells", SCHEME, "--level", "base", "--crs", "EPSG:3826", "-o", out)
    _, _, shapes, (codes,) = pyogrio.raw.read(out, columns=["code"])
    exported = dict(zip(codes, shapely.from_wkb(shapes), strict=True))
    for code, _, shape in job.source_rows(KEELUNG.leaf):
        # Half a step in both directions, on the ground: less than a millimetre; the file has more digits.
        assert shapely.hausdorff_distance(shape, exported[code], densify=0.5) < 0.0012, code


@pytest.mark.parametrize("suffix", FORMATS)
def test_points_come_back_coordinate_for_coordinate(job: MainJob, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"features.{suffix}"
    job.database.done("export", "features", SCHEME, "--layer", "enterprise", "-o", out)
    stored = dict(job.database.ask("SELECT key, ST_AsBinary(geom) FROM layers_feature"))
    told = _gdal(out, tmp_path, "key")
    assert set(told) == set(stored)
    for key, (shape, row) in told.items():
        assert shapely.to_wkb(shape) == shapely.to_wkb(shapely.from_wkb(bytes(stored[key])))
        assert row["cell"] == key


@pytest.mark.parametrize("suffix", FORMATS)
def test_assignments_are_a_table_of_every_object(job: MainJob, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"assignments.{suffix}"
    job.database.done("export", "assignments", SCHEME, "-o", out)
    told = _gdal(out, tmp_path, "key")
    assert len(told) == KEELUNG.leaf.cells
    for key, (_, row) in told.items():
        assert (row["layer"], row["cell"], row["method"]) == ("enterprise", key, "within")
        assert float(row["share"]) == 1.0


def test_an_export_of_a_draft_that_was_never_published_says_so(job: MainJob, tmp_path: Path) -> None:
    job.database.done("load_scheme", write_scheme(tmp_path, "unborn", ["city", "zone"]))
    out = tmp_path / "cells.gpkg"
    assert "unborn" in job.database.refused("export", "cells", "unborn", "-o", out).sentence
    assert not out.exists()


def test_an_export_as_of_a_time_before_the_first_edition_holds_no_cell_of_it(
    job: MainJob, tmp_path: Path
) -> None:
    out = tmp_path / "cells.csv"
    result = job.database.run("export", "cells", SCHEME, "-o", out, "--at", "2016-10-20T00:00:00+08:00")
    assert "Traceback" not in result.stderr
    assert result.code == 2 or read_csv(out) == []


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_names_and_leading_zeros_survive_a_shapefile(
    database: Database, tmp_path: Path, encoding: str
) -> None:
    scheme = f"names_{encoding.replace('-', '')}"
    database.done("load_scheme", write_scheme(tmp_path, scheme, ["city", "zone"]))
    city = write_geojson(tmp_path / "city.geojson", [(box(0, 0, 2, 1), {"code": "00", "名称": "黄山市"})])
    rows = [
        (box(0, 0, 1, 1), {"code": "007", "名称": "屯溪区"}),
        (box(1, 0, 2, 1), {"code": "010", "名称": "黟县"}),
    ]
    zone = write_geojson(tmp_path / "zone.geojson", rows)
    fields = ("--code-field", "code", "--name-field", "名称")
    database.done("import_cells", scheme, city, "--level", "city", *fields)
    database.done("import_cells", scheme, zone, "--level", "zone", *fields, "--publish")
    out = tmp_path / "zones.zip"
    database.done("export", "cells", scheme, "--level", "zone", "-o", out, "--encoding", encoding)
    _, _, _, (codes, names) = pyogrio.raw.read(f"/vsizip/{out}", columns=["code", "name"])
    assert dict(zip(codes, names, strict=True)) == {"007": "屯溪区", "010": "黟县"}


def test_findings_come_back_with_their_land(database: Database, tmp_path: Path) -> None:
    database.done("load_scheme", write_scheme(tmp_path, "lake", ["city", "zone"]))
    city = write_geojson(tmp_path / "city.geojson", [(box(0, 0, 2, 1), {"code": "0"})])
    zone = write_geojson(tmp_path / "zone.geojson", [(box(0, 0, 1, 1), {"code": "a"})])
    database.done("import_cells", "lake", city, "--level", "city", "--code-field", "code")
    database.done("import_cells", "lake", zone, "--level", "zone", "--code-field", "code")
    told = database.told("publish", "lake", "--accept-gaps", "a lake")
    assert told["published"] is True
    boat = write_csv(tmp_path / "boat.csv", ("id", "lon", "lat"), [("boat", *at(1.5, 0.5))])
    fields = ("--lon-field", "lon", "--lat-field", "lat", "--crs", "4326")
    database.told("import_features", "enterprise", boat, "--key-field", "id", *fields)
    audit = {finding["id"]: finding for finding in database.told("audit", "lake")["findings"]}
    assert {finding["rule"] for finding in audit.values()} == {"gap", "object_in_gap"}
    out = tmp_path / "findings.gpkg"
    database.done("export", "findings", "lake", "-o", out)
    read = _gdal(out, tmp_path, "id")
    assert set(read) == set(audit)
    for ident, (shape, row) in read.items():
        assert (row["rule"], row["level"], row["severity"], row["state"]) == tuple(
            audit[ident][name] for name in ("rule", "level", "severity", "state")
        )
        if audit[ident]["rule"] == "gap":
            assert shape is not None
            assert _same(shape, shapely.from_geojson(json.dumps(audit[ident]["geometry"])))


def test_the_coverage_report_opens_without_a_network(job: MainJob, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    job.database.done("coverage_report", SCHEME, "-o", out)
    text = out.read_text(encoding="utf-8")
    fetched = r"""<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//"""
    assert re.findall(fetched, text) == []
    assert re.findall(r"""(?:@import|url\()\s*["']?(?:https?:)?//""", text) == []
    for words in (SCHEME, "no blind spots", "A1701"):
        assert words in text
