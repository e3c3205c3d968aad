"""A sketch: some cells and what was drawn over them, noded together, as faces.

An edit is a question of which cell holds which face. Faces are told by counting along edges, never by a point
inside, so one that is a grid step wide is handed over as surely as a large one (geometry.md 9, 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np
import shapely

from geogrid.core.area import edge_areas
from geogrid.core.chains import land_left_of, unique_segments
from geogrid.core.coverage import Cell
from geogrid.core.lattice import FloatArray, IntArray, to_degrees, to_lattice
from geogrid.core.mesh import mesh_of
from geogrid.core.noding import Noded, Vertices, box_around, box_holds, node_segments_within
from geogrid.core.planar import Arrangement, arrange, face_covers, face_weights, outlines
from geogrid.core.predicates import BoolArray

Faces = frozenset[int]


@dataclass(frozen=True)
class Drawn:
    """What was drawn: directed edges on the lattice, (e, 2, 2) int64; a polygon's land lies on their left."""

    edges: IntArray

    @classmethod
    def lines(cls, lines: Iterable[shapely.LineString]) -> Drawn:
        """Take lines; vertices that fall together by rounding are dropped."""
        return cls(_edges([to_lattice(shapely.get_coordinates(line)) for line in lines]))

    @classmethod
    def polygon(cls, polygon: shapely.Geometry) -> Drawn:
        """Take the rings of a polygon or multi-polygon, the land on their left."""
        rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(polygon)))
        return cls(_edges([to_lattice(shapely.get_coordinates(ring)) for ring in rings]))


def _edges(paths: Sequence[IntArray]) -> IntArray:
    steps = [np.stack([path[:-1], path[1:]], axis=1) for path in paths if len(path) > 1]
    edges = np.concatenate(steps) if steps else np.empty((0, 2, 2), dtype=np.int64)
    kept: IntArray = edges[(edges[:, 0] != edges[:, 1]).any(axis=1)]
    return kept


class Sketch:
    """Cells and drawn lines as an arrangement of faces.

    Attributes
    ----------
    cells : tuple of Cell
        Those that have land.
    arrangement : Arrangement
    held : dict of UUID to frozenset of int
        The faces of each cell.
    drawn : (m,) bool
        Which segments of the arrangement were drawn, be there a border as well or not.
    line_only : (m,) bool
        Which segments are no border of any of the cells.
    piece_of : (m,) int64
        The drawn edge that a segment is a piece of; -1 where none.
    old : (n,) bool
        Which vertices of the arrangement the cells had before.
    """

    def __init__(self, cells: Iterable[Cell], drawn: Sequence[Drawn] = ()) -> None:
        """Node the cells and everything drawn; ends of lines that lead nowhere are left out."""
        unique = {cell.ident: cell for cell in cells}
        self.cells = tuple(c for c in unique.values() if c.shape is not None and not c.shape.is_empty)
        mesh = mesh_of([cell.shape for cell in self.cells])
        own, owner = mesh.edges()
        lines = np.concatenate([np.empty((0, 2, 2), np.int64), *(one.edges for one in drawn)])
        self._line_of = np.repeat(np.arange(len(drawn)), [len(one.edges) for one in drawn])
        vertices = Vertices.of(np.concatenate([mesh.xy, lines.reshape(-1, 2)]))
        edges = np.concatenate(
            [vertices.index[: len(mesh.xy)][own], vertices.index[len(mesh.xy) :].reshape(-1, 2)]
        )
        was = np.zeros(len(vertices.xy), dtype=bool)
        was[edges[: len(own)]] = True
        self._build(vertices.xy, edges, len(own), was)
        self._hold(owner)

    def _build(self, xy: IntArray, edges: IntArray, own: int, was: BoolArray) -> None:
        segments, of_edge, forward = unique_segments(edges)
        noded = _noded(xy, segments, edges[own:])
        pieces, of_piece, straight = unique_segments(noded.pieces)
        edge, piece = _pieces_of(of_edge, noded, len(segments))
        self._edge, self._segment = edge, of_piece[piece]
        self._forward = forward[edge] == straight[piece]
        drawn, border = np.zeros(len(pieces), dtype=bool), np.zeros(len(pieces), dtype=bool)
        drawn[self._segment[edge >= own]] = True
        border[self._segment[edge < own]] = True
        live = _without_dangles(pieces, border, len(noded.xy))
        used, place = np.unique(pieces[live], return_inverse=True)
        number = np.full(len(pieces), -1, dtype=np.int64)
        number[live] = np.arange(int(live.sum()))
        stays = live[self._segment]
        self._edge, self._forward = self._edge[stays], self._forward[stays]
        self._segment = number[self._segment[stays]]
        self._own = own
        self._origin = of_edge
        mine = self._edge >= own
        self.piece_of = np.full(int(live.sum()), -1, dtype=np.int64)
        self.piece_of[self._segment[mine]] = self._edge[mine] - own
        self._bent = _bent(noded, segments, np.unique(of_edge[:own]))
        self.drawn, self.line_only = drawn[live], ~border[live]
        self.old = np.concatenate([was, np.zeros(len(noded.xy) - len(was), dtype=bool)])[used]
        self.arrangement: Arrangement = arrange(noded.xy[used], place.reshape(-1, 2).astype(np.int64))

    def _hold(self, owner: IntArray) -> None:
        mine = self._edge < self._own
        self._owner = owner
        covers = face_covers(
            self.arrangement, self._segment[mine], self._forward[mine], owner[self._edge[mine]]
        )
        held: list[set[int]] = [set() for _ in self.cells]
        for face, cover in enumerate(covers):
            for cell in cover:
                held[cell].add(face)
        self.held: dict[UUID, Faces] = {
            cell.ident: frozenset(faces) for cell, faces in zip(self.cells, held, strict=True)
        }

    @cached_property
    def all_faces(self) -> Faces:
        """Every face but the unbounded one."""
        return frozenset(range(self.arrangement.face_count)) - {self.arrangement.outer}

    def chain(self, which: int = 0) -> IntArray:
        """Give how often each segment is walked by something drawn: along it plus, against it minus."""
        return self._walked(
            (self._edge >= self._own) & (self._line_of[np.maximum(self._edge - self._own, 0)] == which)
            if len(self._line_of)
            else np.zeros(len(self._edge), dtype=bool)
        )

    def bends(self, kept: BoolArray) -> list[IntArray]:
        """Give the ways of the cells' segments that gained nodes, (k, 2) int64, ends included.

        Parameters
        ----------
        kept : (n,) bool
            Which vertices of the arrangement count as nodes.
        """
        dropped = {(x, y) for x, y in self.arrangement.xy[~kept].tolist()}
        ways = [np.array([p for p in way.tolist() if tuple(p) not in dropped]) for way in self._bent]
        return [way for way in ways if len(way) > 2]

    def straight_on(self, segments: BoolArray) -> BoolArray:
        """Tell at which vertices, (n,) bool, two of some segments, (m,) bool, are pieces of one border.

        Where two borders were led through one pixel, they may part there with two other pieces of their own.
        """
        mine = (self._edge < self._own) & segments[self._segment]
        pairs = np.unique(np.stack([self._segment[mine], self._origin[self._edge[mine]]], axis=1), axis=0)
        ends = self.arrangement.tail.reshape(-1, 2)[pairs[:, 0]]
        met, count = np.unique(
            np.stack([ends.reshape(-1), np.repeat(pairs[:, 1], 2)], axis=1), axis=0, return_counts=True
        )
        straight = np.zeros(len(self.old), dtype=bool)
        straight[met[count == 2, 0]] = True
        return straight

    def own_chain(self, ident: UUID) -> IntArray:
        """Give how often each segment is walked by the rings of a cell, the cell on their left."""
        place = next(number for number, cell in enumerate(self.cells) if cell.ident == ident)
        own = self._edge < self._own
        return self._walked(own & (self._owner[np.minimum(self._edge, self._own - 1)] == place))

    def _walked(self, wanted: BoolArray) -> IntArray:
        weight = np.zeros(len(self.drawn), dtype=np.int64)
        np.add.at(weight, self._segment[wanted], np.where(self._forward[wanted], 1, -1))
        return weight

    def winding(self, weight: IntArray) -> IntArray:
        """Give each face how often closed chains, as weights of segments, run around it."""
        return face_weights(self.arrangement, weight)

    def inside(self, which: int = 0) -> Faces:
        """Give the faces inside a polygon that was drawn."""
        return frozenset(np.flatnonzero(self.winding(self.chain(which)) > 0).tolist())

    def border(self, faces: Iterable[int]) -> IntArray:
        """Give the half-edges around some faces, the faces on their left."""
        mine = np.zeros(self.arrangement.face_count, dtype=bool)
        mine[list(faces)] = True
        left = mine[self.arrangement.face]
        right = left.reshape(-1, 2)[:, ::-1].reshape(-1)
        return np.flatnonzero(left & ~right)

    def shape(self, faces: Iterable[int]) -> shapely.MultiPolygon:
        """Give some faces as one multi-polygon in degrees."""
        group = sorted(faces)
        if not group:
            return shapely.MultiPolygon()
        return land_left_of(self.arrangement.xy, outlines(self.arrangement, [group])[0])

    def area(self, faces: Iterable[int]) -> float:
        """Measure some faces, m²."""
        half = self.border(faces)
        places = to_degrees(self.arrangement.xy)
        start, end = places[self.arrangement.tail[half]], places[self.arrangement.tail[half ^ 1]]
        return float(edge_areas(start, end, np.full(len(half), places[:, 1].mean())).sum())

    def lengths(self) -> FloatArray:
        """Give the length of each segment, in degrees of latitude: good for comparing."""
        ends = to_degrees(self.arrangement.xy[self.arrangement.tail.reshape(-1, 2)])
        way = ends[:, 1] - ends[:, 0]
        narrow = np.cos(np.radians(ends[:, :, 1].mean(axis=1)))
        length: FloatArray = np.hypot(way[:, 0] * narrow, way[:, 1])
        return length

    def shared_length(self, faces: Iterable[int], others: Iterable[int]) -> float:
        """Give the length of the border that two sets of faces have in common, as `lengths`."""
        half = self.border(faces)
        beyond = self.arrangement.face[half ^ 1]
        met = np.isin(beyond, sorted(others))
        return float(self.lengths()[half[met] // 2].sum())

    def connected(self, faces: Iterable[int], across: BoolArray) -> list[Faces]:
        """Group faces that reach one another across the given segments, (m,) bool; smallest face first."""
        mine = sorted(faces)
        sides = self.arrangement.face.reshape(-1, 2)[across]
        inside = np.isin(sides, mine).all(axis=1)
        group = {face: face for face in mine}

        def root(face: int) -> int:
            while group[face] != face:
                group[face] = group[group[face]]
                face = group[face]
            return face

        for one, other in sides[inside].tolist():
            a, b = root(one), root(other)
            if a != b:
                group[max(a, b)] = min(a, b)
        gathered: dict[int, list[int]] = {}
        for face in mine:
            gathered.setdefault(root(face), []).append(face)
        return [frozenset(group) for group in gathered.values()]


def _noded(xy: IntArray, segments: IntArray, drawn: IntArray) -> Noded:
    """Node cells, which are noded with one another already, with what was drawn over them."""
    if not len(drawn):
        return Noded(xy, segments, np.arange(len(segments)))
    box = box_around(xy[drawn])
    while True:
        noded, split = node_segments_within(xy, segments, box)
        if box_holds(box, split):
            return noded
        box = box_around(split, box)


def _pieces_of(of_edge: IntArray, noded: Noded, segments: int) -> tuple[IntArray, IntArray]:
    """Give for each edge the pieces of its segment, edge by edge: the edge and the piece."""
    start = np.searchsorted(noded.origin, np.arange(segments + 1))
    count = np.diff(start)[of_edge]
    edge = np.repeat(np.arange(len(of_edge)), count)
    nth = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return edge, start[of_edge][edge] + nth


def _bent(noded: Noded, segments: IntArray, own: IntArray) -> list[IntArray]:
    """Give the ways of some segments that are of several pieces, as positions."""
    start = np.searchsorted(noded.origin, np.arange(len(segments) + 1))
    several = own[np.diff(start)[own] > 1]
    ways = []
    for segment in several.tolist():
        pieces = noded.pieces[start[segment] : start[segment + 1]]
        ways.append(noded.xy[np.append(pieces[:, 0], pieces[-1, 1])])
    return ways


def _without_dangles(pieces: IntArray, border: BoolArray, vertices: int) -> BoolArray:
    """Tell which pieces are left when lines are shortened until no end hangs free."""
    live = np.ones(len(pieces), dtype=bool)
    while True:
        degree = np.bincount(pieces[live].reshape(-1), minlength=vertices)
        hanging = live & ~border & (degree[pieces] == 1).any(axis=1)
        if not hanging.any():
            return live
        live &= ~hanging
