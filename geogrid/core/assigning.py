"""Which one cell a feature belongs to: docs/reference/assigning.md (geometry.md 15, 17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import shapely

from geogrid.core.errors import BadCoordinates
from geogrid.core.lattice import FloatArray, IntArray, Shapes, snap
from geogrid.core.locator import Locator, Reason
from geogrid.core.predicates import BoolArray
from geogrid.core.shares import (
    Overlay,
    Shares,
    highest_parts,
    in_degrees,
    in_steps,
    measurable,
    slack,
)

WITHIN = "within"
BOUNDARY_TIEBREAK = "boundary_tiebreak"
MAX_OVERLAP = "max_overlap"
GAP = "gap"
OUTSIDE = "outside"
#: How a feature can be placed by its geometry alone.
METHODS = (WITHIN, BOUNDARY_TIEBREAK, MAX_OVERLAP, GAP, OUTSIDE)
#: Shares closer than this are a tie (geometry.md 15), so digits beyond it say nothing.
SHARE_DIGITS = 9
_AT_ONCE = 100_000
# For fewer features to a leaf it takes longer to arrange the leaves in squares than it saves.
_WORTH_SQUARES = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one feature belongs.

    Attributes
    ----------
    cell : int
        Index among the cells of the land; -1 if none.
    method : str
        One of `METHODS`.
    share : float
        How much of the feature's area, length or points lies in the cell; 1.0 for a point, 0.0 if no cell.
    on_edge : bool
        A point on a border, or a tie between cells.
    shares : tuple of (cell, share), optional
        Where the feature meets several cells or lies partly outside; largest first, ties in byte order.
    nearest_m : float, optional
        For `gap` and `outside` how far the nearest leaf is, in metres; None if there is none, and for a
        feature without a geometry.
    nearest : int
        That leaf; -1 if none.
    """

    cell: int
    method: str
    share: float
    on_edge: bool
    shares: tuple[tuple[int, float], ...] | None
    nearest_m: float | None
    nearest: int


@dataclass(frozen=True, slots=True)
class _Met:
    """What features meet: their shares with the leaves, which lie on borders, which lie in a gap."""

    shares: Shares
    on_edge: BoolArray
    in_gap: BoolArray


@dataclass(frozen=True, slots=True)
class Placements:
    """Where many features belong, parallel in every array; see `Placed`.

    Attributes
    ----------
    cell : (n,) int64
    method : (n,) int64
        Index into `METHODS`.
    share : (n,) float64
    on_edge : (n,) bool
    nearest_m : (n,) float64
        Not a number where it is not told.
    nearest : (n,) int64
    shares : dict of int to tuple of (cell, share)
        Of those features that have more to tell than one share.
    """

    cell: IntArray
    method: IntArray
    share: FloatArray
    on_edge: BoolArray
    nearest_m: FloatArray
    nearest: IntArray
    shares: dict[int, tuple[tuple[int, float], ...]]

    @classmethod
    def nowhere(cls, count: int) -> Placements:
        """Begin with features that are outside, and nothing near."""
        none = np.full(count, -1, dtype=np.int64)
        method = np.full(count, METHODS.index(OUTSIDE), dtype=np.int64)
        return cls(
            none,
            method,
            np.zeros(count),
            np.zeros(count, dtype=bool),
            np.full(count, np.nan),
            none.copy(),
            {},
        )

    def __len__(self) -> int:
        return len(self.cell)

    def put(self, where: IntArray, other: Placements) -> None:
        """Write what is known of some features in their places."""
        for name in ("cell", "method", "share", "on_edge", "nearest_m", "nearest"):
            getattr(self, name)[where] = getattr(other, name)
        self.shares.update((int(where[number]), entries) for number, entries in other.shares.items())

    def each(self) -> list[Placed]:
        """Give them one by one."""
        columns = (self.cell, self.method, self.share, self.on_edge, self.nearest_m, self.nearest)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [
            Placed(
                cell,
                METHODS[method],
                share,
                on_edge,
                self.shares.get(number),
                None if isnan(far) else far,
                near,
            )
            for number, (cell, method, share, on_edge, far, near) in enumerate(rows)
        ]


def straddles(share: FloatArray | float, threshold: float) -> BoolArray:
    """Tell which shares are below a scheme's threshold, in the digits that are stored.

    What is the threshold but for the rounding of a cut is not below it.
    """
    below: BoolArray = np.round(share, SHARE_DIGITS) < threshold
    return below


def place_features(locator: Locator, shapes: Shapes) -> list[Placed]:
    """Place features, each in exactly one leaf, or in none for a reason; `place_shapes`, one by one."""
    return place_shapes(locator, shapes).each()


def place_shapes(locator: Locator, shapes: Shapes) -> Placements:
    """Place features, each in exactly one leaf, or in none for a reason.

    Parameters
    ----------
    locator : Locator
    shapes : (n,) shapely geometries or None
        Of any kind, longitude/latitude; brought to the lattice, invalid ones mended by the even-odd rule.
        What is polygonal goes by area, what is linear by length, points by their number; a collection by its
        parts of the highest dimension. A polygon thinner than a thousandth of a step goes by its outline.

    Returns
    -------
    Placements
        In order. Nothing, and an empty geometry, is `outside`.

    Raises
    ------
    BadCoordinates
        If a coordinate is not finite or not on the earth.
    """
    shapes = np.asarray(shapes, dtype=object)
    _refuse_what_is_not_on_the_earth(shapes)
    placed = Placements.nowhere(len(shapes))
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    points, others = np.flatnonzero(single), np.flatnonzero(~single)
    if len(points):
        placed.put(points, place_points(locator, shapely.get_coordinates(shapes[points])))
    for begin in range(0, len(others), _AT_ONCE):
        chunk = others[begin : begin + _AT_ONCE]
        placed.put(chunk, _place(locator, shapes[chunk]))
    return placed


def _place(locator: Locator, shapes: Shapes) -> Placements:
    """Place features by the boxes around them, and by themselves where a border runs through the box."""
    if not locator.is_indexed and len(shapes) < _WORTH_SQUARES * len(locator.leaves.cell):
        return _place_by_shares(locator, shapes)
    leaf = locator.leaves_around(shapes)
    whole, rest = np.flatnonzero(leaf >= 0), np.flatnonzero(leaf < 0)
    placed = Placements.nowhere(len(shapes))
    placed.cell[whole], placed.share[whole] = leaf[whole], 1.0
    placed.method[whole] = METHODS.index(WITHIN)
    placed.put(rest, _place_by_shares(locator, shapes[rest]))
    return placed


def place_points(locator: Locator, lonlat: FloatArray) -> Placements:
    """Place (n, 2) points in degrees as `place_shapes` does, without a geometry for each.

    Raises
    ------
    BadCoordinates
        If a coordinate is not finite or not on the earth.
    """
    located = locator.points(lonlat)
    there = located.leaf >= 0
    lost = np.flatnonzero(~there)
    method = np.where(there, METHODS.index(WITHIN), METHODS.index(OUTSIDE))
    method[lost[located.reason[lost] == Reason.GAP]] = METHODS.index(GAP)
    method[located.several] = METHODS.index(BOUNDARY_TIEBREAK)
    placed = Placements.nowhere(len(method))
    placed = replace(placed, cell=located.leaf.copy(), method=method, share=there.astype(np.float64))
    placed.on_edge[:] = located.on_edge & there
    placed.on_edge[located.several] = True
    bounds = located.holders_start.tolist()
    for place, number in enumerate(located.several.tolist()):
        holders = located.holders[bounds[place] : bounds[place + 1]].tolist()
        placed.shares[number] = tuple((cell, 1.0) for cell in holders)
    _say_what_is_near(locator, placed, lost, shapely.points(snap(lonlat[lost])))
    return placed


def _say_what_is_near(locator: Locator, placed: Placements, lost: IntArray, shapes: Shapes) -> None:
    if len(lost):
        nearest, metres = locator.nearest_to(shapes)
        placed.nearest[lost] = nearest
        placed.nearest_m[lost] = np.where(nearest >= 0, metres, np.nan)


def _place_by_shares(locator: Locator, shapes: Shapes) -> Placements:
    wholes, dimension = measurable(*highest_parts(in_steps(shapes)))
    met = _met(locator, wholes, dimension)
    start = np.searchsorted(met.shares.feature, np.arange(len(shapes) + 1))
    several = np.diff(start)
    placed = Placements.nowhere(len(shapes))
    placed.method[met.in_gap & (several == 0)] = METHODS.index(GAP)
    lost = np.flatnonzero((several == 0) & (dimension >= 0))
    _say_what_is_near(locator, placed, lost, in_degrees(wholes[lost]))
    cells = locator.leaves.cell[met.shares.polygon]
    whole = np.flatnonzero(several == 1)
    whole = whole[met.shares.share[start[whole]] == 1.0]
    placed.cell[whole] = cells[start[whole]]
    placed.method[whole], placed.share[whole] = METHODS.index(WITHIN), 1.0
    placed.on_edge[whole] = met.on_edge[whole]
    several[whole] = 0
    rest = np.flatnonzero(several)
    same = slack(wholes[rest]).tolist()
    for number, tie in zip(rest.tolist(), same, strict=True):
        of_it = slice(start[number], start[number + 1])
        entries = list(zip(cells[of_it].tolist(), met.shares.share[of_it].tolist(), strict=True))
        _decide(placed, number, entries, tie, on_edge=bool(met.on_edge[number]))
    return placed


def _decide(
    placed: Placements, number: int, entries: list[tuple[int, float]], same: float, *, on_edge: bool
) -> None:
    """Decide from the shares of a feature, cells in byte order of their codes."""
    groups = _largest_first(entries, same)
    cell, share = groups[0][0]
    tied = len(groups[0]) > 1
    method = WITHIN if share == 1.0 else MAX_OVERLAP
    placed.cell[number], placed.share[number] = cell, share
    placed.method[number] = METHODS.index(BOUNDARY_TIEBREAK if tied else method)
    placed.on_edge[number] = on_edge or tied
    placed.shares[number] = tuple(entry for group in groups for entry in group)


def _largest_first(entries: list[tuple[int, float]], same: float) -> list[list[tuple[int, float]]]:
    """Group shares that are a tie with the largest of the group; inside a group the order stays."""
    groups = []
    while entries:
        least = max(share for _, share in entries) - same
        groups.append([entry for entry in entries if entry[1] >= least])
        entries = [entry for entry in entries if entry[1] < least]
    return groups


def _met(locator: Locator, wholes: Shapes, dimension: IntArray) -> _Met:
    """Find what all features meet, each kind in its way."""
    nothing = np.zeros(0, dtype=np.int64)
    found = [Shares(nothing, nothing, np.zeros(0))]
    on_edge, in_gap = np.zeros(len(wholes), dtype=bool), np.zeros(len(wholes), dtype=bool)
    for kind, meeting in ((0, _points_met), (1, _lines_met), (2, _areas_met)):
        mine = np.flatnonzero(dimension == kind)
        if len(mine):
            met = meeting(locator, wholes[mine])
            found.append(Shares(mine[met.shares.feature], met.shares.polygon, met.shares.share))
            on_edge[mine], in_gap[mine] = met.on_edge, met.in_gap
    return _Met(Shares.joined(*found), on_edge, in_gap)


def _points_met(locator: Locator, wholes: Shapes) -> _Met:
    """Count for each leaf the points of each feature in its closed area."""
    points, of = shapely.get_parts(wholes, return_index=True)
    located = locator.points(shapely.get_coordinates(in_degrees(points)))
    count = np.bincount(of, minlength=len(wholes))
    held_of = np.repeat(of, np.diff(located.start))
    width = len(locator.land)
    keys, times = np.unique(held_of * width + locator.leaf_number[located.held_by], return_counts=True)
    shares = Shares(keys // width, keys % width, times / count[keys // width])
    on_edge = np.bincount(of, weights=located.on_edge, minlength=len(wholes)) == count
    in_gap = np.bincount(of, weights=located.reason == Reason.GAP, minlength=len(wholes)) > 0
    return _Met(shares, on_edge, in_gap)


def _lines_met(locator: Locator, wholes: Shapes) -> _Met:
    return _extended_met(locator, wholes, Overlay.shares_of_lines)


def _areas_met(locator: Locator, wholes: Shapes) -> _Met:
    return _extended_met(locator, wholes, Overlay.shares_of_areas)


def _extended_met(locator: Locator, wholes: Shapes, measure: Callable[[Overlay, Shapes], Shares]) -> _Met:
    """Measure lines or areas; those that meet no leaf are in a gap where they meet ground of the scheme."""
    shares = locator.leaf_polygons.shares(measure, wholes)
    lost = np.setdiff1d(np.arange(len(wholes)), shares.feature)
    in_gap = np.zeros(len(wholes), dtype=bool)
    if len(lost):
        found = locator.ground_polygons.shares(measure, wholes[lost])
        in_gap[lost[found.feature]] = True
    return _Met(shares, np.zeros(len(wholes), dtype=bool), in_gap)


def _refuse_what_is_not_on_the_earth(shapes: Shapes) -> None:
    lonlat, of = shapely.get_coordinates(shapes, return_index=True)
    with np.errstate(invalid="ignore"):
        bad = ~((np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90))
    if bad.any():
        first = int(np.argmax(bad))
        lon, lat = lonlat[first].tolist()
        raise BadCoordinates(
            f"feature {of[first]} has a vertex that is not on the earth: longitude {lon:.10g}, latitude"
            f" {lat:.10g}; give degrees, longitude first",
            feature=int(of[first]),
        )
