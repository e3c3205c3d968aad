"""What answers tell beside the locator: names, kinds, borders of leaves, land beside the partition.

An Arrow file with a check sum, which is mapped: only what is looked at is in memory, once for all
processes. A row for each cell, in the order of the land and of its locator.
"""

from __future__ import annotations

import operator
import os
import struct
import tempfile
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import shapely

from geogrid.core.errors import UnreadableFile
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray, IntArray
from geogrid.core.leaves import Leaves
from geogrid.core.locator.cells import GONE, CellTable
from geogrid.core.outlines import Outline, Outlines, outlines_of

_SCHEMA = pa.schema(
    [
        ("ident", pa.binary(16)),
        ("code", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("level", pa.string()),
        ("parent", pa.int32()),
        ("outline", pa.large_binary()),
        ("rings", pa.large_binary()),
        ("beside", pa.large_binary()),
    ]
)
#: In place of a cell that is gone: words and an identity of nobody, no land.
_NOBODY = {"ident": bytes(16), "code": "", "name": "", "kind": "", "level": ""}
_PRINT = b"fingerprint"
#: After what Arrow writes: a check sum of it.
_CHECK = struct.Struct("<I")


@dataclass(frozen=True)
class CellFacts:
    """The rows, as one record batch."""

    rows: pa.RecordBatch

    @classmethod
    def of(cls, land: Land, leaves: Leaves, kinds: Mapping[UUID, str], fingerprint: str) -> CellFacts:
        """Take the cells of a land."""
        levels = [land.levels[int(number)] for number in land.level]
        beside = np.array([not level.divides_land for level in levels], dtype=bool) & land.has_land
        outlines = outlines_of(leaves.shapes)
        columns = [
            [ident.bytes for ident in land.ident],
            list(land.code),
            list(land.name),
            [kinds.get(ident, "") for ident in land.ident],
            [level.code for level in levels],
            land.parent.tolist(),
            _spread(len(land), leaves.cell, [outline.xy.tobytes() for outline in outlines]),
            _spread(len(land), leaves.cell, [outline.ring.tobytes() for outline in outlines]),
            _spread(len(land), np.flatnonzero(beside), shapely.to_wkb(land.shapes[beside])),
        ]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        schema = _SCHEMA.with_metadata({_PRINT: fingerprint})
        return cls(pa.RecordBatch.from_arrays(arrays, schema=schema))

    def renewed(self, part: CellFacts, cells: CellTable, touched: Collection[UUID]) -> CellFacts:
        """Take the touched cells from a part of the new land, all in the order of a patched locator.

        Parameters
        ----------
        part : CellFacts
            Of land that has all touched cells that are still there.
        cells : CellTable
            Of the locator: first the cells that have rows here, then new ones.
        touched : collection of UUID
            Cells that are new, changed or gone.
        """
        there = {ident: row for row, ident in enumerate(part.rows.column("ident").to_pylist())}
        blank = len(self) + len(part)
        rows = np.arange(len(cells))
        for ident in map(operator.attrgetter("bytes"), touched):
            at = cells.by_ident.get(ident)
            if at is not None:
                rows[at] = len(self) + there[ident]
        rows[cells.level == GONE] = blank
        taken = pa.array(rows)
        columns = []
        for field in _SCHEMA:
            nobody = pa.array([_NOBODY.get(field.name)], field.type)
            all_rows = [self.rows.column(field.name), part.rows.column(field.name), nobody]
            columns.append(pa.concat_arrays(all_rows).take(taken))
        columns[_SCHEMA.get_field_index("parent")] = pa.array(cells.parent, pa.int32())
        return CellFacts(pa.RecordBatch.from_arrays(columns, schema=part.rows.schema))

    def save(self, path: Path) -> None:
        """Write it as a file, whole or not at all."""
        number, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, self.rows.schema) as writer:
                writer.write_batch(self.rows)
            arrow = sink.getvalue()
            with os.fdopen(number, "wb") as file:
                file.write(arrow)
                file.write(_CHECK.pack(zlib.crc32(arrow)))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> CellFacts:
        """Map a file.

        Raises
        ------
        UnreadableFile
            If it is missing, damaged, or of another land.
        """
        try:
            whole = pa.memory_map(str(path)).read_buffer()
            arrow = whole.slice(0, max(whole.size - _CHECK.size, 0))
            if whole[arrow.size :].to_pybytes() != _CHECK.pack(zlib.crc32(arrow)):
                raise UnreadableFile(f"{path.name} is damaged")
            rows = pa.ipc.open_file(arrow).get_batch(0)
        except (OSError, ValueError, struct.error, pa.ArrowException) as error:
            raise UnreadableFile(f"{path.name} is no file of cells: {error}") from error
        if (rows.schema.metadata or {}).get(_PRINT) != fingerprint.encode() or not rows.schema.equals(
            _SCHEMA
        ):
            raise UnreadableFile(f"{path.name} is of another land, or another version")
        return cls(rows)

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def row(self, cell: int) -> tuple[UUID, dict[str, str], int]:
        """Give the ident of a cell, what answers tell of it, and the cell above it, -1 if there is none."""
        told = {name: self.rows.column(name)[cell].as_py() for name in ("level", "code", "name", "kind")}
        parent: int = self.rows.column("parent")[cell].as_py()
        return UUID(bytes=self.rows.column("ident")[cell].as_py()), told, parent

    def outline(self, leaf: int) -> Outline:
        """Give the border of a leaf."""
        xy, ring = (self.rows.column(name)[leaf].as_buffer() for name in ("outline", "rings"))
        return Outline(np.frombuffer(xy).reshape(-1, 2), np.frombuffer(ring, dtype=np.int64))

    def outlines(self, leaves: np.ndarray, degrees: FloatArray) -> Outlines:
        """Give the borders of leaves, of which the earlier counts, and whose boxes these are; not copied."""
        (vertex, xy), (rings, ring) = (_flat(self.rows.column(name)) for name in ("outline", "rings"))
        borders = np.frombuffer(xy).reshape(-1, 2), vertex // 16, np.frombuffer(ring, np.int64), rings // 8
        return Outlines.of(borders, leaves, degrees)

    @cached_property
    def beside(self) -> tuple[list[int], shapely.STRtree]:
        """Find the cells with land that divide none, such as sites: their places and a tree of shapes."""
        column = self.rows.column("beside")
        cells = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)).tolist()
        return cells, shapely.STRtree(shapely.from_wkb([column[cell].as_py() for cell in cells]))


def _spread(count: int, cells: np.ndarray, values: list[bytes] | np.ndarray) -> list[bytes | None]:
    column: list[bytes | None] = [None] * count
    for cell, value in zip(cells.tolist(), values, strict=True):
        column[cell] = value
    return column


def _flat(column: pa.Array) -> tuple[IntArray, pa.Buffer]:
    """Give where the bytes of each cell begin, and the bytes of all."""
    _, offsets, told = column.buffers()
    return np.frombuffer(offsets, np.int64, len(column) + 1), told or pa.py_buffer(b"")
