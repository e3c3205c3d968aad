"""Rectangles of squares: those that boxes meet, put together until none overlap, and frames around them."""

from __future__ import annotations

import numpy as np

from geogrid.core.lattice import IntArray
from geogrid.core.locator.frame import Frame


def squares_of_boxes(boxes: IntArray, grid: IntArray) -> IntArray:
    """Give for boxes the squares they meet, with a step more in the west: first column, first row, ends."""
    x0, y0, kx, ky = grid[:4].tolist()
    columns = [(boxes[:, 0] - 1 - x0) >> kx, (boxes[:, 1] - y0) >> ky]
    columns += [((boxes[:, 2] - x0) >> kx) + 1, ((boxes[:, 3] - y0) >> ky) + 1]
    return np.stack(columns, axis=1)


def put_apart(ends: IntArray) -> IntArray:
    """Put rectangles together that overlap, until none do: first column, first row, columns, rows."""
    kept: list[list[int]] = []
    for one in ends.tolist():
        merged = one
        overlapping = True
        while overlapping:
            near = [
                k
                for k in kept
                if k[0] < merged[2] and merged[0] < k[2] and k[1] < merged[3] and merged[1] < k[3]
            ]
            overlapping = bool(near)
            kept = [k for k in kept if k not in near]
            group = np.array([merged, *near])
            merged = [*group[:, :2].min(axis=0).tolist(), *group[:, 2:].max(axis=0).tolist()]
        kept.append(merged)
    rectangles = np.array(sorted(kept), dtype=np.int64).reshape(-1, 4)
    rectangles[:, 2:] -= rectangles[:, :2]
    return rectangles


def frame_over(grid: IntArray, rectangles: IntArray) -> Frame:
    """Give the frame of a grid, widened so that it has all squares of rectangles as well."""
    x0, y0, kx, ky, cols, rows = grid[:6].tolist()
    first = np.minimum(rectangles[:, :2].min(axis=0, initial=0), 0).tolist()
    ends = rectangles[:, :2] + rectangles[:, 2:]
    right = max(cols, int(ends[:, 0].max(initial=0)))
    top = max(rows, int(ends[:, 1].max(initial=0)))
    return Frame(x0 + (first[0] << kx), y0 + (first[1] << ky), kx, ky, right - first[0], top - first[1])


def seen_from(grid: IntArray, old: IntArray, col: int, row: int) -> tuple[int, int]:
    """Give the column and row in one grid of a square of another."""
    return col + int((old[0] - grid[0]) >> grid[2]), row + int((old[1] - grid[1]) >> grid[3])
