"""Which features a change may give another answer (geometry.md 16), found where they lie.

The answers are those of leaves. So what counts of a change are the cells that are or may be leaves before or
after it, whole before and whole after: the features that meet them, whatever changed of them. Of cells that
others divide, which gain nodes with every leaf at their rim, nothing counts but for places without any leaf.
A feature in no cell keeps how far the nearest is, and whether that is in a gap may depend on an outline far
away: it may get another answer without meeting anything that changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from boundaries.models import Scheme
from geogrid.core.change import CellChange, Change
from geogrid.core.coverage import Box, Cell, Ground
from geogrid.core.land import LandLevel
from layers.selectors import rows_of
from layers.selectors.boxes import STEP, boxes_joined, boxes_of
from layers.selectors.near import StoredLevels, has_land, levels_above
from layers.selectors.outlines import rings_stay

#: Beyond so many cells that may be leaves all features are asked at once.
MANY_CELLS = 3_000

#: Parents with the level of a child that tiles them.
_Tiled = set[tuple[UUID, int]]


@dataclass(frozen=True)
class TouchedLand:
    """The land that counts of a change.

    Attributes
    ----------
    cells : mapping of UUID to the shapes that each cell has or had
        Those that are or may be leaves.
    outlines : sequence of Box
        Around what changed of the outlines of other cells.
    top : bool
        The outline of the whole land changed so that it may surround what is far away, or no longer do so.
    """

    cells: Mapping[UUID, Sequence[shapely.MultiPolygon]]
    outlines: Sequence[Box]
    top: bool

    @property
    def shapes(self) -> list[shapely.MultiPolygon]:
        """The shapes of all cells, each once."""
        return list({shape.wkb: shape for shapes in self.cells.values() for shape in shapes}.values())

    @property
    def boxes(self) -> list[Box]:
        """The boxes around the cells, put together."""
        return boxes_joined(boxes_of(self.shapes))


def levels_filled_otherwise(change: Change, stored: StoredLevels) -> bool:
    """Tell whether a level gets its first land or loses its last: then any cell may be another's leaf.

    `stored` are the levels after the change without the cells that get land by it.
    """
    gained = {one.after.level for one in change.cells if _lands(one.after) and not _lands(one.before)}
    lost = {one.before.level for one in change.cells if _lands(one.before) and not _lands(one.after)}
    return not (gained | lost) <= stored.examples.keys()


def gaining_land(change: Change) -> list[UUID]:
    """Give the cells that have land after a change and had none before."""
    return [one.ident for one in change.cells if _lands(one.after) and not _lands(one.before)]


def touched_land(change: Change, ground: Ground, filled: Collection[int]) -> TouchedLand:
    """Find the land that counts of a change.

    Parameters
    ----------
    change : Change
    ground : Ground
        The cells that do not change; of those that do it is not asked.
    filled : collection of int
        The levels that have cells with land.
    """
    levels, above = ground.levels, levels_above(ground.levels, filled)
    changed = {one.ident: one for one in change.cells}
    before = _tiled([one.before for one in change.cells], levels)
    after = _tiled([one.after for one in change.cells], levels)
    cells: dict[UUID, list[shapely.MultiPolygon]] = {}
    outlines: list[Box] = []
    top = False
    for one in filter(_counts, change.cells):
        sides = [(one.before, before), (one.after, after)]
        dividing = [(cell, tiled) for cell, tiled in sides if _divides(cell, levels)]
        if not dividing:
            continue
        if all(_is_tiled(cell, tiled, above) for cell, tiled in dividing):
            outlines += _outline_changes(one)
        else:
            cells[one.ident] = [cell.shape for cell, _ in dividing]
        top = top or (one.moved and not one.noded and above[dividing[0][0].level] < 0)
    for cell in _others(change, changed, before, after, ground):
        cells[cell.ident] = [cell.shape]
    top = top and ground.extent is None and not rings_stay(change, ground, filled)
    return TouchedLand(cells, outlines, top)


def _counts(one: CellChange) -> bool:
    """Tell whether more than what people call a cell changed."""
    if one.before is None or one.after is None or one.moved:
        return True
    return (one.before.code, one.before.parent) != (one.after.code, one.after.parent)


def _lands(cell: Cell | None) -> bool:
    return cell is not None and has_land(cell)


def _divides(cell: Cell | None, levels: Sequence[LandLevel]) -> bool:
    return cell is not None and has_land(cell) and levels[cell.level].divides_land


def _tiled(cells: Iterable[Cell | None], levels: Sequence[LandLevel]) -> _Tiled:
    return {
        (cell.parent, cell.level)
        for cell in cells
        if _divides(cell, levels) and levels[cell.level].rule != "partial" and cell.parent is not None
    }


def _is_tiled(cell: Cell, tiled: _Tiled, above: Sequence[int]) -> bool:
    """Tell whether a cell is certainly no leaf, because one that changes with it divides it."""
    below = [level for level, divided in enumerate(above) if divided == cell.level]
    return any((cell.ident, level) in tiled for level in below)


def _others(
    change: Change, changed: Mapping[UUID, CellChange], before: _Tiled, after: _Tiled, ground: Ground
) -> list[Cell]:
    """Find the cells that do not change and may begin or cease to be leaves, since what divides them does."""
    levels = ground.levels
    doubtful = {parent for parent, _ in before ^ after}
    for one in change.cells:
        # What stands between cells that divide land may take those below it elsewhere.
        if not _divides(one.before, levels) and not _divides(one.after, levels):
            above = [cell and cell.parent for cell in (one.before, one.after)]
            doubtful |= {parent for parent in above if parent is not None} if above[0] != above[1] else set()
    found: dict[UUID, Cell] = {}
    seen: set[UUID] = set()
    while doubtful := doubtful - seen:
        seen |= doubtful
        there = ground.by_ident(doubtful - changed.keys())
        found.update((ident, cell) for ident, cell in there.items() if _divides(cell, levels))
        sides = [
            cell
            for ident in doubtful & changed.keys()
            for cell in (changed[ident].before, changed[ident].after)
        ]
        between = [
            cell for cell in (*there.values(), *sides) if cell is not None and not _divides(cell, levels)
        ]
        doubtful = {cell.parent for cell in between if cell.parent is not None}
    return list(found.values())


def _outline_changes(one: CellChange) -> list[Box]:
    """Give the box around the edges that a cell's outline gained and lost."""
    if not one.moved:
        return []
    edges = [_edges(cell.shape) for cell in (one.before, one.after) if _lands(cell)]
    only = edges[0] ^ edges[1] if len(edges) == 2 else edges[0] if edges else set()
    if not only:
        return []
    corners = np.array(sorted(only), dtype=np.float64).reshape(-1, 2)
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return [(west, south, east, north)]


def _edges(shape: shapely.MultiPolygon) -> set[tuple[float, ...]]:
    rings = shapely.get_rings(shapely.get_parts(shape))
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(of_ring[1:] == of_ring[:-1])
    return set(map(tuple, np.concatenate([xy[edge], xy[edge + 1]], axis=1).tolist()))


def touched_features(scheme: Scheme, touched: TouchedLand, since: dt.datetime) -> list[int]:
    """Give the features that may get another answer from a time on, in order of their ids."""
    boxes = [*touched.boxes, *touched.outlines]
    facts = {
        "scheme": scheme.pk,
        "since": since,
        "step": STEP,
        "shapes": shapely.to_wkb(np.array(touched.shapes, dtype=object)).tolist(),
        "cells": list(touched.cells),
        "all_lost": touched.top,
        **{
            side: [box[place] for box in boxes]
            for place, side in enumerate(("west", "south", "east", "north"))
        },
    }
    return [row[0] for row in rows_of("features_touched", facts)]
