"""Look points up in squares; see `geogrid.core.locator.writing` for what is written there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.locator.building import FRAME, FRAME_HEAD
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import turn_exactly
from geogrid.core.locator.walking import NOBODY, block_at
from geogrid.core.locator.writing import GROUP, HEAD, MORE, NARROW, WIDE
from geogrid.core.predicates import BoolArray

#: What `cell_of` says of a point that is not on the earth.
NOT_ON_EARTH = -2
_LOW = 0xFFFFFFFF
# How many points are looked at together: their answers stay in the nearest memory.
_AT_ONCE = 4096
# The part of a word that says how many candidates a group has.
COUNT = 255


class Board(NamedTuple):
    """What answers: see `geogrid.core.locator.points.PointIndex`.

    Attributes
    ----------
    grid : (7,) int64
    raster, words, more : int32
    """

    grid: IntArray
    raster: Words
    words: Words
    more: Words


@compiled
def on_lattice(degrees: float) -> int:
    """Bring a coordinate to the lattice, as `to_lattice` does."""
    return int(np.floor(degrees * 1e8 + 0.5))


@compiled
def wide(words: Words, at: int) -> int:
    """Read a number of two words."""
    number: int = (int(words[at + 1]) << 32) | (int(words[at]) & _LOW)
    return number


@compiled
def _met(turn: int, ax: int, bx: int, x: int) -> bool:
    """Tell whether a point at the height of an edge lies on it, by its turn."""
    return turn == 0 and min(ax, bx) <= x <= max(ax, bx)


@compiled
def _narrow_edges(words: Words, at: int, x: int, y: int) -> tuple[int, int]:
    """Ask the narrow edges of a group: whom those left of a point switch, and on whose border it lies."""
    switched, border = 0, 0
    edge = at + HEAD + (words[at + 2] & COUNT)
    for _ in range(words[at]):
        ay, by = int(words[edge + 1]), int(words[edge + 3])
        if ay <= y <= by:
            ax, bx = int(words[edge]), int(words[edge + 2])
            turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            # Right of what runs upwards means east of it. The upper end is not of the edge.
            if turn < 0 and y < by:
                switched ^= words[edge + 4] & _LOW
            elif _met(turn, ax, bx, x):
                border |= words[edge + 4] & _LOW
        edge += NARROW
    return switched, border


@compiled
def _wide_edges(words: Words, at: int, x: int, y: int) -> tuple[int, int]:
    """Ask the wide edges in the same way."""
    switched, border = 0, 0
    edge = at + HEAD + (words[at + 2] & COUNT) + NARROW * words[at]
    for _ in range(words[at + 1]):
        ax, ay, bx, by = (
            wide(words, edge),
            wide(words, edge + 2),
            wide(words, edge + 4),
            wide(words, edge + 6),
        )
        if ay <= y <= by:
            turn = turn_exactly(ax, ay, bx, by, x, y)
            if turn < 0 and y < by:
                switched ^= words[edge + 8] & _LOW
            elif _met(turn, ax, bx, x):
                border |= words[edge + 8] & _LOW
        edge += WIDE
    return switched, border


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
    switched, border = _narrow_edges(words, at, x, y)
    if words[at + 1]:
        switched_too, border_too = _wide_edges(words, at, x, y)
        switched ^= switched_too
        border |= border_too
    held = (words[at + 3] & _LOW) ^ switched | border
    end = at + HEAD + (words[at + 2] & COUNT) + NARROW * words[at] + WIDE * words[at + 1]
    return held, border, end


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
        return int(raster[row * g[4] + col])
    return NOBODY


@compiled
def _down(words: Words, at: int, x: int, y: int) -> tuple[int, int, int, int]:
    """Go down through frames in squares; give where the block is, or the cell if none, and x and y in it.

    x and y are seen from the corner of the square whose block or frame begins at a place.
    """
    value = 0
    while words[at] == FRAME:
        kx, ky = int(words[at + 1]), int(words[at + 2])
        value = words[at + FRAME_HEAD + (y >> ky) * words[at + 3] + (x >> kx)]
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
def _answer(board: Board, value: int, x: int, y: int) -> tuple[int, bool, bool]:
    """Find the first cell that holds a lattice point, given what the raster says of it.

    Returns
    -------
    cell : int
        -1 if none does.
    on_edge, several : bool
        Whether it lies on a border, and whether more than one cell holds it.
    """
    if value >= NOBODY:
        return value, False, False
    g = board.grid
    at, x, y = block_at(value), (x - g[0]) & ((1 << g[2]) - 1), (y - g[1]) & ((1 << g[3]) - 1)
    if at < g[6]:
        return _in_block(board.words, at, x, y)
    return _in_block(board.more, at - g[6], x, y)


@compiled
def lattice_answer(board: Board, x: int, y: int) -> tuple[int, bool, bool]:
    """Answer for one lattice point: see `_answer`."""
    return _answer(board, _square(board.grid, board.raster, x, y), x, y)


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
def holders(board: Board, steps: IntArray, start: IntArray) -> IntArray:
    """List all cells that hold each of (n, 2) lattice points, their codes in byte order.

    `start`, (n + 1,) int64, is filled with where each point begins in the list.
    """
    found, buffer, used = np.empty(4 * len(steps) + 8, dtype=np.int64), np.empty(64, dtype=np.int64), 0
    g = board.grid
    start[0] = 0
    for i in range(len(steps)):
        x, y = steps[i, 0], steps[i, 1]
        value = _square(g, board.raster, x, y)
        count = 0
        if value >= 0:
            buffer[0], count = value, 1
        elif value < NOBODY:
            at, x, y = block_at(value), (x - g[0]) & ((1 << g[2]) - 1), (y - g[1]) & ((1 << g[3]) - 1)
            words, at = (board.words, at) if at < g[6] else (board.more, at - g[6])
            count = _holders(words, at, x, y, buffer)
            if count > len(buffer):
                buffer = np.empty(2 * count, dtype=np.int64)
                count = _holders(words, at, x, y, buffer)
        if used + count > len(found):
            wider = np.empty(2 * (used + count), dtype=np.int64)
            wider[:used] = found[:used]
            found = wider
        found[used : used + count] = buffer[:count]
        used += count
        start[i + 1] = used
    return found[:used]


class Asked(NamedTuple):
    """Points in degrees, their numbers `stride` apart."""

    lon: FloatArray
    lat: FloatArray
    stride: int


class Answers(NamedTuple):
    """Room for the answers: see `_answer`; the marks must be False before."""

    cell: IntArray
    on_edge: BoolArray
    several: BoolArray


@compiled
def answers(board: Board, asked: Asked, told: Answers) -> int:
    """Find the first cell of points.

    A few thousand at a time: first what the raster says of each, then a look at the block of each of those
    that need one, so that they wait for memory together, then the blocks.

    Returns
    -------
    int
        The number of the first point that is not on the earth, -1 if all are.
    """
    waiting = np.empty(_AT_ONCE, dtype=np.int64)
    for begin in range(0, len(told.cell), _AT_ONCE):
        end = min(begin + _AT_ONCE, len(told.cell))
        bad = _by_raster(board, asked, told.cell, begin, end)
        if bad >= 0:
            return bad
        _by_blocks(board, asked, told, begin, end, waiting)
    return -1


@compiled
def _by_raster(board: Board, asked: Asked, cell: IntArray, begin: int, end: int) -> int:
    """Write down what the raster says of points; give the first that is not on the earth, else -1."""
    # Numbers in places of their own, and no way out of the loop: it takes a fifth of the time.
    g = board.grid
    x0, y0, kx, ky, cols, rows = g[0], g[1], g[2], g[3], g[4], g[5]
    good = True
    for i in range(begin, end):
        lon, lat = asked.lon[i * asked.stride], asked.lat[i * asked.stride]
        good &= abs(lon) <= 180.0 and abs(lat) <= 90.0
        x, y = on_lattice(lon), on_lattice(lat)
        col, row = (x - x0) >> kx, (y - y0) >> ky
        value = NOBODY
        if 0 <= col < cols and 0 <= row < rows:
            value = board.raster[row * cols + col]
        cell[i] = value
    return -1 if good else _first_bad(asked, begin)


@compiled
def _first_bad(asked: Asked, begin: int) -> int:
    """Find the first point that is not on the earth, where there is one."""
    bad = begin
    while abs(asked.lon[bad * asked.stride]) <= 180.0 and abs(asked.lat[bad * asked.stride]) <= 90.0:
        bad += 1
    return bad


@compiled
def _by_blocks(board: Board, asked: Asked, told: Answers, begin: int, end: int, waiting: IntArray) -> None:
    """Put the answer in place of what the raster says, where that is not the answer."""
    g, words, cell = board.grid, board.words, told.cell
    count = 0
    for i in range(begin, end):
        waiting[count] = i
        count += cell[i] < NOBODY
    seen = 0
    for n in range(count):
        at = block_at(cell[waiting[n]])
        seen ^= words[at] if at < g[6] else 0
    for n in range(count):
        i = waiting[n]
        x = on_lattice(asked.lon[i * asked.stride])
        y = on_lattice(asked.lat[i * asked.stride])
        at, x, y = block_at(cell[i]), (x - g[0]) & ((1 << g[2]) - 1), (y - g[1]) & ((1 << g[3]) - 1)
        if at >= g[6] or words[at] < 0 or words[at + 1] != 0 or words[at + 2] > COUNT:
            cell[i], told.on_edge[i], told.several[i] = _answer(board, cell[i], x + g[0], y + g[1])
            continue
        switched, border = _narrow_edges(words, at, x, y)
        held = (words[at + 3] & _LOW) ^ switched | border
        cell[i] = words[at + HEAD + _lowest(held)] if held else -1
        if border:
            told.on_edge[i] = True
        if held & (held - 1):
            told.several[i] = True
    # So that the look is taken: nothing else says that it was.
    waiting[0] = seen


@compiled
def cell_of(board: Board, lon: float, lat: float) -> int:
    """Find the first cell of one point in degrees: -1 if none, `NOT_ON_EARTH`."""
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        return NOT_ON_EARTH
    x, y = on_lattice(lon), on_lattice(lat)
    return lattice_answer(board, x, y)[0]
