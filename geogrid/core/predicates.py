"""Exact predicates on the lattice: turns, proper crossings, and the pixels a segment passes through.

All coordinates are lattice integers. Every product is of differences within a pair of neighbouring segments;
while those stay below 2^30 steps (10.7°) 64 bits suffice, and `exact` gives Python's integers beyond.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geogrid.core.lattice import IntArray

BoolArray = NDArray[np.bool_]

_SAFE_LENGTH = 1 << 30
_FAR = 1 << 60


def exact(start: IntArray, end: IntArray) -> tuple[Any, Any]:
    """Give segments (n, 2) in a number type in which the predicates below cannot overflow."""
    if len(start) and int(np.abs(end - start).max()) >= _SAFE_LENGTH:
        return start.astype(object), end.astype(object)
    return start, end


def cross(a: Any, b: Any, c: Any) -> Any:
    """Give twice the signed area of each triangle in square steps: positive if c lies left of a → b."""
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


def _sign(values: Any) -> NDArray[np.int8]:
    signs: NDArray[np.int8] = (values > 0).astype(np.int8) - (values < 0).astype(np.int8)
    return signs


def turn(a: Any, b: Any, c: Any) -> NDArray[np.int8]:
    """Give the sign of each turn a → b → c: 1 left, -1 right, 0 straight on or back."""
    return _sign(cross(a, b, c))


def cross_properly(a: Any, b: Any, c: Any, d: Any) -> BoolArray:
    """Tell which segments a–b and c–d cross in a point that is inside both."""
    opposite: BoolArray = (turn(a, b, c) * turn(a, b, d) < 0) & (turn(c, d, a) * turn(c, d, b) < 0)
    return opposite


def crossing_point(a: IntArray, b: IntArray, c: IntArray, d: IntArray) -> tuple[int, int]:
    """Round the point where two properly crossing segments meet to the lattice, exactly; halves go up."""
    ax, ay, bx, by, cx, cy, dx, dy = (int(v) for p in (a, b, c, d) for v in p)
    denominator = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    numerator = (cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)
    if denominator < 0:
        denominator, numerator = -denominator, -numerator
    x = (2 * numerator * (bx - ax) + denominator) // (2 * denominator)
    y = (2 * numerator * (by - ay) + denominator) // (2 * denominator)
    return ax + x, ay + y


def passes_pixel(a: Any, b: Any, pixel: Any) -> BoolArray:
    """Tell which segments a–b meet the half-open unit square around each lattice point.

    The square holds its left and lower sides and its lower left corner, so the squares tile the plane.
    """
    flip = (b[:, 0] < a[:, 0])[:, None]
    p, q = np.where(flip, b, a), np.where(flip, a, b)
    low_y, high_y = np.minimum(p[:, 1], q[:, 1]), np.maximum(p[:, 1], q[:, 1])
    px, py = pixel[:, 0], pixel[:, 1]
    # Lattice ends: an end inside the square is its centre, so whole steps decide here.
    apart = (p[:, 0] > px) | (q[:, 0] < px) | (low_y > py) | (high_y < py)
    dx, dy = q[:, 0] - p[:, 0], q[:, 1] - p[:, 1]
    centre = 2 * np.clip(dx * (py - p[:, 1]) - dy * (px - p[:, 0]), -_FAR, _FAR)
    upper_left, upper_right = _sign(centre + dx + dy), _sign(centre + dx - dy)
    lower_left, lower_right = _sign(centre - dx + dy), _sign(centre - dx - dy)
    rising = dy > 0
    sides = upper_left.astype(np.int16) + upper_right + lower_left + lower_right
    inside = np.abs(sides) < 4
    # A line through one open corner only touches the square from outside when it does not enter it there.
    touching = ((upper_left == 0) & rising) | ((lower_right == 0) & rising) | ((upper_right == 0) & ~rising)
    others_agree = np.abs(sides) == 3
    level = (dx == 0) | (dy == 0)
    meets: BoolArray = ~apart & (level | (inside & ~(touching & others_agree)))
    return meets
