"""T-junctions in a file's own coordinate system, before reprojection bends the edges away (geometry.md 6).

Where a vertex of one polygon lies on the edge of another, that edge gets the vertex. Afterwards both borders
carry the same points there, and any transformation, however curved, keeps them together.
"""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.lattice import FloatArray, IntArray, Shapes
from geogrid.core.noding import Nodes, led_through


def with_junctions(shapes: Shapes, reach: float) -> tuple[Shapes, int]:
    """Give every edge the vertices of other polygons that lie on it.

    Parameters
    ----------
    shapes : (n,) shapely Polygon or MultiPolygon
        In any one coordinate system; rings valid.
    reach : float
        How far from an edge a vertex may lie and still be on it, in units of the coordinates. Half a grid
        step is meant: what a double of the file's system cannot express, not a repair.

    Returns
    -------
    shapes : (n,) shapely MultiPolygon
    added : int
        How many vertices edges gained.
    """
    multi = np.array([g if g.geom_type == "MultiPolygon" else shapely.MultiPolygon([g]) for g in shapes])
    if not len(multi):
        return multi, 0
    _, xy, (rings, parts, cells) = shapely.to_ragged_array(multi)
    edges, ring_start = _edges(np.asarray(rings, dtype=np.int64))
    if not len(edges):
        return multi, 0
    points, index = np.unique(xy[:, :2], axis=0, return_inverse=True)
    ends = index.reshape(-1).astype(np.int64)[edges]
    nodes = _on_edges(points, ends, reach)
    if not len(nodes.segment):
        return multi, 0
    pieces, origin = led_through(ends, nodes)
    first = np.searchsorted(origin, np.arange(len(ends) + 1))
    starts = first[ring_start]
    return _assembled(points, pieces, starts, (parts, cells)), len(pieces) - len(ends)


def led_along_points(shape: shapely.MultiPolygon, places: FloatArray, reach: float) -> shapely.MultiPolygon:
    """Give the edges of a polygon the points that lie on them.

    Parameters
    ----------
    shape : shapely.MultiPolygon
    places : (k, 2) float64
        Distinct.
    reach : float
        How far from an edge a point may lie and still be on it, in units of the coordinates.
    """
    _, xy, (rings, parts, cells) = shapely.to_ragged_array(np.array([shape], dtype=object))
    edges, ring_start = _edges(np.asarray(rings, dtype=np.int64))
    points, index = np.unique(np.concatenate([xy[:, :2], places]), axis=0, return_inverse=True)
    ends = index.reshape(-1).astype(np.int64)[edges]
    pieces, origin = led_through(ends, _on_edges(points, ends, reach))
    first = np.searchsorted(origin, np.arange(len(ends) + 1))
    led: shapely.MultiPolygon = _assembled(points, pieces, first[ring_start], (parts, cells))[0]
    return led


def _edges(rings: IntArray) -> tuple[IntArray, IntArray]:
    """Give the edges of closed rings as indices of coordinates, and where each ring begins among them."""
    sizes = np.maximum(np.diff(rings) - 1, 0)
    start = np.concatenate([[0], np.cumsum(sizes)])
    tail = np.arange(int(start[-1])) + np.repeat(rings[:-1] - start[:-1], sizes)
    return np.stack([tail, tail + 1], axis=1), start


def _on_edges(points: FloatArray, ends: IntArray, reach: float) -> Nodes:
    """Find the points that lie on the inside of edges, in order along each."""
    lines = shapely.linestrings(points[ends])
    tree = shapely.STRtree(shapely.points(points))
    edge, point = tree.query(lines, predicate="dwithin", distance=reach)
    inner = (point != ends[edge, 0]) & (point != ends[edge, 1])
    edge, point = edge[inner], point[inner]
    start, way = points[ends[edge, 0]], points[ends[edge, 1]] - points[ends[edge, 0]]
    length = np.hypot(way[:, 0], way[:, 1])
    along = ((points[point] - start) * way).sum(axis=1) / np.where(length == 0, 1, length)
    between = (along > reach) & (along < length - reach)
    edge, point, along = edge[between], point[between], along[between]
    order = np.lexsort((along, edge))
    return Nodes(edge[order].astype(np.int64), point[order].astype(np.int64))


def _assembled(
    points: FloatArray, pieces: IntArray, starts: IntArray, above: tuple[IntArray, IntArray]
) -> Shapes:
    """Build the polygons again, each ring from its pieces."""
    sizes = np.diff(starts)
    filled = sizes > 0
    closed = starts + np.concatenate([[0], np.cumsum(filled)])
    index = np.empty(int(closed[-1]), dtype=np.int64)
    body = np.ones(len(index), dtype=bool)
    body[closed[1:][filled] - 1] = False
    index[body] = pieces[:, 0]
    index[closed[1:][filled] - 1] = pieces[starts[:-1][filled], 0]
    shapes: Shapes = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, points[index], (closed, *above)
    )
    return shapes
