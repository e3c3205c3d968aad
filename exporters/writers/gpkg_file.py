"""GeoPackage: one layer with a spatial index; the format that loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exporters.writers.coordinates import TargetCrs, declaration
from exporters.writers.export_job import ExportJob
from exporters.writers.field_names import free_name, renamed
from exporters.writers.gdal import GEOMETRY, write_layer

_VERSION = "1.2"
"""Version 1.4, GDAL's default, draws warnings from GIS programs of some years ago."""

_UNDEFINED = (
    'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
"""What GeoPackage numbers 0: longitudes and latitudes that no known system defines."""


def write_gpkg(job: ExportJob, path: Path) -> None:
    """Write a table as a GeoPackage with one layer of the table's name; JSON as text, times in UTC."""
    table = job.table
    own = () if table.geometries is None else (GEOMETRY,)
    names = renamed([field.name for field in table.fields], taken=own, job=job)
    options: dict[str, Any] = {"FID": free_name("fid", names)}
    if table.geometries is not None:
        options["GEOMETRY_NAME"] = GEOMETRY
    if declaration(job.crs) is None:
        options["DESCRIPTION"] = f"Coordinates: {job.crs.name}"
    write_layer(
        job,
        path,
        driver="GPKG",
        crs=_definition(job.crs),
        names=names,
        dataset_options={"VERSION": _VERSION},
        layer_options=options,
    )


def _definition(crs: TargetCrs) -> str:
    return _UNDEFINED if declaration(crs) is None else crs.spec
