"""Parts of cells too thin to be land that anybody meant."""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import in_local_metres, width_m
from geogrid.core.land import Land


def audit_slivers(land: Land, tolerance: Tolerance) -> list[Finding]:
    """Find parts of cells, or whole cells, that are nowhere as wide as the tolerance.

    Only levels that divide land are looked at. Twice the area over the perimeter bounds the width from below,
    so only parts that are thin on average are measured.
    """
    divides = np.array([level.divides_land for level in land.levels], dtype=bool)
    cells = np.flatnonzero(land.has_land & divides[land.level]) if len(land) else np.zeros(0, np.int64)
    parts, of = shapely.get_parts(land.shapes[cells], return_index=True)
    parts, of = parts[~shapely.is_empty(parts)], of[~shapely.is_empty(parts)]
    if not len(parts):
        return []
    metres = in_local_metres(parts)
    thin = np.flatnonzero(2 * shapely.area(metres) < tolerance.width_m * shapely.length(metres))
    findings = []
    for part in thin.tolist():
        area = float(polygon_areas(parts[part : part + 1])[0])
        width = width_m(parts[part], area)
        if width < tolerance.width_m:
            code = land.code[cells[of[part]]]
            findings.append(
                Finding(
                    rule="sliver",
                    level=land.levels[int(land.level[cells[of[part]]])].code,
                    cells=(code,),
                    message=f"a part of {code} is nowhere wider than {width:.3f} m",
                    severity="minor",
                    area_m2=area,
                    width_m=width,
                    geometry=shapely.MultiPolygon([parts[part]]),
                )
            )
    return findings
