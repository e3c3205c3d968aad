"""How far it is to a border, and which border is nearest.

Borders are straight in longitude/latitude, and no plane shows distances truly. Mercator's, being conformal,
errs by the same factor in all directions around a place: there the nearest point of each border near by is
found, and the geodesic to it, on the ellipsoid, decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from geogrid.core.lattice import FloatArray, IntArray, Shapes

_ELLIPSOID = pyproj.Geod(ellps="WGS84")
# Mercator's plane bends an edge of this length by half a millimetre at 30° and by 3 mm at 60°.
_LONGEST_EDGE_DEGREES = 0.002
EDGES_PER_PIECE = 63
HIGHEST_LATITUDE = 89.9
# A border that the plane shows farther than the nearest may be nearer on the ellipsoid: by about the square
# of the distance. Beyond some 45 km, radians here, the plane decides: seen from afar a whole side of the land
# is about as near, and which of its borders is nearest by a metre helps nobody.
REACH_LEAST, FAR = 2e-8, 0.007
SAME_METRES = 1e-6
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Borders:
    """The borders of polygons in Mercator's plane, radians.

    Attributes
    ----------
    outline : (m,) shapely MultiLineString
        The border of each polygon, prepared.
    piece : (k,) shapely LineString
        All borders, in pieces of few edges.
    of_piece : (k,) int64
        The polygon of each piece.
    tree : shapely.STRtree
        Of the pieces.
    """

    outline: Shapes
    piece: Shapes
    of_piece: IntArray
    tree: shapely.STRtree

    @classmethod
    def of(cls, shapes: Shapes) -> Borders:
        """Index the borders of (m,) polygons in longitude/latitude."""
        outline = on_the_plane(shapely.boundary(shapes))
        lines, of_line = shapely.get_parts(outline, return_index=True)
        piece, line = _pieces(lines)
        shapely.prepare(outline)
        return cls(outline, piece, of_line[line].astype(np.int64), shapely.STRtree(piece))

    def distance(self, lonlat: FloatArray, polygon: IntArray) -> FloatArray:
        """Measure how far each of (n, 2) points is from the border of a polygon: (n,) metres, geodesic."""
        there = shapely.shortest_line(self.outline[polygon], shapely.points(mercator(lonlat)))
        return _geodesic(_from_mercator(shapely.get_coordinates(there)[::2]), lonlat)

    def nearest(self, shapes: Shapes) -> tuple[IntArray, FloatArray]:
        """Find the polygon whose border is nearest to each geometry.

        Parameters
        ----------
        shapes : (n,) shapely geometries, longitude/latitude, not empty

        Returns
        -------
        polygon : (n,) int64
            Of several as near, to a thousandth of a millimetre, the first; -1 if there is none at all.
            Farther away than 45 km it is the nearest in Mercator's plane.
        metres : (n,) float64
        """
        polygon = np.full(len(shapes), -1, dtype=np.int64)
        metres = np.full(len(shapes), np.inf)
        if len(self.piece):
            for begin in range(0, len(shapes), _AT_ONCE):
                few = slice(begin, begin + _AT_ONCE)
                polygon[few], metres[few] = self._nearest(on_the_plane(shapes[few]))
        return polygon, metres

    def _nearest(self, planar: Shapes) -> tuple[IntArray, FloatArray]:
        one, piece, metres = self._candidates(planar)
        best = np.full(len(planar), np.inf)
        np.minimum.at(best, one, metres)
        as_near = np.flatnonzero(metres <= best[one] + SAME_METRES)
        first = np.full(len(planar), len(self.outline), dtype=np.int64)
        np.minimum.at(first, one[as_near], self.of_piece[piece[as_near]])
        return first, best

    def _candidates(self, planar: Shapes) -> tuple[IntArray, IntArray, FloatArray]:
        """Give the pieces that may be the nearest to each geometry, and how far each is."""
        (order, _), farthest = self.tree.query_nearest(planar, all_matches=False, return_distance=True)
        reach = np.empty(len(planar))
        reach[order] = farthest + REACH_LEAST + np.where(farthest < FAR, 2 * farthest**2, 0.0)
        bounds = shapely.bounds(planar)
        found = []
        # The land may be nearer the other way round the earth.
        for turn in np.array([[0.0, 0.0], [2 * np.pi, 0.0], [-2 * np.pi, 0.0]]):
            west, east = bounds[:, 0] + turn[0] - reach, bounds[:, 2] + turn[0] + reach
            which = np.flatnonzero((west < np.pi) & (east > -np.pi))
            turned = shapely.transform(planar[which], lambda xy, by=turn: xy + by)
            one, piece = self.tree.query(turned, predicate="dwithin", distance=reach[which])
            way = shapely.get_coordinates(shapely.shortest_line(turned[one], self.piece[piece]))
            metres = _geodesic(_from_mercator(way[::2]), _from_mercator(way[1::2]))
            found.append((which[one], piece, metres))
        one, piece, metres = (np.concatenate(column) for column in zip(*found, strict=True))
        return one, piece, metres


def line_lengths(lines: Shapes) -> FloatArray:
    """Measure the lines in each of (n,) geometries in longitude/latitude: (n,) metres, geodesic."""
    flat, of_flat = shapely.get_parts(lines, return_index=True)
    parts, of_part = shapely.get_parts(flat, return_index=True)
    linear = shapely.get_dimensions(parts) == 1
    lonlat, line = shapely.get_coordinates(parts[linear], return_index=True)
    edge = np.flatnonzero(line[1:] == line[:-1])
    metres = _geodesic(lonlat[edge], lonlat[edge + 1])
    of_edge = of_flat[of_part[linear]][line[edge]]
    lengths: FloatArray = np.bincount(of_edge, weights=metres, minlength=len(lines)).astype(np.float64)
    return lengths


def _geodesic(start: FloatArray, end: FloatArray) -> FloatArray:
    if not len(start):
        return np.zeros(0)
    _, _, metres = _ELLIPSOID.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(metres, dtype=np.float64)


def on_the_plane(shapes: Shapes) -> Shapes:
    """Project geometries in longitude/latitude to Mercator's plane, radians, long edges in short pieces."""
    planar: Shapes = shapely.transform(shapely.segmentize(shapes, _LONGEST_EDGE_DEGREES), mercator)
    return planar


def mercator(lonlat: FloatArray) -> FloatArray:
    """Project (n, 2) degrees to Mercator's plane of the ellipsoid, radians."""
    lat = np.radians(np.clip(lonlat[:, 1], -HIGHEST_LATITUDE, HIGHEST_LATITUDE))
    e = _ELLIPSOID.es**0.5
    y = np.arctanh(np.sin(lat)) - e * np.arctanh(e * np.sin(lat))
    return np.stack([np.radians(lonlat[:, 0]), y], axis=1)


def _from_mercator(xy: FloatArray) -> FloatArray:
    e = _ELLIPSOID.es**0.5
    conformal = np.tanh(xy[:, 1])
    s = conformal
    # Each round divides the error by 1/e², 149.
    for _ in range(8):
        s = np.tanh(xy[:, 1] + e * np.arctanh(e * s))
    return np.stack([np.degrees(xy[:, 0]), np.degrees(np.arcsin(s))], axis=1)


def _pieces(lines: Shapes) -> tuple[Shapes, IntArray]:
    """Cut lines into pieces of few edges; also give the line of each piece."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    edges = np.bincount(line, minlength=len(lines)) - 1
    start = np.concatenate([[0], np.cumsum(edges + 1)])[:-1]
    count = -(-edges // EDGES_PER_PIECE)
    of_piece = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(of_piece)) - np.repeat(np.cumsum(count) - count, count)
    begin = start[of_piece] + nth * EDGES_PER_PIECE
    size = np.minimum(EDGES_PER_PIECE, edges[of_piece] - nth * EDGES_PER_PIECE) + 1
    place = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    vertex = np.repeat(begin, size) + place
    pieces: Shapes = shapely.linestrings(xy[vertex], indices=np.repeat(np.arange(len(size)), size))
    return pieces, of_piece
