"""Whether segments are noded already: the common case of an audit, told without building any tree.

All segments are listed in the squares of a grid that they pass. A vertex is then compared with the few
segments of its square, and segments with those that they share a square with, in whole numbers.
"""

from __future__ import annotations

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray

#: Longer segments, 10.7°, have products beyond 64 bits.
_LONGEST = 1 << 30
#: So many squares a segment, and so many comparisons a segment, are worth while; else the tree is faster.
_MOST_LISTINGS = 12
_MOST_COMPARISONS = 400


def is_noded(xy: IntArray, segments: IntArray) -> bool:
    """Tell whether no two segments cross and none passes the pixel of a vertex other than its ends.

    Parameters
    ----------
    xy : (n, 2) int64
        Distinct lattice positions.
    segments : (m, 2) int64
        Indices into xy.

    Returns
    -------
    bool
        True is proven. False also where it would take too long to tell: segments that are too long, or too
        many of them in one place.
    """
    if not len(segments):
        return True
    ends = xy[segments]
    if int(np.abs(ends[:, 1] - ends[:, 0]).max()) >= _LONGEST:
        return False
    west, south = xy.min(axis=0).tolist()
    wide, high = (xy.max(axis=0) - (west, south) + 1).tolist()
    side = max(8, int((wide * high / len(segments)) ** 0.5) + 1)
    columns, rows = wide // side + 1, high // side + 1
    if columns * rows > 4 * len(segments) + 1000:
        return False
    grid = (west, south, side, columns, rows)
    count = np.zeros(columns * rows + 1, dtype=np.int64)
    listings = _count(ends, grid, count)
    if listings > _MOST_LISTINGS * len(segments) + 1000:
        return False
    first = np.cumsum(count) - count
    if int((count * count).sum()) > _MOST_COMPARISONS * len(segments) + 1000:
        return False
    listed = np.empty(listings, dtype=np.int64)
    _list(ends, grid, first.copy(), listed)
    if _some_vertex_is_passed(xy, segments, grid, first, count, listed):
        return False
    return not _some_cross(ends, segments, first, count, listed)


@compiled
def _rows_of(
    ax: int, ay: int, bx: int, by: int, grid: tuple[int, int, int, int, int], column: int
) -> tuple[int, int]:
    """Give the rows of a column of squares that a segment may pass, two steps around it included."""
    west, south, side, _, rows = grid
    low, high = min(ay, by), max(ay, by)
    if ax != bx:
        left, right = west + column * side - 2, west + (column + 1) * side + 2
        slope = (by - ay) / (bx - ax)
        one, other = ay + slope * (left - ax), ay + slope * (right - ax)
        low, high = max(low, int(min(one, other)) - 1), min(high, int(max(one, other)) + 1)
    bottom, top = (low - 2 - south) // side, (high + 2 - south) // side
    return max(bottom, 0), min(top, rows - 1)


@compiled
def _count(ends: IntArray, grid: tuple[int, int, int, int, int], count: IntArray) -> int:
    """Count the segments of each square; give the sum."""
    west, _, side, columns, rows = grid
    total = 0
    for number in range(len(ends)):
        ax, ay, bx, by = ends[number, 0, 0], ends[number, 0, 1], ends[number, 1, 0], ends[number, 1, 1]
        left = max((min(ax, bx) - 2 - west) // side, 0)
        right = min((max(ax, bx) + 2 - west) // side, columns - 1)
        for column in range(left, right + 1):
            bottom, top = _rows_of(ax, ay, bx, by, grid, column)
            for row in range(bottom, top + 1):
                count[column * rows + row] += 1
                total += 1
    return total


@compiled
def _list(ends: IntArray, grid: tuple[int, int, int, int, int], place: IntArray, listed: IntArray) -> None:
    """List the segments of each square; `place` is where the next of each goes."""
    west, _, side, columns, rows = grid
    for number in range(len(ends)):
        ax, ay, bx, by = ends[number, 0, 0], ends[number, 0, 1], ends[number, 1, 0], ends[number, 1, 1]
        left = max((min(ax, bx) - 2 - west) // side, 0)
        right = min((max(ax, bx) + 2 - west) // side, columns - 1)
        for column in range(left, right + 1):
            bottom, top = _rows_of(ax, ay, bx, by, grid, column)
            for row in range(bottom, top + 1):
                square = column * rows + row
                listed[place[square]] = number
                place[square] += 1


@compiled
def passes(ax: int, ay: int, bx: int, by: int, px: int, py: int) -> bool:
    """Tell whether a segment meets the half-open square around a lattice point, as `passes_pixel` does."""
    if bx < ax:
        ax, ay, bx, by = bx, by, ax, ay
    if ax > px or bx < px or min(ay, by) > py or max(ay, by) < py:
        return False
    dx, dy = bx - ax, by - ay
    if dx == 0 or dy == 0:
        return True
    centre = 2 * (dx * (py - ay) - dy * (px - ax))
    upper_left, upper_right = np.sign(centre + dx + dy), np.sign(centre + dx - dy)
    lower_left, lower_right = np.sign(centre - dx + dy), np.sign(centre - dx - dy)
    sides = abs(upper_left + upper_right + lower_left + lower_right)
    if sides == 4:
        return False
    if sides == 3:
        # The line touches one corner only; that is inside if it is the lower left one.
        if dy > 0:
            return not (upper_left == 0 or lower_right == 0)
        return bool(upper_right != 0)
    return True


@compiled
def _some_vertex_is_passed(
    xy: IntArray,
    segments: IntArray,
    grid: tuple[int, int, int, int, int],
    first: IntArray,
    count: IntArray,
    listed: IntArray,
) -> bool:
    west, south, side, _, rows = grid
    for vertex in range(len(xy)):
        x, y = xy[vertex, 0], xy[vertex, 1]
        square = (x - west) // side * rows + (y - south) // side
        for place in range(first[square], first[square] + count[square]):
            tail, head = segments[listed[place], 0], segments[listed[place], 1]
            if vertex not in (tail, head) and passes(
                xy[tail, 0], xy[tail, 1], xy[head, 0], xy[head, 1], x, y
            ):
                return True
    return False


@compiled
def _turn(ax: int, ay: int, bx: int, by: int, x: int, y: int) -> int:
    twice = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return int(twice > 0) - int(twice < 0)


@compiled
def _cross(one: IntArray, other: IntArray) -> bool:
    """Tell whether two segments cross in a point that is inside both."""
    ax, ay, bx, by = one[0, 0], one[0, 1], one[1, 0], one[1, 1]
    cx, cy, dx, dy = other[0, 0], other[0, 1], other[1, 0], other[1, 1]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    if _turn(ax, ay, bx, by, cx, cy) * _turn(ax, ay, bx, by, dx, dy) >= 0:
        return False
    return _turn(cx, cy, dx, dy, ax, ay) * _turn(cx, cy, dx, dy, bx, by) < 0


@compiled
def _some_cross(
    ends: IntArray, segments: IntArray, first: IntArray, count: IntArray, listed: IntArray
) -> bool:
    for square in range(len(count)):
        here = listed[first[square] : first[square] + count[square]]
        for nth in range(len(here)):
            one = here[nth]
            for later in range(nth + 1, len(here)):
                other = here[later]
                c, d = segments[other, 0], segments[other, 1]
                apart = segments[one, 0] not in (c, d) and segments[one, 1] not in (c, d)
                if apart and _cross(ends[one], ends[other]):
                    return True
    return False
