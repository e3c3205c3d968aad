"""Filling a gap."""

from __future__ import annotations

import pytest

from tests.edits.drawing import art, box, drawn, edit, findings, refused, sheet
from tests.edits.lands import NESTED

#: A gap in K, with borders of 2 with a, 1 with b and 1 with c.
BARE = drawn(
    sheet("street", "KKKKLL\nKKKKLL"),
    sheet("zone", "aabbdd\naa.cee"),
)


def gap_of(land, level="zone"):
    """Give the gap as the finding of the audit has it."""
    (gap,) = [one for one in findings(land) if one.rule == "gap" and one.level == level]
    return gap.geometry


def test_a_gap_goes_to_the_neighbour_with_the_longest_border():
    land = drawn(sheet("street", "KKKK\nKKKK\nKKKK"), sheet("zone", "abbc\na..c\nabcc"))
    done = edit(land, "fill_gap", level="zone", gap=gap_of(land))
    assert done.picture("zone") == art("abbc\nabbc\nabcc")
    assert done.real == {"b"}
    assert not [one for one in findings(done.after) if one.rule == "gap"]


def test_among_equal_borders_the_lowest_code_gets_it():
    land = drawn(sheet("street", "KKK"), sheet("zone", "b.a"))
    assert edit(land, "fill_gap", level="zone", gap=gap_of(land)).picture("zone") == "baa"


def test_a_gap_becomes_a_new_cell():
    done = edit(BARE, "fill_gap", level="zone", gap=gap_of(BARE), into="new", name="pond", finding="ab12")
    assert done.picture("zone") == art("aabbdd\naa1cee")
    assert (done.parent("1"), done.cell("1").name, done.cell("1").kind) == ("K", "pond", "kind of zone")


def test_a_gap_goes_to_a_chosen_neighbour():
    done = edit(BARE, "fill_gap", level="zone", gap=gap_of(BARE), into="c")
    assert done.picture("zone") == art("aabbdd\naaccee")


def test_a_gap_of_all_levels_is_filled_on_all_levels():
    # A hole in the land: the street gets it, and below the zone with the longest border.
    land = drawn(
        sheet("city", "AAAA\nA..A\nAAAA"),
        sheet("street", "KKLL\nK..L\nKKLL"),
        sheet("zone", "abcc\na..d\naadd"),
    )
    gap = gap_of(land, "city")
    done = edit(land, "fill_gap", level="city", gap=gap)
    assert done.picture("city") == art("AAAA\n" * 3)
    assert done.picture("street") == art("KKLL\nKKKL\nKKLL")
    assert done.picture("zone") == art("abcc\naaad\naadd")
    new = edit(land, "fill_gap", level="city", gap=gap, into="new", name="isle")
    assert new.picture("city") == art("AAAA\nA11A\nAAAA")
    assert new.picture("zone") == art("abcc\na33d\naadd")
    assert [new.parent(code) for code in "123"] == [None, "1", "2"]


def test_a_street_that_gets_a_gap_gives_it_on_to_its_zones():
    land = drawn(sheet("city", "AAAA\nAAAA"), sheet("street", "KK.L\nKK.L"), sheet("zone", "ab.c\naa.c"))
    gap = next(one.geometry for one in findings(land) if one.rule == "gap" and one.level == "street")
    done = edit(land, "fill_gap", level="street", gap=gap, into="K")
    assert done.picture("street") == art("KKKL\nKKKL")
    assert done.picture("zone") == art("abac\naaac") or done.picture("zone") == art("abbc\naabc")


def test_zones_that_do_not_reach_the_gap_are_refused():
    # K borders on the gap, but its zone a does not: there is a gap of the zones between.
    land = drawn(sheet("city", "AAAA"), sheet("street", "KK.L"), sheet("zone", "a..c"))
    gap = next(one.geometry for one in findings(land) if one.rule == "gap" and one.level == "street")
    fault = refused("not-adjacent", land, "fill_gap", level="street", gap=gap, into="K")
    assert "zone" in fault.message


def test_a_gap_filled_in_part_meanwhile_is_filled_for_the_rest():
    half = edit(BARE, "draw_cell", level="zone", polygon=box(2, 0, 2.5, 1)).after
    done = edit(half, "fill_gap", level="zone", gap=gap_of(BARE), into="c")
    assert done.picture("zone") == art("aabbdd\naaccee")
    assert done.cell("c").shape.area == pytest.approx(1.5e-4)


#: K and L both have the square in the middle, and no zone of theirs has.
TWO_ABOVE = drawn(sheet("street", "KKK..", "..LLL"), sheet("zone", "ab.dd"), parents={"d": "L"})


@pytest.mark.parametrize(
    ("into", "expected", "parent"),
    [("b", "abbdd", "K"), ("d", "abddd", "L"), ("longest", "abbdd", "K"), ("new", "ab1dd", "K")],
)
def test_a_gap_where_cells_above_overlap_can_be_filled_all_the_same(into, expected, parent):
    done = edit(TWO_ABOVE, "fill_gap", level="zone", gap=gap_of(TWO_ABOVE), into=into)
    assert done.picture("zone") == expected
    assert done.parent(expected[2]) == parent
    assert {(one.rule, one.level) for one in findings(done.after)} == {("overlap", "street")}


def test_a_gap_is_none_of_a_cell_above_that_need_not_be_divided():
    # Streets need no zones: K, which reaches over L's gap, has none.
    land = drawn(sheet("street", "KKK..", ".LLLL"), sheet("zone", "..ddd", rule="ragged"), parents={"d": "L"})
    done = edit(land, "fill_gap", level="zone", gap=gap_of(land), into="new")
    assert done.picture("zone") == ".1ddd"
    assert done.parent("1") == "L"


def test_a_gap_beside_cells_that_are_the_same_land_goes_to_one_of_them():
    land = drawn(sheet("street", "KKKK"), sheet("zone", "aa.c", "bb.."))
    # They are told as an overlap afterwards, no longer as one cell given twice.
    done = edit(land, "fill_gap", audited="performed", level="zone", gap=gap_of(land), into="a")
    assert done.picture("zone") == "**ac"
    assert [one.rule for one in findings(done.after)] == ["overlap"]


def test_a_gap_is_not_closed_with_land_that_another_zone_has_below():
    """A fault of another kind in the place of one is new: the gap of K would become an overlap of zones."""
    land = drawn(
        sheet("city", "AAAA"), sheet("street", "KK.L"), sheet("zone", "abdd"), parents={"b": "K", "d": "L"}
    )
    gap = next(one.geometry for one in findings(land) if one.rule == "gap" and one.level == "street")
    fault = refused("would-add-fault", land, "fill_gap", level="street", gap=gap, into="K")
    assert fault.context["rule"] == "overlap"
    done = edit(land, "fill_gap", level="street", gap=gap, into="L")
    assert done.picture("street") == "KKLL"
    assert not findings(done.after)


def test_two_gaps_that_touch_in_a_point_are_filled_each_for_itself():
    land = drawn(sheet("street", "KKKK\nKKKK"), sheet("zone", "a.bb\n.abb"))
    gap = next(one.geometry for one in findings(land) if one.rule == "gap")
    done = edit(land, "fill_gap", level="zone", gap=gap)
    assert done.picture("zone").count(".") in {0, 1}


def test_refusals():
    gap = gap_of(BARE)
    fault = refused("no-such-gap", NESTED, "fill_gap", level="zone", gap=gap)
    assert fault.geometry.equals(gap)
    fault = refused("not-adjacent", BARE, "fill_gap", level="zone", gap=box(2, 0, 2.5, 1), into="c")
    assert "into: new" in fault.message
    refused("different-parents", BARE, "fill_gap", level="zone", gap=gap, into="d")
    refused("wrong-level", BARE, "fill_gap", level="zone", gap=gap, into="K")
    refused("no-such-cell", BARE, "fill_gap", level="zone", gap=gap, into="nobody")
    refused("wrong-level", BARE, "fill_gap", level="nowhere", gap=gap)


def test_a_cell_far_off_is_not_chosen():
    land = drawn(sheet("street", "KKKKK"), sheet("zone", "a.bbc"))
    refused("not-adjacent", land, "fill_gap", level="zone", gap=gap_of(land), into="c")


def test_overlaps_beside_stay():
    land = drawn(sheet("street", "KKKK\nKKKK"), sheet("zone", "aa.b\naabb", "...c\n...."))
    done = edit(land, "fill_gap", level="zone", gap=gap_of(land), into="b")
    assert done.picture("zone") == art("aab*\naabb")


def test_a_gap_of_a_cell_further_up_is_filled_there():
    # Streets are absent in A, whose zone lies right below it; the rest of A is a gap of the zones.
    land = drawn(
        sheet("city", "AAABB"),
        sheet("street", "...LL", rule="ragged"),
        sheet("zone", "aa.bb"),
        parents={"a": "A", "b": "L"},
    )
    done = edit(land, "fill_gap", level="zone", gap=gap_of(land), into="new")
    assert done.picture("zone") == "aa1bb"
    assert done.parent("1") == "A"
