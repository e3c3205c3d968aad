"""Geometries made light enough to be shown: simplified together, rounded, written as steps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import GEOSException

from exporters.report.content import GeometryArray

VERTEX_BUDGET = 400_000
"""Vertices that a page may have: about 4 MB, and a map that follows the finger."""

_STEPS_PER_DEGREE = 10**6
_FIRST_TOLERANCE = 1 / 16_384
"""Share of the land's width at which simplifying starts."""

Rings = list[list[list[int]]]
"""Polygons of rings of steps: the first point in millionths of a degree, then the way to each next point."""


@dataclass(frozen=True)
class Displayed:
    """Levels as they are shown, and by how much they were simplified (degrees; 0: not at all)."""

    levels: list[GeometryArray]
    tolerance: float


def for_display(levels: Sequence[GeometryArray], budget: int = VERTEX_BUDGET) -> Displayed:
    """Simplify levels until they have no more vertices than the budget, neighbours staying edge to edge.

    Each level is simplified as a coverage of its own, with the same tolerance for all, so that no false gap
    opens inside a level; between levels borders may differ by less than the tolerance.
    """
    shown = [_polygons_only(level) for level in levels]
    tolerance = 0.0
    while _vertices(shown) > budget:
        tolerance = tolerance * 2 or _width(shown) * _FIRST_TOLERANCE
        before = _vertices(shown)
        shown = [_simplified(level, tolerance) for level in shown]
        if _vertices(shown) == before and tolerance > _width(shown):
            # Only the rings' last corners are left: so many cells cannot get lighter.
            break
    return Displayed(shown, tolerance)


def steps(geometries: GeometryArray) -> list[Rings]:
    """Write polygons as whole numbers: small, and quick to read for the page.

    Coordinates are rounded to 6 decimals of a degree (0.1 m); what is shown is not what is stored. Repeated
    points are left out, and so is each ring's closing point.
    """
    filled = np.array([_as_multi(geometry) for geometry in geometries], dtype=object)
    if not filled.size:
        return []
    _, coordinates, (ring_ends, polygon_ends, geometry_ends) = shapely.to_ragged_array(
        filled, include_z=False
    )
    whole = np.rint(coordinates * _STEPS_PER_DEGREE).astype(np.int64)
    rings = [_ring_steps(whole[start:end]) for start, end in _spans(ring_ends)]
    polygons = [rings[start:end] for start, end in _spans(polygon_ends)]
    return [polygons[start:end] for start, end in _spans(geometry_ends)]


def land_box(groups: Sequence[GeometryArray]) -> tuple[float, float, float, float] | None:
    """Find west, south, east and north of everything; None if there is nothing."""
    boxes = np.concatenate([np.empty((0, 4)), *(shapely.bounds(group) for group in groups)])
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not boxes.size:
        return None
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _as_multi(geometry: shapely.Geometry | None) -> shapely.MultiPolygon:
    if geometry is None or geometry.is_empty:
        return shapely.MultiPolygon()
    return geometry if geometry.geom_type == "MultiPolygon" else shapely.MultiPolygon([geometry])


def _spans(ends: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(ends.tolist()))


def _ring_steps(points: npt.NDArray[np.int64]) -> list[int]:
    moved = np.diff(points[:-1], axis=0)
    kept = np.concatenate([points[:1], moved[moved.any(axis=1)]])
    result: list[int] = kept.ravel().tolist()
    return result


def _polygons_only(level: GeometryArray) -> GeometryArray:
    """Replace what is no polygon by an empty one: coverages have nothing else."""
    result = shapely.force_2d(np.asarray(level, dtype=object))
    polygonal = np.isin(
        shapely.get_type_id(result),
        [int(shapely.GeometryType.POLYGON), int(shapely.GeometryType.MULTIPOLYGON)],
    )
    result[~polygonal] = shapely.MultiPolygon()
    return result


def _simplified(level: GeometryArray, tolerance: float) -> GeometryArray:
    try:
        simplified: GeometryArray = shapely.coverage_simplify(level, tolerance)
    except GEOSException:
        # Polygons of a draft may be so broken that they are no coverage at all; they are shown one by one.
        simplified = shapely.simplify(level, tolerance, preserve_topology=True)
    return simplified


def _vertices(levels: Sequence[GeometryArray]) -> int:
    return sum(int(shapely.get_num_coordinates(level).sum()) for level in levels)


def _width(levels: Sequence[GeometryArray]) -> float:
    box = land_box(levels)
    return 0.0 if box is None else max(box[2] - box[0], box[3] - box[1])
