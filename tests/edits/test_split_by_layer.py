"""Dividing a cell along features of a layer."""

from __future__ import annotations

from tests.edits.drawing import art, box, edit, line, refused
from tests.edits.lands import NESTED

ROADS = [line((5, -3), (5, 9)), line((-3, 3), (20, 3)), line((5.2, 2.2), (5.8, 2.2))]


def test_roads_through_a_cell_divide_it_and_those_inside_do_not():
    done = edit(NESTED, "split_by_layer", code="c", layer="road", lines=ROADS, filter={"class": "main"})
    assert done.picture("zone") == art("aabb13ee\naabb24ee\naabbddff\naabbddff")
    assert done.heirs == {("c", code): 0.25 for code in "1234"}


def test_outlines_of_areas_divide_as_well():
    done = edit(NESTED, "split_by_layer", code="c", layer="lake", lines=[box(5, 3, 9, 9)])
    assert sorted(done.heirs.values()) == [0.25, 0.75]


def test_cells_below_astride_are_refused_or_divided():
    fault = refused("children-astride", NESTED, "split_by_layer", code="L", layer="road", lines=ROADS)
    assert fault.context["cells"] == ["c", "d"]
    done = edit(NESTED, "split_by_layer", code="L", layer="road", lines=ROADS, astride="split")
    assert done.picture("street") == art("KKKK13MM\nKKKK24MM\nKKKK24MM\nKKKK24MM")


def test_features_that_do_not_run_through_it_are_refused():
    refused("line-does-not-split", NESTED, "split_by_layer", code="f", layer="road", lines=ROADS)
    refused("no-such-cell", NESTED, "split_by_layer", code="nobody", layer="road", lines=ROADS)
