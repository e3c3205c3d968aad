"""Real land with faults goes into drafts: every fault is found and measured, and nothing is published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import shapely
import shapely.geometry

from tests.scenarios.faults import (
    FINDING_KEYS,
    Pairs,
    found_pairs,
    of_rule,
    overlapping_pairs,
    read_polygons,
    reference,
)
from tests.scenarios.making import write_scheme
from tests.scenarios.running import Database

BEIJING = (
    *("changping", "dongcheng", "fengtai", "haidian", "huairou", "mentougou"),
    *("miyun", "pinggu", "shijingshan", "xicheng", "yanqing"),
)
MANILA = "nested/ph_metro_manila_4level.gpkg"
LUCKNOW_WARDS = "dirty/india/Lucknow_Lucknow_ward_boundary.geojson"
LUCKNOW_ZONES = "dirty/india/Lucknow_Lucknow_zone_boundary.geojson"


def _load(database: Database, scheme: str, *levels: str) -> None:
    database.done("load_scheme", write_scheme(database.folder, scheme, levels))


def _check_figures(
    audit: dict[str, Any], level: str, *, pairs: int, overlap_m2: float, gaps: int | None
) -> None:
    """Compare with `AUDIT_REFERENCE.csv`: what is larger than 1 m², to 2 %."""
    large = [area for area in found_pairs(audit, level).values() if area > 1]
    assert len(large) == pytest.approx(pairs, rel=0.02)
    assert sum(large) == pytest.approx(overlap_m2, rel=0.02, abs=0.5)
    told = audit["levels"][level]
    assert told["overlap_area_m2"] == pytest.approx(
        sum(f["area_m2"] for f in of_rule(audit, "overlap") if f["level"] == level), rel=1e-6, abs=1e-6
    )
    if gaps is not None:
        found = [f for f in of_rule(audit, "gap") if f["level"] == level and f["area_m2"] > 1]
        assert len(found) == pytest.approx(gaps, rel=0.02)


def _same_pairs(found: Pairs, computed: Pairs) -> None:
    """The same cells overlap by the same land; what is about 1 m² may fall on either side."""
    assert {cells for cells, area in found.items() if area > 1.25} <= set(computed)
    for cells, area in computed.items():
        if area > 1.25:
            assert found.get(cells) == pytest.approx(area, rel=0.02, abs=1.0), cells


def _check_findings(audit: dict[str, Any]) -> None:
    idents = [finding["id"] for finding in audit["findings"]]
    assert len(set(idents)) == len(idents)
    for finding in audit["findings"]:
        assert set(finding) >= FINDING_KEYS
        assert finding["state"] == "open"
        assert finding["severity"]
        if finding["rule"] in {"gap", "overlap", "outside_parent"}:
            assert finding["area_m2"] > 0
            assert finding["width_m"] >= 0
            place = shapely.geometry.shape(finding["geometry"])
            assert place.geom_type in {"Polygon", "MultiPolygon"}
            assert place.area > 0
        if finding["rule"] == "overlap":
            assert len(finding["cells"]) >= 2


def _check_refusal(database: Database, scheme: str, draft: str, audit: dict[str, Any], *more: str) -> None:
    """`publish` says no, which findings stand in the way, and why; no edition comes to be."""
    result = database.run("publish", scheme, "--draft", draft, *more, "--json")
    assert result.code == 1, str(result)
    assert result.json["published"] is False
    blocking = set(result.json["blocking"])
    assert blocking >= {finding["id"] for finding in of_rule(audit, "overlap")}
    assert blocking <= {finding["id"] for finding in audit["findings"]}
    assert len(result.sentence.split()) > 4, str(result)
    editions = "SELECT count(*) FROM boundaries_edition WHERE scheme_id = (SELECT id FROM boundaries_scheme"
    counted = database.ask(f"{editions} WHERE code = %s)", scheme)
    assert counted == [(0,)]
    database.refused("audit", scheme, "--edition", "1")


# --- One file, one draft ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def towns(database: Database) -> Database:
    """A scheme of one level, into which every file goes in a draft of its own."""
    _load(database, "towns", "town")
    return database


def _draft_of_one_file(towns: Database, file: Path, draft: str, *more: str) -> dict[str, Any]:
    told = towns.told("import_cells", "towns", file, "--level", "town", "--draft", draft, *more)
    assert told["refused"] == []
    audit: dict[str, Any] = towns.told("audit", "towns", "--draft", draft)
    assert told["overlaps"] == audit["levels"]["town"]["overlaps"]
    assert told["gaps"] == audit["levels"]["town"]["gaps"]
    return audit


def test_the_overlap_of_a_small_file_is_found_and_publishing_is_refused(
    towns: Database, extracts: Path
) -> None:
    file = extracts / "beijing_shijingshan.geojson"
    audit = _draft_of_one_file(towns, file, "small", "--code-field", "code", "--name-field", "Name")
    _check_figures(audit, "town", pairs=1, overlap_m2=3245.68, gaps=0)
    _same_pairs(found_pairs(audit, "town"), overlapping_pairs(read_polygons(file, "code")))
    _check_findings(audit)
    assert audit["verdict"] == "blind_spots"
    _check_refusal(towns, "towns", "small", audit)
    _check_refusal(towns, "towns", "small", audit, "--accept-gaps", "an overlap is never acceptable")
    strict = towns.run("audit", "towns", "--draft", "small", "--strict")
    assert strict.code == 1
    assert "no blind spots" not in strict.stdout
    assert "无盲区" not in strict.stdout


@pytest.mark.shared_data
@pytest.mark.parametrize("district", BEIJING)
def test_each_file_of_beijing_agrees_with_the_reference(
    towns: Database, shared_data: Path, district: str
) -> None:
    file = shared_data / "beijing" / "raw_geojson" / f"{district}-all.geojson"
    figures = reference(shared_data)[f"beijing/raw_geojson/{district}-all.geojson", f"{district}-all"]
    audit = _draft_of_one_file(towns, file, district, "--code-field", "code", "--name-field", "Name")
    assert audit["levels"]["town"]["cells"] == int(figures["rows"])
    holes = ("holes_1_1000m2", "holes_1e3_1e6m2", "holes_gt_1km2")
    _check_figures(
        audit,
        "town",
        pairs=int(figures["overlap_pairs_gt_1m2"]),
        overlap_m2=float(figures["overlap_area_m2"]),
        gaps=sum(int(figures[name]) for name in holes),
    )
    _same_pairs(found_pairs(audit, "town"), overlapping_pairs(read_polygons(file, "code")))
    _check_findings(audit)


@pytest.mark.shared_data
def test_the_wards_of_lucknow_agree_with_the_reference_without_codes_of_their_own(
    towns: Database, shared_data: Path
) -> None:
    audit = _draft_of_one_file(towns, shared_data / LUCKNOW_WARDS, "lucknow", "--name-field", "Ward Name")
    assert audit["levels"]["town"]["cells"] == 112
    _check_figures(audit, "town", pairs=263, overlap_m2=388074.9, gaps=1048)
    _check_findings(audit)
    _check_refusal(towns, "towns", "lucknow", audit)


# --- Several files, one draft -------------------------------------------------------------------------


def _seams(database: Database, scheme: str, files: Iterable[Path]) -> tuple[Pairs, Pairs, dict[str, Any]]:
    """Import files into one draft; the overlaps between cells of different files, found and computed."""
    _load(database, scheme, "town")
    cells, file_of = [], {}
    for file in files:
        database.told("import_cells", scheme, file, "--level", "town", "--code-field", "code")
        for code, shape in read_polygons(file, "code"):
            cells.append((code, shape))
            file_of[code] = file

    def between(pairs: Pairs) -> Pairs:
        return {(a, b): area for (a, b), area in pairs.items() if file_of[a] != file_of[b]}

    audit = database.told("audit", scheme, "--draft", "import")
    assert audit["levels"]["town"]["cells"] == len(cells)
    return between(found_pairs(audit, "town")), between(overlapping_pairs(cells)), audit


def test_the_seam_between_two_files_is_found(database: Database, extracts: Path) -> None:
    files = (extracts / "beijing_shijingshan.geojson", extracts / "beijing_fengtai_west.geojson")
    found, computed, audit = _seams(database, "two", files)
    _same_pairs(found, computed)
    assert sum(found.values()) == pytest.approx(232.2, rel=0.02)
    _check_refusal(database, "two", "import", audit)


@pytest.mark.shared_data
def test_the_seams_between_the_files_of_beijing_are_found(database: Database, shared_data: Path) -> None:
    folder = shared_data / "beijing" / "raw_geojson"
    found, computed, audit = _seams(database, "beijing", [folder / f"{name}-all.geojson" for name in BEIJING])
    _same_pairs(found, computed)
    assert len([area for area in found.values() if area > 1]) == 17
    assert sum(found.values()) == pytest.approx(1127.3, rel=0.02)
    _check_findings(audit)
    _check_refusal(database, "beijing", "import", audit)


@pytest.mark.shared_data
def test_beijings_towns_find_their_districts_by_code(database: Database, shared_data: Path) -> None:
    _load(database, "outlines", "district", "town")
    folder = shared_data / "beijing" / "raw_geojson"
    names = ("dongcheng", "xicheng", "shijingshan", "haidian")
    fields = ("--code-field", "code", "--name-field", "Name")
    for name in names:
        outline = folder / f"{name}-outline.geojson"
        assert database.told("import_cells", "outlines", outline, "--level", "district", *fields)["read"] == 1
    for name in names:
        towns = (folder / f"{name}-all.geojson", "--level", "town", *fields, "--parent-field", "parentCode")
        assert database.told("import_cells", "outlines", *towns)["refused"] == []
    audit = database.told("audit", "outlines", "--draft", "import")
    assert [audit["levels"][level]["cells"] for level in ("district", "town")] == [4, 70]
    _check_findings(audit)
    _check_refusal(database, "outlines", "import", audit)


@pytest.mark.shared_data
def test_an_outline_with_parts_that_are_points_lands_as_a_finding_or_is_refused_with_its_reason(
    database: Database, shared_data: Path
) -> None:
    _load(database, "parts", "district")
    outline = shared_data / "beijing" / "raw_geojson" / "fengtai-outline.geojson"
    result = database.run("import_cells", "parts", outline, "--level", "district", "--code-field", "code")
    if result.code == 0:
        audit = database.told("audit", "parts", "--draft", "import")
        assert [finding["cells"] for finding in of_rule(audit, "invalid_polygon")] == [["110106000000"]]
    else:
        assert result.code == 2
        assert "fengtai-outline.geojson" in result.sentence
        assert "ring" in result.sentence


@pytest.fixture(scope="module")
def manila(database: Database, shared_data: Path) -> dict[str, Any]:
    """Metro Manila's three levels in a draft; its audit."""
    _load(database, "manila", "province", "city", "barangay")
    for level, layer, number in (
        ("province", "L2_province", 2),
        ("city", "L3_municity", 3),
        ("barangay", "L4_barangay", 4),
    ):
        parent = () if number == 2 else ("--parent-field", f"ADM{number - 1}_PCODE")
        told = database.told(
            *("import_cells", "manila", shared_data / MANILA, "--level", level, "--layer", layer),
            *("--code-field", f"ADM{number}_PCODE", "--name-field", f"ADM{number}_EN", *parent),
        )
        assert told["refused"] == [], "rows without a code are faults of the draft, not lost land"
    audit: dict[str, Any] = database.told("audit", "manila", "--draft", "import")
    return audit


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("level", "layer"), [("province", "L2_province"), ("city", "L3_municity"), ("barangay", "L4_barangay")]
)
def test_every_level_of_manila_agrees_with_the_reference(
    manila: dict[str, Any], shared_data: Path, level: str, layer: str
) -> None:
    figures = reference(shared_data)[MANILA, layer]
    assert manila["levels"][level]["cells"] == int(figures["rows"])
    _check_figures(
        manila,
        level,
        pairs=int(figures["overlap_pairs_gt_1m2"]),
        overlap_m2=float(figures["overlap_area_m2"]),
        gaps=None,
    )


@pytest.mark.shared_data
def test_manilas_duplicate_code_is_found_and_publishing_is_refused(
    manila: dict[str, Any], database: Database, shared_data: Path
) -> None:
    # The one code that two barangays share is the missing one.
    codes = [code for code, _ in read_polygons(shared_data / MANILA, "ADM4_PCODE", "L4_barangay")]
    assert [code for code in set(codes) if codes.count(code) > 1] == ["None"]
    (finding,) = of_rule(manila, "duplicate_code")
    assert finding["level"] == "barangay"
    _check_findings(manila)
    _check_refusal(database, "manila", "import", manila)
    told = database.run("publish", "manila", "--json").json
    assert finding["id"] in told["blocking"]


@pytest.mark.shared_data
def test_lucknows_ward_of_a_zone_that_does_not_exist_is_refused(
    database: Database, shared_data: Path
) -> None:
    _load(database, "lucknow", "zone", "ward")
    zones = (shared_data / LUCKNOW_ZONES, "--level", "zone", "--code-field", "Zone")
    assert database.told("import_cells", "lucknow", *zones)["read"] == 6
    wards = ("--level", "ward", "--name-field", "Ward Name", "--parent-field", "Zone")
    told = database.told("import_cells", "lucknow", shared_data / LUCKNOW_WARDS, *wards)
    rows = _properties(shared_data / LUCKNOW_WARDS)
    homeless = [number for number, row in enumerate(rows, 1) if row["Zone"] == 0]
    assert homeless
    assert [refused["row"] for refused in told["refused"]] == homeless
    assert all("0" in refused["reason"] for refused in told["refused"])
    audit = database.told("audit", "lucknow", "--draft", "import")
    assert audit["levels"]["ward"]["cells"] == 112 - len(homeless)
    _check_refusal(database, "lucknow", "import", audit)


@pytest.mark.shared_data
def test_lucknows_ward_number_that_is_there_twice_is_found(towns: Database, shared_data: Path) -> None:
    file = shared_data / LUCKNOW_WARDS
    numbers = [str(row["Ward Num"]) for row in _properties(file)]
    (twice,) = {number for number in numbers if numbers.count(number) > 1}
    audit = _draft_of_one_file(towns, file, "numbered", "--code-field", "Ward Num")
    assert audit["levels"]["town"]["cells"] == 112
    (finding,) = of_rule(audit, "duplicate_code")
    assert set(finding["cells"]) == {twice}


def _properties(path: Path) -> list[dict[str, Any]]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [feature["properties"] for feature in features]
