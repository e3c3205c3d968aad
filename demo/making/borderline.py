"""Objects put where the rules show: houses over a border, points exactly on borders and corners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

from demo.making.land import Land
from demo.making.plane import FloatArray
from demo.making.settlements import Place, rectangle

_LONG_M, _WIDE_M = 46.0, 18.0
_STRAIGHT_M = 90.0


def border_vertices(land: Land, cells: int) -> FloatArray:
    """Give the vertices that so many third-level cells share, in order; degrees, as they are written."""
    times: Counter[tuple[float, float]] = Counter()
    for cell in land.territories:
        times.update({(x, y) for x, y in shapely.get_coordinates(cell.shape).tolist()})
    return np.array(sorted(vertex for vertex, count in times.items() if count == cells))


def spots(land: Land, cells: int, places: Sequence[Place], count: int) -> FloatArray:
    """Give vertices shared by so many cells, in different cells, those nearest to places first."""
    vertices = border_vertices(land, cells)
    metres = land.plane.to_metres(vertices)
    tree = shapely.STRtree(shapely.points(land.plane.to_metres([place.at for place in places])))
    _, far = tree.query_nearest(shapely.points(metres), return_distance=True, all_matches=False)
    taken: list[int] = []
    used: set[int] = set()
    for number in np.argsort(far, kind="stable").tolist():
        here = set(land.territories_at(shapely.Point(vertices[number])))
        if len(taken) < count and len(here) == cells and not used & here:
            taken.append(number)
            used |= here
    return vertices[taken]


def straddling(
    land: Land, places: Sequence[Place], shares: Sequence[float], taken: Sequence[shapely.Geometry]
) -> list[shapely.Polygon]:
    """Build a house over a straight stretch of border for each share that its cell is to have; metres.

    Parameters
    ----------
    land : Land
    places : sequence of Place
        The stretches nearest to them are taken, each in other cells.
    shares : sequence of float
    taken : sequence of shapely geometries
        Roads and houses in metres: what must not be built over.
    """
    obstacles = shapely.STRtree(taken)
    houses: list[shapely.Polygon] = []
    used: set[int] = set()
    for cells, middle, along in _straight_borders(land, places):
        if len(houses) == len(shares):
            break
        share = shares[len(houses)]
        across = np.array([-np.sin(along), np.cos(along)])
        house = rectangle(middle + across * _LONG_M * (share - 0.5), along + np.pi / 2, _LONG_M, _WIDE_M)
        if not used & cells and not len(obstacles.query(house, predicate="dwithin", distance=5.0)):
            houses.append(house)
            used |= cells
    return houses


def _straight_borders(land: Land, places: Sequence[Place]) -> Iterator[tuple[set[int], FloatArray, float]]:
    """Give edges between two cells of one parent, long enough for a house: cells, middle, direction."""
    rings = shapely.get_rings(shapely.get_parts([cell.shape for cell in land.territories]))
    xy, of = shapely.get_coordinates(rings, return_index=True)
    metres = land.plane.to_metres(xy)
    edge = np.flatnonzero(of[1:] == of[:-1])
    way = metres[edge + 1] - metres[edge]
    # Each edge comes twice, once from either side.
    edge, way = edge[way[:, 0] > 0], way[way[:, 0] > 0]
    long = np.hypot(*way.T) > _STRAIGHT_M
    edge, way = edge[long], way[long]
    middles = metres[edge] + way / 2
    tree = shapely.STRtree(shapely.points(land.plane.to_metres([place.at for place in places])))
    _, far = tree.query_nearest(shapely.points(middles), return_distance=True, all_matches=False)
    for number in np.argsort(far, kind="stable").tolist():
        around = shapely.linestrings(xy[[edge[number], edge[number] + 1]])
        cells = {
            k
            for k in land.territories_at(around)
            if shapely.length(shapely.intersection(land.territories[k].shape, around)) > 0
        }
        if len(cells) == 2 and len({land.territories[k].parent for k in cells}) == 1:
            yield cells, middles[number], float(np.arctan2(way[number, 1], way[number, 0]))
