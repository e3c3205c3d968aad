"""Invented settlements around the real centres: streets, lots along them, and houses on the lots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from demo.making.land import Land
from demo.making.plane import FloatArray
from demo.making.roads import Road

_FRONT_M, _DEPTH_M = 30.0, 26.0
_STREET_M, _LOTS_A_BLOCK, _CROSS_M = 12.0, 6, 14.0
_LARGE_LOT = 2.6
_FROM_ROAD_M = 14.0
_HOUSE_M = ((10.0, 22.0), (9.0, 15.0))
_REACH = 22


@dataclass(frozen=True)
class Place:
    """Where people settle.

    Attributes
    ----------
    kind : str
        One of the plan's weights: capital, town, village, park, reserve or scenic.
    territory : int
        The third-level cell that it lies in.
    """

    kind: str
    at: tuple[float, float]
    territory: int


@dataclass(frozen=True)
class Settlement:
    """A place with its houses, and further lots that are free; metres.

    Attributes
    ----------
    houses : (n,) shapely Polygon
    free : (m, 2) float64
    """

    place: Place
    houses: list[shapely.Polygon]
    free: FloatArray


def places_of(land: Land) -> list[Place]:
    """Give the real centres, and the assumed seats of cells that have none."""
    capitals = [
        (float(unit["longitude"]), float(unit["latitude"]))
        for unit in land.plan.units
        if unit["level"] == "county"
    ]
    near = land.plan.document["weights"]["capital"]["near_m"]
    capital_points = shapely.MultiPoint(land.plane.to_metres(capitals))
    places = []
    for centre in land.plan.centres:
        in_capital = shapely.dwithin(capital_points, shapely.Point(*land.plane.to_metres([centre.at])), near)
        town = "capital" if in_capital else "town"
        places.append(Place(town if centre.is_seat else "village", centre.at, _holder(land, centre.at)))
    real = {place.at for place in places}
    for number, (cell, territory) in enumerate(zip(land.territories, land.plan.territories, strict=True)):
        at = territory.seats[0]
        if at not in real:
            carved = cell.parent not in land.plan.districts
            kind = "scenic" if carved and territory.kind == "township" else territory.kind
            kind = "town" if kind == "township" else kind
            places.append(Place(kind, _inside(cell.shape, at), number))
    return places


def _holder(land: Land, at: tuple[float, float]) -> int:
    (holder,) = land.territories_at(shapely.Point(at))
    return holder


def _inside(shape: shapely.Geometry, at: tuple[float, float]) -> tuple[float, float]:
    """Give the place, or one in the shape where it grew away from it."""
    if shapely.contains_xy(shape, *at):
        return at
    point = shapely.point_on_surface(shape)
    return (point.x, point.y)


def settle(
    land: Land,
    places: Sequence[Place],
    wanted: Sequence[int],
    roads: Sequence[Road],
    rng: np.random.Generator,
) -> list[Settlement]:
    """Build so many houses at each place, none on another, on a road or over a border."""
    ground = _Ground(land, roads)
    return [ground.settled(place, count, rng) for place, count in zip(places, wanted, strict=True)]


class _Ground:
    """The land in metres with what stands in the way of houses."""

    def __init__(self, land: Land, roads: Sequence[Road]) -> None:
        to_metres = land.plane.to_metres
        self._plane = land.plane
        self._roads = shapely.transform(np.array([road.shape for road in roads]), to_metres)
        self._road_tree = shapely.STRtree(self._roads)
        self._cells = shapely.transform(np.array([cell.shape for cell in land.territories]), to_metres)
        shapely.prepare(self._cells)
        self._houses: list[shapely.Polygon] = []

    def settled(self, place: Place, count: int, rng: np.random.Generator) -> Settlement:
        """Take the lots nearest to the middle, but not all of them."""
        middle = self._plane.to_metres([place.at])[0]
        large = place.kind == "park"
        houses: list[shapely.Polygon] = []
        free = []
        others = shapely.STRtree(self._houses)
        for lot in _lots(middle, self._along(middle), large=large, rng=rng):
            house = _house(lot, large=large, rng=rng)
            if not self._fits(house, place.territory, others):
                continue
            if len(houses) < count and rng.random() < 0.7:
                houses.append(house)
            else:
                free.append(lot[:2])
            if len(houses) == count and len(free) >= 3 * count + 40:
                break
        self._houses += houses
        return Settlement(place, houses, np.array(free).reshape(-1, 2))

    def _along(self, middle: FloatArray) -> float:
        """Give the direction of the nearest road: streets run along it."""
        point = shapely.Point(middle)
        road = self._roads[self._road_tree.nearest(point)]
        at = shapely.line_locate_point(road, point)
        ends = shapely.line_interpolate_point(road, [max(at - 60, 0), min(at + 60, road.length)])
        (x, y), (u, v) = shapely.get_coordinates(ends)
        return float(np.arctan2(v - y, u - x))

    def _fits(self, house: shapely.Polygon, territory: int, others: shapely.STRtree) -> bool:
        if not shapely.contains_properly(self._cells[territory], house):
            return False
        if len(self._road_tree.query(house, predicate="dwithin", distance=_FROM_ROAD_M - 8)):
            return False
        return not len(others.query(house, predicate="dwithin", distance=4.0))


def _lots(middle: FloatArray, along: float, *, large: bool, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Give lots in blocks between streets, about from the middle outwards: x, y and direction."""
    size = _LARGE_LOT if large else 1.0
    columns, rows = (part.ravel() for part in np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1])
    east = columns * _FRONT_M * size + np.floor(columns / _LOTS_A_BLOCK) * _CROSS_M
    north = rows * _DEPTH_M * size + np.floor(rows / 2) * _STREET_M
    # Settlements are longer along their road than across it.
    far = np.hypot(east * 0.6, north) * rng.uniform(0.6, 1.5, len(east))
    turn = np.array([[np.cos(along), np.sin(along)], [-np.sin(along), np.cos(along)]])
    xy = middle + np.stack([east, north + _DEPTH_M], axis=1) @ turn
    for number in np.argsort(far, kind="stable").tolist():
        yield np.array([*xy[number], along + rng.normal(0, 0.03)])


def _house(lot: FloatArray, *, large: bool, rng: np.random.Generator) -> shapely.Polygon:
    (least, most), (thin, thick) = ((34.0, 66.0), (20.0, 44.0)) if large else _HOUSE_M
    return rectangle(lot[:2], float(lot[2]), rng.uniform(least, most), rng.uniform(thin, thick))


def rectangle(middle: Any, along: float, length: float, width: float) -> shapely.Polygon:
    """Give a rectangle of so many metres whose long side has a direction."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * (length / 2, width / 2)
    turn = np.array([[np.cos(along), np.sin(along)], [-np.sin(along), np.cos(along)]])
    return shapely.polygons(np.asarray(middle) + corners @ turn)
