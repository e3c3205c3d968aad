"""From square to square along a row: who holds each corner, and the words that answer for each square."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Words
from geogrid.core.locator.turning import first_above, is_above, turn_exactly
from geogrid.core.locator.writing import (
    GATHERED,
    GROUP,
    HEAD,
    LOADED,
    MORE,
    WIDE,
    add_rays,
    as_word,
    gather,
    load,
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


class Listed(NamedTuple):
    """Polygons, and which of their edges each square has: see `Edges` and `edges_by_square`.

    Attributes
    ----------
    xy, owner
        The edges.
    cell : (m,) int32
        What to answer for each polygon.
    which : (k,) int32
        The edges that count.
    start, listed
        Those of each square.
    """

    xy: IntArray
    owner: Words
    cell: Words
    which: Words
    start: Words
    listed: Words


class Room(NamedTuple):
    """Room to work on one square.

    Attributes
    ----------
    near, found : (n, 5), (n, 6) int64
        Edges as they are loaded and gathered.
    heads : int32
        For `gather`.
    candidates, active : (m + 1,) int32
        The polygons that may hold points of the square, and those that hold its corner, ascending.
    """

    near: IntArray
    found: IntArray
    heads: Words
    candidates: Words
    active: Words


@compiled
def _room(land: Listed, first: int, end: int) -> Room:
    """Make room for any of the squares from the first to before the end."""
    most = 1
    for square in range(first, end):
        most = max(most, land.start[square + 1] - land.start[square])
    near, found = np.empty((most, LOADED), dtype=np.int64), np.empty((3 * most, GATHERED), dtype=np.int64)
    polygons = len(land.cell) + 1
    candidates, active = np.empty(polygons, dtype=np.int32), np.empty(polygons, dtype=np.int32)
    return Room(near, found, np.empty(4 * most, dtype=np.int32), candidates, active)


@compiled
def _with_room(words: Words, used: int, more: int) -> Words:
    if used + more <= len(words):
        return words
    wider = np.empty(2 * (used + more), dtype=np.int32)
    wider[:used] = words[:used]
    return wider


@compiled
def _candidates(room: Room, held: int, edges: int) -> int:
    """Give how many polygons a square may hold points of: holders of its corner, and owners of edges."""
    found = room.candidates
    found[:held] = room.active[:held]
    size = held
    for edge in range(edges):
        owner = room.near[edge, 4]
        at = place_of(found, size, owner)
        if at == size or found[at] != owner:
            size = toggled(found, size, owner)
    return size


@compiled
def _holding(room: Room, held: int, first: int, count: int) -> int:
    """Give the set of those candidates that hold the corner, a bit each."""
    holding = 0
    for bit in range(count if held else 0):
        at = place_of(room.active, held, room.candidates[first + bit])
        if at < held and room.active[at] == room.candidates[first + bit]:
            holding |= 1 << bit
    return holding


@compiled
def _block(
    room: Room, cell: Words, edges: int, held: int, box: tuple[int, int, int, int], out: Words, used: int
) -> tuple[Words, int]:
    """Write the block of a square; give the words, which may have been moved, and how many there are."""
    x0, y0, top, kx = box
    total = _candidates(room, held, edges)
    first = 0
    while first < total:
        count = min(GROUP, total - first)
        size = gather(room.near, edges, room.candidates, first, count, room.found, room.heads)
        size, holding = add_rays(room.found, size, x0, y0, top, _holding(room, held, first, count))
        out = _with_room(out, used, HEAD + count + WIDE * size + _UNIT)
        head = used
        for bit in range(count):
            out[head + HEAD + bit] = cell[room.candidates[first + bit]]
        out[head + 3] = as_word(holding)
        first += count
        out[head + 2] = count + (MORE if first < total else 0)
        used = write_edges(room.found, size, (x0, y0, kx), out, head + HEAD + count, head)
    while used % _UNIT:
        out[used] = 0
        used += 1
    return out, used


@compiled
def _left_states(land: Listed, g: IntArray) -> tuple[Words, IntArray]:
    """Find the rows in which a polygon begins or ends to hold the left side of a frame.

    Returns
    -------
    owners : (k,) int32
    rows : (k,) int64
        Lattice rows: from there on it is the other way round.
    """
    x0, y0 = g[0], g[1]
    top = y0 + (g[5] << g[3])
    owners, rows = np.empty(8, dtype=np.int32), np.empty(8, dtype=np.int64)
    count = 0
    for edge in land.which:
        ax, ay, bx, by = land.xy[edge, 0], land.xy[edge, 1], land.xy[edge + 1, 0], land.xy[edge + 1, 1]
        if (ax <= x0) == (bx <= x0):
            continue
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        row = top + 1 if is_above(ax, ay, bx, by, x0, y0) else first_above(ax, ay, bx, by, x0, y0, top)
        if row <= top:
            if count == len(owners):
                owners = np.concatenate((owners, np.empty(count, dtype=np.int32)))
                rows = np.concatenate((rows, np.empty(count, dtype=np.int64)))
            owners[count], rows[count] = land.owner[edge], row
            count += 1
    return owners[:count], rows[:count]


@compiled
def _walk_on(room: Room, edges: int, held: int, x: int, y: int, next_x: int) -> int:
    """Go from one corner to the next in its row: what crosses the way there switches its owner."""
    near = room.near
    for edge in range(edges):
        if near[edge, 1] <= y < near[edge, 3]:
            ax, ay, bx, by = near[edge, 0], near[edge, 1], near[edge, 2], near[edge, 3]
            if turn_exactly(ax, ay, bx, by, x, y) > 0 and turn_exactly(ax, ay, bx, by, next_x, y) <= 0:
                held = toggled(room.active, held, near[edge, 4])
    return held


@compiled
def _first_holders(room: Room, holders: Words, left_owner: Words, left_row: IntArray, y: int) -> int:
    """Find who holds the first corner of a row."""
    held = len(holders)
    room.active[:held] = holders
    for i in range(len(left_owner)):
        if left_row[i] <= y:
            held = toggled(room.active, held, left_owner[i])
    return held


@compiled
def _put_aside(
    aside: tuple[Words, Words, Words], count: int, square: int, holders: Words
) -> tuple[Words, Words, Words]:
    """Note a square that is to be divided, and who holds its corner, behind `count` others: see `walk`."""
    heavy, corner, corner_start = aside
    begin = corner_start[count]
    heavy, corner = _with_room(heavy, count, 1), _with_room(corner, begin, len(holders))
    corner_start = _with_room(corner_start, count + 1, 1)
    heavy[count] = square
    corner[begin : begin + len(holders)] = holders
    corner_start[count + 1] = begin + len(holders)
    return heavy, corner, corner_start


@compiled
def walk(
    land: Listed, g: IntArray, holders: Words, rows: tuple[int, int], heavy_from: int, raster: Words
) -> tuple[Words, Words, Words, Words]:
    """Write the squares of a band of rows.

    Parameters
    ----------
    land : Listed
    g : (6,) int64
        The frame.
    holders : int32, ascending
        The polygons that hold the lower left corner of the frame.
    rows : (first, end)
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
        The polygons that hold the lower left corner of each of those, and where they begin.
    """
    x0, y0, kx, ky, cols = g[0], g[1], g[2], g[3], g[4]
    first, end = rows
    room = _room(land, first * cols, end * cols)
    out = np.empty(64 + 5 * (land.start[end * cols] - land.start[first * cols]), dtype=np.int32)
    used = heavies = 0
    aside = np.empty(4, np.int32), np.empty(4, np.int32), np.zeros(5, np.int32)
    left_owner, left_row = _left_states(land, g)
    for row in range(first, end):
        y = y0 + (row << ky)
        held = _first_holders(room, holders, left_owner, left_row, y)
        for col in range(cols):
            square = row * cols + col
            begin, edges = land.start[square], land.start[square + 1] - land.start[square]
            if edges == 0 and held < 2:
                raster[row, col] = land.cell[room.active[0]] if held else NOBODY
                continue
            x = x0 + (col << kx)
            load(land.xy, land.owner, land.listed[begin : begin + edges], room.near)
            if edges >= heavy_from and kx + ky > 0:
                aside = _put_aside(aside, heavies, square, room.active[:held])
                heavies += 1
            else:
                raster[row, col] = value_of(used)
                box = (x, y, y + (1 << ky) - 1, kx)
                out, used = _block(room, land.cell, edges, held, box, out, used)
            held = _walk_on(room, edges, held, x, y, x + (1 << kx))
    heavy, corner, corner_start = aside
    return out[:used], heavy[:heavies], corner[: corner_start[heavies]], corner_start[: heavies + 1]
