"""GeoPackage, through GDAL."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from geogrid.core.errors import UnreadableFile
from importers.readers.gdal import geometries_of, has_curves, layers_of, rows_of
from importers.readers.table import Attributes, RawTable, as_objects, choose_layer
from importers.readers.wkb import parse_wkb

KIND = "a GeoPackage"
MAGIC = b"SQLite format 3\x00"


def read_geopackage(path: Path, *, layer: str | None) -> RawTable:
    """Read one layer of a GeoPackage.

    Raises
    ------
    UnreadableFile
        If it is damaged, or has no layer with geometries.
    """
    layers = layers_of(path, KIND)
    spatial = [name for name, geometry_type in layers.items() if geometry_type is not None]
    if not spatial:
        raise UnreadableFile(f"{path.name} has no layer with geometries.")
    chosen = choose_layer(path, spatial, layer)
    meta, rows = rows_of(path, KIND, chosen)
    column = meta["geometry_name"] or "wkb_geometry"
    wkb = as_objects(rows.column(column).to_pylist())
    notes = []
    curves = sum(map(has_curves, wkb))
    if curves:
        wkb = geometries_of(path, KIND, path, chosen)
        notes.append(f"curves turned into straight lines in {curves} rows")
    if len(wkb) != rows.num_rows:
        raise UnreadableFile(f"{path.name}: only {len(wkb)} of {rows.num_rows} geometries can be read.")
    geometries, faults, closed = parse_wkb(wkb)
    if closed:
        notes.append(f"rings that were not closed have been closed in {closed} rows")
    attributes, binary = _attributes(rows.drop_columns([column]), path)
    if binary:
        notes.append(f"binary fields were left empty: {', '.join(binary)}")
    return RawTable(
        layer=chosen,
        fields=tuple(name for name in rows.column_names if name != column),
        encoding="utf-8",
        attributes=attributes,
        geometries=geometries,
        declared_crs=meta["crs"],
        crs_origin="declared by the file",
        faults=faults,
        notes=notes,
    )


def _attributes(rows: pa.Table, path: Path) -> tuple[list[Attributes], list[str]]:
    """Return one dictionary a row, and the names of the binary fields."""
    names, columns, binary = rows.column_names, [], []
    for name in names:
        column = rows.column(name)
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            binary.append(name)
            columns.append([None] * rows.num_rows)
            continue
        try:
            columns.append([_plain(value) for value in column.to_pylist()])
        except (UnicodeDecodeError, pa.ArrowException, ValueError) as error:
            raise UnreadableFile(
                f'{path.name}: the field "{name}" holds text that is not UTF-8 or values out of range; '
                "mend it with the program that wrote the file."
            ) from error
    if not names:
        return [{} for _ in range(rows.num_rows)], binary
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], binary


def _plain(value: Any) -> Any:
    """Turn a value into one that JSON knows; dates become ISO text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
