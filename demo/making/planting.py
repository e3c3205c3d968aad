"""The draft with faults: cells as they are published, WGS 84 on the lattice, each spoilt at one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from demo.making.files import Feature
from demo.making.land import Cell, Land
from demo.making.measuring import area_m2, width_m
from demo.making.plane import FloatArray, Plane
from geogrid.core.crs import resolve_crs
from geogrid.core.lattice import snap

#: Borders are spoilt on an edge of about this length, so that no other vertex is touched.
_EDGE_M = (170.0, 640.0)
_BULGE = np.radians([25, 55, 90, 125, 155])
_BLOB = np.radians(np.arange(0, 360, 12))
_STEP_M = 150.0

Spoilt = dict[str, shapely.Geometry]


@dataclass(frozen=True)
class Planted:
    """The cells of the draft that differ from the edition, and what an audit has to find in it."""

    cells: list[Feature]
    expected: list[dict[str, Any]]


def planted_of(land: Land, objects: Sequence[shapely.Geometry]) -> Planted:
    """Plant every fault of the plan, away from all objects (degrees of the sources' system)."""
    return _Planter(land, objects).plant()


def published(shape: shapely.Geometry, crs: str) -> shapely.Geometry:
    """Give a shape of the files as an edition stores it: WGS 84, on the lattice."""
    to_lonlat = resolve_crs(crs).to_lonlat
    return shapely.transform(shape, lambda xy: snap(to_lonlat(xy)))


class _Planter:
    """Spoils one place after the other."""

    def __init__(self, land: Land, objects: Sequence[shapely.Geometry]) -> None:
        crs = land.plan.document["crs"]
        self._plan = land.plan.document["planted"]
        self._level = list(land.plan.document["levels"].values())[-1]
        self._plane: Plane = land.plane
        self._cells: dict[str, Cell] = {cell.code: cell for cell in land.territories}
        self._shapes: Spoilt = {cell.code: published(cell.shape, crs) for cell in land.territories}
        self._objects = shapely.STRtree([self._metres(published(one, crs)) for one in objects])
        self._spoilt: Spoilt = {}
        self._expected: list[dict[str, Any]] = []

    def plant(self) -> Planted:
        """Plant all that the plan names."""
        self._gap(self._plan["gap"])
        self._inlet(self._plan["inlet"])
        self._overlap(self._plan["overlap"])
        self._sliver(self._plan["sliver"])
        self._outside(self._plan["outside"])
        new = self._vacant(self._plan["vacant"])
        cells = [self._feature(self._cells[code], self._spoilt[code]) for code in sorted(self._spoilt)]
        return Planted([*cells, new], self._expected)

    # --- The faults ---------------------------------------------------------------------------------

    def _gap(self, plan: Mapping[str, Any]) -> None:
        hole = self._blob(plan["in"], plan["width_m"])
        self._take(plan["in"], hole)
        self._expect("gap", "a gap inside a cell", [plan["in"]], hole)

    def _inlet(self, plan: Mapping[str, Any]) -> None:
        bay = self._bulge(plan["in"], None, plan["depth_m"])
        self._take(plan["in"], bay)
        self._expect("gap", "an inlet at the rim", [plan["in"]], bay)

    def _overlap(self, plan: Mapping[str, Any]) -> None:
        strip = self._bulge(plan["over"], plan["of"], plan["depth_m"])
        self._give(plan["of"], strip)
        self._expect("overlap", "land that two cells claim", [plan["of"], plan["over"]], strip)

    def _sliver(self, plan: Mapping[str, Any]) -> None:
        """Give a needle on the border of two cells to a third, as careless drawing does."""
        start, end = next(self._edges(plan["in"], plan["along"]))
        metres = self._plane.to_metres([start, end])
        way = metres[1] - metres[0]
        tip = metres.mean(axis=0) + _left(way) * plan["width_m"]
        needle = shapely.polygons(np.array([start, end, snap(self._plane.to_degrees([tip]))[0], start]))
        self._take(plan["in"], needle)
        self._give(plan["of"], needle)
        self._expect("sliver", "a part too thin to be meant", [plan["of"]], needle)

    def _outside(self, plan: Mapping[str, Any]) -> None:
        land = self._bulge(plan["into"], plan["of"], plan["depth_m"])
        self._take(plan["into"], land)
        self._give(plan["of"], land)
        self._expect("outside_parent", "a cell that leaves its parent", [plan["of"]], land)

    def _vacant(self, plan: Mapping[str, Any]) -> Feature:
        land = self._blob(plan["in"], plan["width_m"])
        self._take(plan["in"], land)
        around = self._cells[plan["in"]]
        attributes = {**around.attributes, "kind": plan["kind"], "name_en": plan["name_en"]}
        attributes |= {"name_source": "assumed", "code_source": "local", "seat_source": "assumed"}
        self._expected.append(
            {
                "what": "a new cell with a vacant mandatory post",
                "rule": "vacancy",
                "level": self._level,
                "cells": [plan["code"]],
                "area_m2": None,
                "width_m": None,
            }
        )
        return self._feature(Cell(plan["code"], plan["name"], around.parent, attributes, land), land)

    def _expect(self, rule: str, what: str, codes: list[str], shape: shapely.Polygon) -> None:
        self._expected.append(
            {
                "what": what,
                "rule": rule,
                "level": self._level,
                "cells": sorted(codes),
                "area_m2": round(area_m2(shape), 2),
                "width_m": round(width_m(shape), 3),
            }
        )

    # --- Land that changes hands --------------------------------------------------------------------

    def _take(self, code: str, land: shapely.Polygon) -> None:
        self._spoilt[code] = self._exactly(shapely.difference, code, land)

    def _give(self, code: str, land: shapely.Polygon) -> None:
        self._spoilt[code] = self._exactly(shapely.union, code, land)

    def _exactly(self, change: Any, code: str, land: shapely.Polygon) -> shapely.Geometry:
        """Change a cell along vertices that are there; nothing may be rounded on the way."""
        before = self._spoilt.get(code, self._shapes[code])
        after = shapely.normalize(change(before, land))
        known = {*_vertices(before), *_vertices(land)}
        if not _vertices(after) <= known or not shapely.is_valid(after):
            raise ValueError(f"planting in {code} would move vertices")
        return after

    @staticmethod
    def _feature(cell: Cell, shape: shapely.Geometry) -> Feature:
        properties = {"code": cell.code, "name": cell.name, "parent": cell.parent, **cell.attributes}
        return properties, shape

    # --- Places -------------------------------------------------------------------------------------

    def _blob(self, code: str, width_m: float) -> shapely.Polygon:
        """Give roundish land inside a cell, as near to its seat as objects and borders leave room for it."""
        radius = width_m / 2 * (1 + 0.16 * np.cos(2 * _BLOB) + 0.09 * np.sin(3 * _BLOB))
        around = np.stack([np.cos(_BLOB), np.sin(_BLOB)], axis=1) * radius[:, None]
        cell = self._metres(self._shapes[code])
        shapely.prepare(cell)
        west, south, east, north = cell.bounds
        middle = shapely.get_coordinates(cell.centroid)[0]
        spots = np.stack(
            np.meshgrid(np.arange(west, east, _STEP_M), np.arange(south, north, _STEP_M)), axis=-1
        ).reshape(-1, 2)
        for spot in spots[np.argsort(((spots - middle) ** 2).sum(axis=1), kind="stable")]:
            ring = shapely.polygons(self._on_lattice(spot + around))
            if self._is_free(ring, cell):
                return ring
        raise ValueError(f"there is no room for {width_m} m in {code}")

    def _bulge(self, code: str, along: str | None, depth_m: float) -> shapely.Polygon:
        """Give land of a cell on an edge that it shares with another, or with nobody."""
        cell = self._metres(self._shapes[code])
        shapely.prepare(cell)
        for start, end in self._edges(code, along):
            metres = self._plane.to_metres([start, end])
            way = metres[1] - metres[0]
            deep = np.sin(_BULGE)[:, None] * _left(way) * depth_m
            inner = metres.mean(axis=0) - np.cos(_BULGE)[:, None] * way / 2 * 0.9 + deep
            ring = np.concatenate([[start, end], self._on_lattice(inner)[::-1], [start]])
            if self._is_free(shapely.polygons(ring), cell, beside=shapely.linestrings(metres)):
                return shapely.polygons(ring)
        raise ValueError(f"no border of {code} is straight and free enough")

    def _edges(self, code: str, along: str | None) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Give a cell's edges along another cell or the rim, its land on their left, the longest first."""
        if along is None:
            other = {edge for name, shape in self._shapes.items() if name != code for edge in _steps(shape)}
            own = [(a, b) for a, b in _steps(self._shapes[code]) if (b, a) not in other]
        else:
            theirs = set(_steps(self._shapes[along]))
            own = [(a, b) for a, b in _steps(self._shapes[code]) if (b, a) in theirs]
        lengths = np.hypot(
            *(self._plane.to_metres([b for _, b in own]) - self._plane.to_metres([a for a, _ in own])).T
        )
        for number in np.argsort(-lengths, kind="stable").tolist():
            if _EDGE_M[0] <= lengths[number] <= _EDGE_M[1]:
                yield np.array(own[number][0]), np.array(own[number][1])

    def _is_free(
        self, land: shapely.Polygon, cell: shapely.Geometry, beside: shapely.LineString | None = None
    ) -> bool:
        metres = self._metres(land)
        wide = shapely.buffer(metres, self._plan["clear_m"])
        room = wide if beside is None else shapely.difference(metres, shapely.buffer(beside, 1.0))
        return bool(
            shapely.is_valid(metres)
            and shapely.covers(cell, room)
            and not len(self._objects.query(wide, predicate="intersects"))
        )

    def _metres(self, shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, self._plane.to_metres)

    def _on_lattice(self, metres: FloatArray) -> FloatArray:
        return snap(self._plane.to_degrees(metres))


def _left(way: FloatArray) -> FloatArray:
    """Give the direction to the left of a way, one metre long."""
    return np.array([-way[1], way[0]]) / np.hypot(*way)


def _steps(shape: shapely.Geometry) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Give the directed edges of a shape, its land on their left."""
    for part in shapely.get_parts(shape):
        turned = shapely.orient_polygons(part)
        for ring in shapely.get_rings(turned):
            xy = [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
            yield from pairwise(xy)


def _vertices(shape: shapely.Geometry) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(shape).tolist()}
