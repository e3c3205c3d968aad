"""Tables that are read in pieces and written again with columns added: delimited text and Parquet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from geogrid.core.errors import UnreadableFile
from importers.readers.delimited import delimiter_of, field_names
from importers.readers.texts import encoding_of
from importers.services.point_cells import PointAnswer, Texts

ROWS_AT_ONCE = 20_000
ANSWER_COLUMNS = ("on_edge", "outside", "locate_error")
PARQUET = (".parquet", ".pq")

_SNIFFED = 1 << 16
_TRUTH = {None: "", True: "true", False: "false"}

Coordinates = tuple[Texts, Texts]


class DelimitedTable:
    """Delimited text; what was in a cell stays in it, character by character."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self._path = path
        self._files = files
        # A cell may be longer than the limit that the csv module starts with.
        csv.field_size_limit(sys.maxsize)
        source = files.enter_context(path.open(encoding=encoding_of(path), newline=""))
        head = source.read(_SNIFFED)
        if "\x00" in head:
            raise UnreadableFile(f"{path.name} is not text, and no other format that is read here.")
        source.seek(0)
        self._delimiter = delimiter_of(head)
        self._reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        self._records = self._read()
        self._header = next(self._records, [])
        self.fields, _ = field_names(path, self._header)

    def _read(self) -> Iterator[list[str]]:
        try:
            # Lines with nothing in them are no rows.
            yield from filter(None, self._reader)
        except csv.Error as error:
            raise UnreadableFile(
                f"{self._path.name} cannot be read as delimited text near line {self._reader.line_num}: "
                f"{error}; is a quotation mark missing there?"
            ) from error

    def begin(self, out: Path, columns: Sequence[str]) -> None:
        """Begin the file that is written, in UTF-8 with a mark, so that spreadsheets show Chinese text."""
        target = self._files.enter_context(out.open("w", encoding="utf-8-sig", newline=""))
        self._writer = csv.writer(target, delimiter=self._delimiter)
        self._writer.writerow([*self._header, *columns])

    def pieces(self, where: tuple[str, str]) -> Iterator[tuple[list[list[str]], Coordinates, dict[int, str]]]:
        """Give pieces of the table, the texts of their coordinates, and what is wrong with some rows."""
        lon, lat = (self.fields.index(name) for name in where)
        width = len(self.fields)
        while rows := list(islice(self._records, ROWS_AT_ONCE)):
            faults = {
                index: f"has {len(row)} fields where the header has {width}"
                for index, row in enumerate(rows)
                if any(map(str.strip, row[width:]))
            }
            texts = ([_cell(row, lon) for row in rows], [_cell(row, lat) for row in rows])
            yield rows, texts, faults

    def put(self, rows: list[list[str]], answers: Sequence[PointAnswer]) -> None:
        """Write rows with their answers; what a row has beyond the header comes after them."""
        width = len(self._header)
        for row, answer in zip(rows, answers, strict=True):
            padding = [""] * (width - len(row))
            beyond = row[width:] if any(map(str.strip, row[width:])) else []
            said = (*answer.cells, _TRUTH[answer.on_edge], _TRUTH[answer.outside], answer.fault)
            self._writer.writerow([*row[:width], *padding, *said, *beyond])


class ParquetTable:
    """Parquet; the columns keep their types."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self._files = files
        self._path = path
        try:
            self._source = files.enter_context(pq.ParquetFile(path))
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{path.name} is not a Parquet file, or it is damaged.") from error
        self.fields = tuple(self._source.schema_arrow.names)

    def begin(self, out: Path, columns: Sequence[str]) -> None:
        """Begin the file that is written."""
        schema = self._source.schema_arrow
        for name in columns:
            schema = schema.append(pa.field(name, pa.bool_() if name in ANSWER_COLUMNS[:2] else pa.string()))
        self._schema = schema
        self._writer = self._files.enter_context(pq.ParquetWriter(out, schema))

    def pieces(self, where: tuple[str, str]) -> Iterator[tuple[pa.RecordBatch, Coordinates, dict[int, str]]]:
        """Give pieces of the table and the texts of their coordinates."""
        try:
            for batch in self._source.iter_batches(batch_size=ROWS_AT_ONCE):
                lon, lat = (_texts(batch.column(self.fields.index(name))) for name in where)
                yield batch, (lon, lat), {}
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{self._path.name} is damaged; get a complete copy.") from error

    def put(self, batch: pa.RecordBatch, answers: Sequence[PointAnswer]) -> None:
        """Write rows with their answers."""
        levels = len(self._schema) - batch.num_columns - len(ANSWER_COLUMNS)
        columns: list[list[Any]] = [[answer.cells[at] or None for answer in answers] for at in range(levels)]
        columns.append([answer.on_edge for answer in answers])
        columns.append([answer.outside for answer in answers])
        columns.append([answer.fault or None for answer in answers])
        types = [field.type for field in self._schema][batch.num_columns :]
        added = [pa.array(column, type=kind) for column, kind in zip(columns, types, strict=True)]
        self._writer.write_batch(pa.record_batch([*batch.columns, *added], schema=self._schema))


def _cell(row: list[str], at: int) -> str | None:
    return row[at] if at < len(row) else None


def _texts(column: pa.Array) -> list[str | None]:
    return [None if value is None else str(value) for value in column.to_pylist()]
