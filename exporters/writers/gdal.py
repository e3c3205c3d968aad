"""Handing tables to GDAL in pieces: Arrow batches through pyogrio."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import pyogrio.errors
import shapely

from exporters.writers.coordinates import converted_geometries
from exporters.writers.export_job import ExportJob
from exporters.writers.table import ExportField
from exporters.writers.values import json_text, plain_values
from geogrid.core.errors import BadInput

GEOMETRY = "geom"
"""Name of the geometry column."""

_ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "json": pa.string(),
}
_GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    RuntimeError,
)


class _Batches:
    """The rows of a table as Arrow batches; keeps the error that GDAL's C interface would swallow."""

    def __init__(self, job: ExportJob, fields: Sequence[ExportField], names: Sequence[str]) -> None:
        self._job = job
        self._fields = fields
        self.failure: BaseException | None = None
        columns = [
            pa.field(name, _ARROW_TYPES[field.kind]) for name, field in zip(names, fields, strict=True)
        ]
        if job.table.geometries is not None:
            columns.append(pa.field(GEOMETRY, pa.binary(), metadata={"ARROW:extension:name": "ogc.wkb"}))
        self.schema = pa.schema(columns)

    def reader(self) -> pa.RecordBatchReader:
        """Give the batches to whoever reads Arrow streams."""
        return pa.RecordBatchReader.from_batches(self.schema, self._walk())

    def _walk(self) -> Iterator[pa.RecordBatch]:
        try:
            for rows in self._job.table.chunks():
                yield pa.record_batch(self._arrays(rows), schema=self.schema)
        except BaseException as error:
            self.failure = error
            raise

    def _arrays(self, rows: slice) -> list[pa.Array]:
        table = self._job.table
        arrays = [_array(field, table.columns[field.name][rows], rows.start) for field in self._fields]
        if table.geometries is not None:
            arrays.append(
                pa.array(shapely.to_wkb(converted_geometries(table, rows, self._job.crs)), pa.binary())
            )
        return arrays


def write_layer(
    job: ExportJob,
    path: Path,
    *,
    driver: str,
    crs: str | None,
    names: Sequence[str],
    dataset_options: dict[str, Any] | None = None,
    layer_options: dict[str, Any] | None = None,
) -> None:
    """Write one layer with one of GDAL's drivers, in batches.

    `names` are the columns' names in the file, one for each of the table's first fields: fewer names, fewer
    columns.

    Raises
    ------
    BadInput
        If a value or a place cannot be written, or GDAL refuses the file.
    """
    table = job.table
    batches = _Batches(job, table.fields[: len(names)], names)
    plain = table.geometries is None
    try:
        with warnings.catch_warnings():
            # A .shp beside a plain .dbf has no coordinate system to declare.
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            pyogrio.write_arrow(
                batches.reader(),
                path,
                layer=table.name,
                driver=driver,
                geometry_name=None if plain else GEOMETRY,
                geometry_type=None if plain else table.geometry_type,
                crs=None if plain else crs,
                dataset_options=dataset_options,
                layer_options=layer_options,
            )
    except _GDAL_ERRORS as error:
        if batches.failure is not None:
            raise batches.failure from error
        raise BadInput(f"{driver} cannot hold the layer {table.name}: {error}", driver=driver) from error


def _array(field: ExportField, values: Sequence[Any], first_row: int) -> pa.Array:
    plain = plain_values(field, values, first_row)
    if field.kind == "json":
        plain = [None if value is None else json_text(value) for value in plain]
    return pa.array(plain, _ARROW_TYPES[field.kind], from_pandas=False)
