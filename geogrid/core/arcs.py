"""Arcs: the borders of a coverage, each once, with the cells on either side on every level.

An arc runs from node to node; a node is where the cells beside a border change on any level, or where borders
meet. A border that meets nothing is one arc whose ends are the same. This is the form in which borders are
shown and edited (design 4): what exists once cannot come apart. Cells can be put together from the arcs
again, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.chains import land_left_of, unique_segments
from geogrid.core.coverage import Cell
from geogrid.core.lattice import IntArray, to_degrees
from geogrid.core.mesh import mesh_of
from geogrid.core.noding import Vertices
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True, slots=True)
class Arc:
    """A piece of border.

    Attributes
    ----------
    line : (k, 2) int64
        Lattice positions, k ≥ 2; the first and the last are nodes.
    left, right : mapping of int to tuple of UUID
        Level → the cells on that side that the arc bounds: one in a valid coverage, none outside, several
        where a draft has an overlap. A level that the arc does not bound is in neither.
    """

    line: IntArray
    left: Mapping[int, tuple[UUID, ...]]
    right: Mapping[int, tuple[UUID, ...]]

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels that it bounds, the top first."""
        return tuple(sorted({*self.left, *self.right}))

    @property
    def geometry(self) -> shapely.LineString:
        """The line in degrees."""
        return shapely.LineString(to_degrees(self.line))


_Side = tuple[tuple[int, UUID], ...]


def arcs_of(cells: Iterable[Cell]) -> list[Arc]:
    """Derive the arcs of cells of any levels.

    Parameters
    ----------
    cells : iterable of Cell
        Noded with one another; cells without land have none.

    Returns
    -------
    list of Arc
        Those between nodes first. Each runs from the end with the lower position; a ring without a node
        begins at its lowest vertex.
    """
    landed = [cell for cell in cells if cell.shape is not None and not cell.shape.is_empty]
    if not landed:
        return []
    mesh = mesh_of([cell.shape for cell in landed])
    edges, owner = mesh.edges()
    segments, of_edge, forward = unique_segments(edges)
    network = _Network(segments, _sides(landed, owner, of_edge, forward, len(segments)), len(mesh.xy))
    return [_arc(mesh.xy[chain], *sides) for chain, sides in network.chains()]


def _sides(
    cells: Sequence[Cell], owner: IntArray, of_edge: IntArray, forward: BoolArray, count: int
) -> list[tuple[_Side, _Side]]:
    """Give for each segment the cells left and right of it."""
    left: list[list[tuple[int, UUID]]] = [[] for _ in range(count)]
    right: list[list[tuple[int, UUID]]] = [[] for _ in range(count)]
    named = [(cell.level, cell.ident) for cell in cells]
    for number, segment, ahead in zip(owner.tolist(), of_edge.tolist(), forward.tolist(), strict=True):
        (left if ahead else right)[segment].append(named[number])
    return [
        (tuple(sorted(one, key=_rank)), tuple(sorted(other, key=_rank)))
        for one, other in zip(left, right, strict=True)
    ]


def _rank(one: tuple[int, UUID]) -> tuple[int, bytes]:
    return one[0], one[1].bytes


class _Network:
    """Segments and what meets at their ends."""

    def __init__(self, segments: IntArray, sides: list[tuple[_Side, _Side]], vertices: int) -> None:
        self._sides = sides
        self._tail: list[int] = segments[:, 0].tolist()
        self._at: list[list[tuple[int, int]]] = [[] for _ in range(vertices)]
        for number, (tail, head) in enumerate(segments.tolist()):
            self._at[tail].append((head, number))
            self._at[head].append((tail, number))
        self._node = [bool(ways) and not self._goes_on(vertex) for vertex, ways in enumerate(self._at)]

    def _along(self, segment: int, tail: int) -> tuple[_Side, _Side]:
        """Give the cells left and right of a segment as it is walked from one of its ends."""
        left, right = self._sides[segment]
        return (left, right) if self._tail[segment] == tail else (right, left)

    def _goes_on(self, vertex: int) -> bool:
        """Tell whether one border only passes a vertex, and has the same cells beside it before and after."""
        ways = self._at[vertex]
        if len(ways) != 2:
            return False
        (before, one), (_, other) = ways
        return self._along(one, before) == self._along(other, vertex)

    def chains(self) -> Iterator[tuple[list[int], tuple[_Side, _Side]]]:
        """Walk from node to node, then around the rings that have none, from their lowest vertex."""
        used: set[int] = set()
        for rings in (False, True):
            for start, ways in enumerate(self._at):
                if self._node[start] or rings:
                    for head, segment in sorted(ways):
                        if segment not in used:
                            yield self._walk(start, head, segment, used)

    def _walk(
        self, start: int, head: int, segment: int, used: set[int]
    ) -> tuple[list[int], tuple[_Side, _Side]]:
        sides = self._along(segment, start)
        chain = [start, head]
        used.add(segment)
        while not self._node[chain[-1]] and chain[-1] != start:
            following, segment = next(way for way in self._at[chain[-1]] if way[1] not in used)
            chain.append(following)
            used.add(segment)
        return chain, sides


def _arc(line: IntArray, left: _Side, right: _Side) -> Arc:
    return Arc(line, _by_level(left), _by_level(right))


def _by_level(side: _Side) -> dict[int, tuple[UUID, ...]]:
    levels: dict[int, list[UUID]] = defaultdict(list)
    for level, ident in side:
        levels[level].append(ident)
    return {level: tuple(idents) for level, idents in levels.items()}


def shapes_of(arcs: Iterable[Arc]) -> dict[UUID, shapely.MultiPolygon]:
    """Put the cells together again that arcs bound; exactly what they were, but for where rings begin."""
    paths: dict[UUID, list[IntArray]] = defaultdict(list)
    for arc in arcs:
        edges = np.stack([arc.line[:-1], arc.line[1:]], axis=1)
        for sides, directed in ((arc.left, edges), (arc.right, edges[:, ::-1])):
            for idents in sides.values():
                for ident in idents:
                    paths[ident].append(directed)
    shapes = {}
    for ident, pieces in paths.items():
        places = np.concatenate(pieces)
        vertices = Vertices.of(places.reshape(-1, 2))
        shapes[ident] = land_left_of(vertices.xy, vertices.index.reshape(-1, 2))
    return shapes
