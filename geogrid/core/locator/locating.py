"""Which leaf holds a point: exactly one, on edges and corners too (geometry.md 14, 15, 17)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, Shapes, to_lattice
from geogrid.core.leaves import Leaves, covered_ground, leaves_of
from geogrid.core.locator.cells import CellTable
from geogrid.core.locator.ground import ground_index
from geogrid.core.locator.index import CellIndex
from geogrid.core.locator.located import Located, located
from geogrid.core.locator.points import PointIndex, on_the_lattice
from geogrid.core.nearest import Borders
from geogrid.core.shares import Polygons


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

    def leaf_at(self, lon: float, lat: float) -> int:
        """Find the leaf that holds a point in degrees: an index into the cells of the land, -1 if none does.

        Raises
        ------
        BadCoordinates
            If it is not on the earth.
        """
        return self._index.cell_at(lon, lat)

    def leaves_around(self, shapes: Shapes) -> IntArray:
        """Find the one leaf that holds the whole box of each of (n,) geometries, away from its border.

        Returns
        -------
        (n,) int64
            Index into the cells of the land; negative where there is none, where it is not known, and for
            what is nothing or empty.
        """
        bounds = shapely.bounds(shapes)
        there = np.flatnonzero(~np.isnan(bounds[:, 0]))
        leaf = np.full(len(shapes), -1, dtype=np.int64)
        leaf[there] = self._index.cells_of_boxes(to_lattice(bounds[there]))
        return leaf

    def index(self, fingerprint: str) -> CellIndex:
        """Give what answers for points without the land, to be saved as a file.

        Parameters
        ----------
        fingerprint : str
            Of the land; at most 64 ASCII characters.
        """
        cells = CellTable.of(self.land, self.leaves)
        return CellIndex(fingerprint, self._index, self._ground_index, cells)

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

    @property
    def is_indexed(self) -> bool:
        """Whether the leaves have been arranged in squares already."""
        return "_index" in self.__dict__

    @cached_property
    def leaf_number(self) -> IntArray:
        """The place of each cell of the land among the leaves, -1 where it is none; a last -1 for cell -1."""
        number = np.full(len(self.land) + 1, -1, dtype=np.int64)
        number[self.leaves.cell] = np.arange(len(self.leaves.cell))
        return number

    @cached_property
    def leaf_polygons(self) -> Polygons:
        """The leaves, to measure what features share with them."""
        return Polygons(self.leaves.shapes)

    @cached_property
    def ground_polygons(self) -> Polygons:
        """The land in which a place without a leaf is a gap."""
        return Polygons(self._covered_ground)

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
        return ground_index(self._index, self._covered_ground)
