"""The land of the demonstration: all its cells on three levels, and the raster they were grown on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from demo.making.arcs import Bends
from demo.making.coverage import cells_of
from demo.making.plan import Plan
from demo.making.plane import FloatArray, Plane
from demo.making.terrain import terrain
from demo.making.territories import labels_of

_MARGIN_M = 2000.0
_OFFICIAL, _CARVED, _DERIVED = "official", "official_less_derived", "derived"


@dataclass(frozen=True)
class Cell:
    """A cell that is made; its outline in degrees of the sources' coordinate system."""

    code: str
    name: str
    parent: str
    attributes: dict[str, Any]
    shape: shapely.Geometry


@dataclass(frozen=True)
class Land:
    """The cells of the three levels, from the top, each in order of codes."""

    plan: Plan
    plane: Plane
    heights: FloatArray
    bends: Bends
    city: list[Cell]
    districts: list[Cell]
    territories: list[Cell]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """An index of the third-level cells."""
        return shapely.STRtree([cell.shape for cell in self.territories])

    def territories_at(self, shape: shapely.Geometry) -> list[int]:
        """Give the third-level cells that a shape meets."""
        return sorted(self.tree.query(shape, predicate="intersects").tolist())


def land_of(plan: Plan) -> Land:
    """Grow the land of a plan."""
    rng = np.random.default_rng(plan.document["seed"])
    plane = Plane.around(plan.city.bounds, plan.document["pixel_m"], _MARGIN_M)
    settled = [centre.at for centre in plan.centres]
    heights = terrain(plane, settled, rng, plan.document["wavelength_m"])
    bends = Bends.over(plane.shape, rng)
    shapes = _territory_shapes(plan, plane, heights, bends)
    territories = [
        Cell(t.code, t.name, t.above, _of_territory(t), shape)
        for t, shape in zip(plan.territories, shapes, strict=True)
    ]
    return Land(plan, plane, heights, bends, [_city(plan)], _districts(plan, territories), territories)


def _territory_shapes(plan: Plan, plane: Plane, heights: FloatArray, bends: Bends) -> list[shapely.Geometry]:
    parts: dict[int, list[shapely.Geometry]] = {}
    for labels in labels_of(plan, plane, heights):
        shapes = cells_of(plan.districts[labels.district], labels.label, plane, bends)
        for k, shape in shapes.items():
            parts.setdefault(k, []).append(shape)
    return [_united(parts[k]) for k in range(len(plan.territories))]


def _united(shapes: Iterable[shapely.Geometry]) -> shapely.Geometry:
    return shapely.normalize(shapely.coverage_union_all(list(shapes)))


def _of_territory(territory: Any) -> dict[str, Any]:
    return {
        "kind": territory.kind,
        "name_en": territory.name_en,
        "geometry_source": _DERIVED,
        **territory.sources,
    }


def _city(plan: Plan) -> Cell:
    city = plan.document["city"]
    attributes = {"kind": city["kind"], "name_en": city["name_en"], "geometry_source": _OFFICIAL}
    return Cell(city["code"], city["name"], "", attributes, plan.city)


def _districts(plan: Plan, territories: list[Cell]) -> list[Cell]:
    """Put the second-level cells together from those below; say which are the real outline, as it came."""
    cells = []
    for district in [*plan.document["districts"], *plan.document["carved"]]:
        code = district["code"]
        shape = _united(cell.shape for cell in territories if cell.parent == code)
        real = plan.districts.get(code)
        real_or_carved = _OFFICIAL if real is not None and shapely.equals(shape, real) else _CARVED
        source = _DERIVED if real is None else real_or_carved
        attributes = {"kind": district["kind"], "name_en": district["name_en"], "geometry_source": source}
        cells.append(Cell(code, district["name"], plan.document["city"]["code"], attributes, shape))
    return cells
