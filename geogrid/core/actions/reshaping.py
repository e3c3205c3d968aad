"""Borders that are led another way: the rings of all cells that have them are replaced edge by edge.

Whether the result divides the land is asked of the faces: rings that run around each face once, or not at
all, are those of a cell (geometry.md 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import IntArray, to_lattice
from geogrid.core.plan import Plan
from geogrid.core.sketch import Faces, Sketch


def reshape(plan: Plan, chains: Mapping[UUID, IntArray], code: str, words: str) -> None:
    """Let cells have new rings, given as weights of the segments of the sketch.

    Parameters
    ----------
    code, words : str
        For a refusal: the line runs across another border, or the land would not be divided any more.

    Raises
    ------
    EditRefused
    """
    sketch = plan.sketch
    for ident, chain in chains.items():
        turns = sketch.winding(chain)
        if ((turns != 0) & (turns != 1)).any():
            wrong = frozenset(np.flatnonzero((turns != 0) & (turns != 1)).tolist()) - {
                sketch.arrangement.outer
            }
            raise EditRefused(code, words, geometry=sketch.shape(wrong))
        faces = frozenset(np.flatnonzero(turns == 1).tolist())
        plan.hand(plan.faces(ident) - faces, ident, None)
        plan.hand(faces - plan.faces(ident), None, ident)
    _refuse_faults(plan, code, words)


def _refuse_faults(plan: Plan, code: str, words: str) -> None:
    """Refuse if a face comes to have two cells of a level, or a cell comes to lie outside of its parent."""
    levels = {cell.level for cell in plan.before.values()}
    for level in sorted(levels):
        idents = [ident for ident, cell in plan.before.items() if cell.level == level]
        before = _counts(plan.sketch, [plan.sketch.held[i] for i in idents if i in plan.sketch.held])
        after = _counts(plan.sketch, [plan.faces(i) for i in idents])
        twice = frozenset(np.flatnonzero((after > before) & (after > 1)).tolist())
        if twice:
            raise EditRefused(code, words, geometry=plan.sketch.shape(twice))
    for ident in plan.before:
        above = plan.parent(ident)
        if above not in plan.held:
            continue
        was = plan.sketch.held[ident] - plan.sketch.held[above]
        outside = plan.faces(ident) - plan.faces(above) - was
        if outside:
            raise EditRefused(code, words, geometry=plan.sketch.shape(outside))


def _counts(sketch: Sketch, groups: Iterable[Faces]) -> IntArray:
    counts = np.zeros(sketch.arrangement.face_count, dtype=np.int64)
    for faces in groups:
        counts[list(faces)] += 1
    return counts


def refuse_fixed_outline(plan: Plan) -> None:
    """Refuse where the land of the top level changes though the scheme's document says which it is.

    Raises
    ------
    EditRefused
    """
    if plan.ground.extent is None:
        return
    tops = {cell.level for cell in plan.before.values()}
    top = min(tops)
    idents = [ident for ident, cell in plan.before.items() if cell.level == top]
    before = frozenset().union(*(plan.sketch.held.get(i, frozenset()) for i in idents))
    after = frozenset().union(*(plan.faces(i) for i in idents))
    if before != after:
        raise EditRefused(
            "outline-fixed",
            "the border is that of the whole land, which the document of the scheme says; change its extent "
            "there",
            geometry=plan.sketch.shape(before ^ after),
        )


def directed_edges(cell: Cell) -> IntArray:
    """Give the directed edges of a cell, its land on their left: (e, 2, 2) int64."""
    parts = shapely.get_parts(cell.shape)
    rings, part = shapely.get_rings(parts, return_index=True)
    shell = np.r_[True, part[1:] != part[:-1]]
    rings = np.where(shapely.is_ccw(rings) == shell, rings, shapely.reverse(rings))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    steps = to_lattice(xy)
    within = ring[1:] == ring[:-1]
    return np.stack([steps[:-1][within], steps[1:][within]], axis=1)


def having_vertex(ground: Ground, place: tuple[float, float]) -> list[Cell]:
    """Give the cells of levels that divide land that have a vertex there."""
    near = [cell for cell in ground.meeting((*place, *place)) if ground.levels[cell.level].divides_land]
    xy, of = shapely.get_coordinates([cell.shape for cell in near], return_index=True)
    there = np.unique(of[(to_lattice(xy) == to_lattice(np.array(place))).all(axis=1)])
    found = [near[number] for number in there.tolist()]
    return sorted(found, key=lambda cell: (cell.level, cell.code.encode(), cell.ident.bytes))
