"""The main job on real land of several levels: import, audit, publish, assign, look up.

The extracts in `tests/data` are always there; the whole lands are read from beside the checkout.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from tests.scenarios.conftest import NewDatabase
from tests.scenarios.making import read_csv, write_csv
from tests.scenarios.nested import LAYER, NESTED, SCHEME, MainJob, Nested
from tests.scenarios.oracle import OracleCell, Position, on_lattice

LEVEL_KEYS = {"cells", "gaps", "overlaps", "gap_area_m2", "overlap_area_m2", "area_m2"}
FEATURE_KEYS = {"total", "assigned", "outside", "in_gap", "on_edge", "straddling"}
LANDS = [pytest.param(land, id=land.name, marks=[pytest.mark.shared_data] * land.full) for land in NESTED]


@pytest.fixture(scope="module", params=LANDS)
def job(request: pytest.FixtureRequest, new_database: NewDatabase, extracts: Path) -> MainJob:
    land: Nested = request.param
    source = request.getfixturevalue("shared_data") if land.full else extracts
    return MainJob(land, source, new_database())


def _zero_faults(job: MainJob, audit: dict[str, object]) -> None:
    assert audit["verdict"] == "full"
    assert audit["findings"] == []
    assert audit["vacancies"] == 0
    levels = audit["levels"]
    assert isinstance(levels, dict)
    assert {level: told["cells"] for level, told in levels.items()} == {
        level.level: level.cells for level in job.land.levels
    }
    for told in levels.values():
        assert set(told) >= LEVEL_KEYS
        assert [told[key] for key in ("gaps", "overlaps", "gap_area_m2", "overlap_area_m2")] == [0, 0, 0, 0]


# --- Import, audit, publish ---------------------------------------------------------------------------


def test_every_row_of_every_level_lands_and_nothing_is_found(job: MainJob) -> None:
    for level in job.land.levels:
        told = job.imported[level.level]
        assert told["read"] == level.cells
        assert told["refused"] == []
        assert told["gaps"] == told["overlaps"] == 0


def test_the_draft_is_full_before_it_is_published(job: MainJob) -> None:
    audit = job.audited_draft
    assert audit["scheme"] == SCHEME
    _zero_faults(job, audit)
    assert set(audit["features"]) >= FEATURE_KEYS


def test_the_draft_becomes_edition_1(job: MainJob) -> None:
    assert job.published["published"] is True
    assert job.published["edition"] == 1
    assert job.published["blocking"] == []


def test_the_edition_is_full_and_certified(job: MainJob) -> None:
    assert job.audited["edition"] == 1
    assert job.audited["certificate"]
    _zero_faults(job, job.audited)
    human = job.database.done("audit", SCHEME)
    assert "full coverage, no blind spots" in human.stdout or "全覆盖、无盲区" in human.stdout


def test_one_level_can_be_audited_alone(job: MainJob) -> None:
    assert job.published
    leaf = job.land.leaf
    audit = job.database.told("audit", SCHEME, "--level", leaf.level)
    assert audit["levels"][leaf.level]["cells"] == leaf.cells
    assert set(audit["levels"]) == {leaf.level}


@cache
def _transformer(source: object, target: object) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _area_m2(cell: OracleCell) -> float:
    """Integrate over PROJ's equal-area cylinder, along edges straight in degrees (Simpson's rule)."""
    cylinder = _transformer(4326, "+proj=cea +ellps=WGS84")
    parallel = cylinder.transform(0.0, cell.rings[0][0][1] / 1e8)[1]
    total = 0.0
    for ring in cell.rings:
        lon, lat = (np.array(ring, dtype=np.int64) / 1e8).T
        north = cylinder.transform(np.zeros(len(lat)), lat)[1] - parallel
        middle = cylinder.transform(np.zeros(len(lat) - 1), (lat[:-1] + lat[1:]) / 2)[1] - parallel
        mean = (north[:-1] + 4 * middle + north[1:]) / 6
        total += float(np.sum(mean * np.radians(np.diff(lon)))) * 6378137.0
    return abs(total)


def test_areas_agree_with_an_independent_integral_and_add_up_over_the_levels(job: MainJob) -> None:
    sums = {}
    for level, cells in job.cells.items():
        for cell in cells.values():
            if len(cell.rings) == 1:
                assert cell.properties["area_m2"] == pytest.approx(_area_m2(cell), rel=1e-9, abs=1e-5)
        sums[level] = sum(cell.properties["area_m2"] for cell in cells.values())
        assert job.audited["levels"][level]["area_m2"] == pytest.approx(sums[level], rel=1e-12)
    top = sums[job.land.levels[0].level]
    assert top / 1e6 == pytest.approx(job.land.area_km2, rel=5e-4)
    for level, total in sums.items():
        assert total == pytest.approx(top, rel=1e-12), level


def test_parents_are_those_of_the_file(job: MainJob) -> None:
    for number, level in enumerate(job.land.levels):
        told = {code: cell.parent or "" for code, cell in job.cells[level.level].items()}
        if number == 0:
            assert set(told.values()) == {""}
        else:
            assert told == {code: parent for code, parent, _ in job.source_rows(level)}
        assert {cell.properties["level"] for cell in job.cells[level.level].values()} == {level.level}


# --- Edges are shared (design.md, promise 1; geometry.md 6, 7, 11) --------------------------------------


def test_every_edge_of_a_leaf_is_shared_by_two_leaves_or_lies_on_the_rim(job: MainJob) -> None:
    uses = Counter(edge for cell in job.cells[job.land.leaf.level].values() for edge in cell.edges())
    rim = Counter(edge for cell in job.cells[job.land.levels[0].level].values() for edge in cell.edges())
    assert max(uses.values()) == 2
    assert {edge for edge, times in uses.items() if times == 1} == set(rim)


def test_a_parents_ring_carries_every_node_of_its_childrens_rings(job: MainJob) -> None:
    for upper, lower in zip(job.land.levels, job.land.levels[1:], strict=False):
        of_children: dict[str, Counter[tuple[Position, Position]]] = {}
        for cell in job.cells[lower.level].values():
            assert cell.parent is not None
            of_children.setdefault(cell.parent, Counter()).update(cell.edges())
        for code, parent in job.cells[upper.level].items():
            once = {edge for edge, times in of_children[code].items() if times == 1}
            assert set(parent.edges()) == once, f"{upper.level} {code}"


def _in_degrees(job: MainJob, shape: shapely.Geometry) -> shapely.Geometry:
    if job.land.crs == "EPSG:4269":
        return shape  # another name for the same ellipsoid: degrees stay (docs/adr/0004)
    move = _transformer(job.land.crs, "EPSG:4326")
    return shapely.transform(shape, lambda xy: np.column_stack(move.transform(*xy.T)))


def test_no_vertex_moved_by_more_than_one_grid_step(job: MainJob) -> None:
    for level in job.land.levels:
        for code, _, shape in job.source_rows(level):
            nodes = {node for ring in job.cells[level.level][code].rings for node in ring}
            for lon, lat in shapely.get_coordinates(_in_degrees(job, shape)).tolist():
                x, y = on_lattice(lon), on_lattice(lat)
                near = ((x + i, y + j) for i in (0, -1, 1) for j in (0, -1, 1))
                assert any(place in nodes for place in near), f"{level.level} {code} at {lon}, {lat}"


# --- Features ------------------------------------------------------------------------------------------


def test_the_import_of_features_counts_every_row(job: MainJob) -> None:
    told = job.features
    assert set(told) >= {"read", "new", "changed", "unchanged", "refused", "crs", "encoding"}
    assert told["read"] == told["new"] == job.land.leaf.cells
    assert [told["changed"], told["unchanged"], told["refused"]] == [0, 0, []]
    again = job.import_points()
    assert [again["new"], again["changed"], again["unchanged"]] == [0, 0, job.land.leaf.cells]


def test_every_official_interior_point_is_in_its_own_leaf(job: MainJob) -> None:
    assert job.features
    rows = job.assignments()
    assert len(rows) == job.land.leaf.cells
    assert {key: row["cell"] for key, row in rows.items()} == {code: code for code in job.chains}
    assert {row["layer"] for row in rows.values()} == {LAYER}
    assert {row["method"] for row in rows.values()} == {"within"}
    assert {float(row["share"]) for row in rows.values()} == {1.0}
    told = job.database.told("audit", SCHEME)["features"]
    assert told["total"] == told["assigned"] == job.land.leaf.cells
    assert [told[key] for key in ("outside", "in_gap", "on_edge", "straddling")] == [0, 0, 0, 0]


def test_a_recomputation_finds_no_difference_and_notices_a_forged_one(job: MainJob) -> None:
    assert job.features
    for more in ((), ("--layer", LAYER)):
        assert job.database.run("assign", SCHEME, "--check", *more).code == 0
    one, other = sorted(job.chains)[:2]
    forge = (
        "UPDATE layers_assignment SET cell_id = (SELECT cell_id FROM boundaries_cellversion WHERE code = %s) "
        "WHERE upper_inf(valid) AND feature_id = (SELECT id FROM layers_feature WHERE key = %s)"
    )
    job.database.ask(forge, other, one)
    found = job.database.run("assign", SCHEME, "--check", "--json")
    assert found.code == 1, str(found)
    assert found.json
    assert job.assignments()[one]["cell"] == other, "--check is to change nothing"
    job.database.done("assign", SCHEME, "--full")
    assert job.assignments()[one]["cell"] == one
    assert job.database.run("assign", SCHEME, "--check").code == 0


# --- Look-up (geometry.md 1, 2, 14, 15) ----------------------------------------------------------------


def _random_points(job: MainJob, rng: random.Random) -> Iterator[tuple[float, float]]:
    nodes = [node for cell in job.cells[job.land.levels[0].level].values() for r in cell.rings for node in r]
    west, east = min(x for x, _ in nodes) / 1e8, max(x for x, _ in nodes) / 1e8
    south, north = min(y for _, y in nodes) / 1e8, max(y for _, y in nodes) / 1e8
    for _ in range(job.land.random_points):
        dx, dy = rng.uniform(-0.05, 1.05), rng.uniform(-0.05, 1.05)
        yield west + (east - west) * dx, south + (north - south) * dy


def _edge_points(job: MainJob, rng: random.Random) -> Iterator[tuple[float, float]]:
    """Vertices, some moved by a part of a grid step that rounding takes back or does not, and midpoints."""
    edges = sorted({edge for cell in job.cells[job.land.leaf.level].values() for edge in cell.edges()})
    for number in range(job.land.edge_points):
        (ax, ay), (bx, by) = rng.choice(edges)
        if number % 2:
            yield (ax + bx) / 2e8, (ay + by) / 2e8
        else:
            dx, dy = rng.choice([(0, 0), (0, 0), (0.4, -0.4), (0.6, 0.3), (-1, 0)])
            yield (ax + dx) / 1e8, (ay + dy) / 1e8


def _truth(text: str) -> bool:
    assert text.lower() in {"true", "false", "1", "0", "t", "f"}, text
    return text.lower() in {"true", "1", "t"}


def test_random_points_vertices_and_midpoints_are_answered_as_the_contract_says(job: MainJob) -> None:
    rng = random.Random(20161020)
    points = [*_random_points(job, rng), *_edge_points(job, rng)]
    rng.shuffle(points)
    asked, answered = job.database.folder / "asked.csv", job.database.folder / "answered.csv"
    write_csv(asked, ("nr", "lon", "lat"), [(number, lon, lat) for number, (lon, lat) in enumerate(points)])
    job.database.done("locate_file", asked, "--scheme", SCHEME, "-o", answered)
    rows = read_csv(answered)
    assert [int(row["nr"]) for row in rows] == list(range(len(points)))
    wrong, on_edge, outside = [], 0, 0
    for (lon, lat), row in zip(points, rows, strict=True):
        assert (float(row["lon"]), float(row["lat"])) == (lon, lat)
        touch = job.oracle.touch(lon, lat)
        chain = job.chains[touch.leaf] if touch.leaf else {}
        wanted = {f"cell_{level.level}": chain.get(level.level, "") for level in job.land.levels}
        told = {name: row[name] for name in wanted}
        if told != wanted or _truth(row["on_edge"]) != touch.on_edge or _truth(row["outside"]) != (not chain):
            wrong.append((lon, lat, touch, row))
        on_edge += touch.on_edge
        outside += not chain
    assert not wrong, f"{len(wrong)} of {len(points)}, the first: {wrong[0]}"
    # The sample is one that can tell a good locator from a bad one.
    assert on_edge > job.land.edge_points / 4
    assert outside > job.land.random_points / 20


def test_one_place_is_answered_with_its_chain(job: MainJob) -> None:
    rng = random.Random(7)
    edges = sorted({edge for cell in job.cells[job.land.leaf.level].values() for edge in cell.edges()})
    shared = next(a for a, _ in rng.sample(edges, len(edges)) if len(job.oracle.touch_at(*a).codes) > 2)
    inside = next(p for p in _random_points(job, rng) if job.oracle.touch(*p).leaf)
    for lon, lat in (inside, (shared[0] / 1e8, shared[1] / 1e8)):
        told = job.database.told("locate", lon, lat)
        assert set(told) >= {"lon", "lat", "at", "outside", "schemes"}
        assert told["outside"] is False
        assert (told["lon"], told["lat"]) == (on_lattice(lon) / 1e8, on_lattice(lat) / 1e8)
        (answer,) = told["schemes"]
        assert set(answer) >= {
            "scheme",
            "edition",
            "on_edge",
            "method",
            "override",
            "reason",
            "cells",
            "responsible",
        }
        touch = job.oracle.touch(lon, lat)
        assert touch.leaf is not None
        assert (answer["scheme"], answer["edition"], answer["responsible"]) == (SCHEME, 1, [])
        assert answer["on_edge"] is touch.on_edge
        assert answer["method"] == ("boundary_tiebreak" if len(touch.codes) > 1 else "within")
        chain = job.chains[touch.leaf]
        assert [(cell["level"], cell["code"]) for cell in answer["cells"]] == list(reversed(chain.items()))
        assert all(set(cell) >= {"level", "code", "name"} for cell in answer["cells"])
        for neighbour in touch.codes:
            assert neighbour in json.dumps(answer), "the answer names the neighbours"


def test_a_place_outside_is_said_to_be_outside(job: MainJob) -> None:
    assert job.published
    told = job.database.told("locate", 0.5, -0.25, "--scheme", SCHEME)
    assert told["outside"] is True
    assert all(answer["cells"] == [] for answer in told["schemes"])
