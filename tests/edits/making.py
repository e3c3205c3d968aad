"""Coverages of three levels made of four-sided patches, and random edits of them, from a seed.

The patches share their corners, jittered on the lattice, so the coverages are exact. Cells are any sets of
patches: with holes, enclaves, several parts, parts that touch in one corner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.coverage import Cell, Coverage
from geogrid.core.land import LandLevel
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of

LEVELS = (
    LandLevel("city", "partition", -1),
    LandLevel("street", "partition", 0),
    LandLevel("zone", "partition", 1),
)


@dataclass
class Ids:
    """New identities, the same for the same seed."""

    random: Random = field(default_factory=lambda: Random(7))

    def __iter__(self):
        return self

    def __next__(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def patches(random: Random, columns: int, rows: int, *, span: int = 1_000_000, jitter: float = 0.35):
    """Make patches in rows and columns around 118° E 29° N; give their polygons."""
    corner = {}
    for i in range(columns + 1):
        for j in range(rows + 1):
            x, y = (random.uniform(-jitter, jitter) * span for _ in range(2))
            corner[i, j] = (11_800_000_000 + i * span + round(x), 2_900_000_000 + j * span + round(y))
    shapes = {}
    for i in range(columns):
        for j in range(rows):
            ring = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]]
            shapes[i, j] = shapely.Polygon(to_degrees(np.array(ring)))
    return shapes


def grown(random: Random, places, groups: int, stray: float = 0.1):
    """Divide places into so many groups that grow from seeds; some strays make enclaves and parts."""
    places = list(places)
    owner = dict.fromkeys(places, -1)
    for number, place in enumerate(random.sample(places, min(groups, len(places)))):
        owner[place] = number
    while any(number < 0 for number in owner.values()):
        for i, j in random.sample(places, len(places)):
            near = [owner.get(p, -1) for p in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))]
            near = [number for number in near if number >= 0]
            if owner[i, j] < 0 and near:
                owner[i, j] = random.choice(near)
            elif owner[i, j] < 0 and not near and random.random() < 0.05:
                owner[i, j] = random.randrange(groups)
    for place in places:
        if random.random() < stray:
            owner[place] = random.randrange(groups)
    return owner


def coverage_of(seed: int, columns: int = 6, rows: int = 6, levels=LEVELS, *, holes: bool = True) -> Coverage:
    """Make a valid coverage of three levels."""
    random = Random(seed)
    ids = Ids(Random(seed + 1))
    shapes = patches(random, columns, rows)
    if holes:
        for place in random.sample(list(shapes), max(1, len(shapes) // 20)):
            del shapes[place]
    tops = grown(random, shapes, 2)
    cells = []
    for top in sorted(set(tops.values())):
        mine = [place for place in shapes if tops[place] == top]
        _below(random, ids, cells, shapes, mine, levels, 0, None, f"{top + 1}")
    mesh = node_mesh(mesh_of([cell.shape for cell in cells]))
    settled = polygons_of(mesh)
    noded = [
        Cell(c.ident, c.level, c.code, c.name, c.kind, c.parent, shape)
        for c, shape in zip(cells, settled, strict=True)
    ]
    return Coverage.of(levels, noded)


def _below(random, ids, cells, shapes, mine, levels, level, parent, code):
    shape = shapely.unary_union([shapes[place] for place in mine])
    multi = shapely.MultiPolygon(list(shapely.get_parts(shape)))
    cell = Cell(next(ids), level, code, f"name of {code}", "", parent, multi)
    cells.append(cell)
    if level + 1 == len(levels):
        return
    groups = grown(random, mine, random.randint(1, 3), 0.05)
    for number in sorted(set(groups.values())):
        part = [place for place in mine if groups[place] == number]
        _below(random, ids, cells, shapes, part, levels, level + 1, cell.ident, f"{code}{number + 1}")


def land_cells(coverage, level=None):
    """Give the cells that have land, of a level, in order of their codes."""
    cells = [cell for cell in coverage.cells.values() if level is None or cell.level == level]
    return sorted(cells, key=lambda cell: (cell.level, cell.code, str(cell.ident)))


def through(random: Random, shape, bends: int = 2):
    """Draw a bent line through a polygon, from outside to outside."""
    west, south, east, north = shape.bounds
    wide, high = east - west, north - south
    angle = random.uniform(0, 3.14159)
    way = np.array([np.cos(angle) * wide, np.sin(angle) * high])
    middle = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    steps = sorted([-1.2, 1.2, *(random.uniform(-0.5, 0.5) for _ in range(bends))])
    bend = [np.array([random.uniform(-0.1, 0.1) * wide, random.uniform(-0.1, 0.1) * high]) for _ in steps]
    return shapely.LineString([middle + way * s + b for s, b in zip(steps, bend, strict=True)])


def blob(random: Random, shape, size: float = 0.4):
    """Draw a polygon about a vertex or the middle of a shape."""
    west, south, east, north = shape.bounds
    reach = size * max(east - west, north - south)
    vertices = shapely.get_coordinates(shape)
    middle = vertices[random.randrange(len(vertices))]
    if random.random() < 0.5:
        middle = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    angles = sorted(random.uniform(0, 6.283) for _ in range(random.randint(5, 9)))
    ring = [middle + reach * random.uniform(0.3, 1) * np.array([np.cos(a), np.sin(a)]) for a in angles]
    return shapely.Polygon(ring)


def random_edit(random: Random, coverage: Coverage) -> tuple[str, dict]:
    """Choose an edit and its parameters, as the API has them; it need not be possible."""
    levels = [level.code for level in coverage.levels]
    cells = land_cells(coverage)
    cell = random.choice(cells)
    peers = [other for other in land_cells(coverage, cell.level) if other is not cell]
    near = [other for other in peers if shapely.intersects(other.shape, cell.shape)] or peers or [cell]
    other = random.choice(near)
    action = random.choice(
        ["split_cell"] * 5
        + ["merge_cells"] * 5
        + ["move_node"] * 5
        + ["redraw_edge"] * 3
        + ["transfer_part"] * 4
        + ["cut_out"] * 2
        + ["retire_cell", "edit_attributes", "draw_cell", "change_outline", "insert_level"]
    )
    astride = random.choice(["refuse", "split"])
    geo = lambda shape: __import__("json").loads(shapely.to_geojson(shape))  # noqa: E731
    vertices = shapely.get_coordinates(cell.shape)
    node = vertices[random.randrange(len(vertices))]
    step = (vertices.max(axis=0) - vertices.min(axis=0)) * random.choice([1e-6, 1e-3, 0.05, 0.2])
    moved = (node + step * np.array([random.uniform(-1, 1), random.uniform(-1, 1)])).tolist()
    ring = shapely.get_coordinates(random.choice(shapely.get_rings(shapely.get_parts(cell.shape)).tolist()))[
        :-1
    ]
    first, length = random.randrange(len(ring)), random.randint(1, 3)
    ends = [ring[first].tolist(), ring[(first + length) % len(ring)].tolist()]
    middle = [(a + b) / 2 + random.uniform(-1, 1) * s for a, b, s in zip(*ends, step, strict=True)]
    names = {
        "split_cell": {
            "code": cell.code,
            "lines": geo(through(random, cell.shape, random.randint(0, 3))),
            "astride": astride,
        },
        "merge_cells": {"codes": [cell.code, other.code], "keep": random.choice([cell.code, None])},
        "move_node": {"at": node.tolist(), "to": moved},
        "redraw_edge": {
            "level": levels[cell.level],
            "from": ends[0],
            "to": ends[1],
            "line": {"type": "LineString", "coordinates": [ends[0], middle, ends[1]]},
        },
        "transfer_part": {
            "from": cell.code,
            "to": other.code,
            "polygon": geo(blob(random, cell.shape)),
            "astride": astride,
        },
        "cut_out": {
            "level": random.choice(levels[1:]),
            "polygon": geo(blob(random, cell.shape, 0.3)),
            "name": "cut",
            "astride": astride,
        },
        "retire_cell": {"code": cell.code, "into": other.code},
        "edit_attributes": {
            "code": cell.code,
            "name": f"name {random.random()}",
            "parent": random.choice(land_cells(coverage, max(cell.level - 1, 0))).code
            if cell.level
            else None,
        },
        "draw_cell": {"level": levels[0], "polygon": geo(blob(random, cell.shape, 0.5)), "name": "drawn"},
        "change_outline": {
            "polygon": geo(blob(random, cell.shape, 0.2)),
            "mode": random.choice(["add", "remove"]),
        },
        "insert_level": {"code": cell.code, "level": random.choice(levels)},
    }
    return action, names[action]


def named(change, coverage: Coverage, ids: Random):
    """Give the new cells of a change codes that nobody has."""
    return change.with_codes({cell.ident: f"n{ids.getrandbits(48):012x}" for cell in change.created})
