"""Tables that are read in pieces and written again with columns added: delimited text and Parquet."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from geogrid.core.errors import UnreadableFile
from importers.readers.delimited import delimiter_of, field_names
from importers.readers.texts import encoding_of
from importers.services.point_cells import Answers, Column

ROWS_AT_ONCE = 20_000
ANSWER_COLUMNS = ("on_edge", "outside", "locate_error")
POSTS = "responsible"

_SNIFFED = 1 << 16
_PARQUET_ROWS_AT_ONCE = 131_072

Coordinates = tuple[Column, Column]
Piece = tuple[Any, Coordinates, dict[int, str]]


class Table(Protocol):
    """A table that is read in pieces, each of which is written before the next is read."""

    fields: tuple[str, ...]
    rows: int | None

    def begin(self, out: IO[bytes], columns: Sequence[str]) -> None:
        """Begin what is written, with columns added."""

    def pieces(self, where: tuple[str, str]) -> Iterator[Piece]:
        """Give pieces, the coordinates in each, and why rows of it have no place."""

    def put(self, piece: Any, answers: Answers) -> None:
        """Write a piece with its answers."""

    def end(self) -> None:
        """Finish what is written."""


class DelimitedTable:
    """Delimited text; what was in a cell stays in it, character by character."""

    rows: int | None = None

    def __init__(self, path: Path, files: ExitStack) -> None:
        """Open a file, in its own encoding."""
        source = files.enter_context(path.open(encoding=encoding_of(path), newline=""))
        self._open(path.name, source, files)

    @classmethod
    def of(cls, name: str, source: IO[str], files: ExitStack) -> DelimitedTable:
        """Take text that arrives; it is read once."""
        table = cls.__new__(cls)
        table._open(name, source, files)  # noqa: SLF001 -- its own
        return table

    def _open(self, name: str, source: IO[str], files: ExitStack) -> None:
        self._name, self._files = name, files
        # A cell may be longer than the limit that the csv module starts with.
        csv.field_size_limit(sys.maxsize)
        head = source.read(_SNIFFED)
        if "\x00" in head:
            raise UnreadableFile(f"{name} is not text, and no other format that is read here.")
        self._delimiter = delimiter_of(head)
        self._reader = csv.reader(_Lines(head, source), delimiter=self._delimiter, strict=True)
        self._records = self._read()
        self._header = next(self._records, [])
        self.fields, _ = field_names(Path(name), self._header)

    def _read(self) -> Iterator[list[str]]:
        try:
            # Lines with nothing in them are no rows.
            yield from filter(None, self._reader)
        except csv.Error as error:
            raise UnreadableFile(
                f"{self._name} cannot be read as delimited text near line {self._reader.line_num}: "
                f"{error}; is a quotation mark missing there?"
            ) from error

    def begin(self, out: IO[bytes], columns: Sequence[str]) -> None:
        """Begin the file that is written, in UTF-8 with a mark, so that spreadsheets show Chinese text."""
        out.write(b"\xef\xbb\xbf")
        self._writer = csv.writer(_Encoded(out), delimiter=self._delimiter)
        self._writer.writerow([*self._header, *columns])

    def pieces(self, where: tuple[str, str]) -> Iterator[Piece]:
        """Give pieces of the table, the texts of their coordinates, and what is wrong with some rows."""
        lon, lat = (self.fields.index(name) for name in where)
        width = len(self.fields)
        while rows := list(islice(self._records, ROWS_AT_ONCE)):
            faults = {
                index: f"has {len(row)} fields where the header has {width}"
                for index, row in enumerate(rows)
                if len(row) > width and any(map(str.strip, row[width:]))
            }
            texts = [pa.array([row[at] if at < len(row) else None for row in rows]) for at in (lon, lat)]
            yield rows, (texts[0].cast(pa.string()), texts[1].cast(pa.string())), faults

    def put(self, piece: list[list[str]], answers: Answers) -> None:
        """Write rows with their answers; what a row has beyond the header comes after them."""
        width = len(self._header)
        for row, said in zip(piece, zip(*texts_of(answers), strict=True), strict=True):
            if len(row) == width:
                row.extend(said)
                continue
            beyond = row[width:] if any(map(str.strip, row[width:])) else []
            row[:] = [*row[:width], *[""] * (width - len(row)), *said, *beyond]
        self._writer.writerows(piece)

    def end(self) -> None:
        """Nothing is left to write."""


def texts_of(answers: Answers) -> list[list[str]]:
    """Give the answers as columns of text."""
    placed = answers.placed
    faults = [""] * len(placed)
    for row, fault in answers.faults.items():
        faults[row] = fault
    truths = [np.where(truth, "true", "false") for truth in (answers.on_edge, answers.outside)]
    columns = [*(codes.tolist() for codes in answers.codes)]
    columns += [np.where(placed, truth, "").tolist() for truth in truths]
    posts = [answers.posts.tolist()] if answers.posts is not None else []
    return [*columns, faults, *posts]


class ParquetTable:
    """Parquet; the columns keep their types."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        """Open a file."""
        self._files, self._path = files, path
        try:
            self._source = files.enter_context(pq.ParquetFile(path))
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{path.name} is not a Parquet file, or it is damaged.") from error
        self.fields = tuple(self._source.schema_arrow.names)
        self.rows: int | None = self._source.metadata.num_rows

    def begin(self, out: IO[bytes], columns: Sequence[str]) -> None:
        """Begin the file that is written."""
        schema = self._source.schema_arrow
        for name in columns:
            schema = schema.append(pa.field(name, pa.bool_() if name in ANSWER_COLUMNS[:2] else pa.string()))
        self._schema = schema
        self._writer = self._files.enter_context(pq.ParquetWriter(out, schema))

    def pieces(self, where: tuple[str, str]) -> Iterator[Piece]:
        """Give pieces of the table and their coordinates."""
        try:
            for batch in self._source.iter_batches(batch_size=_PARQUET_ROWS_AT_ONCE):
                lon, lat = (batch.column(self.fields.index(name)) for name in where)
                yield batch, (lon, lat), {}
        except (pa.ArrowException, OSError) as error:
            raise UnreadableFile(f"{self._path.name} is damaged; get a complete copy.") from error

    def put(self, piece: pa.RecordBatch, answers: Answers) -> None:
        """Write rows with their answers."""
        unknown = ~answers.placed
        faults = np.full(len(unknown), None, dtype=object)
        faults[list(answers.faults)] = list(answers.faults.values())
        added = [_coded(codes) for codes in answers.codes]
        added += [pa.array(truth, mask=unknown) for truth in (answers.on_edge, answers.outside)]
        added.append(pa.array(faults, pa.string()))
        if answers.posts is not None:
            added.append(_coded(answers.posts))
        self._writer.write_batch(pa.record_batch([*piece.columns, *added], schema=self._schema))

    def end(self) -> None:
        """Write what stands at the end of such a file."""
        self._writer.close()


def _coded(texts: np.ndarray[Any, np.dtype[np.object_]]) -> pa.Array:
    return pa.array(texts, pa.string(), mask=texts == "")  # type: ignore[call-overload]


class _Lines:
    """Lines of text of which the beginning has been read already."""

    def __init__(self, head: str, rest: IO[str]) -> None:
        whole = head + rest.readline()
        self._lines = io.StringIO(whole, newline="")
        self._rest = rest

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        yield from self._rest


class _Encoded:
    """Lets the csv module write text where bytes are wanted."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Write a line."""
        return self._out.write(text.encode("utf-8"))
