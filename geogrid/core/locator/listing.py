"""Which edges run through which squares."""

from __future__ import annotations

import itertools

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Edges, Words
from geogrid.core.locator.frame import Frame
from geogrid.core.locator.threads import cores, in_threads

# Doubles find where an edge crosses a row of squares to much less than this, in steps.
_MARGIN = 1
_PARALLEL_FROM = 20_000


def bands_of(frame: Frame, edges: int) -> list[tuple[int, int]]:
    """Cut the rows of a frame into bands to work on at once: the first row of each, and the one after it."""
    count = min(2 * cores(), frame.rows) if edges >= _PARALLEL_FROM else 1
    cuts = [frame.rows * band // count for band in range(count + 1)]
    return list(itertools.pairwise(cuts))


def edges_by_square(
    edges: Edges, which: Words, frame: Frame, bands: list[tuple[int, int]], most: int
) -> tuple[Words, Words] | None:
    """List for each square the edges that may meet it, closed: at least those that do.

    Parameters
    ----------
    edges : Edges
    which : (k,) int32
        The edges that count.
    frame : Frame
    bands : list
        Of rows, to be worked on at once.
    most : int
        How many listings there may be.

    Returns
    -------
    start : (squares + 1,) int32
        Where each square, row by row, begins in `listed`.
    listed : int32
        Numbers of edges, ascending in each square. Nothing at all is returned if there would be too many.
    """
    start = np.zeros(frame.squares + 1, dtype=np.int32)
    none = np.zeros(0, dtype=np.int32)
    g = frame.numbers
    in_threads(lambda rows: _list(edges.xy, which, g, rows, start, none), bands)
    if int(start.sum(dtype=np.int64)) > most:
        return None
    np.cumsum(start, out=start)
    listed = np.empty(start[-1], dtype=np.int32)
    if len(listed):
        in_threads(lambda rows: _list(edges.xy, which, g, rows, start, listed), bands)
    return start, listed


@compiled
def _columns(ax: int, ay: int, bx: int, by: int, low: int, high: int) -> tuple[int, int]:
    """Give between which columns of the lattice an edge runs in rows low to high: at least between those."""
    slope = (bx - ax) / (by - ay)
    one = ax + int(np.floor((max(low, min(ay, by)) - ay) * slope))
    other = ax + int(np.floor((min(high, max(ay, by)) - ay) * slope))
    west = max(min(one, other) - _MARGIN, min(ax, bx))
    return west, min(max(one, other) + 1 + _MARGIN, max(ax, bx))


@compiled
def _put(square: int, edge: int, start: Words, listed: Words) -> None:
    """Count an edge of a square, or, when there is a list to fill, write it at the end of what is free."""
    if len(listed) == 0:
        start[square] += 1
    else:
        start[square] -= 1
        listed[start[square]] = edge


@compiled
def _list(
    xy: IntArray, which: Words, g: IntArray, rows: tuple[int, int], start: Words, listed: Words
) -> None:
    """Count the edges of each square in a band of rows, or write them down.

    `start` holds counts when it has been counted, and must hold where each square ends when it is to be
    filled: then the edges are gone through backwards, and it ends up holding where each square begins.
    """
    x0, y0, kx, ky, cols = g[0], g[1], g[2], g[3], g[4]
    first_row, end_row = rows
    for place in range(len(which)):
        edge = which[len(which) - 1 - place]
        ax, ay, bx, by = xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1]
        low = max((min(ay, by) - y0) >> ky, first_row)
        high = min((max(ay, by) - y0) >> ky, end_row - 1)
        # A square has its right side too: the state of the next corner counts what crosses right there.
        west = max((min(ax, bx) - 1 - x0) >> kx, 0)
        east = min((max(ax, bx) - x0) >> kx, cols - 1)
        for row in range(low, high + 1):
            one, other = west, east
            if west < east and ((ay - y0) >> ky) != ((by - y0) >> ky):
                bottom = y0 + (row << ky)
                left, right = _columns(ax, ay, bx, by, bottom, bottom + (1 << ky))
                one, other = max((left - 1 - x0) >> kx, west), min((right - x0) >> kx, east)
            for col in range(one, other + 1):
                _put(row * cols + col, edge, start, listed)
