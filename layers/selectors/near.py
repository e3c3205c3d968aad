"""The land around some places: read in part, and in those places the same leaves as the whole land.

Which cell is a leaf depends on what divides it, which may lie elsewhere, and on which levels have any land at
all. What is needed of that is read as well, so that a locator of the part answers in its places as that of
the whole would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely

from boundaries.models import Scheme
from geogrid.core.coverage import Box, Cell, Ground, land_of
from geogrid.core.land import Land, LandLevel
from layers.selectors import rows_of
from layers.selectors.boxes import STEP, boxes_joined


@dataclass(frozen=True)
class StoredLevels:
    """What the editions of a scheme say at a time about whole levels.

    Attributes
    ----------
    without : sequence of UUID
        Cells that do not count.
    """

    scheme: Scheme
    at: dt.datetime
    without: Sequence[UUID] = ()

    @cached_property
    def examples(self) -> dict[int, UUID]:
        """One cell with land of each level that has any."""
        facts = {"scheme": self.scheme.pk, "at": self.at, "without": list(self.without)}
        return dict(rows_of("level_examples", facts))

    def cells(self, levels: Iterable[int]) -> list[UUID]:
        """Give all cells of some levels, which are named by their place among the levels."""
        facts = {"scheme": self.scheme.pk, "at": self.at, "places": sorted(levels)}
        return [row[0] for row in rows_of("cells_of_levels", facts)]


@dataclass(frozen=True)
class NearGround:
    """A ground that gives parts of its land."""

    ground: Ground
    stored: StoredLevels

    def land(self, boxes: Sequence[Box], *, covered: bool = False, tops: bool = False) -> Land:
        """Give the land around boxes.

        Parameters
        ----------
        boxes : sequence of Box
        covered : bool
            Which ground a place without a leaf lies in is to be asked. Without that, cells that others divide
            have a box for a shape: a large outline takes longer to look at than all the leaves.
        tops : bool
            The holes in the outline of the top level are to be known as well.
        """
        joined = boxes_joined(boxes)
        cells = {cell.ident: cell for box in joined for cell in self.ground.meeting(box)}
        near = _meeting(list(cells.values()), joined)
        self._add_what_is_above(cells)
        self._add_what_divides(cells, near)
        self._add_examples(cells)
        if tops:
            self._add_tops(cells)
        if not covered:
            cells = self._sketched(cells)
        return land_of(self.ground.levels, cells.values(), self.ground.extent)

    def dividing(self, cell: Cell) -> bool:
        """Tell whether a cell has land and is of a level that divides land."""
        return has_land(cell) and self.ground.levels[cell.level].divides_land

    def tiling(self, cell: Cell) -> bool:
        """Tell whether a cell divides the one above it without a rest."""
        return self.dividing(cell) and self.ground.levels[cell.level].rule != "partial"

    def _add_what_is_above(self, cells: dict[UUID, Cell]) -> None:
        while missing := {cell.parent for cell in cells.values() if cell.parent is not None} - cells.keys():
            found = self.ground.by_ident(missing)
            if not found:
                return
            cells.update(found)

    def _add_what_divides(self, cells: dict[UUID, Cell], near: set[UUID]) -> None:
        """Where nothing that is there divides a cell, look whether something does elsewhere."""
        divided = {one.parent for one in cells.values() if self.tiling(one)}
        asked = [ident for ident in near if ident not in divided and self.dividing(cells[ident])]
        while asked:
            below = [one for one in self.ground.children(asked) if one.ident not in cells]
            cells.update((one.ident, one) for one in below)
            # What has no land of its own stands between a cell and those that divide it.
            asked = [one.ident for one in below if not self.dividing(one)]

    def _add_examples(self, cells: dict[UUID, Cell]) -> None:
        there = {cell.level for cell in cells.values() if has_land(cell)}
        missing = [ident for level, ident in self.stored.examples.items() if level not in there]
        if missing:
            cells.update(self.ground.by_ident(missing))

    def _add_tops(self, cells: dict[UUID, Cell]) -> None:
        levels, there = self.ground.levels, {cell.level for cell in cells.values() if has_land(cell)}
        above = levels_above(levels, there)
        top = [one for one in there if above[one] < 0 and levels[one].divides_land]
        missing = set(self.stored.cells(top)) - cells.keys()
        cells.update(self.ground.by_ident(missing))

    def _sketched(self, cells: dict[UUID, Cell]) -> dict[UUID, Cell]:
        above = levels_above(self.ground.levels, {one.level for one in cells.values() if has_land(one)})
        certain = {
            one.parent
            for one in cells.values()
            if self.tiling(one) and one.parent in cells and above[one.level] == cells[one.parent].level
        }
        return {
            ident: replace(cell, shape=_box_of(cell)) if ident in certain and self.tiling(cell) else cell
            for ident, cell in cells.items()
        }


def levels_above(levels: Sequence[LandLevel], filled: Collection[int]) -> list[int]:
    """Give for each level the one that it divides: the nearest above that has land; -1 if there is none."""
    found = []
    for level in levels:
        above = level.parent
        while above >= 0 and not (levels[above].divides_land and above in filled):
            above = levels[above].parent
        found.append(above)
    return found


def has_land(cell: Cell) -> bool:
    """Tell whether a cell has a polygon that is not empty."""
    return cell.shape is not None and not cell.shape.is_empty


def _meeting(cells: Sequence[Cell], boxes: Sequence[Box]) -> set[UUID]:
    """Tell which cells meet one of some boxes themselves, or lie a step beside."""
    if not cells:
        return set()
    wide = [
        shapely.box(west - STEP, south - STEP, east + STEP, north + STEP)
        for west, south, east, north in boxes
    ]
    tree = shapely.STRtree([cell.shape for cell in cells])
    return {cells[place].ident for place in tree.query(wide, predicate="intersects")[1].tolist()}


def _box_of(cell: Cell) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(*shapely.bounds(np.array([cell.shape]))[0].tolist())])
