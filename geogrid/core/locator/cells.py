"""The cells of a land without their shapes: what an answer needs to name a leaf and all that is above it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from geogrid.core.land import Land
from geogrid.core.lattice import IntArray, to_lattice
from geogrid.core.leaves import Leaves
from geogrid.core.locator.edges import Words

#: In the place of its level, of a cell that is no longer there.
GONE = -1
ARRAYS = (
    ("levels", "<u1"),
    ("code_start", "<i8"),
    ("codes", "<u1"),
    ("ident", "<u1"),
    ("level", "<i4"),
    ("parent", "<i4"),
    ("box", "<i8"),
)


@dataclass(frozen=True)
class CellTable:
    """Cells, parallel in every array.

    Attributes
    ----------
    levels : tuple of str
        Codes of the levels, from the top downwards.
    code_start : (n + 1,) int64
    codes : uint8
        All codes in UTF-8, end to end.
    ident : (16 n,) uint8
    level : (n,) int32
        Index into `levels`; `GONE` of a cell that a patch took away.
    parent : (n,) int32
        Index among the cells; -1 at the top.
    box : (n, 4) int64
        For leaves the least and largest lattice coordinates: west, south, east, north; else west > east.
    """

    levels: tuple[str, ...]
    code_start: IntArray
    codes: NDArray[np.uint8]
    ident: NDArray[np.uint8]
    level: Words
    parent: Words
    box: IntArray

    @classmethod
    def of(cls, land: Land, leaves: Leaves) -> CellTable:
        """Take the cells of a land, in its order."""
        box = np.tile(NO_BOX, (len(land), 1))
        box[leaves.cell] = to_lattice(shapely.bounds(leaves.shapes)).reshape(-1, 4)
        codes = [code.encode() for code in land.code]
        idents = [ident.bytes if ident is not None else bytes(16) for ident in land.ident]
        levels = tuple(level.code for level in land.levels)
        return cls.from_rows(levels, codes, idents, land.level, land.parent, box)

    @classmethod
    def from_rows(
        cls,
        levels: tuple[str, ...],
        codes: Sequence[bytes],
        idents: Sequence[bytes],
        level: Any,
        parent: Any,
        box: IntArray,
    ) -> CellTable:
        """Take one value for each cell."""
        ends = np.cumsum([0, *map(len, codes)]).astype(np.int64)
        text, ident = np.frombuffer(b"".join(codes), np.uint8), np.frombuffer(b"".join(idents), np.uint8)
        return cls(levels, ends, text, ident, np.asarray(level, np.int32), np.asarray(parent, np.int32), box)

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> CellTable:
        """Take the arrays of a buffer."""
        levels = bytes(arrays["levels"]).decode()
        columns = {name: arrays[name] for name, _ in ARRAYS[1:]}
        return cls(
            tuple(levels.split("\n")) if levels else (), **columns | {"box": arrays["box"].reshape(-1, 4)}
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays as a buffer takes them."""
        columns = {name: getattr(self, name) for name, _ in ARRAYS[1:]}
        return {"levels": np.frombuffer("\n".join(self.levels).encode(), np.uint8), **columns}

    def __len__(self) -> int:
        return len(self.level)

    def code_bytes(self, cell: int) -> bytes:
        """Give the code of a cell in UTF-8: what the tie rule compares."""
        return bytes(self.codes[self.code_start[cell] : self.code_start[cell + 1]])

    def code(self, cell: int) -> str:
        """Give the code of a cell."""
        return self.code_bytes(cell).decode()

    def ident_bytes(self, cell: int) -> bytes:
        """Give the 16 bytes of the ident of a cell."""
        return bytes(self.ident[16 * cell : 16 * cell + 16])

    def uuid(self, cell: int) -> UUID:
        """Give the ident of a cell."""
        return UUID(bytes=self.ident_bytes(cell))

    @cached_property
    def by_ident(self) -> dict[bytes, int]:
        """The cells that are there, by the bytes of their idents."""
        there = np.flatnonzero(self.level != GONE).tolist()
        return {self.ident_bytes(cell): cell for cell in there}

    def numbers_of(self, other: CellTable) -> IntArray:
        """Give for each cell of another table its number here, -1 if it is not there; a last -1 for none."""
        ours, n = self.by_ident, len(other)
        return np.array([*(ours.get(other.ident_bytes(cell), -1) for cell in range(n)), -1], dtype=np.int64)

    @cached_property
    def rows(self) -> list[tuple[bytes, bytes]]:
        """Code and ident of each cell, in bytes."""
        text, ident = self.codes.tobytes(), self.ident.tobytes()
        codes = [text[a:b] for a, b in itertools.pairwise(self.code_start.tolist())]
        return [(code, ident[16 * n : 16 * n + 16]) for n, code in enumerate(codes)]

    @cached_property
    def ancestors(self) -> Words:
        """The cell of each level that each cell is in, itself on its own: (n, levels) int32, -1 for none."""
        found = np.full((len(self), len(self.levels)), -1, dtype=np.int32)
        up = np.where(self.level == GONE, -1, np.arange(len(self))).astype(np.int64)
        for _ in range(len(self.levels)):
            climbing = np.flatnonzero(up >= 0)
            found[climbing, self.level[up[climbing]]] = up[climbing]
            up[climbing] = self.parent[up[climbing]]
        return found

    def on_levels(self, cell: IntArray) -> Words:
        """Give for leaves the cell of each level: (n, levels) int32; -1 for none, and all -1 for leaf -1."""
        none = np.full((1, len(self.levels)), -1, dtype=np.int32)
        return np.concatenate([self.ancestors, none])[cell]


#: The box of a cell that is no leaf.
NO_BOX = np.array([1, 1, 0, 0], dtype=np.int64)
