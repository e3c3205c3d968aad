"""The files of the demonstration: what is in them, that none of it is real where it must not be."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.geometry

from demo.manifest import Manifest
from tests.demo.conftest import FOLDER, features_of

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LAYERS = {"enterprise": 3000, "building": 2000, "pollution_source": 400, "road": 300}


def shapes_of(name: str) -> dict[str, shapely.Geometry]:
    return {f["properties"]["code"]: shapely.geometry.shape(f["geometry"]) for f in features_of(name)}


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_credit_code(text: str) -> bool:
    """Tell whether a text is a unified social credit code by its form and check digit (GB 32100-2015)."""
    if not re.fullmatch(rf"[{SIGNS}]{{18}}", text):
        return False
    total = sum(SIGNS.index(sign) * 3**place % 31 for place, sign in enumerate(text[:17]))
    return SIGNS[-total % 31] == text[17]


# --- All files --------------------------------------------------------------------------------------


def test_all_files_together_are_small(repository: Path) -> None:
    assert (
        sum(path.stat().st_size for path in (repository / "data").rglob("*") if path.is_file()) < 10_000_000
    )


def test_every_file_has_its_source_and_licence_in_the_table(repository: Path) -> None:
    text = (repository / "data" / "README.md").read_text(encoding="utf-8")
    table = {cells[1].strip(" `"): cells for line in text.splitlines() if len(cells := line.split("|")) == 6}
    files = {str(path.relative_to(repository / "data")) for path in FOLDER.rglob("*") if path.is_file()}
    assert files <= set(table)
    for name in files:
        assert all(len(cell.strip()) > 2 for cell in table[name][1:5]), name


def test_the_manifest_names_every_made_file(folder: Path) -> None:
    named = {file for file, _ in Manifest.read(folder).targets()}
    there = {path.name for path in folder.iterdir() if path.is_file()}
    assert there - named == {"manifest.json", "plan.yaml", "planted_expected.json"}


# --- Cells ------------------------------------------------------------------------------------------


def test_the_levels_are_coverages_of_the_same_land() -> None:
    levels = [list(shapes_of(f"cells_l{number}.geojson").values()) for number in (1, 2, 3)]
    assert [len(shapes) for shapes in levels] == [1, 9, 132]
    for shapes in levels:
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(np.array(shapes))
    outlines = [shapely.normalize(shapely.coverage_union_all(shapes)) for shapes in levels]
    assert all(shapely.equals(outline, outlines[0]) for outline in outlines)


def test_the_scenic_area_is_a_hole_and_the_zone_lies_between_two_districts() -> None:
    cells = shapes_of("cells_l2.geojson")
    hole = shapely.Polygon(shapely.get_interior_ring(shapely.get_geometry(cells["341003"], 0), 0))
    assert shapely.equals(hole, cells["341071"])
    for code in ("341002", "341022"):
        assert shapely.length(shapely.intersection(cells[code], cells["341072"])) > 0


def test_one_reserve_has_two_parts_and_no_other_cell_has() -> None:
    several = {
        code for code, shape in shapes_of("cells_l3.geojson").items() if len(shapely.get_parts(shape)) > 1
    }
    assert several == {"341024902000"}


def test_cells_say_where_their_outline_and_name_come_from() -> None:
    assert {f["properties"]["geometry_source"] for f in features_of("cells_l3.geojson")} == {"derived"}
    sources = {
        f["properties"]["code"]: f["properties"]["geometry_source"] for f in features_of("cells_l2.geojson")
    }
    assert sources["341071"] == sources["341072"] == "derived"
    assert sources["341004"] == sources["341021"] == "official"
    assert sources["341003"] == "official_less_derived"
    for feature in features_of("cells_l3.geojson"):
        facts = feature["properties"]
        assert facts["name_source"] in {"adcode", "areacity", "modood", "assumed"}
        assert facts["seat_source"] in {"adcode", "assumed"}
        assert facts["name_en"].isascii()


def test_no_township_is_a_needle_or_a_staircase() -> None:
    """Corners are blunt, and edges run in all directions, not along the raster that the cells grew on."""
    scale = np.array([96_500.0, 111_320.0])
    directions = []
    for shape in shapes_of("cells_l3.geojson").values():
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            xy = shapely.get_coordinates(ring)[:-1] * scale
            back, on = np.roll(xy, 1, axis=0) - xy, np.roll(xy, -1, axis=0) - xy
            cosines = (back * on).sum(axis=1) / np.hypot(*back.T) / np.hypot(*on.T)
            assert cosines.max() < np.cos(np.radians(10))
            directions.append(np.degrees(np.arctan2(on[:, 1], on[:, 0])) % 90)
    straight = np.concatenate(directions)
    assert np.mean((straight < 1) | (straight > 89)) < 0.1


# --- Objects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "least"), LAYERS.items())
def test_there_are_enough_objects_and_each_is_marked_fictional(layer: str, least: int) -> None:
    features = features_of(f"{layer}.geojson")
    assert len(features) >= least
    assert all(feature["properties"]["fictional"] is True for feature in features)


def test_credit_codes_are_right_by_their_digits_and_no_firm_has_them() -> None:
    """No organisation is registered in the division 341099, and DEMO's codes begin with DM."""
    assert is_credit_code("91350100M000100Y43")  # the example of the standard
    codes = [feature["properties"]["uscc"] for feature in features_of("enterprise.geojson")]
    assert len(set(codes)) == len(codes)
    assert all(is_credit_code(code) for code in codes)
    assert {code[:10] for code in codes} == {"91341099DM"}
    units = rows_of("sources/adcode_341000_5level_2016_gcj02.csv")
    assert not any(unit["code"].startswith("341099") for unit in units)


def test_objects_have_no_phone_and_no_person() -> None:
    fields = {name for layer in LAYERS for f in features_of(f"{layer}.geojson") for name in f["properties"]}
    assert not {name for name in fields if re.search("phone|contact|person|email", name)}


def test_homes_have_households_and_other_buildings_none() -> None:
    for feature in features_of("building.geojson"):
        facts = feature["properties"]
        assert (facts["households"] > 0) is (facts["use"] in {"居住", "商住"})
        assert feature["geometry"]["type"] == "Polygon"


# --- People -----------------------------------------------------------------------------------------


def test_every_cell_has_its_chief_and_every_third_level_cell_a_supervisor() -> None:
    held = Counter((row["cell"], row["post"]) for row in rows_of("appointments.csv"))
    wanted = {(code, f"chief_l{n}") for n in (1, 2, 3) for code in shapes_of(f"cells_l{n}.geojson")}
    wanted |= {(code, "supervisor") for code in shapes_of("cells_l3.geojson")}
    assert set(held) == wanted


def test_people_are_fictional_and_nobody_can_be_called() -> None:
    """No subscriber's number begins with 0 behind its area code, and no operator has numbers with 154."""
    persons, offices = rows_of("persons.csv"), rows_of("organisations.csv")
    assert len({row["name"] for row in persons}) == len(persons)
    assert {row["fictional"] for row in persons} == {"true"}
    assert all(row["name"].endswith("（演示）") for row in offices)
    lines = [row["phone"] for row in offices] + [
        row["office_phone"] for row in persons if row["office_phone"]
    ]
    assert all(re.fullmatch(r"0559-0\d{6}", phone) for phone in lines)
    private = [row["private_phone"] for row in persons if row["private_phone"]]
    assert len(private) > 50
    assert all(re.fullmatch(r"154\d{8}", phone) for phone in private)
    assert len(set(private)) == len(private)


def test_the_expected_findings_are_one_of_each_planted_fault(folder: Path) -> None:
    expected = json.loads((folder / "planted_expected.json").read_text(encoding="utf-8"))["findings"]
    rules = Counter(finding["rule"] for finding in expected)
    assert rules == {"gap": 2, "overlap": 1, "sliver": 1, "outside_parent": 1, "vacancy": 1}
