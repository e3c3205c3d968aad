"""The rules for rows: what is kept, what is refused and why.

Each rule looks at all rows at once; Python goes row by row only to write the reason of a row that fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from geogrid.core.crs import SourceCrs
from importers.readers.table import Fault, ObjectArray, RawTable, RefusedRow, SourceTable
from importers.readers.wkb import TOO_FEW_POINTS

Want = Literal["polygon", "any"]
Rows = npt.NDArray[np.intp]
FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FAR_OUTSIDE_DEGREES = 45.0
"""How far from a projected system's own land a coordinate may lie: beyond, the system is not the file's."""

_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)
_GATHER = {
    GeometryType.POINT: shapely.multipoints,
    GeometryType.LINESTRING: shapely.multilinestrings,
    GeometryType.POLYGON: shapely.multipolygons,
}
NO_GEOMETRY = Fault("no-geometry", "has no geometry")
_MIXED = Fault("mixed-geometry", "is a collection of different kinds of geometry")


def sift(path: Path, raw: RawTable, crs: SourceCrs, crs_origin: str, *, want: Want) -> SourceTable:
    """Apply the rules for rows to a raw table.

    Parameters
    ----------
    path : Path
        The file, for the result.
    raw : RawTable
        All rows, with the faults the format's reader found.
    crs : SourceCrs
        The system of the geometries.
    crs_origin : str
        Where that is known from.
    want : {"polygon", "any"}
        Whether only polygons are kept.
    """
    sieve = Sieve(raw, crs)
    sieve.refuse_missing()
    sieve.flatten()
    sieve.open_collections()
    if want == "polygon":
        sieve.refuse_other_than_polygons()
    sieve.refuse_values_not_finite()
    sieve.refuse_places_off_the_earth()
    sieve.refuse_short_rings()
    sieve.drop_repeats()
    return sieve.table(path, crs_origin)


class Sieve:
    """The rows on their way through the rules; a row that failed one rule is not asked by the next."""

    def __init__(self, raw: RawTable, crs: SourceCrs) -> None:
        self._raw = raw
        self._crs = crs
        self._geometries: ObjectArray = raw.geometries.copy()
        self._faults = dict(raw.faults)
        self._notes = list(raw.notes)

    def _live(self) -> Rows:
        present = shapely.is_geometry(self._geometries)
        present[list(self._faults)] = False
        return np.flatnonzero(present)

    def _live_beyond_points(self) -> Rows:
        live = self._live()
        beyond: Rows = live[shapely.get_type_id(self._geometries[live]) != GeometryType.POINT]
        return beyond

    def _refuse(self, rows: Iterable[int], fault: Fault) -> None:
        self._faults.update((int(row), fault) for row in rows)

    def refuse_missing(self) -> None:
        """A row without a geometry, or with an empty one, is refused."""
        without = shapely.is_missing(self._geometries) | shapely.is_empty(self._geometries)
        without[list(self._faults)] = False
        self._refuse(np.flatnonzero(without), NO_GEOMETRY)

    def flatten(self) -> None:
        """Heights and measures are dropped, and the note says in how many rows."""
        live = self._live()
        high = live[shapely.has_z(self._geometries[live]) | shapely.has_m(self._geometries[live])]
        if len(high):
            self._geometries[high] = shapely.force_2d(self._geometries[high])
            self._notes.append(f"Z or M values dropped in {len(high)} rows")

    def open_collections(self) -> None:
        """A collection of one kind becomes a multi-part geometry of that kind; others are refused."""
        live = self._live()
        kinds = shapely.get_type_id(self._geometries[live])
        for row in live[kinds == GeometryType.GEOMETRYCOLLECTION]:
            parts = _simple_parts(self._geometries[row])
            kind = {int(shapely.get_type_id(part)) for part in parts}
            if len(kind) == 1 and (only := kind.pop()) in _GATHER:
                self._geometries[row] = _GATHER[GeometryType(only)](parts)
            else:
                self._refuse([row], _MIXED if parts else NO_GEOMETRY)

    def refuse_other_than_polygons(self) -> None:
        """Where cells are wanted, points and lines are refused."""
        live = self._live()
        kinds = shapely.get_type_id(self._geometries[live])
        for row in live[~np.isin(kinds, _POLYGONS)]:
            name = self._geometries[row].geom_type
            self._refuse([row], Fault("wrong-geometry-type", f"is a {name}, not a polygon"))

    def refuse_values_not_finite(self) -> None:
        """A coordinate that is NaN, infinite or absurdly large is named."""
        live = self._live()
        xy, owner = shapely.get_coordinates(self._geometries[live], return_index=True)
        absurd = ~(np.abs(xy) < 1e15)
        bad = np.flatnonzero(absurd.any(axis=1))
        owners, first = np.unique(owner[bad], return_index=True)
        for position, vertex in zip(owners, bad[first], strict=True):
            value = xy[vertex][absurd[vertex]][0]
            self._refuse(
                [live[position]], Fault("not-finite", f"the coordinate {value} is not a usable number")
            )

    def refuse_places_off_the_earth(self) -> None:
        """A place that cannot be in the file's coordinate system is refused."""
        if self._crs.in_degrees:
            self._refuse_degrees_out_of_range()
        else:
            self._refuse_projected_out_of_range()

    def _refuse_degrees_out_of_range(self) -> None:
        live = self._live()
        box = shapely.bounds(self._geometries[live])
        west, south, east, north = box.T
        # Land that crosses longitude 180 may count on beyond it; it is split or refused later, as a whole.
        crossing = (west < east) & (west <= 180.0) & (east >= -180.0) & (west >= -360.0) & (east <= 360.0)
        wrong = (south < -90.0) | (north > 90.0) | (((west < -180.0) | (east > 180.0)) & ~crossing)
        for row, values in zip(live[wrong], box[wrong], strict=True):
            self._refuse([row], _out_of_range(*values))

    def _refuse_projected_out_of_range(self) -> None:
        live = self._live()
        xy, owner = shapely.get_coordinates(self._geometries[live], return_index=True)
        lost = far_away(self._crs.to_lonlat(xy), self._crs.bounds)
        owners, first = np.unique(owner[lost], return_index=True)
        for position, vertex in zip(owners, np.flatnonzero(lost)[first], strict=True):
            x, y = xy[vertex]
            place = f"the point {x:.10g}, {y:.10g} has no place in {self._crs.name}"
            self._refuse([live[position]], Fault("out-of-range", place))

    def refuse_short_rings(self) -> None:
        """A ring needs three different points."""
        live = self._live_beyond_points()
        parts, owner = shapely.get_parts(self._geometries[live], return_index=True)
        polygonal = shapely.get_type_id(parts) == GeometryType.POLYGON
        rings, part = shapely.get_rings(parts[polygonal], return_index=True)
        if len(rings):
            self._refuse(np.unique(live[owner[polygonal][part[_short(rings)]]]), TOO_FEW_POINTS)

    def drop_repeats(self) -> None:
        """Vertices that repeat the one before, and empty parts, are dropped; everything else stays."""
        live = self._live_beyond_points()
        parts, owner = shapely.get_parts(self._geometries[live], return_index=True)
        for position in np.unique(owner[shapely.is_empty(parts)]):
            row = live[position]
            self._geometries[row] = _without_empty_parts(self._geometries[row])
        before = self._geometries[live]
        after = shapely.remove_repeated_points(before, 0.0)
        changed = shapely.get_num_coordinates(after) < shapely.get_num_coordinates(before)
        self._geometries[live[changed]] = after[changed]
        if changed.any():
            self._notes.append(f"repeated vertices removed in {int(changed.sum())} rows")

    def table(self, path: Path, crs_origin: str) -> SourceTable:
        """Return what went through, and what did not."""
        raw, live = self._raw, self._live()
        numbers = raw.numbers if raw.numbers is not None else np.arange(1, len(raw.attributes) + 1)
        refused = (
            RefusedRow(int(numbers[row]), fault.reason, fault.code, raw.attributes[row])
            for row, fault in sorted(self._faults.items())
        )
        return SourceTable(
            path=path,
            layer=raw.layer,
            fields=raw.fields,
            crs=self._crs,
            crs_origin=crs_origin,
            encoding=raw.encoding,
            read=len(raw.attributes),
            numbers=numbers[live].astype(np.int64),
            attributes=[raw.attributes[row] for row in live],
            geometries=self._geometries[live],
            refused=tuple(refused),
            notes=tuple(self._notes),
        )


def _simple_parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    parts = [geometry]
    while any(hasattr(part, "geoms") for part in parts):
        parts = [piece for part in parts for piece in (getattr(part, "geoms", None) or [part])]
        parts = [part for part in parts if not part.is_empty]
    return parts


def _without_empty_parts(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    filled = parts[~shapely.is_empty(parts)]
    return _GATHER[GeometryType(int(shapely.get_type_id(filled[0])))](filled)


def _out_of_range(west: float, south: float, east: float, north: float) -> Fault:
    """Say which value is wrong, and whether the axes were exchanged or the unit is not degrees."""
    latitude = north if north > 90.0 else south
    if (south < -90.0 or north > 90.0) and max(abs(west), abs(east)) <= 90.0 and max(-south, north) <= 180.0:
        return Fault(
            "swapped-axes", f"longitude and latitude look swapped ({latitude:.10g} is given as latitude)"
        )
    wrong_latitude = south < -90.0 or north > 90.0
    value = latitude if wrong_latitude else (east if east > 180.0 else west)
    sentence = f"{value:.10g} is not a {'latitude' if wrong_latitude else 'longitude'}"
    if max(abs(value), abs(east), abs(west)) > 400.0:
        sentence += "; the coordinates look like metres: name their coordinate system with --crs"
    return Fault("out-of-range", sentence)


def far_away(lonlat: FloatArray, bounds: tuple[float, float, float, float] | None) -> Mask:
    """Mark the points that are nowhere, or very far from the land a system is made for."""
    nowhere: Mask = np.logical_not(np.isfinite(lonlat).all(axis=1))
    lon, lat = np.where(nowhere[:, None], 0.0, lonlat).T
    west, south, east, north = bounds or (-180.0, -90.0, 180.0, 90.0)
    width = (east - west) % 360.0 or 360.0
    past = (lon - west) % 360.0
    beside = np.where(past > width, np.minimum(past - width, 360.0 - past), 0.0)
    beyond = np.maximum(south - lat, lat - north)
    far: Mask = (np.maximum(beside, beyond) > FAR_OUTSIDE_DEGREES) | (np.abs(lat) > 90.0)
    return nowhere | far


def _short(rings: ObjectArray) -> Mask:
    """Mark the rings whose points are all one of two."""
    xy, owner = shapely.get_coordinates(rings, return_index=True)
    lengths = np.bincount(owner, minlength=len(rings))
    starts = np.cumsum(lengths) - lengths
    same = (xy == xy[starts][owner]).all(axis=1)
    candidates = np.where(same, len(xy), np.arange(len(xy)))
    other = np.minimum.reduceat(candidates, starts)
    second = xy[np.minimum(other, len(xy) - 1)][owner]
    in_two: Mask = same | (xy == second).all(axis=1)
    short: Mask = np.logical_and.reduceat(in_two, starts)
    return short
