"""Polygons arranged for the question which of them hold a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from geogrid.core.errors import BadCoordinates
from geogrid.core.lattice import FloatArray, IntArray, Shapes, to_lattice
from geogrid.core.locator import asking, boxes, reading
from geogrid.core.locator.building import Squares, frame_numbers, squares_of
from geogrid.core.locator.edges import Edges, Words
from geogrid.core.locator.threads import in_threads, ranges
from geogrid.core.predicates import BoolArray

_Array = TypeVar("_Array", bound=np.ndarray[Any, Any])
#: What an index may take unless told otherwise; a land of 21,137 cells of 98 vertices takes a quarter of it.
BYTES_AT_MOST = 256 << 20
# Below this one core is done before a second one has begun.
_POINTS_AT_ONCE = 50_000
NOTHING = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class PointIndex:
    """Squares over polygons.

    Attributes
    ----------
    grid : (7,) int64
        The frame of the raster and how many `words` there are.
    raster : (rows · cols,) int32
    words, more : int32
        Blocks, as `geogrid.core.locator.building.Squares` has them; what begins beyond `words` is in `more`.
    """

    grid: IntArray
    raster: Words
    words: Words
    more: Words

    @classmethod
    def of(
        cls, shapes: Shapes, cell: IntArray | None = None, bytes_at_most: int = BYTES_AT_MOST
    ) -> PointIndex:
        """Index polygons.

        Parameters
        ----------
        shapes : (m,) shapely Polygon or MultiPolygon, not empty
            Longitude/latitude. What an odd number of rings surrounds is inside, valid or not.
        cell : (m,) int64, optional
            What to answer for each polygon; its place if not given.
        bytes_at_most : int
            The edges themselves, 20 to 40 bytes each, may need more.
        """
        answers = np.arange(len(shapes)) if cell is None else cell
        return cls.from_squares(squares_of(Edges.of(shapes), answers.astype(np.int32), bytes_at_most))

    @classmethod
    def from_squares(cls, squares: Squares) -> PointIndex:
        """Take what was built."""
        grid = frame_numbers(squares.frame, squares.words)
        return cls.read_only(grid, squares.raster.reshape(-1), squares.words, NOTHING.copy())

    @classmethod
    def read_only(cls, grid: IntArray, raster: Words, words: Words, more: Words) -> PointIndex:
        """Take arrays that nobody writes to: then they are of the same type wherever they come from."""
        return cls(_locked(grid), _locked(raster), _locked(words), _locked(more))

    @cached_property
    def board(self) -> asking.Board:
        """What compiled code takes."""
        return asking.Board(self.grid, self.raster, self.words, self.more)

    def compacted(self) -> PointIndex:
        """Give one that has all blocks in `words`, and only those that the raster asks for."""
        raster = self.raster.copy()
        words = reading.live_words(self.board, raster)
        return self.read_only(np.append(self.grid[:6], len(words)), raster, words, NOTHING)

    @property
    def nbytes(self) -> int:
        """How many bytes it takes."""
        return self.grid.nbytes + self.raster.nbytes + self.words.nbytes + self.more.nbytes

    def first(self, lonlat: FloatArray) -> tuple[IntArray, BoolArray, BoolArray]:
        """Find for points the first polygon that holds each.

        Parameters
        ----------
        lonlat : (n, 2) float64, degrees
            Brought to the lattice first.

        Returns
        -------
        cell : (n,) int64
            -1 where none does.
        on_edge, several : (n,) bool
            Whether the point lies on a border; whether more than one polygon holds it.

        Raises
        ------
        BadCoordinates
            If a coordinate is not finite or not on the earth, naming the first such point.
        """
        flat = _flat(lonlat)
        return self._first(flat, flat[1:], 2, len(flat) // 2)

    def first_of(self, lon: FloatArray, lat: FloatArray) -> tuple[IntArray, BoolArray, BoolArray]:
        """Do the same for points whose longitudes and latitudes, (n,) float64, lie apart."""
        return self._first(_flat(lon), _flat(lat), 1, len(lon))

    def _first(
        self, lon: FloatArray, lat: FloatArray, stride: int, count: int
    ) -> tuple[IntArray, BoolArray, BoolArray]:
        cell = np.empty(count, dtype=np.int64)
        on_edge, several = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        pieces = ranges(count, _POINTS_AT_ONCE)

        def piece(part: slice) -> int:
            begin = part.start * stride
            told = asking.Answers(cell[part], on_edge[part], several[part])
            return asking.answers(self.board, asking.Asked(lon[begin:], lat[begin:], stride), told)

        bad = in_threads(piece, pieces)
        for part, number in zip(pieces, bad, strict=True):
            if number >= 0:
                _refuse(part.start + number, lon, lat, stride)
        return cell, on_edge, several

    def cell_at(self, lon: float, lat: float) -> int:
        """Find the first polygon that holds one point in degrees; -1 if none does.

        Raises
        ------
        BadCoordinates
            If it is not on the earth.
        """
        cell: int = asking.cell_of(self.board, lon, lat)
        if cell == asking.NOT_ON_EARTH:
            _refuse(0, np.array([lon]), np.array([lat]), 1)
        return cell

    def cells_of_boxes(self, corners: IntArray) -> IntArray:
        """Find the one polygon that holds all of each of (n, 4) closed boxes, away from any border.

        Parameters
        ----------
        corners : (n, 4) int64
            Lattice positions: west, south, east, north.

        Returns
        -------
        (n,) int64
            -1 where no polygon holds anything of the box, `boxes.MANY` where it is not told.
        """
        cell = np.empty(len(corners), dtype=np.int64)

        def piece(part: slice) -> None:
            boxes.cells_of_boxes(self.board, corners[part], cell[part])

        in_threads(piece, ranges(len(corners), _POINTS_AT_ONCE))
        return cell

    def holders(self, steps: IntArray) -> tuple[IntArray, IntArray]:
        """List all polygons that hold each of (n, 2) lattice points.

        Returns
        -------
        cell : (k,) int64
            Point by point, in the order in which the polygons were given.
        start : (n + 1,) int64
            Where each point begins in `cell`.
        """
        start = np.empty(len(steps) + 1, dtype=np.int64)
        found: IntArray = asking.holders(self.board, steps, start)
        return found, start


def on_the_lattice(lonlat: FloatArray) -> IntArray:
    """Bring points in degrees to the lattice, and refuse what is not on the earth.

    Raises
    ------
    BadCoordinates
        Naming the first such point.
    """
    degrees = np.asarray(lonlat, dtype=np.float64).reshape(-1, 2)
    good = np.isfinite(degrees).all(axis=1) & (np.abs(degrees) <= [180.0, 90.0]).all(axis=1)
    if not good.all():
        _refuse(int(np.argmin(good)), degrees[:, 0], degrees[:, 1], 1)
    return to_lattice(degrees)


def _flat(numbers: FloatArray) -> FloatArray:
    """Lay numbers in a row, without copying if they do."""
    return _locked(np.ascontiguousarray(numbers, dtype=np.float64).reshape(-1))


def _locked(array: _Array) -> _Array:
    """Give an array that cannot be written to, of the same memory."""
    view = array.view()
    view.flags.writeable = False
    return view


def _refuse(point: int, lon: FloatArray, lat: FloatArray, stride: int) -> None:
    east, north = float(lon[point * stride]), float(lat[point * stride])
    raise BadCoordinates(
        f"point {point} is not on the earth: longitude {east:.10g}, latitude {north:.10g};"
        " give degrees, longitude first",
        point=point,
    )
