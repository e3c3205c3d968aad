"""`import_features`: upserted by key, nothing lost, all or nothing, assigned at once."""

from __future__ import annotations

import csv
import json
import threading

import pytest
import shapely
from django.core.management import call_command
from django.db import connection, transaction

import manage
from boundaries.models import ImportRun
from geogrid.core.errors import BadInput, NotFound, UnreadableFile
from importers.services.features import AllRefused, Reading, features_import
from layers.models import Assignment, Feature, FeaturePast, Layer
from tests.layers.lands import at, box, five_lots, geos, new_layer, new_scheme, now_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    """Refused rows of tests are not to be found among those of real imports."""
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


@pytest.fixture
def things(db) -> Layer:
    return new_layer("thing")


@pytest.fixture
def land(db):
    land = new_scheme()
    land.publish(five_lots())
    return land


@pytest.fixture
def run(capsys):
    """Run the command; give its JSON."""

    def command(layer, path, *options):
        call_command("import_features", layer, str(path), "--json", *options)
        return json.loads(capsys.readouterr().out)

    return command


@pytest.fixture
def table(tmp_path):
    """Write a CSV with the fields key, lon, lat and one more; rows count lots from the corner."""

    def write(rows, name="things.csv", header="key,lon,lat,note"):
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def geojson(tmp_path):
    def write(*features, name="things.geojson"):
        rows = [
            {
                "type": "Feature",
                "properties": values,
                "geometry": shape and json.loads(shapely.to_geojson(shape)),
            }
            for shape, values in features
        ]
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), encoding="utf-8")
        return path

    return write


def reasons(report):
    return {one["row"]: one["reason"] for one in report["refused"]}


def state():
    """Everything that an import may write."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Feature, FeaturePast, Assignment, ImportRun)
    ]


def test_new_features_are_stored_with_their_attributes_on_the_lattice(things, run, table) -> None:
    report = run("thing", table([("007", 118.123456785, 30.1, "茶"), ("b", 118.2, 30.2, "")]))
    assert (report["read"], report["new"], report["changed"], report["unchanged"]) == (2, 2, 0, 0)
    assert report["refused"] == []
    assert (report["crs"], report["encoding"]) == ("EPSG:4326", "utf-8")
    seven = Feature.objects.get(layer=things, key="007")
    assert seven.attributes == {"key": "007", "lon": "118.123456785", "lat": "30.1", "note": "茶"}
    assert seven.geom.coords == (118.12345679, 30.1)
    assert seven.geom.srid == 4326
    assert Feature.objects.get(key="b").attributes["note"] is None


def test_importing_the_same_file_again_changes_nothing(things, land, run, table) -> None:
    path = table([("a", 118.005, 30.005, "x"), ("b", 118.015, 30.005, "y")])
    run("thing", path)
    before = state()[:3]
    report = run("thing", path)
    assert (report["new"], report["changed"], report["unchanged"]) == (0, 0, 2)
    assert state()[:3] == before


def test_a_changed_feature_keeps_what_it_was_and_until_when(things, land, run, table) -> None:
    run("thing", table([("a", 118.005, 30.005, "x"), ("b", 118.005, 30.005, "y")]))
    born = Feature.objects.get(key="a").valid.lower
    report = run("thing", table([("a", 118.015, 30.005, "x")], name="second.csv"))
    assert (report["new"], report["changed"], report["unchanged"]) == (0, 1, 0)
    now, past = Feature.objects.get(key="a"), FeaturePast.objects.get()
    assert past.feature == now
    assert past.geom.coords == (118.005, 30.005)
    assert (past.valid.lower, past.valid.upper) == (born, now.valid.lower)
    assert now.valid.upper is None
    first, second = Assignment.objects.filter(feature=now).order_by("valid")
    assert first.valid.upper == second.valid.lower == now.valid.lower
    assert now_in(land, "a") == ("9", "within")
    assert Feature.objects.filter(key="b").exists()


def test_a_change_of_an_attribute_alone_keeps_the_assignment_as_it_is(things, land, run, table) -> None:
    run("thing", table([("a", 118.005, 30.005, "x")]))
    report = run("thing", table([("a", 118.005, 30.005, "z")]))
    assert report["changed"] == 1
    assert report["assigned"]["small"]["changed"] == 0
    assert FeaturePast.objects.get().attributes["note"] == "x"
    assert Assignment.objects.count() == 1


def test_new_features_are_assigned_in_every_scheme_that_has_an_edition(things, land, run, table) -> None:
    other, empty = new_scheme("other"), new_scheme("empty")
    other.publish({"10": five_lots()["10"]})
    rows = [("in", 118.015, 30.005, ""), ("edge", 118.01, 30.005, ""), ("gap", 118.025, 30.015, "")]
    report = run("thing", table([*rows, ("out", 50, 50, "")]))
    assert set(report["assigned"]) == {"small", "other"}
    small = report["assigned"]["small"]
    assert (small["total"], small["assigned"], small["in_gap"], small["outside"]) == (4, 2, 1, 1)
    assert small["by_method"] == {"boundary_tiebreak": 1, "gap": 1, "outside": 1, "within": 1}
    assert now_in(land, "edge") == ("10", "boundary_tiebreak")
    assert now_in(other, "in") == (None, "gap")
    assert Assignment.objects.filter(scheme=empty.scheme).count() == 0


def test_a_polygon_over_several_lots_is_assigned_by_its_largest_share(things, land, run, geojson) -> None:
    run("thing", geojson((box(0.8, 0.2, 1.8, 0.4), {"id": 7})))
    assert now_in(land, "7") == ("9", "max_overlap")


def test_every_row_that_cannot_be_taken_is_listed_with_its_reason_and_kept(things, run, table, var) -> None:
    path = table(
        [
            ("a", 118, 30, ""),
            ("", 118, 30, "no key"),
            ("a", 119, 30, "again"),
            ("nan", "NaN", 30, ""),
            ("huge", 118, "1e308", ""),
            ("swapped", 30.1, 118.2, ""),
            ("word", "east", 30, ""),
            ("none", "", 30, ""),
        ]
    )
    report = run("thing", path)
    said = reasons(report)
    assert set(said) == set(range(2, 9))
    assert report["new"] == 1
    assert "no key" in said[2]
    assert said[3] == 'the key "a" was there before, in row 1'
    assert "NaN" in said[4]
    assert "1e+308" in said[5]
    assert "swapped" in said[6]
    assert "east" in said[7]
    assert "no value" in said[8]
    assert Feature.objects.get(key="a").attributes["note"] is None
    with open(report["refused_file"], encoding="utf-8-sig", newline="") as file:
        kept = list(csv.DictReader(file))
    assert [int(row["refused_row"]) for row in kept] == list(range(2, 9))
    assert kept[1]["note"] == "again"
    recorded = ImportRun.objects.get()
    assert recorded.target == "thing"
    assert "again" in recorded.refused_csv
    assert recorded.report["refused"] == report["refused"]


def test_if_no_row_can_be_taken_nothing_is_written_and_the_rows_are_kept(things, table, capsys, var) -> None:
    path = table([("", 118, 30, ""), ("b", "NaN", 30, "")])
    before = state()
    with pytest.raises(AllRefused, match=r"no row of things.csv can be taken.*row 1: has no key"):
        call_command("import_features", "thing", str(path), "--json")
    assert reasons(json.loads(capsys.readouterr().out)).keys() == {1, 2}
    assert state() == before
    assert len(list((var / "refused").iterdir())) == 1


def test_a_dry_run_reports_the_same_and_changes_nothing(things, land, run, table) -> None:
    path = table([("a", 118.005, 30.005, "x"), ("", 118, 30, "")])
    before = state()
    dry = run("thing", path, "--dry-run")
    assert state() == before
    wet = run("thing", path)
    assert dry["dry_run"] is True
    assert {**dry, "dry_run": False} == wet


def test_the_key_comes_from_the_named_field_then_the_layers_own_then_a_usual_one(run, table) -> None:
    new_layer("own", key_fields=["town", "no"])
    header, rows = "town,no,id,lon,lat", [("A", 1, 77, 118, 30)]
    path = table(rows, header=header)
    assert run("own", path)["key_fields"] == ["town", "no"]
    assert run("own", path, "--key-field", "no")["key_fields"] == ["no"]
    new_layer("plain")
    assert run("plain", path)["key_fields"] == ["id"]
    assert set(Feature.objects.values_list("key", flat=True)) == {"A|1", "1", "77"}


def test_without_a_field_for_the_key_the_fields_are_listed(things, table) -> None:
    path = table([("x", 118, 30)], header="name,lon,lat")
    with pytest.raises(BadInput, match=r"no field called key, id or fid; it has name, lon, lat.*--key-field"):
        call_command("import_features", "thing", str(path))


def test_a_key_field_that_is_not_there_is_refused_with_a_hint(things, table) -> None:
    with pytest.raises(BadInput, match='did you mean "key"'):
        call_command("import_features", "thing", str(table([("a", 118, 30, "")])), "--key-field", "keey")


def test_keys_that_are_numbers_become_text(things, run, geojson) -> None:
    shape = box(0, 0, 1, 1)
    run("thing", geojson((shape, {"id": 12}), (shape, {"id": 13.0}), (shape, {"id": " 14 "})))
    assert set(Feature.objects.values_list("key", flat=True)) == {"12", "13", "14"}


def test_an_unknown_layer_is_refused_and_the_known_ones_are_named(things, table) -> None:
    with pytest.raises(NotFound, match=r"no layer 'enterprize'.*enterprise"):
        call_command("import_features", "enterprize", str(table([("a", 118, 30, "")])))


def test_a_layer_without_places_takes_no_file(table) -> None:
    new_layer("register", geometry_type="none")
    with pytest.raises(BadInput, match="have no place on the land"):
        call_command("import_features", "register", str(table([("a", 118, 30, "")])))


def test_a_layer_takes_its_own_kind_of_geometry_only(run, geojson) -> None:
    new_layer("dots", geometry_type="point")
    several, single = shapely.MultiPoint([at(0, 0), at(1, 1)]), shapely.MultiPoint([at(0, 0)])
    report = run(
        "dots",
        geojson((box(0, 0, 1, 1), {"id": 1}), (several, {"id": 2}), (single, {"id": 3}), (None, {"id": 4})),
    )
    assert reasons(report) == {1: "is a Polygon, and the layer takes points", 4: "has no geometry"}
    assert Feature.objects.get(key="2").geom.geom_type == "MultiPoint"
    assert Feature.objects.get(key="3").geom.geom_type == "Point"


def test_attributes_are_held_to_the_layers_schema(run, table) -> None:
    new_layer(
        "shop",
        schema={
            "type": "object",
            "properties": {
                "staff": {"type": ["integer", "null"], "minimum": 1},
                "kind": {"enum": ["tea", "ink", None]},
                "phone": {"type": ["string", "null"], "pattern": "^0[0-9]+$"},
            },
            "required": ["name"],
        },
    )
    path = table(
        [
            (1, 118, 30, "甲", 12, "tea", "0559"),
            (2, 118, 30, "", 3, "ink", ""),
            (3, 118, 30, "丙", "many", "ink", ""),
            (4, 118, 30, "丁", 0, "ink", ""),
            (5, 118, 30, "戊", 4, "oil", ""),
            (6, 118, 30, "己", 4, "ink", "559"),
            (7, 118, 30, "庚", "", "", ""),
        ],
        header="id,lon,lat,name,staff,kind,phone",
    )
    said = reasons(run("shop", path))
    assert said == {
        2: 'has no value in "name", which the layer requires',
        3: '"many" in "staff" is not a whole number',
        4: '0 in "staff" is less than 1',
        5: '"oil" in "kind" is none of tea, ink',
        6: '"559" in "phone" does not look like ^0[0-9]+$',
    }
    assert Feature.objects.get(key="1").attributes["staff"] == 12
    assert Feature.objects.get(key="1").attributes["phone"] == "0559"
    assert Feature.objects.get(key="7").attributes["staff"] is None


def test_a_schema_with_rules_that_are_not_understood_is_refused_not_ignored(table) -> None:
    new_layer("odd", schema={"properties": {"note": {"anyOf": []}}})
    with pytest.raises(BadInput, match="anyOf, which is not understood"):
        call_command("import_features", "odd", str(table([("a", 118, 30, "")])))


def test_a_feature_across_longitude_180_is_split_there(things, run, geojson) -> None:
    ring = [(179.9, 10), (-179.9, 10), (-179.9, 10.1), (179.9, 10.1)]
    run("thing", geojson((shapely.Polygon(ring), {"id": "x"})))
    parts = Feature.objects.get(key="x").geom
    assert parts.geom_type == "MultiPolygon"
    assert sorted((part.extent[0], part.extent[2]) for part in parts) == [(-180.0, -179.9), (179.9, 180.0)]


def test_shifted_coordinates_are_brought_home(things, run, table) -> None:
    report = run("thing", table([("a", 118.342204, 29.711600, "")]), "--crs", "gcj02")
    assert report["crs"] == "gcj02"
    assert Feature.objects.get(key="a").geom.coords == pytest.approx((118.337, 29.714), abs=2e-6)


def test_text_that_cannot_be_stored_is_refused_and_the_rest_is_not(things, run, geojson, tmp_path) -> None:
    shape = box(0, 0, 1, 1)
    path = geojson(
        (shape, {"id": 1, "note": "a\0b"}),
        (shape, {"id": 2, "note": {"deep": ["\ud800"]}}),
        (shape, {"id": "3\0"}),
        (shape, {"id": 4, "note": "back\\u0000slash"}),
        (shape, {"id": "x" * 600}),
    )
    report = run("thing", path)
    assert set(reasons(report)) == {1, 2, 3, 5}
    assert Feature.objects.get().attributes["note"] == "back\\u0000slash"


def test_a_polygon_that_crosses_itself_is_kept_assigned_and_noted(things, land, run, geojson) -> None:
    bow_tie = shapely.Polygon([at(0.1, 0.1), at(1.9, 0.9), at(1.9, 0.1), at(0.1, 0.9)])
    (note,) = run("thing", geojson((bow_tie, {"id": 1}), (box(0, 0, 1, 1), {"id": 2})))["notes"]
    assert note.startswith("1 shapes cross or touch themselves")
    assert now_in(land, "1")[0] == "10"
    assert Feature.objects.get(key="1").geom.equals_exact(geos(bow_tie))


def test_a_polygon_smaller_than_the_lattice_is_refused(things, run, geojson) -> None:
    speck = shapely.Polygon([(118, 30), (118.000000001, 30), (118.000000001, 30.000000001)])
    said = reasons(run("thing", geojson((speck, {"id": 1}), (box(0, 0, 1, 1), {"id": 2}))))
    assert said == {1: "is smaller than the millimetre that coordinates are kept to"}


@pytest.mark.parametrize("content", [b"", b"\x00\x01broken", b"key,lon,lat\n"])
def test_a_broken_or_empty_file_is_refused_and_nothing_is_written(things, tmp_path, content) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    before = state()
    with pytest.raises(UnreadableFile):
        call_command("import_features", "thing", str(path))
    assert state() == before


def test_if_the_assignment_fails_nothing_of_the_import_stays(things, land, table, monkeypatch) -> None:
    def fail(**_):
        raise RuntimeError("in the middle")

    before = state()
    monkeypatch.setattr("layers.services.features.features_assign", fail)
    with pytest.raises(RuntimeError, match="in the middle"):
        features_import(layer="thing", path=table([("a", 118, 30, "")]), reading=Reading())
    assert state() == before


def test_the_report_for_people_says_the_numbers_and_the_first_reasons(things, land, table, capsys) -> None:
    rows = [("a", 118.005, 30.005, ""), *(("", 118, 30, "") for _ in range(15))]
    call_command("import_features", "thing", str(table(rows)))
    said = capsys.readouterr().out
    assert "1 new, 0 changed, 0 unchanged, 15 refused" in said
    assert "and 5 more refused rows" in said
    assert "assigned in small, edition 1: within 1" in said


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_leave_each_key_once_and_assigned_once(table) -> None:
    land = new_scheme()
    land.publish(five_lots())
    new_layer("thing")
    rows = [(str(number), 118 + number / 2000, 30.005, "") for number in range(50)]
    path, failures = table(rows), []

    def work() -> None:
        try:
            features_import(layer="thing", path=path, reading=Reading())
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test is to show it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Feature.objects.count() == 50
    assert FeaturePast.objects.count() == 0
    assert Assignment.objects.count() == 50


def test_the_import_waits_for_whoever_publishes(things, land, table) -> None:
    """The scheme's lock is taken before the layer's: both are held until the end."""
    with transaction.atomic():
        features_import(layer="thing", path=table([("a", 118, 30, "")]), reading=Reading())
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            assert cursor.fetchone()[0] >= 2


def test_bad_input_at_the_terminal_is_one_sentence_and_exit_code_2(
    things, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr("sys.argv", ["manage.py", "import_features", "thing", str(tmp_path / "none.csv")])
    assert manage.main() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "none.csv does not exist.\n"
