"""Changing the outline of the land."""

from __future__ import annotations

from geogrid.core.coverage import Cell
from tests.edits.drawing import (
    art,
    box,
    drawn,
    edit,
    ident_of,
    refused,
    ring,
    shape_of,
    sheet,
    total,
    with_cells,
)
from tests.edits.lands import NESTED, ODD, PARTIAL, RAGGED


def test_added_land_goes_to_the_longest_border_on_all_levels():
    done = edit(NESTED, "change_outline", polygon=box(0, 3, 3, 6), mode="add")
    assert done.picture("city") == art("AAA.....\nAAA.....\n" + "AAAAAABB\n" * 4)
    assert done.picture("street").splitlines()[0] == "KKK....."
    assert done.picture("zone").splitlines()[:2] == ["aaa.....", "aaa....."]
    assert done.real == {"a", "K", "A"}


def test_land_that_is_added_in_two_places_goes_to_two():
    done = edit(NESTED, "change_outline", polygon=box(-1, 1, 9, 2), mode="add", audited=False)
    assert done.real == {"a", "K", "A", "f", "M", "B"}


def test_removed_land_is_taken_from_all_levels():
    done = edit(NESTED, "change_outline", polygon=box(3, 3, 5, 9), mode="remove")
    assert done.picture("city") == art("AAA..ABB\nAAAAAABB\nAAAAAABB\nAAAAAABB")
    assert done.picture("zone") == art("aab..cee\naabbccee\naabbddff\naabbddff")
    assert done.heirs == {}


def test_a_cell_all_of_whose_land_is_taken_ends_without_heirs():
    done = edit(NESTED, "change_outline", polygon=box(6, -1, 9, 2), mode="remove")
    assert "f" not in done.picture("zone")
    assert done.heirs == {}
    done = edit(NESTED, "change_outline", polygon=box(6, -1, 9, 9), mode="remove")
    assert {cell.code for cell in done.change.removed} == {"B", "M", "e", "f"}


def test_a_lake_is_taken_out_of_the_middle():
    done = edit(NESTED, "change_outline", polygon=box(5, 1, 7, 3), mode="remove", audited="performed")
    assert done.picture("zone") == art("aabbccee\naabbc..e\naabbd..f\naabbddff")


def test_the_polygon_is_the_outline():
    done = edit(NESTED, "change_outline", polygon=box(1, 0, 9, 4), mode="replace")
    assert done.picture("zone") == art(".abbcceee\n.abbcceee\n.abbddffe\n.abbddffe")
    assert total(done.after, "city") > 0


def test_parts_and_holes_of_the_outline():
    hole = edit(ODD, "change_outline", polygon=box(5, 2, 6, 3), mode="add")
    assert hole.picture("street").splitlines()[2][5] == "K"
    island = edit(ODD, "change_outline", polygon=box(9, 4, 12, 9), mode="remove")
    assert "z" not in island.picture("zone")
    assert island.picture("street").count("L") == 13


def test_ragged_and_partial_levels_below():
    done = edit(RAGGED, "change_outline", polygon=box(3, 2, 6, 3), mode="add")
    assert done.picture("street").splitlines()[0] == "...LLL"
    assert done.picture("zone").splitlines()[0] == "......"
    done = edit(PARTIAL, "change_outline", polygon=box(0, 3, 3, 4), mode="add")
    assert done.picture("quarter") == art("......\n......\n.qqrr.\n......")


def test_what_lies_below_a_cell_that_ends_ends_with_it():
    land = drawn(
        sheet("zone", "aabb"), sheet("site", "s..t", rule="site"), sheet("record", "x..y", rule="record")
    )
    done = edit(land, "change_outline", polygon=box(2, -1, 9, 9), mode="remove")
    assert {cell.code for cell in done.change.removed} == {"b", "t", "y"}
    assert [done.parent(code) for code in "sx"] == ["a", "s"]


def test_zones_alone_have_an_outline_too():
    land = drawn(sheet("city", "...."), sheet("zone", "aabb"))
    assert edit(land, "change_outline", polygon=box(4, 0, 5, 1), mode="add").picture("zone") == "aabbb"


def test_added_land_beside_a_gap_below_is_refused():
    # a does not border on it: a zone far off must not get it.
    land = drawn(sheet("street", "KKK"), sheet("zone", "aa."))
    fault = refused("not-adjacent", land, "change_outline", polygon=box(3, 0, 4, 1), mode="add")
    assert "fill the gap" in fault.message


def test_refusals():
    land = drawn(sheet("city", "AB"), extent="EE")
    fault = refused("outline-fixed", land, "change_outline", polygon=box(2, 0, 3, 1), mode="add")
    assert fault.geometry.equals(shape_of(box(2, 0, 3, 1)))
    refused("nothing-inside", NESTED, "change_outline", polygon=box(1, 1, 2, 2), mode="add")
    refused("nothing-inside", NESTED, "change_outline", polygon=box(20, 1, 22, 2), mode="remove")
    refused("nothing-inside", NESTED, "change_outline", polygon=box(0, 0, 8, 4), mode="replace")
    refused("not-adjacent", NESTED, "change_outline", polygon=box(20, 1, 22, 2), mode="add")
    refused("not-adjacent", NESTED, "change_outline", polygon=box(8, 4, 9, 5), mode="add")
    refused("would-empty-cell", NESTED, "change_outline", polygon=box(-1, -1, 20, 20), mode="remove")
    refused(
        "not-a-polygon", NESTED, "change_outline", polygon=ring((0, 0), (9, 9), (9, 0), (0, 9)), mode="add"
    )
    bare = with_cells(NESTED, Cell(ident_of("bare"), 0, "bare"))
    refused("nothing-inside", bare, "change_outline", polygon=box(1, 1, 2, 2), mode="add")
