"""The index of an edition: one flat buffer, which travels as a file, answers with cells, takes patches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.locator import container
from geogrid.core.locator.cells import ARRAYS as CELL_ARRAYS
from geogrid.core.locator.cells import CellTable
from geogrid.core.locator.container import Buffer
from geogrid.core.locator.located import Located, located
from geogrid.core.locator.points import NOTHING, PointIndex

if TYPE_CHECKING:
    from geogrid.core.locator.patching import Patch

KIND = b"GGCELLS"
_POINT_ARRAYS = (("grid", "<i8"), ("raster", "<i4"), ("words", "<i4"))
_ARRAYS = (
    *((f"leaf_{name}", dtype) for name, dtype in _POINT_ARRAYS),
    *((f"ground_{name}", dtype) for name, dtype in _POINT_ARRAYS),
    *CELL_ARRAYS,
)


@dataclass(frozen=True)
class CellIndex:
    """Answers for points without the shapes, and without a database.

    Attributes
    ----------
    fingerprint : str
        Of the land, as its maker gave it.
    leaves : PointIndex
        It answers with cells.
    ground : PointIndex
        The land in which a place without a leaf is a gap.
    cells : CellTable
        In the order of the land it was built of; a patch leaves them their numbers and adds new ones.
    """

    fingerprint: str
    leaves: PointIndex
    ground: PointIndex
    cells: CellTable

    def points(self, lonlat: FloatArray) -> Located:
        """Locate (n, 2) points in degrees; see `Locator.points`. Leaves are numbers of `cells`."""
        return located(self.leaves, lambda: self.ground, lonlat)

    def leaf_at(self, lon: float, lat: float) -> int:
        """Find the leaf that holds a point in degrees: an index into `cells`, -1 if none does.

        Raises
        ------
        BadCoordinates
            If it is not on the earth.
        """
        return self.leaves.cell_at(lon, lat)

    def on_levels(self, leaf: IntArray) -> IntArray:
        """Give for each of (n,) leaves the cell on every level, (n, levels), -1 where there is none."""
        return self.cells.on_levels(leaf).astype(np.int64)

    @cached_property
    def buffer(self) -> Buffer:
        """All of it in one row of bytes: what the file holds."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, index in (("leaf", self.leaves), ("ground", self.ground)):
            flat = index.compacted() if len(index.more) else index
            arrays |= {f"{name}_grid": flat.grid, f"{name}_raster": flat.raster, f"{name}_words": flat.words}
        return container.pack(KIND, arrays | self.cells.arrays, self.fingerprint)

    @classmethod
    def from_buffer(cls, buffer: Buffer, name: str = "the buffer") -> CellIndex:
        """Take a buffer; nothing is copied.

        Raises
        ------
        UnreadableFile
            If it is not one, or not whole.
        """
        packed = container.unpack(buffer, KIND, _ARRAYS, name)
        found = packed.arrays
        leaves, ground = (
            PointIndex.read_only(found[f"{of}_grid"], found[f"{of}_raster"], found[f"{of}_words"], NOTHING)
            for of in ("leaf", "ground")
        )
        index = cls(packed.fingerprint, leaves, ground, CellTable.from_arrays(found))
        index.__dict__["buffer"] = packed.buffer
        return index

    def save(self, path: Path) -> None:
        """Write it as a file: whoever opens the path finds the whole old file or the whole new one."""
        container.write(self.buffer, path)

    @classmethod
    def load(cls, path: Path, *, check: bool = False) -> CellIndex:
        """Map a file, which all processes that do share.

        Parameters
        ----------
        path : Path
        check : bool
            Whether to read all of it and check every byte; else the head and the length are checked.

        Raises
        ------
        UnreadableFile
            If it is missing, foreign, of another version, damaged or cut off.
        """
        buffer = container.mapped(path)
        index = cls.from_buffer(buffer, path.name)
        if check:
            container.check_body(buffer, path.name)
        return index

    def patched(self, patch: Patch) -> CellIndex:
        """Lay a patch over it: the answers are those of the land that the patch was made for."""
        return patch.laid_over(self)

    def compacted(self) -> CellIndex:
        """Make one buffer of it and its patches again; cells keep their numbers."""
        return CellIndex.from_buffer(self.buffer)
