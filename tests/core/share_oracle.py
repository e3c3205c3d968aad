"""Which leaf a polygon or a line belongs to, told from geometry.md alone: nothing here is of the project.

Every feature is laid over every leaf whose box meets its own; areas are sums of an integral of our own,
lengths geodesics. Shares are compared with the largest, and of those that are a tie the lowest code wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

GEOD = pyproj.Geod(ellps="WGS84")
A, F = 6378137.0, 1 / 298.257223563
E2 = F * (2 - F)
E = E2**0.5
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)
#: Doubles have a cut at most so many steps beside its place; shares closer than the other are a tie.
CUT, TIE = 2e-6, 1e-9
HOLDS_NOTHING = 1e-12


def authalic(lat):
    """The integral of the ellipsoid's area from the equator to a parallel, per radian of longitude, m²."""
    s = np.sin(np.radians(lat))
    return A * A * (1 - E2) / 2 * (s / (1 - E2 * s * s) + np.arctanh(E * s) / E)


def areas(shapes):
    """Areas of (n,) polygons whose edges are straight in longitude/latitude, in lattice steps."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    polygonal = shapely.get_type_id(parts) == 3
    parts, of_part = parts[polygonal], of_part[polygonal]
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    hole = np.ones(len(rings), dtype=bool)
    hole[np.unique(of_ring, return_index=True)[1]] = False
    xy, of = shapely.get_coordinates(rings, return_index=True)
    xy = xy / 1e8
    edge = np.flatnonzero(of[1:] == of[:-1])
    start, end = xy[edge], xy[edge + 1]
    if not len(edge):
        return np.zeros(len(shapes))
    # Heights above the first parallel of each ring: then nothing large is taken from anything large.
    base = xy[np.searchsorted(of, of[edge]), 1]
    cuts = int(np.ceil(np.abs(end - start).max() / 0.5)) or 1
    total = np.zeros(len(edge))
    for cut in range(cuts):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            at = (cut + (node + 1) / 2) / cuts
            total += weight / (2 * cuts) * (authalic(start[:, 1] + at * (end - start)[:, 1]) - authalic(base))
    total *= np.radians(start[:, 0] - end[:, 0])
    each = np.abs(np.bincount(of[edge], weights=total, minlength=len(rings)))
    return np.bincount(of_part[of_ring], weights=np.where(hole, -each, each), minlength=len(shapes))


def lengths(shapes):
    """Geodesic lengths of the lines in (n,) geometries in lattice steps."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    flat, of_flat = shapely.get_parts(parts, return_index=True)
    linear = shapely.get_type_id(flat) == 1
    xy, line = shapely.get_coordinates(flat[linear], return_index=True)
    edge = np.flatnonzero(line[1:] == line[:-1])
    if not len(edge):
        return np.zeros(len(shapes))
    a, b = xy[edge] / 1e8, xy[edge + 1] / 1e8
    metres = GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]
    return np.bincount(of[of_flat[linear][line[edge]]], weights=metres, minlength=len(shapes))


@dataclass(frozen=True)
class Told:
    """What must be said of one feature.

    Attributes
    ----------
    shares : dict
        Of each leaf that surely holds some of it, by its number.
    perhaps : set
        Further leaves of which doubles cannot tell.
    best : list
        The leaves that are a tie for the largest share, ascending; empty if none holds any of it.
    sure : bool
        Whether those are beyond doubt.
    slack : float
        How far a share may be beside its place.
    in_gap : bool or None
        Of one that no leaf holds.
    """

    shares: dict[int, float]
    perhaps: set[int]
    best: list[int]
    sure: bool
    slack: float
    in_gap: bool | None


class ShareOracle:
    """Leaves in lattice steps, codes in byte order, and the ground where a place without one is a gap."""

    def __init__(self, leaves, ground) -> None:
        self._leaves, self._ground = leaves, ground
        self._tree, self._ground_tree = shapely.STRtree(leaves), shapely.STRtree(ground)

    def tell(self, features) -> list[Told]:
        """Tell of valid polygons, multipolygons, lines or multilines in lattice steps."""
        areal = shapely.get_dimensions(features) == 2
        told = np.empty(len(features), dtype=object)
        for kind, tell in ((areal, self._areas), (~areal, self._lines)):
            which = np.flatnonzero(kind)
            if len(which):
                told[which] = tell(features[which])
        return told.tolist()

    def _areas(self, features):
        whole = areas(features)
        slack = CUT * shapely.length(features) / shapely.area(features)
        held = self._common(features, self._leaves, self._tree, areas)
        ground = self._common(features, self._ground, self._ground_tree, areas)
        return self._each(held, ground, whole, slack)

    def _lines(self, features):
        segments, of = _segments(features)
        each = lengths(segments)
        whole = np.bincount(of, weights=each, minlength=len(features))
        slack = 2 * CUT / shapely.length(features)
        sums = []
        for shapes, tree in ((self._leaves, self._tree), (self._ground, self._ground_tree)):
            found: list[dict[int, float]] = [{} for _ in features]
            for segment, common in enumerate(self._common(segments, shapes, tree, lengths)):
                mine = found[of[segment]]
                for cell, metres in common.items():
                    mine[cell] = mine.get(cell, 0.0) + metres
            sums.append(found)
        return self._each(*sums, whole, slack)

    @staticmethod
    def _common(features, shapes, tree, measure):
        feature, cell = tree.query(features)
        amount = measure(shapely.intersection(features[feature], shapes[cell]))
        found: list[dict[int, float]] = [{} for _ in features]
        for one, other, much in zip(feature.tolist(), cell.tolist(), amount.tolist(), strict=True):
            if much > 0:
                found[one][other] = much
        return found

    @staticmethod
    def _each(held, ground, whole, slack):
        told = np.empty(len(whole), dtype=object)
        told[:] = [
            _told({cell: part / all_of_it for cell, part in common.items()}, bool(around), unsure)
            for common, around, all_of_it, unsure in zip(
                held, ground, whole.tolist(), slack.tolist(), strict=True
            )
        ]
        return told


def _told(shares, in_gap, unsure):
    same = TIE + unsure
    kept = {cell: share for cell, share in shares.items() if share > 2 * same}
    perhaps = {cell for cell, share in shares.items() if HOLDS_NOTHING < share <= 2 * same}
    if not kept:
        return Told({}, perhaps, [], not perhaps, same, in_gap)
    most = max(kept.values())
    best = sorted(cell for cell, share in kept.items() if share >= most - same)
    sure = not any(same / 2 < most - share < 2 * same for share in kept.values())
    return Told(kept, perhaps, best, sure, same, None)


def _segments(lines):
    parts, of_part = shapely.get_parts(lines, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    edge = np.flatnonzero((part[1:] == part[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    return shapely.linestrings(np.stack([xy[edge], xy[edge + 1]], axis=1)), of_part[part[edge]]
