"""Small lands made of four-sided patches, and what a locator must say about them, by Python's whole numbers.

The patches share their corners, so the lands are exact; a cell is any set of patches: with holes, in parts,
in parts that touch in one corner. The oracle knows nothing of polygons that are put together: it asks which
patches hold a point, and what they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import shapely
from hypothesis import strategies as st

from geogrid.core.lattice import to_degrees
from geogrid.core.locator import Reason
from tests.core.lands import land_of

IN, ON, OUT = "in", "on", "out"
# In byte order; other orders (numbers as numbers, Chinese by pinyin, letters without case) differ.
CODES = ["01", "1", "10", "2", "A", "B", "a", "é", "上", "下", "东", "西"]


def side(point, ring):
    """Tell on which side of a ring of whole-number corners a point lies, by a ray to the north."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        in_box = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
        if in_box and (bx - ax) * (y - ay) == (by - ay) * (x - ax):
            return ON
        if (ax <= x) != (bx <= x) and ay + Fraction((by - ay) * (x - ax), bx - ax) > y:
            inside = not inside
    return IN if inside else OUT


@dataclass(frozen=True)
class Expected:
    touching: frozenset[str]
    on_edge: bool
    reason: Reason

    @property
    def leaf(self):
        return min(self.touching, key=str.encode) if self.touching else None


@dataclass(frozen=True)
class Patchwork:
    """Patches in rows and columns; each is of a cell of the top level, or none, and of a cell below, or none.

    `extent` is a set of patches, or None where the scheme has no extent.
    """

    corner: dict[tuple[int, int], tuple[int, int]]
    top: dict[tuple[int, int], str | None]
    below: dict[tuple[int, int], str | None]
    rule: str
    extent: frozenset[tuple[int, int]] | None = None

    def ring(self, patch):
        r, c = patch
        return [self.corner[at] for at in ((r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c))]

    def shape(self, patches):
        quads = [shapely.Polygon(to_degrees(np.array(self.ring(patch)))) for patch in patches]
        return shapely.coverage_union_all(quads)

    def land(self):
        cells = [(top, "top", "", self.shape(mine)) for top, mine in _groups(self.top).items()]
        for code, mine in _groups(self.below).items():
            cells.append((code, "below", self.top[mine[0]], self.shape(mine)))
        levels = [("top", "partition"), ("below", self.rule)]
        extent = self.shape(sorted(self.extent)) if self.extent else None
        return land_of(levels, cells, extent=extent, noded=False)

    def leaf_of(self, patch):
        """Name the leaf that a patch is of, or None."""
        top, below = self.top[patch], self.below[patch]
        if below is not None or top is None:
            return below
        divided = any(self.below[p] is not None for p in self.top if self.top[p] == top)
        return top if not divided or self.rule == "partial" else None

    def expected(self, point):
        sides = {patch: side(point, self.ring(patch)) for patch in self.top}
        around = [patch for patch, where in sides.items() if where != OUT]
        leaves = {self.leaf_of(patch) for patch in around}
        # A rim corner or edge belongs to fewer patches than go round it: nobody's land is there as well.
        rim = not any(where == IN for where in sides.values()) and self._on_rim(point)
        touching = frozenset(leaf for leaf in leaves if leaf is not None)
        if touching:
            return Expected(touching, rim or len(leaves) > 1, Reason.IN_CELL)
        gap = bool(around) and self._is_gap(around, rim=rim)
        return Expected(touching, False, Reason.GAP if gap else Reason.OUTSIDE)

    def _is_gap(self, around, *, rim):
        if self.extent is not None:
            return any(patch in self.extent for patch in around)
        if any(self.top[patch] is not None for patch in around):
            return True
        return not rim and all(patch in self._enclosed() for patch in around)

    def _enclosed(self):
        """Patches without a top cell that cannot be left but across a top cell."""
        free = {patch for patch, top in self.top.items() if top is None}
        seen = {(r, c) for r, c in free if not all(self._next((r, c)).values())}
        waiting = list(seen)
        while waiting:
            for near in self._next(waiting.pop()):
                if near in free and near not in seen:
                    seen.add(near)
                    waiting.append(near)
        return free - seen

    def _next(self, patch):
        r, c = patch
        return {near: near in self.top for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1))}

    def _on_rim(self, point):
        rows = 1 + max(r for r, _ in self.top)
        columns = 1 + max(c for _, c in self.top)
        round_it = [(0, c) for c in range(columns)] + [(r, columns) for r in range(rows)]
        round_it += [(rows, c) for c in range(columns, 0, -1)] + [(r, 0) for r in range(rows, 0, -1)]
        return side(point, [self.corner[at] for at in round_it]) == ON

    def all_points(self):
        """Give every lattice point of the land and of one step around it."""
        xs, ys = zip(*self.corner.values(), strict=True)
        return [(x, y) for x in range(min(xs) - 1, max(xs) + 2) for y in range(min(ys) - 1, max(ys) + 2)]

    def hard_points(self):
        """Give corners, middles of edges, rounded, and what lies one step beside them."""
        found = set()
        for patch in self.top:
            ring = self.ring(patch)
            for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
                for part in (0, 1, 2, 3):
                    x, y = ax + (bx - ax) * part // 3, ay + (by - ay) * part // 3
                    found |= {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        return sorted((x, y) for x, y in found if abs(x) <= 18 * 10**9 and abs(y) <= 9 * 10**9)


def _groups(names):
    groups = {}
    for patch, name in names.items():
        if name is not None:
            groups.setdefault(name, []).append(patch)
    return groups


@st.composite
def patchworks(draw, *, rules=("partition", "ragged", "partial"), wide=False):
    """Draw a patchwork: a few steps wide, so that every point can be asked, or round the earth."""
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    if wide:
        step, origin = (36 * 10**9 // columns, 18 * 10**9 // rows), (-18 * 10**9, -9 * 10**9)
    else:
        step, origin = (6, 5), (11_700_000_000, 2_999_999_990)
    jitter = st.tuples(*(st.integers(-(s // 5), s // 5) for s in step))
    limit = (18 * 10**9, 9 * 10**9)
    corner = {}
    for r in range(rows + 1):
        for c in range(columns + 1):
            move = draw(jitter)
            at = (origin[0] + c * step[0] + move[0], origin[1] + r * step[1] + move[1])
            corner[r, c] = tuple(max(-most, min(most, v)) for v, most in zip(at, limit, strict=True))
    patches = [(r, c) for r in range(rows) for c in range(columns)]
    codes = draw(st.permutations(CODES))
    top = {patch: draw(st.sampled_from([None, *codes[:3]])) for patch in patches}
    below = {}
    for patch in patches:
        # The codes of the cells below are of their parent, so that each has one.
        mine = {codes[k]: [None, None, codes[3 + 2 * k], codes[4 + 2 * k]] for k in range(3)}
        below[patch] = draw(st.sampled_from(mine.get(top[patch], [None])))
    extent = draw(st.none() | st.frozensets(st.sampled_from(patches), min_size=1))
    if wide and extent is None:
        extent = frozenset(patches[:1])
    return Patchwork(corner, top, below, draw(st.sampled_from(rules)), extent)
