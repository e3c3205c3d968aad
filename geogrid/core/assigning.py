"""Which one cell a feature belongs to, and by which rule (geometry.md 15, 17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geogrid.core.errors import BadCoordinates
from geogrid.core.lattice import IntArray, Shapes
from geogrid.core.locator import Locator, Reason
from geogrid.core.predicates import BoolArray
from geogrid.core.shares import (
    Overlay,
    Shares,
    highest_parts,
    in_degrees,
    in_steps,
    slack,
)

WITHIN = "within"
BOUNDARY_TIEBREAK = "boundary_tiebreak"
MAX_OVERLAP = "max_overlap"
GAP = "gap"
OUTSIDE = "outside"
#: How a feature can be placed by its geometry alone.
METHODS = (WITHIN, BOUNDARY_TIEBREAK, MAX_OVERLAP, GAP, OUTSIDE)
_AT_ONCE = 100_000


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


def place_features(locator: Locator, shapes: Shapes) -> list[Placed]:
    """Place features, each in exactly one leaf, or in none for a reason.

    Parameters
    ----------
    locator : Locator
    shapes : (n,) shapely geometries or None
        Of any kind, longitude/latitude; brought to the lattice, invalid ones mended by the even-odd rule.
        What is polygonal goes by area, what is linear by length, points by their number; a collection by its
        parts of the highest dimension.

    Returns
    -------
    list of Placed
        In order. Nothing, and an empty geometry, is `outside`.

    Raises
    ------
    BadCoordinates
        If a coordinate is not finite or not on the earth.
    """
    shapes = np.asarray(shapes, dtype=object)
    _refuse_what_is_not_on_the_earth(shapes)
    placed = []
    for begin in range(0, len(shapes), _AT_ONCE):
        placed += _place(locator, shapes[begin : begin + _AT_ONCE])
    return placed


def _place(locator: Locator, shapes: Shapes) -> list[Placed]:
    wholes, dimension = highest_parts(in_steps(shapes))
    met = _met(locator, wholes, dimension)
    start = np.searchsorted(met.shares.feature, np.arange(len(shapes) + 1))
    placed = [_NOWHERE] * len(shapes)
    lost = np.flatnonzero((np.diff(start) == 0) & (dimension >= 0))
    nearest, metres = locator.nearest_to(in_degrees(wholes[lost]))
    for number, leaf, far in zip(lost.tolist(), nearest.tolist(), metres.tolist(), strict=True):
        method = GAP if met.in_gap[number] else OUTSIDE
        nearest_m = far if leaf >= 0 else None
        placed[number] = replace(_NOWHERE, method=method, nearest_m=nearest_m, nearest=leaf)
    cells = locator.leaves.cell[met.shares.polygon].tolist()
    pairs = list(zip(cells, met.shares.share.tolist(), strict=True))
    same = slack(wholes)
    for number in np.flatnonzero(np.diff(start)).tolist():
        entries = pairs[start[number] : start[number + 1]]
        placed[number] = _decided(entries, float(same[number]), on_edge=bool(met.on_edge[number]))
    return placed


_NOWHERE = Placed(-1, OUTSIDE, 0.0, on_edge=False, shares=None, nearest_m=None, nearest=-1)


def _decided(entries: list[tuple[int, float]], same: float, *, on_edge: bool) -> Placed:
    """Decide from the shares of a feature, cells in byte order of their codes."""
    if len(entries) == 1 and entries[0][1] == 1.0:
        return Placed(entries[0][0], WITHIN, 1.0, on_edge, None, None, -1)
    groups = _largest_first(entries, same)
    cell, share = groups[0][0]
    tied = len(groups[0]) > 1
    method = WITHIN if share == 1.0 else MAX_OVERLAP
    shares = tuple(entry for group in groups for entry in group)
    return Placed(cell, BOUNDARY_TIEBREAK if tied else method, share, on_edge or tied, shares, None, -1)


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
    shares = measure(locator.leaf_overlay, wholes)
    lost = np.setdiff1d(np.arange(len(wholes)), shares.feature)
    in_gap = np.zeros(len(wholes), dtype=bool)
    if len(lost):
        in_gap[lost[measure(locator.ground_overlay, wholes[lost]).feature]] = True
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
