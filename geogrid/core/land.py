"""A land: the cells of all levels of a scheme at one moment, as plain arrays.

This is what the audits, the locator and the certificate work on; where it was read from they do not know.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.lattice import IntArray, Shapes
from geogrid.core.predicates import BoolArray

#: Rules whose cells divide land, so that the deepest of them is a leaf (geometry.md 14).
LAND_RULES = frozenset({"partition", "ragged", "partial"})


@dataclass(frozen=True, slots=True)
class LandLevel:
    """A rank of cells.

    Attributes
    ----------
    code : str
    rule : str
        The geometry rule: partition, ragged, partial, dissolve, group, reuse, site, footprint or record.
    parent : int
        Index of the level above among the levels of the land; -1 at the top.
    """

    code: str
    rule: str
    parent: int

    @property
    def divides_land(self) -> bool:
        """Whether cells of this level divide land."""
        return self.rule in LAND_RULES


def levels_above(levels: Sequence[LandLevel], filled: Collection[int]) -> tuple[tuple[int, ...], ...]:
    """Give for each level those above whose cells its own may divide, the nearest first.

    That is the nearest level that divides land and has cells. Where it is ragged some cells above it have
    none of it, and cells further down may divide those: then the next one above as well, and so on.
    """
    found = []
    for level in levels:
        above = []
        up = level.parent
        while up >= 0:
            if levels[up].divides_land and up in filled:
                above.append(up)
                if levels[up].rule != "ragged":
                    break
            up = levels[up].parent
        found.append(tuple(above))
    return tuple(found)


@dataclass(frozen=True)
class Land:
    """The cells of all levels, parallel in every sequence.

    Attributes
    ----------
    levels : tuple of LandLevel
        From the top downwards.
    ident : sequence of UUID, n
    code, name : sequence of str, n
        A draft may hold a code twice; an edition does not.
    level : (n,) int64
        Index into `levels`, ascending.
    parent : (n,) int64
        Index of the parent cell; -1 where there is none.
    shapes : (n,) shapely MultiPolygon or None
        Longitude/latitude on the lattice; None where a cell has no land.
    extent : shapely.MultiPolygon, optional
        The land that the top level is to cover, where the scheme says it.
    drawn : frozenset of int
        Levels that have cells elsewhere, where these are a part of the land only.
    """

    levels: tuple[LandLevel, ...]
    ident: Sequence[UUID]
    code: Sequence[str]
    name: Sequence[str]
    level: IntArray
    parent: IntArray
    shapes: Shapes
    extent: shapely.MultiPolygon | None = field(default=None)
    drawn: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.code)

    @cached_property
    def has_land(self) -> BoolArray:
        """Which cells have a polygon that is not empty, (n,) bool."""
        there: BoolArray = ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))
        return there

    @cached_property
    def land_levels_above(self) -> tuple[tuple[int, ...], ...]:
        """For each level those above whose cells its own may divide: see `levels_above`."""
        return levels_above(self.levels, {int(n) for n in np.unique(self.level[self.has_land])} | self.drawn)

    @property
    def land_level_above(self) -> tuple[int, ...]:
        """For each level the nearest level above that divides land and has cells with land; -1 if none."""
        return tuple(above[0] if above else -1 for above in self.land_levels_above)

    @cached_property
    def land_parent(self) -> IntArray:
        """For each cell its nearest ancestor on `land_levels_above` of its level; -1 if none, (n,) int64.

        There is none either where cells of a level in between divide that ancestor.
        """
        at_levels = np.zeros((len(self.levels) + 1, len(self.levels)), dtype=bool)
        for level, above in enumerate(self.land_levels_above):
            at_levels[level, list(above)] = True
        wanted = at_levels[self.level]
        found = np.where(wanted.any(axis=1), self.parent, -1)
        for _ in self.levels:
            climb = found >= 0
            climb[climb] = ~wanted[climb, self.level[found[climb]]]
            if not climb.any():
                break
            found[climb] = self.parent[found[climb]]
        return self._without_bypassing(found)

    def _without_bypassing(self, found: IntArray) -> IntArray:
        """Take the parent from cells that bypass a level whose cells divide that parent."""
        nearest = np.array([*self.land_level_above, -1], dtype=np.int64)[self.level]
        bypassing = np.flatnonzero((found >= 0) & (self.level[found] != nearest))
        if len(bypassing):
            divided = set(zip(found.tolist(), self.level.tolist(), strict=True))
            for cell in bypassing.tolist():
                parent = int(found[cell])
                between = [up for up in self.land_levels_above[self.level[cell]] if up > self.level[parent]]
                if any((parent, level) in divided for level in between):
                    found[cell] = -1
        return found

    def parents_at(self, level: int) -> IntArray:
        """Give the indices of the cells that cells of a level divide, or are to divide, in order."""
        above = self.land_level_above[level]
        direct = self.cells_at(above) if above >= 0 else np.zeros(0, dtype=np.int64)
        there = self.land_parent[self.cells_at(level)]
        return np.union1d(direct, there[there >= 0])

    def down_to(self, level: int) -> Land:
        """Give the land without the cells of deeper levels; cells keep their index.

        Cells are in order of their levels, the top first, so those that stay come first.
        """
        kept = int(np.searchsorted(self.level, level, side="right"))
        return replace(
            self,
            ident=self.ident[:kept],
            code=self.code[:kept],
            name=self.name[:kept],
            level=self.level[:kept],
            parent=self.parent[:kept],
            shapes=self.shapes[:kept],
        )

    def cells_at(self, level: int) -> IntArray:
        """Give the indices of the cells of a level that have land."""
        return np.flatnonzero((self.level == level) & self.has_land)

    def chain(self, cell: int) -> list[int]:
        """Give a cell and its ancestors, the top first."""
        chain: list[int] = []
        while cell >= 0 and cell not in chain:
            chain.append(cell)
            cell = int(self.parent[cell])
        return chain[::-1]
