"""A refused edit and what it was about, asked of shapely's own geometry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from geogrid.core.coverage import Cell
from geogrid.core.lattice import STEP_DEGREES, snap

#: Lines that are drawn, and borders that gain nodes from them, move by less.
HAIR = 2 * STEP_DEGREES
Params = dict[str, Any]


class Case:
    """A refused edit and what it was about."""

    def __init__(self, refusal, coverage, action, params, tolerance, findings) -> None:
        self.refusal, self.coverage = refusal, coverage
        self.action, self.params, self.tolerance = action, params, tolerance
        self.findings = findings
        self.cells = [c for c in coverage.cells.values() if c.shape is not None]
        self._codes = {cell.code: cell for cell in self.cells}

    def cell(self, name: str) -> Cell:
        return self._codes[self.params[name]]

    def named(self, codes: Iterable[str]) -> list[Cell]:
        return [self._codes[code] for code in codes]

    @property
    def level(self) -> int:
        return [level.code for level in self.coverage.levels].index(self.params["level"])

    @property
    def polygon(self) -> shapely.Geometry:
        name = {"fill_gap": "gap", "resolve_overlap": "overlap"}.get(self.action, "polygon")
        return shapely.transform(_read(self.params[name]), snap)

    @property
    def lines(self) -> list[shapely.Geometry]:
        value = self.params["lines"]
        shapes = [_read(one) for one in (value if isinstance(value, list) else [value])]
        parts = shapely.get_parts(
            [s if "Polygon" not in s.geom_type else shapely.boundary(s) for s in shapes]
        )
        return list(shapely.transform(parts, snap))

    def place(self, name: str) -> shapely.Point:
        return shapely.Point(snap(np.array(self.params[name])))


def _read(value: Any) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(value))


def thin(shape: shapely.Geometry, hair: float = HAIR) -> bool:
    """Tell whether nothing of a shape is wider than two hairs."""
    return bool(shapely.is_empty(shapely.buffer(shape, -hair)) or shape.area == 0)


def only_land(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shapely.get_parts(shape)) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def common(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    return only_land(shapely.intersection(one, other, grid_size=STEP_DEGREES))


def without(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    return only_land(shapely.difference(one, other, grid_size=STEP_DEGREES))


def cut_up(shape: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Cut a shape along lines."""
    noded = shapely.union_all([shapely.boundary(shape), *lines], grid_size=STEP_DEGREES)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inside = shapely.contains(shape, shapely.point_on_surface(faces)) if len(faces) else []
    return list(faces[inside]) if len(faces) else []
