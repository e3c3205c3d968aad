"""Making a new cell of the land inside a polygon."""

from __future__ import annotations

import pytest

from tests.edits.drawing import art, box, drawn, edit, refused, ring, sheet
from tests.edits.lands import NESTED, ODD, PARTIAL, RAGGED


def test_an_enclave_is_cut_out_of_one_cell():
    land = drawn(sheet("zone", "aaa\naaa\naaa"))
    done = edit(land, "cut_out", level="zone", polygon=box(1, 1, 2, 2), name="park")
    assert done.picture("zone") == art("aaa\na1a\naaa")
    assert len(done.cell("a").shape.geoms[0].interiors) == 1
    assert (done.cell("1").name, done.cell("1").kind) == ("park", "kind of zone")
    assert done.heirs == {}


def test_a_cell_is_cut_out_of_several_of_one_parent():
    done = edit(NESTED, "cut_out", level="zone", polygon=box(4, 1, 5, 3))
    assert done.picture("zone") == art("aabbccee\naabb1cee\naabb1dff\naabbddff")
    assert done.parent("1") == "L"
    assert done.real == {"c", "d", "1"}


def test_a_cell_wholly_inside_ends():
    done = edit(NESTED, "cut_out", level="zone", polygon=box(4, 1, 6, 4))
    assert done.picture("zone") == art("aabb11ee\naabb11ee\naabb11ff\naabbddff")
    assert done.heirs == {("c", "1"): 1.0}


def test_a_polygon_equal_to_a_cell_puts_a_new_one_in_its_place():
    done = edit(NESTED, "cut_out", level="zone", polygon=box(4, 2, 6, 4))
    assert done.heirs == {("c", "1"): 1.0}
    assert done.cell("1").shape.equals(NESTED.by_code("c")["c"].shape)
    assert done.noded == set()


def test_what_runs_over_the_land_is_left_out():
    land = drawn(sheet("zone", "aaa\naaa"))
    assert edit(land, "cut_out", level="zone", polygon=box(2, -5, 9, 9)).picture("zone") == art("aa1\naa1")


def test_a_polygon_with_a_hole_cuts_a_ring_out():
    land = drawn(sheet("zone", "aaa\n" * 3))
    hollow = box(0, 0, 3, 3)
    hollow["coordinates"].append(box(1, 1, 2, 2)["coordinates"][0])
    done = edit(land, "cut_out", level="zone", polygon=hollow)
    assert done.picture("zone") == art("111\n1a1\n111")
    assert done.real == {"a", "1"}


def test_cells_below_inside_go_to_the_new_one():
    done = edit(NESTED, "cut_out", level="street", polygon=box(2, 0, 5, 9), astride="split")
    assert done.picture("street") == art("KK111LMM\n" * 4)
    assert done.parent("b") == "1"
    assert done.picture("zone") == art("aabb23ee\naabb23ee\naabb45ff\naabb45ff")
    assert [done.parent(code) for code in "2345"] == ["1", "L", "1", "L"]


def test_cells_below_astride_are_refused():
    fault = refused("children-astride", NESTED, "cut_out", level="street", polygon=box(1, 0, 2, 9))
    assert fault.context["cells"] == ["a"]
    assert fault.geometry.equals(NESTED.by_code("a")["a"].shape)


def test_a_new_cell_of_a_divided_and_an_undivided_one_is_divided_wholly():
    done = edit(RAGGED, "cut_out", level="street", polygon=box(2, 0, 5, 2))
    assert done.picture("street") == art("KK111L\nKK111L")
    assert done.picture("zone") == art("aabbb.\naabbb.")
    assert done.parent("b") == "1"


def test_what_divides_no_land_follows_if_it_lies_inside():
    land = drawn(sheet("zone", "aaaa"), sheet("site", "s..t", rule="site"))
    done = edit(land, "cut_out", level="zone", polygon=box(3, 0, 4, 1))
    assert [done.parent(code) for code in "st"] == ["a", "1"]


def test_a_partial_cell_is_cut_out_of_another():
    done = edit(PARTIAL, "cut_out", level="quarter", polygon=box(0, 0, 2, 9))
    assert done.picture("quarter") == art("......\n.1qrr.\n......")
    assert done.parent("1") == "a"


def test_a_part_of_a_street_of_several_parts_is_cut_across():
    done = edit(ODD, "cut_out", level="zone", polygon=box(7, 1, 8, 3))
    assert done.picture("zone") == art(
        """
        aaaabbb..z
        ayyabbb...
        ayyab.b1xx
        aabbaaa1ww
        aabbaaawww
        """
    )
    assert done.parent("1") == "L"


def test_two_parents_are_refused():
    fault = refused("different-parents", NESTED, "cut_out", level="zone", polygon=box(3, 1, 5, 3))
    assert "K, L" in fault.message


def test_refusals():
    refused("nothing-inside", NESTED, "cut_out", level="zone", polygon=box(20, 20, 22, 22))
    refused("wrong-level", NESTED, "cut_out", level="nowhere", polygon=box(0, 0, 1, 1))
    land = drawn(sheet("zone", "aa"), sheet("site", "s.", rule="site"))
    refused("not-a-land-level", land, "cut_out", level="site", polygon=box(0, 0, 1, 1))
    flat = ring((0, 0), (1, 0), (2, 0))
    refused("not-a-polygon", NESTED, "cut_out", level="zone", polygon=flat)


def test_a_sliver_beside_the_polygon_is_refused():
    land = drawn(sheet("zone", "aaa\naaa"))
    fault = refused("would-leave-sliver", land, "cut_out", level="zone", polygon=box(1e-6, 0, 3, 2))
    assert "further away" in fault.message


def test_cutting_out_and_merging_back_gives_the_same_land():
    bent = ring((4.3, 1.7), (5.9, 1.9), (5.1, 2.9))
    done = edit(NESTED, "cut_out", level="zone", polygon=bent)
    back = edit(done.after, "merge_cells", codes=["c", "d", "1"], keep="c")
    was = NESTED.by_code("c")["c"].shape.union(NESTED.by_code("d")["d"].shape)
    assert back.cell("c").shape.symmetric_difference(was).area <= 1e-8 * was.length
    assert back.heirs == pytest.approx({("d", "c"): 1.0, ("1", "c"): 1.0})
