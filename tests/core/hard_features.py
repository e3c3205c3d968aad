"""Polygons and lines that are hard to place: on, along and beside the borders of a land, in lattice steps."""

from __future__ import annotations

import numpy as np
import shapely

_SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])


class Land:
    """Leaves in lattice steps, and what is asked of their borders."""

    def __init__(self, leaves, chance) -> None:
        self.leaves, self.chance = leaves, chance
        self.xy, ring = shapely.get_coordinates(
            shapely.get_rings(shapely.get_parts(leaves)), return_index=True
        )
        self.edge = np.flatnonzero(ring[1:] == ring[:-1])
        self.low, self.high = self.xy.min(axis=0), self.xy.max(axis=0)
        self.size = np.sqrt(np.median(shapely.area(leaves)))

    def edges(self, count):
        """Give both ends of some edges: (n, 2), (n, 2)."""
        chosen = self.chance.choice(self.edge, count)
        return self.xy[chosen], self.xy[chosen + 1]

    def anywhere(self, count, margin=0.0):
        """Give places over the box of the land, and a part of its size around it."""
        wide = (self.high - self.low) * margin
        return np.round(self.chance.uniform(self.low - wide, self.high + wide, (count, 2)))

    def near_borders(self, count):
        """Give places on, and a little beside, borders."""
        a, b = self.edges(count)
        there = a + self.chance.random((count, 1)) * (b - a)
        return np.round(there + self.chance.normal(0, self.size / 30, (count, 2)))

    def boxes(self, places, sizes):
        """Turn rectangles about places; half as wide and high as told."""
        turn = self.chance.uniform(0, np.pi, len(places))
        along = np.stack([np.cos(turn), np.sin(turn)], axis=1) * sizes[:, :1]
        across = np.stack([-np.sin(turn), np.cos(turn)], axis=1) * sizes[:, 1:]
        corners = (
            places[:, None] + _SQUARE[:, :1] * along[:, None] + _SQUARE[:, 1:] * across[:, None]
        ).round()
        return shapely.polygons(corners)


def buildings(land, count):
    """Rectangles of a few metres to some tens, in the open and at borders."""
    places = np.concatenate([land.anywhere(count // 2, 0.02), land.near_borders(count - count // 2)])
    return land.boxes(places, land.chance.uniform(2e3, 2e4, (count, 2)))


def estates(land, count):
    """Rectangles as large as leaves, and some of many leaves, half of them with a hole."""
    shells = land.boxes(
        land.near_borders(count), land.size * land.chance.choice([0.2, 0.5, 1, 4], (count, 1)) * [1, 0.7]
    )
    xy = shapely.get_coordinates(shells).reshape(count, 5, 2)
    middle = xy[:, :4].mean(axis=1, keepdims=True)
    holes = np.round(middle + (xy[:, ::-1] - middle) * 0.6)
    holed = [shapely.Polygon(shell, [hole]) for shell, hole in zip(xy[::2], holes[::2], strict=True)]
    return np.concatenate([np.array(holed, dtype=object), shells[1::2]])


def cells_themselves(land, count):
    """Leaves, the same a step bigger all round, and leaves put together."""
    chosen = land.chance.choice(len(land.leaves), count)
    leaves = land.leaves[chosen]
    grown = shapely.buffer(leaves[: count // 3], 1, join_style="mitre")
    grown = shapely.transform(grown, np.round)
    tree = shapely.STRtree(land.leaves)
    pairs = tree.query(leaves[count // 3 : count // 2], predicate="touches")
    beside = dict(zip(*pairs.tolist(), strict=True))
    both = [
        shapely.union(leaves[count // 3 + number], land.leaves[other]) for number, other in beside.items()
    ]
    return np.concatenate([grown, np.array(both, dtype=object), leaves[count // 2 :]])


def slivers(land, count):
    """One step wide along an edge, on either side of it; and triangles on an edge."""
    a, b = land.edges(count)
    step = np.where(np.abs(b - a)[:, :1] > np.abs(b - a)[:, 1:], [[0, 1]], [[1, 0]])
    step = step * land.chance.choice([-1, 1], (count, 1))
    thin = shapely.polygons(np.stack([a, b, b + step, a + step], axis=1))
    across = np.stack([-(b - a)[:, 1], (b - a)[:, 0]], axis=1) * land.chance.choice([-0.4, 0.4], (count, 1))
    fans = shapely.polygons(np.stack([a, b, np.round((a + b) / 2 + across)], axis=1))
    return np.concatenate([thin[::2], fans[1::2]])


def halves(land, count):
    """Two equal parts at one height, each in a leaf of its own, or reaching over a border as far."""
    places, half = land.near_borders(count), np.round(land.chance.uniform(500, land.size / 8, (count, 2)))
    gap = np.round(land.chance.uniform(1, land.size, count) + 2 * half[:, 0])
    ring = places[:, None] + _SQUARE * half[:, None]
    other = ring + np.stack([gap, np.zeros(count)], axis=1)[:, None]
    pairs = zip(shapely.polygons(ring), shapely.polygons(other), strict=True)
    return np.array([shapely.MultiPolygon(pair) for pair in pairs], dtype=object)


def lines_along_borders(land, count):
    """Edges, parts of edges where the lattice has a point there, stretches of rings and whole rings."""
    a, b = land.edges(count)
    whole = list(shapely.linestrings(np.stack([a, b], axis=1)))
    divisor = np.gcd(*np.abs(b - a).astype(np.int64).T)
    part = np.where(divisor > 1, np.maximum(divisor // 2, 1) / divisor, 1.0)[:, None]
    parts = list(shapely.linestrings(np.stack([a, a + np.round((b - a) * part)], axis=1)))
    stretches = []
    for ring in land.chance.choice(shapely.get_rings(shapely.get_parts(land.leaves)), count):
        xy = shapely.get_coordinates(ring)
        first, length = int(land.chance.integers(0, len(xy) - 1)), int(land.chance.integers(2, 12))
        stretches.append(shapely.LineString(xy[first : first + length] if first + 2 < len(xy) else xy))
    on = np.concatenate([np.array(some, dtype=object) for some in (whole, parts, stretches)])
    return on[land.chance.permutation(len(on))[:count]]


def roads(land, count):
    """Lines of a few corners, there and back, in parts, short and long, some of them closed."""
    start = np.concatenate([land.anywhere(count // 2, 0.02), land.near_borders(count - count // 2)])
    size = land.size * land.chance.choice([0.01, 0.2, 1, 5], (count, 1, 1))
    walk = np.round(np.cumsum(land.chance.normal(0, 1, (count, 5, 2)) * size / 2, axis=1) + start[:, None])
    made = []
    for number, xy in enumerate(walk):
        kinds = [xy, np.concatenate([xy, xy[::-1]]), np.concatenate([xy, xy[:1]])]
        if number % 4 == 3:
            made.append(shapely.MultiLineString([xy[:3], xy[3:]]))
        else:
            made.append(shapely.LineString(kinds[number % 4]))
    return np.array(made, dtype=object)


def bows(land, count):
    """Rings that cross themselves at a lattice point: as they are given, and the two triangles they mean."""
    at = np.concatenate([land.near_borders(count - count // 2), land.anywhere(count // 2)])
    half = np.round(land.chance.uniform(200, land.size / 4, (count, 2)))
    (a, c), (b, d) = (at - half, at + half), (at + half * [1, -1], at + half * [-1, 1])
    given = shapely.polygons(np.stack([a, c, b, d], axis=1))
    left, right = (shapely.polygons(np.stack([at, *ends], axis=1)) for ends in ((a, d), (c, b)))
    meant = [shapely.MultiPolygon([one, other]) for one, other in zip(left, right, strict=True)]
    return given, np.array(meant, dtype=object)


KINDS = (buildings, estates, cells_themselves, slivers, halves, lines_along_borders, roads)
PARTS = (0.3, 0.15, 0.1, 0.15, 0.1, 0.1, 0.1)


def hard_features(leaves, count, seed):
    """Give about so many features in an order of their own: as they are given, and valid."""
    land = Land(leaves, np.random.default_rng(seed))
    made = np.concatenate([kind(land, int(count * part)) for kind, part in zip(KINDS, PARTS, strict=True)])
    sound = shapely.is_valid(made) & ~shapely.is_empty(made)
    linear = shapely.get_dimensions(made) == 1
    sound &= np.where(linear, shapely.length(made), shapely.area(made)) > 0
    crossed, meant = bows(land, count // 20)
    given, meant = np.concatenate([made[sound], crossed]), np.concatenate([made[sound], meant])
    order = land.chance.permutation(len(given))
    return given[order], meant[order]
