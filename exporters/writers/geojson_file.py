"""GeoJSON (RFC 7946) with coordinates in full: GDAL's own writer would round them to 7 decimals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely
from pyproj import CRS

from exporters.writers.coordinates import TargetCrs, converted_geometries, declaration
from exporters.writers.export_job import ExportJob
from exporters.writers.table import ExportField
from exporters.writers.values import as_text, json_text, plain_values

_DEFAULT_SYSTEMS = ("EPSG:4326", "OGC:CRS84")


def write_geojson(job: ExportJob, path: Path) -> None:
    """Write a table as one FeatureCollection, a feature a line.

    The member ``fields`` (foreign to RFC 7946, which allows such) lists names, kinds and labels, so that an
    empty collection still says what its columns are.
    """
    head = json.dumps(_head(job), ensure_ascii=False)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{head[:-1]}, "features": [')
        separator = "\n"
        for rows in job.table.chunks():
            for line in _features(job, rows):
                file.write(separator + line)
                separator = ",\n"
        file.write("\n]}\n")


def _head(job: ExportJob) -> dict[str, Any]:
    fields = [{"name": field.name, "kind": field.kind, "label": field.label} for field in job.table.fields]
    return {"type": "FeatureCollection", "name": job.table.name, **_crs_members(job.crs), "fields": fields}


def _crs_members(crs: TargetCrs) -> dict[str, Any]:
    """Name the coordinate system as GeoJSON 2008 did; WGS 84, all that RFC 7946 has, needs none."""
    declared = declaration(crs)
    if declared is None:
        return {"crs": None, "coordinate_system": crs.name}
    if crs.spec in _DEFAULT_SYSTEMS:
        return {}
    return {"crs": {"type": "name", "properties": {"name": _urn(declared)}}}


def _urn(crs: CRS) -> str:
    authority = crs.to_authority(min_confidence=100)
    if authority is None:
        return crs.to_wkt()
    return f"urn:ogc:def:crs:{authority[0]}::{authority[1]}"


def _features(job: ExportJob, rows: slice) -> Iterator[str]:
    table = job.table
    names = [f"{json.dumps(field.name, ensure_ascii=False)}:" for field in table.fields]
    columns = [_column(field, table.columns[field.name][rows], rows.start) for field in table.fields]
    places = _places(job, rows)
    for index, place in enumerate(places):
        properties = ",".join([name + column[index] for name, column in zip(names, columns, strict=True)])
        yield f'{{"type":"Feature","properties":{{{properties}}},"geometry":{place}}}'


def _places(job: ExportJob, rows: slice) -> list[str]:
    if job.table.geometries is None:
        return ["null"] * (rows.stop - rows.start)
    geometries = converted_geometries(job.table, rows, job.crs)
    # RFC 7946 3.1.6: exterior rings counter-clockwise, holes clockwise.
    texts = shapely.to_geojson(shapely.orient_polygons(geometries, exterior_cw=False))
    return ["null" if text is None else text for text in texts]


def _column(field: ExportField, values: Any, first_row: int) -> list[str]:
    plain = plain_values(field, values, first_row)
    if field.kind in ("date", "datetime"):
        return ["null" if value is None else f'"{as_text(value)}"' for value in plain]
    return ["null" if value is None else json_text(value) for value in plain]
