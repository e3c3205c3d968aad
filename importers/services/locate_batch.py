"""Locate a table that arrives while the answer leaves: memory stays flat, whatever its length."""

from __future__ import annotations

import codecs
import io
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO

from geogrid.core.errors import BadInput, GeogridError, NotReady, TooLarge, UnreadableFile
from importers.readers.texts import encoding_named
from importers.services.json_table import MOST_BYTES as MOST_JSON_BYTES
from importers.services.json_table import JsonTable
from importers.services.locate_file import table_locate
from importers.services.located_tables import DelimitedTable, ParquetTable, Table
from importers.services.point_cells import PointCells
from importers.services.spool import Spool
from importers.services.workbook import WorkbookTable

logger = logging.getLogger(__name__)

MOST_BYTES = 256 << 20
MOST_ROWS = 5_000_000
_HEAD = 1 << 16
_NAME = "the body"

#: Of each process: the others of its threads go on answering who asks for one place.
_at_once = threading.BoundedSemaphore(1)

MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def batch_locate(
    body: IO[bytes],
    length: int,
    kind: str,
    *,
    charset: str | None,
    cells: Callable[[], PointCells],
    fields: tuple[str | None, str | None],
) -> Iterator[bytes]:
    """Locate a body of a length and a kind, a key of `MEDIA_TYPES`; give the answer piece by piece.

    All that can be refused before the first row is located is refused before this returns.

    Raises
    ------
    BadInput, UnreadableFile
        If the body is no table, or has no coordinates.
    TooLarge
        If it is longer, or has more rows, than is taken.
    NotReady
        If another body is being located already.
    """
    most = MOST_JSON_BYTES if kind == "json" else MOST_BYTES
    if length > most:
        raise TooLarge(
            f"the body has {length:,} bytes, and at most {most:,} are taken; send it in parts",
            most_bytes=most,
        )
    if not _at_once.acquire(blocking=False):
        raise NotReady("another table is being located; ask again soon")
    pieces = _pieces(body, kind, charset, cells, fields)
    try:
        first = next(pieces)
    except BaseException:
        pieces.close()
        raise
    return _answer(first, pieces)


def _answer(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from pieces
    except GeogridError as error:
        # What was sent cannot be taken back; an answer that breaks off is not taken for a whole one.
        logger.warning("the answer to a table breaks off: %s", error)
        raise


def _pieces(
    body: IO[bytes],
    kind: str,
    charset: str | None,
    cells: Callable[[], PointCells],
    fields: tuple[str | None, str | None],
) -> Iterator[bytes]:
    try:
        with ExitStack() as files:
            spool = files.enter_context(Spool(body))
            table = _table(spool, kind, charset, files)
            if table.rows is not None and table.rows > MOST_ROWS:
                raise _too_many(table.rows)
            out = _Chunks()
            for done in table_locate(table, _NAME, out, cells(), fields):
                if done.rows > MOST_ROWS:
                    raise _too_many(done.rows)
                yield out.taken()
            yield out.taken()
    finally:
        _at_once.release()


def _too_many(rows: int) -> TooLarge:
    return TooLarge(f"the body has {rows:,} rows or more, and at most {MOST_ROWS:,} are taken", rows=rows)


def _table(spool: Spool, kind: str, charset: str | None, files: ExitStack) -> Table:
    if kind == "csv":
        return DelimitedTable.of(_NAME, _text(spool, charset), files)
    path = spool.wait()
    if path.stat().st_size == 0:
        raise UnreadableFile("the body is empty (0 bytes).")
    if kind == "json":
        return JsonTable(path)
    return ParquetTable(path, files) if kind == "parquet" else WorkbookTable(path, files)


def _text(spool: Spool, charset: str | None) -> IO[str]:
    """Read text that arrives: in the encoding that is named, by its mark, else UTF-8, else GB 18030."""
    stream = io.BufferedReader(spool, _HEAD)
    head = stream.peek(_HEAD)[:_HEAD]
    if not head:
        raise UnreadableFile("the body is empty (0 bytes).")
    encoding = encoding_named(charset) if charset else None
    if charset and encoding is None:
        raise BadInput(f'"{charset}" is not an encoding; name one as utf-8, gb18030 or cp1252')
    if encoding in {None, "utf-8"}:
        marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if marked else "geogrid-utf-8-or-gb18030" if encoding is None else "utf-8-sig"
    if encoding == "geogrid-utf-8-or-gb18030":
        return _Guessed(stream)  # type: ignore[return-value]
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


class _Guessed:
    """Lines that are UTF-8, or GB 18030 from the first that is not, if all before were ASCII."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._encoding = "utf-8-sig"
        self._sure = False

    def __iter__(self) -> Iterator[str]:
        while line := self.readline():
            yield line

    def read(self, size: int) -> str:
        """Read lines of about so many characters."""
        text = ""
        while len(text) < size and (line := self.readline()):
            text += line
        return text

    def readline(self) -> str:
        """Read a line."""
        line = self._stream.readline()
        try:
            text = line.decode(self._encoding)
        except UnicodeDecodeError as error:
            if self._sure:
                raise UnreadableFile(
                    f"the body is not text in {self._encoding} ({error.reason}); name its charset"
                ) from error
            self._encoding = "gb18030"
            self._sure = True
            return self._decoded_late(line)
        self._sure = self._sure or not text.isascii()
        if self._encoding == "utf-8-sig":
            self._encoding = "utf-8"
        return text

    def _decoded_late(self, line: bytes) -> str:
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise UnreadableFile("the body is neither UTF-8 nor GB 18030 text; name its charset") from error


class _Chunks(io.RawIOBase):
    """What is written, taken away piece by piece."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Keep bytes."""
        self._kept.append(bytes(data))
        self._written += len(self._kept[-1])
        return len(self._kept[-1])

    def tell(self) -> int:
        """Tell how much was written."""
        return self._written

    def taken(self) -> bytes:
        """Take what was written since."""
        kept, self._kept = b"".join(self._kept), []
        return kept
