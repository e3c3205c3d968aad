"""Refused rows as a file that can be downloaded, mended and imported again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(refused_text(table_fields, refused), encoding="utf-8-sig", newline="")
    return path


def refused_text(table_fields: Sequence[str], refused: Sequence[RefusedRow]) -> str:
    """Give refused rows as the text of a CSV file, as `write_refused` writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["refused_row", "refused_code", "refused_reason", *table_fields])
    for row in refused:
        cells = (_cell(row.attributes.get(name)) for name in table_fields)
        writer.writerow([row.row, row.code, row.reason, *cells])
    return text.getvalue()


def keep_refused(source: Path, table_fields: Sequence[str], refused: Sequence[RefusedRow]) -> Path:
    """Write the refused rows of a file into `var/refused`, where they can be fetched; give the path.

    The same rows give the same name, so that trying again leaves one file.
    """
    digest = hashlib.sha256(refused_text(table_fields, refused).encode()).hexdigest()[:8]
    return write_refused(settings.VAR_DIR / "refused" / f"{source.stem}-{digest}.csv", table_fields, refused)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # Half a character, which JSON can hold and no file can, is written as what it is called.
    return text.encode("utf-8", "backslashreplace").decode()
