"""Parts of a partitioned table of points, each assigned by itself: a file in, a file out.

Workers on other machines run this: it needs neither Django nor a database, only the bytes of the locator's
own file. What is written says what it was made of, so that a part is not made twice.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geogrid.core.errors import BadInput, GeogridError, UnreadableFile
from geogrid.core.locator import CellIndex, Reason

ROWS_AT_ONCE = 262_144
ADDED = ("cell", "method")
_STAMP = b"geogrid"
#: To be raised when the same input gets another output.
_FORM = 1
_METHODS = np.array(["within", "gap", "outside", "boundary_tiebreak", None], dtype=object)
_TIE, _NO_PLACE = 3, 4
_FOOT = 1 << 16


@dataclass(frozen=True)
class Part:
    """What to do with one file.

    Attributes
    ----------
    source, target : str
        Paths, as the workers see them.
    lon, lat : str
        The columns of the coordinates; both empty where `geometry` is.
    geometry : str
        The column of points as WKB.
    """

    source: str
    target: str
    lon: str
    lat: str
    geometry: str


@dataclass(frozen=True)
class Done:
    """What became of one file; `fault` says why nothing did."""

    target: str
    rows: int = 0
    assigned: int = 0
    in_gap: int = 0
    outside: int = 0
    without_place: int = 0
    seconds: float = 0.0
    skipped: bool = False
    fault: str = ""


def part_assign(part: Part, locator: bytes | memoryview | np.ndarray[Any, Any], fingerprint: str) -> Done:
    """Assign the points of one file; a file that was made of the same already is left as it is."""
    began = time.monotonic()
    try:
        stamp = part_stamp(part, fingerprint)
        if part_is_done(part, stamp):
            rows = pq.read_metadata(part.target).num_rows
            return Done(part.target, rows=rows, skipped=True)
        counts = _assign(part, _index(_Bytes(locator, fingerprint)), stamp)
    except GeogridError as error:
        return Done(part.target, fault=error.message)
    return Done(part.target, *counts, seconds=time.monotonic() - began)


def part_stamp(part: Part, fingerprint: str) -> str:
    """Say what the output of a part is made of: the land, the form, the source by its size and its foot."""
    try:
        with open(part.source, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _FOOT, 0))
            foot = file.read()
    except OSError as error:
        raise UnreadableFile(f"{part.source} cannot be read: {error.strerror or error}") from error
    columns = (part.lon, part.lat, part.geometry)
    told = repr((_FORM, fingerprint, columns, size, hashlib.sha256(foot).hexdigest()))
    return hashlib.sha256(told.encode()).hexdigest()


def part_is_done(part: Part, stamp: str) -> bool:
    """Tell whether the output is there, whole, and made of just this."""
    try:
        metadata = pq.read_schema(part.target).metadata or {}
    except (pa.ArrowException, OSError):
        return False
    found: bool = metadata.get(_STAMP) == stamp.encode()
    return found


class _Bytes:
    """Bytes that are known by their fingerprint, so that an index is made of them once a process."""

    def __init__(self, data: Any, fingerprint: str) -> None:
        self.data, self.fingerprint = data, fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes) and other.fingerprint == self.fingerprint


@lru_cache(maxsize=2)
def _index(given: _Bytes) -> CellIndex:
    index = CellIndex.from_buffer(np.frombuffer(given.data, dtype=np.uint8), "the locator that was sent")
    if index.fingerprint != given.fingerprint:
        raise BadInput("the locator that was sent is of another land")
    return index


def _assign(part: Part, index: CellIndex, stamp: str) -> tuple[int, int, int, int, int]:
    target = Path(part.target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with pq.ParquetFile(part.source) as source:
            schema = _schema(source.schema_arrow, part, index, stamp)
            with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
                counts = np.zeros(len(_METHODS), dtype=np.int64)
                for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
                    added, method = _answers(batch, part, index)
                    writer.write_batch(pa.record_batch([*batch.columns, *added], schema=schema))
                    counts += np.bincount(method, minlength=len(_METHODS))
        temporary.replace(target)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"{part.source}: {str(error)[:300]}") from error
    finally:
        temporary.unlink(missing_ok=True)
    within, gap, outside, tie, without = counts.tolist()
    return int(counts.sum()), within + tie, gap, outside, without


def _schema(schema: pa.Schema, part: Part, index: CellIndex, stamp: str) -> pa.Schema:
    for name in (part.lon, part.lat, part.geometry):
        if name and name not in schema.names:
            raise BadInput(f"{part.source} has no column {name}; it has {', '.join(schema.names)[:300]}")
    coded = pa.dictionary(pa.int32(), pa.string())
    for name in (*ADDED, *level_columns(index.cells.levels)):
        if name in schema.names:
            raise BadInput(f"{part.source} has a column {name} already, which would be added")
        schema = schema.append(pa.field(name, coded))
    return schema.with_metadata({**(schema.metadata or {}), _STAMP: stamp})


def level_columns(levels: Sequence[str]) -> tuple[str, ...]:
    """Name the columns with the code of the cell on each level."""
    return tuple(f"cell_{level}" for level in levels)


def _answers(
    batch: pa.RecordBatch, part: Part, index: CellIndex
) -> tuple[list[pa.Array], np.ndarray[Any, np.dtype[np.int64]]]:
    lonlat = _places(batch, part)
    placed = np.flatnonzero(
        np.isfinite(lonlat).all(axis=1) & (np.abs(np.nan_to_num(lonlat)) <= [180.0, 90.0]).all(axis=1)
    )
    located = index.points(lonlat[placed])
    method = np.full(len(lonlat), _NO_PLACE, dtype=np.int64)
    method[placed] = located.reason
    method[placed[located.several]] = _TIE
    assert (Reason.IN_CELL, Reason.GAP, Reason.OUTSIDE) == (0, 1, 2)
    cell = np.full(len(lonlat), -1, dtype=np.int64)
    cell[placed] = located.leaf
    codes = _codes(index)
    told = pa.DictionaryArray.from_arrays(
        pa.array(method, pa.int32(), mask=method == _NO_PLACE), pa.array(_METHODS[:-1], pa.string())
    )
    columns = [_coded(cell, codes), told]
    return [*columns, *(_coded(column, codes) for column in index.on_levels(cell).T)], method


def _codes(index: CellIndex) -> pa.Array:
    codes = index.__dict__.get("_arrow_codes")
    if codes is None:
        codes = pa.array([index.cells.code(cell) for cell in range(len(index.cells))], pa.string())
        index.__dict__["_arrow_codes"] = codes
    return codes


def _coded(cell: Any, codes: pa.Array) -> pa.DictionaryArray:
    """Give codes by numbers, with a dictionary of those that occur."""
    used, place = np.unique(cell, return_inverse=True)
    there = used[used >= 0]
    places = (place - (len(used) - len(there))).astype(np.int32)
    return pa.DictionaryArray.from_arrays(
        pa.array(places, pa.int32(), mask=places < 0), codes.take(pa.array(there))
    )


def _places(batch: pa.RecordBatch, part: Part) -> np.ndarray[Any, np.dtype[np.float64]]:
    if part.geometry:
        points = shapely.from_wkb(batch.column(part.geometry).to_numpy(zero_copy_only=False))
        kinds = shapely.get_type_id(points)
        if ((kinds != shapely.GeometryType.POINT) & ~shapely.is_missing(points)).any():
            raise BadInput(
                f"{part.source} holds other geometries than points; assign those in the database instead"
            )
        return np.stack([shapely.get_x(points), shapely.get_y(points)], axis=1)
    columns = [batch.column(name) for name in (part.lon, part.lat)]
    numbers = [column.cast(pa.float64()).to_numpy(zero_copy_only=False) for column in columns]
    return np.stack(numbers, axis=1)
