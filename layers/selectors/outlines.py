"""Whether a change of the outline of the land reaches beyond where it changed.

Land outside of all cells lies in a gap if cells of the top level surround it (`covered_ground`). An outline
that changes may close a ring, or open one, and so decide about places far away::

    ####        ####          Where a piece of the outline changes, a window shows what is land and what is
    #     →     #  #          not, before and after. If each patch without land goes on as one patch, none of
    ####        ####          them parted in two and none joined, then what is connected beyond the window is
                              connected as it was: nothing that lies far away was closed in or let out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import shapely

from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.land import LandLevel
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from layers.selectors.boxes import STEP
from layers.selectors.near import has_land, levels_above

#: So much wider than what changed is the window, in steps of the lattice: along its rim nothing may change.
_RIM = 8 * STEP


def rings_stay(change: Change, ground: Ground, filled: Collection[int]) -> bool:
    """Tell whether what the top level surrounds stays the same wherever nothing changed; if in doubt, no.

    Parameters
    ----------
    change : Change
    ground : Ground
        The cells that do not change; of those that do it is not asked.
    filled : collection of int
        The levels that have cells with land.
    """
    before = [one.before for one in change.cells if _surrounds(one.before, ground.levels, filled)]
    after = [one.after for one in change.cells if _surrounds(one.after, ground.levels, filled)]
    window = _window(_shapes(before), _shapes(after))
    if window is None:
        return True
    changed = {one.ident for one in change.cells}
    others = [
        cell
        for cell in ground.meeting(window.bounds)
        if cell.ident not in changed and _surrounds(cell, ground.levels, filled)
    ]
    sides = [_shapes([*others, *side]) for side in (before, after)]
    if not all(shapely.is_valid(side).all() for side in sides):
        return False
    return _go_on_as_one(*(_bare(window, side) for side in sides))


def _surrounds(cell: Cell | None, levels: Sequence[LandLevel], filled: Collection[int]) -> bool:
    if cell is None or not has_land(cell):
        return False
    level = levels[cell.level]
    return level.divides_land and level.rule != "partial" and levels_above(levels, filled)[cell.level] < 0


def _shapes(cells: Sequence[Cell | None]) -> Shapes:
    return np.array([cell.shape for cell in cells if cell is not None], dtype=object)


def _window(before: Shapes, after: Shapes) -> shapely.Polygon | None:
    """Give the box around the edges that are not on both sides, a little wider; None if there are none."""
    sides = [_edges(before), _edges(after)]
    edges, old = np.concatenate(sides), len(sides[0])
    if not len(edges):
        return None
    _, number = np.unique(edges, axis=0, return_inverse=True)
    number = number.reshape(-1)
    on_side = np.zeros((number.max() + 1, 2), dtype=np.int64)
    np.add.at(on_side, (number, (np.arange(len(edges)) >= old).astype(int)), 1)
    only = edges[(on_side[:, 0] != on_side[:, 1])[number]].reshape(-1, 2)
    if not len(only):
        return None
    (west, south), (east, north) = only.min(axis=0).tolist(), only.max(axis=0).tolist()
    return shapely.box(west - _RIM, south - _RIM, east + _RIM, north + _RIM)


def _edges(shapes: Shapes) -> FloatArray:
    """Give the edges of some cells, (k, 4), each from its lesser end."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    begin = np.flatnonzero(ring[1:] == ring[:-1])
    there, back = np.hstack([xy[begin], xy[begin + 1]]), np.hstack([xy[begin + 1], xy[begin]])
    turned = (there[:, 0] > back[:, 0]) | ((there[:, 0] == back[:, 0]) & (there[:, 1] > back[:, 1]))
    there[turned] = back[turned]
    return there


def _bare(window: shapely.Polygon, shapes: Shapes) -> Shapes:
    """Give the patches without land in a window, on the lattice, where what cells share is the same."""
    near = shapely.intersection(shapes, window)
    land = shapely.union_all(near[shapely.get_dimensions(near) == 2], grid_size=STEP)
    bare = shapely.get_parts(shapely.difference(window, land, grid_size=STEP))
    polygons: Shapes = bare[shapely.get_dimensions(bare) == 2]
    return polygons


def _go_on_as_one(before: Shapes, after: Shapes) -> bool:
    """Tell whether no patch has land in common with more than one of the other side."""
    if not len(before) or not len(after):
        return True
    one, other = shapely.STRtree(after).query(before, predicate="intersects")
    shared = shapely.area(shapely.intersection(before[one], after[other], grid_size=STEP)) > 0
    return all(_each_once(side[shared]) for side in (one, other))


def _each_once(numbers: IntArray) -> bool:
    return len(np.unique(numbers)) == len(numbers)
