"""Lay what changed over an index: some rectangles of squares anew, and some rows of its cells.

A square holds what each leaf has there apart from what the others have: its edges, and whether it holds the
corner. So the squares that a change meets are made of what the index itself knows of the leaves that stay,
and of the shapes of the new ones; nobody has to be asked for the neighbours (geometry.md 20).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.lattice import IntArray, Shapes, to_lattice
from geogrid.core.locator import container, reading
from geogrid.core.locator.building import move, squares_within
from geogrid.core.locator.cells import ARRAYS as CELL_ARRAYS
from geogrid.core.locator.cells import GONE, NO_BOX, CellTable
from geogrid.core.locator.container import Buffer
from geogrid.core.locator.edges import Edges
from geogrid.core.locator.frame import Frame
from geogrid.core.locator.ground import ground_index
from geogrid.core.locator.index import CellIndex
from geogrid.core.locator.points import PointIndex
from geogrid.core.locator.rectangles import frame_over, put_apart, seen_from, squares_of_boxes

KIND = b"GGPATCH"
_ARRAYS = (
    ("rectangles", "<i8"),
    ("values", "<i4"),
    ("words", "<i4"),
    ("cell", "<i4"),
    *CELL_ARRAYS,
    ("ground_grid", "<i8"),
    ("ground_raster", "<i4"),
    ("ground_words", "<i4"),
)
#: A patch may meet so many squares for each square of the raster; beyond, a new index is the smaller thing.
_MOST = 0.5
_A_FEW = 4096


@dataclass(frozen=True)
class NewCell:
    """A cell that is new, or has another code, parent or shape than before.

    Attributes
    ----------
    ident : UUID
        Of a cell that is there already: then this takes its place.
    code, level : str
    parent : UUID, optional
    shape : shapely Polygon or MultiPolygon, optional
        Longitude/latitude: the land it answers for itself, if it is a leaf.
    """

    ident: UUID
    code: str
    level: str
    parent: UUID | None
    shape: shapely.Geometry | None


@dataclass(frozen=True)
class Patch:
    """What to change in an index.

    Attributes
    ----------
    fingerprint, over : str
        Of the land as it is with the patch, and of the land of the index that it is for.
    rectangles : (q, 4) int64
        First column, first row, columns, rows, in squares of the raster.
    values, words : int32
        The squares of the rectangles, one after the other, and their blocks.
    cell : (c,) int32
        The cells that change; those beyond the last one are new.
    rows : CellTable
        What they change to.
    ground : PointIndex, optional
        In place of the ground, if that changed.
    """

    fingerprint: str
    over: str
    rectangles: IntArray
    values: NDArray[np.int32]
    words: NDArray[np.int32]
    cell: NDArray[np.int32]
    rows: CellTable
    ground: PointIndex | None

    def laid_over(self, index: CellIndex) -> CellIndex:
        """Change an index; the one that is given stays as it is.

        Raises
        ------
        ValueError
            If the patch was made for another one.
        """
        if index.fingerprint != self.over:
            raise ValueError(f"the patch is for {self.over!r}, and the index is {index.fingerprint!r}")
        leaves = self.on_raster(index.leaves)
        ground = self.ground or index.ground
        return CellIndex(self.fingerprint, leaves, ground, _changed(index.cells, self.cell, self.rows))

    def on_raster(self, leaves: PointIndex) -> PointIndex:
        """Change what the leaves are looked up in."""
        grid, raster = _widened(leaves, self.rectangles)
        at = 0
        before = len(leaves.words) + len(leaves.more)
        for col, row, cols, rows in self.rectangles.tolist():
            values = self.values[at : at + cols * rows].copy()
            move(values, before)
            col, row = seen_from(grid, leaves.grid, col, row)  # noqa: PLW2901
            raster[row : row + rows, col : col + cols] = values.reshape(rows, cols)
            at += cols * rows
        more = np.concatenate([leaves.more, self.words])
        return PointIndex.read_only(grid, raster.reshape(-1), leaves.words, more)

    @property
    def buffer(self) -> Buffer:
        """All of it in one row of bytes: what the file holds."""
        none = np.zeros(0, dtype=np.int64)
        ground = self.ground
        arrays = {
            "rectangles": self.rectangles,
            "values": self.values,
            "words": self.words,
            "cell": self.cell,
            **self.rows.arrays,
            "ground_grid": ground.grid if ground else none,
            "ground_raster": ground.raster if ground else none,
            "ground_words": ground.words if ground else none,
        }
        return container.pack(KIND, arrays, self.fingerprint, self.over)

    @classmethod
    def from_buffer(cls, buffer: Buffer, name: str = "the buffer") -> Patch:
        """Take a buffer.

        Raises
        ------
        UnreadableFile
            If it is not one, or not whole.
        """
        packed = container.unpack(buffer, KIND, _ARRAYS, name)
        arrays: dict[str, Any] = packed.arrays
        ground = None
        if len(arrays["ground_grid"]):
            parts = (arrays["ground_grid"], arrays["ground_raster"], arrays["ground_words"])
            ground = PointIndex.read_only(*parts, np.zeros(0, dtype=np.int32))
        own = {name: arrays[name] for name in ("values", "words", "cell")}
        rectangles = arrays["rectangles"].reshape(-1, 4)
        rows = CellTable.from_arrays(arrays)
        return cls(packed.fingerprint, packed.over, rectangles, rows=rows, ground=ground, **own)

    def save(self, path: Path) -> None:
        """Write it as a file: whoever opens the path finds the whole old file or the whole new one."""
        container.write(self.buffer, path)

    @classmethod
    def load(cls, path: Path) -> Patch:
        """Read a file.

        Raises
        ------
        UnreadableFile
            If it is missing, foreign, of another version, damaged or cut off.
        """
        buffer = container.mapped(path)
        patch = cls.from_buffer(buffer, path.name)
        container.check_body(buffer, path.name)
        return patch


def patch_of(
    index: CellIndex,
    gone: Iterable[UUID],
    new: Sequence[NewCell],
    fingerprint: str,
    ground: Shapes | None = None,
) -> Patch | None:
    """Make a patch for an index from what changed.

    Parameters
    ----------
    index : CellIndex
        Of the land before, patched or not.
    gone : iterable of UUID
        The cells that are no more.
    new : sequence of NewCell
        The cells that are new or changed in anything; a leaf that became the parent of others, or the other
        way round, is one.
    fingerprint : str
        Of the land afterwards.
    ground : (k,) shapely Polygon or MultiPolygon, optional
        Where a place without a leaf is a gap, all of it: see `covered_ground`. Needed if that is another
        land now, or if there may be gaps where there were none.

    Returns
    -------
    Patch or None
        None where so much changed that a new index is the better answer, and where land that leaves held
        may be bare now and no ground was given.
    """
    gone_cells = [index.cells.by_ident[ident.bytes] for ident in gone]
    cell, rows = _rows(index.cells, gone_cells, new)
    cells = _changed(index.cells, cell, rows)
    old = cell[cell < len(index.cells)]
    boxes = np.concatenate([index.cells.box[old], rows.box])
    grid = index.leaves.grid
    rectangles = put_apart(squares_of_boxes(boxes[boxes[:, 0] <= boxes[:, 2]], grid))
    whole = frame_over(grid, rectangles)
    if whole.squares > _MOST * grid[4] * grid[5] + grid[4] * grid[5] + _A_FEW:
        return None
    if rectangles[:, 2:].prod(axis=1).sum() > _MOST * grid[4] * grid[5] + _A_FEW:
        return None
    at = {one.ident.bytes: n for n, one in enumerate(new)}
    shapes = {
        number: new[at[cells.ident_bytes(number)]].shape
        for number in cell.tolist()
        if cells.level[number] != GONE
    }
    leaves = {number: shape for number, shape in shapes.items() if shape is not None}
    values, words = _made(index.leaves, cells, set(old.tolist()), leaves, rectangles)
    patch = Patch(fingerprint, index.fingerprint, rectangles, values, words, cell, rows, None)
    laid = patch.on_raster(index.leaves)
    if ground is not None:
        return replace(patch, ground=ground_index(laid, ground))
    return None if _laid_bare(index.leaves, laid, rectangles) else patch


def _laid_bare(before: PointIndex, after: PointIndex, rectangles: IntArray) -> bool:
    """Tell whether a square that leaves held all of may have places without a leaf now."""
    for col, row, cols, rows in rectangles.tolist():
        was = reading.covered_squares(before.board, col, row, cols, rows)
        there = seen_from(after.grid, before.grid, col, row)
        if (was & ~reading.covered_squares(after.board, *there, cols, rows)).any():
            return True
    return False


def _rows(
    cells: CellTable, gone: Sequence[int], new: Sequence[NewCell]
) -> tuple[NDArray[np.int32], CellTable]:
    """Number the cells that change, new ones after the last, and give the rows they get."""
    number = dict.fromkeys((one.ident.bytes for one in new), -1)
    free = len(cells)
    for ident in number:
        number[ident] = cells.by_ident.get(ident, free)
        free += number[ident] == free
    parents = [
        number.get(one.parent.bytes, cells.by_ident.get(one.parent.bytes, -1)) if one.parent else -1
        for one in new
    ]
    level = {code: rank for rank, code in enumerate(cells.levels)}
    box = np.array(
        [NO_BOX if one.shape is None else to_lattice(shapely.bounds(one.shape)) for one in new],
        dtype=np.int64,
    ).reshape(-1, 4)
    rows = CellTable.from_rows(
        cells.levels,
        [*(b"" for _ in gone), *(one.code.encode() for one in new)],
        [*(cells.ident_bytes(cell) for cell in gone), *(one.ident.bytes for one in new)],
        [*(GONE for _ in gone), *(level[one.level] for one in new)],
        [*(-1 for _ in gone), *parents],
        np.concatenate([np.tile(NO_BOX, (len(gone), 1)), box]),
    )
    return np.array([*gone, *number.values()], dtype=np.int32), rows


def _changed(cells: CellTable, cell: NDArray[np.int32], rows: CellTable) -> CellTable:
    """Put rows in the place of others, and after the last."""
    total = max(len(cells), int(cell.max(initial=-1)) + 1)
    pairs = cells.rows + [(b"", b"")] * (total - len(cells))
    for number, pair in zip(cell.tolist(), rows.rows, strict=True):
        pairs[number] = pair

    def column(old: Any, new: Any) -> Any:
        wider = np.concatenate([old, np.zeros((total - len(old), *old.shape[1:]), dtype=old.dtype)])
        wider[cell] = new
        return wider

    codes, idents = zip(*pairs, strict=True) if pairs else ((), ())
    level, parent = column(cells.level, rows.level), column(cells.parent, rows.parent)
    return CellTable.from_rows(cells.levels, codes, idents, level, parent, column(cells.box, rows.box))


def _widened(leaves: PointIndex, rectangles: IntArray) -> tuple[IntArray, NDArray[np.int32]]:
    """Copy a raster, wide enough for rectangles: its grid, and (rows, cols) int32."""
    old = leaves.grid
    frame = frame_over(old, rectangles)
    grid = np.append(frame.numbers, old[6])
    raster = np.full((frame.rows, frame.cols), -1, dtype=np.int32)
    col, row = seen_from(grid, old, 0, 0)
    raster[row : row + old[5], col : col + old[4]] = leaves.raster.reshape(old[5], old[4])
    return grid, raster


def _made(
    base: PointIndex,
    cells: CellTable,
    old: set[int],
    leaves: dict[int, shapely.Geometry],
    rectangles: IntArray,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Build the squares of rectangles: their values, and their blocks."""
    numbers = np.array(list(leaves), dtype=np.int64)
    shapes = np.empty(len(leaves), dtype=object)
    shapes[:] = list(leaves.values())
    boxes = squares_of_boxes(to_lattice(shapely.bounds(shapes)).reshape(-1, 4), base.grid)
    values, words, used = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], 0
    for col, row, cols, rows in rectangles.tolist():
        inside = (boxes[:, 0] >= col) & (boxes[:, 2] <= col + cols)
        inside &= (boxes[:, 1] >= row) & (boxes[:, 3] <= row + rows)
        kept, holders = _kept(base, old, (col, row, cols, rows))
        mine = np.flatnonzero(inside)
        present = sorted(
            {*numbers[mine].tolist(), *kept[:, 4].tolist(), *holders.tolist()},
            key=lambda n: (cells.code_bytes(n), n),
        )
        place = np.full(len(cells), -1, dtype=np.int64)
        place[present] = np.arange(len(present))
        new = Edges.of(shapes[mine])
        owner = np.where(new.owner < 0, -1, place[np.append(numbers[mine], 0)[new.owner]]).astype(np.int32)
        edges = Edges(new.xy, owner).and_of(Edges.joined(kept[:, :4], place[kept[:, 4]]))
        x0, y0, kx, ky = base.grid[:4].tolist()
        frame = Frame(x0 + (col << kx), y0 + (row << ky), kx, ky, cols, rows)
        held = np.sort(place[holders]).astype(np.int32)
        built = squares_within(edges, np.array(present, dtype=np.int32), frame, held)
        raster = built.raster.reshape(-1)
        move(raster, used)
        values.append(raster)
        words.append(built.words)
        used += len(built.words)
    return np.concatenate(values), np.concatenate(words)


def _kept(base: PointIndex, old: set[int], rectangle: tuple[int, int, int, int]) -> tuple[IntArray, IntArray]:
    """Read what the leaves that stay have in a rectangle: their edges, and those that hold its corner."""
    col, row, cols, rows = rectangle
    changing = np.array(sorted(old), dtype=np.int64)
    edges: IntArray = reading.edges_of_squares(base.board, col, row, cols, rows)
    edges = edges[~np.isin(edges[:, 4], changing)]
    holders: IntArray = reading.corner_holders(base.board, col, row)
    # An edge is in several blocks, and may be twice in one: count the copies in each block.
    edges = edges[np.lexsort(edges.T[::-1])]
    new = np.ones(len(edges), dtype=bool)
    new[1:] = (edges[1:] != edges[:-1]).any(axis=1)
    begun = np.flatnonzero(new)
    copy = np.arange(len(edges)) - begun[np.cumsum(new) - 1] if len(edges) else np.zeros(0, dtype=np.int64)
    once = np.unique(np.column_stack([edges[:, :5], copy]), axis=0)
    return once[:, :5], holders[~np.isin(holders, changing)]
