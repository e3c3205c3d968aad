"""From border lines to cells that share every node, whose rim is the real outline, vertex for vertex."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from demo.making.arcs import Bends, arcs_of, smoothed
from demo.making.plane import FloatArray, IntArray, Plane

#: What degrees are rounded to, as in the sources.
DIGITS = 6
_GRID = 1e-6
_ROUNDS = 4
_SIMPLER_M = 12.0
#: A face with fewer pixels than this is no land of its own but what a border cut off at the rim.
_LEAST_PIXELS = 40
#: A border meets the outline in one of so many vertices, the nearest that leaves no angle as sharp as this.
_CORNERS = 8
_SHARP = np.radians(25)
#: Degrees; nearer to the outline than this a border goes straight to its end.
_APPROACH = 1e-3


def cells_of(
    outline: shapely.Polygon, label: IntArray, plane: Plane, bends: Bends
) -> dict[int, shapely.Geometry]:
    """Divide an outline by the labels of the pixels on it.

    Parameters
    ----------
    outline : shapely.Polygon
        Degrees, rounded to `DIGITS`.
    label : (rows, columns) int64
        Reaching over the outline.
    plane : Plane

    Returns
    -------
    dict
        Label → Polygon or MultiPolygon. Where a border meets the outline it does so in one of its vertices.
    """
    ring = outline.exterior
    lines = [piece for arc in arcs_of(label) for piece in _on_land(_line(arc, plane, bends), outline)]
    noded = shapely.union_all([ring, *lines], grid_size=_GRID)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    faces = faces[shapely.covers(outline, shapely.point_on_surface(faces))]
    owner = _owners(faces, label, plane)
    return {k: shapely.coverage_union_all(faces[owner == k]) for k in np.unique(owner).tolist()}


def _line(arc: FloatArray, plane: Plane, bends: Bends) -> shapely.LineString:
    metres = plane.to_metres(plane.corner_degrees(bends.bent(smoothed(arc, _ROUNDS))))
    simple = shapely.get_coordinates(shapely.simplify(shapely.linestrings(metres), _SIMPLER_M))
    return shapely.linestrings(np.round(plane.to_degrees(simple), DIGITS))


def _on_land(line: shapely.LineString, outline: shapely.Polygon) -> list[shapely.LineString]:
    """Give the pieces of a line inside an outline, their ends led to the nearest of its vertices."""
    inside = shapely.intersection(line, outline)
    pieces = [p for p in shapely.get_parts(inside) if p.geom_type == "LineString" and not p.is_empty]
    ends = shapely.MultiPoint(shapely.get_coordinates(line)[[0, -1]])
    return [_led_to_vertices(piece, ends, outline) for piece in pieces]


def _led_to_vertices(
    piece: shapely.LineString, ends: shapely.MultiPoint, outline: shapely.Polygon
) -> shapely.LineString:
    xy = shapely.get_coordinates(piece)
    corners = shapely.get_coordinates(outline.exterior)
    for end in (0, -1):
        point = shapely.Point(xy[end])
        # An end that is no end of the line is where the outline cut it.
        if shapely.distance(point, outline.exterior) < _GRID / 2 and not ends.contains(point):
            xy = _without_approach(xy, end, outline)
            near = np.argsort(((corners - xy[end]) ** 2).sum(axis=1), kind="stable")[:_CORNERS]
            fitting = [number for number in near.tolist() if _fits(xy, end, corners[number], outline)]
            blunt = [number for number in fitting if _is_blunt(xy[1 if end == 0 else -2], number, corners)]
            for number in (blunt or fitting)[:1]:
                xy[end] = corners[number]
    return shapely.linestrings(np.round(xy, DIGITS))


def _without_approach(xy: FloatArray, end: int, outline: shapely.Polygon) -> FloatArray:
    """Leave out what runs close along the outline before the end."""
    inner = 1 if end == 0 else -2
    while len(xy) > 3 and shapely.distance(shapely.Point(xy[inner]), outline.exterior) < _APPROACH:
        xy = np.delete(xy, inner, axis=0)
    return xy


def _fits(xy: FloatArray, end: int, corner: FloatArray, outline: shapely.Polygon) -> bool:
    """Tell whether the last step of a line stays inside when it leads to a corner."""
    step = shapely.linestrings([xy[1 if end == 0 else -2], corner])
    return bool(shapely.covers(outline, step)) and shapely.length(step) > 0


def _is_blunt(inner: FloatArray, number: int, corners: FloatArray) -> bool:
    """Tell whether a last step to a corner leaves no needle between itself and the outline."""
    here = corners[number]
    ring = corners[:-1]
    beside = ring[(number % len(ring) + np.array([-1, 1])) % len(ring)] - here
    step = inner - here
    cosines = beside @ step / (np.hypot(*beside.T) * np.hypot(*step))
    return bool((cosines < np.cos(_SHARP)).all())


def _owners(faces: Sequence[shapely.Polygon], label: IntArray, plane: Plane) -> IntArray:
    """Give each face the label of most of its pixels; tiny ones go to the longest neighbour."""
    owner = np.full(len(faces), -1, dtype=np.int64)
    for number, face in enumerate(faces):
        mine = label[plane.inside(face)]
        mine = mine[mine >= 0]
        if len(mine) >= _LEAST_PIXELS:
            owner[number] = np.bincount(mine).argmax()
    tree = shapely.STRtree(faces)
    while (left := np.flatnonzero(owner < 0)).size:
        for number in left.tolist():
            near = tree.query(faces[number], predicate="touches")
            near = near[owner[near] >= 0]
            if near.size:
                shared = shapely.length(shapely.intersection(faces[number], np.asarray(faces)[near]))
                owner[number] = owner[near[np.argmax(shared)]]
    return owner
