"""Areas on the WGS 84 ellipsoid whose edges are straight in longitude/latitude (geometry.md 4).

The area between an edge, its meridians and a reference parallel is the integral of the authalic function
along the edge. Polygons whose borders are the same lines have areas that add up, whatever extra nodes the
lines carry; geodesic areas do not (a node in the middle of a 10 km edge changes them by 5,067 m²).
"""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)
_E = _E2**0.5
_HALF_B2 = SEMI_MAJOR_M**2 * (1 - _E2) / 2

# Edges longer than this are cut: with ten points the quadrature is then exact to well below 1e-6 m².
_LONGEST_EDGE_DEGREES = 1.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
# Up to this length, some 500 m, two points err by less than 1e-9 m².
_SHORT_EDGE_DEGREES = 0.005
_FEW, _FEW_WEIGHTS = np.polynomial.legendre.leggauss(2)


@compiled
def _integral(ax: float, ay: float, bx: float, by: float, reference: float, s0: float, c0: float) -> float:
    """Integrate the authalic density between an edge and its parallel, m²; no cancellation.

    `s0`, `c0` are the sine and the cosine of the parallel.
    """
    east, north, above = bx - ax, by - ay, ay - reference
    longest = max(abs(east), abs(north))
    places, weights = (_FEW, _FEW_WEIGHTS) if longest <= _SHORT_EDGE_DEGREES else (_NODES, _WEIGHTS)
    pieces = max(1, int(np.ceil(longest / _LONGEST_EDGE_DEGREES)))
    mean = 0.0
    for piece in range(pieces):
        for number in range(len(places)):
            half = np.radians((above + north * (piece + (places[number] + 1) / 2) / pieces) / 2)
            ds = 2 * (c0 * np.cos(half) - s0 * np.sin(half)) * np.sin(half)
            s = s0 + ds
            zonal = ds * (1 + _E2 * s * s0) / ((1 - _E2 * s * s) * (1 - _E2 * s0 * s0))
            height = zonal + np.arctanh(_E * ds / (1 - _E2 * s * s0)) / _E
            mean += weights[number] / (2 * pieces) * height
    return float(-_HALF_B2 * mean * np.radians(east))


@compiled
def _integrals(start: FloatArray, end: FloatArray, reference: FloatArray, out: FloatArray) -> None:
    for edge in range(len(start)):
        lat = reference[edge]
        s0, c0 = np.sin(np.radians(lat)), np.cos(np.radians(lat))
        out[edge] = _integral(start[edge, 0], start[edge, 1], end[edge, 0], end[edge, 1], lat, s0, c0)


@compiled
def _ring_areas(xy: FloatArray, ring_start: IntArray, out: FloatArray) -> None:
    """Measure closed rings, positive where the interior lies on the left; each from its first parallel."""
    for ring in range(len(ring_start) - 1):
        first, last = ring_start[ring], ring_start[ring + 1] - 1
        total = 0.0
        if last > first:
            lat = xy[first, 1]
            s0, c0 = np.sin(np.radians(lat)), np.cos(np.radians(lat))
            for at in range(first, last):
                total += _integral(xy[at, 0], xy[at, 1], xy[at + 1, 0], xy[at + 1, 1], lat, s0, c0)
        out[ring] = total


def _sums(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    sums: FloatArray = np.bincount(group, weights=values, minlength=groups).astype(np.float64)
    return sums


def edge_areas(start: FloatArray, end: FloatArray, reference_lat: FloatArray) -> FloatArray:
    """Integrate the signed area between each edge and its reference parallel.

    Parameters
    ----------
    start, end : (n, 2) float64, longitude/latitude in degrees
    reference_lat : (n,) float64, degrees; the same for all edges of one ring

    Returns
    -------
    (n,) float64
        m²; summed over a closed ring positive where the interior lies on the left.
    """
    if not len(start):
        return np.zeros(0)
    measured = np.empty(len(start))
    _integrals(start, end, reference_lat, measured)
    return measured


def polygon_areas(geometries: object) -> FloatArray:
    """Measure polygons and multi-polygons on the ellipsoid.

    Parameters
    ----------
    geometries : array-like of shapely Polygon or MultiPolygon, longitude/latitude in degrees
        Rings may turn either way: shells count plus, holes minus. Validity is not checked; other kinds of
        geometry, None and empty ones measure 0.

    Returns
    -------
    (n,) float64, m²
    """
    shapes = np.atleast_1d(np.asarray(geometries, dtype=object))
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, part_of = parts[polygons], part_of[polygons]
    if not len(parts):
        return np.zeros(len(shapes))
    _, xy, offsets = shapely.to_ragged_array(parts)
    ring_start, part_start = (np.asarray(one, dtype=np.int64) for one in offsets)
    signed = np.zeros(len(ring_start) - 1)
    _ring_areas(np.ascontiguousarray(xy[:, :2]), ring_start, signed)
    sizes = np.diff(part_start)
    hole = np.ones(len(signed), dtype=bool)
    hole[part_start[:-1][sizes > 0]] = False
    signed = np.where(hole, -np.abs(signed), np.abs(signed))
    return _sums(np.repeat(part_of, sizes), signed, len(shapes))
