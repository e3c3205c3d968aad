"""Snap rounding: give all lines of a land the same nodes, on the lattice (geometry.md 6).

Every vertex and every crossing, rounded, is a *hot pixel*; each segment is led through the centres of the hot
pixels it passes. What comes out has no crossings and no vertex on the inside of a segment, and a second run
changes nothing: the passes are repeated until that holds. The order of the vertices along each line is kept,
so polygons need no new assembly unless a part collapsed.

Method: Hobby, "Practical segment intersection with finite precision output" (1999), iterated as in
Halperin and Packer, "Iterated snap rounding" (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.errors import GeogridError
from geogrid.core.lattice import IntArray, Shapes, to_degrees
from geogrid.core.noded import is_noded
from geogrid.core.predicates import BoolArray, cross_properly, crossing_point, exact, passes_pixel

# Half the diagonal of a pixel, in degrees, with room for the rounding of doubles near ±180 (2.9e-14).
_REACH_DEGREES = 0.7072e-8
_MOST_PASSES = 50
# From so many segments on it is worth while to look first whether they are noded already.
_MANY = 20_000


#: West, south, east, north on the lattice.
LatticeBox = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Vertices:
    """Distinct lattice positions in lexicographic order, and the index of each given position among them."""

    xy: IntArray
    index: IntArray

    @classmethod
    def of(cls, xy: IntArray) -> Vertices:
        """Number the distinct positions of (n, 2) lattice integers."""
        order, new = _in_order(xy)
        ordered = xy[order]
        index = np.empty(len(xy), dtype=np.int64)
        index[order] = np.cumsum(new) - 1
        return cls(ordered[new], index)


def _in_order(xy: IntArray) -> tuple[IntArray, BoolArray]:
    """Give the order of positions, x first, and which of them, in that order, is the first of its kind."""
    new = np.ones(len(xy), dtype=bool)
    if not len(xy):
        return np.zeros(0, dtype=np.int64), new
    low = xy.min(axis=0)
    wide, high = (int(span) + 1 for span in xy.max(axis=0) - low)
    if wide * high < 1 << 63:
        # One number for both: sorted in half the time.
        keys = (xy[:, 0] - low[0]) * high + (xy[:, 1] - low[1])
        order = np.argsort(keys)
        keys = keys[order]
        new[1:] = keys[1:] != keys[:-1]
    else:
        order = np.lexsort((xy[:, 1], xy[:, 0]))
        new[1:] = (xy[order[1:]] != xy[order[:-1]]).any(axis=1)
    return order.astype(np.int64), new


@dataclass(frozen=True, slots=True)
class Nodes:
    """The hot pixels that lie on the inside of each segment, in order from its first end.

    Attributes
    ----------
    segment : (k,) int64, ascending
    vertex : (k,) int64
    """

    segment: IntArray
    vertex: IntArray


def _lines(xy: IntArray, segments: IntArray) -> Shapes:
    lines: Shapes = shapely.linestrings(to_degrees(xy[segments]))
    return lines


def crossings(xy: IntArray, segments: IntArray) -> IntArray:
    """Give the rounded points where segments cross properly.

    Parameters
    ----------
    xy : (n, 2) int64
    segments : (m, 2) int64, indices into xy, without repeats

    Returns
    -------
    (k, 2) int64, lattice positions, possibly repeated
    """
    if len(segments) < 2:
        return np.empty((0, 2), dtype=np.int64)
    lines = _lines(xy, segments)
    first, second = shapely.STRtree(lines).query(lines)
    once = first < second
    first, second = first[once], second[once]
    apart = (segments[first][:, :, None] != segments[second][:, None, :]).all(axis=(1, 2))
    first, second = first[apart], second[apart]
    a, b = exact(xy[segments[first, 0]], xy[segments[first, 1]])
    c, d = exact(xy[segments[second, 0]], xy[segments[second, 1]])
    if a.dtype != c.dtype:
        a, b, c, d = (points.astype(object) for points in (a, b, c, d))
    found = np.flatnonzero(cross_properly(a, b, c, d)) if len(first) else first
    points = [crossing_point(a[k], b[k], c[k], d[k]) for k in found]
    return np.array(points, dtype=np.int64).reshape(-1, 2)


def _inner_nodes(xy: IntArray, segments: IntArray, tree: shapely.STRtree) -> Nodes:
    """Find the vertices, other than its ends, whose pixel each segment passes."""
    segment, vertex = tree.query(_lines(xy, segments), predicate="dwithin", distance=_REACH_DEGREES)
    inner = (vertex != segments[segment, 0]) & (vertex != segments[segment, 1])
    segment, vertex = segment[inner], vertex[inner]
    start, end = exact(xy[segments[segment, 0]], xy[segments[segment, 1]])
    pixel = xy[vertex].astype(start.dtype)
    passed = passes_pixel(start, end, pixel) if len(segment) else np.zeros(0, dtype=bool)
    segment, vertex = segment[passed], vertex[passed]
    along = ((pixel[passed] - start[passed]) * (end[passed] - start[passed])).sum(axis=1)
    order = np.lexsort((along.astype(np.float64), segment))
    return Nodes(segment[order], vertex[order])


def led_through(segments: IntArray, nodes: Nodes) -> tuple[IntArray, IntArray]:
    """Cut segments at their nodes.

    Returns
    -------
    pieces : (p, 2) int64
        In order: the pieces of the first segment, then of the second, and so on.
    origin : (p,) int64
        The segment each piece is of.
    """
    count = np.bincount(nodes.segment, minlength=len(segments)) + 1
    origin = np.repeat(np.arange(len(segments)), count)
    last = np.cumsum(count) - 1
    ends = np.empty(len(origin), dtype=np.int64)
    ends[last] = segments[:, 1]
    not_last = np.ones(len(origin), dtype=bool)
    not_last[last] = False
    ends[not_last] = nodes.vertex
    starts = np.empty(len(origin), dtype=np.int64)
    starts[1:] = ends[:-1]
    starts[last - count + 1] = segments[:, 0]
    return np.stack([starts, ends], axis=1), origin


@dataclass(frozen=True, slots=True)
class Noded:
    """What snap rounding made of a set of segments.

    Attributes
    ----------
    xy : (n, 2) int64
        Distinct lattice positions; the given ones keep their index, crossings come after them.
    pieces : (p, 2) int64
        Pieces of the given segments, in their order and direction.
    origin : (p,) int64
        The given segment each piece is of.
    """

    xy: IntArray
    pieces: IntArray
    origin: IntArray


def node_segments(xy: IntArray, segments: IntArray) -> Noded:
    """Snap-round segments together.

    Parameters
    ----------
    xy : (n, 2) int64
        Distinct lattice positions.
    segments : (m, 2) int64
        Indices into xy; no two the same, in either direction, and none without length.

    Returns
    -------
    Noded

    Raises
    ------
    GeogridError
        If the passes do not come to rest; no input is known for which they do not.
    """
    if len(segments) >= _MANY and is_noded(xy, segments):
        return Noded(xy, segments, np.arange(len(segments)))
    found = crossings(xy, segments)
    if len(found):
        everything = Vertices.of(np.concatenate([xy, found]))
        first_seen = np.full(len(everything.xy), -1, dtype=np.int64)
        first_seen[everything.index[: len(xy)]] = np.arange(len(xy))
        xy = np.concatenate([xy, everything.xy[first_seen < 0]])
    tree = shapely.STRtree(shapely.points(to_degrees(xy)))
    pieces, origin = segments, np.arange(len(segments))
    active = np.ones(len(pieces), dtype=bool)
    for _ in range(_MOST_PASSES):
        nodes = _inner_nodes(xy, pieces[active], tree)
        if not len(nodes.segment):
            return Noded(xy, pieces, origin)
        nodes = Nodes(np.flatnonzero(active)[nodes.segment], nodes.vertex)
        changed = np.zeros(len(pieces), dtype=bool)
        changed[nodes.segment] = True
        pieces, of_piece = led_through(pieces, nodes)
        origin, active = origin[of_piece], changed[of_piece]
    raise GeogridError(f"the lines did not come to rest after {_MOST_PASSES} passes of snap rounding")


def node_segments_within(xy: IntArray, segments: IntArray, box: LatticeBox) -> tuple[Noded, IntArray]:
    """Do as `node_segments` with the segments that meet a box only; all others stay as they are.

    For lines that are noded already but for what was added inside the box.

    Returns
    -------
    noded : Noded
    split : (k, 2, 2) int64
        The ends of the segments that gained nodes. While all lie in the box nothing was overlooked: a segment
        that is bent by a node may pass the pixel of a vertex that was not looked at.
    """
    west, south, east, north = box
    ends = xy[segments]
    low, high = ends.min(axis=1), ends.max(axis=1)
    near = (low[:, 0] <= east) & (high[:, 0] >= west) & (low[:, 1] <= north) & (high[:, 1] >= south)
    place = np.flatnonzero(near)
    used, local = np.unique(segments[place], return_inverse=True)
    noded = node_segments(xy[used], local.reshape(-1, 2).astype(np.int64))
    if len(noded.pieces) == len(place):
        return Noded(xy, segments, np.arange(len(segments))), np.empty((0, 2, 2), dtype=np.int64)
    # Crossings, which come after the given vertices, get numbers after all of those.
    number = np.concatenate([used, len(xy) + np.arange(len(noded.xy) - len(used))])
    far = np.flatnonzero(~near)
    pieces = np.concatenate([number[noded.pieces], segments[far]])
    origin = np.concatenate([place[noded.origin], far])
    order = np.argsort(origin, kind="stable")
    whole = Noded(np.concatenate([xy, noded.xy[len(used) :]]), pieces[order], origin[order])
    split = np.unique(noded.origin[1:][noded.origin[1:] == noded.origin[:-1]])
    return whole, ends[place[split]]


def box_around(ends: IntArray, box: LatticeBox | None = None, margin: int = 2) -> LatticeBox:
    """Give the box around some positions, (…, 2), a few steps wider, and around another box."""
    flat = ends.reshape(-1, 2)
    west, south = (flat.min(axis=0) - margin).tolist()
    east, north = (flat.max(axis=0) + margin).tolist()
    if box is None:
        return west, south, east, north
    return min(west, box[0]), min(south, box[1]), max(east, box[2]), max(north, box[3])


def box_holds(box: LatticeBox, ends: IntArray) -> bool:
    """Tell whether positions, (…, 2), all lie in a box."""
    flat = ends.reshape(-1, 2)
    west, south, east, north = box
    return bool(((flat >= (west, south)) & (flat <= (east, north))).all())
