"""An invented road network: the cheapest ways through the mountains between the real seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from demo.making.arcs import Corner, lines_of, smoothed
from demo.making.coverage import DIGITS
from demo.making.growth import way
from demo.making.land import Land
from demo.making.plane import FloatArray, IntArray, Plane, grown

#: Ranks of roads, the greatest first.
TRUNK, COUNTY, VILLAGE = "trunk", "county", "village"
_RANKS = (TRUNK, COUNTY, VILLAGE)
#: A new road follows one that is there, where that is this much cheaper.
_ON_ROAD = 0.25
_WINDOW_M = 9000.0
_ROUNDS = 3
_SIMPLER_M = 10.0
#: How far, as a share of the shorter piece, a road goes on over a border before the next one begins.
_OVER_BORDER = 0.25
#: Shorter pieces are left with their neighbours.
_LEAST_M = 60.0


@dataclass(frozen=True)
class Road:
    """A stretch of road that lies mostly in one cell."""

    rank: str
    shape: shapely.LineString


def roads_of(land: Land) -> list[Road]:
    """Make the network: trunk roads between the county seats, then to all seats, then to the villages."""
    network = _Network(land)
    capitals = [
        (float(unit["longitude"]), float(unit["latitude"]))
        for unit in land.plan.units
        if unit["level"] == "county"
    ]
    seats = [territory.seats[0] for territory in land.plan.territories]
    for one, other in _neighbours(land.plane, capitals):
        network.join(capitals[one], capitals[other], TRUNK)
    for one, other in _neighbours(land.plane, seats):
        network.join(seats[one], seats[other], COUNTY)
    for centre in land.plan.centres:
        network.connect(centre.at)
    return [Road(rank, piece) for rank, line in network.lines() for piece in _by_cells(land, line)]


def _neighbours(plane: Plane, places: list[tuple[float, float]]) -> list[tuple[int, int]]:
    """Give the pairs between which no third place lies (Gabriel's graph), the nearest first."""
    metres = plane.to_metres(places)
    tree = shapely.STRtree(shapely.points(metres))
    pairs = []
    for one in range(len(metres)):
        for other in range(one):
            middle, half = (metres[one] + metres[other]) / 2, np.hypot(*(metres[one] - metres[other])) / 2
            near = tree.query(shapely.Point(middle), predicate="dwithin", distance=half * 0.999)
            if not set(near.tolist()) - {one, other}:
                pairs.append((float(half), other, one))
    return [(one, other) for _, one, other in sorted(pairs)]


class _Network:
    """Roads as steps between pixels, each with the greatest rank of the ways that use it."""

    def __init__(self, land: Land) -> None:
        self._land = land
        inside = land.plane.inside(land.plan.city)
        rim = grown(~inside, 3)
        self._cost = np.where(inside, np.exp(3.5 * land.heights) * np.where(rim, 8, 1), np.inf)
        self._used = np.zeros(land.plane.shape, dtype=bool)
        self._rank: dict[tuple[Corner, Corner], int] = {}

    def join(self, one: tuple[float, float], other: tuple[float, float], rank: str) -> None:
        """Lead a road from one place to another."""
        start, end = self._land.plane.pixels_of([one, other])
        ends = np.zeros_like(self._used)
        ends[end[0], end[1]] = True
        self._lead(start, ends, np.stack([start, end]), rank)

    def connect(self, place: tuple[float, float]) -> None:
        """Lead a road from a place to the nearest that is there."""
        (start,) = self._land.plane.pixels_of([place])
        if not self._used[start[0], start[1]]:
            self._lead(start, self._used, start[None, :], VILLAGE)

    def _lead(self, start: IntArray, ends: npt.NDArray[np.bool_], around: IntArray, rank: str) -> None:
        margin = int(_WINDOW_M / self._land.plane.pixel)
        low = np.maximum(around.min(axis=0) - margin, 0)
        high = around.max(axis=0) + margin + 1
        window = (slice(low[0], high[0]), slice(low[1], high[1]))
        cost = np.where(self._used, _ON_ROAD, 1.0)[window] * self._cost[window]
        first = (int(start[0] - low[0]), int(start[1] - low[1]))
        pixels = [(int(row), int(column)) for row, column in way(cost, first, ends[window]) + low]
        for one, other in pairwise(pixels):
            step = (min(one, other), max(one, other))
            self._rank[step] = min(self._rank.get(step, len(_RANKS)), _RANKS.index(rank))
        for row, column in pixels:
            self._used[row, column] = True

    def lines(self) -> Iterator[tuple[str, shapely.LineString]]:
        """Give the network from node to node, smooth, in degrees."""
        meeting: dict[Corner, set[int]] = defaultdict(set)
        for step, rank in self._rank.items():
            for pixel in step:
                meeting[pixel].add(rank)
        stops = {pixel for pixel, ranks in meeting.items() if len(ranks) > 1}
        for line in lines_of(self._rank, stops=stops):
            rank = self._rank[min(line[0], line[1]), max(line[0], line[1])]
            shape = self._drawn(np.array(line, dtype=np.float64) + 0.5)
            if shape is not None:
                yield _RANKS[rank], shape

    def _drawn(self, line: FloatArray) -> shapely.LineString | None:
        plane = self._land.plane
        bent = self._land.bends.bent(smoothed(line, _ROUNDS))
        simple = shapely.simplify(
            shapely.linestrings(plane.to_metres(plane.corner_degrees(bent))), _SIMPLER_M
        )
        degrees = np.round(plane.to_degrees(shapely.get_coordinates(simple)), DIGITS)
        inside = shapely.get_parts(shapely.intersection(shapely.linestrings(degrees), self._land.plan.city))
        shape = max(inside, key=lambda part: part.length)
        return shapely.transform(shape, lambda xy: np.round(xy, DIGITS)) if shape.length > 0 else None


def _by_cells(land: Land, line: shapely.LineString) -> list[shapely.LineString]:
    """Cut a road so that each piece lies mostly in one cell, and still leads over the border to the next.

    Roads that end at a border could not be split along, and those that run through many cells would belong
    to none of them.
    """
    metres = shapely.linestrings(land.plane.to_metres(shapely.get_coordinates(line)))
    borders = shapely.union_all(
        [shapely.boundary(land.territories[k].shape) for k in land.territories_at(line)]
    )
    crossings = shapely.get_coordinates(shapely.intersection(borders, line))
    if not len(crossings):
        return [line]
    at = np.sort(shapely.line_locate_point(metres, shapely.points(land.plane.to_metres(crossings))))
    bounds = [0.0]
    for place in [*at.tolist(), metres.length]:
        if place - bounds[-1] >= _LEAST_M:
            bounds.append(float(place))
    bounds[-1] = metres.length
    if len(bounds) < 3:
        return [line]
    lengths = np.diff(bounds)
    cuts = np.array(bounds[1:-1]) + _OVER_BORDER * np.minimum(lengths[:-1], lengths[1:])
    return [_degrees(land.plane, piece) for piece in _pieces(metres, cuts)]


def _pieces(line: shapely.LineString, cuts: FloatArray) -> list[shapely.LineString]:
    """Cut a line at distances from its start."""
    xy = shapely.get_coordinates(line)
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    ends = [0.0, *cuts.tolist(), float(along[-1])]
    pieces = []
    for start, end in pairwise(ends):
        inner = xy[(along > start) & (along < end)]
        first, last = (shapely.get_coordinates(shapely.line_interpolate_point(line, d)) for d in (start, end))
        pieces.append(shapely.linestrings(np.concatenate([first, inner, last])))
    return pieces


def _degrees(plane: Plane, line: shapely.LineString) -> shapely.LineString:
    return shapely.linestrings(np.round(plane.to_degrees(shapely.get_coordinates(line)), DIGITS))
