"""`certify`: a file states the same as the database, or says where it differs; no database is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pyogrio
import pytest
import shapely
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from boundaries.models import CellVersion
from boundaries.selectors import land_at
from boundaries.selectors.certificates import certificate_at, certified_cells
from boundaries.services.audits import audit_run
from geogrid.core.area import polygon_areas
from geogrid.core.certificate import certificate, faces_of, shape_hashes
from geogrid.core.errors import BadInput, Refused, UnknownCrs, UnreadableFile
from tests.exporters.published import JUNE, geos

pytestmark = pytest.mark.django_db

FORMATS = ("cells.gpkg", "cells.geojson", "cells.zip", "cells.shp")


@pytest.fixture
def stored(unguarded, land):
    """The land with its rings as publishing stores them: shells counter-clockwise."""
    for version in CellVersion.objects.filter(geom__isnull=False):
        turned = shapely.orient_polygons(shapely.from_wkb(bytes(version.geom.wkb)))
        area = float(polygon_areas([turned])[0])
        CellVersion.objects.filter(pk=version.pk).update(geom=geos(turned), area_m2=area)
    return land


@pytest.fixture
def stated(stored, tmp_path):
    """The certificate of the edition in force, as a file; what an audit prints is one too."""
    path = tmp_path / "edition.json"
    faces = faces_of(land_at(stored.scheme), [])
    path.write_text(json.dumps(certificate_at(stored.scheme, JUNE, faces=faces)), encoding="utf-8")
    return path


@pytest.fixture
def certify(capsys):
    def run(path, *options):
        call_command("certify", str(path), "--json", *options)
        return json.loads(capsys.readouterr().out)

    return run


def rewritten(path, target, change, **options):
    """Read a file by its geometries and columns, change them, and write them into another."""
    meta, _, wkb, values = pyogrio.raw.read(path)
    columns = dict(zip(meta["fields"].tolist(), values, strict=True))
    shapes, columns = change(shapely.from_wkb(wkb), columns)
    pyogrio.raw.write(
        target,
        shapely.to_wkb(shapes),
        list(columns.values()),
        list(columns),
        geometry_type="MultiPolygon",
        crs="EPSG:4326",
        **options,
    )
    return target


def test_the_database_hashes_as_shapely_does(stored):
    versions = CellVersion.objects.filter(valid__contains=JUNE)
    shapes = {v.code: shapely.from_wkb(bytes(v.geom.wkb)) if v.geom else None for v in versions}
    rows = {row.code: row for row in certified_cells(stored.scheme, JUNE)}
    assert rows.keys() == shapes.keys()
    assert [rows[code].sha256 for code in shapes] == shape_hashes(list(shapes.values()))


def test_nobody_can_write_another_hash(stored):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE boundaries_cellversion SET sha256 = repeat('ab', 32) WHERE code = '0034'")


def test_rows_give_the_certificate_of_the_land(stored):
    report = audit_run(scheme=stored.scheme, edition=stored.second)
    assert report.certificate["faces"] == []
    land = land_at(stored.scheme, JUNE)
    known = {row.code: row.edition for row in certified_cells(stored.scheme, JUNE)}
    whole = certificate(land, report.areas, [], editions=[known[code] for code in land.code])
    from_rows = certificate_at(stored.scheme, JUNE, faces=[])
    assert from_rows == whole
    assert {**from_rows, "versions_sha256": None} == report.certificate
    assert {row.edition for row in certified_cells(stored.scheme, JUNE)} == {1, 2}


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_states_what_was_certified(name, stated, export, certify):
    path, _, _ = export("cells", name)
    made = certify(path, "--certificate", str(stated))
    assert (made["equal"], made["differences"]) == (True, [])
    expected = json.loads(stated.read_text(encoding="utf-8"))
    for key in ("cells", "sha256", "versions_sha256", "faces"):
        assert made["certificate"][key] == expected[key], key
    for level, sums in expected["parents"].items():
        assert made["certificate"]["parents"][level] == pytest.approx(sums, abs=1e-6)
    assert {one["parent"] for one in made["parents"]} == {"0034", "0034001", "0034002"}


def test_a_flatgeobuf_made_of_an_export_keeps_it(stated, export, certify, tmp_path):
    path, _, _ = export("cells", "cells.gpkg")
    again = rewritten(
        path, tmp_path / "cells.fgb", lambda shapes, columns: (shapes, columns), SPATIAL_INDEX="NO"
    )
    assert certify(again, "--certificate", str(stated))["equal"]


def test_the_document_of_an_audit_is_a_certificate_too(stored, export, certify, tmp_path):
    document = tmp_path / "audit.json"
    document.write_text(json.dumps(audit_run(scheme=stored.scheme).as_json()), encoding="utf-8")
    path, _, _ = export("cells", "cells.gpkg")
    assert certify(path, "--certificate", str(document))["equal"]


def test_a_vertex_moved_by_one_step_is_told_with_its_level(stated, export, tmp_path):
    def move(shapes, columns):
        cell = columns["code"].tolist().index("003400100")
        moved = shapely.get_coordinates(shapes[cell])
        moved[[0, -1]] += 1e-8
        shapes[cell] = shapely.set_coordinates(shapes[cell], moved)
        return shapes, columns

    path, _, _ = export("cells", "cells.gpkg")
    changed = rewritten(path, tmp_path / "changed.gpkg", move)
    with pytest.raises(Refused, match="level lot: codes, parents or geometries of its cells differ"):
        call_command("certify", str(changed), "--certificate", str(stated))


def test_a_missing_cell_is_told_with_and_without_a_certificate(stated, export, certify, tmp_path):
    def drop(shapes, columns):
        kept = columns["code"] != "003400100"
        return shapes[kept], {name: values[kept] for name, values in columns.items()}

    path, _, _ = export("cells", "cells.gpkg")
    assert certify(path)["equal"] is None
    changed = rewritten(path, tmp_path / "changed.gpkg", drop)
    with pytest.raises(Refused, match="level lot: 1 faces are nobody's, not 0"):
        call_command("certify", str(changed), "--certificate", str(stated))
    with pytest.raises(Refused, match=r"level lot: no cell covers .* in 0034001"):
        call_command("certify", str(changed))


def test_a_cell_that_changed_its_edition_only_is_told(stated, export, tmp_path):
    def date(shapes, columns):
        return shapes, {**columns, "edition": columns["edition"] * 0 + 7}

    path, _, _ = export("cells", "cells.gpkg")
    changed = rewritten(path, tmp_path / "changed.gpkg", date)
    with pytest.raises(Refused, match="editions since which"):
        call_command("certify", str(changed), "--certificate", str(stated))


class TestBadInput:
    def test_there_is_no_file(self, tmp_path):
        with pytest.raises(UnreadableFile, match="there is no file"):
            call_command("certify", str(tmp_path / "none.gpkg"))

    def test_a_file_of_something_else(self, tmp_path, export, places):
        (tmp_path / "words.gpkg").write_text("words")
        with pytest.raises(UnreadableFile, match="cannot be read"):
            call_command("certify", str(tmp_path / "words.gpkg"))
        path, _, _ = export("features", "features.gpkg")
        with pytest.raises(BadInput, match="lacks the columns code, level, parent"):
            call_command("certify", str(path))

    def test_a_file_in_another_system(self, export, stored):
        path, _, _ = export("cells", "cells.gpkg", "--crs", "3857")
        with pytest.raises(UnknownCrs, match="not in EPSG:4326"):
            call_command("certify", str(path))

    @pytest.mark.parametrize(
        ("text", "words"), [("{", "not JSON"), ("[]", "no certificate"), ("{}", "lacks")]
    )
    def test_a_certificate_that_is_none(self, text, words, export, stored, tmp_path):
        (tmp_path / "c.json").write_text(text)
        path, _, _ = export("cells", "cells.gpkg")
        with pytest.raises(BadInput, match=words):
            call_command("certify", str(path), "--certificate", str(tmp_path / "c.json"))


def test_it_needs_no_database(stated, export, repository):
    path, _, _ = export("cells", "cells.gpkg")
    nowhere = {**os.environ, "DATABASE_URL": "postgis://nobody@127.0.0.1:9/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", "certify", str(path), "--certificate", str(stated)],
        cwd=repository,
        env=nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "the same as the certificate" in done.stdout
