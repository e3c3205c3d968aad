"""The faces of a whole land, all levels in one arrangement: what a repair relabels.

Where audits look at one level after the other, a repair has to keep all of them nested. Here every face knows
the cells of every level that cover it, and each question a repair asks (who borders on these faces, what do
they measure, which faces does a finding cover) costs as much as the faces it is about, not the land.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.audits.noded_land import NodedLand, width_m
from geogrid.core.chains import land_left_of, unique_segments
from geogrid.core.lattice import FloatArray, IntArray, to_degrees, to_lattice
from geogrid.core.noding import Vertices
from geogrid.core.planar import Arrangement, arrange, face_covers

Faces = frozenset[int]
Cover = frozenset[int]


class LandFaces:
    """The arrangement of all cells that divide a land.

    Attributes
    ----------
    noded : NodedLand
    arrangement : Arrangement
    covers : list of frozenset of int
        For each face the cells, of all levels, that cover it; `EXTENT` for the scheme's extent.
    """

    def __init__(self, noded: NodedLand) -> None:
        """Find the faces of a land that is noded."""
        self.noded = noded
        segments, of_edge, forward = unique_segments(noded.edges)
        self._used, place = np.unique(segments, return_inverse=True)
        self.arrangement: Arrangement = arrange(
            noded.mesh.xy[self._used], place.reshape(-1, 2).astype(np.int64)
        )
        self.covers: list[Cover] = face_covers(self.arrangement, of_edge, forward, noded.edge_cell)
        self._by_face = np.argsort(self.arrangement.face, kind="stable")
        self._first = np.searchsorted(
            self.arrangement.face[self._by_face], np.arange(self.arrangement.face_count + 1)
        )
        self._areas: dict[int, float] = {}
        self._widths: dict[Faces, float] = {}

    @cached_property
    def _length(self) -> FloatArray:
        """The length of each segment in degrees of latitude: good for comparing."""
        ends = to_degrees(self.arrangement.xy[self.arrangement.tail.reshape(-1, 2)])
        way = ends[:, 1] - ends[:, 0]
        length: FloatArray = np.hypot(way[:, 0] * np.cos(np.radians(ends[:, :, 1].mean(axis=1))), way[:, 1])
        return length

    def around(self, face: int) -> list[int]:
        """Give the half-edges that have a face on their left."""
        halves: list[int] = self._by_face[self._first[face] : self._first[face + 1]].tolist()
        return halves

    def border(self, faces: Collection[int]) -> list[int]:
        """Give the half-edges around some faces, the faces on their left."""
        beyond = self.arrangement.face
        return [half for face in faces for half in self.around(face) if int(beyond[half ^ 1]) not in faces]

    def across(self, half: int) -> int:
        """Give the face on the right of a half-edge."""
        return int(self.arrangement.face[half ^ 1])

    def length(self, half: int) -> float:
        """Give the length of a half-edge, in degrees of latitude."""
        return float(self._length[half // 2])

    def edges(self, halves: Sequence[int]) -> IntArray:
        """Give half-edges as pairs of vertices of the land's mesh, (e, 2) int64."""
        half = np.array(halves, dtype=np.int64)
        tail = self.arrangement.tail
        edges: IntArray = self._used[np.stack([tail[half], tail[half ^ 1]], axis=1)].reshape(-1, 2)
        return edges

    def shape(self, faces: Collection[int]) -> shapely.MultiPolygon:
        """Give faces as one multi-polygon in degrees."""
        return land_left_of(self.noded.mesh.xy, self.edges(self.border(faces)))

    def area(self, faces: Iterable[int]) -> float:
        """Measure faces, m²."""
        mine = list(faces)
        missing = [face for face in mine if face not in self._areas]
        if missing:
            measured = polygon_areas([self.shape({face}) for face in missing])
            self._areas.update(zip(missing, measured.tolist(), strict=True))
        return sum(self._areas[face] for face in mine)

    def knows_width(self, faces: Faces, width: float) -> None:
        """Take a width that has been measured: large places take long."""
        if faces:
            self._widths[faces] = width

    def width(self, faces: Faces) -> float:
        """Measure how wide faces are together: the diameter of the largest circle inside, metres."""
        if faces not in self._widths:
            self._widths[faces] = width_m(self.shape(faces), self.area(faces))
        return self._widths[faces]

    def groups(self, faces: Iterable[int], key: Callable[[int], object]) -> list[Faces]:
        """Group faces that share an edge and a key, the group of the smallest face first."""
        keys = {face: key(face) for face in faces}
        groups: list[Faces] = []
        seen: set[int] = set()
        for start in sorted(keys):
            if start in seen:
                continue
            group, waiting = {start}, [start]
            while waiting:
                for half in self.around(waiting.pop()):
                    there = self.across(half)
                    if there not in group and there in keys and keys[there] == keys[start]:
                        group.add(there)
                        waiting.append(there)
            seen |= group
            groups.append(frozenset(group))
        return groups

    def inside(self, shapes: Sequence[shapely.Geometry | None]) -> list[Faces]:
        """Give the faces inside each polygon whose rings run along the land's own edges.

        None, and polygons that run elsewhere, have none.
        """
        rings = [self._rings(shape) for shape in shapes]
        edges = np.concatenate([np.empty((0, 2, 2), np.int64), *rings])
        halves = self._half_edges(edges)
        cuts = np.cumsum([len(ring) for ring in rings])[:-1]
        return [self._within(part) for part in np.split(halves, cuts)] if rings else []

    @staticmethod
    def _rings(shape: shapely.Geometry | None) -> IntArray:
        """Give the edges of a polygon as pairs of positions, (e, 2, 2) int64, the land on their left."""
        if shape is None or shapely.get_dimensions(shape) != 2:
            return np.empty((0, 2, 2), dtype=np.int64)
        rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shape)))
        paths = [to_lattice(shapely.get_coordinates(ring)) for ring in rings]
        edges = np.concatenate([np.stack([path[:-1], path[1:]], axis=1) for path in paths])
        kept: IntArray = edges[(edges[:, 0] != edges[:, 1]).any(axis=1)]
        return kept

    def _half_edges(self, edges: IntArray) -> IntArray:
        """Find the half-edge of each pair of positions, -1 where there is none."""
        xy, tail = self.arrangement.xy, self.arrangement.tail
        everything = Vertices.of(np.concatenate([xy, edges.reshape(-1, 2)]))
        span = len(everything.xy) + 1
        place = everything.index[: len(xy)]
        ours = place[tail] * span + place[tail.reshape(-1, 2)[:, ::-1].reshape(-1)]
        ends = everything.index[len(xy) :].reshape(-1, 2)
        wanted = ends[:, 0] * span + ends[:, 1]
        order = np.argsort(ours, kind="stable")
        found = np.minimum(np.searchsorted(ours[order], wanted), max(len(ours) - 1, 0))
        if not len(ours):
            return np.full(len(wanted), -1, dtype=np.int64)
        halves: IntArray = np.where(ours[order][found] == wanted, order[found], -1)
        return halves

    def _within(self, halves: IntArray) -> Faces:
        """Give the faces that are reached from the left of some half-edges without crossing any of them."""
        if not len(halves) or (halves < 0).any():
            return frozenset()
        walls = set((halves // 2).tolist())
        found = set(self.arrangement.face[halves].tolist())
        waiting = list(found)
        while waiting:
            for half in self.around(waiting.pop()):
                there = self.across(half)
                if half // 2 not in walls and there not in found:
                    found.add(there)
                    waiting.append(there)
        return frozenset(found) if self.arrangement.outer not in found else frozenset()
