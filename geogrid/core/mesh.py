"""Cells as rings of shared lattice vertices: the form in which a land is noded, audited and edited.

A `Mesh` holds the multi-polygons of many cells, of any levels, with every distinct vertex once. Rings are
kept in order, shells counter-clockwise and holes clockwise, so the interior of a cell lies left of each of
its edges. Summed over the cells of a partition the directed edges inside it cancel in pairs: whether land
is covered once everywhere is a question of integers, with no tolerance (geometry.md 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.chains import land_left_of, unique_segments
from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray, Shapes, to_degrees, to_lattice
from geogrid.core.noding import LatticeBox, Noded, Vertices, node_segments, node_segments_within
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True)
class Mesh:
    """Multi-polygons as indices into shared vertices.

    Attributes
    ----------
    xy : (n, 2) int64
        Distinct lattice positions.
    vertex : (v,) int64
        The vertices of all rings, one after the other; a ring's first vertex is not repeated at its end.
    ring_start : (r + 1,) int64
        Where each ring begins in `vertex`.
    part_start : (p + 1,) int64
        Where each part (a shell and its holes) begins among the rings.
    cell_start : (c + 1,) int64
        Where each cell begins among the parts.
    """

    xy: IntArray
    vertex: IntArray
    ring_start: IntArray
    part_start: IntArray
    cell_start: IntArray

    @property
    def cell_count(self) -> int:
        """How many cells there are; cells without land count."""
        return len(self.cell_start) - 1

    @property
    def ring_cell(self) -> IntArray:
        """The cell of each ring, (r,) int64."""
        part_cell = np.repeat(np.arange(self.cell_count), np.diff(self.cell_start))
        return np.repeat(part_cell, np.diff(self.part_start))

    @cached_property
    def segments(self) -> tuple[IntArray, IntArray, BoolArray]:
        """The distinct undirected segments of its edges, as `unique_segments` gives them."""
        return unique_segments(self.edges()[0])

    def edges(self) -> tuple[IntArray, IntArray]:
        """Give every directed edge and the cell on its left.

        Returns
        -------
        edges : (v, 2) int64, indices into `xy`
        cell : (v,) int64
        """
        after = np.arange(1, len(self.vertex) + 1)
        sizes = np.diff(self.ring_start)
        after[self.ring_start[1:][sizes > 0] - 1] = self.ring_start[:-1][sizes > 0]
        cell = np.repeat(self.ring_cell, sizes)
        return np.stack([self.vertex, self.vertex[after]], axis=1), cell


def mesh_of(geometries: object) -> Mesh:
    """Round polygons to the lattice and number their vertices.

    Parameters
    ----------
    geometries : array-like of Polygon or MultiPolygon
        Longitude/latitude in degrees, valid (rounding may make them touch themselves; noding mends it).

    Returns
    -------
    Mesh
        One cell per geometry, in order. Vertices that fall together by rounding are dropped, and so
        are rings of fewer than three; nothing moves by more than half a step.
    """
    shapes = np.asarray(geometries, dtype=object)
    multi = np.array(
        [shapely.MultiPolygon([g]) if g.geom_type == "Polygon" else g for g in shapes], dtype=object
    )
    if not len(multi):
        none = np.zeros(1, dtype=np.int64)
        return Mesh(np.empty((0, 2), np.int64), np.empty(0, np.int64), none, none, none)
    oriented = shapely.orient_polygons(multi)
    _, xy, offsets = shapely.to_ragged_array(oriented)
    rings, parts, cells = (np.asarray(o, dtype=np.int64) for o in offsets)
    vertices = Vertices.of(to_lattice(xy[:, :2]))
    mesh = _opened(vertices.xy, vertices.index, rings, parts, cells)
    return _without_slack(mesh)


def _opened(xy: IntArray, index: IntArray, rings: IntArray, parts: IntArray, cells: IntArray) -> Mesh:
    """Drop the vertex that closes each ring."""
    keep = np.ones(len(index), dtype=bool)
    keep[rings[1:][np.diff(rings) > 0] - 1] = False
    start = np.concatenate([[0], np.cumsum(keep)])[rings]
    return Mesh(xy, index[keep], start, parts, cells)


def _without_slack(mesh: Mesh) -> Mesh:
    """Drop vertices that repeat the one before, then small rings, then parts without a shell."""
    edges, _ = mesh.edges()
    keep = edges[:, 0] != edges[:, 1]
    vertex = mesh.vertex[keep]
    ring_start = np.concatenate([[0], np.cumsum(keep)])[mesh.ring_start]
    return _without_small_rings(Mesh(mesh.xy, vertex, ring_start, mesh.part_start, mesh.cell_start))


def _without_small_rings(mesh: Mesh) -> Mesh:
    sizes = np.diff(mesh.ring_start)
    alive = sizes >= 3
    shell = np.zeros(len(sizes), dtype=bool)
    shell[mesh.part_start[:-1]] = True
    part = np.repeat(np.arange(len(mesh.part_start) - 1), np.diff(mesh.part_start))
    alive &= alive[mesh.part_start[:-1]][part]
    if alive.all():
        return mesh
    vertex = mesh.vertex[np.repeat(alive, sizes)]
    ring_start = np.concatenate([[0], np.cumsum(sizes[alive])])
    alive_before = np.concatenate([[0], np.cumsum(alive)])
    part_start = alive_before[mesh.part_start]
    parts_alive = np.diff(part_start) > 0
    cell_start = np.concatenate([[0], np.cumsum(parts_alive)])[mesh.cell_start]
    part_start = np.concatenate([[0], part_start[1:][parts_alive]])
    return Mesh(mesh.xy, vertex, ring_start, part_start, cell_start)


def polygons_of(mesh: Mesh) -> Shapes:
    """Give each cell as a shapely MultiPolygon in degrees; a cell without land is an empty one."""
    return polygons_at(mesh, to_degrees(mesh.xy))


def polygons_at(mesh: Mesh, places: FloatArray) -> Shapes:
    """Give each cell as a shapely MultiPolygon, its vertices at the given places, (n, 2)."""
    closing = np.arange(len(mesh.vertex) + len(mesh.ring_start) - 1)
    sizes = np.diff(mesh.ring_start)
    closed_start = mesh.ring_start + np.arange(len(mesh.ring_start))
    index = np.empty(len(closing), dtype=np.int64)
    last = closed_start[1:] - 1
    body = np.ones(len(closing), dtype=bool)
    body[last] = False
    index[body] = mesh.vertex
    index[last] = mesh.vertex[mesh.ring_start[:-1]] if len(sizes) else []
    shapes: Shapes = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, places[index], (closed_start, mesh.part_start, mesh.cell_start)
    )
    return shapes


def thinned(mesh: Mesh, kept: BoolArray) -> Mesh:
    """Leave out vertices, (n,) bool, from every ring that has them; rings of fewer than three are gone."""
    stays = kept[mesh.vertex]
    ring_start = np.concatenate([[0], np.cumsum(stays)])[mesh.ring_start]
    vertex = mesh.vertex[stays]
    return _without_small_rings(Mesh(mesh.xy, vertex, ring_start, mesh.part_start, mesh.cell_start))


def node_mesh(mesh: Mesh) -> Mesh:
    """Give every ring the nodes of every other ring that it touches, on all levels at once.

    Parameters
    ----------
    mesh : Mesh

    Returns
    -------
    Mesh
        The same cells. No vertex lies on the inside of an edge, no two edges cross. A part that collapsed
        is gone; a ring that came to touch itself is taken apart into valid ones.
    """
    edges, _ = mesh.edges()
    if not len(edges):
        return mesh
    segments, of_edge, forward = mesh.segments
    noded = node_segments(mesh.xy, segments)
    if len(noded.pieces) == len(segments):
        if len(noded.xy) == len(mesh.xy):
            return _rebuilt(mesh)
        return _rebuilt(Mesh(noded.xy, mesh.vertex, mesh.ring_start, mesh.part_start, mesh.cell_start))
    return _rebuilt(_led(mesh, of_edge, forward, noded, len(segments)))


def node_mesh_within(mesh: Mesh, box: LatticeBox) -> tuple[Mesh, IntArray]:
    """Do as `node_mesh` with the edges that meet a box only; all others stay as they are.

    Parameters
    ----------
    mesh : Mesh
    box : west, south, east, north on the lattice

    Returns
    -------
    mesh : Mesh
    split : (k, 2, 2) int64
        The ends of the segments that gained nodes. While all lie in the box nothing was overlooked; else
        the caller widens the box and takes in whatever meets it (geometry.md 12).
    """
    edges, _ = mesh.edges()
    if not len(edges):
        return mesh, np.empty((0, 2, 2), dtype=np.int64)
    segments, of_edge, forward = unique_segments(edges)
    noded, split = node_segments_within(mesh.xy, segments, box)
    if not len(split):
        return _rebuilt(mesh), split
    return _rebuilt(_led(mesh, of_edge, forward, noded, len(segments))), split


def led_along(mesh: Mesh, ways: Sequence[IntArray]) -> Mesh:
    """Lead every ring that has a segment another way between its ends.

    Parameters
    ----------
    mesh : Mesh
    ways : sequence of (k, 2) int64
        Lattice positions; the first and the last are the ends of the segment.
    """
    edges, _ = mesh.edges()
    segments, of_edge, forward = unique_segments(edges)
    xy = np.concatenate([mesh.xy, *(way[1:-1] for way in ways)])
    vertices = Vertices.of(xy)
    vertex, segments = vertices.index[mesh.vertex], vertices.index[segments]
    nodes = vertices.index[len(mesh.xy) :]
    pieces: list[IntArray] = []
    origin: list[IntArray] = []
    plain = np.ones(len(segments), dtype=bool)
    at = 0
    for way in ways:
        inner = nodes[at : at + len(way) - 2]
        at += len(way) - 2
        first, last = (_vertex_at(vertices.xy, end) for end in (way[0], way[-1]))
        for segment in np.flatnonzero(
            (segments == (first, last)).all(axis=1) | (segments == (last, first)).all(axis=1)
        ):
            path = np.concatenate([[first], inner, [last]])
            path = path if segments[segment, 0] == first else path[::-1]
            pieces.append(np.stack([path[:-1], path[1:]], axis=1))
            origin.append(np.full(len(path) - 1, segment))
            plain[segment] = False
    left = np.flatnonzero(plain)
    all_pieces = np.concatenate([*pieces, segments[left]])
    all_origin = np.concatenate([*origin, left])
    order = np.argsort(all_origin, kind="stable")
    noded = Noded(vertices.xy, all_pieces[order], all_origin[order])
    renumbered = Mesh(vertices.xy, vertex, mesh.ring_start, mesh.part_start, mesh.cell_start)
    return _led(renumbered, of_edge, forward, noded, len(segments))


def _vertex_at(xy: IntArray, place: IntArray) -> int:
    found = np.flatnonzero((xy == place).all(axis=1))
    return int(found[0]) if len(found) else -1


def _led(mesh: Mesh, of_edge: IntArray, forward: BoolArray, noded: Noded, segments: int) -> Mesh:
    """Lead every ring through the pieces of its segments; the order of its vertices is kept."""
    piece_start = np.searchsorted(noded.origin, np.arange(segments + 1))
    count = np.diff(piece_start)[of_edge]
    first = np.cumsum(count) - count
    nth = np.arange(int(count.sum())) - np.repeat(first, count)
    origin = np.repeat(piece_start[of_edge], count)
    ahead = np.repeat(forward, count)
    size = np.repeat(count, count)
    piece = np.where(ahead, origin + nth, origin + size - 1 - nth)
    vertex = np.where(ahead, noded.pieces[piece, 0], noded.pieces[piece, 1])
    ring_start = np.concatenate([[0], np.cumsum(count)])[mesh.ring_start]
    return Mesh(noded.xy, vertex, ring_start, mesh.part_start, mesh.cell_start)


def _rebuilt(mesh: Mesh) -> Mesh:
    """Take apart the cells whose rings now touch themselves or run back on themselves."""
    suspects = _touching_themselves(mesh)
    if not len(suspects):
        return mesh
    edges, cell = mesh.edges()
    shapes = polygons_of(mesh)
    wanted = np.isin(cell, suspects)
    edges, cell = edges[wanted], cell[wanted]
    order = np.argsort(cell, kind="stable")
    groups = np.split(edges[order], np.searchsorted(cell[order], suspects)[1:])
    for suspect, group in zip(suspects, groups, strict=True):
        shapes[suspect] = land_left_of(mesh.xy, group)
    return mesh_of(shapes)


def _touching_themselves(mesh: Mesh) -> IntArray:
    """Name the cells in which a vertex occurs more than once."""
    cell = np.repeat(mesh.ring_cell, np.diff(mesh.ring_start))
    return np.flatnonzero(_repeats(mesh.vertex, cell, len(mesh.xy), mesh.cell_count))


@compiled
def _repeats(vertex: IntArray, cell: IntArray, vertices: int, cells: int) -> BoolArray:
    """Tell for each cell whether it has a vertex twice; the vertices of one come one after the other."""
    last = np.full(vertices, -1, dtype=np.int64)
    repeats = np.zeros(cells, dtype=np.bool_)
    for place in range(len(vertex)):
        if last[vertex[place]] == cell[place]:
            repeats[cell[place]] = True
        last[vertex[place]] = cell[place]
    return repeats


def changed_cells(before: Mesh, after: Mesh) -> IntArray:
    """Name the cells that have other edges in one mesh than in another of the same cells.

    Where their rings begin, and in which order they are, does not count. How many vertices a cell has tells
    nothing: a part may gain a node and collapse into fewer at once.
    """
    if np.array_equal(before.vertex, after.vertex) and np.array_equal(before.xy, after.xy):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(_edge_sums(before) != _edge_sums(after))


def _edge_sums(mesh: Mesh) -> NDArray[np.uint64]:
    """Sum up well mixed numbers, one of each directed edge, for each cell; modulo 2^64."""
    edges, cell = mesh.edges()
    ends = mesh.xy[edges].reshape(-1, 4).astype(np.uint64)
    mixed = np.zeros(len(ends), dtype=np.uint64)
    for column in ends.T:
        # The steps of splitmix64.
        mixed = (mixed ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    sums = np.zeros(mesh.cell_count, dtype=np.uint64)
    np.add.at(sums, cell, mixed)
    return sums
