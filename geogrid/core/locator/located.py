"""What is told of points: which leaf holds each, and why (geometry.md 14, 15, 17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from geogrid.core.lattice import FloatArray, IntArray, to_lattice
from geogrid.core.locator.points import PointIndex
from geogrid.core.predicates import BoolArray


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
    several : (s,) int64, ascending
        The points that more than one leaf holds.
    holders : (t,) int64
        For those points all leaves whose closed area holds each, codes in byte order.
    holders_start : (s + 1,) int64
        Where each of them begins in `holders`.
    on_ground : callable
        Tells which of the points that no leaf holds are on land that a leaf should hold, in order.
    """

    leaf: IntArray
    on_edge: BoolArray
    several: IntArray
    holders: IntArray
    holders_start: IntArray
    on_ground: Callable[[], BoolArray]

    @cached_property
    def reason(self) -> IntArray:
        """Why each point has the answer it has, a `Reason`: (n,) int64.

        Worked out when it is asked for: which land is the scheme's may take longer than all the rest.
        """
        reason = np.full(len(self.leaf), Reason.IN_CELL, dtype=np.int64)
        lost = self.leaf < 0
        if lost.any():
            reason[lost] = np.where(self.on_ground(), Reason.GAP, Reason.OUTSIDE)
        return reason

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
        Gives the land in which a place without a leaf is a gap; called if it is asked for.
    lonlat : (n, 2) float64, degrees

    Raises
    ------
    BadCoordinates
        If a coordinate is not finite or not on the earth.
    """
    lonlat = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    cell, on_edge, many = leaves.first(lonlat)
    several = np.flatnonzero(many)
    holders, start = leaves.holders(to_lattice(lonlat[several]))
    lost = lonlat[cell < 0]

    def on_ground() -> BoolArray:
        return ground().first(lost)[0] >= 0

    return Located(cell, on_edge, several, holders, start, on_ground)
