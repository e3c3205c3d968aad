"""Hypothesis strategies: valid coverages of several levels, and wishes for edits, all of which shrink.

A coverage is made of patches that share their corners on the lattice, so it is exact; a cell is any set of
patches: with holes, enclaves, several parts, parts that touch in one corner. In a *brickwork* each row has
its own joints, on lines that slope, so that there are T-junctions everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

import numpy as np
import shapely
from hypothesis import strategies as st

from geogrid.core.audits.coverage import Tolerance
from geogrid.core.coverage import Cell, Coverage
from geogrid.core.land import LandLevel
from geogrid.core.lattice import to_degrees
from geogrid.core.mesh import mesh_of, node_mesh, polygons_of

Place = tuple[int, int]
Sizes = tuple[int, int]
EAST, NORTH = 18 * 10**9, 9 * 10**9
#: Nothing is a sliver: for cells that are millimetres wide.
EXACT = Tolerance(area_m2=0.0, width_m=0.0)


@dataclass(frozen=True)
class World:
    """Where a coverage lies: a step of the patches, and the corner that it is put to, in lattice steps."""

    name: str
    step: Sizes
    corner: Sizes
    tolerance: Tolerance = EXACT

    def origin(self, columns: int, rows: int) -> Sizes:
        """Give the south-west corner; a corner beyond the middle of the earth is the north-east one."""
        x, y = self.corner
        return (
            x - columns * self.step[0] if x == EAST else x,
            y - rows * self.step[1] if y == NORTH else y,
        )


WORLDS = (
    World("town", (1_000_000, 900_000), (11_800_000_000, 2_900_000_000), Tolerance()),
    World("tiny", (9, 7), (11_700_000_000, 2_999_999_990)),
    World("small", (400, 300), (-7_100_000_100, -4_100_000_000)),
    World("dateline east", (300_000, 300_000), (EAST, 100_000_000)),
    World("dateline west", (300_000, 300_000), (-EAST, -200_000_000)),
    World("north pole", (500_000_000, 90_000), (0, NORTH)),
    World("south pole", (500_000_000, 90_000), (-4_000_000_000, -NORTH)),
    World("wide", (6_000_000_000, 3_000_000_000), (-EAST, -NORTH)),
)


@dataclass
class Dice:
    """Numbers from drawn bytes, 0 when there are no more: whatever is smaller is simpler."""

    thrown: bytes
    at: int = 0

    def below(self, most: int) -> int:
        """Give a number below another."""
        byte = self.thrown[self.at] if self.at < len(self.thrown) else 0
        self.at += 1
        return byte % most

    def one_in(self, times: int) -> bool:
        """Say yes once in so many times."""
        return self.below(256) > 255 - 256 // times

    def jitter(self, most: int) -> int:
        """Give a number from `-most` to `most`."""
        byte = self.below(256)
        return (byte // 2 * most // 127) * (1 if byte % 2 else -1)


@dataclass(frozen=True)
class Start:
    """A coverage to begin with.

    Attributes
    ----------
    world : World
    coverage : Coverage
    """

    world: World
    coverage: Coverage

    def __repr__(self) -> str:
        """Tell what is drawn when a test fails."""
        rules = [level.rule for level in self.coverage.levels]
        lines = [f"Start({self.world.name!r}, rules={rules}, extent={self.coverage.extent}, cells="]
        parents = self.coverage.cells
        for cell in parents.values():
            above = parents[cell.parent].code if cell.parent in parents else None
            lines.append(f"  {cell.level} {cell.code} below {above}: {cell.shape}")
        return "\n".join(lines)


def ids(seed: int = 0):
    """Give identities, the same for the same seed."""
    random = Random(seed)
    while True:
        yield UUID(int=random.getrandbits(128), version=4)


#: The scheme says no extent; that of all cells at the top; that of the patches left out as well.
EXTENTS = ("none", "none", "land", "all")


@st.composite
def starts(
    draw,
    *,
    worlds: Sequence[World] = WORLDS,
    damaged: bool = False,
    most: int = 6,
    extents: Sequence[str] = EXTENTS,
) -> Start:
    """Draw a valid coverage, or one with gaps and overlaps."""
    world = draw(st.sampled_from(worlds))
    wide = world.name == "wide"
    columns, rows = draw(st.integers(2, most)), draw(st.integers(1, most))
    rules = ["partition", *draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3))]
    levels = tuple(LandLevel(f"level{n}", rule, n - 1) for n, rule in enumerate(rules))
    dice = Dice(draw(st.binary(min_size=160, max_size=160)))
    lay = _bricks if draw(st.booleans()) and not wide else _quads
    shapes = lay(dice, world, columns, rows)
    everything = list(shapes)
    if draw(st.booleans()):
        for place in [p for p in shapes if dice.one_in(12)][: len(shapes) - 1]:
            del shapes[place]
    extent = draw(st.sampled_from(extents))
    tree = _Tree(dice, levels, shapes, damaged=damaged)
    tree.grow(list(shapes), 0, None, "c")
    land = {"none": [], "land": list(shapes), "all": everything}[extent]
    outer = shapely.coverage_union_all([lay_shape for p, lay_shape in tree.known(land, shapes)])
    return Start(world, _settled(levels, tree.cells, _multi(outer) if land else None))


RULES = ("partition", "partition", "partition", "ragged", "partial")


class _Tree:
    """Cells grown from the top downwards."""

    def __init__(self, dice, levels, shapes, *, damaged) -> None:
        self.dice, self.levels, self.shapes, self.damaged = dice, levels, shapes, damaged
        self.cells: list[Cell] = []
        self._ids = ids(1)

    def known(self, places, shapes):
        return [(place, shapes[place]) for place in places if place in shapes]

    def grow(self, places: list[Place], level: int, parent: UUID | None, code: str) -> None:
        rule = self.levels[level].rule
        if rule == "ragged" and self.dice.one_in(3):
            return
        groups = grown(self.dice, places, 1 + self.dice.below(2 + level))
        if rule == "partial":
            groups = [g for g in groups if not self.dice.one_in(2)]
        if self.damaged and level:
            self._damage(groups)
        for number, mine in enumerate(group for group in groups if group):
            shape = _multi(shapely.coverage_union_all([self.shapes[place] for place in mine]))
            cell = Cell(next(self._ids), level, f"{code}{number}", f"cell {code}{number}", "", parent, shape)
            self.cells.append(cell)
            if level + 1 < len(self.levels):
                self.grow(mine, level + 1, cell.ident, cell.code)

    def _damage(self, groups: list[list[Place]]) -> None:
        for group in groups:
            if group and self.dice.one_in(2):
                lost = group.pop(self.dice.below(len(group)))
                if self.dice.one_in(3):
                    continue
                group.append(lost)
                other = groups[self.dice.below(len(groups))]
                if lost not in other:
                    other.append(lost)


def grown(dice: Dice, places: list[Place], count: int) -> list[list[Place]]:
    """Divide places among seeds, each to the nearest; some stray, which makes enclaves and parts."""
    seeds = [places[dice.below(len(places))] for _ in range(count)]
    groups: list[list[Place]] = [[] for _ in seeds]
    for i, j in places:
        near = min(range(count), key=lambda n: abs(seeds[n][0] - i) + abs(seeds[n][1] - j))
        groups[dice.below(count) if dice.one_in(8) else near].append((i, j))
    return [group for group in groups if group]


def _quads(dice: Dice, world: World, columns: int, rows: int) -> dict[Place, shapely.Polygon]:
    west, south = world.origin(columns, rows)
    (wide, high), straight = world.step, dice.one_in(4)
    corner = {}
    for i in range(columns + 1):
        for j in range(rows + 1):
            move = (0, 0) if straight else (dice.jitter(wide // 3), dice.jitter(high // 3))
            corner[i, j] = _on_earth(west + i * wide + move[0], south + j * high + move[1])
    return {
        (i, j): _polygon([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]])
        for i in range(columns)
        for j in range(rows)
    }


def _bricks(dice: Dice, world: World, columns: int, rows: int) -> dict[Place, shapely.Polygon]:
    """Lay rows with joints of their own on sloping lines; both sides of a line have all joints on it."""
    west, south = world.origin(columns, rows)
    wide, high = world.step
    ends = (west, west + columns * wide)
    slope = [dice.jitter(high // 3) for _ in range(rows + 1)]
    joints = []
    for _ in range(rows):
        inner = [west + i * wide + dice.jitter(wide // 3) for i in range(1, columns)]
        joints.append([ends[0], *inner, ends[1]])

    def height(line: int, x: int) -> int:
        return south + line * high + slope[line] * (2 * x - ends[0] - ends[1]) // (ends[1] - ends[0])

    def along(line: int, left: int, right: int) -> list[Sizes]:
        sides = [row for row in (line - 1, line) if 0 <= row < rows]
        found = sorted({x for row in sides for x in joints[row] if left <= x <= right})
        return [_on_earth(x, height(line, x)) for x in found]

    return {
        (i, j): _polygon(
            [
                *along(j, joints[j][i], joints[j][i + 1]),
                *along(j + 1, joints[j][i], joints[j][i + 1])[::-1],
            ]
        )
        for j in range(rows)
        for i in range(columns)
    }


def _on_earth(x: int, y: int) -> Sizes:
    return max(-EAST, min(EAST, x)), max(-NORTH, min(NORTH, y))


def _polygon(ring: list[Sizes]) -> shapely.Polygon:
    return shapely.Polygon(to_degrees(np.array(ring, dtype=np.int64)))


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(shapely.get_parts(shape)))


def _settled(levels, cells: list[Cell], extent) -> Coverage:
    """Give all cells, and the extent, one another's nodes."""
    outer = [] if extent is None else [extent]
    shapes = polygons_of(node_mesh(mesh_of([*(cell.shape for cell in cells), *outer])))
    noded = [
        Cell(c.ident, c.level, c.code, c.name, c.kind, c.parent, shape)
        for c, shape in zip(cells, shapes[: len(cells)], strict=True)
    ]
    return Coverage.of(levels, noded, None if extent is None else shapes[-1])
