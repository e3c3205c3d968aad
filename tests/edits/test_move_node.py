"""Moving a node, and with it all borders that meet there."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geogrid.core.coverage import Cell
from tests.edits.drawing import (
    art,
    drawn,
    edit,
    ident_of,
    place,
    refused,
    ring,
    shape_of,
    sheet,
    total,
    with_cells,
)
from tests.edits.lands import NESTED, ODD, PARTIAL


def corners(shape):
    return {tuple(at) for at in shapely.get_coordinates(shape).tolist()}


def test_all_cells_of_all_levels_that_have_the_node_follow():
    # c, d, e, f meet at (6, 2), on the border of two streets and of two cities.
    done = edit(NESTED, "move_node", at=place(6, 2), to=place(6.4, 2.3))
    assert done.real == set("cdefLMAB")
    for code in "cdefLMAB":
        assert place(6.4, 2.3) in corners(done.cell(code).shape)
        assert place(6, 2) not in corners(done.cell(code).shape)
    assert done.heirs == {}


def test_a_node_of_two_cells_inside_leaves_those_above_alone():
    land = edit(
        NESTED,
        "split_cell",
        code="c",
        lines=shapely.geometry.mapping(shapely.LineString([place(5, 1), place(5.2, 3), place(5, 5)])),
    ).after
    done = edit(land, "move_node", at=place(5.2, 3), to=place(4.7, 3.1))
    assert done.real == {"1", "2"}


def test_a_node_of_the_outline_changes_the_land_of_all_levels():
    done = edit(NESTED, "move_node", at=place(0, 4), to=place(-0.3, 4.3))
    assert done.real == {"a", "K", "A"}
    for level in ("city", "street", "zone"):
        grown = total(done.after, level) - total(NESTED, level)
        assert grown == pytest.approx(total(done.after, "zone") - total(NESTED, "zone"), rel=1e-9)


def test_a_node_that_comes_to_lie_on_a_border_is_given_to_it():
    #  a | b | c      The T of c and d is moved up along b, whose land stays what it is.
    #  a | b +--
    #  a | b | d
    land = drawn(sheet("zone", "abc\nabd"))
    done = edit(land, "move_node", at=place(2, 1), to=place(2, 1.5))
    assert place(2, 1.5) in corners(done.cell("b").shape)
    assert done.real == {"c", "d"}
    assert done.noded == {"b"}


def test_a_node_moved_onto_the_next_takes_an_edge_away():
    land = with_cells(
        drawn(sheet("zone", "ab")),
        Cell(ident_of("a"), 0, "a", shape=shape_of(ring((0, 0), (1, 0), (1.2, 0.5), (1, 1), (0, 1)))),
        Cell(ident_of("b"), 0, "b", shape=shape_of(ring((1, 0), (2, 0), (2, 1), (1, 1), (1.2, 0.5)))),
    )
    done = edit(land, "move_node", at=place(1.2, 0.5), to=place(1, 1))
    assert len(corners(done.cell("a").shape)) == 4
    assert done.real == {"a", "b"}


def test_the_vertex_of_a_hole_moves_with_the_enclave():
    done = edit(ODD, "move_node", at=place(1, 2), to=place(0.6, 1.7))
    assert {"y", "a", "K", "L"} <= done.real
    assert place(0.6, 1.7) in corners(done.cell("K").shape)


def test_a_vertex_where_parts_touch_moves_all_of_them():
    #  a a b      the two parts of a touch in the point in the middle
    #  b b a ...
    land = drawn(sheet("zone", "ab\nba"))
    done = edit(land, "move_node", at=place(1, 1), to=place(1.2, 1.1))
    assert done.real == {"a", "b"}
    assert len(done.cell("a").shape.geoms) == 2
    assert shapely.relate(done.cell("a").shape, done.cell("b").shape)[0] == "F"


def test_a_quarter_in_its_zone_moves_alone():
    done = edit(PARTIAL, "move_node", at=place(1, 2), to=place(0.7, 2.2))
    assert done.real == {"q"}


def test_one_grid_step_is_a_move():
    done = edit(NESTED, "move_node", at=place(6, 2), to=place(6.000001, 2))
    assert done.real == set("cdefLMAB")


def test_a_node_moved_across_a_border_is_refused_with_the_place():
    fault = refused("node-crosses-border", NESTED, "move_node", at=place(4, 2), to=place(1.5, 0.5))
    assert "less far" in fault.message
    assert fault.geometry.area > 0


def test_a_cell_is_not_turned_inside_out():
    land = drawn(sheet("zone", "aa\naa"))
    refused("node-crosses-border", land, "move_node", at=place(0, 0), to=place(3, 3))


def test_a_node_inside_is_not_moved_out_of_the_cell_above():
    # The corner of q would leave its zone, where nobody's land is.
    fault = refused("node-crosses-border", PARTIAL, "move_node", at=place(1, 2), to=place(1, 3.5))
    assert fault.geometry.bounds[3] == pytest.approx(29.035)
    land = drawn(sheet("street", "KKK\nKKK"), sheet("zone", "aab\ncdd"))
    refused("node-crosses-border", land, "move_node", at=place(2, 1), to=place(3.5, 1))


def test_a_cell_does_not_lose_all_its_land():
    land = with_cells(
        drawn(sheet("zone", "ab")),
        Cell(ident_of("a"), 0, "a", shape=shape_of(ring((0, 0), (1, 0), (0.5, 1)))),
        Cell(ident_of("b"), 0, "b", shape=shape_of(ring((0.5, 1), (1, 0), (1, 1)))),
    )
    fault = refused("would-empty-cell", land, "move_node", at=place(0, 0), to=place(0.5, 1))
    assert fault.context["cell"] == "a"


def test_the_outline_of_a_scheme_with_an_extent_is_fixed():
    land = drawn(sheet("city", "AB\nAB"), extent="EE\nEE")
    fault = refused("outline-fixed", land, "move_node", at=place(0, 2), to=place(-0.5, 2))
    assert fault.geometry.area > 0
    refused("outline-fixed", land, "move_node", at=place(1, 2), to=place(1, 1.5))
    # Along the outline, and inside, borders may move.
    done = edit(land, "move_node", at=place(1, 2), to=place(1.5, 2))
    assert done.real == {"A", "B"}


def test_gaps_and_overlaps_beside_stay():
    #  a a . b    The node of a next to the gap; those of c overlap b.
    land = drawn(sheet("zone", "aa.b\naabb", "..cc\n...."), sheet("plot", "pp..\npp..", rule="ragged"))
    done = edit(land, "move_node", at=place(0, 2), to=place(0.2, 1.9), audited=False)
    assert done.real == {"a", "p"}
    assert done.picture("zone") == art("aac*\naabb")


def test_refusals():
    fault = refused("no-such-node", NESTED, "move_node", at=place(5, 3), to=place(5, 3.1))
    assert fault.geometry.equals(shapely.Point(place(5, 3)))
    refused("no-such-node", NESTED, "move_node", at=place(50, 3), to=place(5, 3.1))
    refused("nothing-to-do", NESTED, "move_node", at=place(6, 2), to=place(6, 2))
    refused("nothing-to-do", NESTED, "move_node", at=place(6, 2), to=[118.06 + 1e-9, 29.02])


def test_a_position_with_a_height_is_read():
    flat = edit(NESTED, "move_node", at=place(6, 2), to=place(6.4, 2.3)).change
    high = edit(NESTED, "move_node", at=[*place(6, 2), 3.0], to=[*place(6.4, 2.3), 7]).change
    assert flat == high


def test_moving_there_and_back_gives_the_same_land():
    there = edit(NESTED, "move_node", at=place(6, 2), to=place(6.4, 2.3))
    back = edit(there.after, "move_node", at=place(6.4, 2.3), to=place(6, 2))
    for code in NESTED.land.code:
        was, now = NESTED.by_code([code])[code].shape, back.cell(code).shape
        assert np.isclose(shapely.symmetric_difference(was, now).area, 0, atol=1e-8 * was.length)
