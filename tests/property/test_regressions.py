"""Faults that random edits found, each as small as it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geogrid.core.audits.nearby import audit_nearby
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import changed_cells, mesh_of, node_mesh, node_mesh_within, polygons_of
from geogrid.core.sketch import Drawn, Sketch
from tests.property.editing import Editor
from tests.property.history import State
from tests.property.small_lands import EXACT, attempt, box, geojson, land, line, polygon, union
from tests.property.strategies import Start, ids
from tests.property.tally import Tally


def test_land_wider_than_21_degrees_has_an_inside():
    """Twice its area does not fit 64 bits: the whole of the earth was taken for the outside."""
    whole = shapely.MultiPolygon([shapely.box(-180, -90, -60, -60)])
    cell = Cell(next(ids()), 0, "c", shape=whole)
    cut = Drawn.lines([shapely.LineString([(-180, -75), (24, -75)])])
    sketch = Sketch([cell], [cut])
    assert len(sketch.held[cell.ident]) == 2


def test_a_part_that_gains_a_node_and_loses_a_corner_at_once_is_seen_to_change():
    """
    c─────d      e is put one step beside d: the edges b–d and d–c are led through it, and the triangle
     |   | e      ends there. It has three corners as before.
      | |
       b
    """
    triangle, beside = polygon((36, 22), (43, 28), (36, 28)), polygon((42, 28), (60, 40), (40, 60))
    before = mesh_of([triangle, beside])
    after = node_mesh(before)
    (was, _), (now, _) = polygons_of(before), polygons_of(after)
    assert shapely.get_num_coordinates(was) == shapely.get_num_coordinates(now)
    assert not shapely.equals(was, now)
    assert 0 in changed_cells(before, after).tolist()
    assert not len(changed_cells(after, node_mesh(after)))


def test_rings_that_touch_themselves_are_taken_apart_though_nothing_is_noded():
    spike = shapely.MultiPolygon(
        [shapely.Polygon(to_degrees(np.array([(0, 0), (9, 0), (9, 9), (20, 9), (9, 9), (0, 9)])))]
    )
    noded, split = node_mesh_within(mesh_of([spike]), (0, 0, 30, 30))
    assert not len(split)
    assert shapely.is_valid(polygons_of(noded)).all()


def test_two_borders_through_one_pixel_part_there():
    """A line that leads two borders through one pixel, and is used nowhere there, left its node out of both.

    The borders of n18 below and of n7 to n8 meet in a sharp corner; the cell lost a triangle of 352 m².
    """
    outer = [(0, 89.9991), (0, 89.99828577), (3.66690619, 89.99893587), (5.82206275, 89.99931796)]
    n18 = shapely.Polygon([*outer, (9.67266134, 89.99964933), (5, 90), (0, 90)])
    n7 = shapely.Polygon([(2, 89.99985601), *outer[2:], (9.67266134, 89.99964933), (5, 90)])
    n8 = shapely.Polygon([*outer[:3], (2, 89.99985601), (5, 90), (0, 90)])
    editor = land(("n18", None, n18), ("n7", "n18", n7), ("n8", "n18", n8))
    lines = [
        [(0, 89.99828577), (9.67266134, 89.99898003), (5, 90)],
        [(3.66690619, 89.99893587), (7.68976577, 90), (5, 90)],
        [(5.82206275, 89.99931796), (2.36980203, 89.99964858), (5, 90)],
        [(0, 89.99828577), (0, 89.9991), (5, 90), (5.82206275, 89.99931796), (0, 89.99828577)],
    ]
    drawn = [geojson(shapely.LineString(one)) for one in lines]
    assert editor.edit(
        "split_by_layer", {"code": "n18", "layer": "roads", "lines": drawn, "astride": "split"}
    )


def test_a_division_of_a_level_that_may_be_absent_is_seen_when_it_begins():
    """Merged with a divided cell, one that was undivided has to be covered as well: the sums are the same."""
    editor = land(
        ("a", None, box(0, 0, 100, 100)),
        ("b", None, box(100, 0, 200, 100)),
        ("b1", "b", box(100, 0, 200, 100)),
        rules=("partition", "ragged"),
    )
    now = editor.history.now.coverage
    a, b, b1 = (now.by_code([code])[code] for code in ("a", "b", "b1"))
    whole = replace(a, shape=box(0, 0, 200, 100))
    below = replace(b1, parent=a.ident)
    change = Change.between({c.ident: c for c in (a, b, b1)}, {c.ident: c for c in (whole, below)})
    assert [f.rule for f in audit_nearby(now, change, tolerance=EXACT).found] == ["gap"]


def overlapping(**more):
    """
    ┌────┬──┬────┐
    │ a  │ab│  b │
    └────┴──┴────┘
    """
    return land(
        ("a", None, box(0, 0, 120, 100)), ("b", None, box(80, 0, 200, 100)), rules=("partition",), **more
    )


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("split_cell", {"code": "a", "lines": line((-10, 50), (300, 50))}),
        ("edit_attributes", {"code": "a", "new_code": "c"}),
    ],
)
def test_an_overlap_that_gets_other_owners_is_told_and_is_not_in_the_way(action, params):
    editor = overlapping()
    assert editor.edit(action, params)
    assert {f.rule for f in editor.history.now.findings.values()} == {"overlap"}


def test_an_overlap_that_grows_is_refused():
    editor = overlapping()
    corner, further = to_degrees(np.add([[80, 0], [60, 0]], (11_700_000_000, 3_000_000_000))).tolist()
    with pytest.raises(EditRefused):
        attempt(editor, "move_node", {"at": corner, "to": further})


def test_who_had_the_land_before_inherits_nothing():
    """The shares of the heirs of a cell that is divided add up to one though another claims a part of it."""
    editor = overlapping()
    change, _ = attempt(editor, "split_cell", {"code": "a", "lines": line((-10, 50), (300, 50))})
    assert sum(heir.share for heir in change.heirs) == pytest.approx(1, abs=1e-12)
    assert {heir.successor for heir in change.heirs} == {cell.ident for cell in change.created}


def test_a_level_that_has_cells_elsewhere_only_is_looked_at():
    """That a level has cells, which makes a gap of a cell without, is not read off the cells nearby."""
    editor = land(("a", None, box(0, 0, 100, 100)), ("a1", "a", box(0, 0, 100, 100)))
    now = editor.history.now.coverage
    lone = Cell(next(ids(9)), 0, "b", shape=box(5000, 0, 5100, 100))
    change = Change.between({}, {lone.ident: lone})
    (found,) = audit_nearby(now, change, tolerance=EXACT).found
    assert (found.rule, found.level) == ("gap", "level1")


def test_a_gap_of_the_next_cell_is_not_told_as_gone():
    """
    ┌────┬────┐  Above: p and q. Below: p is tiled by p1, and q has q1 and a gap that p1 borders on.
    │ p1 │ gap│
    │    ├────┤
    │    │ q1 │
    └────┴────┘
    """
    editor = land(
        ("p", None, box(0, 0, 100, 100)),
        ("q", None, box(100, 0, 200, 100)),
        ("p1", "p", box(0, 0, 100, 100)),
        ("q1", "q", box(100, 0, 200, 50)),
        rules=("partition", "ragged"),
    )
    now = editor.history.now
    assert [f.rule for f in now.findings.values()] == ["gap"]
    p1 = now.coverage.by_code(["p1"])["p1"]
    change = Change.between({p1.ident: p1}, {})
    audit = audit_nearby(now.coverage, change, tolerance=EXACT)
    assert audit.gone == ()


def test_a_piece_that_vanishes_in_the_grid_is_refused():
    """Beside a border that gains a node, a piece one step wide would be left without land."""
    editor = land(("a", None, polygon((0, 0), (40, 1), (40, 30), (0, 30))), rules=("partition",))
    for end in range(2, 40):
        editor.edit("split_cell", {"code": "a", "lines": line((-5, 0), (end, 1), (45, 2))})
        shapes = [cell.shape for cell in editor.history.now.coverage.cells.values()]
        assert not shapely.is_empty(shapes).any()
        editor.undo()


def test_the_outline_keeps_to_an_extent_whose_edges_slope():
    corners = [(0, 0), (1_000_003, 100_001), (1_000_003, 900_000), (0, 700_000)]
    editor = land(("a", None, polygon(*corners)), rules=("partition",))
    now = editor.history.now.coverage
    bounded = replace(now, extent=next(iter(now.cells.values())).shape)
    editor.history.states[0] = State(bounded, EXACT)
    for n in range(1, 40):
        editor.edit(
            "cut_out",
            {
                "level": "level0",
                "polygon": geojson(
                    polygon(
                        (20_000 * n, -50), (20_000 * n + 9_001, -50), (20_000 * n + 8_003, 880_000)
                    ).geoms[0]
                ),
            },
        )
    assert not [f for f in editor.history.now.findings.values() if f.rule != "gap"]


def test_a_tip_that_a_drawn_corner_takes_off_stays_off():
    """
         /──────   Beside the tip a corner is drawn, one step off: both borders are led through it. The piece
    tip·═──────    of land along it ended in one line from the one border to the other, and lost a triangle.
    """
    tip = polygon((0, 0), (542, 0), (1711, 0), (1711, 168), (542, 216), (542, 156), (365, 124))
    below = polygon((0, 0), (0, -400), (1711, -400), (1711, 0), (542, 0))
    editor = land(("c", None, union(tip, below)), ("c0", "c", tip), ("c1", "c", below))
    lines = [line((365, 124), (1711, 0)), line((1, -50), (1, 0), (2, -50))]
    assert editor.edit("split_by_layer", {"code": "c0", "layer": "roads", "lines": lines, "astride": "split"})


def test_land_beside_a_tip_that_was_taken_off_is_not_held_by_both():
    """
    ┌──┬─/┐    The line passes one step above the tip of a: both borders of a run through that place, and the
    │a │/b│    piece from there to the tip and back counts for nothing. Whoever looked at b from that side
    └┐ │──┘    took it for a's.
     └·
    """
    a = polygon((0, 150_000), (198_607, 150_000), (198_607, 0), (265_665, 450_000), (0, 450_000))
    b = polygon(
        (498_607, -450_000),
        (498_607, 450_000),
        (265_665, 450_000),
        (198_607, 0),
        (198_607, -150_000),
        (176_254, -150_000),
        (131_549, -450_000),
    )
    cells = [Cell(ident, 0, code, shape=s) for ident, code, s in zip(ids(), "ab", (a, b), strict=False)]
    drawn = polygon((198_607, -450_000), (498_607, -150_000), (265_665, 450_000), (176_254, -150_000))
    sketch = Sketch(cells, [Drawn.polygon(drawn)])
    one, other = (sketch.held[cell.ident] for cell in cells)
    assert one
    assert other
    assert not one & other


def test_cells_may_bypass_a_level_that_only_others_have():
    """A ragged level has no cell in c: z, right below c, is in c, whoever gets a cell of that level first."""
    c, d, z = box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 0, 50, 100)
    editor = land(("c", None, c), ("d", None, d), ("z", "c", z), rules=("partition", "ragged", "partial"))
    coverage = editor.history.now.coverage
    deep = [replace(cell, level=2) if cell.code == "z" else cell for cell in coverage.cells.values()]
    editor = Editor(Start(editor.start.world, Coverage.of(coverage.levels, deep)), Tally())
    assert editor.edit("insert_level", {"code": "d", "level": "level1"})
    assert not editor.history.now.findings
    editor.undo()
    assert editor.edit("insert_level", {"code": "c", "level": "level1"})
    # Taken back, the level has no cells again, and z lies below c as before.
    editor.undo()


def test_a_border_that_a_line_bends_far_from_what_it_divides_keeps_its_nodes_on_both_sides():
    """Two borders of a cell below run through one pixel with a drawn line that is of no use there.

    They part there from then on, and the cells on their other sides have to be told as well.
    """
    shared = [(741, 555), (1082, 586), (1184, 595), (1019, 599), (967, 608), (701, 656), (756, 669)]
    corner = [(1320, 614), (1346, 611), (1233, 599)]
    inner = [(1184, 595), (1082, 586), (2000, 611), (2000, 637)]
    whole, rest = polygon((0, 582), (221, 507), *shared, (0, 632)), [(741, 409), (2000, 409), (2000, 673)]
    editor = land(
        ("a", None, whole),
        ("a1", "a", whole),
        ("b", None, polygon(*shared[::-1], *rest, (1277, 715))),
        ("b1", "b", polygon(*inner, (2000, 673), (1330, 618), *corner)),
        ("b2", "b", polygon(*corner[::-1], (1330, 618), (1250, 616))),
        ("b11", "b1", polygon(*inner, (1451, 622), *corner[1:])),
        rules=("partition", "partial", "partial"),
    )
    part = polygon((1374, 578), (1332, 623), (1125, 668), (726, 665), (814, 578), (803, 507))
    assert editor.edit(
        "transfer_part", {"from": "a", "to": "b", "polygon": geojson(part), "astride": "split"}
    )
