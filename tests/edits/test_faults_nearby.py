"""Which faults an edit brings and ends, found by looking at what it touched only."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
import shapely

from geogrid.core.audits.nearby import audit_nearby
from geogrid.core.change import CellChange, Change
from geogrid.core.coverage import Coverage
from tests.edits.drawing import TOLERANCE, box, drawn, edit, findings, patch, refused, sheet


def audited(land, code, squares):
    """Give a cell other land and tell what the audits of the change, and of the whole land, find then."""
    cell = land.by_code(code)[code]
    change = Change.between({cell.ident: cell}, {cell.ident: replace(cell, shape=patch(squares))})
    near = audit_nearby(land, change, tolerance=TOLERANCE)
    old, new = (
        # The change is made by hand, without the nodes that an action would give to all around.
        {one.ident: one.rule for one in findings(whole) if one.rule != "unmatched_edge"}
        for whole in (land, change.apply(land))
    )
    came = sorted(rule for ident, rule in new.items() if ident not in old)
    went = sorted(rule for ident, rule in old.items() if ident not in new)
    return came, went, sorted(f.rule for f in near.found), sorted(f.rule for f in near.gone)


@pytest.mark.parametrize(
    ("code", "squares"),
    [
        ("a", []),
        ("a", [(0, 0), (1, 0)]),
        # b is K's and covers land of L; with less of it, that of L is a gap, though nothing of L was touched.
        ("b", [(1, 0)]),
        ("b", [(1, 0), (2, 0), (3, 0)]),
        ("b", [(0, 0)]),
        ("c", [(2, 0), (3, 0)]),
        ("K", [(0, 0)]),
        ("K", [(0, 0), (1, 0), (2, 0)]),
        ("L", [(2, 0)]),
    ],
)
def test_what_is_found_nearby_is_what_the_whole_audit_finds(code, squares):
    land = drawn(sheet("city", "AAAA"), sheet("street", "KKLL"), sheet("zone", "abbc"), parents={"b": "K"})
    if not squares:
        squares = [(0, 0)]
    came, went, found, gone = audited(land, code, squares)
    assert found == came
    assert gone == went


def test_a_level_without_cells_between_hides_no_gap():
    # There are no streets; the zones lie right below the city.
    land = drawn(sheet("city", "AAA."), sheet("street", "...."), sheet("zone", "aab."))
    came, went, found, gone = audited(land, "A", [(0, 0), (1, 0), (2, 0), (3, 0)])
    assert found == came == ["gap"]
    assert gone == went == []


def test_a_cell_drawn_where_another_sticks_out_of_its_parent_is_refused():
    # c sticks out of the land above; a new city there would get a zone below c.
    land = drawn(sheet("city", "AA.."), sheet("zone", "abb."), parents={"b": "A"})
    fault = refused("would-add-fault", land, "draw_cell", level="city", polygon=box(2, 0, 4, 1))
    assert fault.context["rule"] in {"overlap", "outside_parent"}


def test_a_gap_beside_that_touches_in_another_parent_is_no_fault_of_the_edit():
    land = drawn(sheet("city", "AAABBB"), sheet("street", "KK...."))
    (gap,) = [one for one in findings(land) if "in A" in one.message]
    came, went, found, gone = audited(land, "K", [(0, 0), (1, 0), (2, 0)])
    assert gap.rule == "gap"
    assert (found, gone) == (came, went) == ([], ["gap"])


def test_a_neighbour_that_loses_its_neck_to_a_node_has_a_sliver():
    """
    ┌─────┐        The tail hangs on a neck one step wide. An edge beside it is led through a place of the
    │     ├───┐    other side: the tail is a part of its own now, thinner than the tolerance.
    │     ·───┘
    └─────┘
    """
    land = drawn(sheet("city", "A"))
    (cell,) = land.cells.values()
    square = shapely.box(117, 30, 117.001, 30.001)
    tail = [(117.001, 30.0005), (117.0015, 30.0005), (117.0015, 30.000501)]
    neck = (117.001, 30.00050001)
    whole = shapely.union_all([square, shapely.Polygon([*tail, neck])])
    parted = shapely.MultiPolygon([square, shapely.Polygon(tail)])
    land = Coverage.of(land.levels, [replace(cell, shape=shapely.MultiPolygon([whole]))])
    before = land.by_code(["A"])["A"]
    change = Change((CellChange(before, replace(before, shape=parted), noded=True),))
    near = audit_nearby(land, change, tolerance=TOLERANCE)
    assert [(one.rule, one.cells) for one in near.found] == [("sliver", ("A",))]
    assert [f.ident for f in near.found] == [
        f.ident for f in findings(change.apply(land)) if f.rule == "sliver"
    ]


def test_the_first_cell_of_a_level_shows_what_that_level_does_not_cover():
    land = drawn(sheet("city", "AB"), sheet("zone", ".."))
    a = land.by_code(["A"])["A"]
    zone = replace(a, ident=UUID(int=1), level=1, code="a", parent=a.ident)
    change = Change.between({}, {zone.ident: zone})
    for land_before, one, came in ((land, change, "found"), (change.apply(land), change.inverse(), "gone")):
        near = audit_nearby(land_before, one, tolerance=TOLERANCE)
        told = {"found": near.found, "gone": near.gone}
        assert [(f.rule, f.subject) for f in told.pop(came)] == [("gap", "B")]
        assert list(told.values()) == [()]


def test_a_level_may_be_begun_below_one_of_several_cells():
    """What it does not cover below the others is told, and is to be divided before the draft is published."""
    land = drawn(sheet("city", "AB"), sheet("zone", ".."))
    done = edit(land, "insert_level", audited="performed", code="A", level="zone")
    assert [(f.rule, f.subject) for f in findings(done.after)] == [("gap", "B")]
