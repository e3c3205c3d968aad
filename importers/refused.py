"""Refused rows as a file that can be downloaded, mended and imported again."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from importers.readers.table import RefusedRow


def write_refused(path: Path, table_fields: Sequence[str], refused: Sequence[RefusedRow]) -> Path:
    """Write refused rows as CSV (UTF-8 with a mark, so that spreadsheets show Chinese text).

    Parameters
    ----------
    path : Path
        Where to; an existing file is replaced.
    table_fields : sequence of str
        The fields of the file the rows come from, in its order.
    refused : sequence of RefusedRow
        The rows; their number, code and reason stand in `refused_row`, `refused_code`, `refused_reason`.

    Returns
    -------
    Path
        The file.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["refused_row", "refused_code", "refused_reason", *table_fields])
        for row in refused:
            cells = (_cell(row.attributes.get(name)) for name in table_fields)
            writer.writerow([row.row, row.code, row.reason, *cells])
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
