"""Look points up in squares; see `geogrid.core.locator.writing` for what is written there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.locator.building import FRAME
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import turn_exactly
from geogrid.core.locator.walking import NOBODY, block_at
from geogrid.core.locator.writing import GROUP, HEAD, MORE, NARROW, WIDE
from geogrid.core.predicates import BoolArray

Marks = NDArray[np.uint8]
#: What `cell_of` says of a point that is not on the earth.
NOT_ON_EARTH = -2
_LOW = 0xFFFFFFFF
_COUNT = 255


@compiled
def _wide(words: Words, at: int) -> int:
    """Read a number of two words."""
    return (np.int64(words[at + 1]) << 32) | (np.int64(words[at]) & _LOW)


@compiled
def _group(words: Words, at: int, x: int, y: int) -> tuple[int, int, int]:
    """Ask a group which of its candidates hold a point, seen from the square's corner.

    Returns
    -------
    held, border : int
        Sets of candidates, a bit each: whose closed area holds the point, and on whose border it lies.
    end : int
        Where the group ends.
    """
    held, border = np.int64(words[at + 3]) & _LOW, np.int64(0)
    edge = at + HEAD + (words[at + 2] & _COUNT)
    for _ in range(words[at]):
        ay, by = np.int64(words[edge + 1]), np.int64(words[edge + 3])
        if ay <= y <= by:
            ax, bx = np.int64(words[edge]), np.int64(words[edge + 2])
            turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            owners = np.int64(words[edge + 4]) & _LOW
            if turn < 0:
                # A point is right of what runs up to the west of it, and the upper end is not of the edge.
                if y < by:
                    held ^= owners
            elif turn == 0 and min(ax, bx) <= x <= max(ax, bx):
                border |= owners
        edge += NARROW
    for _ in range(words[at + 1]):
        ax, ay, bx, by = (
            _wide(words, edge),
            _wide(words, edge + 2),
            _wide(words, edge + 4),
            _wide(words, edge + 6),
        )
        if ay <= y <= by:
            turn = turn_exactly(ax, ay, bx, by, x, y)
            owners = np.int64(words[edge + 8]) & _LOW
            if turn < 0:
                if y < by:
                    held ^= owners
            elif turn == 0 and min(ax, bx) <= x <= max(ax, bx):
                border |= owners
        edge += WIDE
    return held | border, border, edge


@compiled
def _lowest(members: int) -> int:
    bit = 0
    while not (members >> bit) & 1:
        bit += 1
    return bit


@compiled
def _square(g: IntArray, raster: Words, x: int, y: int) -> int:
    """Give what the raster says of a point; NOBODY beyond it."""
    col, row = (x - g[0]) >> g[2], (y - g[1]) >> g[3]
    if 0 <= col < g[4] and 0 <= row < g[5]:
        return raster[row * g[4] + col]
    return NOBODY


@compiled
def _down(words: Words, at: int, x: int, y: int) -> tuple[int, int, int, int]:
    """Go down through frames in squares; give where the block is, or the cell if none, and x and y in it.

    x and y are seen from the corner of the square whose block or frame begins at a place.
    """
    value = 0
    while words[at] == FRAME:
        kx, ky = np.int64(words[at + 1]), np.int64(words[at + 2])
        value = words[at + HEAD + (y >> ky) * words[at + 3] + (x >> kx)]
        if value >= NOBODY:
            return -1, value, x, y
        at += block_at(value)
        x, y = x & ((1 << kx) - 1), y & ((1 << ky) - 1)
    return at, value, x, y


@compiled
def _in_block(words: Words, at: int, x: int, y: int) -> tuple[int, bool, bool]:
    """Answer from a block, or from the frame in its place: see `answer`."""
    at, value, x, y = _down(words, at, x, y)
    if at < 0:
        return value, False, False
    cell, on_edge, several = -1, False, False
    more = True
    while more:
        held, border, end = _group(words, at, x, y)
        on_edge |= border != 0
        if held != 0:
            several |= cell >= 0 or (held & (held - 1)) != 0
            if cell < 0:
                cell = words[at + HEAD + _lowest(held)]
        more = (words[at + 2] & MORE) != 0
        at = end
    return cell, on_edge, several


@compiled
def answer(g: IntArray, raster: Words, words: Words, more: Words, x: int, y: int) -> tuple[int, bool, bool]:
    """Find the first cell that holds a lattice point.

    Parameters
    ----------
    g : (7,) int64
        The frame, and how many `words` there are.
    raster, words, more
        See `Squares`; blocks that begin beyond `words` are in `more`.

    Returns
    -------
    cell : int
        -1 if none does.
    on_edge, several : bool
        Whether it lies on a border, and whether more than one cell holds it.
    """
    value = _square(g, raster, x, y)
    if value >= NOBODY:
        return value, False, False
    at, x, y = block_at(value), (x - g[0]) & ((1 << g[2]) - 1), (y - g[1]) & ((1 << g[3]) - 1)
    if at < g[6]:
        return _in_block(words, at, x, y)
    return _in_block(more, at - g[6], x, y)


@compiled
def _holders(words: Words, at: int, x: int, y: int, out: IntArray) -> int:
    at, value, x, y = _down(words, at, x, y)
    if at < 0:
        out[0] = value
        return 1 if value >= 0 else 0
    count = 0
    more = True
    while more:
        held, _, end = _group(words, at, x, y)
        for bit in range(GROUP):
            if (held >> bit) & 1:
                if count < len(out):
                    out[count] = words[at + HEAD + bit]
                count += 1
        more = (words[at + 2] & MORE) != 0
        at = end
    return count


@compiled
def holders(
    g: IntArray, raster: Words, words: Words, more: Words, steps: IntArray, start: IntArray
) -> IntArray:
    """List all cells that hold each of (n, 2) lattice points, their codes in byte order.

    `start`, (n + 1,) int64, is filled with where each point begins in the list.
    """
    found, buffer, used = np.empty(4 * len(steps) + 8, dtype=np.int64), np.empty(64, dtype=np.int64), 0
    start[0] = 0
    for i in range(len(steps)):
        x, y = steps[i, 0], steps[i, 1]
        value = _square(g, raster, x, y)
        count = 0
        if value >= 0:
            buffer[0], count = value, 1
        elif value < NOBODY:
            at, x, y = block_at(value), (x - g[0]) & ((1 << g[2]) - 1), (y - g[1]) & ((1 << g[3]) - 1)
            mine, at = (words, at) if at < g[6] else (more, at - g[6])
            count = _holders(mine, at, x, y, buffer)
            if count > len(buffer):
                buffer = np.empty(2 * count, dtype=np.int64)
                count = _holders(mine, at, x, y, buffer)
        if used + count > len(found):
            wider = np.empty(2 * (used + count), dtype=np.int64)
            wider[:used] = found[:used]
            found = wider
        found[used : used + count] = buffer[:count]
        used += count
        start[i + 1] = used
    return found[:used]


@compiled
def answers(
    g: IntArray,
    raster: Words,
    words: Words,
    more: Words,
    lon: FloatArray,
    lat: FloatArray,
    stride: int,
    cell: IntArray,
    on_edge: BoolArray,
    several: BoolArray,
) -> int:
    """Find the first cell of each of n points in degrees, which are `stride` numbers apart.

    Give the number of the first point that is not on the earth, -1 if all are.
    """
    for i in range(len(cell)):
        east, north = lon[i * stride], lat[i * stride]
        if not (abs(east) <= 180.0 and abs(north) <= 90.0):
            return i
        # As `to_lattice` does.
        x, y = np.int64(np.floor(east * 1e8 + 0.5)), np.int64(np.floor(north * 1e8 + 0.5))
        cell[i], on_edge[i], several[i] = answer(g, raster, words, more, x, y)
    return -1


@compiled
def cell_of(g: IntArray, raster: Words, words: Words, more: Words, lon: float, lat: float) -> int:
    """Find the first cell of one point in degrees: -1 if none, `NOT_ON_EARTH`."""
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        return NOT_ON_EARTH
    x, y = np.int64(np.floor(lon * 1e8 + 0.5)), np.int64(np.floor(lat * 1e8 + 0.5))
    return answer(g, raster, words, more, x, y)[0]
