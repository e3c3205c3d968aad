"""How far it is to the border of one polygon of very many, without an object for each of them.

Mercator's plane, being conformal, errs by the same factor in all directions around a place: there the nearest
point of the border is found; the geodesic to it, on the ellipsoid, is the distance. `geogrid.core.nearest`
measures in the same way; this one takes flat arrays, which can be kept in a file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.nearest import FAR, REACH_LEAST, mercator, on_the_plane

_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_ECCENTRICITY = _ELLIPSOID.es**0.5


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


def candidates_nearest(boxes: FloatArray, lon: float, lat: float) -> IntArray:
    """Find the polygons of which one has the border that `Borders.nearest` finds to be nearest to a point.

    Parameters
    ----------
    boxes : (m, 4) float64, degrees
        Of the polygons: west, south, east, north.
    lon, lat : float, degrees

    Returns
    -------
    (k,) int64, ascending
        All that may be: those whose box is not farther away than the border of some polygon must be.
    """
    if not len(boxes):
        return np.zeros(0, dtype=np.int64)
    corner = mercator(boxes.reshape(-1, 2)).reshape(-1, 2, 2)
    place = mercator(np.array([[lon, lat]]))[0]
    # A border reaches all sides of its box: it is nowhere farther away than the farthest corner.
    farthest = np.hypot(*np.abs(corner - place).max(axis=1).T).min()
    reach = farthest + REACH_LEAST + 2 * min(farthest, FAR) ** 2
    near = np.zeros(len(boxes), dtype=bool)
    for turn in (0.0, 2 * np.pi, -2 * np.pi):
        turned = place + np.array([turn, 0.0])
        gap = np.maximum(np.maximum(corner[:, 0] - turned, turned - corner[:, 1]), 0.0)
        near |= np.hypot(*gap.T) <= reach
    return np.flatnonzero(near)


@compiled
def _nearest_point(xy: FloatArray, ring: IntArray, lon: float, lat: float, e: float) -> tuple[float, float]:
    """Find the point of rings that is nearest to a point in degrees, in the plane; give it in degrees."""
    radians = math.pi / 180.0
    north = lat * radians
    s = math.sin(north)
    px, py = lon * radians, math.atanh(s) - e * math.atanh(e * s)
    best, at_x, at_y = math.inf, math.nan, math.nan
    for part in range(len(ring) - 1):
        for i in range(ring[part], ring[part + 1] - 1):
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
    s = math.tanh(at_y)
    # Each round divides the error by 1/e², 149.
    for _ in range(8):
        s = math.tanh(at_y + e * math.atanh(e * s))
    return at_x / radians, math.asin(s) / radians
