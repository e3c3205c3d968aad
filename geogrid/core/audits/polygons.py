"""Polygons that were invalid as they came, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.audits.finding import Finding
from geogrid.core.land import Land


@dataclass(frozen=True, slots=True)
class PolygonFault:
    """Why a polygon was invalid, where (longitude/latitude), and whether its land is open to doubt.

    Rings that only touch, or run out and back, leave no doubt which land is meant; crossings do.
    """

    reason: str
    at: shapely.Point | None
    doubtful: bool


def audit_polygons(land: Land, faults: Mapping[int, PolygonFault]) -> list[Finding]:
    """Find cells whose polygon crosses itself, as it came or as it is stored.

    Parameters
    ----------
    land : Land
    faults : mapping
        Cell → what was wrong with its polygon when it was imported. The draft holds it mended by the even-odd
        rule; a fault that is doubtful keeps it from being published, for only a person knows what was meant.
    """
    stored = {
        int(cell): PolygonFault(shapely.is_valid_reason(land.shapes[cell]), None, doubtful=True)
        for cell in np.flatnonzero(land.has_land & ~shapely.is_valid(land.shapes))
    }
    return [
        Finding(
            "invalid_polygon",
            land.levels[int(land.level[cell])].code,
            (land.code[cell],),
            f"the polygon of {land.code[cell]} is invalid: {fault.reason}",
            "major" if fault.doubtful else "minor",
            geometry=fault.at or land.shapes[cell],
        )
        for cell, fault in sorted({**stored, **faults}.items())
    ]
