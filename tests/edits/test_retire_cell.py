"""Ending a cell and giving its land to a neighbour."""

from __future__ import annotations

from geogrid.core.coverage import Cell
from tests.edits.drawing import art, drawn, edit, ident_of, refused, sheet, with_cells
from tests.edits.lands import NESTED, ODD, RAGGED


def test_retire_gives_the_land_to_a_sibling():
    done = edit(NESTED, "retire_cell", code="c", into="d")
    assert done.picture("zone") == art("aabbddee\naabbddee\naabbddff\naabbddff")
    assert done.heirs == {("c", "d"): 1.0}
    assert done.real == {"c", "d"}


def test_retire_across_parents_moves_their_border_as_well():
    done = edit(NESTED, "retire_cell", code="d", into="b")
    assert done.picture("zone") == art("aabbccee\naabbccee\naabbbbff\naabbbbff")
    assert done.picture("street") == art("KKKKLLMM\nKKKKLLMM\nKKKKKKMM\nKKKKKKMM")
    assert done.real == {"d", "b", "K", "L"}


def test_retire_across_cities_moves_all_levels_above():
    done = edit(NESTED, "retire_cell", code="f", into="d")
    assert done.picture("city") == art("AAAAAABB\nAAAAAABB\nAAAAAAAA\nAAAAAAAA")
    assert done.picture("street") == art("KKKKLLMM\nKKKKLLMM\nKKKKLLLL\nKKKKLLLL")


def test_cells_below_come_along_into_a_divided_cell():
    done = edit(NESTED, "retire_cell", code="L", into="K")
    assert [done.parent(code) for code in "abcd"] == ["K"] * 4
    assert done.picture("zone") == art("aabbccee\naabbccee\naabbddff\naabbddff")


def test_a_divided_cell_retired_into_a_leaf_ends_with_those_below():
    done = edit(RAGGED, "retire_cell", code="K", into="L")
    assert done.picture("street") == art("LLLLLL\nLLLLLL")
    assert done.picture("zone") == art("......\n......")
    assert done.heirs == {("K", "L"): 1.0, ("a", "L"): 1.0, ("b", "L"): 1.0}


def test_a_leaf_retired_into_a_divided_cell_goes_to_the_nearest_below():
    done = edit(RAGGED, "retire_cell", code="L", into="K")
    assert done.picture("zone") == art("aabbbb\naabbbb")
    assert done.heirs == {("L", "K"): 1.0}


def test_an_enclave_is_retired_into_what_surrounds_it():
    done = edit(ODD, "retire_cell", code="y", into="a")
    assert "y" not in done.picture("zone")
    assert done.picture("street").splitlines()[1] == "KKKKKKK..."
    # The other parts of its street stay where they are.
    assert done.picture("street").count("L") == 10


def test_what_lies_in_it_without_dividing_it_follows():
    land = drawn(sheet("zone", "aabb"), sheet("site", ".s.t", rule="site"))
    done = edit(land, "retire_cell", code="a", into="b")
    assert done.parent("s") == "b"


def test_the_last_cell_of_a_parent_is_not_retired_out_of_it():
    land = drawn(sheet("street", "KKLL"), sheet("zone", "aabb"))
    fault = refused("would-empty-cell", land, "retire_cell", code="a", into="b")
    assert fault.context["cell"] == "K"
    assert fault.geometry.equals(land.by_code("K")["K"].shape)


def test_a_duplicate_is_retired_into_the_cell_that_it_duplicates():
    land = drawn(sheet("zone", "aac", "bb."))
    done = edit(land, "retire_cell", code="b", into="a")
    assert done.picture("zone") == "aac"
    assert done.heirs == {("b", "a"): 1.0}


def test_only_the_heir_inherits_where_others_overlap():
    # b overlaps c; it is retired into a. c had that land before and inherits nothing.
    land = drawn(sheet("zone", "aabb.", "...cc"))
    done = edit(land, "retire_cell", code="b", into="a", audited=False)
    assert done.heirs == {("b", "a"): 1.0}
    assert done.picture("zone") == "aaa*c"


def test_refusals():
    refused("not-adjacent", NESTED, "retire_cell", code="a", into="c")
    refused("same-cell", NESTED, "retire_cell", code="a", into="a")
    refused("wrong-level", NESTED, "retire_cell", code="a", into="K")
    refused("no-such-cell", NESTED, "retire_cell", code="a", into="nobody")
    land = with_cells(NESTED, Cell(ident_of("bare"), 2, "bare", parent=ident_of("K")))
    refused("no-land", land, "retire_cell", code="bare", into="a")
    land = drawn(sheet("zone", "ab"), sheet("site", "st", rule="site"))
    refused("not-a-land-level", land, "retire_cell", code="s", into="t")
