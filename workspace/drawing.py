"""A cell's border as a small drawing: the cell, what divides it, what lies around it, and a scale bar.

All shapes are brought to one raster of whole units, so that borders that are one on the land stay one in the
drawing, however few of their vertices are left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

WIDTH, LOWEST, HIGHEST = 1000, 420, 1200
"""Units of the drawing: its width, and the bounds of its height."""
MARGIN = 0.08
"""What is seen around the cell, as a part of its size."""
METRES_PER_DEGREE = 111_320.0
BAR = 0.25
"""The longest scale bar, as a part of the width."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Frame:
    """How longitude and latitude become units: linear, true to scale in the middle."""

    west: float
    north: float
    per_lon: float
    per_lat: float
    height: int

    @classmethod
    def around(cls, shape: shapely.Geometry) -> Frame:
        """Frame a shape with a margin."""
        west, south, east, north = shapely.bounds(shape)
        shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
        wide, high = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
        span = 1 + 2 * MARGIN
        # A tall cell is made to fit the height, a flat one the width; either is in the middle.
        per_lat = min(WIDTH / (wide * span), HIGHEST / (high * span))
        height = max(LOWEST, round(high * span * per_lat))
        per_lon = per_lat * shrink
        return cls(
            (west + east) / 2 - WIDTH / 2 / per_lon,
            (south + north) / 2 + height / 2 / per_lat,
            per_lon,
            per_lat,
            height,
        )

    @property
    def box(self) -> Box:
        """West, south, east, north of what is seen, and a little more: edges of what is cut stay outside."""
        west, north = self.west - WIDTH * 0.02 / self.per_lon, self.north + WIDTH * 0.02 / self.per_lat
        east = self.west + WIDTH * 1.02 / self.per_lon
        return west, self.north - (self.height + WIDTH * 0.02) / self.per_lat, east, north

    def path(self, shape: shapely.Geometry) -> str:
        """Write the rings of a polygon as the data of an SVG path."""
        parts = []
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            degrees = shapely.get_coordinates(ring)
            units = np.rint((degrees - [self.west, self.north]) * [self.per_lon, -self.per_lat]).astype(
                np.int64
            )
            moved = np.ones(len(units), dtype=bool)
            moved[1:] = (units[1:] != units[:-1]).any(axis=1)
            corners = units[moved][:-1]
            if len(corners) > 2:
                parts.append("M" + "L".join(f"{x} {y}" for x, y in corners.tolist()) + "Z")
        return "".join(parts)

    @property
    def bar(self) -> tuple[int, float]:
        """Give the scale bar: its length in units, and in metres, which is 1, 2 or 5 with zeros."""
        metres_per_unit = METRES_PER_DEGREE / self.per_lat
        longest = WIDTH * BAR * metres_per_unit
        step = 10.0 ** math.floor(math.log10(longest))
        metres = next(step * factor for factor in (5, 2, 1) if step * factor <= longest)
        return round(metres / metres_per_unit), metres


@dataclass(frozen=True)
class Drawing:
    """What the template draws."""

    width: int
    height: int
    cell: str
    children: list[str] = field(default_factory=list)
    around: list[str] = field(default_factory=list)
    bar_units: int = 0
    bar_metres: float = 0.0

    @property
    def bar_top(self) -> int:
        """Where the scale bar lies."""
        return self.height - 36


def draw(
    frame: Frame,
    cell: shapely.Geometry,
    *,
    children: Iterable[shapely.Geometry],
    around: Sequence[shapely.Geometry],
) -> Drawing:
    """Draw a cell in its frame."""
    units, metres = frame.bar
    return Drawing(
        width=WIDTH,
        height=frame.height,
        cell=frame.path(cell),
        children=[path for child in children if (path := frame.path(child))],
        around=[path for one in around if (path := frame.path(one))],
        bar_units=units,
        bar_metres=metres,
    )
