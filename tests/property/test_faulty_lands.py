"""What random edits of imported lands with faults found, each as small as it was made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geogrid.core.coverage import Coverage
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import to_degrees
from tests.property.editing import Editor
from tests.property.small_lands import HERE, attempt, box, geojson, land, line, polygon
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
