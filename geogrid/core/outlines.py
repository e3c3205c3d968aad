"""How far it is to the border of one polygon of very many, and which border is nearest, without objects.

Mercator's plane, being conformal, errs by the same factor in all directions around a place: there the nearest
point of the border is found; the geodesic to it, on the ellipsoid, is the distance. `geogrid.core.nearest`
measures in the same way, many at once; here are flat arrays, which can be kept in a file, and one place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyproj
import shapely

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.nearest import (
    EDGES_PER_PIECE,
    FAR,
    HIGHEST_LATITUDE,
    REACH_LEAST,
    SAME_METRES,
    mercator,
    on_the_plane,
)

_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_ECCENTRICITY = _ELLIPSOID.es**0.5
_BOXES_PER_GROUP = 64
# Radians, six micrometres: boxes are projected by themselves and may lie beside their borders by rounding.
_ROUNDING = 1e-12
_TURNS = np.array([0.0, 2 * np.pi, -2 * np.pi])


@dataclass(frozen=True, slots=True)
class Outline:
    """The border of a polygon in Mercator's plane.

    Attributes
    ----------
    xy : (k, 2) float64
        Its vertices, radians, ring after ring.
    ring : (r + 1,) int64
        Where each ring begins in `xy`, and the end.
    """

    xy: FloatArray
    ring: IntArray

    def begin(self) -> tuple[float, float]:
        """Give its first vertex, in degrees."""
        x, y = self.xy[0].tolist()
        lon, lat = _back(x, y, _ECCENTRICITY)
        return lon, lat

    def distance(self, lon: float, lat: float) -> float:
        """Measure how far a point in degrees is from the border: metres, geodesic."""
        east, north = _nearest_point(self.xy, self.ring, lon, lat, _ECCENTRICITY)
        _, _, metres = _ELLIPSOID.inv(east, north, lon, lat)
        return float(metres)


def outlines_of(shapes: Shapes) -> list[Outline]:
    """Take the borders of (m,) polygons in longitude/latitude."""
    lines, of_line = shapely.get_parts(on_the_plane(shapely.boundary(shapes)), return_index=True)
    xy, of_vertex = shapely.get_coordinates(lines, return_index=True)
    vertex = np.searchsorted(of_vertex, np.arange(len(lines) + 1))
    line = np.searchsorted(of_line, np.arange(len(shapes) + 1))
    outlines = []
    for first, end in zip(line[:-1].tolist(), line[1:].tolist(), strict=True):
        begin = vertex[first]
        outlines.append(Outline(xy[begin : vertex[end]], (vertex[first : end + 1] - begin).astype(np.int64)))
    return outlines


class Outlines(NamedTuple):
    """The borders of many polygons in flat arrays, to be asked which one is nearest to a place.

    Attributes
    ----------
    xy : (k, 2) float64
        The vertices of all, in Mercator's plane, radians.
    vertex : (n + 1,) int64
        Where the vertices of each polygon begin in `xy`.
    ring : (r,) int64
        For each polygon what `Outline.ring` says, one after another.
    rings : (n + 1,) int64
        Where that begins in `ring`; those that have nothing there are left out.
    polygon : (m,) int64
        The others, so that those near one another stand together.
    rank : (m,) int64
        Which of them comes first if several are as near.
    box : (m, 4) float64
        Their boxes in the plane: west, south, east, north.
    group : (g, 4) float64
        The box of each 64 of them.
    """

    xy: FloatArray
    vertex: IntArray
    ring: IntArray
    rings: IntArray
    polygon: IntArray
    rank: IntArray
    box: FloatArray
    group: FloatArray

    @classmethod
    def of(
        cls,
        borders: tuple[FloatArray, IntArray, IntArray, IntArray],
        polygon: IntArray,
        degrees: FloatArray,
    ) -> Outlines:
        """Sort the boxes of polygons.

        Parameters
        ----------
        borders : tuple
            `xy`, `vertex`, `ring` and `rings`.
        polygon : (m,) int64
            All polygons that have a border; of several as near the earlier one counts.
        degrees : (m, 4) float64
            Their boxes in longitude/latitude.
        """
        box = mercator(degrees.reshape(-1, 2)).reshape(-1, 4)
        box += np.array([-_ROUNDING, -_ROUNDING, _ROUNDING, _ROUNDING])
        middle = box[:, :2] + box[:, 2:]
        # Columns of about as many boxes as rows, each from south to north.
        columns = max(math.ceil(math.sqrt(len(box) / _BOXES_PER_GROUP)), 1)
        column = (
            np.argsort(np.argsort(middle[:, 0], kind="stable"), kind="stable") * columns // max(len(box), 1)
        )
        order = np.lexsort((middle[:, 1], column))
        box = box[order]
        begin = np.arange(0, len(box), _BOXES_PER_GROUP)
        group = np.empty((len(begin), 4))
        if len(begin):
            group[:, :2] = np.minimum.reduceat(box[:, :2], begin)
            group[:, 2:] = np.maximum.reduceat(box[:, 2:], begin)
        return cls(*borders, polygon[order], order.astype(np.int64), box, group)

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        """Find the polygon whose border is nearest to a place in degrees, as `Borders.nearest` does.

        Returns
        -------
        polygon : int
            -1 if there is none at all.
        metres : float
        """
        if not len(self.polygon):
            return -1, math.inf
        lat = min(max(lat, -HIGHEST_LATITUDE), HIGHEST_LATITUDE)
        place = _project(lon, lat, _ECCENTRICITY)
        away = _least_distance(self, place)
        reach = away + REACH_LEAST + (2 * away**2 if away < FAR else 0.0)
        number, east, north = _pieces_within(self, place, _TURNS, reach, _ECCENTRICITY)
        pieces = zip(number.tolist(), east.tolist(), north.tolist(), strict=True)
        metres = [(_ELLIPSOID.inv(x, y, lon, lat)[2], one) for one, x, y in pieces]
        least, _ = min(metres)
        as_near = (one for away, one in metres if away <= least + SAME_METRES)
        first = min(as_near, key=lambda one: int(self.rank[one]))
        return int(self.polygon[first]), float(least)


@compiled
def _project(lon: float, lat: float, e: float) -> tuple[float, float]:
    """Bring a point in degrees to the plane."""
    radians = math.pi / 180.0
    s = math.sin(lat * radians)
    return lon * radians, math.atanh(s) - e * math.atanh(e * s)


@compiled
def _back(x: float, y: float, e: float) -> tuple[float, float]:
    """Bring a point of the plane to degrees."""
    radians = math.pi / 180.0
    s = math.tanh(y)
    # Each round divides the error by 1/e², 149.
    for _ in range(8):
        s = math.tanh(y + e * math.atanh(e * s))
    return x / radians, math.asin(s) / radians


@compiled
def _on_run(xy: FloatArray, begin: int, end: int, px: float, py: float) -> tuple[float, float, float]:
    """Find the point of a line, vertices `begin` to `end`, that is nearest to a point: distance², x, y."""
    best, at_x, at_y = math.inf, math.nan, math.nan
    for i in range(begin, end):
        ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        share = 0.0
        if length > 0.0:
            share = min(max(((px - ax) * dx + (py - ay) * dy) / length, 0.0), 1.0)
        x, y = (bx, by) if share == 1.0 else (ax + share * dx, ay + share * dy)
        away = (px - x) * (px - x) + (py - y) * (py - y)
        if away < best:
            best, at_x, at_y = away, x, y
    return best, at_x, at_y


@compiled
def _nearest_point(xy: FloatArray, ring: IntArray, lon: float, lat: float, e: float) -> tuple[float, float]:
    """Find the point of rings that is nearest to a point in degrees, in the plane; give it in degrees."""
    px, py = _project(lon, lat, e)
    best, at_x, at_y = math.inf, math.nan, math.nan
    for part in range(len(ring) - 1):
        away, x, y = _on_run(xy, ring[part], ring[part + 1] - 1, px, py)
        if away < best:
            best, at_x, at_y = away, x, y
    return _back(at_x, at_y, e)


@compiled
def _gap(box: FloatArray, px: float, py: float) -> float:
    """Measure how far a point is from a box: 0 inside."""
    x = max(box[0] - px, px - box[2], 0.0)
    y = max(box[1] - py, py - box[3], 0.0)
    return math.sqrt(x * x + y * y)


@compiled
def _span(box: FloatArray, px: float, py: float) -> float:
    """Measure how far the farthest corner of a box is: a border that reaches all its sides is not farther."""
    x = max(abs(box[0] - px), abs(box[2] - px))
    y = max(abs(box[1] - py), abs(box[3] - py))
    return math.sqrt(x * x + y * y)


@compiled
def _least_distance(
    of: Outlines,
    place: tuple[float, float],
) -> float:
    """Measure in the plane how far the nearest border is."""
    px, py = place
    best = math.inf
    for one in range(len(of.group)):
        best = min(best, _span(of.group[one], px, py))
    # Only what may be nearer than the farthest corner of some box, the nearest box first.
    near = np.empty(len(of.box), dtype=np.int64)
    gaps = np.empty(len(of.box))
    count = 0
    for one in range(len(of.group)):
        if _gap(of.group[one], px, py) <= best:
            for number in range(one * _BOXES_PER_GROUP, min((one + 1) * _BOXES_PER_GROUP, len(of.box))):
                gap = _gap(of.box[number], px, py)
                if gap <= best:
                    best = min(best, _span(of.box[number], px, py))
                    near[count], gaps[count] = number, gap
                    count += 1
    for place_in_order in np.argsort(gaps[:count]):
        if gaps[place_in_order] > best:
            break
        one = of.polygon[near[place_in_order]]
        first = of.vertex[one]
        for part in range(of.rings[one], of.rings[one + 1] - 1):
            away, _, _ = _on_run(of.xy, first + of.ring[part], first + of.ring[part + 1] - 1, px, py)
            best = min(best, math.sqrt(away))
    return best


@compiled
def _pieces_within(
    of: Outlines,
    place: tuple[float, float],
    turns: FloatArray,
    reach: float,
    e: float,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """List the pieces of borders that are not farther than `reach`, and where each is nearest, in degrees.

    The land may be nearer the other way round the earth: the place is there once more each `turn`.
    """
    numbers, east, north = [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    for turn in turns:
        px, py = place[0] + turn, place[1]
        for many in range(len(of.group)):
            if _gap(of.group[many], px, py) > reach:
                continue
            for number in range(many * _BOXES_PER_GROUP, min((many + 1) * _BOXES_PER_GROUP, len(of.box))):
                if _gap(of.box[number], px, py) > reach:
                    continue
                one = of.polygon[number]
                first = of.vertex[one]
                for part in range(of.rings[one], of.rings[one + 1] - 1):
                    end = first + of.ring[part + 1] - 1
                    for begin in range(first + of.ring[part], end, EDGES_PER_PIECE):
                        away, x, y = _on_run(of.xy, begin, min(begin + EDGES_PER_PIECE, end), px, py)
                        if math.sqrt(away) <= reach:
                            lon, lat = _back(x, y, e)
                            numbers.append(np.int64(number))
                            east.append(lon)
                            north.append(lat)
    return np.array(numbers, dtype=np.int64), np.array(east), np.array(north)
