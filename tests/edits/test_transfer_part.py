"""Handing a part of a cell to a neighbour."""

from __future__ import annotations

import pytest

from geogrid.core.coverage import Cell
from tests.edits.drawing import (
    art,
    box,
    drawn,
    edit,
    ident_of,
    patch,
    refused,
    ring,
    sheet,
    total,
    with_cells,
)
from tests.edits.lands import NESTED, ODD, PARTIAL, RAGGED


def test_the_part_goes_to_a_sibling_and_nobody_else_changes():
    done = edit(NESTED, "transfer_part", from_="c", to="d", polygon=box(3, 1, 9, 3))
    assert done.picture("zone") == art("aabbccee\naabbddee\naabbddff\naabbddff")
    assert done.real == {"c", "d"}
    # The border ends at new nodes on those of b, K and L, and of e, M, A and B; the drawing had none there.
    assert done.noded == {"b", "K", "L", "e", "M", "A", "B"}
    assert done.heirs == {}


def test_the_part_takes_the_cells_above_along():
    done = edit(NESTED, "transfer_part", from_="c", to="b", polygon=box(3, 3, 5, 9))
    assert done.picture("zone") == art("aabbbcee\naabbccee\naabbddff\naabbddff")
    assert done.picture("street") == art("KKKKKLMM\nKKKKLLMM\nKKKKLLMM\nKKKKLLMM")
    assert done.real == {"b", "c", "K", "L"}


def test_the_part_takes_the_cells_below_along():
    done = edit(NESTED, "transfer_part", from_="L", to="K", polygon=box(4, 2, 6, 4))
    assert done.picture("street") == art("KKKKKKMM\nKKKKKKMM\nKKKKLLMM\nKKKKLLMM")
    assert done.parent("c") == "K"
    assert done.picture("zone") == art("aabbccee\naabbccee\naabbddff\naabbddff")


def test_cells_astride_are_refused_or_divided():
    params = {"from_": "L", "to": "K", "polygon": box(4, 3, 6, 4)}
    fault = refused("children-astride", NESTED, "transfer_part", **params)
    assert fault.context["cells"] == ["c"]
    assert fault.geometry.equals(patch([(4, 2), (5, 2), (4, 3), (5, 3)]))
    done = edit(NESTED, "transfer_part", **params, astride="split")
    assert done.picture("zone") == art("aabb11ee\naabb22ee\naabbddff\naabbddff")
    assert [done.parent(code) for code in "12"] == ["K", "L"]
    assert done.heirs == {("c", "1"): 0.5, ("c", "2"): 0.5}


def test_cells_astride_are_divided_with_their_own():
    done = edit(NESTED, "transfer_part", from_="A", to="B", polygon=box(5, 3, 6, 4), astride="split")
    assert done.picture("city") == art("AAAAABBB\nAAAAAABB\nAAAAAABB\nAAAAAABB")
    assert done.parent("d") == done.parent("4") != "L"
    assert {done.after.cells[done.cell(code).parent].level for code in "34d"} == {1}


def test_land_of_a_leaf_goes_to_the_nearest_zone_of_a_divided_street():
    done = edit(RAGGED, "transfer_part", from_="L", to="K", polygon=box(4, 1, 5, 2))
    assert done.picture("street") == art("KKKKKL\nKKKKLL")
    assert done.picture("zone") == art("aabbb.\naabb..")


def test_land_of_a_divided_street_is_undivided_in_a_leaf():
    done = edit(RAGGED, "transfer_part", from_="K", to="L", polygon=box(2, 0, 4, 2))
    assert done.picture("street") == art("KKLLLL\nKKLLLL")
    assert done.picture("zone") == art("aa....\naa....")
    assert done.heirs == {("b", "L"): 1.0}
    done = edit(RAGGED, "transfer_part", from_="K", to="L", polygon=box(3, 0, 4, 2), astride="split")
    assert done.picture("zone") == art("aab...\naab...")
    assert done.heirs == {}


def test_cells_of_a_partial_level_go_along_whoever_has_some_or_none():
    land = drawn(
        sheet("zone", "aaabbb\naaabbb\naaabbb"), sheet("quarter", "......\n.qq...\n......", rule="partial")
    )
    done = edit(land, "transfer_part", from_="a", to="b", polygon=box(1, 1, 3, 2))
    assert done.picture("zone") == art("aaabbb\nabbbbb\naaabbb")
    assert done.parent("q") == "b"
    assert done.picture("quarter") == art("......\n.qq...\n......")
    done = edit(land, "retire_cell", code="a", into="b")
    assert done.parent("q") == "b"


def test_a_part_between_quarters_leaves_them():
    done = edit(PARTIAL, "transfer_part", from_="a", to="b", polygon=box(2, 2, 3, 3))
    assert done.picture("quarter") == art("......\n.qqrr.\n......")
    assert [done.parent(code) for code in "qr"] == ["a", "b"]


def test_what_lies_in_the_part_without_dividing_land_follows_it():
    land = drawn(sheet("zone", "aaabbb"), sheet("site", "s.t...", rule="site"))
    done = edit(land, "transfer_part", from_="a", to="b", polygon=box(2, 0, 3, 1))
    assert [done.parent(code) for code in "st"] == ["a", "b"]


def test_a_part_may_cut_a_cell_in_two_and_run_over_its_border():
    land = drawn(sheet("zone", "bbb\naaa\naaa"))
    done = edit(land, "transfer_part", from_="a", to="b", polygon=box(1, -3, 2, 9))
    assert done.picture("zone") == art("bbb\naba\naba")
    assert len(done.cell("a").shape.geoms) == 2


def test_a_part_with_a_hole_leaves_an_enclave():
    land = drawn(sheet("zone", "bbb\n" + "aaa\n" * 3))
    hollow = box(0, 0, 3, 3)
    hollow["coordinates"].append(box(1, 1, 2, 2)["coordinates"][0][::-1])
    done = edit(land, "transfer_part", from_="a", to="b", polygon=hollow)
    assert done.picture("zone") == art("bbb\nbbb\nbab\nbbb")


def test_an_island_cannot_reach_a_neighbour_that_it_does_not_touch():
    fault = refused("not-adjacent", ODD, "transfer_part", from_="z", to="b", polygon=box(9, 4, 9.5, 5))
    assert "draw it up to that border" in fault.message
    assert fault.geometry.area == pytest.approx(0.005 * 0.01)


def test_parts_that_touch_the_neighbour_in_a_point_only_are_not_adjacent():
    land = drawn(sheet("zone", "ab\nca"))
    land = drawn(sheet("zone", "aab\naac"))
    refused("not-adjacent", land, "transfer_part", from_="a", to="c", polygon=box(1, 1, 2, 2))


def test_the_whole_of_a_cell_is_not_a_part():
    fault = refused("would-empty-cell", NESTED, "transfer_part", from_="c", to="d", polygon=box(0, 0, 9, 9))
    assert "retire" in fault.message
    assert fault.geometry.equals(NESTED.by_code("c")["c"].shape)


def test_gaps_and_overlaps_beside_stay():
    #   a a a . b       The part ends at the gap and at the overlap with c.
    land = drawn(sheet("zone", "aaa.b\naaaab", "...cc\n....."))
    done = edit(land, "transfer_part", from_="a", to="b", polygon=box(3, -1, 9, 1))
    assert done.picture("zone") == art("aaac*\naaabb")


def test_refusals():
    refused("same-cell", NESTED, "transfer_part", from_="c", to="c", polygon=box(0, 0, 9, 9))
    refused("wrong-level", NESTED, "transfer_part", from_="c", to="K", polygon=box(0, 0, 9, 9))
    refused("no-such-cell", NESTED, "transfer_part", from_="c", to="x", polygon=box(0, 0, 9, 9))
    refused("nothing-inside", NESTED, "transfer_part", from_="c", to="d", polygon=box(0, 0, 1, 1))
    bow = ring((4, 2), (6, 4), (6, 2), (4, 4))
    fault = refused("not-a-polygon", NESTED, "transfer_part", from_="c", to="d", polygon=bow)
    assert fault.geometry is not None
    land = with_cells(NESTED, Cell(ident_of("bare"), 2, "bare"))
    refused("no-land", land, "transfer_part", from_="bare", to="d", polygon=box(0, 0, 9, 9))


def test_the_total_stays_within_a_grid_step_times_the_length():
    slanting = ring((3.1, 2.13), (7.77, 2.71), (7.3, 1.9))
    done = edit(NESTED, "transfer_part", from_="c", to="d", polygon=slanting)
    for level in ("city", "street", "zone"):
        assert total(done.after, level) == pytest.approx(total(NESTED, level), abs=0.0012 * 4e4)
