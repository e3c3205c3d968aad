"""Making one cell of several."""

from __future__ import annotations

import pytest

from geogrid.core.coverage import Cell
from tests.edits.drawing import art, drawn, edit, ident_of, refused, sheet, with_cells
from tests.edits.lands import NESTED, ODD, RAGGED


def test_merge_ends_all_and_brings_a_new_cell():
    done = edit(NESTED, "merge_cells", codes=["c", "d"])
    assert done.picture("zone") == art("aabb11ee\naabb11ee\naabb11ff\naabb11ff")
    assert done.heirs == {("c", "1"): 1.0, ("d", "1"): 1.0}
    assert done.cell("1").name == "name of c"
    assert done.cell("1").kind == "kind of zone"
    assert done.parent("1") == "L"


def test_merge_keeps_the_cell_that_is_to_stay():
    done = edit(NESTED, "merge_cells", codes=["c", "d"], keep="d", name="both")
    assert done.picture("zone") == art("aabbddee\naabbddee\naabbddff\naabbddff")
    assert done.heirs == {("c", "d"): 1.0}
    assert done.cell("d").name == "both"
    assert done.cell("d").ident == ident_of("d")


def test_merge_hands_the_cells_below_on():
    done = edit(NESTED, "merge_cells", codes=["K", "L"], keep="K")
    assert [done.parent(code) for code in "abcd"] == ["K"] * 4
    assert done.picture("zone") == art("aabbccee\naabbccee\naabbddff\naabbddff")
    done = edit(NESTED, "merge_cells", codes=["A", "B"])
    assert [done.parent(code) for code in "KLM"] == ["1"] * 3


def test_merge_hands_cells_that_divide_no_land_on():
    land = drawn(sheet("zone", "aabb"), sheet("site", ".s.t", rule="site"))
    done = edit(land, "merge_cells", codes=["a", "b"], keep="a")
    assert [done.parent(code) for code in "st"] == ["a", "a"]


def test_merge_in_a_chain_needs_no_common_border_of_all():
    land = drawn(sheet("zone", "abcd"))
    assert edit(land, "merge_cells", codes=["a", "c", "b", "d"]).picture("zone") == "1111"


def test_merge_takes_in_an_enclave_with_its_other_parts():
    done = edit(ODD, "merge_cells", codes=["K", "L"], keep="K")
    assert "L" not in done.picture("street")
    assert done.picture("street").count("K") == 44


def test_merge_leaves_borders_of_others_as_they_are():
    done = edit(NESTED, "merge_cells", codes=["c", "d"])
    assert done.noded == set(), "nodes that are no longer needed may stay"


def test_merge_of_a_divided_and_an_undivided_cell_leaves_no_gap_below():
    # L is a leaf: its land has to go to a zone of the merged street, that with the longest border.
    for keep in ("K", "L", None):
        done = edit(RAGGED, "merge_cells", codes=["K", "L"], keep=keep)
        assert done.picture("zone") == art("aabbbb\naabbbb")
        assert done.parent("b") == (keep or "1")


def test_merge_leaves_a_gap_below_as_it_is():
    land = drawn(sheet("street", "KKKKLL"), sheet("zone", "aa.bcc"))
    done = edit(land, "merge_cells", codes=["K", "L"])
    assert done.picture("zone") == "aa.bcc"


def test_merge_of_cells_that_overlap_gives_the_land_of_both():
    land = drawn(sheet("zone", "aaa..c", "..bbbc"))
    done = edit(land, "merge_cells", codes=["a", "b"], keep="a")
    assert done.picture("zone") == "aaaaac"
    assert done.heirs == {("b", "a"): 1.0}


def test_cells_that_only_touch_in_a_point_are_not_adjacent():
    #  +--+
    #  |a |
    #  +--+--+
    #     |b |
    #     +--+
    land = drawn(sheet("zone", "ac\ndb"))
    fault = refused("not-adjacent", land, "merge_cells", codes=["a", "b"])
    assert fault.context["cells"] == ["b"]
    assert fault.geometry.equals(land.by_code("b")["b"].shape)


def test_cells_with_different_parents_are_refused_with_what_to_do():
    fault = refused("different-parents", NESTED, "merge_cells", codes=["b", "c"])
    assert "retire one into the other" in fault.message
    assert fault.geometry is not None


@pytest.mark.parametrize(
    ("codes", "keep", "why"),
    [
        (["a", "nobody"], None, "no-such-cell"),
        (["a", "b"], "c", "no-such-cell"),
        (["a", "K"], None, "wrong-level"),
        (["a", "a"], None, "same-cell"),
        (["a"], None, "same-cell"),
    ],
)
def test_misfits_are_refused(codes, keep, why):
    refused(why, NESTED, "merge_cells", codes=codes, keep=keep)


def test_cells_without_land_or_of_other_rules_are_refused():
    land = drawn(sheet("zone", "ab"), sheet("site", "st", rule="site"))
    land = with_cells(land, Cell(ident_of("bare"), 0, "bare"))
    refused("no-land", land, "merge_cells", codes=["a", "bare"])
    refused("not-a-land-level", land, "merge_cells", codes=["s", "t"])


def test_the_order_of_the_codes_says_whose_name_it_gets():
    assert edit(NESTED, "merge_cells", codes=["d", "c"]).cell("1").name == "name of d"
