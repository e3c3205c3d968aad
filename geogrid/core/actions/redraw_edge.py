"""Lead a border another way between two of its vertices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.actions.asking import (
    find_level,
    on_lattice,
    parameter,
    read_lines,
    read_position,
    read_text,
)
from geogrid.core.actions.family import box_of, divides
from geogrid.core.actions.reshaping import directed_edges, having_vertex, refuse_fixed_outline, reshape
from geogrid.core.change import Change
from geogrid.core.coverage import Cell, Ground
from geogrid.core.errors import EditRefused
from geogrid.core.lattice import IntArray, to_degrees, to_lattice
from geogrid.core.plan import Plan
from geogrid.core.sketch import Drawn, Sketch

_Node = tuple[int, int]


@dataclass(frozen=True)
class RedrawEdge:
    """Lead the border between two cells another way from one of its vertices to another.

    All cells that the border bounds follow, on every level. It has to be the border of the same cells all
    along; where a third one meets it, redraw piece by piece, or move that node.

    Attributes
    ----------
    level : str
    from_, to : (lon, lat)
        Vertices of the border.
    line : tuple of shapely.LineString
        The new way, in either direction; its ends are put to the two vertices.
    """

    level: str = parameter(read_text)
    from_: tuple[float, float] = parameter(read_position)
    to: tuple[float, float] = parameter(read_position)
    line: tuple[shapely.LineString, ...] = parameter(read_lines)

    def __call__(self, ground: Ground, new_ids: Iterator[UUID]) -> Change:
        """Give the change.

        Raises
        ------
        EditRefused
        """
        level = find_level(ground, self.level)
        new = self._way()
        path = self._path(ground, level, new)
        box = box_of(
            shapely.LineString(to_degrees(np.concatenate([path.reshape(-1, 2), new.reshape(-1, 2)])))
        )
        near = [cell for cell in ground.meeting(box) if divides(ground, cell)]
        left, right = _sides(near, path)
        sketch = Sketch(near, [Drawn(new), Drawn(path)])
        plan = Plan(ground, sketch, new_ids)
        detour = sketch.chain(0) - sketch.chain(1)
        chains = {ident: sketch.own_chain(ident) + detour for ident in left}
        chains |= {ident: sketch.own_chain(ident) - detour for ident in right}
        reshape(
            plan,
            chains,
            "line-crosses-border",
            "the line crosses another border, or itself; keep clear of it",
        )
        refuse_fixed_outline(plan)
        return plan.change()

    def _way(self) -> IntArray:
        """Give the new way as directed edges from the one vertex to the other."""
        if len(self.line) != 1:
            raise EditRefused(
                "line-crosses-border",
                "draw the new way in one line",
                shapely.MultiLineString(list(self.line)),
            )
        path = to_lattice(shapely.get_coordinates(self.line[0]))
        start, end = np.array(on_lattice(self.from_)), np.array(on_lattice(self.to))

        def off(line: IntArray) -> float:
            gap = np.concatenate([line[0] - start, line[-1] - end]).astype(np.float64)
            return float(np.abs(gap).sum())

        if off(path[::-1]) < off(path):
            path = path[::-1]
        path = path.copy()
        path[0], path[-1] = start, end
        edges = np.stack([path[:-1], path[1:]], axis=1)
        kept: IntArray = edges[(edges[:, 0] != edges[:, 1]).any(axis=1)]
        return kept

    def _path(self, ground: Ground, level: int, new: IntArray) -> IntArray:
        """Find the border between the two vertices: of two ways around a ring the one nearer to the new."""
        start, end = on_lattice(self.from_), on_lattice(self.to)
        cells = [cell for cell in having_vertex(ground, self.from_) if cell.level == level]
        edges = [directed_edges(cell) for cell in cells]
        ways = [way for own in edges for way in _ways(own, start, end)]
        if not ways and start != end and any((own[:, 0] == end).all(axis=1).any() for own in edges):
            raise EditRefused(
                "several-cells",
                "the border touches itself in a point on the way; redraw it up to there, and on from there",
                shapely.MultiPoint([self.from_, self.to]),
            )
        if not ways or start == end:
            raise EditRefused(
                "no-such-border",
                f"no border of the level {self.level} has both vertices",
                shapely.MultiPoint([self.from_, self.to]),
            )
        owned = [way for way in ways if _is_of_one_pair(cells, way)]
        if not owned:
            raise EditRefused(
                "several-cells",
                "a third cell meets the border on the way; redraw it piece by piece, or move that node",
                shapely.MultiPoint([self.from_, self.to]),
            )
        return min(owned, key=lambda way: (_enclosed(way, new), len(way)))


def _ways(edges: IntArray, start: _Node, end: _Node) -> list[IntArray]:
    """Give the ways along the rings of a cell from one vertex to another, against the rings as well."""
    tails = [tuple(tail) for tail in edges[:, 0].tolist()]
    heads = [tuple(head) for head in edges[:, 1].tolist()]
    after: dict[_Node, list[_Node]] = {}
    for tail, head in zip(tails, heads, strict=True):
        after.setdefault(tail, []).append(head)
    ways = []
    for first, last, back in ((start, end, False), (end, start, True)):
        for step in after.get(first, []):
            nodes = [first, step]
            while nodes[-1] not in (last, first) and len(after.get(nodes[-1], [])) == 1:
                nodes.append(after[nodes[-1]][0])
            if nodes[-1] == last:
                line = np.array(nodes[::-1] if back else nodes, dtype=np.int64)
                ways.append(np.stack([line[:-1], line[1:]], axis=1))
    return ways


def _is_of_one_pair(cells: list[Cell], way: IntArray) -> bool:
    """Tell whether the same cells have all of a way on their left, and on their right."""
    try:
        _sides(cells, way)
    except EditRefused:
        return False
    return True


def _sides(cells: list[Cell], way: IntArray) -> tuple[list[UUID], list[UUID]]:
    """Give the cells that have a way on their left, and on their right, all along it.

    Raises
    ------
    EditRefused
        If a cell has only a part of it.
    """
    ahead = {tuple(edge) for edge in way.reshape(-1, 4).tolist()}
    back = {tuple(edge) for edge in way[:, ::-1].reshape(-1, 4).tolist()}
    left: list[UUID] = []
    right: list[UUID] = []
    for cell in cells:
        own = {tuple(edge) for edge in directed_edges(cell).reshape(-1, 4).tolist()}
        for wanted, side in ((ahead, left), (back, right)):
            if wanted <= own:
                side.append(cell.ident)
            elif wanted & own:
                places = to_degrees(np.array(sorted(wanted & own)).reshape(-1, 2, 2))
                raise EditRefused(
                    "several-cells",
                    f"the border is that of {cell.code} only in part; redraw it piece by piece",
                    shapely.MultiLineString(list(places)),
                )
    return left, right


def _enclosed(way: IntArray, new: IntArray) -> float:
    """Measure the land between two ways, in square degrees: good for comparing."""
    ring = np.concatenate([way[:, 0], new[::-1, 1]])
    xy = to_degrees(ring) - to_degrees(ring[:1])
    beyond = np.roll(xy, -1, axis=0)
    return float(abs((xy[:, 0] * beyond[:, 1] - beyond[:, 0] * xy[:, 1]).sum()))
