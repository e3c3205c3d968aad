"""GeoJSON geometries to shapely, with a reason for each that cannot be one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from importers.readers.table import Fault
from importers.readers.wkb import TOO_FEW_POINTS

FloatArray = npt.NDArray[np.float64]

_DEEPEST = 8
_MULTIPLE = {
    "MultiPoint": ("Point", shapely.multipoints),
    "MultiLineString": ("LineString", shapely.multilinestrings),
    "MultiPolygon": ("Polygon", shapely.multipolygons),
}


class BrokenGeometryError(Exception):
    """A geometry cannot be built; the fault says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


class GeometryBuilder:
    """Builds flat geometries and counts what it had to change."""

    def __init__(self) -> None:
        self.closed_rings = 0
        self.heights = 0

    def build(self, geometry: Any) -> shapely.Geometry | None:
        """Build the geometry of a GeoJSON object; None for null.

        Raises
        ------
        BrokenGeometryError
            If it is not a geometry.
        """
        return None if geometry is None else self._built(geometry, _DEEPEST)

    def _built(self, geometry: Any, depth: int) -> shapely.Geometry:
        if not isinstance(geometry, dict) or depth == 0:
            raise BrokenGeometryError(Fault("broken-geometry", "its geometry is not a GeoJSON geometry"))
        kind, coordinates = geometry.get("type"), geometry.get("coordinates", [])
        if kind == "GeometryCollection":
            parts = [self._built(part, depth - 1) for part in _list(geometry.get("geometries", []))]
            return shapely.geometrycollections(parts)
        single = {"Point": self._point, "LineString": self._linestring, "Polygon": self._polygon}
        if isinstance(kind, str) and kind in single:
            return single[kind](coordinates)
        if isinstance(kind, str) and kind in _MULTIPLE:
            one, gather = _MULTIPLE[kind]
            return gather([single[one](part) for part in _list(coordinates)])
        raise BrokenGeometryError(Fault("broken-geometry", f'"{kind}" is not a kind of GeoJSON geometry'))

    def _point(self, position: Any) -> shapely.Geometry:
        return shapely.points(self._line([position])[0]) if _list(position) else shapely.Point()

    def _linestring(self, positions: Any) -> shapely.Geometry:
        if not _list(positions):
            return shapely.LineString()
        line = self._line(positions)
        if len(line) < 2:
            raise BrokenGeometryError(Fault("too-few-points", "a line has fewer than 2 points"))
        return shapely.linestrings(line)

    def _polygon(self, rings: Any) -> shapely.Geometry:
        built = [self._ring(ring) for ring in _list(rings)]
        return shapely.Polygon(built[0], built[1:]) if built else shapely.Polygon()

    def _ring(self, positions: Any) -> shapely.Geometry:
        if not _list(positions):
            return shapely.linearrings(np.empty((0, 2)))
        ring = self._line(positions)
        if not np.array_equal(ring[0], ring[-1]):
            ring = np.vstack([ring, ring[:1]])
            self.closed_rings += 1
        if len(ring) < 4:
            raise BrokenGeometryError(TOO_FEW_POINTS)
        return shapely.linearrings(ring)

    def _line(self, positions: Any) -> FloatArray:
        """Turn positions into an array of shape (n, 2); values that are not finite are a fault."""
        xy = _numbers(positions)
        if xy.shape[1] > 2:
            self.heights += 1
        xy = xy[:, :2]
        wrong = xy[~np.isfinite(xy)]
        if len(wrong):
            sentence = f"the coordinate {wrong[0]} is not a usable number"
            raise BrokenGeometryError(Fault("not-finite", sentence))
        return np.ascontiguousarray(xy)


def _numbers(positions: Any) -> FloatArray:
    # Some positions may have a height and others none, or they are no positions at all.
    with suppress(ValueError, TypeError, OverflowError):
        return _table(positions)
    try:
        return _table([position[:2] for position in positions])
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        sentence = "its coordinates are not pairs of numbers"
        raise BrokenGeometryError(Fault("broken-geometry", sentence)) from error


def _table(positions: Any) -> FloatArray:
    xy = np.asarray(positions, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] < 2:
        raise ValueError("not a list of positions")
    return xy


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BrokenGeometryError(Fault("broken-geometry", "its coordinates are not a list"))
    return value
