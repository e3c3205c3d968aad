"""Growing over a raster along the cheapest ways: to territories, to a size, to roads."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from demo.making.plane import BoolArray, FloatArray, IntArray

_ROWS = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_COLUMNS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_LENGTHS = np.hypot(_ROWS, _COLUMNS)


@dataclass(frozen=True)
class Spread:
    """Who took which pixel.

    Attributes
    ----------
    label : (rows, columns) int64
        -1 where nobody came.
    came_from : (rows, columns) int64
        Number of the pixel before on the way; -1 at seeds.
    last : int
        Number of the pixel that was taken last; -1 if there is none.
    """

    label: IntArray
    came_from: IntArray
    last: int


def spread(
    cost: FloatArray,
    allowed: BoolArray,
    seeds: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    most: int | None = None,
) -> Spread:
    """Let seeds take the pixels that they reach at the least cost.

    Parameters
    ----------
    cost : (rows, columns) float64
        Of crossing a pixel.
    allowed : (rows, columns) bool
    seeds : (n, 2) array-like
        Pixels; they may lie where nobody is allowed.
    labels : (n,) array-like
        What they are called, not negative.
    most : int, optional
        Stop when so many pixels are taken.
    """
    nowhere = np.zeros_like(allowed)
    seeds = np.asarray(seeds, dtype=np.int64).reshape(-1, 2)
    return Spread(
        *_spread(cost, allowed, seeds, np.asarray(labels, dtype=np.int64), most or cost.size, nowhere)
    )


def way(cost: FloatArray, start: tuple[int, int], ends: BoolArray) -> IntArray:
    """Give the cheapest way from a pixel to the first of `ends`, as (n, 2) pixels; empty if there is none."""
    everywhere = np.ones(cost.shape, dtype=bool)
    found = Spread(*_spread(cost, everywhere, np.array([start]), np.zeros(1, np.int64), cost.size, ends))
    if not ends.flat[found.last]:
        return np.empty((0, 2), dtype=np.int64)
    pixels = [found.last]
    while (before := int(found.came_from.flat[pixels[-1]])) >= 0:
        pixels.append(before)
    return np.stack(np.divmod(np.array(pixels[::-1]), cost.shape[1]), axis=1)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spread(
    cost: FloatArray, allowed: BoolArray, seeds: IntArray, labels: IntArray, most: int, ends: BoolArray
) -> tuple[IntArray, IntArray, int]:
    rows, columns = cost.shape
    label = np.full((rows, columns), -1, dtype=np.int64)
    came_from = np.full((rows, columns), -1, dtype=np.int64)
    reached = np.full((rows, columns), np.inf)
    heap = [(0.0, seeds[k, 0] * columns + seeds[k, 1], labels[k]) for k in range(len(seeds))]
    heapq.heapify(heap)
    taken, last = 0, np.int64(-1)
    while len(heap) > 0 and taken < most:
        far, pixel, mine = heapq.heappop(heap)
        row, column = pixel // columns, pixel % columns
        if label[row, column] >= 0:
            continue
        label[row, column] = mine
        taken += 1
        last = pixel
        if ends[row, column]:
            break
        for k in range(8):
            r, c = row + _ROWS[k], column + _COLUMNS[k]
            if 0 <= r < rows and 0 <= c < columns and allowed[r, c] and label[r, c] < 0:
                there = far + _LENGTHS[k] * (cost[row, column] + cost[r, c]) / 2
                if there < reached[r, c]:
                    reached[r, c] = there
                    came_from[r, c] = pixel
                    heapq.heappush(heap, (there, r * columns + c, mine))
    return label, came_from, last
