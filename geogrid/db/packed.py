"""Rows in PostgreSQL's binary form, a column an array: a million go in or out without a loop over them.

What comes out is asked for as one value: `string_agg(int8send(a) || float8send(b), '')`, which is an array
of structures with the highest byte first. What goes in is a `COPY … FROM STDIN (FORMAT BINARY)` of rows that
are all laid out alike: values of a fixed length, constants, and NULL.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.backends.base.base import BaseDatabaseWrapper
from numpy.typing import NDArray
from psycopg import Cursor

#: What a `COPY` in binary begins with: its signature, no flags, no extension.
HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
#: And what it ends with.
TAIL = b"\xff\xff"
_NULL = struct.pack(">i", -1)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_LOWER_INCLUDED, _UPPER_INFINITE = 0x02, 0x10

#: A column: an array of values, one constant in binary, or None for NULL.
Column = NDArray[Any] | bytes | None


def unpacked(value: bytes | None, fields: Sequence[tuple[str, str]]) -> NDArray[Any]:
    """Read an array of structures; `fields` are names with numpy types, the highest byte first.

    Nothing, which is what `string_agg` gives of no rows, is an empty array.
    """
    return np.frombuffer(value or b"", dtype=np.dtype(list(fields)))


def asked_in_binary(
    connection: BaseDatabaseWrapper, query: str, parameters: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Run a statement whose answer comes in binary."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        return cursor.execute(query.encode(), parameters, binary=True).fetchall()


def packed_rows(count: int, columns: Sequence[Column]) -> bytes:
    """Give rows as a `COPY` takes them, without its head and tail.

    Arrays are (count,) of whole numbers, floats or bool, or of bytes of one length (`V16`).
    """
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for number, column in enumerate(columns):
        if column is None:
            layout.append((f"size{number}", "V4"))
        else:
            layout += [(f"size{number}", ">i4"), (f"value{number}", _type_of(column))]
    rows = np.zeros(count, dtype=np.dtype(layout))
    rows["fields"] = len(columns)
    for number, column in enumerate(columns):
        if column is None:
            rows[f"size{number}"] = np.void(_NULL)
        else:
            rows[f"size{number}"] = rows.dtype[f"value{number}"].itemsize
            rows[f"value{number}"] = np.void(column) if isinstance(column, bytes) else column
    return rows.tobytes()


def _type_of(column: NDArray[Any] | bytes) -> np.dtype[Any]:
    if isinstance(column, bytes):
        return np.dtype(f"V{len(column)}")
    return column.dtype.newbyteorder(">")


def packed_span(start: dt.datetime, end: dt.datetime | None) -> bytes:
    """Give a `tstzrange` from a moment on, or up to another."""
    flags = bytes([_LOWER_INCLUDED | (_UPPER_INFINITE if end is None else 0)])
    return flags + b"".join(
        struct.pack(">iq", 8, (bound - _EPOCH) // dt.timedelta(microseconds=1))
        for bound in (start, end)
        if bound is not None
    )


def packed_number(number: int) -> bytes:
    """Give a `bigint`."""
    return struct.pack(">q", number)


def packed_json(text: str) -> bytes:
    """Give a `jsonb`."""
    return b"\x01" + text.encode()
