"""The attribute table of a shapefile, read by hand so that its encoding is a decision, not an accident."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geogrid.core.errors import UnreadableFile
from importers.readers.table import Attributes
from importers.readers.texts import encoding_named, require_encoding

_HEADER, _DESCRIPTOR = 32, 32
_END_OF_FIELDS = 0x0D
_DELETED = b"*"
# Language driver ids that name an encoding; 0x57 ("ANSI") names only "that of the writer's computer".
_DRIVERS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x08: "cp865", 0x13: "cp932", 0x1F: "cp852",
    0x26: "cp866", 0x4D: "gb18030", 0x4E: "cp949", 0x4F: "cp950", 0x50: "cp874", 0x58: "cp1252",
    0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x6A: "cp737", 0x6B: "cp857",
    0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874", 0x87: "cp852",
    0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257",
}  # fmt: skip


# Any bytes are text in these, so that nothing would tell if they were the wrong ones.
_ACCEPT_ANYTHING = frozenset(("iso8859-1", "cp1252", "cp437", "cp850"))


class _Field(NamedTuple):
    raw_name: bytes
    kind: str
    offset: int
    width: int
    decimals: int


@dataclass(frozen=True, slots=True)
class DbfTable:
    """Rows that are not marked as deleted; `kept` are their positions in the file."""

    fields: tuple[str, ...]
    attributes: list[Attributes]
    kept: npt.NDArray[np.intp]
    total: int
    encoding: str
    notes: tuple[str, ...]


def read_dbf(data: bytes, name: str, *, encoding: str | None, cpg: str | None) -> DbfTable:
    """Read a .dbf file.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for sentences.
    encoding : str or None
        What the user says; it is the only one tried.
    cpg : str or None
        What the .cpg file says.

    Raises
    ------
    UnreadableFile
        If it is damaged, cut off, or its text is in none of the encodings that come into question.
    """
    fields, count, header, width = _layout(data, name)
    if header + count * width > len(data):
        complete = max(0, len(data) - header) // width
        raise UnreadableFile(f"{name} is cut off: it should hold {count} rows and holds {complete}.")
    records = np.frombuffer(data, dtype=np.dtype(("V", width)), count=count, offset=header)
    marks = np.frombuffer(data, dtype=np.uint8)[header : header + count * width : width]
    kept = np.flatnonzero(marks != ord(_DELETED))
    raw = [_column(records, field)[kept].tolist() for field in fields]
    texts = [column for field, column in zip(fields, raw, strict=True) if field.kind == "C"]
    used, notes = _decide(texts, fields, name, encoding=encoding, cpg=cpg, driver=data[29])
    names = _unique([_field_name(field.raw_name, used) for field in fields])
    columns = [_values(field, column, used) for field, column in zip(fields, raw, strict=True)]
    if len(kept) < count:
        notes.append(f"{count - len(kept)} rows are marked as deleted in {name} and were left out")
    if any(field.kind not in _READERS for field in fields):
        notes.append(f"fields of {name} of a binary kind were left empty")
    attributes = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return DbfTable(names, attributes or [{} for _ in kept], kept, count, used, tuple(notes))


def _layout(data: bytes, name: str) -> tuple[list[_Field], int, int, int]:
    """Read the header: fields, rows, where the rows begin and how wide they are."""
    if len(data) < _HEADER + 1:
        raise UnreadableFile(f"{name} is too short to be a dBASE table; get a complete copy.")
    count, header, width = struct.unpack_from("<IHH", data, 4)
    fields, at, offset = [], _HEADER, 1
    while at + _DESCRIPTOR <= min(header, len(data)) and data[at] != _END_OF_FIELDS:
        raw_name, kind, size, decimals = data[at : at + 11], chr(data[at + 11]), data[at + 16], data[at + 17]
        fields.append(_Field(raw_name.split(b"\0")[0], kind.upper(), offset, size, decimals))
        offset += size
        at += _DESCRIPTOR
    if not fields or width < 1 or header > len(data) or offset > width:
        raise UnreadableFile(f"{name} is not a dBASE table, or its header is damaged; get a complete copy.")
    return fields, count, header, width


def _column(records: npt.NDArray[np.void], field: _Field) -> npt.NDArray[np.bytes_]:
    if not len(records) or not field.width:
        return np.full(len(records), b"", dtype="S1")
    as_bytes = records.view(np.uint8).reshape(len(records), -1)
    cut = np.ascontiguousarray(as_bytes[:, field.offset : field.offset + field.width])
    return cut.view(f"S{field.width}").reshape(-1)


def _decide(
    texts: list[list[bytes]],
    fields: list[_Field],
    name: str,
    *,
    encoding: str | None,
    cpg: str | None,
    driver: int,
) -> tuple[str, list[str]]:
    """Choose the encoding: the user's, the .cpg's, the language driver's, strict UTF-8, GB 18030."""
    high = [value for column in texts for value in column if not value.isascii()]
    text = _Text(name, high, {field.width for field in fields if field.kind == "C"}, [])
    if encoding is not None:
        used = require_encoding(encoding)
        if text.is_in(used):
            return used, []
        raise UnreadableFile(
            f"The text of {name} is not in {encoding}; leave --encoding out or name another."
        )
    declared = encoding_named(cpg) if cpg else None
    if cpg and declared is None:
        text.notes.append(f'{name}: the .cpg file names "{cpg.strip()}", which is no encoding')
    for candidate, said_by in ((declared, "the .cpg file"), (_DRIVERS.get(driver), "the language driver id")):
        found = text.declared(candidate, said_by) if candidate is not None else None
        if found is not None:
            return found, text.notes
    if text.is_in("utf-8"):
        return "utf-8", text.notes
    if text.is_in("gb18030"):
        text.notes.append(f"{name} does not say its encoding and was read as GB 18030; check the names")
        return "gb18030", text.notes
    raise UnreadableFile(
        f"The text of {name} is neither UTF-8 nor GB 18030; name its encoding with --encoding."
    )


class _Text(NamedTuple):
    """The text of a table that is not plain ASCII, and what was found out about it."""

    name: str
    values: list[bytes]
    widths: set[int]
    notes: list[str]

    def is_in(self, encoding: str) -> bool:
        try:
            for value in self.values:
                _decoded(value, encoding, self.widths)
        except UnicodeError:
            return False
        return True

    def declared(self, encoding: str, said_by: str) -> str | None:
        """Return the encoding to use because the file declares one, or None where that cannot be right."""
        if not self.is_in(encoding):
            self.notes.append(f"{self.name}: {said_by} says {encoding}, but the text is not in it")
            return None
        if encoding not in _ACCEPT_ANYTHING or not self.values:
            return encoding
        if self.is_in("utf-8"):
            self.notes.append(f"{self.name}: {said_by} says {encoding}, but the text is UTF-8")
            return "utf-8"
        self.notes.append(f"{self.name} was read as {encoding}, as {said_by} says; check the names")
        return encoding


def _decoded(value: bytes, encoding: str, widths: set[int]) -> str:
    """Decode strictly, but forgive a character that the width of the field cut in half."""
    try:
        return value.decode(encoding)
    except UnicodeDecodeError as error:
        if len(value) in widths and error.start >= len(value) - 3 and error.start > 0:
            return value[: error.start].decode(encoding)
        raise


def _field_name(raw: bytes, encoding: str) -> str:
    """Decode a name; ten bytes often end in the middle of a character."""
    for cut in range(min(4, len(raw))):
        try:
            return raw[: len(raw) - cut].decode(encoding).strip()
        except UnicodeDecodeError:
            continue
    return raw.decode(encoding, "replace").strip()


def _unique(names: list[str]) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    for position, name in enumerate(names, 1):
        candidate, again = name or f"field_{position}", 1
        while candidate in taken:
            again += 1
            candidate = f"{name or 'field'}_{again}"
        taken[candidate] = None
    return tuple(taken)


def _values(field: _Field, column: list[bytes], encoding: str) -> list[Any]:
    if field.kind == "C":
        widths = {field.width}
        return [_decoded(value, encoding, widths).rstrip() or None for value in column]
    reader = _READERS.get(field.kind)
    if reader is None:
        return [None] * len(column)
    return [reader(value, field) for value in column]


def _number(value: bytes, field: _Field) -> int | float | str | None:
    text = value.strip(b" \0*").decode("ascii", "replace")
    if not text:
        return None
    if field.decimals == 0 and field.kind == "N":
        # A decimal point in a field for whole numbers is a fraction, read below.
        with suppress(ValueError):
            return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if np.isfinite(number) else None


def _logical(value: bytes, _: _Field) -> bool | None:
    return {b"T": True, b"Y": True, b"F": False, b"N": False}.get(value.strip().upper())


def _date(value: bytes, _: _Field) -> str | None:
    text = value.strip(b" \0").decode("ascii", "replace")
    if not text.strip("0"):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        return text


_READERS: dict[str, Callable[[bytes, _Field], Any]] = {
    "C": lambda value, _: value,
    "N": _number,
    "F": _number,
    "L": _logical,
    "D": _date,
}
