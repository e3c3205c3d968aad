"""Read squares back: which edges run there, who holds a corner, and which blocks are still asked."""

from __future__ import annotations

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.asking import COUNT, Board, wide
from geogrid.core.locator.building import FRAME, FRAME_HEAD
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import turn_exactly
from geogrid.core.locator.walking import NOBODY, block_at, padded, value_of
from geogrid.core.locator.writing import HEAD, MORE, NARROW, WIDE
from geogrid.core.predicates import BoolArray

#: Numbers of an edge as it is read: four coordinates, a cell, the block it was found in.
READ = 6
_LOW = 0xFFFFFFFF


@compiled
def group_end(words: Words, at: int) -> int:
    """Give where a group ends."""
    return at + HEAD + int(words[at + 2] & COUNT) + NARROW * int(words[at]) + WIDE * int(words[at + 1])


@compiled
def _block_end(words: Words, at: int) -> int:
    """Give where a block, or the frame in its place, ends."""
    if words[at] == FRAME:
        return at + int(words[at + 5])
    more = True
    while more:
        more = (words[at + 2] & MORE) != 0
        at = group_end(words, at)
    return int(padded(at))


@compiled
def edge_of(words: Words, at: int, number: int) -> tuple[int, int, int, int, int]:
    """Give the ends of an edge of a group, seen from the square's corner, and its owners."""
    narrow = words[at]
    first = at + HEAD + (words[at + 2] & COUNT)
    if number < narrow:
        e = first + NARROW * number
        return words[e], words[e + 1], words[e + 2], words[e + 3], words[e + 4] & _LOW
    e = first + NARROW * narrow + WIDE * (number - narrow)
    return wide(words, e), wide(words, e + 2), wide(words, e + 4), wide(words, e + 6), words[e + 8] & _LOW


@compiled
def live_words(board: Board, raster: Words) -> Words:
    """Copy the blocks that a raster asks for, one after the other, and say so in the raster."""
    g = board.grid
    used = 0
    for square in range(len(raster)):
        if raster[square] < NOBODY:
            at = block_at(raster[square])
            if at < g[6]:
                used += _block_end(board.words, at) - at
            else:
                used += _block_end(board.more, at - g[6]) - (at - g[6])
    out = np.empty(used, dtype=np.int32)
    used = 0
    for square in range(len(raster)):
        if raster[square] < NOBODY:
            at = block_at(raster[square])
            words = board.words if at < g[6] else board.more
            at = at if at < g[6] else at - g[6]
            end = _block_end(words, at)
            out[used : used + end - at] = words[at:end]
            raster[square] = value_of(used)
            used += end - at
    return out


@compiled
def _read_block(words: Words, at: int, x0: int, y0: int, found: IntArray, count: int) -> tuple[IntArray, int]:
    """Add the edges of a block, once for each owner; those of no border are left out."""
    block = count
    more = True
    while more:
        for number in range(words[at] + words[at + 1]):
            ax, ay, bx, by, owners = edge_of(words, at, number)
            bit = 0
            while owners != 0 and not ax == bx == -1:
                if owners & 1:
                    if count == len(found):
                        found = np.concatenate((found, np.empty_like(found)))
                    found[count, 0], found[count, 1], found[count, 2] = ax + x0, ay + y0, bx + x0
                    found[count, 3], found[count, 4], found[count, 5] = by + y0, words[at + HEAD + bit], block
                    count += 1
                owners >>= 1
                bit += 1
        more = (words[at + 2] & MORE) != 0
        at = group_end(words, at)
    return found, count


@compiled
def edges_of_squares(board: Board, col: int, row: int, cols: int, rows: int) -> IntArray:
    """Read the edges of a rectangle of squares.

    Returns
    -------
    (k, 6) int64
        Ends in lattice coordinates, the cell whose border it is, and a number of the block; an edge comes
        once for each block that it is in, and as often as it is in the border of the cell.
    """
    g = board.grid
    found, count = np.empty((64, READ), dtype=np.int64), 0
    waiting, size = np.empty((64, 3), dtype=np.int64), 0
    for r in range(max(row, 0), min(row + rows, g[5])):
        for c in range(max(col, 0), min(col + cols, g[4])):
            value = board.raster[r * g[4] + c]
            if value >= NOBODY:
                continue
            begin = block_at(value)
            words = board.words if begin < g[6] else board.more
            waiting[0, 0] = begin if begin < g[6] else begin - g[6]
            waiting[0, 1], waiting[0, 2] = g[0] + (c << g[2]), g[1] + (r << g[3])
            size = 1
            while size > 0:
                size -= 1
                at, x0, y0 = waiting[size, 0], waiting[size, 1], waiting[size, 2]
                if words[at] == FRAME:
                    waiting, size = _wait_for_frame(words, at, x0, y0, waiting, size)
                else:
                    found, count = _read_block(words, at, x0, y0, found, count)
    return found[:count]


@compiled
def _wait_for_frame(
    words: Words, at: int, x0: int, y0: int, waiting: IntArray, size: int
) -> tuple[IntArray, int]:
    """Put the blocks of a frame on the list of what is to be read."""
    kx, ky, cols = int(words[at + 1]), int(words[at + 2]), words[at + 3]
    for square in range(cols * words[at + 4]):
        value = words[at + FRAME_HEAD + square]
        if value < NOBODY:
            if size == len(waiting):
                waiting = np.concatenate((waiting, np.empty_like(waiting)))
            waiting[size, 0] = at + block_at(value)
            waiting[size, 1], waiting[size, 2] = x0 + (square % cols << kx), y0 + (square // cols << ky)
            size += 1
    return waiting, size


@compiled
def corner_holders(board: Board, col: int, row: int) -> IntArray:
    """Find the cells that hold the lower left corner of a square, in the sense of `is_above`."""
    g = board.grid
    if not (0 <= col < g[4] and 0 <= row < g[5]):
        return np.empty(0, dtype=np.int64)
    value = int(board.raster[row * g[4] + col])
    at = block_at(value)
    words = board.words if at < g[6] else board.more
    at = at if at < g[6] else at - g[6]
    while value < NOBODY and words[at] == FRAME:
        value = int(words[at + FRAME_HEAD])
        at += block_at(value)
    if value >= NOBODY:
        return np.full(1 if value >= 0 else 0, value, dtype=np.int64)
    return _corner_of_block(words, at)


@compiled
def _corner_of_block(words: Words, at: int) -> IntArray:
    """Count all that is left of the corner or runs through it."""
    found, count = np.empty(32, dtype=np.int64), 0
    more = True
    while more:
        held = words[at + 3] & _LOW
        for number in range(words[at] + words[at + 1]):
            ax, ay, bx, by, owners = edge_of(words, at, number)
            if ay <= 0 < by and turn_exactly(ax, ay, bx, by, 0, 0) <= 0:
                held ^= owners
        for bit in range(words[at + 2] & COUNT):
            if (held >> bit) & 1:
                if count == len(found):
                    found = np.concatenate((found, np.empty_like(found)))
                found[count] = words[at + HEAD + bit]
                count += 1
        more = (words[at + 2] & MORE) != 0
        at = group_end(words, at)
    return found[:count]


@compiled
def _odd(members: int) -> bool:
    """Tell whether a set has an odd number of members."""
    odd = False
    while members:
        members &= members - 1
        odd = not odd
    return odd


@compiled
def _is_covered(words: Words, at: int) -> bool:
    """Tell whether leaves surely hold all of a square: an odd number of them everywhere.

    So it is if an odd number holds the corner, and every edge switches an even number.
    """
    if (words[at + 2] & MORE) != 0 or not _odd(words[at + 3] & _LOW):
        return False
    even = True
    for number in range(words[at] + words[at + 1]):
        even &= not _odd(edge_of(words, at, number)[4])
    return even


@compiled
def covered_squares(board: Board, col: int, row: int, cols: int, rows: int) -> BoolArray:
    """Tell for each square of a rectangle whether leaves surely hold all of it: (rows, cols) bool."""
    g = board.grid
    covered = np.zeros((rows, cols), dtype=np.bool_)
    waiting, size = np.empty((64, 3), dtype=np.int64), 0
    for r in range(max(row, 0), min(row + rows, g[5])):
        for c in range(max(col, 0), min(col + cols, g[4])):
            value = int(board.raster[r * g[4] + c])
            whole = value != NOBODY
            size = 0
            begin = block_at(value)
            words = board.words if begin < g[6] else board.more
            if value < NOBODY:
                waiting[0, 0] = begin if begin < g[6] else begin - g[6]
                size = 1
            while size > 0 and whole:
                size -= 1
                at = waiting[size, 0]
                if words[at] == FRAME:
                    whole = not _has_nobody(words, at)
                    waiting, size = _wait_for_frame(words, at, 0, 0, waiting, size)
                else:
                    whole = _is_covered(words, at)
            covered[r - row, c - col] = whole
    return covered


@compiled
def _has_nobody(words: Words, at: int) -> bool:
    """Tell whether a frame has a square that nobody holds anything of."""
    nobody = False
    for square in range(words[at + 3] * words[at + 4]):
        nobody |= words[at + FRAME_HEAD + square] == NOBODY
    return nobody
