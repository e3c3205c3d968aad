"""Ask squares for boxes instead of points: whether a border meets a box, and if none does, who holds it."""

from __future__ import annotations

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.asking import Board, lattice_answer
from geogrid.core.locator.building import FRAME, FRAME_HEAD
from geogrid.core.locator.edges import Words
from geogrid.core.locator.reading import edge_of, group_end
from geogrid.core.locator.turning import turn_exactly
from geogrid.core.locator.walking import NOBODY, block_at
from geogrid.core.locator.writing import MORE

#: What is said of a box that a border meets, that several leaves hold, or that reaches over too much.
MANY = -2
#: So many squares are looked at for one box; what is larger is rarely in one leaf.
_SQUARES_AT_MOST = 64
# Frames and blocks that wait to be looked at; a box that meets more is not told.
_WAITING = 256


@compiled
def _is_met(ends: tuple[int, int, int, int], west: int, south: int, east: int, north: int) -> bool:
    """Tell whether an edge, which runs upwards or to the east, has a point in a closed box; exactly."""
    ax, ay, bx, by = ends
    if max(ax, bx) < west or min(ax, bx) > east or by < south or ay > north:
        return False
    # Of the four corners two are the farthest to the left and to the right of the edge.
    if ax < bx:
        return (
            turn_exactly(ax, ay, bx, by, west, north) >= 0 and turn_exactly(ax, ay, bx, by, east, south) <= 0
        )
    return turn_exactly(ax, ay, bx, by, west, south) >= 0 and turn_exactly(ax, ay, bx, by, east, north) <= 0


@compiled
def _block_is_clear(words: Words, at: int, box: IntArray) -> bool:
    """Tell whether no border in a block meets a box, seen from the square's corner."""
    west, south, east, north = box[0], box[1], box[2], box[3]
    more = True
    while more:
        for number in range(words[at] + words[at + 1]):
            ax, ay, bx, by, _ = edge_of(words, at, number)
            # What stands one step to the left of the square is no border: see `add_rays`.
            if not ax == bx == -1 and _is_met((ax, ay, bx, by), west, south, east, north):
                return False
        more = (words[at + 2] & MORE) != 0
        at = group_end(words, at)
    return True


@compiled
def _clipped(box: IntArray, x: int, y: int, kx: int, ky: int, out: IntArray) -> None:
    """Write the part of a box in a closed square, seen from the square's corner, which is at (x, y)."""
    out[0], out[1] = max(box[0] - x, 0), max(box[1] - y, 0)
    out[2], out[3] = min(box[2] - x, 1 << kx), min(box[3] - y, 1 << ky)


@compiled
def _wait_for_squares(words: Words, frame: int, waiting: IntArray, size: int) -> int:
    """Put the blocks of a frame in words that a box meets on the list; -1 if there is no room.

    The frame and the box are in the row behind the last of the list.
    """
    kx, ky, cols, rows = words[frame + 1], words[frame + 2], words[frame + 3], words[frame + 4]
    box = waiting[size, 1:].copy()
    for row in range(box[1] >> ky, min(box[3] >> ky, rows - 1) + 1):
        for col in range(box[0] >> kx, min(box[2] >> kx, cols - 1) + 1):
            value = words[frame + FRAME_HEAD + row * cols + col]
            if value < NOBODY:
                if size == len(waiting):
                    return -1
                waiting[size, 0] = frame + block_at(value)
                _clipped(box, col << kx, row << ky, kx, ky, waiting[size, 1:])
                size += 1
    return size


@compiled
def _square_is_clear(words: Words, waiting: IntArray) -> bool:
    """Tell whether no border in a square meets a box; block or frame and box are the first of the list."""
    size = 1
    while size > 0:
        size -= 1
        at = waiting[size, 0]
        if words[at] == FRAME:
            size = _wait_for_squares(words, at, waiting, size)
            if size < 0:
                return False
        elif not _block_is_clear(words, at, waiting[size, 1:]):
            return False
    return True


@compiled
def _cell_of_box(board: Board, box: IntArray, waiting: IntArray) -> int:
    g = board.grid
    x0, y0, kx, ky = g[0], g[1], g[2], g[3]
    west, south = (box[0] - x0) >> kx, (box[1] - y0) >> ky
    east, north = (box[2] - x0) >> kx, (box[3] - y0) >> ky
    if west < 0 or south < 0 or east >= g[4] or north >= g[5]:
        return MANY
    # Far apart they may be so many that their product is no number any more.
    if max(east - west, north - south) >= _SQUARES_AT_MOST:
        return MANY
    if (east - west + 1) * (north - south + 1) > _SQUARES_AT_MOST:
        return MANY
    for row in range(south, north + 1):
        for col in range(west, east + 1):
            value = board.raster[row * g[4] + col]
            if value < NOBODY:
                at = block_at(value)
                words = board.words if at < g[6] else board.more
                waiting[0, 0] = at if at < g[6] else at - g[6]
                _clipped(box, x0 + (col << kx), y0 + (row << ky), kx, ky, waiting[0, 1:])
                if not _square_is_clear(words, waiting):
                    return MANY
    # Without a border in it all of the box has one answer.
    cell, _, several = lattice_answer(board, box[0], box[1])
    return MANY if several else cell


@compiled
def cells_of_boxes(board: Board, boxes: IntArray, cell: IntArray) -> None:
    """Find for closed boxes the one cell that holds all of each, away from its border.

    Parameters
    ----------
    board : Board
    boxes : (n, 4) int64
        Lattice positions: west, south, east, north.
    cell : (n,) int64
        Gets the answers: -1 where no cell holds anything of it, `MANY` where that is not known.
    """
    waiting = np.empty((_WAITING, 5), dtype=np.int64)
    for i in range(len(boxes)):
        cell[i] = _cell_of_box(board, boxes[i], waiting)
