"""A land whose rings all have each other's nodes: what every geometric audit starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geogrid.core.extents import extent_along
from geogrid.core.land import Land
from geogrid.core.lattice import STEP_METRES, FloatArray, IntArray, Shapes
from geogrid.core.mesh import Mesh, changed_cells, mesh_of, node_mesh
from geogrid.core.predicates import BoolArray


@dataclass(frozen=True)
class NodedLand:
    """The cells that divide land, and the extent, noded together.

    Attributes
    ----------
    land : Land
    cell : (m,) int64
        The cell of the land behind each cell of the mesh; `EXTENT` for the scheme's extent.
    mesh : Mesh
    gained : (k,) int64
        The cells that got nodes or lost land when they were noded with the others: their edges do not match.
    """

    land: Land
    cell: IntArray
    mesh: Mesh
    gained: IntArray

    @classmethod
    def of(cls, land: Land) -> NodedLand:
        """Node the cells of all levels that divide land, on the lattice."""
        divides = np.array([level.divides_land for level in land.levels], dtype=bool)
        wanted = np.flatnonzero(land.has_land & divides[land.level]) if len(land) else np.zeros(0, np.int64)
        shapes = land.shapes[wanted]
        cell = wanted.astype(np.int64)
        if land.extent is not None:
            top = np.array([above < 0 for above in land.land_level_above])[land.level[wanted]]
            extent = extent_along(land.extent, shapes[top]) if len(wanted) else land.extent
            shapes = np.append(shapes, np.array([extent], dtype=object))
            cell = np.append(cell, EXTENT)
        before = mesh_of(shapes)
        after = node_mesh(before)
        changed = changed_cells(before, after)
        return cls(land, cell, after, cell[changed][cell[changed] >= 0])

    @cached_property
    def _edges(self) -> tuple[IntArray, IntArray]:
        edges, of_mesh = self.mesh.edges()
        return edges, self.cell[of_mesh]

    @property
    def edges(self) -> IntArray:
        """Every directed edge, (e, 2) int64 indices into `mesh.xy`; its cell lies on the left."""
        return self._edges[0]

    @property
    def edge_cell(self) -> IntArray:
        """The cell of each edge, (e,) int64; `EXTENT` for those of the extent."""
        return self._edges[1]

    @cached_property
    def _segments(self) -> tuple[IntArray, BoolArray]:
        _, of_edge, forward = self.mesh.segments
        return of_edge, forward

    @property
    def edge_segment(self) -> IntArray:
        """The undirected segment of each edge, (e,) int64, numbered from 0."""
        return self._segments[0]

    @property
    def edge_forward(self) -> BoolArray:
        """Whether each edge runs from the smaller vertex to the larger, (e,) bool."""
        return self._segments[1]


EXTENT = -2


def width_m(shape: shapely.Geometry, area_m2: float) -> float:
    """Measure how wide land is: the diameter of the largest circle inside, metres.

    Nowhere is the land wider than that; it may be less by 0.01 %. Twice the area over the perimeter bounds it
    from below. A search for the circle is only as fine as the land is long, so what is long and thin is
    narrowed down further: it is as wide as a distance if something is left when its border moves inwards by
    half of it.
    """
    metres = in_local_metres(np.array([shape], dtype=object))[0]
    least = 2 * area_m2 / metres.length if metres.length else 0.0
    left, low, right, high = metres.bounds
    search = max(least / 20, (right - left + high - low) / 2000)
    widest = 0.0
    for part in shapely.get_parts(metres):
        if part.area > 0:
            radius = shapely.maximum_inscribed_circle(part, tolerance=search)
            widest = max(widest, 2 * float(shapely.length(radius)))
    least = max(widest, least)
    return _narrowed_down(metres, least, least + 2 * search)


def _narrowed_down(metres: shapely.Geometry, least: float, most: float) -> float:
    """Halve the range in which the width of some land lies until it is known to 0.01 %."""
    while most - least > max(least / 10_000, STEP_METRES / 10_000):
        middle = (least + most) / 2
        if shapely.buffer(metres, -middle / 2).is_empty:
            most = middle
        else:
            least = middle
    return most


def in_local_metres(shapes: Shapes) -> Shapes:
    """Bring each geometry to metres east and north of its own middle, true to 1 % up to some 50 km."""
    bounds: FloatArray = shapely.bounds(shapes)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    moved: Shapes = np.empty(len(shapes), dtype=object)
    for number, shape in enumerate(shapes):
        scale = 111_320 * np.array([np.cos(np.radians(middle[number, 1])), 1.0])
        moved[number] = shapely.transform(shape, lambda xy, at=middle[number], by=scale: (xy - at) * by)
    return moved
