"""Reports as tables for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from geogrid.core.errors import BadInput

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_write(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file that spreadsheets open as it is (UTF-8 with a mark); give the number of rows.

    A text that a spreadsheet would compute gets an apostrophe before it.

    Raises
    ------
    BadInput
        If the file cannot be written.
    """
    count = 0
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(names)
            for row in rows:
                writer.writerow([_cell(value) for value in row])
                count += 1
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}", path=str(path)) from error
    return count


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
