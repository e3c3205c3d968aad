"""What became of a cell's land from one version to the next: nothing, nodes, a better drawing, or a move.

Neighbours that are cut give a cell nodes, surveys draw the same border again, and now and then land really
changes hands. Only the last is news for the people on it; this module tells the four apart (geometry.md 11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import shapely
from pyproj import Geod

from geogrid.core.area import FLATTENING, SEMI_MAJOR_M, polygon_areas
from geogrid.core.change import Change
from geogrid.core.coverage import Cell
from geogrid.core.lattice import FloatArray, IntArray, to_lattice
from geogrid.core.noding import Vertices
from geogrid.core.predicates import BoolArray, exact, passes_pixel

#: A border drawn again lies this close to the old one, metres: half a millimetre on a plan of 1:10,000, the
#: base map of streets and communities. Nobody draws the same line twice more closely than that.
REDIGITISED_DISTANCE_M = 5.0
#: … and no more than this share of the smaller of both lands changes hands: in a cell of a few metres even
#: five metres are a move.
REDIGITISED_SHARE = 0.02

_ELLIPSOID = Geod(a=SEMI_MAJOR_M, f=FLATTENING)

RedrawKind = Literal["same", "noded", "redigitised", "moved"]


class Nodes(NamedTuple):
    """How many nodes a border gained and lost."""

    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Redraw:
    """What became of a land.

    Attributes
    ----------
    kind : str
        `same` vertex for vertex, wherever rings begin; `noded` if only nodes came or went; `redigitised` if
        the border stayed within both tolerances; `moved` otherwise.
    distance_m : float, optional
        Hausdorff distance of the two borders; 0 for `same`, at most a grid step for `noded`; None if either
        has no land.
    exchanged_m2 : float
        The land that is in one of them only; 0 for `same` and `noded`.
    """

    kind: RedrawKind
    distance_m: float | None
    exchanged_m2: float


@dataclass(frozen=True, slots=True)
class CellRedraw:
    """What became of a cell.

    Attributes
    ----------
    land : Redraw
    renamed, renumbered, reparented : bool
    described : bool
        Its kind or its attributes changed.
    """

    land: Redraw
    renamed: bool
    renumbered: bool
    reparented: bool
    described: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Say all that changed: the kind of the redraw unless `same`, then the flags."""
        flags = ("renamed", "renumbered", "reparented", "described")
        said = tuple(flag for flag in flags if getattr(self, flag))
        return said if self.land.kind == "same" else (self.land.kind, *said)


def classify_cell(before: Cell, after: Cell) -> CellRedraw:
    """Tell what became of a cell between two of its versions."""
    return CellRedraw(
        land=classify_land(before.shape, after.shape),
        renamed=before.name != after.name,
        renumbered=before.code != after.code,
        reparented=before.parent != after.parent,
        described=(before.kind, before.attributes) != (after.kind, after.attributes),
    )


def classify_land(before: shapely.MultiPolygon | None, after: shapely.MultiPolygon | None) -> Redraw:
    """Tell what became of a land.

    Parameters
    ----------
    before, after : shapely.MultiPolygon, optional
        Longitude/latitude on the lattice, valid; None or empty where there is no land.
    """
    if _is_nothing(before) or _is_nothing(after):
        there = [shape for shape in (before, after) if not _is_nothing(shape)]
        return Redraw("moved" if there else "same", None, float(polygon_areas(there).sum()) if there else 0.0)
    assert before is not None
    assert after is not None
    nodes = nodes_between(before, after)
    if nodes == (0, 0):
        return Redraw("same", 0.0, 0.0)
    distance = border_distance_m(before, after)
    if nodes is not None:
        return Redraw("noded", distance, 0.0)
    exchanged = float(polygon_areas([shapely.symmetric_difference(before, after)])[0])
    smaller = float(polygon_areas([before, after]).min())
    close = distance <= REDIGITISED_DISTANCE_M and exchanged <= REDIGITISED_SHARE * smaller
    return Redraw("redigitised" if close else "moved", distance, exchanged)


def noded_only(before: shapely.MultiPolygon, after: shapely.MultiPolygon) -> bool:
    """Tell whether two lands differ by nothing but nodes on their borders; equal ones do.

    Parameters
    ----------
    before, after : shapely.MultiPolygon
        Longitude/latitude on the lattice, valid. Rings may begin anywhere and run either way, parts and holes
        may be in any order.
    """
    return nodes_between(before, after) is not None


def nodes_between(before: shapely.MultiPolygon, after: shapely.MultiPolygon) -> Nodes | None:
    """Count the nodes that a border gained and lost; None if it differs by more than nodes.

    A vertex is a node if the border without it passes its pixel (geometry.md 6): the half-open square of one
    grid step around it. A line that was led through a node may pass the pixel of another one only since then,
    as in the passes of snap rounding; that is followed. Exact, in whole numbers.
    """
    if shapely.equals_identical(before, after):
        return Nodes(0, 0)
    if before.is_empty or after.is_empty:
        return Nodes(0, 0) if before.is_empty and after.is_empty else None
    # A node lies between the ends of its segment, so boxes never differ.
    if before.bounds != after.bounds:
        return None
    old, old_shells, old_xy = _rings(before)
    new, new_shells, new_xy = _rings(after)
    if len(old) != len(new) or old_shells.sum() != new_shells.sum():
        return None
    vertices = Vertices.of(np.concatenate([old_xy, new_xy]))
    of_old = np.split(vertices.index[: len(old_xy)], np.cumsum(old)[:-1])
    of_new = np.split(vertices.index[len(old_xy) :], np.cumsum(new)[:-1])
    pairs = _paired(of_old, of_new, old_shells, new_shells)
    if pairs is None:
        return None
    gained = lost = 0
    for ring, other in pairs:
        nodes = _nodes_of_ring(vertices.xy, ring, other)
        if nodes is None:
            return None
        gained, lost = gained + nodes.gained, lost + nodes.lost
    return Nodes(gained, lost)


def border_distance_m(before: shapely.MultiPolygon, after: shapely.MultiPolygon) -> float:
    """Measure how far two borders lie apart at most: their Hausdorff distance, metres.

    Taken at the vertices and the middles of the edges that only one of them has, on a plane around their
    middle that is true to 1 % up to some 50 km; longer lands are exact enough near the middle latitude.
    """
    west, south, east, north = shapely.total_bounds([before, after])
    scale = 111_320 * np.array([np.cos(np.radians((south + north) / 2)), 1.0])
    origin = np.array([(west + east) / 2, (south + north) / 2])
    lines = [(_segments(shape) - origin) * scale for shape in (before, after)]
    own = _only_in_one(*(_segments(shape) for shape in (before, after)))
    farthest = 0.0
    for mine, alone, other in ((lines[0], own[0], lines[1]), (lines[1], own[1], lines[0])):
        ends = mine[alone]
        if not len(ends):
            continue
        places = shapely.points(np.concatenate([ends[:, 0], ends[:, 1], ends.mean(axis=1)]))
        tree = shapely.STRtree(shapely.linestrings(other))
        _, distance = tree.query_nearest(places, return_distance=True, all_matches=False)
        farthest = max(farthest, float(distance.max()))
    return farthest


def gained_length_m(change: Change) -> float:
    """Measure the edges that gained, or lost, a node in a change, each once: metres on the ellipsoid."""
    edges = []
    for one in change.cells:
        if not one.noded or one.before is None or one.after is None:
            continue
        if one.before.shape is None or one.after.shape is None:
            continue
        before, after = _segments(one.before.shape), _segments(one.after.shape)
        alone, _ = _only_in_one(before, after)
        edges.append(before[alone])
    if not edges:
        return 0.0
    ends = np.concatenate(edges)
    # An edge has two sides and may be of several levels.
    back = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ends[back] = ends[back][:, ::-1]
    ends = np.unique(ends.reshape(-1, 4), axis=0)
    return float(_ELLIPSOID.inv(*ends.T)[2].sum())


def _is_nothing(shape: shapely.MultiPolygon | None) -> bool:
    return shape is None or bool(shape.is_empty)


def _rings(shape: shapely.MultiPolygon) -> tuple[IntArray, BoolArray, IntArray]:
    """Give the rings, shells counter-clockwise: their sizes, which are shells, and all vertices, open."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    _, xy, (ring_start, part_start) = shapely.to_ragged_array(parts)
    steps = to_lattice(xy[:, :2])
    ring = np.repeat(np.arange(len(ring_start) - 1), np.diff(ring_start))
    keep = np.ones(len(steps), dtype=bool)
    # Of vertices that repeat the one before, and of the closing one, one stays.
    keep[1:] = (steps[1:] != steps[:-1]).any(axis=1) | (ring[1:] != ring[:-1])
    keep[ring_start[1:] - 1] = False
    shells = np.zeros(len(ring_start) - 1, dtype=bool)
    shells[part_start[:-1]] = True
    sizes: IntArray = np.bincount(ring[keep], minlength=len(shells)).astype(np.int64)
    return sizes, shells, steps[keep]


def _paired(
    old: list[IntArray], new: list[IntArray], old_shells: BoolArray, new_shells: BoolArray
) -> list[tuple[IntArray, IntArray]] | None:
    """Give each old ring the new one that has most of its vertices; None if two want the same one."""
    if len(old) == 1:
        return [(old[0], new[0])]
    where: dict[int, list[int]] = {}
    for number, ring in enumerate(new):
        for vertex in ring.tolist():
            where.setdefault(vertex, []).append(number)
    taken: set[int] = set()
    pairs = []
    for ring, shell in zip(old, old_shells.tolist(), strict=True):
        shared: dict[int, int] = {}
        for vertex in ring.tolist():
            for number in where.get(vertex, ()):
                shared[number] = shared.get(number, 0) + 1
        fitting = {number: count for number, count in shared.items() if new_shells[number] == shell}
        if not fitting:
            return None
        best = max(fitting, key=lambda number: (fitting[number], -len(new[number])))
        if best in taken:
            return None
        taken.add(best)
        pairs.append((ring, new[best]))
    return pairs


def _nodes_of_ring(xy: IntArray, old: IntArray, new: IntArray) -> Nodes | None:
    """Count the nodes that a ring gained and lost, both in one direction of turn; None if there is more."""
    old_kept, new_kept = np.isin(old, new), np.isin(new, old)
    old_stay, new_stay = old[old_kept], new[new_kept]
    if len(old_stay) < 3 or len(old_stay) != len(new_stay):
        return None
    if len(np.unique(old_stay)) != len(old_stay):
        return None  # a ring that touches itself, which no valid polygon has
    start = int(old_stay.min())
    if (_from(old_stay, start) != _from(new_stay, start)).any():
        return None
    for ring, kept in ((old, old_kept), (new, new_kept)):
        first = int(np.flatnonzero(ring == start)[0])
        if not _all_nodes(xy[np.roll(ring, -first)], np.roll(kept, -first)):
            return None
    return Nodes(int((~new_kept).sum()), int((~old_kept).sum()))


def _from(ring: IntArray, start: int) -> IntArray:
    turned: IntArray = np.roll(ring, -int(np.flatnonzero(ring == start)[0]))
    return turned


def _all_nodes(ring: IntArray, kept: BoolArray) -> bool:
    """Tell whether the vertices that are not kept are nodes of the ring of those that are.

    Parameters
    ----------
    ring : (n, 2) int64
        Begins with a vertex that is kept.
    kept : (n,) bool
    """
    kept = kept.copy()
    count = len(ring)
    while not kept.all():
        places = np.arange(count)
        before = np.maximum.accumulate(np.where(kept, places, 0))
        after = np.minimum.accumulate(np.where(kept, places, count)[::-1])[::-1]
        asked = np.flatnonzero(~kept)
        start, end = exact(ring[before[asked]], ring[after[asked] % count])
        pixel = ring[asked].astype(start.dtype)
        passed = passes_pixel(start, end, pixel)
        if not passed.any():
            return False
        along = ((pixel - start) * (end - start)).sum(axis=1)[passed]
        segment = before[asked][passed]
        if ((segment[1:] == segment[:-1]) & (along[1:] < along[:-1])).any():
            return False  # runs back
        kept[asked[passed]] = True
    return True


def _segments(shape: shapely.MultiPolygon) -> FloatArray:
    """Give the edges of all rings, (n, 2, 2) degrees."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    same = ring[1:] == ring[:-1]
    segments: FloatArray = np.stack([xy[:-1][same], xy[1:][same]], axis=1)
    return segments


def _only_in_one(one: FloatArray, other: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Tell which segments of each are not among those of the other, either way round."""
    both = to_lattice(np.concatenate([one, other]))
    vertices = Vertices.of(both.reshape(-1, 2)).index.reshape(-1, 2)
    keys = vertices.min(axis=1) * (len(vertices) * 2) + vertices.max(axis=1)
    first, second = keys[: len(one)], keys[len(one) :]
    return ~np.isin(first, second), ~np.isin(second, first)
