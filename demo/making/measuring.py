"""Areas and widths of the expected findings, by other arithmetic than the audit that is held to them."""

from __future__ import annotations

import numpy as np
import shapely
from pyproj import Transformer

from demo.making.plane import FloatArray

#: Edges are straight in degrees, and bent in the equal-area projection: they are cut this fine before.
_LONGEST_DEGREES = 1e-4
_GRID = 60
_ROUNDS = 12
_METRES_PER_DEGREE = 111_320.0


def area_m2(shape: shapely.Geometry) -> float:
    """Measure land on the ellipsoid of WGS 84 by an equal-area projection."""
    projected = Transformer.from_crs("EPSG:4326", "+proj=cea +ellps=WGS84", always_xy=True)
    fine = shapely.segmentize(shape, _LONGEST_DEGREES)
    flat = shapely.transform(fine, lambda xy: np.column_stack(projected.transform(xy[:, 0], xy[:, 1])))
    return float(flat.area)


def width_m(polygon: shapely.Polygon) -> float:
    """Measure the largest circle inside: a triangle's by Heron, another's by looking ever closer."""
    west, south, _, north = polygon.bounds
    scale = _METRES_PER_DEGREE * np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    metres = shapely.transform(polygon, lambda xy: (xy - (west, south)) * scale)
    if shapely.get_num_coordinates(metres) == 4:
        return float(4 * metres.area / metres.length)
    low, high = np.array(metres.bounds[:2]), np.array(metres.bounds[2:])
    widest = 0.0
    for _ in range(_ROUNDS):
        xy = np.stack(np.meshgrid(*np.linspace(low, high, _GRID).T), axis=-1).reshape(-1, 2)
        inside = xy[shapely.contains_xy(metres, xy[:, 0], xy[:, 1])]
        far: FloatArray = shapely.distance(shapely.points(inside), metres.exterior)
        widest = max(widest, 2 * float(far.max()))
        around = (high - low) / 4
        low, high = inside[far.argmax()] - around, inside[far.argmax()] + around
    return widest
