"""Which pixel belongs to which third-level cell, grown from the real centres over invented mountains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.making.growth import spread
from demo.making.plan import Plan, Territory
from demo.making.plane import BoolArray, FloatArray, IntArray, Plane, grown

#: No park takes in the centre of somebody else, or land so near to one.
_AVOID_M = 600.0
#: A hole stays away from the outline of the district that it is cut from.
_RIM_M = 900.0
#: How far labels reach over the outline of a district, so that borders reach it.
_BEYOND = 8
_SMOOTHINGS = 2
#: How closely growth follows the ground.
_CLINGING = 3.0
_NOBODY = -1


@dataclass(frozen=True)
class Labels:
    """Labels of one district, reaching over its outline; indices into the territories."""

    district: str
    label: IntArray


def labels_of(plan: Plan, plane: Plane, heights: FloatArray) -> list[Labels]:
    """Divide every district among its territories and those carved out of it."""
    inside = {code: plane.inside(outline) for code, outline in plan.districts.items()}
    taken = np.full(plane.shape, _NOBODY, dtype=np.int64)
    _take_carved(plan, plane, heights, inside, taken)
    _take_parks(plan, plane, heights, inside, taken)
    return [_in_window(plan, plane, heights, code, inside[code], taken) for code in plan.districts]


def _in_window(
    plan: Plan, plane: Plane, heights: FloatArray, code: str, inside: BoolArray, taken: IntArray
) -> Labels:
    """Divide a district on the part of the raster around it."""
    there = np.argwhere(inside)
    low = np.maximum(there.min(axis=0) - _BEYOND - 1, 0)
    high = np.minimum(there.max(axis=0) + _BEYOND + 2, plane.shape)
    window = (slice(low[0], high[0]), slice(low[1], high[1]))
    part = plane.window(low, high)
    label = np.full(plane.shape, _NOBODY, dtype=np.int64)
    label[window] = _district(plan, part, heights[window], code, inside[window], taken[window])
    return Labels(code, label)


def _take_carved(
    plan: Plan, plane: Plane, heights: FloatArray, inside: dict[str, BoolArray], taken: IntArray
) -> None:
    """Grow the second-level cells that are cut out, and divide them among theirs."""
    foreign = plane.near([centre.at for centre in plan.centres], _AVOID_M)
    for carved in plan.document["carved"]:
        allowed = np.logical_or.reduce([inside[code] for code in carved["from"]]) & ~foreign
        if len(carved["from"]) == 1:
            allowed &= ~grown(~inside[carved["from"][0]], int(_RIM_M / plane.pixel))
        size = round(carved["area_km2"] * 1e6 / plane.pixel**2)
        seed = plane.pixels_of([carved["at"]])
        cost = np.exp(_CLINGING * _uneasy(heights, carved["grows_on"]))
        mask = _rounded(spread(cost, allowed, seed, [0], most=size).label == 0)
        mine = [(k, t) for k, t in enumerate(plan.territories) if t.above == carved["code"]]
        seeds = plane.pixels_of([territory.seats[0] for _, territory in mine])
        shares = spread(np.exp(2.5 * heights), mask, seeds, [k for k, _ in mine]).label
        taken[mask] = shares[mask]


def _take_parks(
    plan: Plan, plane: Plane, heights: FloatArray, inside: dict[str, BoolArray], taken: IntArray
) -> None:
    """Grow what has an area: reserves on ridges, parks in valleys."""
    for k, territory in enumerate(plan.territories):
        if territory.area_km2 is None:
            continue
        others = [centre.at for centre in plan.centres if centre.at not in territory.seats]
        allowed = inside[territory.above] & (taken == _NOBODY) & ~plane.near(others, _AVOID_M)
        uneasy = _uneasy(heights, "ridges" if territory.kind == "reserve" else "valleys")
        size = round(territory.area_km2 * 1e6 / plane.pixel**2)
        parts = len(territory.seats)
        for number, seat in enumerate(plane.pixels_of(territory.seats)):
            # Of several parts the first is the largest.
            share = size if parts == 1 else size * (parts - number) * 2 // (parts * (parts + 1))
            grown_over = spread(np.exp(_CLINGING * uneasy), allowed, [seat], [k], most=share).label == k
            taken[_rounded(grown_over) & inside[territory.above] & (taken == _NOBODY)] = k


def _uneasy(heights: FloatArray, ground: str) -> FloatArray:
    """Say from 0 to 1 where it is hard to grow for what grows on ridges or in valleys."""
    return 1 - heights if ground == "ridges" else heights


def _rounded(mask: BoolArray) -> BoolArray:
    """Close the bays and holes of a mask that are narrower than some pixels."""
    wide = grown(mask, 3)
    return ~grown(~wide, 3)


def _district(
    plan: Plan, plane: Plane, heights: FloatArray, code: str, inside: BoolArray, taken: IntArray
) -> IntArray:
    """Share what is left of a district among its townships, and smooth what came out."""
    label = np.where(inside, taken, _NOBODY)
    mine = [(k, t) for k, t in enumerate(plan.territories) if t.above == code and t.area_km2 is None]
    cost = np.exp(4.5 * heights)
    free = inside & (label == _NOBODY)
    alone = spread(cost, free, plane.pixels_of([t.seats[0] for _, t in mine]), [k for k, _ in mine]).label
    seeds, owners = _seeds(plane, mine, alone)
    label = np.where(free, spread(cost, free, seeds, owners).label, label)
    label = _whole(plan, plane, cost, label, inside)
    for _ in range(_SMOOTHINGS):
        label = np.where(inside, _commonest(label), label)
    label = _whole(plan, plane, cost, label, inside)
    beyond = grown(inside, _BEYOND)
    seeds = np.argwhere(label >= 0)
    wide = spread(np.ones(plane.shape), beyond & ~inside, seeds, label[label >= 0]).label
    return np.where(inside, label, wide)


def _seeds(plane: Plane, mine: list[tuple[int, Territory]], alone: IntArray) -> tuple[IntArray, IntArray]:
    """Let townships grow from their villages too, where these lie on ground that the seat alone would reach.

    Some village centres of the source lie far away in another township; from there it would grow an exclave.
    """
    seeds, owners = [], []
    for k, territory in mine:
        for number, pixel in enumerate(plane.pixels_of(territory.seats).tolist()):
            if number == 0 or alone[pixel[0], pixel[1]] == k:
                seeds.append(pixel)
                owners.append(k)
    return np.array(seeds), np.array(owners)


def _commonest(label: IntArray) -> IntArray:
    """Give each pixel the label that most of the nine around it have; its own wins a tie."""
    padded = np.pad(label, 1, mode="edge")
    rows, columns = label.shape
    around = [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)]
    best, most = label.copy(), np.zeros(label.shape, dtype=np.int64)
    for candidate in [around[4], *around]:
        votes = sum((other == candidate).astype(np.int64) for other in around)
        better = (candidate >= 0) & (votes > most)
        best, most = np.where(better, candidate, best), np.where(better, votes, most)
    return best


def _whole(plan: Plan, plane: Plane, cost: FloatArray, label: IntArray, inside: BoolArray) -> IntArray:
    """Take from every territory what hangs together with none of its seats, and give it to its neighbours."""
    kept = np.full_like(label, _NOBODY)
    for k in np.unique(label[label >= 0]).tolist():
        own = label == k
        seats = plane.pixels_of(plan.territories[k].seats)
        if plan.territories[k].area_km2 is None:
            seats = seats[:1]
        seats = np.array([_nearest(own, seat) for seat in seats])
        kept[spread(np.ones(label.shape), own, seats, np.zeros(len(seats))).label == 0] = k
    lost = inside & (kept == _NOBODY)
    seeds = np.argwhere(kept >= 0)
    return np.where(lost, spread(cost, lost, seeds, kept[kept >= 0]).label, kept)


def _nearest(mask: BoolArray, pixel: IntArray) -> IntArray:
    """Give the pixel of a mask nearest to one that may lie beside it, as a carved-out seat does."""
    there = np.argwhere(mask)
    nearest: IntArray = there[np.argmin(((there - pixel) ** 2).sum(axis=1))]
    return nearest
