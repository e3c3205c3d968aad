"""The leaves of a land: the deepest cells that divide it, each with the land that it answers for itself.

A cell that cells of a `partition` or `ragged` level divide is no leaf: what they leave uncovered is a gap. A
cell that only cells of `partial` levels divide is a leaf for the rest of its land (geometry.md 14).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.chains import land_left_of, net_edges
from geogrid.core.land import Land
from geogrid.core.lattice import IntArray, Shapes
from geogrid.core.mesh import mesh_of, polygons_of
from geogrid.core.noding import node_segments
from geogrid.core.planar import Arrangement, arrange, face_weights, outlines
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True, slots=True)
class Leaves:
    """The leaves of a land, their codes in byte order.

    Attributes
    ----------
    cell : (m,) int64
        Index among the cells of the land. Cells that have one code, which drafts may, are in order of index.
    shapes : (m,) shapely Polygon or MultiPolygon
        Longitude/latitude, valid, not empty: the cell without the cells of partial levels inside.
    """

    cell: IntArray
    shapes: Shapes


def leaves_of(land: Land) -> Leaves:
    """Find the leaves of a land."""
    family = _Family.of(land)
    shapes = _mended(land.shapes, family.divides)
    for cell in np.flatnonzero(family.leaf & family.carved).tolist():
        shapes[cell] = _rest(shapes[cell], shapes[family.children(cell)])
    there = np.flatnonzero(family.leaf & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    order = sorted(there.tolist(), key=lambda cell: (land.code[cell].encode(), cell))
    cells = np.array(order, dtype=np.int64)
    return Leaves(cells, shapes[cells])


def covered_ground(land: Land) -> Shapes:
    """Give the land in which a place without a leaf is a gap; anything else is outside (geometry.md 10, 17).

    Returns
    -------
    (k,) shapely Polygon or MultiPolygon
        The extent where the scheme has one. Else every cell that others divide, and the holes inside the
        outline of the top level; not those of a `partial` level, which need not fill anything.
    """
    if land.extent is not None:
        extent = np.array([land.extent], dtype=object)
        return _with_land(_mended(extent, np.ones(1, dtype=bool)))
    divided, top = ground_cells(land)
    shapes = _mended(land.shapes, divided | top)
    return _with_land(np.append(shapes[divided], _holes(shapes[top])))


def ground_cells(land: Land) -> tuple[BoolArray, BoolArray]:
    """Tell which cells others divide, and which fill the top level: of both the covered ground is made.

    Returns
    -------
    divided, top : (n,) bool
    """
    family = _Family.of(land)
    above = np.array(land.land_level_above, dtype=np.int64)
    filling = np.array([level.rule != "partial" for level in land.levels], dtype=bool)
    top = family.divides & ((above < 0) & filling)[land.level] if len(land) else family.divides
    return family.tiled | family.carved, top


@dataclass(frozen=True, slots=True)
class _Family:
    """Which cells divide which, all (n,).

    Attributes
    ----------
    divides : bool
        It has land and is of a level that divides land.
    parent : int64
        The cell whose land it divides; -1 if none.
    tiled, carved : bool
        Cells of a partition or ragged level, or of a partial level, divide it.
    """

    divides: BoolArray
    parent: IntArray
    tiled: BoolArray
    carved: BoolArray

    @classmethod
    def of(cls, land: Land) -> _Family:
        level: IntArray = np.asarray(land.level, dtype=np.int64)
        dividing = np.array([level.divides_land for level in land.levels], dtype=bool)
        partial = np.array([level.rule == "partial" for level in land.levels], dtype=bool)
        divides = dividing[level] & land.has_land if len(land) else np.zeros(0, dtype=bool)
        parent = land.land_parent.copy() if len(land) else np.zeros(0, dtype=np.int64)
        for _ in land.levels:
            # A cell whose land is not known cannot be divided: the one above it is.
            bare = np.flatnonzero((parent >= 0) & ~divides[parent])
            parent[bare] = land.land_parent[parent[bare]]
        parent[~divides] = -1
        tiled, carved = np.zeros(len(land), dtype=bool), np.zeros(len(land), dtype=bool)
        below = np.flatnonzero(parent >= 0)
        carved[parent[below[partial[level[below]]]]] = True
        tiled[parent[below[~partial[level[below]]]]] = True
        return cls(divides, parent, tiled, carved)

    @property
    def leaf(self) -> BoolArray:
        """Which cells answer for land of their own."""
        return self.divides & ~self.tiled

    def children(self, cell: int) -> IntArray:
        """Give the cells that divide a cell."""
        return np.flatnonzero(self.parent == cell)


def _with_land(shapes: Shapes) -> Shapes:
    full: Shapes = shapes[~shapely.is_empty(shapes)]
    return full


def _mended(shapes: Shapes, wanted: BoolArray) -> Shapes:
    """Give the wanted shapes a valid form by the even-odd rule; drafts may hold others."""
    mended = shapes.copy()
    which = np.flatnonzero(wanted)
    for number in which[~shapely.is_valid(shapes[which])].tolist():
        whole = shapely.get_parts(shapely.make_valid(shapes[number], method="linework"))
        land = shapely.get_parts(whole[shapely.get_dimensions(whole) == 2])
        mended[number] = polygons_of(mesh_of([shapely.MultiPolygon(list(land))]))[0]
    return mended


def _rest(cell: shapely.Geometry, children: Shapes) -> shapely.MultiPolygon:
    """Take children out of a cell, exactly."""
    mesh = mesh_of([cell, *children])
    edges, of = mesh.edges()
    # The cell counts one and each child one less: one is left where the cell is alone, there only.
    arrangement, covered = _faces(mesh.xy, edges, np.where(of == 0, 1, -1))
    return _land(arrangement, np.flatnonzero(covered == 1))


def _holes(cells: Shapes) -> Shapes:
    """Find the land that cells surround and do not cover."""
    mesh = mesh_of(cells)
    edges, _ = mesh.edges()
    arrangement, covered = _faces(mesh.xy, edges, np.ones(len(edges), dtype=np.int64))
    bare = np.flatnonzero(covered == 0)
    holes: Shapes = shapely.get_parts(_land(arrangement, bare[bare != arrangement.outer]))
    return holes


def _faces(xy: IntArray, edges: IntArray, weight: IntArray) -> tuple[Arrangement, IntArray]:
    """Find the faces of what is left when weighted edges cancel, and how often each face is covered.

    Edges that cancel change nothing, so a land with matched borders is noded along its outline only.
    """
    segments, total = net_edges(edges, weight)
    if not len(segments):
        return arrange(xy, segments), np.zeros(1, dtype=np.int64)
    used, place = np.unique(segments, return_inverse=True)
    noded = node_segments(xy[used], place.reshape(-1, 2).astype(np.int64))
    segments, total = net_edges(noded.pieces, total[noded.origin])
    used, place = np.unique(segments, return_inverse=True)
    arrangement = arrange(noded.xy[used], place.reshape(-1, 2).astype(np.int64))
    return arrangement, face_weights(arrangement, total)


def _land(arrangement: Arrangement, faces: IntArray) -> shapely.MultiPolygon:
    if not len(faces):
        return shapely.MultiPolygon()
    return land_left_of(arrangement.xy, outlines(arrangement, [faces.tolist()])[0])
