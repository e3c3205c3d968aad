"""Values of columns as plain Python values, and as text where a format knows nothing better."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from exporters.writers.table import ExportField
from geogrid.core.errors import BadInput

_INTEGER_LIMIT = 2**63


def plain_values(field: ExportField, values: Sequence[Any], first_row: int) -> list[Any]:
    """Turn a piece of a column into str, int, float, bool, date, datetime or JSON values.

    Missing values (None, NaN, NaT) become None. `first_row` is the number, from 0, of the first value's row
    and only used to say where a value cannot be written.
    """
    listed = np.asarray(values).tolist() if hasattr(values, "tolist") else list(values)
    convert = _CONVERTERS[field.kind]
    result: list[Any] = []
    for offset, value in enumerate(listed):
        if value is None or (field.kind != "json" and value != value):  # noqa: PLR0124 - NaN and NaT
            result.append(None)
            continue
        try:
            result.append(convert(value))
        except (ValueError, TypeError) as error:
            raise BadInput(
                f'Row {first_row + offset + 1}, column "{field.name}": {value!r} is not a value of kind '
                f"{field.kind}; nothing was written.",
                row=first_row + offset + 1,
                field=field.name,
            ) from error
    return result


def as_text(value: Any) -> str:
    """Write one plain value as text: times as ISO 8601, truth as true/false, JSON without line breaks."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return json_text(value)


def text_cells(field: ExportField, values: list[Any]) -> Iterator[str]:
    """Write plain values as text; what is missing becomes the empty string."""
    if field.kind == "text":
        return ("" if value is None else value for value in values)
    if field.kind == "json":
        return ("" if value is None else json_text(value) for value in values)
    return ("" if value is None else as_text(value) for value in values)


def json_text(value: Any) -> str:
    """Write a JSON value on one line, with its characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def require_encodable(field: ExportField, texts: Sequence[str], encoding: str, first_row: int) -> None:
    """Refuse texts that an encoding has no characters for, and name the first of them."""
    try:
        "".join(texts).encode(encoding)
    except UnicodeEncodeError as error:
        missing = error.object[error.start]
        row = next(index for index, text in enumerate(texts) if missing in text)
        raise BadInput(
            f'Row {first_row + row + 1}, column "{field.name}": the character "{missing}" '
            f"(U+{ord(missing):04X}) in {_shortened(texts[row])} does not exist in {encoding}; "
            "export with --encoding utf-8 instead.",
            row=first_row + row + 1,
            field=field.name,
            character=missing,
        ) from error


def _shortened(text: str) -> str:
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'


def _integer(value: Any) -> int:
    number = int(value)
    if number != value or not -_INTEGER_LIMIT <= number < _INTEGER_LIMIT:
        raise ValueError("not a whole number of 64 bits")
    return number


def _real(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise TypeError("not a date")
    return value


def _datetime(value: Any) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise TypeError("not a time with a zone")
    return value


def _json(value: Any) -> Any:
    json_text(value)
    return value


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "integer": _integer,
    "real": _real,
    "bool": bool,
    "date": _date,
    "datetime": _datetime,
    "json": _json,
}
