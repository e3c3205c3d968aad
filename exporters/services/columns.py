"""Rows from the database gathered into an export table: columns packed by Arrow, geometries as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from django.conf import settings

from exporters.writers import ExportField, ExportTable
from exporters.writers.table import GeometryArray, GeometryType

_ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    # Times are shown in the project's zone; the moment stays the same.
    "datetime": pa.timestamp("us", tz=settings.TIME_ZONE),
    "json": pa.string(),
}
_TYPES: tuple[tuple[set[str], GeometryType], ...] = (
    ({"Point"}, "Point"),
    ({"LineString"}, "LineString"),
    ({"Polygon"}, "Polygon"),
    ({"Point", "MultiPoint"}, "MultiPoint"),
    ({"LineString", "MultiLineString"}, "MultiLineString"),
    ({"Polygon", "MultiPolygon"}, "MultiPolygon"),
)


class PackedColumn(Sequence[Any]):
    """A column that takes about the memory of its text and gives Python values for the slice asked for."""

    def __init__(self, kind: str, pieces: list[pa.Array]) -> None:
        self._json = kind == "json"
        self._values = pa.chunked_array(pieces, type=_ARROW_TYPES[kind])

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, slice):
            return self._parsed(self._values[index].as_py())
        if index.step not in (None, 1):
            raise ValueError("A packed column is read in runs of rows.")
        start, stop, _ = index.indices(len(self))
        values = self._values.slice(start, max(stop - start, 0)).to_pylist()
        return [self._parsed(value) for value in values] if self._json else values

    def _parsed(self, value: Any) -> Any:
        return json.loads(value) if self._json and value is not None else value


class Gathering:
    """Columns and geometries that grow piece by piece until they are a table. JSON comes as its text."""

    def __init__(self, fields: Iterable[ExportField]) -> None:
        """Begin with the columns; their names differ."""
        self.fields = tuple(fields)
        self._columns: dict[str, list[pa.Array]] = {field.name: [] for field in self.fields}
        self._shapes: list[GeometryArray] = []

    def add(self, columns: Iterable[Sequence[Any]], wkb: Sequence[Any]) -> None:
        """Append a piece: values for each field in its order, and the places."""
        for field, values in zip(self.fields, columns, strict=True):
            self._columns[field.name].append(pa.array(values, _ARROW_TYPES[field.kind]))
        shapes = np.empty(len(wkb), dtype=object)
        shapes[:] = shapely.from_wkb([None if value is None else bytes(value) for value in wkb])
        # A feature without a place is stored with an empty one.
        shapes[shapely.is_empty(shapes)] = None
        self._shapes.append(shapes)

    def table(
        self, name: str, *, if_empty: GeometryType | None = "Unknown", left_out: Iterable[str] = ()
    ) -> ExportTable:
        """Give the table.

        Its geometry type is what its rows have in common, or `if_empty`; None makes a plain table.
        """
        dropped = set(left_out)
        fields = tuple(field for field in self.fields if field.name not in dropped)
        shapes = np.concatenate([np.empty(0, dtype=object), *self._shapes])
        geometry_type = common_type(shapes) or if_empty
        return ExportTable(
            name=name,
            fields=fields,
            columns={field.name: PackedColumn(field.kind, self._columns[field.name]) for field in fields},
            geometries=shapes if geometry_type else None,
            geometry_type=geometry_type or "Unknown",
        )


def common_type(shapes: GeometryArray) -> GeometryType | None:
    """Find the narrowest type that holds all geometries: "Unknown" for different kinds, None without any."""
    _, examples = np.unique(shapely.get_type_id(shapes), return_index=True)
    found = {shape.geom_type for shape in shapes[examples] if shape is not None}
    if not found:
        return None
    return next((name for members, name in _TYPES if found <= members), "Unknown")
