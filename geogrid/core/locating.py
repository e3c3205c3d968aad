"""Which leaf holds a point: exactly one, on edges and corners too (geometry.md 14, 15, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.predicates import BoolArray


class Reason(IntEnum):
    """Why a point has the answer it has."""

    IN_CELL = 0
    GAP = 1
    OUTSIDE = 2


@dataclass(frozen=True, slots=True)
class Located:
    """Where points lie, parallel in every array.

    Attributes
    ----------
    leaf : (n,) int64
        Index into the cells of the land; -1 where no leaf holds the point.
    on_edge : (n,) bool
        The point lies on the border of at least one leaf: between leaves or on the rim of the land.
    reason : (n,) int64
        A `Reason`.
    """

    leaf: IntArray
    on_edge: BoolArray
    reason: IntArray

    def touching(self, point: int) -> tuple[int, ...]:
        """Give all leaves whose closed area holds a point, their codes in byte order."""
        raise NotImplementedError


@dataclass(frozen=True)
class Locator:
    """Answers which leaf of a land holds a point.

    Attributes
    ----------
    land : Land
    """

    land: Land

    @classmethod
    def of(cls, land: Land) -> Locator:
        """Find the leaves of a land and index them."""
        raise NotImplementedError

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
        raise NotImplementedError

    def nearest(self, lonlat: FloatArray) -> tuple[IntArray, FloatArray]:
        """Give the nearest leaf of each point (-1 if the land has none) and how far it is, in metres."""
        raise NotImplementedError

    def border_distance(self, lonlat: FloatArray, leaf: IntArray) -> FloatArray:
        """Measure how far each point is from the border of a leaf, in metres."""
        raise NotImplementedError
