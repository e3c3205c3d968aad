"""Which polygons hold which points, exactly: whole numbers in, no tolerance (geometry.md 1, 2).

A ray runs from the point to the east; an odd number of edges across it means inside. An edge with the point
on it means border. Both are questions of the sign of one product of differences, taken in 64 bits where it
fits and in two halves where it does not. The edges of a polygon are listed by horizontal slabs, so that a
point looks at a few of them only, however long the border is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.lattice import IntArray, Shapes, to_lattice
from geogrid.core.predicates import BoolArray

_Function = TypeVar("_Function", bound=Callable[..., object])

_OUTSIDE, _INSIDE, _BORDER = 0, 1, 2
# Differences below this have products whose difference fits 64 bits.
_SHORT = 1 << 31
_HALF_BITS = 20
_POINTS_AT_ONCE = 200_000
_EDGES_PER_SLAB = 4
_LISTINGS_PER_EDGE = 3


def _compiled(function: _Function) -> _Function:
    return cast("_Function", numba.njit(cache=True, nogil=True)(function))


@_compiled
def turn_exactly(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> int:
    """Give 1 where a point lies left of a → b, -1 where right, 0 where on that line; lattice integers."""
    dx, dy, px, py = bx - ax, by - ay, x - ax, y - ay
    if abs(dx) < _SHORT and abs(dy) < _SHORT and abs(px) < _SHORT and abs(py) < _SHORT:
        whole = dx * py - dy * px
        return int(whole > 0) - int(whole < 0)
    # No difference is above 2^36: with py and px in two halves neither sum comes near 2^63.
    mask = (1 << _HALF_BITS) - 1
    high = dx * (py >> _HALF_BITS) - dy * (px >> _HALF_BITS)
    low = dx * (py & mask) - dy * (px & mask)
    high += low >> _HALF_BITS
    if high != 0:
        return 1 if high > 0 else -1
    return int((low & mask) != 0)


@_compiled
def _side(xy: IntArray, listed: IntArray, x: int, y: int) -> int:
    inside = False
    for edge in listed:
        ax, ay, bx, by = xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1]
        if (ay < y and by < y) or (ay > y and by > y) or (ax < x and bx < x):
            continue
        across = (ay <= y) != (by <= y)
        if ax > x and bx > x:
            inside ^= across
            continue
        turn = turn_exactly(ax, ay, bx, by, x, y)
        if turn == 0:
            return _BORDER
        inside ^= across and (turn > 0) == (by > ay)
    return _INSIDE if inside else _OUTSIDE


@_compiled
def _sides(
    xy: IntArray,
    low: IntArray,
    height: IntArray,
    slab_start: IntArray,
    first: IntArray,
    listed: IntArray,
    points: IntArray,
    pairs: IntArray,
) -> NDArray[np.int8]:
    """Tell for each pair (point, polygon) on which side of the border the point lies."""
    sides = np.zeros(len(pairs), dtype=np.int8)
    for pair in range(len(pairs)):
        point, polygon = pairs[pair]
        x, y = points[point]
        above = y - low[polygon]
        if 0 <= above < height[polygon]:
            slabs = slab_start[polygon + 1] - slab_start[polygon]
            slab = slab_start[polygon] + above * slabs // height[polygon]
            sides[pair] = _side(xy, listed[first[slab] : first[slab + 1]], x, y)
    return sides


@dataclass(frozen=True, slots=True)
class Holding:
    """Which closed polygons hold which points.

    Attributes
    ----------
    point : (k,) int64, ascending
    polygon : (k,) int64, ascending within a point
    border : (k,) bool
        Whether the point lies on the border of the polygon.
    """

    point: IntArray
    polygon: IntArray
    border: BoolArray

    def start(self, points: int) -> IntArray:
        """Give where each of so many points begins, and the end of the last: (points + 1,) int64."""
        return np.searchsorted(self.point, np.arange(points + 1)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class PolygonIndex:
    """Polygons on the lattice, arranged for the question which of them hold a point.

    Attributes
    ----------
    tree : shapely.STRtree
        The box around each polygon, in lattice steps.
    xy : (v, 2) int64
        All rings, one after the other, closed.
    low, height : (m,) int64
        The lowest row of each polygon and how many rows it has.
    slab_start : (m + 1,) int64
        Where the slabs of each polygon begin; all are equally high.
    first : (s + 1,) int64
        Where the edges of each slab begin in `listed`.
    listed : (k,) int64
        Edges that reach into the slab: index of the first end in `xy`.
    """

    tree: shapely.STRtree
    xy: IntArray
    low: IntArray
    height: IntArray
    slab_start: IntArray
    first: IntArray
    listed: IntArray

    @classmethod
    def of(cls, shapes: Shapes) -> PolygonIndex:
        """Index polygons.

        Parameters
        ----------
        shapes : (m,) shapely Polygon or MultiPolygon, not empty
            Longitude/latitude. What an odd number of rings surrounds is inside, valid or not.
        """
        xy, edge, of_edge, start = _edges_of(shapes)
        if not len(shapes):
            none = np.zeros(1, dtype=np.int64)
            return cls(shapely.STRtree([]), xy, none[:0], none[:0], none, none, edge)
        lowest, highest = np.minimum.reduceat(xy, start), np.maximum.reduceat(xy, start)
        low, height = lowest[:, 1], highest[:, 1] - lowest[:, 1] + 1
        ends = np.stack([xy[edge, 1], xy[edge + 1, 1]])
        south, north = ends.min(axis=0), ends.max(axis=0)
        slab_start = _slab_starts(of_edge, north - south, height)
        slabs, base = np.diff(slab_start)[of_edge], slab_start[of_edge]
        from_slab = base + (south - low[of_edge]) * slabs // height[of_edge]
        to_slab = base + (north - low[of_edge]) * slabs // height[of_edge]
        count = to_slab - from_slab + 1
        nth = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        slab = np.repeat(from_slab, count) + nth
        order = np.argsort(slab, kind="stable")
        first = np.searchsorted(slab[order], np.arange(slab_start[-1] + 1)).astype(np.int64)
        boxes = shapely.box(lowest[:, 0], lowest[:, 1], highest[:, 0], highest[:, 1])
        return cls(shapely.STRtree(boxes), xy, low, height, slab_start, first, np.repeat(edge, count)[order])

    def holding(self, points: IntArray) -> Holding:
        """Find the closed polygons that hold each of (n, 2) lattice points."""
        found = [
            self._holding(points[begin : begin + _POINTS_AT_ONCE], begin)
            for begin in range(0, len(points), _POINTS_AT_ONCE)
        ]
        none = np.zeros(0, dtype=np.int64)
        point, polygon, side = (
            (np.concatenate(column) for column in zip(*found, strict=True)) if found else (none, none, none)
        )
        return Holding(point, polygon, side == _BORDER)

    def _holding(self, points: IntArray, begin: int) -> tuple[IntArray, IntArray, NDArray[np.int8]]:
        at = shapely.points(points.astype(np.float64))
        pairs = np.ascontiguousarray(self.tree.query(at).T.astype(np.int64))
        sides = _sides(
            self.xy, self.low, self.height, self.slab_start, self.first, self.listed, points, pairs
        )
        held = np.flatnonzero(sides)
        held = held[np.lexsort((pairs[held, 1], pairs[held, 0]))]
        return pairs[held, 0] + begin, pairs[held, 1], sides[held]


def _edges_of(shapes: Shapes) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Lay the rings of polygons end to end.

    Returns
    -------
    xy : (v, 2) int64, contiguous
    edge : (e,) int64
        Those indices into `xy` that an edge begins with.
    of_edge : (e,) int64
        The polygon of each edge.
    start : (m,) int64
        Where each polygon begins in `xy`.
    """
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    lonlat, ring = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    polygon = part_of[ring_of[ring]].astype(np.int64)
    start = np.searchsorted(polygon, np.arange(len(shapes)))
    return np.ascontiguousarray(to_lattice(lonlat)), edge, polygon[edge], start


def _slab_starts(of_edge: IntArray, rise: IntArray, height: IntArray) -> IntArray:
    """Cut each polygon into as many slabs as keep the lists short, in each slab and in sum."""
    edges = np.bincount(of_edge, minlength=len(height))
    risen = np.bincount(of_edge, weights=rise, minlength=len(height))
    most = (_LISTINGS_PER_EDGE * edges * (height / (risen + 1.0))).astype(np.int64)
    slabs = np.maximum(1, np.minimum(edges // _EDGES_PER_SLAB, most))
    return np.concatenate([[0], np.cumsum(slabs)]).astype(np.int64)
