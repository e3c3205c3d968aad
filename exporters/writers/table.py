"""What is to be written: a table of named columns, with or without a geometry for each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

GeometryArray = npt.NDArray[np.object_]
Kind = Literal["text", "integer", "real", "bool", "date", "datetime", "json"]
GeometryType = Literal[
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Unknown"
]

ROWS_PER_CHUNK = 20_000
"""Rows that are converted, encoded and handed on together; what bounds the memory of a writer."""

_ALLOWED_TYPES: dict[str, tuple[shapely.GeometryType, ...]] = {
    "Point": (shapely.GeometryType.POINT,),
    "MultiPoint": (shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT),
    "LineString": (shapely.GeometryType.LINESTRING,),
    "MultiLineString": (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING),
    "Polygon": (shapely.GeometryType.POLYGON,),
    "MultiPolygon": (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON),
}


@dataclass(frozen=True)
class ExportField:
    """One column: its name, what its values are, and what people call it.

    Attributes
    ----------
    name : str
        Name of the column in the file.
    kind : str
        What the values are. Codes are "text": their leading zeros count.
    label : str
        What people read, in any language; goes into the side files that explain the columns.
    dbf_name : str, optional
        A short name for shapefiles, at most 10 bytes; made from `name` if absent.
    """

    name: str
    kind: Kind
    label: str = ""
    dbf_name: str | None = None


@dataclass(frozen=True)
class ExportTable:
    """Rows to be written: columns of equal length and perhaps a geometry each.

    Attributes
    ----------
    name : str
        Name of the layer.
    fields : tuple of ExportField
        The columns in their order; no name twice.
    columns : mapping of str to sequence
        One sequence for each field, read in slices only. Missing values are None or NaN.
    geometries : array of shapely geometries, optional
        Longitude/latitude EPSG:4326; None entries are rows without a place. None: a plain table.
    geometry_type : str
        The type that all of `geometries` have; "Unknown" if they differ.
    """

    name: str
    fields: tuple[ExportField, ...]
    columns: Mapping[str, Sequence[Any]]
    geometries: GeometryArray | None
    geometry_type: GeometryType = "Unknown"

    def __post_init__(self) -> None:
        """Refuse a table whose parts do not fit together; such a table is a programming error."""
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names) or set(names) != set(self.columns):
            raise ValueError(f"The columns {sorted(self.columns)} are not the fields {sorted(names)}.")
        lengths = {name: len(self.columns[name]) for name in names}
        if self.geometries is not None:
            lengths["geometries"] = len(self.geometries)
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns differ in length: {lengths}.")
        if self.geometries is not None and self.geometry_type != "Unknown":
            self._check_geometry_types(self.geometries)

    def __len__(self) -> int:
        """Count the rows."""
        if self.geometries is not None:
            return len(self.geometries)
        return len(self.columns[self.fields[0].name]) if self.fields else 0

    def chunks(self) -> Iterator[slice]:
        """Walk over the rows in slices that are small enough to be converted at once."""
        for start in range(0, len(self), ROWS_PER_CHUNK):
            yield slice(start, min(start + ROWS_PER_CHUNK, len(self)))

    def subset(self, name: str, rows: npt.NDArray[np.intp], geometry_type: GeometryType) -> ExportTable:
        """Make a table of some of the rows under another name."""
        columns = {field.name: _Picked(self.columns[field.name], rows) for field in self.fields}
        geometries = None if self.geometries is None else self.geometries[rows]
        return ExportTable(name, self.fields, columns, geometries, geometry_type)

    def _check_geometry_types(self, geometries: GeometryArray) -> None:
        allowed = [
            *(int(kind) for kind in _ALLOWED_TYPES[self.geometry_type]),
            int(shapely.GeometryType.MISSING),
        ]
        wrong = np.flatnonzero(~np.isin(shapely.get_type_id(geometries), allowed))
        if wrong.size:
            found = geometries[wrong[0]].geom_type
            raise ValueError(f"Row {wrong[0] + 1} is a {found}, the table holds {self.geometry_type}s.")


class _Picked(Sequence[Any]):
    """Some rows of a column, without copying it."""

    def __init__(self, column: Sequence[Any], rows: npt.NDArray[np.intp]) -> None:
        self._column = column
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._column[row] for row in self._rows[index].tolist()]
        return self._column[int(self._rows[index])]
