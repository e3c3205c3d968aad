"""Parts of cells too thin to be land that anybody meant."""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.coverage import Tolerance
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import width_m
from geogrid.core.compiling import compiled
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, Shapes


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
    thin = np.flatnonzero(_mean_widths_m(parts) < tolerance.width_m)
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


def _mean_widths_m(parts: Shapes) -> FloatArray:
    """Give twice the area over the perimeter of each polygon, metres, true to 1 % up to some 50 km."""
    _, xy, (ring_start, part_start) = shapely.to_ragged_array(parts)
    west, south, east, north = shapely.bounds(parts).T
    scale = np.stack(
        [111_320 * np.cos(np.radians((south + north) / 2)), np.full(len(parts), 111_320.0)], axis=1
    )
    middle = np.stack([(west + east) / 2, (south + north) / 2], axis=1)
    widths = np.empty(len(parts))
    _measure(xy, np.asarray(ring_start), np.asarray(part_start), middle, scale, widths)
    return widths


@compiled
def _measure(
    xy: FloatArray,
    ring_start: IntArray,
    part_start: IntArray,
    middle: FloatArray,
    scale: FloatArray,
    widths: FloatArray,
) -> None:
    for part in range(len(part_start) - 1):
        area, perimeter = 0.0, 0.0
        for ring in range(part_start[part], part_start[part + 1]):
            twice = 0.0
            for at in range(ring_start[ring], ring_start[ring + 1] - 1):
                ax, ay = (
                    (xy[at, 0] - middle[part, 0]) * scale[part, 0],
                    (xy[at, 1] - middle[part, 1]) * scale[part, 1],
                )
                bx = (xy[at + 1, 0] - middle[part, 0]) * scale[part, 0]
                by = (xy[at + 1, 1] - middle[part, 1]) * scale[part, 1]
                twice += ax * by - bx * ay
                perimeter += np.hypot(bx - ax, by - ay)
            area += abs(twice) / 2 if ring == part_start[part] else -abs(twice) / 2
        widths[part] = 2 * area / perimeter if perimeter > 0 else 0.0
