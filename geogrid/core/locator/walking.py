"""From square to square along a row: who holds each corner, and the words that answer for each square."""

from __future__ import annotations

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import first_above, is_above, turn_exactly
from geogrid.core.locator.writing import (
    GROUP,
    HEAD,
    MORE,
    WIDE,
    add_rays,
    as_word,
    gather,
    place_of,
    toggled,
    write_edges,
)

#: What the raster says of a square that no leaf holds anything of. From 0 on it is the cell that holds all of
#: it; below, `block_at` and its inverse.
NOBODY = -1
_UNIT = 4


@compiled
def block_at(value: int) -> int:
    """Give where the block of a square begins, in words, from what the raster says of it."""
    return -(value + 2) * _UNIT


@compiled
def value_of(block: int) -> int:
    """Say in the raster that the block of a square begins there."""
    return -(block // _UNIT) - 2


@compiled
def padded(words: int) -> int:
    """Give the next place where a block may begin."""
    return (words + _UNIT - 1) // _UNIT * _UNIT


@compiled
def _with_room(words: Words, used: int, more: int) -> Words:
    if used + more <= len(words):
        return words
    wider = np.empty(2 * (used + more), dtype=np.int32)
    wider[:used] = words[:used]
    return wider


@compiled
def _set_with_room(members: Words, count: int) -> Words:
    if count < len(members):
        return members
    wider = np.empty(2 * len(members), dtype=np.int32)
    wider[:count] = members[:count]
    return wider


@compiled
def _candidates(active: Words, held: int, owner: Words, listed: Words, room: Words) -> tuple[Words, int]:
    """Give the polygons that a square may hold points of, ascending: holders of its corner, and owners."""
    if len(room) < held + len(listed):
        room = np.empty(2 * (held + len(listed)), dtype=np.int32)
    room[:held] = active[:held]
    size = held
    for edge in listed:
        at = place_of(room, size, owner[edge])
        if at == size or room[at] != owner[edge]:
            size = toggled(room, size, owner[edge])
    return room, size


@compiled
def _holding(active: Words, held: int, candidates: Words, first: int, count: int) -> int:
    """Give the set of those candidates that hold the corner, a bit each."""
    holding = 0
    for bit in range(count):
        at = place_of(active, held, candidates[first + bit])
        if at < held and active[at] == candidates[first + bit]:
            holding |= 1 << bit
    return holding


@compiled
def _block(
    xy: IntArray,
    owner: Words,
    cell: Words,
    listed: Words,
    active: Words,
    held: int,
    candidates: Words,
    total: int,
    box: tuple[int, int, int],
    found: IntArray,
    heads: Words,
    out: Words,
    used: int,
) -> tuple[Words, int]:
    """Write the block of a square; give the words, which may have been moved, and how many there are."""
    x0, y0, top = box
    first = 0
    while first < total:
        count = min(GROUP, total - first)
        size = gather(xy, owner, listed, candidates, first, count, found, heads)
        holding = _holding(active, held, candidates, first, count)
        size, holding = add_rays(found, size, x0, y0, top, holding)
        out = _with_room(out, used, HEAD + count + WIDE * size + _UNIT)
        head = used
        for bit in range(count):
            out[head + HEAD + bit] = cell[candidates[first + bit]]
        out[head + 3] = as_word(holding)
        first += count
        out[head + 2] = count + (MORE if first < total else 0)
        used = write_edges(found, size, x0, y0, out, head + HEAD + count, head)
    while used % _UNIT:
        out[used] = 0
        used += 1
    return out, used


@compiled
def _left_states(
    xy: IntArray, owner: Words, which: Words, g: IntArray, first: Words
) -> tuple[Words, IntArray]:
    """Find the rows in which a polygon begins or ends to hold the left side of a frame.

    Returns
    -------
    owners : (k,) int32
    rows : (k,) int64
        Lattice rows: from there on it is the other way round.
    """
    x0, y0 = g[0], g[1]
    top = y0 + (g[5] << g[3])
    owners, rows = np.empty(len(first), dtype=np.int32), np.empty(len(first), dtype=np.int64)
    count = 0
    for edge in which:
        ax, ay, bx, by = xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1]
        if (ax <= x0) == (bx <= x0):
            continue
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        if is_above(ax, ay, bx, by, x0, y0):
            continue
        row = first_above(ax, ay, bx, by, x0, y0, top)
        if row <= top:
            if count == len(owners):
                owners = np.concatenate((owners, np.empty(count + 8, dtype=np.int32)))
                rows = np.concatenate((rows, np.empty(count + 8, dtype=np.int64)))
            owners[count], rows[count] = owner[edge], row
            count += 1
    return owners[:count], rows[:count]


@compiled
def _walk_on(
    xy: IntArray, owner: Words, listed: Words, active: Words, held: int, x: int, y: int, next_x: int
) -> tuple[Words, int]:
    """Go from one corner to the next in its row: what crosses the way there switches its owner."""
    for edge in listed:
        ax, ay, bx, by = xy[edge, 0], xy[edge, 1], xy[edge + 1, 0], xy[edge + 1, 1]
        if (ay <= y) == (by <= y):
            continue
        if by < ay:
            ax, ay, bx, by = bx, by, ax, ay
        if turn_exactly(ax, ay, bx, by, x, y) > 0 and turn_exactly(ax, ay, bx, by, next_x, y) <= 0:
            active = _set_with_room(active, held)
            held = toggled(active, held, owner[edge])
    return active, held


@compiled
def walk(
    xy: IntArray,
    owner: Words,
    cell: Words,
    which: Words,
    start: Words,
    listed: Words,
    g: IntArray,
    holders: Words,
    first_row: int,
    end_row: int,
    heavy_from: int,
    raster: Words,
) -> tuple[Words, Words, Words, Words]:
    """Write the squares of a band of rows.

    Parameters
    ----------
    xy, owner
        See `Edges`.
    cell : (m,) int32
        The cell of each polygon.
    which, start, listed
        See `edges_by_square`.
    g : (6,) int64
        The frame.
    holders : int32, ascending
        The polygons that hold the lower left corner of the frame.
    heavy_from : int
        A square with so many edges gets squares of its own.
    raster : (rows, cols) int32
        To be filled; a block is told by where it begins in the words of this band.

    Returns
    -------
    words : int32
        The blocks.
    heavy : int32
        Squares that are left to be divided; the raster still says nothing of them.
    corner, corner_start : int32
        The polygons that hold the lower left corner of each of those.
    """
    x0, y0, kx, ky, cols = g[0], g[1], g[2], g[3], g[4]
    begun = start[first_row * cols]
    out = np.empty(16 + 8 * (start[end_row * cols] - begun), dtype=np.int32)
    used = 0
    heavy, corners = np.empty(4, dtype=np.int32), np.empty(4, dtype=np.int32)
    corner_start = np.zeros(5, dtype=np.int32)
    heavies = 0
    most = 0
    for square in range(first_row * cols, end_row * cols):
        most = max(most, start[square + 1] - start[square])
    found = np.empty((3 * most + 1, 6), dtype=np.int64)
    heads = np.empty(4 * most + 1, dtype=np.int32)
    candidates = np.empty(2 * most + 8, dtype=np.int32)
    left_owner, left_row = _left_states(xy, owner, which, g, holders)
    for row in range(first_row, end_row):
        y = y0 + (row << ky)
        active = np.empty(len(holders) + 8, dtype=np.int32)
        active[: len(holders)] = holders
        held = len(holders)
        for i in range(len(left_owner)):
            if left_row[i] <= y:
                active = _set_with_room(active, held)
                held = toggled(active, held, left_owner[i])
        for col in range(cols):
            square = row * cols + col
            mine = listed[start[square] : start[square + 1]]
            x = x0 + (col << kx)
            if len(mine) == 0 and held < 2:
                raster[row, col] = cell[active[0]] if held else NOBODY
                continue
            if len(mine) >= heavy_from and kx + ky > 0:
                heavy = _set_with_room(heavy, heavies)
                heavy[heavies] = square
                corner_start = _set_with_room(corner_start, heavies + 1)
                corners = _with_room(corners, corner_start[heavies], held)
                corners[corner_start[heavies] : corner_start[heavies] + held] = active[:held]
                heavies += 1
                corner_start[heavies] = corner_start[heavies - 1] + held
            else:
                raster[row, col] = value_of(used)
                candidates, total = _candidates(active, held, owner, mine, candidates)
                slots = 1
                while slots < 2 * len(mine):
                    slots *= 2
                box = (x, y, y + (1 << ky) - 1)
                out, used = _block(
                    xy,
                    owner,
                    cell,
                    mine,
                    active,
                    held,
                    candidates,
                    total,
                    box,
                    found,
                    heads[:slots],
                    out,
                    used,
                )
            if len(mine):
                active, held = _walk_on(xy, owner, mine, active, held, x, y, x + (1 << kx))
    return out[:used], heavy[:heavies], corners, corner_start[: heavies + 1]
