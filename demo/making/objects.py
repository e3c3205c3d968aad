"""The invented objects and what the registers say of them: firms, buildings, sources of pollution, roads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from demo.making.borderline import spots, straddling
from demo.making.files import Feature
from demo.making.identifiers import credit_code
from demo.making.land import Land
from demo.making.plane import FloatArray
from demo.making.roads import Road
from demo.making.settlements import Place, Settlement, settle

#: Degrees are rounded to this, finer than borders, so that houses stay rectangles.
DIGITS = 7
_FICTIONAL = {"fictional": True}


@dataclass(frozen=True)
class Objects:
    """The objects of each layer."""

    layers: Mapping[str, list[Feature]]


def objects_of(land: Land, places: Sequence[Place], roads: Sequence[Road]) -> Objects:
    """Invent the objects of all layers."""
    return _Inventor(land, places, roads).invent()


def shared_out(total: int, weights: Sequence[float]) -> list[int]:
    """Share a number out by weights, every place at least one, to the last piece."""
    exact = np.asarray(weights, dtype=np.float64) / np.sum(weights) * total
    shares = np.maximum(np.floor(exact), 1).astype(int)
    order = np.argsort(shares - exact, kind="stable")
    for number in range(abs(total - int(shares.sum()))):
        left = total - int(shares.sum())
        if left == 0:
            break
        # The largest places take what is missing or too much.
        place = order[number % len(order)] if left > 0 else int(np.argmax(shares))
        shares[place] += 1 if left > 0 else -1
    return shares.tolist()


class _Inventor:
    """Invents the objects, one layer after the other."""

    def __init__(self, land: Land, places: Sequence[Place], roads: Sequence[Road]) -> None:
        self._land, self._places, self._roads = land, places, roads
        self._plan = land.plan.document
        self._words = self._plan["words"]
        self._rng = np.random.default_rng([self._plan["seed"], 2])
        self._parents = {cell.code: cell.name for cell in land.districts}

    def invent(self) -> Objects:
        """Invent all layers."""
        shares = self._plan["straddling_shares"]
        counts = self._plan["counts"]
        wanted = self._shared("building", counts["building"] - len(shares))
        settlements = settle(self._land, self._places, wanted, self._roads, self._rng)
        lines = [shapely.transform(road.shape, self._land.plane.to_metres) for road in self._roads]
        houses = [house for settlement in settlements for house in settlement.houses]
        over = straddling(self._land, self._places, shares, [*lines, *houses])
        return Objects(
            {
                "enterprise": self._enterprises(settlements),
                "building": self._buildings(settlements, over),
                "pollution_source": self._sources(settlements),
                "road": self._named_roads(),
            }
        )

    def _shared(self, layer: str, total: int) -> list[int]:
        weights = self._plan["weights"]
        return shared_out(total, [weights[place.kind][layer] for place in self._places])

    def _code(self, letter: str, number: int) -> str:
        return f"{self._plan['local_code']}-{letter}-{number:05d}"

    def _address(self, territory: int) -> str:
        cell = self._land.territories[territory]
        street = self._words["streets"][self._rng.integers(len(self._words["streets"]))]
        return f"{self._parents[cell.parent]}{cell.name}{street}{self._rng.integers(1, 200)}号"

    def _chosen(self, options: Sequence[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
        """Choose an option that occurs on a kind of place, by weight."""
        fitting = [
            option
            for option in options
            if kind in option.get("on", [kind]) and kind not in option.get("not_on", [])
        ]
        weights = np.array([option["weight"] for option in fitting], dtype=np.float64)
        return fitting[self._rng.choice(len(fitting), p=weights / weights.sum())]

    # --- Buildings ----------------------------------------------------------------------------------

    def _buildings(self, settlements: Iterable[Settlement], over: Iterable[shapely.Polygon]) -> list[Feature]:
        found: list[Feature] = []
        homes = [(s.place.kind, s.place.territory, house) for s in settlements for house in s.houses]
        for house in over:
            at = self._degrees(shapely.centroid(house))
            homes.append(("town", self._land.territories_at(at)[0], house))
        for kind, territory, house in homes:
            properties = self._building(kind, territory, house.area, len(found) + 1)
            found.append((properties, self._degrees(house)))
        return found

    def _building(self, kind: str, territory: int, area: float, number: int) -> dict[str, Any]:
        use = self._chosen(self._words["uses"], kind)
        floors = int(self._rng.integers(use["floors"][0], use["floors"][1] + 1))
        homes = max(1, round(area * floors / 110 * self._rng.uniform(0.6, 1))) if use.get("households") else 0
        return {
            "building_code": self._code("B", number),
            "name": f"{self._land.territories[territory].name}{number}号楼",
            "use": use["name"],
            "floors": floors,
            "households": homes,
            "built": int(self._rng.integers(1978, 2016)),
            "address": self._address(territory),
            **_FICTIONAL,
        }

    # --- Firms --------------------------------------------------------------------------------------

    def _enterprises(self, settlements: Sequence[Settlement]) -> list[Feature]:
        edges = spots(self._land, 2, self._places, self._plan["on_edge"]["enterprise"])
        corners = spots(self._land, 3, self._places, self._plan["on_corner"]["enterprise"])
        placed = np.concatenate([edges, corners])
        wanted = self._shared("enterprise", self._plan["counts"]["enterprise"] - len(placed))
        found: list[Feature] = []
        for settlement, count in zip(settlements, wanted, strict=True):
            for xy in self._addresses(settlement, count):
                found.append((self._firm(settlement.place, len(found) + 1), self._point(xy)))
        for at in placed:
            place = Place("town", (at[0], at[1]), self._land.territories_at(shapely.Point(at))[0])
            found.append((self._firm(place, len(found) + 1), shapely.Point(at)))
        return found

    def _addresses(self, settlement: Settlement, count: int) -> FloatArray:
        """Give places of firms: in houses first, then on free lots, the nearest first."""
        inside = [
            shapely.get_coordinates(shapely.centroid(house))[0] + self._rng.uniform(-4, 4, 2)
            for house in settlement.houses
            for _ in range(int(self._rng.integers(0, 3)))
        ]
        free = settlement.free + self._rng.uniform(-5, 5, settlement.free.shape)
        every = np.concatenate([np.array(inside).reshape(-1, 2)[: count * 2 // 3], free])
        if len(every) < count:
            again = every[self._rng.integers(len(every), size=count - len(every))]
            every = np.concatenate([every, again + self._rng.uniform(-6, 6, again.shape)])
        return every[:count]

    def _firm(self, place: Place, number: int) -> dict[str, Any]:
        industry = self._chosen(self._words["industries"], place.kind)
        firms = self._words["firms"]
        one, other = self._rng.choice(len(firms), 2, replace=False)
        town = self._land.territories[place.territory].name[:2]
        month, day = self._rng.integers(1, 13), self._rng.integers(1, 29)
        return {
            "uscc": credit_code(self._plan["credit_division"], number),
            "name": f"{town}{firms[one]}{firms[other][0]}{industry['firm']}",
            "industry": industry["name"],
            "employees": int(np.ceil(self._rng.lognormal(2.2 if place.kind != "park" else 3.8, 0.8))),
            "founded": f"{self._rng.integers(1992, 2016)}-{month:02d}-{day:02d}",
            "address": self._address(place.territory),
            **_FICTIONAL,
        }

    # --- Sources of pollution -----------------------------------------------------------------------

    def _sources(self, settlements: Sequence[Settlement]) -> list[Feature]:
        """Put as many into every cell, and the rest into parks."""
        edges = spots(self._land, 2, self._places[::-1], self._plan["on_edge"]["pollution_source"])
        corners = spots(self._land, 3, self._places[::-1], self._plan["on_corner"]["pollution_source"])
        placed = np.concatenate([edges, corners])
        total = self._plan["counts"]["pollution_source"] - len(placed)
        by_cell: dict[int, list[Settlement]] = {k: [] for k in range(len(self._land.territories))}
        for settlement in settlements:
            by_cell[settlement.place.territory].append(settlement)
        each, rest = divmod(total, len(by_cell))
        parks = [k for k in by_cell if self._land.territories[k].attributes["kind"] == "park"]
        more = shared_out(rest, [1.0] * len(parks)) if rest >= len(parks) else [rest] + [0] * (len(parks) - 1)
        found: list[Feature] = []
        for k, mine in by_cell.items():
            for _ in range(each + (more[parks.index(k)] if k in parks else 0)):
                settlement = mine[int(self._rng.integers(len(mine)))]
                kind, xy = self._source_place(settlement)
                found.append((self._source(kind, k, len(found) + 1), self._point(xy)))
        for at in placed:
            kind = self._chosen(self._words["sources"], "town")
            territory = self._land.territories_at(shapely.Point(at))[0]
            found.append((self._source(kind, territory, len(found) + 1), shapely.Point(at)))
        return found

    def _source_place(self, settlement: Settlement) -> tuple[Mapping[str, Any], FloatArray]:
        """Choose a kind and a place around a settlement, well inside the cell."""
        place = settlement.place
        kind = self._chosen(self._words["sources"], place.kind)
        middle = self._land.plane.to_metres([place.at])[0]
        least, most = kind["away_m"]
        shape = self._land.territories[place.territory].shape
        for attempt in range(200):
            # In a narrow cell the wanted distance may not fit.
            away = self._rng.uniform(least, most) * 0.98**attempt
            turn = self._rng.uniform(0, 2 * np.pi)
            xy = middle + away * np.array([np.cos(turn), np.sin(turn)])
            at = self._point(xy)
            if shapely.contains_properly(shape, at) and shapely.distance(shapely.boundary(shape), at) > 1e-4:
                return kind, xy
        return kind, middle

    def _source(self, kind: Mapping[str, Any], territory: int, number: int) -> dict[str, Any]:
        firms = self._words["firms"]
        town = self._land.territories[territory].name[:2]
        return {
            "permit_no": self._code("P", number),
            "name": f"{town}{firms[self._rng.integers(len(firms))]}{kind['thing']}",
            "category": kind["name"],
            "supervision": "重点" if self._rng.random() < 0.2 else "一般",
            "address": self._address(territory),
            **_FICTIONAL,
        }

    # --- Roads --------------------------------------------------------------------------------------

    def _named_roads(self) -> list[Feature]:
        ranks = self._words["roads"]
        return [
            (
                {
                    "road_id": self._code("R", number),
                    "name": f"{ranks[road.rank]['name']}{number:03d}",
                    "class": road.rank,
                    "lanes": ranks[road.rank]["lanes"],
                    **_FICTIONAL,
                },
                road.shape,
            )
            for number, road in enumerate(self._roads, 1)
        ]

    def _point(self, xy: FloatArray) -> shapely.Point:
        return shapely.Point(np.round(self._land.plane.to_degrees([xy])[0], DIGITS))

    def _degrees(self, shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, self._land.plane.to_degrees)
