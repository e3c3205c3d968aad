"""Geometries in the coordinate system of the file, and how that system is declared in it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from exporters.writers.table import ExportTable, GeometryArray
from geogrid.core.errors import BadInput

_SHIFTED = ("gcj02", "bd09")
_PROMOTIONS = {
    "MultiPoint": (shapely.GeometryType.POINT, shapely.multipoints),
    "MultiLineString": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
    "MultiPolygon": (shapely.GeometryType.POLYGON, shapely.multipolygons),
}


class TargetCrs(Protocol):
    """What a writer needs to know of a coordinate system; `geogrid.core.crs.SourceCrs` has it all."""

    @property
    def name(self) -> str:
        """What to show."""

    @property
    def spec(self) -> str:
        """``EPSG:4548``, WKT, ``gcj02`` or ``bd09``."""

    @property
    def is_lonlat(self) -> bool:
        """Whether coordinates are longitude/latitude as they are stored."""

    def from_lonlat(self, lonlat: npt.NDArray[np.float64], /) -> npt.NDArray[np.float64]:
        """Turn longitude/latitude, shape (n, 2), into coordinates of this system."""


def declaration(crs: TargetCrs) -> CRS | None:
    """Return the definition that a file can carry; None for the shifted systems, which have none."""
    return None if crs.spec in _SHIFTED else CRS.from_user_input(crs.spec)


def are_degrees(crs: TargetCrs) -> bool:
    """Tell whether the coordinates of a system are longitudes and latitudes."""
    declared = declaration(crs)
    return declared is None or declared.is_geographic


def crs_notes(crs: TargetCrs) -> list[str]:
    """Say what a reader of a file must know because the file itself cannot say it."""
    if declaration(crs) is not None:
        return []
    return [
        f"The coordinates are {crs.name}, a shifted system that files cannot declare: "
        "name it whenever this file is read; taken for WGS 84 it is wrong by hundreds of metres."
    ]


def converted_geometries(table: ExportTable, rows: slice, crs: TargetCrs) -> GeometryArray:
    """Take a piece of a table's geometries into the coordinate system of the file.

    Heights are dropped. Single geometries become multi-geometries where the table holds those. Coordinates of
    the stored system are not touched.

    Raises
    ------
    BadInput
        If a point has no coordinates in that system, with the number of its row.
    """
    if table.geometries is None:
        raise ValueError(f"The table {table.name} has no geometries.")
    geometries = _promoted(shapely.force_2d(table.geometries[rows]), table.geometry_type)
    if crs.is_lonlat:
        return geometries
    moved: GeometryArray = shapely.transform(geometries, crs.from_lonlat)
    _require_finite(moved, rows.start, crs)
    return moved


def _promoted(geometries: GeometryArray, geometry_type: str) -> GeometryArray:
    if geometry_type not in _PROMOTIONS:
        return geometries
    single, collect = _PROMOTIONS[geometry_type]
    which = np.flatnonzero(shapely.get_type_id(geometries) == int(single))
    if which.size:
        geometries = geometries.copy()
        geometries[which] = collect(geometries[which], indices=np.arange(which.size))
    return geometries


def _require_finite(geometries: GeometryArray, first_row: int, crs: TargetCrs) -> None:
    coordinates, owners = shapely.get_coordinates(geometries, return_index=True)
    bad = ~np.isfinite(coordinates).all(axis=1)
    if bad.any():
        row = first_row + int(owners[np.argmax(bad)]) + 1
        raise BadInput(
            f"Row {row} lies where {crs.name} has no coordinates; choose another system with --crs.",
            row=row,
            crs=crs.name,
        )
