"""Drawing a new cell where nobody has the land."""

from __future__ import annotations

import pytest
import shapely

from tests.edits.drawing import art, box, drawn, edit, refused, ring, shape_of, sheet
from tests.edits.lands import NESTED

HALF = drawn(sheet("street", "KKKLLL\nKKKLLL"), sheet("zone", "aa.ccc\naa.ccc"))


def test_a_cell_is_clipped_to_its_neighbours_and_to_the_cell_above():
    done = edit(HALF, "draw_cell", level="zone", polygon=box(1, -2, 3, 9), name="new")
    assert done.picture("zone") == art("aa1ccc\naa1ccc")
    assert (done.parent("1"), done.cell("1").name, done.cell("1").kind) == ("K", "new", "kind of zone")
    assert done.real == {"1"}


def test_a_part_of_a_gap_is_drawn_and_the_rest_stays_a_gap():
    done = edit(HALF, "draw_cell", level="zone", polygon=box(2, 0, 3, 1))
    assert done.picture("zone") == art("aa.ccc\naa1ccc")


def test_a_cell_beyond_the_outline_widens_a_top_level_only():
    done = edit(NESTED, "draw_cell", level="city", polygon=box(7, 0, 10, 4), name="C")
    assert done.picture("city") == art("AAAAAABB11\n" * 4)
    # Levels that have to be tiled get a cell each, one below the other.
    assert done.picture("street") == art("KKKKLLMM22\n" * 4)
    assert done.picture("zone") == art("aabbccee33\naabbccee33\naabbddff33\naabbddff33")
    assert (done.parent("1"), done.parent("2"), done.parent("3")) == (None, "1", "2")
    assert [done.cell(code).name for code in "123"] == ["C", "C", "C"]


def test_an_island_touches_nobody():
    done = edit(NESTED, "draw_cell", level="city", polygon=box(20, 20, 21, 21))
    assert done.noded == set()
    assert len(done.change.created) == 3


def test_ragged_and_partial_levels_below_get_no_cell():
    land = drawn(sheet("city", "A"), sheet("zone", "z", rule="ragged"), sheet("quarter", "q", rule="partial"))
    assert len(edit(land, "draw_cell", level="city", polygon=box(1, 0, 2, 1)).change.created) == 1


def test_a_quarter_is_drawn_anywhere_in_its_zone():
    land = drawn(sheet("zone", "aaa\naaa"), sheet("quarter", "q..\n...", rule="partial"))
    done = edit(land, "draw_cell", level="quarter", polygon=box(0, 0, 2, 2))
    assert done.picture("quarter") == art("q1.\n11.")


def test_the_first_cell_of_a_level_leaves_the_rest_to_be_drawn():
    land = drawn(sheet("city", "AAABBB"), sheet("street", "......"))
    first = edit(land, "draw_cell", level="street", polygon=box(0, 0, 1, 1), audited="performed")
    assert first.picture("street") == "1....."
    second = edit(first.after, "draw_cell", level="street", polygon=box(1, 0, 3, 1))
    assert second.picture("street") == "122..."


def test_a_level_whose_upper_levels_have_no_cells_is_the_top():
    # Only the zones were imported; nothing above has been drawn.
    land = drawn(sheet("city", "...."), sheet("zone", "ab.."))
    done = edit(land, "draw_cell", level="zone", polygon=box(1, 0, 4, 1))
    assert done.picture("zone") == "ab11"
    assert done.parent("1") is None


def test_a_cell_of_two_parts_of_a_gap_has_two_parts():
    land = drawn(sheet("street", "KKKKK"), sheet("zone", ".aaa."))
    done = edit(land, "draw_cell", level="zone", polygon=box(0, 0, 5, 1))
    assert len(done.cell("1").shape.geoms) == 2


def test_an_extent_clips_and_refuses():
    land = drawn(sheet("city", "AA."), extent="EEE")
    done = edit(land, "draw_cell", level="city", polygon=box(1, -3, 9, 9))
    assert done.picture("city") == "AA1"
    assert done.cell("1").shape.equals(shape_of(box(2, 0, 3, 1)))
    refused("not-in-parent", land, "draw_cell", level="city", polygon=box(5, 5, 6, 6))


def test_refusals():
    fault = refused("nothing-inside", NESTED, "draw_cell", level="zone", polygon=box(0, 0, 2, 2))
    assert "cut it out" in fault.message
    assert fault.geometry.equals(shape_of(box(0, 0, 2, 2)))
    refused("not-in-parent", NESTED, "draw_cell", level="zone", polygon=box(20, 0, 22, 2))
    land = drawn(sheet("street", "KKLL"), sheet("zone", "a..b"))
    fault = refused("different-parents", land, "draw_cell", level="zone", polygon=box(0, 0, 4, 1))
    assert fault.context["cells"] == ["K", "L"]
    assert fault.geometry.equals(shape_of(box(1, 0, 3, 1)))
    refused("wrong-level", land, "draw_cell", level="nowhere", polygon=box(0, 0, 4, 1))
    refused("not-a-polygon", land, "draw_cell", level="zone", polygon=ring((0, 0), (2, 1), (2, 0), (0, 1)))
    sites = drawn(sheet("zone", "aa"), sheet("site", "s.", rule="site"))
    refused("not-a-land-level", sites, "draw_cell", level="site", polygon=box(0, 0, 1, 1))


def test_a_slanting_cell_gives_its_nodes_to_all_levels():
    done = edit(HALF, "draw_cell", level="zone", polygon=ring((1.5, -1), (3.5, -1), (2.5, 3)))
    (new,) = done.change.created
    land = shapely.union_all([done.cell(code).shape for code in "a1"])
    assert shapely.difference(new.shape, HALF.by_code("K")["K"].shape).area <= 1e-8 * new.shape.length
    assert land.area < done.cell("K").shape.area
    assert done.noded >= {"K"}
    assert new.shape.area == pytest.approx(shape_of(box(2, 0, 3, 2)).area, rel=0.2)
