"""Renaming, renumbering and re-parenting a cell."""

from __future__ import annotations

from geogrid.core.coverage import Cell
from tests.edits.drawing import art, drawn, edit, ident_of, refused, sheet, with_cells
from tests.edits.lands import NESTED, PARTIAL, RAGGED


def test_a_name_changes_nothing_else():
    done = edit(NESTED, "edit_attributes", code="a", name="old town")
    assert done.cell("a").name == "old town"
    assert done.cell("a").same_land(NESTED.by_code("a")["a"])
    assert [one.ident for one in done.change.cells] == [ident_of("a")]
    assert done.noded == set()


def test_a_code_is_another_for_the_same_cell():
    done = edit(NESTED, "edit_attributes", code="a", new_code="007")
    assert done.cell("007").ident == ident_of("a")
    assert done.heirs == {}


def test_all_at_once():
    done = edit(NESTED, "edit_attributes", code="c", name="n", new_code="x", parent="K")
    assert (done.cell("x").name, done.parent("x")) == ("n", "K")
    assert done.picture("street") == art("KKKKKKMM\nKKKKKKMM\nKKKKLLMM\nKKKKLLMM")


def test_another_parent_gets_the_land_as_well():
    done = edit(NESTED, "edit_attributes", code="c", parent="K")
    assert done.real == {"c", "K", "L"}
    assert done.cell("c").same_land(NESTED.by_code("c")["c"])


def test_another_parent_of_another_city_moves_all_levels_above():
    done = edit(NESTED, "edit_attributes", code="e", parent="L")
    assert done.picture("city") == art("AAAAAAAA\nAAAAAAAA\nAAAAAABB\nAAAAAABB")
    assert done.picture("street") == art("KKKKLLLL\nKKKKLLLL\nKKKKLLMM\nKKKKLLMM")
    street = edit(NESTED, "edit_attributes", code="L", parent="B")
    assert street.picture("city") == art("AAAABBBB\n" * 4)
    assert [street.parent(code) for code in "Lcd"] == ["B", "L", "L"]


def test_a_cell_far_off_becomes_an_exclave_of_its_parent():
    done = edit(NESTED, "edit_attributes", code="a", parent="M")
    assert len(done.cell("M").shape.geoms) == 2


def test_the_only_cell_of_a_parent_stays():
    land = drawn(sheet("street", "KKLL"), sheet("zone", "aabb"))
    fault = refused("would-empty-cell", land, "edit_attributes", code="a", parent="L")
    assert fault.context["cell"] == "K"


def test_a_leaf_is_no_parent_until_it_is_divided():
    # The rest of L would be a gap.
    fault = refused("bad-parent", RAGGED, "edit_attributes", code="b", parent="L")
    assert "insert_level" in fault.message
    ready = edit(RAGGED, "insert_level", code="L", level="zone").after
    done = edit(ready, "edit_attributes", code="b", parent="L")
    assert done.picture("street") == art("KKLLLL\nKKLLLL")


def test_a_quarter_may_go_to_a_zone_that_has_none():
    land = drawn(sheet("zone", "aabb"), sheet("quarter", ".q..", rule="partial"))
    done = edit(land, "edit_attributes", code="q", parent="b")
    assert done.picture("zone") == "abbb"
    assert edit(PARTIAL, "edit_attributes", code="q", parent="b").parent("q") == "b"


def test_what_divides_no_land_only_changes_its_parent():
    land = drawn(sheet("zone", "aabb"), sheet("site", ".s..", rule="site"))
    done = edit(land, "edit_attributes", code="s", parent="b")
    assert [one.ident for one in done.change.cells] == [ident_of("s")]


def test_cells_below_a_level_that_divides_no_land():
    # Zones belong to teams, and teams to streets: the land is exchanged by the streets.
    land = drawn(sheet("street", "KKLL"), sheet("team", "t...", "..u.", rule="group"), sheet("zone", "abcc"))
    a, b, c = (land.by_code(code)[code] for code in "abc")
    from dataclasses import replace

    land = with_cells(
        land,
        *(replace(land.by_code(code)[code], shape=None) for code in "tu"),
        *(replace(cell, parent=ident_of("t")) for cell in (a, b)),
        replace(c, parent=ident_of("u")),
    )
    done = edit(land, "edit_attributes", code="b", parent="u")
    assert done.picture("street") == "KLLL"
    assert done.cell("u").shape is None
    assert done.parent("b") == "u"


def test_a_cell_without_land_is_renamed_all_the_same():
    land = with_cells(NESTED, Cell(ident_of("bare"), 2, "bare", parent=ident_of("K")))
    assert edit(land, "edit_attributes", code="bare", name="x").cell("bare").name == "x"
    done = edit(land, "edit_attributes", code="bare", parent="L")
    assert done.parent("bare") == "L"
    assert done.real == {"bare"}


def test_refusals():
    refused("code-taken", NESTED, "edit_attributes", code="a", new_code="b")
    refused("code-taken", NESTED, "edit_attributes", code="a", new_code="K")
    refused("code-taken", NESTED, "edit_attributes", code="a", new_code=" ")
    refused("bad-parent", NESTED, "edit_attributes", code="a", parent="A")
    refused("bad-parent", NESTED, "edit_attributes", code="a", parent="b")
    refused("bad-parent", NESTED, "edit_attributes", code="a", parent="a")
    fault = refused("bad-parent", NESTED, "edit_attributes", code="A", parent="B")
    assert "at the top" in fault.message
    refused("no-such-cell", NESTED, "edit_attributes", code="nobody", name="x")
    refused("no-such-cell", NESTED, "edit_attributes", code="a", parent="nobody")
    refused("nothing-to-do", NESTED, "edit_attributes", code="a")
    refused("nothing-to-do", NESTED, "edit_attributes", code="a", name="name of a", new_code="a", parent="K")
