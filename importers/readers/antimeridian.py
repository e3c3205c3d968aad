"""Land and features at longitude 180."""

from __future__ import annotations

import warnings

import antimeridian
import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import GEOSException

from geogrid.core.errors import BadCoordinates
from importers.readers.table import ObjectArray


def crosses_antimeridian(geometries: ObjectArray) -> npt.NDArray[np.bool_]:
    """Mark the geometries that cross longitude 180.

    Parameters
    ----------
    geometries : array of n shapely geometries
        Longitude/latitude, degrees; None counts as not crossing.

    Returns
    -------
    array of n bool
        True where an edge spans more than 180 degrees of longitude or a longitude lies beyond 180;
        an edge from -180 to 180 exactly runs along the edge of the map and crosses nothing.
    """
    crossing = np.zeros(len(geometries), dtype=bool)
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    crossing[owner[np.abs(xy[:, 0]) > 180.0]] = True
    parts, part_owner = shapely.get_parts(geometries, return_index=True)
    rings, ring_owner = _lines(parts)
    xy, line = shapely.get_coordinates(rings, return_index=True)
    spans = np.abs(np.diff(xy[:, 0]))
    jumps = (spans > 180.0) & (spans != 360.0) & (line[1:] == line[:-1])
    crossing[part_owner[ring_owner[line[1:][jumps]]]] = True
    return crossing


def split_antimeridian(geometry: shapely.Geometry) -> shapely.Geometry:
    """Split a feature that crosses longitude 180 into parts on either side of it.

    Parameters
    ----------
    geometry : shapely line, polygon, or several of them
        Longitude/latitude, degrees, not empty. Points are returned with their longitude within 180.

    Raises
    ------
    BadCoordinates
        If it cannot be split.
    """
    # Longitudes that count on beyond 180 become jumps, the one form that the package splits with all holes.
    geometry = shapely.transform(geometry, _within_180)
    if geometry.geom_type in ("Point", "MultiPoint"):
        return geometry
    try:
        with warnings.catch_warnings():
            # It warns where it turns a ring round, which is right here: rings may come either way.
            warnings.simplefilter("ignore")
            return _fixed(geometry)
    except (AssertionError, ValueError, TypeError, IndexError, KeyError, GEOSException) as error:
        raise BadCoordinates("The shape crosses longitude 180 in a way that cannot be split.") from error


def _fixed(geometry: shapely.Geometry) -> shapely.Geometry:
    if geometry.geom_type == "LineString":
        return antimeridian.fix_line_string(geometry, great_circle=False)
    if geometry.geom_type == "MultiLineString":
        return antimeridian.fix_multi_line_string(geometry, great_circle=False)
    if geometry.geom_type == "Polygon":
        return antimeridian.fix_polygon(geometry, fix_winding=True, great_circle=False)
    return antimeridian.fix_multi_polygon(geometry, fix_winding=True)


def _within_180(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lon = np.where(np.abs(xy[:, 0]) > 180.0, (xy[:, 0] + 180.0) % 360.0 - 180.0, xy[:, 0])
    return np.column_stack([lon, xy[:, 1]])


def _lines(parts: ObjectArray) -> tuple[ObjectArray, npt.NDArray[np.intp]]:
    """Return the lines of lines, and the rings of polygons, each with the part it belongs to."""
    kinds = shapely.get_type_id(parts)
    linear = np.flatnonzero(
        (kinds == shapely.GeometryType.LINESTRING) | (kinds == shapely.GeometryType.LINEARRING)
    )
    polygonal = np.flatnonzero(kinds == shapely.GeometryType.POLYGON)
    rings, owner = shapely.get_rings(parts[polygonal], return_index=True)
    return np.concatenate([parts[linear], rings]), np.concatenate([linear, polygonal[owner]])
