"""`export features` and `export assignments`: nothing is lost, and nothing private leaves."""

from __future__ import annotations

import zipfile

import pytest

from boundaries.models import Scheme
from layers.models import Layer
from tests.exporters.reading import by_pyogrio, parsed

pytestmark = pytest.mark.django_db

FILES = ("out.zip", "out.geojson", "out.gpkg", "out.csv")


@pytest.mark.parametrize("name", FILES)
def test_features_come_back_with_their_places_attributes_and_cells(name, places, export, rows_of):
    path, report, _ = export("features", name, "--layer", "shop")
    rows = rows_of(path)
    assert [row["key"] for row in rows] == ["0001", "0002", "0003"]
    assert [row["layer"] for row in rows] == ["shop"] * 3
    for row, shape in zip(rows, by_pyogrio(path), strict=True):
        assert row["geometry"] == places[row["key"]] == shape
    assert rows[0]["name"] == "=老街茶叶店"
    assert int(rows[0]["staff"]) == 12
    assert float(rows[0]["turnover"]) == 1 / 3
    assert rows[0]["since"].replace("/", "-") == "1949-10-01"
    assert [row["cell"] or None for row in rows] == ["003400100", "003400110", None]
    assert report["rows"] == 3


def test_nothing_private_leaves_and_the_command_says_so(places, export):
    for name in FILES:
        path, report, said = export("features", name)
        content = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                content = b"".join(archive.read(member) for member in archive.namelist())
        assert b"13900000000" not in content
        assert b"phone" not in content.replace(b"Left out, because private: phone", b"")
        assert "Left out, because private: phone." in report["notes"]
        assert "because private: phone" in said


def test_a_private_key_does_not_leave_either(places, export, rows_of):
    schema = {"properties": {"id_number": {"type": "string", "x-private": True}}}
    Layer.objects.filter(code="shop").update(key_fields=["id_number"], schema=schema)
    for what in ("features", "assignments"):
        path, report, _ = export(what, f"{what}.gpkg")
        assert {row["layer"]: row["key"] for row in rows_of(path)} == {"roof": "R-1", "shop": None}
        assert any("keys of the layer shop are private" in note for note in report["notes"])


def test_what_a_document_keeps_private_of_a_shared_layer_does_not_leave_either(places, export, rows_of):
    fields = {"phone": {"private": True}, "floor": {"type": "integer"}}
    Layer.objects.filter(code="shop").update(schema={})
    Scheme.objects.create(
        code="other",
        name_zh="他",
        name_en="Other",
        document={
            "scheme": "other",
            "levels": [{"code": "city", "tier": "city"}],
            "registers": {"shop": {"geom": "point", "fields": fields}},
        },
    )
    path, report, _ = export("features", "shops.gpkg", "--layer", "shop")
    assert b"13900000000" not in path.read_bytes()
    assert "Left out, because private: phone." in report["notes"]
    first = rows_of(path)[0]
    assert first["floor"] == 2
    assert parsed(first["other"])["staff"] == 12


def test_what_no_schema_names_and_what_does_not_fit_is_kept_aside(places, export, rows_of):
    path, report, said = export("features", "shops.gpkg", "--layer", "shop")
    rows = rows_of(path)
    assert [parsed(row["other"]) for row in rows] == [{"floor": 2}, {"staff": "three"}, None]
    assert rows[1]["staff"] is None
    assert any("not of the type" in note and ": 1;" in note for note in report["notes"])
    assert rows[0]["method_1"] == "现金"
    assert rows[0]["method"] == "within"
    assert 'attribute "method" is in the column "method_1"' in said


@pytest.mark.parametrize("name", FILES)
def test_features_of_several_layers_go_into_one_file(name, places, export, rows_of, same_rings):
    rows = {row["key"]: row for row in rows_of(export("features", name)[0])}
    assert set(rows) == set(places)
    assert "licence" not in rows["0001"], "a layer without features has no columns"
    assert same_rings(rows["R-1"]["geometry"], places["R-1"])
    assert rows["0002"]["geometry"].wkb == places["0002"].wkb
    assert float(rows["R-1"]["share"]) == 2 / 3


def test_features_are_exported_as_they_were(places, export, rows_of):
    roof = rows_of(export("features", "roof.gpkg", "--layer", "roof", "--at", "2026-04-01")[0])
    assert parsed(roof[0]["other"]) == {"floors": 1}
    assert roof[0]["geometry"] != places["R-1"]


@pytest.mark.parametrize("name", FILES)
def test_assignments_say_how_and_where(name, places, export, rows_of):
    rows = {row["key"]: row for row in rows_of(export("assignments", name)[0])}
    assert {key: row["method"] for key, row in rows.items()} == {
        "R-1": "max_overlap",
        "0001": "within",
        "0002": "boundary_tiebreak",
        "0003": "outside",
    }
    assert rows["0001"]["cell"] == "003400100"
    assert float(rows["0003"]["nearest_m"]) == 12.5
    assert [str(rows[key]["on_edge"]).lower() in ("true", "1") for key in ("0001", "0002")] == [False, True]
    assert rows["0001"]["geometry"].wkb == places["0001"].wkb
