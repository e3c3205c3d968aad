"""Lands for the locator, and what must be told of their points, by whole numbers alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import shapely
from hypothesis import strategies as st

from geogrid.core.lattice import to_degrees, to_lattice
from tests.core.lands import land_of
from tests.scenarios.oracle import Oracle, OracleCell

LIMIT = np.array([18 * 10**9, 9 * 10**9])
CODES = ["01", "1", "10", "2", "9", "A", "B", "a", "z", "é", "上", "下", "东", "西", "ｱ", "𠀀"]
#: Widths of a world in lattice steps, and where its lower left corner is.
PLACES = [
    (40, (11_700_000_000, 2_999_999_990)),
    (7, (0, 0)),
    (3_000, (-5_000_000_000, -1_500)),
    (10**6, (11_590_000_000, 2_980_000_000)),
    (10**9, (17 * 10**9, 8 * 10**9)),
    (10**9, (-18 * 10**9, -9 * 10**9)),
    (18 * 10**9, (-18 * 10**9, -9 * 10**9)),
]


@dataclass(frozen=True)
class World:
    """Leaves by code: each a list of closed rings of lattice positions, by the even-odd rule."""

    rings: dict[str, list[list[tuple[int, int]]]]

    @property
    def oracle(self):
        return Oracle([OracleCell(code, None, {}, rings) for code, rings in self.rings.items()])

    def land(self):
        shapes = {code: shape_of(rings) for code, rings in self.rings.items()}
        return land_of([("cell", "partition")], [(c, "cell", "", s) for c, s in shapes.items()], noded=False)

    def without(self, *codes):
        return replace(self, rings={c: r for c, r in self.rings.items() if c not in codes})


def shape_of(rings):
    """Make a valid polygon of rings; those of the drawn worlds are shells and holes that do not cross."""
    lines = [shapely.LinearRing(to_degrees(np.array(ring))) for ring in rings]
    return shapely.MultiPolygon(
        list(shapely.get_parts(shapely.build_area(shapely.GeometryCollection(lines))))
    )


def rings_of(shape):
    """Give the rings of a polygon on the lattice."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    return [[tuple(p) for p in to_lattice(shapely.get_coordinates(ring)).tolist()] for ring in rings]


def world_of(land, leaves):
    """Take the leaves of a land as they are."""
    return World(
        {
            land.code[cell]: rings_of(shape)
            for cell, shape in zip(leaves.cell.tolist(), leaves.shapes, strict=True)
        }
    )


@st.composite
def worlds(draw, *, most=4):
    """Draw a world of crooked patches that are dealt to leaves, or to nobody; some leaves hold others' land.

    A leaf may be in parts, have holes, surround another, touch another in one point, overlap.
    """
    columns, rows = draw(st.integers(1, most)), draw(st.integers(1, most))
    width, origin = draw(st.sampled_from(PLACES))
    size = max(width // max(columns, rows), 2)
    jitter = st.integers(-(size // 3), size // 3)
    corner = {}
    for r in range(rows + 1):
        for c in range(columns + 1):
            at = (origin[0] + c * size + draw(jitter), origin[1] + r * size + draw(jitter))
            corner[r, c] = tuple(np.clip(at, -LIMIT, LIMIT).tolist())
    codes = draw(st.permutations(CODES))[: draw(st.integers(1, 8))]
    dealt = {}
    for r in range(rows):
        for c in range(columns):
            for code in {
                draw(st.sampled_from([None, *codes])),
                *draw(st.sampled_from([[], [], [], codes[:1]])),
            }:
                if code is not None:
                    dealt.setdefault(code, []).append((r, c))
    found = {code: _outline(corner, patches) for code, patches in dealt.items()}
    return World({code: rings for code, rings in found.items() if rings})


def _outline(corner, patches):
    """Give the rings around patches: their edges without those that two of them have."""
    quads = []
    for r, c in patches:
        ring = [corner[r, c], corner[r, c + 1], corner[r + 1, c + 1], corner[r + 1, c]]
        quad = shapely.Polygon(to_degrees(np.array(ring)))
        if quad.is_valid and quad.area > 0:
            quads.append(quad)
    return rings_of(shapely.coverage_union_all(quads)) if quads else []


def hard_points(world, *, chance=None, random=0):
    """Give vertices, points on and beside edges, and any points, in lattice steps: (n, 2) int64."""
    found = []
    for rings in world.rings.values():
        for ring in rings:
            a, b = np.array(ring[:-1], dtype=np.int64), np.array(ring[1:], dtype=np.int64)
            found += [a, *((a + (b - a) * k // 4) for k in (1, 2, 3))]
    points = np.concatenate(found) if found else np.zeros((1, 2), dtype=np.int64)
    beside = np.array([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    points = (points[:, None, :] + beside).reshape(-1, 2)
    if random:
        low, high = points.min(axis=0) - 3, points.max(axis=0) + 4
        points = np.concatenate([points, chance.integers(low, high, (random, 2))])
    return np.unique(np.clip(points, -LIMIT, LIMIT), axis=0)


def raster_points(grid, *, most=40):
    """Give points on the lines and corners of the squares of an index, and one step beside."""
    x0, y0, kx, ky, cols, rows = grid[:6].tolist()
    xs = x0 + (np.unique(np.linspace(0, cols, min(cols + 1, most)).astype(np.int64)) << kx)
    ys = y0 + (np.unique(np.linspace(0, rows, min(rows + 1, most)).astype(np.int64)) << ky)
    lines = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    beside = np.array([(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    return np.unique(np.clip((lines[:, None, :] + beside).reshape(-1, 2), -LIMIT, LIMIT), axis=0)


def told(found, code):
    """Give for each point the codes of the leaves that hold it, and whether it lies on an edge."""
    start, held = found.start.tolist(), found.held_by.tolist()
    codes = [tuple(code(cell) for cell in held[a:b]) for a, b in pairwise(start)]
    leaf = [code(cell) if cell >= 0 else None for cell in found.leaf.tolist()]
    assert leaf == [touching[0] if touching else None for touching in codes]
    return list(zip(codes, found.on_edge.tolist(), strict=True))


def expected(world, points):
    """Give what whole numbers say of lattice points, in the same form."""
    if not world.rings:
        return [((), False)] * len(points)
    oracle = world.oracle
    touches = [oracle.touch_at(x, y) for x, y in points.tolist()]
    return [(touch.codes, touch.on_edge) for touch in touches]


def ident_of(code):
    return uuid5(NAMESPACE_OID, code)
