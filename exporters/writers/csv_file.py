"""CSV for spreadsheets and scripts: the geometry as WKT, points as a pair of numbers as well."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import shapely

from exporters.writers.coordinates import are_degrees, converted_geometries, declaration
from exporters.writers.export_job import ExportJob
from exporters.writers.field_names import renamed
from exporters.writers.table import ExportField, GeometryArray
from exporters.writers.values import plain_values, require_encodable, text_cells

WKT_DECIMALS = 20
"""Enough for any double that is a coordinate: with 17, values below 0.1 lost bits. Zeros are not written."""

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_UNICODE = ("utf-8", "utf-8-sig")


def write_csv(job: ExportJob, path: Path) -> None:
    """Write a table as comma-separated values: one line of names, CRLF, quotes where needed (RFC 4180)."""
    table = job.table
    added = _geometry_columns(job)
    names = renamed([field.name for field in table.fields], taken=added, job=job)
    if added and not job.crs.is_lonlat and declaration(job.crs) is not None:
        job.note(f"The coordinates are {job.crs.name}; a CSV file cannot declare that.")
    risky = 0
    with path.open("w", encoding=job.encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([*names, *added])
        for rows in table.chunks():
            columns = [_column(job, field, rows) for field in table.fields]
            risky += _defused(job, columns)
            writer.writerows(zip(*columns, *_geometry_cells(job, rows, added), strict=True))
    if risky:
        job.note(_formula_note(risky, safe=job.spreadsheet_safe))


def _geometry_columns(job: ExportJob) -> list[str]:
    if job.table.geometries is None:
        return []
    if job.table.geometry_type != "Point":
        return ["geometry"]
    return ["geometry", "lon", "lat"] if are_degrees(job.crs) else ["geometry", "x", "y"]


def _column(job: ExportJob, field: ExportField, rows: slice) -> list[str]:
    values = plain_values(field, job.table.columns[field.name][rows], rows.start)
    texts = list(text_cells(field, values))
    if job.encoding not in _UNICODE:
        require_encodable(field, texts, job.encoding, rows.start)
    return texts


def _geometry_cells(job: ExportJob, rows: slice, added: Sequence[str]) -> Iterator[Sequence[str]]:
    if not added:
        return
    geometries = converted_geometries(job.table, rows, job.crs)
    texts = shapely.to_wkt(geometries, rounding_precision=WKT_DECIMALS, trim=True)
    yield ["" if text is None else text for text in texts]
    if len(added) > 1:
        yield from _point_cells(geometries)


def _point_cells(points: GeometryArray) -> Iterator[list[str]]:
    for axis in (shapely.get_x(points), shapely.get_y(points)):
        yield ["" if value != value else repr(value) for value in axis.tolist()]  # noqa: PLR0124 - NaN


def _defused(job: ExportJob, columns: list[list[str]]) -> int:
    """Count the texts that look like formulas; with `spreadsheet_safe` put an apostrophe before them."""
    count = 0
    for field, texts in zip(job.table.fields, columns, strict=True):
        if field.kind not in ("text", "json"):
            continue
        for index, text in enumerate(texts):
            if text and _FORMULA.match(text) and not _NUMBER.fullmatch(text):
                count += 1
                if job.spreadsheet_safe:
                    texts[index] = f"'{text}"
    return count


def _formula_note(count: int, *, safe: bool) -> str:
    if safe:
        return f"Texts that begin like a formula: {count}; an apostrophe was put before each."
    return (
        f"Texts that begin with =, +, - or @: {count}, written as they are; "
        "a spreadsheet program may run them as formulas: open the file as text."
    )
