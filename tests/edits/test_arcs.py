"""Arcs derived from coverages, and cells from arcs."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

import pytest
import shapely

from geogrid.core.arcs import arcs_of, shapes_of
from geogrid.core.coverage import Cell
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of
from tests.edits.making import coverage_of


def cells_of(*named):
    """Make noded cells of `(code, level, shape)`."""
    multi = [shapely.MultiPolygon(list(shapely.get_parts(shape))) for _, _, shape in named]
    shapes = polygons_of(node_mesh(mesh_of(multi)))
    return {
        code: Cell(uuid5(NAMESPACE_OID, code), level, code, shape=shape)
        for (code, level, _), shape in zip(named, shapes, strict=True)
    }


def sides(arc, cells, level):
    names = {cell.ident: code for code, cell in cells.items()}
    return [[names[ident] for ident in side.get(level, ())] for side in (arc.left, arc.right)]


def test_two_neighbours_have_three_arcs_and_the_border_between_them_exists_once():
    # +---+---+
    # | a | b |
    # +---+---+
    cells = cells_of(("a", 0, shapely.box(0, 0, 1, 1)), ("b", 0, shapely.box(1, 0, 2, 1)))
    arcs = arcs_of(cells.values())
    assert len(arcs) == 3
    (shared,) = [arc for arc in arcs if arc.left and arc.right]
    assert sides(shared, cells, 0) == [["a"], ["b"]]
    assert shared.geometry.equals(shapely.LineString([(1, 0), (1, 1)]))


def test_an_arc_tells_every_level_that_it_bounds():
    # the street S is a + b; T is c, which has the border between b and c in common with S and b
    # +---+---+---+
    # | a | b | c |
    # +---+---+---+
    boxes = {name: shapely.box(x, 0, x + 1, 1) for x, name in enumerate("abc")}
    cells = cells_of(
        ("S", 0, shapely.box(0, 0, 2, 1)),
        ("T", 0, boxes["c"]),
        *((name, 1, box) for name, box in boxes.items()),
    )
    arcs = arcs_of(cells.values())
    inner = [arc for arc in arcs if arc.levels == (1,)]
    both = [arc for arc in arcs if arc.levels == (0, 1) and arc.left and arc.right]
    assert [sides(arc, cells, 1) for arc in inner] == [[["a"], ["b"]]]
    assert [sides(arc, cells, 0) + sides(arc, cells, 1) for arc in both] == [[["S"], ["T"], ["b"], ["c"]]]
    # The outer border of S is cut where a and b meet it: another cell lies beside it there.
    assert sum(arc.left.get(1) != arc.right.get(1) and (0 in arc.levels) for arc in arcs) == len(arcs) - 1


def test_an_enclave_is_one_ring_that_begins_at_its_lowest_vertex():
    # +-------+
    # | a +-+ |
    # |   |b| |
    # |   +-+ |
    # +-------+
    inner = shapely.box(1, 1, 2, 2)
    cells = cells_of(("a", 0, shapely.box(0, 0, 3, 3) - inner), ("b", 0, inner))
    arcs = arcs_of(cells.values())
    assert len(arcs) == 2
    (ring,) = [arc for arc in arcs if arc.left and arc.right]
    assert ring.line[0].tolist() == ring.line[-1].tolist() == [100_000_000, 100_000_000]


def test_cells_that_touch_in_one_corner_have_a_node_there():
    # +---+
    # | a |
    # +---+---+
    #     | b |
    #     +---+
    cells = cells_of(("a", 0, shapely.box(0, 1, 1, 2)), ("b", 0, shapely.box(1, 0, 2, 1)))
    arcs = arcs_of(cells.values())
    assert len(arcs) == 2
    assert all(arc.line[0].tolist() == arc.line[-1].tolist() == [100_000_000, 100_000_000] for arc in arcs)


def test_an_overlap_in_a_draft_shows_both_cells_on_one_side():
    # b lies in a, and is not cut out of it
    cells = cells_of(("a", 0, shapely.box(0, 0, 3, 3)), ("b", 0, shapely.box(0, 0, 1, 1)))
    arcs = arcs_of(cells.values())
    found = [sorted(sorted(side) for side in sides(arc, cells, 0)) for arc in arcs]
    assert [[], ["a", "b"]] in found


def test_no_cells_have_no_arcs():
    assert arcs_of([]) == []
    assert shapes_of([]) == {}


@pytest.mark.parametrize("seed", range(12))
def test_cells_come_back_from_their_arcs_exactly(seed):
    coverage = coverage_of(seed)
    arcs = arcs_of(coverage.cells.values())
    shapes = shapes_of(arcs)
    assert shapes.keys() == coverage.cells.keys()
    for ident, cell in coverage.cells.items():
        assert shapely.equals_exact(shapely.normalize(shapes[ident]), shapely.normalize(cell.shape))


@pytest.mark.parametrize("seed", range(4))
def test_no_edge_is_in_two_arcs_and_each_level_is_bounded_by_one_cell_a_side(seed):
    arcs = arcs_of(coverage_of(seed).cells.values())
    edges = [
        frozenset(map(tuple, edge))
        for arc in arcs
        for edge in zip(arc.line[:-1].tolist(), arc.line[1:].tolist(), strict=True)
    ]
    assert len(edges) == len(set(edges))
    assert all(len(idents) == 1 for arc in arcs for side in (arc.left, arc.right) for idents in side.values())
