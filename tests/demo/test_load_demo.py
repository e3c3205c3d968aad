"""`load_demo` on an empty database, and what everybody can ask of the land after it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry
from ruamel.yaml import YAML

from schemes.loader import SCHEMES_DIR
from tests.demo.conftest import Empty, Loaded, features_of
from tests.scenarios.running import Database

SCHEME = "environment"
CHINA = dt.timezone(dt.timedelta(hours=8))


def plan_of(folder: Path) -> Any:
    return YAML(typ="safe").load((folder / "plan.yaml").read_text(encoding="utf-8"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# --- The published edition --------------------------------------------------------------------------


def test_the_edition_covers_the_land_fully(loaded: Loaded) -> None:
    audit = loaded.database.told("audit", SCHEME)
    assert audit["edition"] == 1
    assert audit["verdict"] == "full"
    assert audit["findings"] == []
    assert {level: sums["cells"] for level, sums in audit["levels"].items()} == {"l1": 1, "l2": 9, "l3": 132}
    assert all(sums["gaps"] == sums["overlaps"] == 0 for sums in audit["levels"].values())
    areas = [sums["area_m2"] for sums in audit["levels"].values()]
    assert areas == pytest.approx([areas[0]] * 3, rel=1e-12)
    assert audit["vacancies"] == 0
    features = audit["features"]
    assert features["total"] == features["assigned"] >= 3000 + 2000 + 400
    assert (features["outside"], features["in_gap"], features["straddling"]) == (0, 0, 0)


def test_load_demo_answers_what_is_there_and_tells_how_far_it_is(loaded: Loaded) -> None:
    answer = loaded.answer
    assert answer["changed"] is True
    assert (answer["scheme"], answer["edition"], answer["verdict"]) == (SCHEME, 1, "full")
    assert answer["cells"] == {"l1": 1, "l2": 9, "l3": 132}
    assert answer["draft"]["name"] == "planted"
    assert "importing enterprise.geojson" in loaded.progress


def test_every_second_level_cell_has_the_children_that_the_scheme_says(loaded: Loaded) -> None:
    document = YAML(typ="safe").load((SCHEMES_DIR / f"{SCHEME}.yaml").read_text(encoding="utf-8"))
    counted = loaded.database.ask(
        "SELECT p.name, count(*) FROM boundaries_cellversion v "
        "JOIN boundaries_cellversion p ON p.cell_id = v.parent_id "
        "JOIN boundaries_level l ON l.id = v.level_id WHERE l.code = 'l3' GROUP BY p.name"
    )
    assert dict(counted) == document["children_of"]


def test_cells_say_of_which_kind_they_are(loaded: Loaded) -> None:
    kinds = loaded.database.ask(
        "SELECT l.code, v.kind, count(*) FROM boundaries_cellversion v "
        "JOIN boundaries_level l ON l.id = v.level_id GROUP BY l.code, v.kind"
    )
    counts = {(level, kind): count for level, kind, count in kinds}
    assert counts["l2", "scenic"] == counts["l2", "devzone"] == 1
    assert counts["l2", "district"] + counts["l2", "county"] == 7
    assert counts["l3", "township"] + counts["l3", "park"] + counts["l3", "reserve"] == 132
    assert counts["l3", "park"] >= 8
    assert counts["l3", "reserve"] >= 5


def test_all_real_centres_fall_into_their_own_district(loaded: Loaded, folder: Path, tmp_path: Path) -> None:
    """A centre in land carved out of a district counts for the district that it was carved from.

    None lies there as it is: what is carved out keeps away from the centres (`demo/making/territories.py`).
    """
    plan = plan_of(folder)
    centres = [
        row
        for row in rows_of(folder / plan["sources"]["units"])
        if row["level"] in {"town", "village"} and row["longitude"]
    ]
    assert Counter(row["level"] for row in centres) == {"town": 105, "village": 156}
    table, out = tmp_path / "centres.csv", tmp_path / "cells.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "town", "level", "lon", "lat"])
        for row in centres:
            town = row["code"] if row["level"] == "town" else row["parent"]
            writer.writerow([row["code"], town, row["level"], row["longitude"], row["latitude"]])
    loaded.database.done("locate_file", table, "--scheme", SCHEME, "-o", out, "--crs", "gcj02")
    located = rows_of(out)
    carved = {one["code"]: set(one["from"]) for one in plan["carved"]}
    wrong = [row for row in located if row["code"][:6] not in carved.get(row["cell_l2"], {row["cell_l2"]})]
    assert len(located) == 261
    assert wrong == []
    assert not any(row["cell_l2"] in carved for row in located)
    assert all(row["cell_l3"] == row["town"] for row in located if row["level"] == "town")


# --- The draft with faults --------------------------------------------------------------------------


def test_the_draft_has_exactly_the_planted_findings(loaded: Loaded, folder: Path) -> None:
    """The expected sizes are of other arithmetic than the audit's, see `demo/making/measuring.py`."""
    expected = json.loads((folder / "planted_expected.json").read_text(encoding="utf-8"))
    found = loaded.database.told("audit", SCHEME, "--draft", expected["draft"])["findings"]

    def facts(finding: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
        return finding["rule"], finding["level"], tuple(finding["cells"])

    assert Counter(map(facts, found)) == Counter(map(facts, expected["findings"]))
    assert len(found) == 6
    by_facts = {facts(finding): finding for finding in found}
    for wanted in expected["findings"]:
        finding = by_facts[facts(wanted)]
        if wanted["area_m2"] is None:
            assert finding["area_m2"] is None
        else:
            tolerance = max(1.0, wanted["area_m2"] * 0.01)
            assert finding["area_m2"] == pytest.approx(wanted["area_m2"], abs=tolerance), wanted
            assert finding["width_m"] == pytest.approx(wanted["width_m"], rel=0.05), wanted


def test_the_draft_differs_from_the_edition_by_the_planted_cells_only(loaded: Loaded) -> None:
    planted = {feature["properties"]["code"] for feature in features_of("planted.geojson")}
    stored = loaded.database.ask(
        "SELECT c.code FROM boundaries_draftcell c JOIN boundaries_draft d ON d.id = c.draft_id "
        "WHERE d.name = 'planted'"
    )
    assert {code for (code,) in stored} == planted


def test_everybody_may_look_at_the_draft(loaded: Loaded) -> None:
    assert loaded.database.ask("SELECT visibility FROM boundaries_draft WHERE name = 'planted'") == [
        ("public",)
    ]


def test_the_draft_is_not_published(loaded: Loaded) -> None:
    before = loaded.database.rows()
    result = loaded.database.run("publish", SCHEME, "--draft", "planted", "--json")
    assert result.code == 1
    assert result.json["published"] is False
    assert loaded.database.rows() == before


# --- Objects on borders -----------------------------------------------------------------------------


def vertices_of(feature: dict[str, Any]) -> set[tuple[float, ...]]:
    shape = shapely.geometry.shape(feature["geometry"])
    return {tuple(vertex) for vertex in shapely.get_coordinates(shape).tolist()}


def test_points_on_borders_and_corners_belong_to_the_lowest_code(loaded: Loaded, folder: Path) -> None:
    plan = plan_of(folder)
    cells = [(cell["properties"]["code"], vertices_of(cell)) for cell in features_of("cells_l3.geojson")]
    expected = {}
    for layer, key in (("enterprise", "uscc"), ("pollution_source", "permit_no")):
        for feature in features_of(f"{layer}.geojson"):
            at = tuple(feature["geometry"]["coordinates"])
            touched = [code for code, vertices in cells if at in vertices]
            if touched:
                expected[feature["properties"][key]] = (min(touched), len(touched))
    wanted = Counter({2: sum(plan["on_edge"].values()), 3: sum(plan["on_corner"].values())})
    assert Counter(count for _, count in expected.values()) == wanted
    stored = loaded.database.ask(
        "SELECT f.key, v.code FROM layers_assignment a JOIN layers_feature f ON f.id = a.feature_id "
        "JOIN boundaries_cellversion v ON v.cell_id = a.cell_id "
        "WHERE a.method = 'boundary_tiebreak' AND a.on_edge"
    )
    assert dict(stored) == {key: code for key, (code, _) in expected.items()}


def test_buildings_over_a_border_have_the_planted_shares(loaded: Loaded, folder: Path) -> None:
    shares = loaded.database.ask(
        "SELECT a.share FROM layers_assignment a JOIN layers_feature f ON f.id = a.feature_id "
        "JOIN layers_layer l ON l.id = f.layer_id WHERE l.code = 'building' AND a.method = 'max_overlap' "
        "ORDER BY a.share DESC"
    )
    assert [share for (share,) in shares] == pytest.approx(plan_of(folder)["straddling_shares"], abs=0.01)


# --- Who answers ------------------------------------------------------------------------------------


def responsible(database: Database, cell: str, at: str) -> dict[str, dict[str, Any]]:
    """Ask who holds which post at the middle of a cell: one a post."""
    shape = next(
        shapely.geometry.shape(feature["geometry"])
        for feature in features_of("cells_l3.geojson")
        if feature["properties"]["code"] == cell
    )
    place = shapely.point_on_surface(shape)
    answer = database.told("locate", str(place.x), str(place.y), "--crs", "gcj02", "--at", at)
    (scheme,) = answer["schemes"]
    assert scheme["cells"][-1]["code"] == cell
    found = {one["post"]: one for one in scheme["responsible"]}
    assert len(found) == len(scheme["responsible"])
    return found


def test_another_date_shows_another_person(loaded: Loaded, folder: Path) -> None:
    plan = plan_of(folder)["people"]
    changing = next(one for one in plan["changing"] if one["post"] == "chief_l3")
    names = {row["id"]: row["name"] for row in rows_of(folder / "persons.csv")}
    first, second = (
        row
        for row in rows_of(folder / "appointments.csv")
        if (row["cell"], row["post"]) == (changing["cell"], changing["post"])
    )
    assert first["until"] == second["since"] == "2027-01-01T00:00:00+08:00"
    assert names[first["person"]] != names[second["person"]]
    moment = dt.datetime.now(tz=CHINA) + dt.timedelta(minutes=1)
    now = first if moment < dt.datetime.fromisoformat(first["until"]) else second
    for at, holder in ((moment.isoformat(), now), ("2030-01-01", second)):
        answers = responsible(loaded.database, changing["cell"], at)
        assert answers[changing["post"]]["person"] == names[holder["person"]]


def test_a_deputy_acts_for_who_has_left(loaded: Loaded, folder: Path) -> None:
    acting = plan_of(folder)["people"]["acting"]
    names = {row["id"]: row["name"] for row in rows_of(folder / "persons.csv")}
    left, deputy = (
        row
        for row in rows_of(folder / "appointments.csv")
        if (row["cell"], row["post"]) == (acting["cell"], acting["post"])
    )
    moment = dt.datetime.now(tz=CHINA) + dt.timedelta(minutes=1)
    answer = responsible(loaded.database, acting["cell"], moment.isoformat())[acting["post"]]
    assert (answer["person"], answer["acting_for"]) == (names[deputy["person"]], names[left["person"]])


def test_who_asks_is_given_a_phone_and_never_a_private_one(loaded: Loaded, folder: Path) -> None:
    people = rows_of(folder / "persons.csv")
    private = {row["name"]: row["private_phone"] for row in people if row["private_phone"]}
    for cell in ("341002001000", "341021100000", "341071001000", "341072001000", "341024902000"):
        answers = responsible(loaded.database, cell, "2030-01-01")
        assert set(answers) == {"chief_l1", "chief_l2", "chief_l3", "supervisor"}
        for answer in answers.values():
            assert re.fullmatch(r"0559-0\d{6}", answer["phone"]), answer
            assert answer["phone"] != private.get(answer["person"])


# --- Again, at once, and in the way -----------------------------------------------------------------


def test_a_second_load_changes_nothing_and_says_so(loaded: Loaded) -> None:
    before = loaded.database.rows()
    versions = loaded.database.ask("SELECT name, version, xmin::text FROM boundaries_draft ORDER BY 1")
    result = loaded.database.done("load_demo")
    assert "no change" in result.stdout
    assert loaded.database.told("load_demo") == {**loaded.answer, "changed": False}
    assert loaded.database.rows() == before
    assert (
        loaded.database.ask("SELECT name, version, xmin::text FROM boundaries_draft ORDER BY 1") == versions
    )


def test_a_load_that_is_killed_leaves_nothing_behind(empty: Empty) -> None:
    database = empty()
    before = database.rows()
    process = database.start("load_demo")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("importing building"):
            process.send_signal(signal.SIGKILL)
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert database.rows() == before


def test_a_scheme_with_other_cells_is_left_alone(empty: Empty, folder: Path) -> None:
    database = empty()
    database.done("load_scheme", SCHEME)
    database.done("import_cells", SCHEME, folder / "cells_l1.geojson", "--level", "l1", "--draft", "mine")
    before = database.rows()
    result = database.run("load_demo")
    assert result.code == 1
    assert "empty database" in result.sentence
    assert database.rows() == before


def test_a_file_that_says_nothing_of_kinds_leaves_them_as_they_are(empty: Empty, folder: Path) -> None:
    database = empty()
    database.done("load_scheme", SCHEME)
    command = ("import_cells", SCHEME, folder / "cells_l1.geojson", "--level", "l1", "--code-field", "code")
    database.done(*command, "--kind-field", "kind")
    assert database.told(*command)["changed"] == 1
    assert database.ask("SELECT kind FROM boundaries_draftcell") == [("city",)]
