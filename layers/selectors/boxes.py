"""Boxes in degrees: put together where they meet, and made wider by metres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geogrid.core.coverage import Box
from geogrid.core.lattice import FloatArray

WHOLE_EARTH: Box = (-180.0, -90.0, 180.0, 90.0)
#: Less than any degree of latitude, or of longitude at the equator, is long on the ellipsoid.
METRES_PER_DEGREE = 110_500.0
#: The database and shapely measure in doubles, which may place what touches beside each other, but never by a
#: step of the lattice: what is as near as that counts as touching. Degrees.
STEP = 1e-8
#: More boxes than this are asked for at once, as the one around them all.
MANY_BOXES = 500


def boxes_of(shapes: Sequence[shapely.Geometry | None]) -> list[Box]:
    """Give the box of each geometry that has one."""
    bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    return [(row[0], row[1], row[2], row[3]) for row in bounds[np.isfinite(bounds).all(axis=1)].tolist()]


def boxes_joined(boxes: Sequence[Box]) -> list[Box]:
    """Put boxes that meet into the one around them, until none meet; very many become a single one."""
    current = np.array(sorted(set(boxes)), dtype=np.float64).reshape(-1, 4)
    while len(current) > 1:
        joined = _joined_once(current)
        if len(joined) == len(current):
            break
        current = joined
    if len(current) > MANY_BOXES:
        current = np.array([[*current[:, :2].min(axis=0), *current[:, 2:].max(axis=0)]])
    return [(row[0], row[1], row[2], row[3]) for row in current.tolist()]


def _joined_once(boxes: FloatArray) -> FloatArray:
    drawn = shapely.box(boxes[:, 0], boxes[:, 1], boxes[:, 2], boxes[:, 3])
    one, other = shapely.STRtree(drawn).query(drawn)
    group = np.arange(len(boxes))
    while True:
        least = group.copy()
        np.minimum.at(least, one, group[other])
        if (least == group).all():
            break
        group = least
    groups, place = np.unique(group, return_inverse=True)
    joined = np.tile([np.inf, np.inf, -np.inf, -np.inf], (len(groups), 1))
    for column, extreme in enumerate((np.minimum, np.minimum, np.maximum, np.maximum)):
        extreme.at(joined[:, column], place, boxes[:, column])
    return joined


def box_widened(box: Box, metres: float) -> Box | None:
    """Give a box that holds all that is as near as so many metres; None if it would pass a pole or ±180°."""
    west, south, east, north = box
    up = metres / METRES_PER_DEGREE
    farthest = max(abs(south - up), abs(north + up))
    if farthest >= 89.0:
        return None
    aside = metres / (METRES_PER_DEGREE * float(np.cos(np.radians(farthest))))
    wide = (west - aside, south - up, east + aside, north + up)
    return None if wide[0] < -180.0 or wide[2] > 180.0 else wide
