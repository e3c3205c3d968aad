"""Build the raster and the blocks of a land: squares in parallel, squares in squares where edges crowd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geogrid.core.compiling import compiled
from geogrid.core.lattice import IntArray
from geogrid.core.locator.edges import Edges, Words
from geogrid.core.locator.frame import Frame
from geogrid.core.locator.listing import bands_of, edges_by_square
from geogrid.core.locator.threads import in_threads
from geogrid.core.locator.walking import Listed, padded, value_of, walk

#: From so many edges on a square is divided again; so deep, it takes more to be divided once more: the edges
#: that meet in one corner cannot be told apart by squares.
HEAVY = 48
_DEEP, _DEEPEST, _MUCH_HEAVIER = 2, 6, 20
_NEVER = 1 << 30
#: Words of a block for each listed edge, at most about; and a listing itself.
_BYTES_PER_LISTING = 32
#: What says that a frame begins, in place of how many narrow edges a block has.
FRAME = -1
#: Words before the raster of a frame in words.
FRAME_HEAD = 8


@dataclass(frozen=True)
class Squares:
    """A raster and its blocks.

    Attributes
    ----------
    frame : Frame
    raster : (rows, cols) int32
        See `geogrid.core.locator.walking`.
    words : (k,) int32
        Blocks: see `geogrid.core.locator.writing`. In the place of a block there may be another frame:
        -1, kx, ky, columns, rows, how many words it has in all, 0, 0, its raster, its blocks. Where those
        begin is told from there.
    """

    frame: Frame
    raster: Words
    words: Words


def squares_of(edges: Edges, cell: Words, bytes_at_most: int) -> Squares:
    """Build the squares of a land, as fine as its edges ask for and the memory allows.

    Parameters
    ----------
    edges : Edges
        Their owners are numbers of polygons, in byte order of the codes.
    cell : (m,) int32
        What is to be answered for each polygon, such as its place among the cells of the land.
    bytes_at_most : int
        What raster and blocks may take, if the edges themselves do not take more.
    """
    which = np.flatnonzero(edges.owner >= 0).astype(np.int32)
    most = max(bytes_at_most // 16, 1)
    while True:
        frame = Frame.for_edges(edges, most)
        listings = (bytes_at_most - 4 * frame.squares) // _BYTES_PER_LISTING
        built = _framed(edges, which, cell, frame, np.zeros(0, dtype=np.int32), 0, listings)
        if built is not None:
            return built
        most = frame.squares // 4


def squares_within(edges: Edges, cell: Words, frame: Frame, holders: Words) -> Squares:
    """Build the squares of a given frame, whose lower left corner some polygons hold, told ascending."""
    which = np.flatnonzero(edges.owner >= 0).astype(np.int32)
    built = _framed(edges, which, cell, frame, holders, 0, _NEVER)
    assert built is not None
    return built


def _framed(
    edges: Edges, which: Words, cell: Words, frame: Frame, holders: Words, depth: int, listings: int
) -> Squares | None:
    bands = bands_of(frame, len(which))
    # A single square cannot be made coarser.
    by_square = edges_by_square(edges, which, frame, bands, listings if frame.squares > 1 else _NEVER)
    if by_square is None:
        return None
    start, listed = by_square
    raster = np.empty((frame.rows, frame.cols), dtype=np.int32)
    g, heavy_from = frame.numbers, _heavy_at(depth)

    land = Listed(edges.xy, edges.owner, cell, which, start, listed)
    made = in_threads(lambda rows: walk(land, g, holders, rows, heavy_from, raster), bands)
    blocks = [words for words, *_ in made]
    base = np.concatenate([[0], np.cumsum([len(words) for words in blocks])])
    for (first, end), at in zip(bands, base.tolist(), strict=False):
        if at:
            move(raster[first:end].reshape(-1), at)
    used = int(base[-1])
    for _, heavy, corner, corner_start in made:
        for n, square in enumerate(heavy.tolist()):
            row, col = divmod(square, frame.cols)
            mine = listed[start[square] : start[square + 1]]
            inner = frame.divided(row, col, 2 * len(mine))
            held = corner[corner_start[n] : corner_start[n + 1]].copy()
            nested = _framed(edges, mine, cell, inner, held, depth + 1, _NEVER)
            assert nested is not None
            raster[row, col] = value_of(used)
            blocks.append(_as_block(nested))
            used += len(blocks[-1])
    return Squares(frame, raster, np.concatenate(blocks))


def _heavy_at(depth: int) -> int:
    if depth >= _DEEPEST:
        return _NEVER
    return HEAVY * (_MUCH_HEAVIER if depth >= _DEEP else 1)


def _as_block(nested: Squares) -> Words:
    """Put a frame in words, to stand where a block would."""
    frame, size = nested.frame, nested.raster.size
    before = padded(FRAME_HEAD + size)
    words = np.zeros(before + len(nested.words), dtype=np.int32)
    words[:6] = FRAME, frame.kx, frame.ky, frame.cols, frame.rows, len(words)
    words[FRAME_HEAD : FRAME_HEAD + size] = nested.raster.reshape(-1)
    move(words[FRAME_HEAD : FRAME_HEAD + size], before)
    words[before:] = nested.words
    return words


@compiled
def move(raster: Words, by: int) -> None:
    """Say in a raster that its blocks are so many words further on."""
    for square in range(len(raster)):
        if raster[square] < -1:
            raster[square] -= by // 4


def frame_numbers(frame: Frame, words: Words) -> IntArray:
    """Give a frame and how many words there are, as the compiled questions take them: (7,) int64."""
    return np.append(frame.numbers, len(words))
