"""How much of a feature lies in which polygon, by area or by length.

Everything is laid over each other in lattice steps: whole numbers, in which a line that runs along a border
runs along it exactly, vertex or no vertex. Inside and outside are told by exact predicates; only what a
border cuts through is cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely

from geogrid.core.area import polygon_areas
from geogrid.core.lattice import STEPS_PER_DEGREE, FloatArray, IntArray, Shapes
from geogrid.core.nearest import line_lengths

#: Shares closer than this are a tie (geometry.md 15).
SAME_SHARE = 1e-9
# Doubles put a cut at most so many steps beside its place.
_CUT_STEPS = 2e-6
# Where that may hide more than this of a polygon, some thousandth of a step wide, its outline counts.
_HIDDEN_AT_MOST = 1e-2


@dataclass(frozen=True, slots=True)
class Shares:
    """What features share with polygons, as parallel arrays.

    Attributes
    ----------
    feature : (k,) int64, ascending
    polygon : (k,) int64, ascending within a feature
    share : (k,) float64
        Of the whole feature; above `slack`, and 1.0 where it is 1 but for the slack.
    """

    feature: IntArray
    polygon: IntArray
    share: FloatArray

    @classmethod
    def joined(cls, *several: Shares) -> Shares:
        """Put shares together and in order; no pair may be in two of them."""
        feature = np.concatenate([one.feature for one in several])
        polygon = np.concatenate([one.polygon for one in several])
        share = np.concatenate([one.share for one in several])
        order = np.lexsort((polygon, feature))
        return cls(feature[order], polygon[order], share[order])


@dataclass(frozen=True, slots=True)
class Overlay:
    """Polygons in lattice steps to lay features over.

    Attributes
    ----------
    shapes : (m,) shapely Polygon or MultiPolygon
        Valid and prepared.
    tree : shapely.STRtree
    """

    shapes: Shapes
    tree: shapely.STRtree

    def shares_of_areas(self, areas: Shapes) -> Shares:
        """Measure what (n,) valid polygons in lattice steps share with each polygon, on the ellipsoid.

        What lies in the polygons that it meets, and most does, is neither cut nor measured.
        """
        area, polygon = self.tree.query(areas)
        meeting = shapely.intersects(self.shapes[polygon], areas[area])
        area, polygon = area[meeting], polygon[meeting]
        covered = shapely.covers(self.shapes[polygon], areas[area])
        clear = np.ones(len(areas), dtype=bool)
        clear[area[~covered]] = False
        whole = clear[area]
        rest = np.flatnonzero(~clear)
        place = np.searchsorted(rest, area[~whole])
        cut = self._shares(
            areas[rest],
            areas[rest],
            np.arange(len(rest)),
            np.stack([place, polygon[~whole]]),
            polygon_areas,
        )
        inside = Shares(area[whole], polygon[whole], np.ones(int(whole.sum())))
        return Shares.joined(inside, Shares(rest[cut.feature], cut.polygon, cut.share))

    def shares_of_lines(self, lines: Shapes) -> Shares:
        """Measure what (n,) lines in lattice steps share with each closed polygon, by geodesic length.

        A stretch along a border belongs to both sides; what is walked twice counts twice.
        """
        line, polygon = self.tree.query(lines)
        alone = np.bincount(line, minlength=len(lines))[line] == 1
        alone[alone] = shapely.covers(self.shapes[polygon[alone]], lines[line[alone]])
        whole = Shares(line[alone], polygon[alone], np.ones(int(alone.sum())))
        cut = np.setdiff1d(line, line[alone])
        segments, of_segment = _segments(lines[cut])
        pairs = self.tree.query(segments)
        return Shares.joined(whole, self._shares(lines, segments, cut[of_segment], pairs, line_lengths))

    def _shares(
        self,
        wholes: Shapes,
        pieces: Shapes,
        of_piece: IntArray,
        pairs: IntArray,
        measure: Callable[[Shapes], FloatArray],
    ) -> Shares:
        """Add up what the pieces of each whole share with each polygon, from pairs (piece, polygon)."""
        piece, polygon = pairs
        each = measure(in_degrees(pieces))
        covered = shapely.covers(self.shapes[polygon], pieces[piece])
        amount = np.where(covered, each[piece], 0.0)
        cut = np.flatnonzero(~covered)
        cut = cut[shapely.intersects(self.shapes[polygon[cut]], pieces[piece[cut]])]
        amount[cut] = measure(in_degrees(shapely.intersection(pieces[piece[cut]], self.shapes[polygon[cut]])))
        width = max(1, len(self.shapes))
        keys, place = np.unique(of_piece[piece] * width + polygon, return_inverse=True)
        feature = keys // width
        whole = np.bincount(of_piece, weights=each, minlength=len(wholes))
        share = np.bincount(place, weights=amount, minlength=len(keys)) / whole[feature]
        hidden = slack(wholes)[feature]
        met = share > hidden
        return Shares(feature[met], (keys % width)[met], np.where(share > 1 - hidden, 1.0, share)[met])


@dataclass(frozen=True)
class Polygons:
    """Polygons in longitude/latitude, brought to the lattice and prepared where features come near them.

    Attributes
    ----------
    shapes : (m,) shapely Polygon or MultiPolygon
    ready : dict of int to shapely geometry
        Those that are; several threads may make the same one, and either is as good.
    """

    shapes: Shapes
    ready: dict[int, shapely.Geometry] = field(default_factory=dict)

    def shares(self, measure: Callable[[Overlay, Shapes], Shares], wholes: Shapes) -> Shares:
        """Measure what (n,) geometries in lattice steps share with each polygon, by areas or by lines."""
        number = self._near(wholes)
        shapes: Shapes = np.empty(len(number), dtype=object)
        shapes[:] = [self.ready[one] for one in number.tolist()]
        found = measure(Overlay(shapes, shapely.STRtree(shapes)), wholes)
        return Shares(found.feature, number[found.polygon], found.share)

    def _near(self, wholes: Shapes) -> IntArray:
        """Make ready the polygons whose boxes meet one of the geometries; give their numbers, ascending."""
        # A step more, since the polygons here are not on the lattice yet.
        boxes = (shapely.bounds(wholes) + np.array([-1, -1, 1, 1])) / STEPS_PER_DEGREE
        number = np.unique(self._tree.query(shapely.box(*boxes.T))[1])
        new = np.array([one for one in number.tolist() if one not in self.ready], dtype=np.int64)
        steps, _ = highest_parts(in_steps(self.shapes[new]))
        shapely.prepare(steps)
        self.ready.update(zip(new.tolist(), steps, strict=True))
        return number

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)


def slack(wholes: Shapes) -> FloatArray:
    """Give what two shares of each geometry, in lattice steps, may differ by and still be the same.

    It is `SAME_SHARE`, and for what is smaller than a few metres, or very thin, what the rounding of a cut
    can hide.
    """
    area, length = shapely.area(wholes), shapely.length(wholes)
    rounding = np.zeros(len(wholes))
    areal, linear = area > 0, (area == 0) & (length > 0)
    rounding[areal] = _CUT_STEPS * length[areal] / area[areal]
    rounding[linear] = 2 * _CUT_STEPS / length[linear]
    return SAME_SHARE + rounding


def measurable(wholes: Shapes, dimension: IntArray) -> tuple[Shapes, IntArray]:
    """Take the outline of polygons in lattice steps that are too thin for their area to be shared out."""
    thin = np.flatnonzero((dimension == 2) & (slack(wholes) > _HIDDEN_AT_MOST))
    if not len(thin):
        return wholes, dimension
    wholes, dimension = wholes.copy(), dimension.copy()
    wholes[thin], dimension[thin] = shapely.boundary(wholes[thin]), 1
    return wholes, dimension


def in_steps(shapes: Shapes) -> Shapes:
    """Bring geometries in degrees to the lattice, counted in steps, without heights."""
    steps: Shapes = shapely.transform(shapes, lambda xy: np.floor(xy * STEPS_PER_DEGREE + 0.5))
    return steps


def in_degrees(shapes: Shapes) -> Shapes:
    """Give geometries in lattice steps in degrees."""
    degrees: Shapes = shapely.transform(shapes, lambda xy: xy / STEPS_PER_DEGREE)
    return degrees


def highest_parts(shapes: Shapes) -> tuple[Shapes, IntArray]:
    """Make geometries valid, by the even-odd rule, and keep their parts of the highest dimension.

    Returns
    -------
    wholes : (n,) shapely geometries
        Each polygonal, linear or of points. A polygon without area comes out as the line or the point it is.
    dimension : (n,) int64
        2, 1 or 0; -1 where there is nothing.
    """
    wholes = shapes.copy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    invalid = np.flatnonzero(there & ~shapely.is_valid(shapes))
    wholes[invalid] = shapely.make_valid(shapes[invalid], method="linework")
    mixed = shapely.get_type_id(wholes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for number in np.flatnonzero(there & mixed).tolist():
        wholes[number] = _highest(wholes[number])
    dimension = np.where(there, shapely.get_dimensions(wholes), -1).astype(np.int64)
    return wholes, dimension


def _highest(collection: shapely.GeometryCollection) -> shapely.Geometry:
    parts = _parts(collection)
    highest = max(shapely.get_dimensions(parts))
    chosen = [part for part in parts if shapely.get_dimensions(part) == highest]
    if highest == 2:
        return shapely.union_all(chosen)
    return shapely.multilinestrings(chosen) if highest == 1 else shapely.multipoints(chosen)


def _parts(shape: shapely.Geometry) -> list[shapely.Geometry]:
    if shape.geom_type == "GeometryCollection":
        return [part for inner in shapely.get_parts(shape) for part in _parts(inner)]
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def _segments(lines: Shapes) -> tuple[Shapes, IntArray]:
    """Take lines apart; also give the line of each segment. Segments without length are dropped."""
    parts, of_part = shapely.get_parts(lines, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    edge = np.flatnonzero((part[1:] == part[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    segments: Shapes = shapely.linestrings(np.stack([xy[edge], xy[edge + 1]], axis=1))
    return segments, of_part[part[edge]].astype(np.int64)
