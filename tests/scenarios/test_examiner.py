"""The extracts are what their table says, and the examiner itself can tell right from wrong."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pytest
import shapely
import shapely.geometry

from tests.scenarios.conftest import NewDatabase
from tests.scenarios.faults import overlapping_pairs, read_polygons
from tests.scenarios.making import at, box, write_geojson
from tests.scenarios.oracle import Oracle, OracleCell, on_lattice, read_cells


def test_every_extract_has_its_source_licence_and_check_sum_in_the_table(extracts: Path) -> None:
    rows = [line.split("|") for line in (extracts / "README.md").read_text(encoding="utf-8").splitlines()]
    table = {row[1].strip(" `"): row for row in rows if len(row) == 7 and "`" in row[1]}
    files = {path.name: path for path in extracts.iterdir() if path.name != "README.md"}
    assert set(table) == set(files)
    for name, path in files.items():
        assert table[name][5].strip(" `") == hashlib.sha256(path.read_bytes()).hexdigest(), name
        assert all(len(cell.strip()) > 2 for cell in table[name][1:6])


def test_the_figures_that_the_tests_know_of_the_extracts_are_right(extracts: Path) -> None:
    inside = overlapping_pairs(read_polygons(extracts / "beijing_shijingshan.geojson", "code"))
    assert [area for area in inside.values() if area > 1] == [pytest.approx(3245.68, rel=0.02)]
    files = ("beijing_shijingshan.geojson", "beijing_fengtai_west.geojson")
    both = overlapping_pairs([cell for name in files for cell in read_polygons(extracts / name, "code")])
    seam = [area for (one, other), area in both.items() if one[:6] != other[:6]]
    assert sum(seam) == pytest.approx(232.2, rel=0.02)


def test_the_oracle_tells_inside_edge_and_outside(tmp_path: Path) -> None:
    ring = box(0, 0, 2, 2).difference(box(0.5, 0.5, 1, 1))
    rows = [(ring, {"code": "b"}), (box(2, 0, 3, 2), {"code": "a"})]
    oracle = Oracle(read_cells(write_geojson(tmp_path / "cells.geojson", rows)).values())
    for (x, y), codes, on_edge in (
        ((0.2, 0.2), ("b",), False),
        ((0.7, 0.7), (), False),
        ((0.5, 0.7), ("b",), True),
        ((0.7, 1), ("b",), True),
        ((2, 1), ("a", "b"), True),
        ((2, 0), ("a", "b"), True),
        ((2.5, 1), ("a",), False),
        ((3.1, 0), (), False),
        ((-0.1, 0), (), False),
        ((-0.1, 0.5), (), False),
    ):
        touch = oracle.touch(*at(x, y))
        assert (touch.codes, touch.on_edge) == (codes, on_edge), (x, y)


def test_the_oracle_agrees_with_geos_away_from_edges() -> None:
    rng = random.Random(1)
    for _ in range(50):
        star = shapely.Polygon([(rng.uniform(0, 1), rng.uniform(0, 1)) for _ in range(12)]).buffer(0)
        parts = star.geoms if hasattr(star, "geoms") else [star]
        rings = [
            [(on_lattice(x), on_lattice(y)) for x, y in ring.coords]
            for part in parts
            for ring in (part.exterior, *part.interiors)
        ]
        oracle = Oracle([OracleCell("s", None, {}, rings)])
        for _ in range(200):
            x, y = rng.uniform(-0.1, 1.1), rng.uniform(-0.1, 1.1)
            if star.boundary.distance(shapely.Point(x, y)) > 1e-6:
                assert bool(oracle.touch(x, y).codes) == star.contains(shapely.Point(x, y))


def test_coordinates_off_the_lattice_are_not_read(tmp_path: Path) -> None:
    off = shapely.geometry.mapping(shapely.transform(box(0, 0, 1, 1), lambda xy: xy + 3e-10))
    file = tmp_path / "cells.geojson"
    feature = {"type": "Feature", "properties": {"code": "a"}, "geometry": off}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    with pytest.raises(AssertionError, match="not on the lattice"):
        read_cells(file)


@pytest.mark.parametrize(
    "command",
    [
        ("audit", "nowhere"),
        ("audit",),
        ("nothing",),
        ("locate", "0.5", "0.5", "--at", "2016-10-20", "--json"),
        ("load_scheme", "environment"),
        ("import_cells", "environment", "none.gpkg", "--level", "l1"),
        ("publish", "environment", "--json"),
    ],
    ids=" ".join,
)
def test_the_door_does_what_manage_does(new_database: NewDatabase, command: tuple[str, ...]) -> None:
    one, other = new_database(), new_database()
    if command[0] in {"import_cells", "publish"}:
        for database in (one, other):
            database.done("load_scheme", "environment")
    with one.start(*command) as process:
        stdout, stderr = process.communicate(timeout=300)
    result = other.run(*command)
    assert result.code == process.returncode
    if "--json" in command and result.code == 0:
        assert {**json.loads(stdout), "at": None} == {**result.json, "at": None}
    else:
        assert (result.stdout, result.stderr) == (stdout, stderr)
    assert one.rows() == other.rows()
