"""The cases of the one rule in Python: for points, from a land and from a file; for polygons and lines."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.assigning import place_features, straddles
from geogrid.core.lattice import to_lattice
from geogrid.core.locator import CellIndex, Locator, Reason
from tests.vectors.rule import rule_lands, shape_of, tolerances

every_land = pytest.mark.parametrize("case", rule_lands(), ids=lambda case: case.name)


def lonlat_of(case):
    return np.array([(point["lon"], point["lat"]) for point in case.points])


def told(case, land, found):
    """Say of each point what the file says, by codes."""
    name = [*land.code, None]
    return [
        {
            "leaf": name[leaf],
            "cells": [name[cell] for cell in land.chain(leaf)] if leaf >= 0 else [],
            "on_edge": bool(found.on_edge[number]),
            "reason": Reason(found.reason[number]).name.lower(),
            "touching": [name[cell] for cell in found.touching(number)],
        }
        for number, leaf in enumerate(found.leaf.tolist())
    ]


def expected(case):
    keys = ("leaf", "cells", "on_edge", "reason", "touching")
    wanted = [{key: point[key] for key in keys} for point in case.points]
    # The cells above a gap are told by those who know lower and higher levels apart.
    return [one | {"cells": one["cells"] if one["leaf"] else []} for one in wanted]


@every_land
def test_points_are_brought_to_the_lattice(case):
    assert to_lattice(lonlat_of(case)).tolist() == [point["steps"] for point in case.points]


@every_land
def test_a_land_answers_points_by_the_rule(case):
    land = case.land()
    assert told(case, land, Locator.of(land).points(lonlat_of(case))) == expected(case)


@every_land
def test_a_saved_and_mapped_index_answers_points_by_the_rule(case, tmp_path):
    land = case.land()
    built = Locator.of(land).index("rule")
    built.save(tmp_path / "land.cells")
    for index in (built, CellIndex.load(tmp_path / "land.cells", check=True)):
        assert told(case, land, index.points(lonlat_of(case))) == expected(case)
        on_levels = index.on_levels(index.points(lonlat_of(case)).leaf).tolist()
        chains = [[land.code[cell] for cell in row if cell >= 0] for row in on_levels]
        assert chains == [one["cells"] for one in expected(case)]
        one_by_one = [index.leaf_at(point["lon"], point["lat"]) for point in case.points]
        assert [[*land.code, None][leaf] for leaf in one_by_one] == [p["leaf"] for p in case.points]


@every_land
def test_the_cells_above_a_gap_are_those_of_a_level_above(case):
    land = case.land()
    for point in case.points:
        if point["leaf"] is None:
            assert _above(land, point) == (point["cells"] if point["reason"] == "gap" else [])


def _above(land, point):
    for depth in range(len(land.levels) - 2, -1, -1):
        above = land.down_to(depth)
        leaf = Locator.of(above).leaf_at(point["lon"], point["lat"])
        if leaf >= 0:
            return [above.code[cell] for cell in above.chain(leaf)]
    return []


@every_land
def test_the_nearest_leaf_of_a_point_without_one_is_told(case):
    land = case.land()
    nearest, metres = Locator.of(land).nearest(lonlat_of(case))
    for number, point in enumerate(case.points):
        assert land.code[nearest[number]] == (point["leaf"] or point["nearest"])
        wanted = point["distance_m"] or 0.0
        assert metres[number] == pytest.approx(wanted, abs=tolerances()["distance_m"])


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("case", [one for one in rule_lands() if one.features], ids=lambda case: case.name)
def test_features_are_placed_by_the_rule(case, indexed):
    land = case.land()
    locator = Locator.of(land)
    if indexed:
        locator.points(np.zeros((0, 2)))
    shapes = np.array([shape_of(one["geometry"]) for one in case.features], dtype=object)
    placed = place_features(locator, shapes)
    name = [*land.code, None]
    for want, got in zip(case.features, placed, strict=True):
        share = {"abs": tolerances()["share"]}
        shares = None if got.shares is None else {name[cell]: part for cell, part in got.shares}
        told = (name[got.cell], got.method, got.on_edge)
        assert told == (want["leaf"], want["method"], want["on_edge"]), want
        assert got.share == pytest.approx(want["share"], **share), want
        assert shares == (want["shares"] and pytest.approx(want["shares"], **share)), want
        below = got.cell >= 0 and straddles(got.share, case.threshold or 0.6)
        assert below == want["straddling"], want
        assert name[got.nearest] == want["nearest"], want
        if want["distance_m"] is not None:
            assert got.nearest_m == pytest.approx(want["distance_m"], abs=tolerances()["distance_m"]), want


def test_every_kind_of_case_is_there():
    points = [point for case in rule_lands() for point in case.points]
    features = [feature for case in rule_lands() for feature in case.features]
    assert {point["reason"] for point in points} == {"in_cell", "gap", "outside"}
    assert {len(point["touching"]) for point in points} >= {0, 1, 2, 3, 4}
    assert {shape_of(one["geometry"]).geom_type for one in features} >= {"Polygon", "LineString", "Point"}
    assert {one["method"] for one in features} == {
        *("within", "boundary_tiebreak", "max_overlap", "gap", "outside")
    }
    assert {one["straddling"] for one in features} == {False, True}
    assert {rule for case in rule_lands() for _, rule in case.levels} == {
        "partition",
        "ragged",
        "partial",
        "site",
    }
    assert any(not shapely.is_valid(shape_of(one["geometry"])) for one in features)
