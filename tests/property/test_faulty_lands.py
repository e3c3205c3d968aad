"""What random edits of imported lands with faults found, each as small as it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geogrid.core.coverage import Coverage
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import to_degrees
from tests.property.editing import Editor
from tests.property.small_lands import HERE, attempt, box, geojson, land, line, polygon, union
from tests.property.strategies import Start
from tests.property.tally import Tally


def test_a_gap_that_moves_with_a_border_is_new_where_it_goes():
    """
    ┌────┬───┬────┐  Above: p and q, below: p1 and q1, and a gap of p between them. Led into q, the
    │ p1 │gap│ q1 │  border of p takes the gap along, to where there was none.
    └────┴───┴────┘
    """
    editor = land(
        ("p", None, polygon((0, 0), (600, 0), (600, 500), (600, 1000), (0, 1000))),
        ("q", None, polygon((600, 0), (1000, 0), (1000, 1000), (600, 1000), (600, 500))),
        ("p1", "p", box(0, 0, 400, 1000)),
        ("q1", "q", polygon((600, 0), (1000, 0), (1000, 1000), (600, 1000), (600, 500))),
    )
    at, further, back = to_degrees(np.add([[600, 500], [604, 500], [596, 500]], HERE)).tolist()
    with pytest.raises(EditRefused) as fault:
        attempt(editor, "move_node", {"at": at, "to": further})
    assert fault.value.code == "would-add-fault"
    assert editor.edit("move_node", {"at": at, "to": back})


def test_the_first_cell_of_a_level_in_between_is_refused_where_others_would_lie_outside_of_it():
    """z and y are right below c, as nothing was in between; the first cell there takes in y and not z."""
    c, z, y = box(0, 0, 100, 100), box(0, 0, 50, 100), box(60, 0, 80, 100)
    editor = land(("c", None, c), ("z", "c", z), ("y", "c", y), rules=("partition", "partial", "partial"))
    coverage = editor.history.now.coverage
    deep = [replace(cell, level=2) if cell.level else cell for cell in coverage.cells.values()]
    editor = Editor(Start(editor.start.world, Coverage.of(coverage.levels, deep)), Tally())
    drawn = {"level": "level1", "polygon": geojson(y), "name": "first"}
    with pytest.raises(EditRefused) as fault:
        attempt(editor, "draw_cell", drawn)
    assert (fault.value.code, fault.value.context["rule"]) == ("would-add-fault", "outside_parent")


def test_land_that_was_claimed_twice_and_not_told_may_be_told():
    """
    ┌────────┐  Above: p, and q on a part of it; each is tiled by cells of its own, so the overlap is
    │ p ┌──┐ │  told of p and q alone. Once q is retired, that of the cells below is told as well: it was
    │   │q │ │  there before.
    └───┴──┴─┘
    """
    whole, inner = box(0, 0, 100, 100), box(40, 0, 60, 50)
    editor = land(
        ("c", None, whole),
        ("p", "c", whole),
        ("q", "c", inner),
        ("p1", "p", whole),
        ("q1", "q", inner),
        rules=("partition", "partition", "partition"),
    )
    assert {finding.cells for finding in editor.history.now.findings.values()} == {("p", "q")}
    assert editor.edit("retire_cell", {"code": "q", "into": "p"})
    assert {finding.cells for finding in editor.history.now.findings.values()} == {("p1", "q1")}


def test_a_gap_of_two_cells_that_are_the_same_land_stays_when_one_of_them_ends():
    """p and q are the same land, and nothing divides it: when q ends, the gap is p's alone, and no other."""
    whole, beside = box(0, 0, 100, 100), box(100, 0, 200, 100)
    editor = land(
        ("c", None, box(0, 0, 200, 100)),
        ("p", "c", whole),
        ("q", "c", whole),
        ("r", "c", beside),
        ("r1", "r", beside),
        rules=("partition", "partition", "partition"),
    )
    overlap = {"level": "level1", "overlap": geojson(whole), "cells": ["p", "q"]}
    assert editor.edit("resolve_overlap", overlap)
    editor.undo()
    editor.redo()


@pytest.mark.parametrize(
    ("action", "params", "above"),
    [
        ("split_cell", {"code": "p", "lines": line((-9, 50), (109, 50)), "astride": "split"}, {"n1", "n2"}),
        ("retire_cell", {"code": "p", "into": "q"}, {"q"}),
        ("cut_out", {"level": "level1", "polygon": geojson(box(-9, 0, 100, 100))}, {"n1"}),
        ("merge_cells", {"codes": ["p", "q"]}, {"n1"}),
    ],
)
def test_a_cell_outside_of_the_one_above_it_is_not_left_without_when_that_ends(action, params, above):
    """
    ┌───┬───────┐  Above: p and q. Below: p1, q1, and p2, which is p's and lies in q: a fault of the import.
    │ p │ q ┌──┐│  Whoever ended p forgot p2.
    │   │   └p2┘│
    └───┴───────┘
    """
    editor = land(
        ("c", None, box(0, 0, 300, 100)),
        ("p", "c", box(0, 0, 100, 100)),
        ("q", "c", box(100, 0, 300, 100)),
        ("p1", "p", box(0, 0, 100, 100)),
        ("q1", "q", box(100, 0, 300, 100)),
        ("p2", "p", box(200, 20, 280, 60)),
        rules=("partition", "partition", "partition"),
    )
    assert editor.edit(action, params)
    now = editor.history.now.coverage
    (orphan,) = now.by_code(["p2"]).values()
    assert now.cells[orphan.parent].code in above


def test_an_overlap_is_not_given_to_a_cell_that_is_not_divided():
    """p and q are the same land, and q alone has cells below: given to p, they would end and leave a gap."""
    whole = box(0, 0, 100, 100)
    editor = land(
        ("c", None, whole),
        ("p", "c", whole),
        ("q", "c", whole),
        ("q1", "q", whole),
        rules=("partition", "partition", "partition"),
    )
    overlap = {"level": "level1", "overlap": geojson(whole), "cells": ["p", "q"]}
    with pytest.raises(EditRefused) as fault:
        attempt(editor, "resolve_overlap", {**overlap, "to": "p"})
    assert fault.value.code == "would-add-fault"
    assert "give the overlap to q" in str(fault.value)
    assert editor.edit("resolve_overlap", {**overlap, "to": "q"})
    assert not editor.history.now.findings


def test_a_gap_along_a_sloping_border_of_the_extent_is_told_alike_by_both_audits():
    """What divides a gap of a level below gives nodes to the top cell; the extent has none of its own."""
    a = polygon((0, 0), (1_000_003, 100_001), (1_000_003, 900_000), (0, 700_000))
    b = polygon((1_000_003, 100_001), (2_000_000, 100_001), (2_000_000, 900_000), (1_000_003, 900_000))
    cells = [("a", None, a), ("b", None, b), ("p", "a", a), ("q", "b", b), ("q1", "q", b)]
    editor = land(*cells, rules=("partition", "partition", "partition"))
    bounded = replace(editor.history.now.coverage, extent=union(a, b))
    editor = Editor(Start(editor.start.world, bounded), Tally())
    cuts = [((799_936, -50), (793_293, 890_000)), ((853_177, -50), (848_724, 890_000))]
    assert editor.edit("split_cell", {"code": "p", "lines": [line(*cut) for cut in cuts]})


def test_a_part_around_a_neighbour_that_claims_it_already_can_be_handed_over():
    """
    ┌────────┐  q lies in p, an overlap; p hands it the land all around.
    │ p ┌──┐ │
    │   │q │ │
    └───┴──┴─┘
    """
    editor = land(
        ("c", None, box(0, 0, 200, 100)), ("p", "c", box(0, 0, 200, 100)), ("q", "c", box(40, 0, 60, 50))
    )
    part = {"from": "p", "to": "q", "polygon": geojson(box(-10, -10, 120, 110))}
    assert editor.edit("transfer_part", part)
    (q,) = editor.history.now.coverage.by_code(["q"]).values()
    assert q.shape.equals(box(0, 0, 120, 100))
    assert not editor.history.now.findings
