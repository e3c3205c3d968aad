"""Putting a cell of the next level under a cell."""

from __future__ import annotations

from geogrid.core.coverage import Cell
from tests.edits.drawing import art, drawn, edit, ident_of, line, refused, sheet, with_cells
from tests.edits.lands import NESTED, PARTIAL, RAGGED


def test_the_new_cell_has_the_same_land_and_name():
    done = edit(RAGGED, "insert_level", code="L", level="zone")
    assert done.picture("zone") == art("aabb11\naabb11")
    assert done.cell("1").shape.equals(RAGGED.by_code("L")["L"].shape)
    assert (done.cell("1").name, done.parent("1")) == ("name of L", "L")
    assert done.real == {"1"}
    assert done.noded == set()


def test_it_is_ready_to_be_split():
    land = edit(RAGGED, "insert_level", code="L", level="zone", name="east").after
    done = edit(land, "split_cell", code="1", lines=line((5, -1), (5, 3)))
    assert done.picture("zone") == art("aabb23\naabb23")


def test_a_cell_of_several_parts_gets_one_of_several_parts():
    land = drawn(sheet("street", "KLK"), sheet("zone", "...", rule="ragged"))
    assert len(edit(land, "insert_level", code="K", level="zone").cell("1").shape.geoms) == 2


def test_the_first_cell_of_a_level_leaves_the_others_to_be_divided():
    land = drawn(sheet("city", "AB"), sheet("street", ".."))
    done = edit(land, "insert_level", code="A", level="street", audited="performed")
    assert done.picture("street") == "1."
    assert edit(done.after, "insert_level", code="B", level="street").picture("street") == "12"


def test_cells_of_deeper_levels_come_below_it():
    # The zones lay right below the city, since there were no streets.
    land = drawn(sheet("city", "AAAA"), sheet("street", "...."), sheet("zone", "aabb"))
    assert land.by_code("a")["a"].parent == ident_of("A")
    done = edit(land, "insert_level", code="A", level="street")
    assert [done.parent(code) for code in "1ab"] == ["A", "1", "1"]


def test_refusals():
    fault = refused("has-cells-already", NESTED, "insert_level", code="K", level="zone")
    assert "a, b" in fault.message
    refused("wrong-level", NESTED, "insert_level", code="A", level="zone")
    refused("wrong-level", NESTED, "insert_level", code="a", level="street")
    refused("wrong-level", NESTED, "insert_level", code="a", level="nowhere")
    refused("no-such-cell", NESTED, "insert_level", code="nobody", level="zone")
    refused("has-cells-already", PARTIAL, "insert_level", code="a", level="quarter")
    land = drawn(sheet("zone", "aa"), sheet("site", "s.", rule="site"))
    refused("not-a-land-level", land, "insert_level", code="a", level="site")
    refused("not-a-land-level", land, "insert_level", code="s", level="zone")
    land = with_cells(RAGGED, Cell(ident_of("bare"), 1, "bare", parent=ident_of("A")))
    refused("no-land", land, "insert_level", code="bare", level="zone")
