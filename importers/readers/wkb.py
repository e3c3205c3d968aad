"""From well-known binary to geometries, row by row only where a row is broken."""

from __future__ import annotations

import shapely
from shapely.errors import GEOSException

from importers.readers.table import Fault, ObjectArray, as_objects

TOO_FEW_POINTS = Fault("too-few-points", "a ring has fewer than 3 different points")
NOT_FLAT = Fault("wrong-geometry-type", "is a surface, a solid or a curve, not points, lines or polygons")
BROKEN = Fault("broken-geometry", "its geometry is damaged and cannot be read")


def parse_wkb(wkb: ObjectArray) -> tuple[ObjectArray, dict[int, Fault], int]:
    """Parse geometries.

    Returns
    -------
    tuple
        The geometries (None where there is none), the faults by row, and how many rings were closed.
    """
    try:
        parsed = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:
        parsed = as_objects([None] * len(wkb))
    geometries = as_objects(list(parsed))
    faults: dict[int, Fault] = {}
    closed = 0
    for row, data in enumerate(wkb):
        if data is None or geometries[row] is not None:
            continue
        geometries[row], fault, was_open = _mended(data)
        closed += was_open
        if fault is not None:
            faults[row] = fault
    return geometries, faults, closed


def _mended(data: bytes) -> tuple[shapely.Geometry | None, Fault | None, bool]:
    """Parse one geometry that did not parse at once; close its rings if that is all it needs."""
    try:
        return shapely.from_wkb(data), None, False
    except NotImplementedError:
        return None, NOT_FLAT, False
    except GEOSException as error:
        said = str(error)
    if "closed" in said:
        mended = shapely.from_wkb(data, on_invalid="fix")
        return mended, (TOO_FEW_POINTS if mended is None else None), mended is not None
    if "number of points" in said:
        return None, TOO_FEW_POINTS, False
    return None, (NOT_FLAT if "Unknown WKB type" in said else BROKEN), False
