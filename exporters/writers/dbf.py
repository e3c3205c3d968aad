"""The attribute table of a shapefile (dBASE III), written byte by byte.

GDAL's own writer cuts long texts, prints reals with 15 decimals whatever their size, writes truth values as
letters and measures widths in its own way; here every value is stored whole or handed to the overflow.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporters.writers.field_names import cut
from exporters.writers.table import ExportField, ExportTable
from exporters.writers.values import as_text, plain_values, require_encodable

ENCODINGS = {"utf-8": ("UTF-8", 0x00), "gbk": ("936", 0x4D)}
"""Encoding → what the .cpg says, and the language byte of the .dbf."""

MAX_TEXT_BYTES = 254
MAX_FIELDS = 255
_HEADER = struct.Struct("<B3BIHH20x")
_DESCRIPTOR = struct.Struct("<11sc4xBB14x")
_LANGUAGE_BYTE = 29
_SHORT_INTEGER = 9
_LONG_INTEGER = 18
_TIME_WIDTH = 32
_REAL_WIDTH = 24
_REAL_DECIMALS = 15


@dataclass(frozen=True)
class Overflow:
    """A text that its field could not hold as it is."""

    row: int
    field: str
    value: str


@dataclass(frozen=True)
class DbfColumn:
    """One field of the .dbf: where its values come from and how they are laid out."""

    source: ExportField
    name: str
    kind: str
    width: int
    decimals: int


def plan_columns(table: ExportTable, names: Sequence[str], encoding: str) -> list[DbfColumn]:
    """Measure every column and choose its type and width; one pass over the values.

    Integers of more than 18 characters become text: readers take such numbers for reals and lose digits.

    Raises
    ------
    BadInput
        If a value is not of its kind or has a character that the encoding lacks.
    """
    return [_planned(table, field, name, encoding) for field, name in zip(table.fields, names, strict=True)]


def file_size(columns: Sequence[DbfColumn], rows: int) -> int:
    """Compute the size of the .dbf in bytes."""
    return _header_size(columns) + rows * _record_size(columns) + 1


def write_dbf(
    path: Path, table: ExportTable, columns: Sequence[DbfColumn], encoding: str
) -> Iterator[Overflow]:
    """Write the .dbf and yield every text that a field could not hold as it is; consume all of it."""
    with path.open("wb") as file:
        file.write(_header(columns, len(table), encoding))
        for rows in table.chunks():
            cells: list[list[bytes]] = []
            for column in columns:
                values = plain_values(column.source, table.columns[column.source.name][rows], rows.start)
                if column.kind == "C":
                    yield from _overflows(column, values, rows.start, encoding)
                lay_out = _LAYOUTS[column.kind]
                cells.append([lay_out(value, column, encoding) for value in values])
            if cells:
                file.write(b"".join([b" " + b"".join(record) for record in zip(*cells, strict=True)]))
            else:
                file.write(b" 0" * (rows.stop - rows.start))
        file.write(b"\x1a")


def _planned(table: ExportTable, field: ExportField, name: str, encoding: str) -> DbfColumn:
    match field.kind:
        case "bool":
            return DbfColumn(field, name, "N", 1, 0)
        case "date":
            return DbfColumn(field, name, "D", 8, 0)
        case "real":
            return DbfColumn(field, name, "F", _REAL_WIDTH, _REAL_DECIMALS)
        case "datetime":
            return DbfColumn(field, name, "C", _TIME_WIDTH, 0)
        case "integer":
            return _integer_column(field, name, _widest(table, field, encoding))
        case _:
            return DbfColumn(
                field, name, "C", max(1, min(_widest(table, field, encoding), MAX_TEXT_BYTES)), 0
            )


def _integer_column(field: ExportField, name: str, widest: int) -> DbfColumn:
    if widest <= _SHORT_INTEGER:
        return DbfColumn(field, name, "N", _SHORT_INTEGER, 0)
    if widest <= _LONG_INTEGER:
        return DbfColumn(field, name, "N", _LONG_INTEGER, 0)
    return DbfColumn(field, name, "C", widest, 0)


def _widest(table: ExportTable, field: ExportField, encoding: str) -> int:
    widest = 0
    for rows in table.chunks():
        values = plain_values(field, table.columns[field.name][rows], rows.start)
        texts = ["" if value is None else as_cell(field, value) for value in values]
        if encoding != "utf-8":
            require_encodable(field, texts, encoding, rows.start)
        widest = max(widest, *(len(text.encode(encoding)) for text in texts))
    return widest


def as_cell(field: ExportField, value: Any) -> str:
    """Write a value as the text that a character field holds; JSON strings keep their quotes."""
    if field.kind == "json" and isinstance(value, str):
        return f'"{value}"'
    return as_text(value)


def _overflows(column: DbfColumn, values: list[Any], first_row: int, encoding: str) -> Iterator[Overflow]:
    """Find the texts that are too long, or whose outer spaces a reader will take for padding."""
    for offset, value in enumerate(values):
        if value is None:
            continue
        text = as_cell(column.source, value)
        if text != text.strip(" ") or len(text.encode(encoding)) > column.width:
            yield Overflow(first_row + offset + 1, column.source.name, text)


def _text(value: Any, column: DbfColumn, encoding: str) -> bytes:
    if value is None:
        return b" " * column.width
    stored = as_cell(column.source, value).encode(encoding)
    if len(stored) > column.width:
        stored = cut(stored.decode(encoding), encoding, column.width).encode(encoding)
    return stored.ljust(column.width)


def _number(value: Any, column: DbfColumn, _encoding: str) -> bytes:
    text = "" if value is None else str(int(value))
    return text.encode("ascii").rjust(column.width)


def _real(value: Any, column: DbfColumn, _encoding: str) -> bytes:
    # The shortest text that gives the same double back: at most 24 characters.
    text = "" if value is None else repr(value)
    return text.encode("ascii").rjust(column.width)


def _date(value: Any, column: DbfColumn, _encoding: str) -> bytes:
    # Zeros are what GDAL and Esri write for a missing date; blanks would come back as a field never set.
    text = "0" * column.width if value is None else f"{value:%Y%m%d}"
    return text.encode("ascii").rjust(column.width)


_LAYOUTS: dict[str, Callable[[Any, DbfColumn, str], bytes]] = {
    "C": _text,
    "N": _number,
    "F": _real,
    "D": _date,
}


def _header_size(columns: Sequence[DbfColumn]) -> int:
    return _HEADER.size + _DESCRIPTOR.size * max(len(columns), 1) + 1


def _record_size(columns: Sequence[DbfColumn]) -> int:
    return 1 + (sum(column.width for column in columns) or 1)


def _header(columns: Sequence[DbfColumn], rows: int, encoding: str) -> bytes:
    today = dt.datetime.now(tz=dt.UTC).date()
    date = (today.year - 1900, today.month, today.day)
    head = bytearray(_HEADER.pack(3, *date, rows, _header_size(columns), _record_size(columns)))
    head[_LANGUAGE_BYTE] = ENCODINGS[encoding][1]
    for column in columns:
        name = column.name.encode(encoding)
        head += _DESCRIPTOR.pack(name, column.kind.encode("ascii"), column.width, column.decimals)
    if not columns:
        # A .dbf has at least one field.
        head += _DESCRIPTOR.pack(b"id", b"N", 1, 0)
    return bytes(head) + b"\r"
