"""The traps of requirements.md 6: edges, triple points, gaps, straddling, shuffled order, and racing workers.

The codes are such that byte order is neither the order of import nor that of numbers:

    y=3 +----+----+---------+
        | c3 | c1 |   c2    |
    y=2 +----+-+--+---------+
        | a10  |     a9     |
    y=1 +------+--+---------+
        |   b2    |   B1    |
    y=0 +---------+---------+
       x=0   1.5  2         4
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.scenarios.conftest import NewDatabase
from tests.scenarios.faults import of_rule
from tests.scenarios.making import at, box, read_csv, write_csv, write_geojson, write_scheme
from tests.scenarios.oracle import Oracle, read_cells
from tests.scenarios.running import Database

ZONES = {
    "b2": box(0, 0, 2, 1),
    "B1": box(2, 0, 4, 1),
    "a10": box(0, 1, 1.5, 2),
    "a9": box(1.5, 1, 4, 2),
    "c3": box(0, 2, 1, 3),
    "c1": box(1, 2, 2, 3),
    "c2": box(2, 2, 4, 3),
}
#: Place, cell, method; a method of None is not laid down.
POINTS: dict[str, tuple[float, float, str, str | None]] = {
    "inside": (1, 0.5, "b2", "within"),
    "edge b2 a10": (1, 1, "a10", "boundary_tiebreak"),
    "edge B1 a9": (3, 1, "B1", "boundary_tiebreak"),
    "edge b2 B1": (2, 0.5, "B1", "boundary_tiebreak"),
    "edge a10 a9": (1.5, 1.5, "a10", "boundary_tiebreak"),
    "edge b2 a9": (1.75, 1, "a9", "boundary_tiebreak"),
    "triple b2 B1 a9": (2, 1, "B1", "boundary_tiebreak"),
    "triple b2 a10 a9": (1.5, 1, "a10", "boundary_tiebreak"),
    "triple a9 c1 c2": (2, 2, "a9", "boundary_tiebreak"),
    "rim": (0, 0.5, "b2", None),
    "corner": (4, 3, "c2", None),
    "a third of a step off an edge": (2 - 3e-7, 0.5, "B1", "boundary_tiebreak"),
    "a step off an edge": (2 - 1e-6, 0.5, "b2", "within"),
    "west": (-1, 0.5, "", "outside"),
    "east": (5, 1, "", "outside"),
    "a step south": (2, -1e-6, "", "outside"),
    "north": (2, 3.5, "", "outside"),
}
#: Land, cell, share. The two halves and the three thirds are ties.
WORKS: dict[str, tuple[shapely.Geometry, str, float]] = {
    "0.95": (box(1.62, 0.2, 2.02, 0.6), "b2", 0.95),
    "0.70": (box(1.72, 0.2, 2.12, 0.6), "b2", 0.7),
    "0.60": (box(1.76, 0.2, 2.16, 0.6), "b2", 0.6),
    "0.55": (box(1.78, 0.2, 2.18, 0.6), "b2", 0.55),
    "half": (box(1.8, 0.2, 2.2, 0.6), "B1", 0.5),
    "third": (box(0, 2.2, 3, 2.4), "c1", 1 / 3),
    "whole": (box(0.2, 0.2, 0.4, 0.4), "b2", 1.0),
    "partly outside": (box(3.8, 0.2, 4.1, 0.4), "B1", 2 / 3),
    "beyond": (box(6, 0.2, 6.1, 0.4), "", 0.0),
}
TIES = {"half", "third"}


def _build(database: Database, order: random.Random | None) -> Database:
    """Load the land and the objects: in the order above, or shuffled, the zones first and in two files."""
    folder = database.folder
    database.done("load_scheme", write_scheme(folder, "traps", ["city", "zone"]))
    zones = [(shape, {"code": code}) for code, shape in ZONES.items()]
    points = [(name, *at(x, y)) for name, (x, y, _, _) in POINTS.items()]
    works = [(shape, {"id": name}) for name, (shape, _, _) in WORKS.items()]
    steps: list[Sequence[object]] = [
        ("--level", "city", write_geojson(folder / "city.geojson", [(box(0, 0, 4, 3), {"code": "0"})])),
        ("--level", "zone", write_geojson(folder / "zones.geojson", zones)),
    ]
    if order is not None:
        for rows in (zones, points, works):
            order.shuffle(rows)
        first, second = folder / "first.geojson", folder / "second.geojson"
        steps = [
            ("--level", "zone", write_geojson(first, zones[:4])),
            ("--level", "city", steps[0][2]),
            ("--level", "zone", write_geojson(second, zones[4:])),
        ]
    for step in steps:
        database.told("import_cells", "traps", *step, "--code-field", "code")
    assert database.told("publish", "traps")["published"] is True
    points_file = write_csv(folder / "points.csv", ("id", "lon", "lat"), points)
    fields = ("--key-field", "id", "--lon-field", "lon", "--lat-field", "lat", "--crs", "4326")
    assert database.told("import_features", "enterprise", points_file, *fields)["refused"] == []
    works_file = write_geojson(folder / "works.geojson", works)
    told = database.told("import_features", "building", works_file, "--key-field", "id")
    assert told["refused"] == []
    return database


@pytest.fixture(scope="module")
def land(database: Database) -> Database:
    return _build(database, None)


@pytest.fixture(scope="module")
def shuffled(new_database: NewDatabase) -> Database:
    return _build(new_database(), random.Random(5))


def _assignments(database: Database) -> dict[str, dict[str, str]]:
    out = database.folder / "assignments.csv"
    database.done("export", "assignments", "traps", "-o", out)
    rows = read_csv(out)
    named = {f"{row['layer']} {row['key']}": row for row in rows}
    assert len(named) == len(rows)
    return named


@pytest.fixture(scope="module")
def assignments(land: Database) -> dict[str, dict[str, str]]:
    """What the objects were assigned to when they were imported."""
    return _assignments(land)


@pytest.mark.parametrize("name", list(POINTS))
def test_a_point_has_exactly_the_one_cell_of_the_rule(
    assignments: dict[str, dict[str, str]], name: str
) -> None:
    _, _, cell, method = POINTS[name]
    row = assignments[f"enterprise {name}"]
    assert row["cell"] == cell
    if method is not None:
        assert row["method"] == method


@pytest.mark.parametrize("name", list(WORKS))
def test_a_polygon_goes_to_the_cell_with_the_largest_share(
    assignments: dict[str, dict[str, str]], name: str
) -> None:
    _, cell, share = WORKS[name]
    row = assignments[f"building {name}"]
    assert row["cell"] == cell
    if cell:
        decided = "boundary_tiebreak" if name in TIES else "within" if share == 1.0 else "max_overlap"
        assert row["method"] == decided
        assert float(row["share"]) == pytest.approx(share, rel=1e-6)
    else:
        assert row["method"] == "outside"


def test_the_command_line_the_file_and_the_assignment_answer_alike(land: Database, tmp_path: Path) -> None:
    asked, answered = tmp_path / "asked.csv", tmp_path / "answered.csv"
    write_csv(asked, ("id", "lon", "lat"), [(name, *at(x, y)) for name, (x, y, _, _) in POINTS.items()])
    land.done("locate_file", asked, "--scheme", "traps", "-o", answered)
    told = {row["id"]: row["cell_zone"] for row in read_csv(answered)}
    assert told == {name: cell for name, (_, _, cell, _) in POINTS.items()}
    for name in ("triple b2 B1 a9", "edge b2 a10", "a step off an edge", "east"):
        x, y, cell, _ = POINTS[name]
        answer = land.told("locate", *at(x, y), "--scheme", "traps")
        codes = [step["code"] for answer in answer["schemes"] for step in answer["cells"]]
        assert codes == (["0", cell] if cell else [])


def test_the_oracle_agrees_with_what_is_laid_down(land: Database, tmp_path: Path) -> None:
    out = tmp_path / "zones.geojson"
    land.done("export", "cells", "traps", "--level", "zone", "-o", out)
    oracle = Oracle(read_cells(out).values())
    for name, (x, y, cell, _) in POINTS.items():
        assert (oracle.touch(*at(x, y)).leaf or "") == cell, name


def test_every_object_is_counted_once(land: Database) -> None:
    told = land.told("audit", "traps")["features"]
    rows = _assignments(land)
    unassigned = [row for row in rows.values() if row["method"] in {"gap", "outside"}]
    assert all(row["cell"] == "" for row in unassigned)
    assert told["total"] == len(rows) == len(POINTS) + len(WORKS)
    assert told["assigned"] == len(rows) - len(unassigned)
    assert told["outside"] == len(unassigned) == 5
    assert told["in_gap"] == 0
    assert told["straddling"] == 3  # 0.55, a half and a third are below 0.6


def test_the_order_of_insertion_changes_no_assignment(land: Database, shuffled: Database) -> None:
    def facts(database: Database) -> dict[str, tuple[str, ...]]:
        wanted = ("cell", "method", "share")
        return {name: tuple(row[key] for key in wanted) for name, row in _assignments(database).items()}

    before = facts(shuffled)
    assert before == facts(land)
    shuffled.done("assign", "traps", "--full")
    assert facts(shuffled) == before
    assert shuffled.run("assign", "traps", "--check").code == 0


def test_eight_workers_at_once_leave_every_object_in_one_cell(land: Database) -> None:
    rng = random.Random(8)
    rows = [(f"racing {n}", *at(rng.uniform(-0.2, 4.2), rng.uniform(-0.2, 3.2))) for n in range(1000)]
    file = write_csv(land.folder / "racing.csv", ("id", "lon", "lat"), rows)
    fields = ("--key-field", "id", "--lon-field", "lon", "--lat-field", "lat", "--crs", "4326")
    land.told("import_features", "pollution_source", file, *fields)
    workers = [land.start("assign", "traps", "--full") for _ in range(8)]
    ends = [(worker.communicate()[1], worker.returncode) for worker in workers]
    assert [code for _, code in ends] == [0] * 8, ends
    now = "SELECT feature_id, count(*) FROM layers_assignment WHERE upper_inf(valid) GROUP BY 1"
    counts = land.ask(now)
    assert {count for _, count in counts} == {1}
    assert len(counts) == len(POINTS) + len(WORKS) + 1000
    assert land.run("assign", "traps", "--check").code == 0


# --- A gap ---------------------------------------------------------------------------------------------

HOLE = box(1.4, 0.4, 1.6, 0.6)


@pytest.fixture(scope="module")
def lake(new_database: NewDatabase) -> Database:
    """A city whose eastern zone has a hole that nobody answers for."""
    database = new_database()
    folder = database.folder
    database.done("load_scheme", write_scheme(folder, "lake", ["city", "zone"]))
    city = write_geojson(folder / "city.geojson", [(box(0, 0, 2, 1), {"code": "0"})])
    zones = [(box(0, 0, 1, 1), {"code": "a"}), (box(1, 0, 2, 1).difference(HOLE), {"code": "b"})]
    zone = write_geojson(folder / "zone.geojson", zones)
    database.told("import_cells", "lake", city, "--level", "city", "--code-field", "code")
    database.told("import_cells", "lake", zone, "--level", "zone", "--code-field", "code")
    return database


def _verdict(database: Database) -> tuple[dict[str, Any], bool, int]:
    """What the audit says: as JSON, whether it prints the verdict of full coverage, and under --strict."""
    human = database.done("audit", "lake").stdout
    printed = "no blind spots" in human or "无盲区" in human
    return database.told("audit", "lake"), printed, database.run("audit", "lake", "--strict").code


def test_a_gap_is_published_only_when_it_is_accepted_and_is_a_blind_spot_for_what_lies_in_it(
    lake: Database, tmp_path: Path
) -> None:
    refused = lake.run("publish", "lake", "--json")
    (gap,) = of_rule(lake.told("audit", "lake", "--draft", "import"), "gap")
    assert (refused.code, refused.json["published"], refused.json["blocking"]) == (1, False, [gap["id"]])
    lake.refused("publish", "lake", "--accept-gaps", "")

    told = lake.told("publish", "lake", "--accept-gaps", "a lake")
    assert (told["published"], told["edition"], told["blocking"]) == (True, 1, [])
    audit, printed, strict = _verdict(lake)
    (finding,) = audit["findings"]
    assert (finding["id"], finding["rule"], finding["state"]) == (gap["id"], "gap", "accepted")
    assert (audit["verdict"], printed, strict) == ("full", True, 0)

    places = {
        "middle": (1.5, 0.5),
        "north": (1.5, 0.59),
        "shore": (1.4, 0.5),
        "corner": (1.6, 0.6),
        "land": (0.5, 0.5),
    }
    file = write_csv(tmp_path / "boats.csv", ("id", "lon", "lat"), [(k, *at(*v)) for k, v in places.items()])
    fields = ("--key-field", "id", "--lon-field", "lon", "--lat-field", "lat", "--crs", "4326")
    lake.told("import_features", "enterprise", file, *fields)
    out = tmp_path / "assignments.csv"
    lake.done("export", "assignments", "lake", "-o", out)
    rows = {row["key"]: (row["cell"], row["method"]) for row in read_csv(out)}
    assert rows["middle"] == rows["north"] == ("", "gap")
    assert {rows[key][0] for key in ("shore", "corner")} == {"b"}
    assert rows["land"] == ("a", "within")

    audit, printed, strict = _verdict(lake)
    assert audit["features"]["in_gap"] == 2
    assert len(of_rule(audit, "object_in_gap")) == 2
    assert (audit["verdict"], printed, strict) == ("blind_spots", False, 1)
    answer = lake.told("locate", *at(1.5, 0.5), "--scheme", "lake")
    assert answer["outside"] is False
    assert answer["schemes"][0]["method"] == "gap"


def test_a_vacant_mandatory_post_is_a_blind_spot(new_database: NewDatabase) -> None:
    database = new_database()
    folder = database.folder
    levels = ["city", {"code": "zone", "rule": "partition", "chief": "Head of the zone"}]
    database.done("load_scheme", write_scheme(folder, "posts", levels))
    city = write_geojson(folder / "city.geojson", [(box(0, 0, 2, 1), {"code": "0"})])
    zones = [(box(0, 0, 1, 1), {"code": "a"}), (box(1, 0, 2, 1), {"code": "b"})]
    zone = write_geojson(folder / "zone.geojson", zones)
    database.told("import_cells", "posts", city, "--level", "city", "--code-field", "code")
    database.told("import_cells", "posts", zone, "--level", "zone", "--code-field", "code", "--publish")
    audit = database.told("audit", "posts")
    assert audit["vacancies"] == 2
    assert sorted(f["cells"] for f in of_rule(audit, "vacancy")) == [["a"], ["b"]]
    assert audit["verdict"] == "blind_spots"
    assert database.run("audit", "posts", "--strict").code == 1
    human = database.done("audit", "posts").stdout
    assert "no blind spots" not in human
    assert "无盲区" not in human


def test_a_ragged_parent_without_children_is_itself_the_leaf(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    database = new_database()
    levels = ["city", "town", {"code": "zone", "rule": "ragged"}]
    database.done("load_scheme", write_scheme(database.folder, "ragged", levels))
    for level, rows in (
        ("city", [(box(0, 0, 2, 1), {"code": "0"})]),
        ("town", [(box(0, 0, 1, 1), {"code": "t1"}), (box(1, 0, 2, 1), {"code": "t2"})]),
        ("zone", [(box(0, 0, 1, 0.5), {"code": "z1"}), (box(0, 0.5, 1, 1), {"code": "z2"})]),
    ):
        file = write_geojson(tmp_path / f"{level}.geojson", rows)
        database.told("import_cells", "ragged", file, "--level", level, "--code-field", "code")
    assert database.told("publish", "ragged")["published"] is True
    assert database.told("audit", "ragged")["verdict"] == "full"
    for place, chain in (
        ((0.5, 0.2), ["0", "t1", "z1"]),
        ((1.5, 0.2), ["0", "t2"]),
        ((1, 0.2), ["0", "t2"]),  # t2 is below z1 in byte order
    ):
        (answer,) = database.told("locate", *at(*place))["schemes"]
        assert [cell["code"] for cell in answer["cells"]] == chain
