"""Which leaf holds a point: exactly one, on edges and corners too (geometry.md 14, 15, 17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import shapely

from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, Shapes, to_lattice
from geogrid.core.leaves import Leaves, covered_ground, leaves_of
from geogrid.core.locator.points import PointIndex, on_the_lattice
from geogrid.core.nearest import Borders
from geogrid.core.predicates import BoolArray
from geogrid.core.shares import Overlay


class Reason(IntEnum):
    """Why a point has the answer it has."""

    IN_CELL = 0
    GAP = 1
    OUTSIDE = 2


@dataclass(frozen=True)
class Located:
    """Where points lie, parallel in every array.

    Attributes
    ----------
    leaf : (n,) int64
        Index into the cells of the land; -1 where no leaf holds the point. Where several do, the one with
        the lowest code in byte order.
    on_edge : (n,) bool
        The point lies on the border of at least one leaf: between leaves or on the rim of the land.
    reason : (n,) int64
        A `Reason`.
    several : (s,) int64, ascending
        The points that more than one leaf holds.
    holders : (t,) int64
        For those points all leaves whose closed area holds each, codes in byte order.
    holders_start : (s + 1,) int64
        Where each of them begins in `holders`.
    """

    leaf: IntArray
    on_edge: BoolArray
    reason: IntArray
    several: IntArray
    holders: IntArray
    holders_start: IntArray

    @cached_property
    def start(self) -> IntArray:
        """Where each point begins in `held_by`, and its end: (n + 1,) int64."""
        count = (self.leaf >= 0).astype(np.int64)
        count[self.several] = np.diff(self.holders_start)
        return np.concatenate([[0], np.cumsum(count)])

    @cached_property
    def held_by(self) -> IntArray:
        """All leaves whose closed area holds each point, point by point, codes in byte order: (k,) int64."""
        held = np.repeat(self.leaf, np.diff(self.start))
        of_several = np.repeat(
            self.start[self.several] - self.holders_start[:-1], np.diff(self.holders_start)
        )
        held[of_several + np.arange(len(self.holders))] = self.holders
        return held

    def touching(self, point: int) -> tuple[int, ...]:
        """Give all leaves whose closed area holds a point, their codes in byte order."""
        return tuple(self.held_by[self.start[point] : self.start[point + 1]].tolist())


def located(leaves: PointIndex, ground: Callable[[], PointIndex], lonlat: FloatArray) -> Located:
    """Locate points among leaves.

    Parameters
    ----------
    leaves : PointIndex
        It answers with cells.
    ground : callable
        Gives the land in which a place without a leaf is a gap; called if there is such a place.
    lonlat : (n, 2) float64, degrees

    Raises
    ------
    BadCoordinates
        If a coordinate is not finite or not on the earth.
    """
    lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    cell, on_edge, many = leaves.first(lonlat)
    reason = np.full(len(cell), Reason.IN_CELL, dtype=np.int64)
    lost = np.flatnonzero(cell < 0)
    if len(lost):
        covered, _, _ = ground().first(lonlat[lost])
        reason[lost] = np.where(covered >= 0, Reason.GAP, Reason.OUTSIDE)
    several = np.flatnonzero(many)
    holders, start = leaves.holders(to_lattice(lonlat[several]))
    return Located(cell, on_edge, reason, several, holders, start)


@dataclass(frozen=True)
class Locator:
    """Answers which leaf of a land holds a point. What it needs it builds when it is first asked.

    Attributes
    ----------
    land : Land
    leaves : Leaves
    """

    land: Land
    leaves: Leaves

    @classmethod
    def of(cls, land: Land) -> Locator:
        """Find the leaves of a land."""
        return cls(land, leaves_of(land))

    def points(self, lonlat: FloatArray) -> Located:
        """Locate points.

        Parameters
        ----------
        lonlat : (n, 2) float64, degrees
            Brought to the lattice first.

        Raises
        ------
        BadCoordinates
            If a coordinate is not finite or not on the earth.
        """
        return located(self._index, lambda: self._ground_index, lonlat)

    def nearest(self, lonlat: FloatArray) -> tuple[IntArray, FloatArray]:
        """Find the nearest leaf of each point.

        Parameters
        ----------
        lonlat : (n, 2) float64, degrees

        Returns
        -------
        leaf : (n,) int64
            Index into the cells of the land; where several are as near, the one with the lowest code in byte
            order. -1 if the land has no leaves.
        metres : (n,) float64
            Geodesic; 0 inside the leaf, infinite if there is none.
        """
        leaf = self.points(lonlat).leaf
        metres = np.zeros(len(leaf))
        lost = np.flatnonzero(leaf < 0)
        leaf[lost], metres[lost] = self.nearest_to(shapely.points(np.asarray(lonlat)[lost]))
        return leaf, metres

    def nearest_to(self, shapes: Shapes) -> tuple[IntArray, FloatArray]:
        """Find the leaf whose border is nearest to each geometry that lies in none; else like `nearest`."""
        number, metres = self._borders.nearest(shapes)
        return np.append(self.leaves.cell, -1)[number], metres

    def border_distance(self, lonlat: FloatArray, leaf: IntArray) -> FloatArray:
        """Measure how far each point is from the border of a leaf.

        Parameters
        ----------
        lonlat : (n, 2) float64, degrees
        leaf : (n,) int64
            Index into the cells of the land.

        Returns
        -------
        (n,) float64
            Geodesic, metres; not a number where the cell is -1 or no leaf.
        """
        on_the_lattice(lonlat)
        number = self.leaf_number[leaf]
        known = np.flatnonzero(number >= 0)
        metres = np.full(len(leaf), np.nan)
        metres[known] = self._borders.distance(np.asarray(lonlat)[known], number[known])
        return metres

    @cached_property
    def leaf_number(self) -> IntArray:
        """The place of each cell of the land among the leaves, -1 where it is none; a last -1 for cell -1."""
        number = np.full(len(self.land) + 1, -1, dtype=np.int64)
        number[self.leaves.cell] = np.arange(len(self.leaves.cell))
        return number

    @cached_property
    def leaf_overlay(self) -> Overlay:
        """The leaves, ready to measure what features share with them."""
        return Overlay.of(self.leaves.shapes)

    @cached_property
    def ground_overlay(self) -> Overlay:
        """The land in which a place without a leaf is a gap."""
        return Overlay.of(self._covered_ground)

    @cached_property
    def _index(self) -> PointIndex:
        return PointIndex.of(self.leaves.shapes, self.leaves.cell)

    @cached_property
    def _borders(self) -> Borders:
        return Borders.of(self.leaves.shapes)

    @cached_property
    def _covered_ground(self) -> Shapes:
        return covered_ground(self.land)

    @cached_property
    def _ground_index(self) -> PointIndex:
        return PointIndex.of(self._covered_ground)
