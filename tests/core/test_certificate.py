"""The certificate: what an edition states, from its land or from kept hashes, and where two differ."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from geogrid.core.area import polygon_areas
from geogrid.core.audits.audit import audit_land
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.certificate import (
    certificate,
    certificate_of_rows,
    differences,
    faces_of,
    land_rows,
    parent_sums,
)
from geogrid.core.change import CellChange, Change
from geogrid.core.coverage import Cell
from geogrid.core.lattice import STEP_METRES
from tests.core.lands import land_of

TWO = [("city", "partition"), ("town", "partition")]
WEST, EAST = box(117, 30, 117.01, 30.02), box(117.01, 30, 117.02, 30.02)


def small(*, town_levels=TWO, towns=(("1", WEST), ("2", EAST)), **more):
    whole = box(117, 30, 117.02, 30.02)
    return land_of(town_levels, [("C", "city", "", whole), *((c, "town", "C", s) for c, s in towns)], **more)


def audited(land):
    return audit_land(land, tolerance=Tolerance(), code_lengths={}, faults={})


def certified(land, **more):
    audit = audited(land)
    return certificate(land, audit.areas, audit.findings, **more)


def test_a_land_that_is_covered_once_has_no_faces_and_its_areas_add_up():
    stated = certified(small())
    assert (stated["cells"], stated["faces"], stated["bound_m2"]) == (3, [], 0.0)
    assert stated["parents"]["town"]["parents"] == 1
    assert (stated["parents"]["town"]["nobodys"], stated["parents"]["town"]["twos"]) == (0, 0)
    assert stated["parents"]["town"]["largest_difference_m2"] < 1e-6
    assert stated["areas_m2"]["town"] == pytest.approx(stated["areas_m2"]["city"], abs=1e-6)
    assert stated["levels"]["town"]["parent"] == "city"


def test_the_hash_is_what_anybody_can_compute_from_the_lines():
    land = small()
    lines = sorted(
        "\t".join(
            (level, code, parent, hashlib.sha256(shapely.to_wkb(shape, byte_order=1)).hexdigest())
        ).encode()
        for level, code, parent, shape in zip(
            ["city", "town", "town"], land.code, ["", "C", "C"], land.shapes, strict=True
        )
    )
    assert certified(land)["sha256"] == hashlib.sha256(b"\n".join(lines)).hexdigest()


def test_a_gap_and_an_overlap_are_stated_with_their_parent_and_their_area():
    # 1111.22        1 and 2 leave a strip free,
    # 1111.22        3 lies over 2
    land = small(
        towns=(("1", WEST), ("2", box(117.011, 30, 117.02, 30.02)), ("3", box(117.015, 30, 117.02, 30.02)))
    )
    stated = certified(land)
    (gap, overlap) = sorted(stated["faces"], key=lambda face: face["kind"])
    assert (gap["level"], gap["parent"], gap["kind"], gap["cells"]) == ("town", "C", "nobodys", ["1", "2"])
    assert gap["area_m2"] == pytest.approx(polygon_areas([box(117.01, 30, 117.011, 30.02)])[0], rel=1e-6)
    assert (overlap["parent"], overlap["kind"], overlap["cells"]) == ("C", "twos", ["2", "3"])
    assert (stated["parents"]["town"]["nobodys"], stated["parents"]["town"]["twos"]) == (1, 1)


def test_where_nobody_looked_no_face_is_denied():
    land = small()
    stated = certificate(land, polygon_areas(land.shapes))
    assert stated["faces"] is None
    assert stated["parents"]["town"]["nobodys"] is None


def test_kept_hashes_in_any_order_give_the_same_document_as_the_land():
    land = small(towns=(("1", WEST), ("2", box(117.011, 30, 117.02, 30.02))))
    audit = audited(land)
    editions = [1, 2, 1]
    rows = land_rows(land, audit.areas, editions)
    random.Random(1).shuffle(rows)
    from_rows = certificate_of_rows(land.levels, rows, faces=faces_of(land, audit.findings))
    assert from_rows == certified(land, editions=editions)
    assert json.loads(json.dumps(from_rows)) == from_rows


def test_cells_without_land_are_counted_and_hashed_as_nothing():
    land = land_of([*TWO, ("desk", "record")], [("C", "city", "", WEST), ("d", "desk", "", None)])
    rows = land_rows(land, audited(land).areas)
    assert rows[1].sha256 == hashlib.sha256(b"").hexdigest()
    blank = [
        replaced if replaced.code == "C" else replaced._replace(sha256="", area_m2=None) for replaced in rows
    ]
    assert certificate_of_rows(land.levels, blank, faces=[]) == certified(land)


def test_parents_are_summed_over_levels_that_are_not_drawn():
    levels = [("city", "partition"), ("district", "partition"), ("town", "partition")]
    cells = [("C", "city", "", box(117, 30, 117.02, 30.02)), ("D", "district", "C", None)]
    land = land_of(levels, [*cells, ("1", "town", "D", WEST), ("2", "town", "D", EAST)])
    (one,) = parent_sums(land.levels, land_rows(land, polygon_areas(land.shapes)))
    assert (one.level, one.parent, one.children) == ("town", "C", 2)
    assert one.area_m2 == pytest.approx(one.children_area_m2, abs=1e-6)


def test_versions_are_hashed_apart_and_only_where_every_cell_has_one():
    land = small()
    without, first, second = (certified(land, editions=e) for e in ([None, 1, 1], [1, 1, 1], [1, 1, 2]))
    assert without["versions_sha256"] is None
    assert first["versions_sha256"] != second["versions_sha256"]
    assert first["sha256"] == second["sha256"] == without["sha256"]
    assert differences(without, first) == []
    assert differences(first, second) == [
        "the cells are the same, but the editions since which they are so differ"
    ]


def test_differences_name_the_level_and_what_differs_there():
    def halves(middle):
        left = [(117, 30), (117.01, 30), middle, (117.01, 30.02), (117, 30.02)]
        right = [(117.02, 30), (117.02, 30.02), *left[3:1:-1], (117.01, 30)]
        return small(towns=(("1", Polygon(left)), ("2", Polygon(right))))

    one, moved = (certified(halves((x, 30.01))) for x in (117.01, 117.011))
    assert [said for said in differences(one, moved) if "codes" in said] == [
        "level town: codes, parents or geometries of its cells differ"
    ]
    gone = certified(small(towns=(("1", WEST),)))
    said = differences(gone, one)
    assert said[0] == "2 cells, not 3"
    assert "level town: 1 faces are nobody's, not 0" in said
    assert any(sentence.startswith("level town: ") and "m²" in sentence for sentence in said)
    assert differences(one, json.loads(json.dumps(one))) == []


def test_the_bound_is_a_grid_step_times_the_edges_that_gained_a_node():
    cell = Cell(UUID(int=1), 1, "1", shape=MultiPolygon([WEST]))
    ring = shapely.get_coordinates(WEST)[:-1]
    noded = replace(cell, shape=MultiPolygon([Polygon(np.insert(ring, 1, [117.01, 30.01], axis=0))]))
    twin = Cell(UUID(int=2), 0, "C", shape=cell.shape), Cell(UUID(int=2), 0, "C", shape=noded.shape)
    change = Change((CellChange(cell, noded, noded=True), CellChange(*twin, noded=True)))
    land = small()
    # An edge of 0.02° of latitude, 2,217 m, once though two levels have it.
    stated = certificate(land, polygon_areas(land.shapes), [], change=change)
    assert stated["bound_m2"] == pytest.approx(STEP_METRES * 2217.3, rel=1e-3)
    assert certificate(land, polygon_areas(land.shapes), [], change=change.inverse())["bound_m2"] > 0
