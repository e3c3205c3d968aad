"""Simpler borders for small scales: every vertex is kept or left out once, for all cells of all levels.

The rings of all levels of a land are one arrangement: where more than two of its segments meet is a node, and
between nodes run arcs, each the border of all cells along it. Arcs are simplified as the borders of the faces
of the arrangement (Visvalingam and Whyatt's areas, never across another line), so a border exists once: every
ring, of whatever level, leaves out the same vertices, and nothing can tear (geometry.md 18).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geogrid.core.chains import unique_segments
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray, Shapes, to_degrees
from geogrid.core.mesh import Mesh, mesh_of, polygons_at, thinned
from geogrid.core.predicates import BoolArray

#: The sphere of web mercator (EPSG:3857), in metres, and where its square world ends, in degrees.
EARTH_RADIUS = 6378137.0
WORLD_EDGE = math.pi * EARTH_RADIUS
MOST_NORTH = 85.0511287798066

# Degrees after which an edge gets a vertex, so that it bends with the projection.
_LONGEST_EDGE = 0.02
# How near the middle of the largest circle a label must be, as a part of the root of its cell's area.
_LABEL_PRECISION = 1 / 32


def to_mercator(degrees: FloatArray) -> FloatArray:
    """Give longitudes and latitudes, (n, 2) in degrees, in the metres of web mercator.

    Latitudes beyond the square world are moved to its edge.
    """
    places = np.radians(np.asarray(degrees, dtype=np.float64))
    north = np.radians(MOST_NORTH)
    places[:, 1] = np.arcsinh(np.tan(np.clip(places[:, 1], -north, north)))
    metres: FloatArray = places * EARTH_RADIUS
    return metres


def simplify_land(land: Land, tolerances: Sequence[float]) -> list[Shapes]:
    """Simplify all cells of a land together, once for each tolerance.

    Parameters
    ----------
    land : Land
        Noded. Where it is not, as drafts may be, or a polygon is invalid, vertices stay that could go.
    tolerances : sequence of float
        Metres of web mercator, ascending: the root of the area that leaving out a vertex may change.

    Returns
    -------
    list of (n,) shapely MultiPolygon or None
        One array for each tolerance, parallel to the land, in web mercator; None where a cell has no land. A
        cell never vanishes. What two cells, of the same or of different levels, have in common before, they
        have in common afterwards, vertex for vertex.

    Notes
    -----
    The land of a tolerance is made from that of the one before. Edges are straight in web mercator, those of
    the given land in longitude/latitude: at 30° they are 0.3 m apart on 5 km, and 1.1 m on 10 km.
    """
    landed = np.flatnonzero(land.has_land)
    mesh = mesh_of(land.shapes[landed])
    places = to_mercator(to_degrees(mesh.xy))
    whole = polygons_at(mesh, places)
    found = []
    for kept in _kept_vertices(mesh, places, tolerances):
        shapes = np.full(len(land), None, dtype=object)
        simple = polygons_at(thinned(mesh, kept), places)
        shapes[landed] = np.where(shapely.is_empty(simple), whole, simple)
        found.append(shapes)
    return found


def exact_land(land: Land) -> Shapes:
    """Give all cells of a land in web mercator, their long edges led along straight longitude/latitude.

    Returns
    -------
    (n,) shapely MultiPolygon or None
        Parallel to the land; edges are at most 0.07 m beside where those of the land are.
    """
    shapes = np.full(len(land), None, dtype=object)
    landed = np.flatnonzero(land.has_land)
    parts, of = shapely.get_parts(land.shapes[landed], return_index=True)
    bent = shapely.transform(shapely.segmentize(parts, _LONGEST_EDGE), to_mercator)
    shapes[landed] = shapely.multipolygons(bent, indices=of)
    return shapes


def _kept_vertices(mesh: Mesh, places: FloatArray, tolerances: Sequence[float]) -> list[BoolArray]:
    """Tell for each tolerance which vertices stay; those that are in no face all do."""
    faces = shapely.get_parts(shapely.polygonize(_arc_lines(mesh, places)))
    index = _Index.of(places)
    of_faces = index.found(faces)
    kept = []
    for tolerance in tolerances:
        faces = shapely.coverage_simplify(faces, tolerance) if len(faces) else faces
        kept.append(index.found(faces) | ~of_faces)
    return kept


@dataclass(frozen=True, slots=True)
class _Index:
    """Places of vertices in an order in which they are found again."""

    ordered: np.ndarray
    order: IntArray

    @classmethod
    def of(cls, places: FloatArray) -> _Index:
        key = places[:, 0] + 1j * places[:, 1]
        order = np.argsort(key, kind="stable")
        return cls(key[order], order)

    def found(self, shapes: Shapes) -> BoolArray:
        """Tell which vertices occur in some shapes, (n,) bool."""
        there = np.zeros(len(self.order), dtype=bool)
        xy = shapely.get_coordinates(shapes)
        if len(xy):
            there[self.order[np.searchsorted(self.ordered, xy[:, 0] + 1j * xy[:, 1])]] = True
        return there


def _arc_lines(mesh: Mesh, places: FloatArray) -> Shapes:
    """Give the arcs between the nodes of a mesh as lines, each once; a ring without a node is one arc."""
    edges, _ = mesh.edges()
    if not len(edges):
        return np.empty(0, dtype=object)
    segments, of_edge, _ = unique_segments(edges)
    node = np.bincount(segments.reshape(-1), minlength=len(mesh.xy)) != 2
    turned, begins = _from_node_to_node(mesh, node[edges[:, 0]])
    edges, of_edge = edges[turned], of_edge[turned]
    start = np.flatnonzero(begins)
    # A segment is part of one arc only, so the least of them names it.
    _, once = np.unique(np.minimum.reduceat(of_edge, start), return_index=True)
    size = np.diff(np.append(start, len(edges)))[once]
    last = np.cumsum(size + 1) - 1
    within = np.arange(int(last[-1]) + 1) - np.repeat(last - size, size + 1)
    place = np.minimum(within, np.repeat(size - 1, size + 1)) + np.repeat(start[once], size + 1)
    vertex = edges[place, 0]
    vertex[last] = edges[place[last], 1]
    lines: Shapes = shapely.linestrings(places[vertex], indices=np.repeat(np.arange(len(once)), size + 1))
    return lines


def _from_node_to_node(mesh: Mesh, at_node: BoolArray) -> tuple[IntArray, BoolArray]:
    """Put the edges of each ring in an order that begins at a node, if it has one.

    Returns
    -------
    order : (v,) int64
    begins : (v,) bool
        Where in that order an arc begins.
    """
    sizes = np.diff(mesh.ring_start)
    first = np.repeat(mesh.ring_start[:-1], sizes)
    number = np.arange(len(at_node)) - first
    size = np.repeat(sizes, sizes)
    far = np.where(at_node, number, size)
    lead = np.minimum.reduceat(far, mesh.ring_start[:-1]) % sizes
    order = first + (number + np.repeat(lead, sizes)) % size
    begins: BoolArray = at_node[order] | (number == 0)
    return order, begins


def label_points(shapes: Shapes) -> Shapes:
    """Give a point well inside each cell, in its largest part; None where there is no land.

    Parameters
    ----------
    shapes : (n,) shapely MultiPolygon or None
        In a plane.

    Returns
    -------
    (n,) shapely Point or None
        The middle of the largest circle that fits in, or any inner point where a polygon is not valid.
    """
    labels = np.full(len(shapes), None, dtype=object)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    parts, of = shapely.get_parts(shapes[there], return_index=True)
    by_area = np.lexsort((shapely.area(parts), of))
    largest = by_area[np.append(np.diff(of) > 0, True)] if len(of) else by_area
    for number, part in zip(there.tolist(), parts[largest], strict=True):
        labels[number] = _inner_point(part)
    return labels


def _inner_point(part: shapely.Polygon) -> shapely.Point:
    try:
        circle = shapely.maximum_inscribed_circle(part, math.sqrt(part.area) * _LABEL_PRECISION)
    except shapely.GEOSException:
        circle = shapely.LineString()
    if not circle.is_empty and circle.length > 0:
        return shapely.Point(circle.coords[0])
    return shapely.point_on_surface(part)
