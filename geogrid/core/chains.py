"""Directed edges between lattice vertices, added up as chains: what is walked both ways cancels."""

from __future__ import annotations

import numpy as np
import shapely

from geogrid.core.lattice import IntArray, to_degrees, to_lattice
from geogrid.core.noding import Vertices
from geogrid.core.predicates import BoolArray


def unique_segments(edges: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Give the distinct undirected segments of directed edges.

    Returns
    -------
    segments : (m, 2) int64, smaller index first
    of_edge : (e,) int64
        The segment of each edge.
    forward : (e,) bool
        Whether the edge runs from the smaller index to the larger.
    """
    forward = edges[:, 0] < edges[:, 1]
    low, high = np.minimum(edges[:, 0], edges[:, 1]), np.maximum(edges[:, 0], edges[:, 1])
    span = int(high.max()) + 1 if len(high) else 1
    keys, of_edge = np.unique(low * span + high, return_inverse=True)
    segments: IntArray = np.stack([keys // span, keys % span], axis=1)
    return segments, of_edge.astype(np.int64), forward


def net_edges(edges: IntArray, weight: IntArray) -> tuple[IntArray, IntArray]:
    """Add up directed edges as a chain.

    Parameters
    ----------
    edges : (e, 2) int64
    weight : (e,) int64
        How often each is walked; walking an edge the other way counts minus.

    Returns
    -------
    segments : (m, 2) int64, smaller index first
    total : (m,) int64, never 0
    """
    segments, of_edge, forward = unique_segments(edges)
    total = np.zeros(len(segments), dtype=np.int64)
    np.add.at(total, of_edge, np.where(forward, weight, -weight))
    left = total != 0
    return segments[left], total[left]


def land_left_of(xy: IntArray, edges: IntArray) -> shapely.MultiPolygon:
    """Assemble the land on the left of directed, noded edges; edges walked both ways cancel.

    Returns
    -------
    shapely.MultiPolygon
        Valid, in degrees, shells counter-clockwise; empty if everything cancels.
    """
    segments, total = net_edges(edges, np.ones(len(edges), dtype=np.int64))
    if not len(segments):
        return shapely.MultiPolygon()
    directed = np.where((total > 0)[:, None], segments, segments[:, ::-1])
    ends = xy[directed]
    # GEOS makes shells clockwise; stored ones run the other way, which is a part of what is certified.
    faces = shapely.orient_polygons(
        shapely.get_parts(shapely.polygonize(shapely.linestrings(to_degrees(ends))))
    )
    rings = shapely.get_exterior_ring(faces)
    first, second = (to_lattice(shapely.get_coordinates(shapely.get_point(rings, n))) for n in (0, 1))
    walked = Vertices.of(np.concatenate([ends.reshape(-1, 2), first, second]))
    count, tail = 2 * len(ends), len(walked.xy)
    keys = walked.index[:count].reshape(-1, 2) @ (tail, 1)
    wanted = walked.index[count : count + len(faces)] * tail + walked.index[count + len(faces) :]
    return shapely.MultiPolygon(list(faces[np.isin(wanted, keys)]))
