"""Where the cells of a level fail to cover the land exactly once (geometry.md 9).

Whether a level is in order is decided by adding up directed edges: the borders of the children minus the
border of their parent cancel to nothing exactly when every place of the parent is covered once and nothing
outside is. Only where something is left over are faces built, and each is classified by the cells that
cover it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.noded_land import EXTENT, NodedLand
from geogrid.core.chains import land_left_of, net_edges, unique_segments
from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.planar import (
    Arrangement,
    arrange,
    face_covers,
    face_groups,
    face_weights,
    outlines,
)
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True, slots=True)
class Region:
    """Connected land of a level that is not covered as it should be.

    Attributes
    ----------
    kind : str
        `gap`, `hole` (land inside the outline of the top level, of which nobody can say whether it should be
        covered), `overlap` or `outside`.
    level : int
    cells : tuple of int
        The cells that cover it; for a gap and a hole those that border it, by edges.
    parents : tuple of int
        For a gap the cells of the level above that cover it.
    shape : shapely.MultiPolygon
    area_m2 : float
    """

    kind: str
    level: int
    cells: tuple[int, ...]
    parents: tuple[int, ...]
    shape: shapely.MultiPolygon
    area_m2: float


@dataclass(frozen=True)
class _Sheet:
    """The cells of one level and what they are to cover.

    Attributes
    ----------
    level : int
    above : int
        The level whose cells they are to cover, though some may be of one further up; `EXTENT`, or -1 where
        nothing is known.
    edges, cell : (e, 2) int64, (e,) int64
        Of the children and of what they are to cover.
    child : (e,) bool
    place : (e,) int64
        Of each among all edges of the noded land.
    tiled : frozenset of int
        What has to be covered wholly.
    """

    noded: NodedLand
    level: int
    above: int
    edges: IntArray
    cell: IntArray
    child: BoolArray
    place: IntArray
    tiled: frozenset[int]

    @classmethod
    def of(cls, noded: NodedLand, level: int) -> _Sheet:
        land = noded.land
        above = land.land_level_above[level]
        if above < 0 and land.extent is not None:
            above = EXTENT
        rank = np.where(noded.edge_cell >= 0, land.level[np.maximum(noded.edge_cell, 0)], EXTENT)
        child = rank == level
        roof = np.array([EXTENT]) if above == EXTENT else land.parents_at(level)
        there = child | np.isin(noded.edge_cell, roof)
        return cls(
            noded,
            level,
            above,
            noded.edges[there],
            noded.edge_cell[there],
            child[there],
            np.flatnonzero(there),
            to_be_tiled(noded, level, above),
        )

    def parent_of(self, cell: IntArray) -> IntArray:
        """Give what each child is to lie in: a cell, `EXTENT`, or -1."""
        if self.above == EXTENT:
            return np.full(len(cell), EXTENT, dtype=np.int64)
        return self.noded.land.land_parent[cell]


def to_be_tiled(noded: NodedLand, level: int, above: int) -> frozenset[int]:
    """Name the cells above that the level must cover wholly.

    A level that has no cells yet is not drawn, which is no fault of the land: its parents are the leaves.
    """
    land = noded.land
    rule = land.levels[level].rule
    if above == -1 or rule == "partial" or not (level in land.drawn or len(land.cells_at(level))):
        return frozenset()
    if above == EXTENT:
        return frozenset({EXTENT})
    if rule == "ragged":
        parents = np.unique(land.land_parent[land.cells_at(level)])
        return frozenset(parents[parents >= 0].tolist())
    return frozenset(land.parents_at(level).tolist())


def faulty_regions(noded: NodedLand, level: int) -> list[Region]:
    """Find all land of a level that is covered by nobody, by two, or by a cell outside its parent.

    Parameters
    ----------
    noded : NodedLand
    level : int
        Index of a level that divides land.

    Returns
    -------
    list of Region
        One per connected group of faces and set of cells, the largest first.
    """
    sheet = _Sheet.of(noded, level)
    if not sheet.child.any() and not sheet.tiled:
        return []
    if sheet.above == -1:
        return _holes_or_all(sheet)
    if sheet.noded.land.levels[level].rule != "partial" and _adds_up(sheet):
        return []
    return _regions(sheet)


def _adds_up(sheet: _Sheet) -> bool:
    """Tell whether children and parents cancel, parent by parent."""
    group = np.where(sheet.child, sheet.parent_of(np.maximum(sheet.cell, 0)), sheet.cell)
    counted = sheet.child | np.isin(sheet.cell, sorted(sheet.tiled))
    if (group[counted] == -1).any():
        return False
    there = sheet.place[counted]
    weight = np.where(sheet.noded.edge_forward[there] == sheet.child[counted], 1, -1)
    return _cancel(sheet.noded.edge_segment[there], group[counted], weight)


def _cancel(segment: IntArray, group: IntArray, weight: IntArray) -> bool:
    """Tell whether the weights of each segment add up to nothing, group by group."""
    count = np.bincount(segment)
    first = np.cumsum(count) - count
    return not _some_left(segment, group, weight.astype(np.int64), first, count, np.empty_like(segment))


@compiled
def _some_left(
    segment: IntArray,
    group: IntArray,
    weight: IntArray,
    first: IntArray,
    count: IntArray,
    listed: IntArray,
) -> bool:
    place = first.copy()
    for edge in range(len(segment)):
        listed[place[segment[edge]]] = edge
        place[segment[edge]] += 1
    for number in range(len(count)):
        # A segment has a few edges only: of the cells on its two sides, level by level.
        here = listed[first[number] : first[number] + count[number]]
        for one in here:
            total = 0
            for other in here:
                if group[other] == group[one]:
                    total += weight[other]
            if total != 0:
                return True
    return False


def _holes_or_all(sheet: _Sheet) -> list[Region]:
    """Look at a level with nothing above it: its outline tells where it is covered twice, and its holes."""
    ones = np.ones(len(sheet.edges), dtype=np.int64)
    segments, weight = net_edges(sheet.edges, ones)
    arrangement, used = _arranged(sheet, segments)
    covered = face_weights(arrangement, weight)
    if (covered > 1).any() or sheet.noded.land.levels[sheet.level].rule == "partial":
        return _regions(sheet)
    keys: list[Hashable] = [("hole",) if count == 0 else None for count in covered.tolist()]
    keys[arrangement.outer] = None
    return _gathered(sheet, arrangement, used, keys)


def _arranged(sheet: _Sheet, segments: IntArray) -> tuple[Arrangement, IntArray]:
    """Find the faces of segments; also give the vertex of the mesh behind each vertex of theirs."""
    used, place = np.unique(segments, return_inverse=True)
    return arrange(sheet.noded.mesh.xy[used], place.reshape(-1, 2).astype(np.int64)), used.astype(np.int64)


def _regions(sheet: _Sheet) -> list[Region]:
    """Build the faces of children and parents and classify each."""
    segments, of_edge, forward = unique_segments(sheet.edges)
    arrangement, used = _arranged(sheet, segments)
    covers = face_covers(arrangement, of_edge, forward, sheet.cell)
    children = frozenset(np.unique(sheet.cell[sheet.child]).tolist())
    keys = [_fault(sheet, children, cover) for cover in covers]
    keys[arrangement.outer] = None
    return _gathered(sheet, arrangement, used, keys)


def _fault(sheet: _Sheet, children: frozenset[int], cover: frozenset[int]) -> Hashable:
    """Say what is wrong with a face: None, or the kind and the cells that make it one place."""
    here = cover & children
    around = cover - children
    if len(here) > 1:
        return ("overlap", *sorted(here))
    if here:
        (cell,) = here
        within = int(sheet.parent_of(np.array([cell]))[0])
        return ("outside", cell) if sheet.above != -1 and within not in around else None
    if around & sheet.tiled:
        return ("gap", *sorted(around & sheet.tiled))
    if not cover and sheet.above == -1 and sheet.noded.land.levels[sheet.level].rule != "partial":
        return ("hole",)
    return None


def _gathered(sheet: _Sheet, arrangement: Arrangement, used: IntArray, keys: list[Hashable]) -> list[Region]:
    """Join the faces of one fault to regions."""
    groups = face_groups(arrangement, keys)
    around = outlines(arrangement, [faces for _, faces in groups])
    shapes = [land_left_of(arrangement.xy, edges) for edges in around]
    areas = polygon_areas(shapes) if shapes else np.zeros(0)
    bordering = _bordering(sheet, [used[edges] for edges in around])
    regions = []
    for (key, _), shape, area, neighbours in zip(groups, shapes, areas, bordering, strict=True):
        assert isinstance(key, tuple)
        kind, named = key[0], key[1:]
        bare = kind in {"gap", "hole"}
        parents = tuple(cell for cell in named if cell >= 0) if bare else ()
        regions.append(Region(kind, sheet.level, neighbours if bare else named, parents, shape, float(area)))
    return sorted(regions, key=lambda region: -region.area_m2)


def _bordering(sheet: _Sheet, around: list[IntArray]) -> list[tuple[int, ...]]:
    """Name for each outline the children whose borders run along it on the other side."""
    if not around:
        return []
    span = len(sheet.noded.mesh.xy)
    outline = np.concatenate(around)
    region = np.repeat(np.arange(len(around)), [len(edges) for edges in around])
    wanted = outline[:, 1] * span + outline[:, 0]
    keys = sheet.edges[:, 0] * span + sheet.edges[:, 1]
    found = np.flatnonzero(sheet.child & np.isin(keys, wanted))
    owners: dict[int, list[int]] = {}
    for key, cell in zip(keys[found].tolist(), sheet.cell[found].tolist(), strict=True):
        owners.setdefault(key, []).append(cell)
    named: list[set[int]] = [set() for _ in around]
    for key, number in zip(wanted.tolist(), region.tolist(), strict=True):
        named[number].update(owners.get(key, ()))
    return [tuple(sorted(cells)) for cells in named]
