"""Shapefiles: a zip with everything that belongs together, or the bare files where a .shp is asked for."""

from __future__ import annotations

import csv
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from exporters.writers import dbf
from exporters.writers.coordinates import converted_geometries, crs_notes, declaration
from exporters.writers.export_job import ExportJob
from exporters.writers.field_names import dbf_names
from exporters.writers.gdal import write_layer
from exporters.writers.table import ExportTable, GeometryType
from exporters.writers.values import require_encodable
from geogrid.core.errors import BadInput

SIZE_LIMIT = 2**31 - 1
"""Bytes that a .shp or a .dbf may have: offsets are 32-bit and many readers take them as signed."""

_MAIN_HEADER = 100
_BOUNDS_AT = 36
_KINDS: tuple[tuple[str, GeometryType, tuple[shapely.GeometryType, ...]], ...] = (
    ("polygon", "MultiPolygon", (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)),
    ("line", "MultiLineString", (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)),
    ("point", "Point", (shapely.GeometryType.POINT,)),
    ("multipoint", "MultiPoint", (shapely.GeometryType.MULTIPOINT,)),
)


def write_shapefile(job: ExportJob, path: Path) -> None:
    """Write a table as shapefiles: zipped, or side by side if the path ends in .shp.

    Beside .shp, .shx, .dbf, .prj and .cpg there are fields.csv (short name, full name, label), README.txt
    and, where texts did not fit, overflow.csv with the whole texts. Rows of different geometry types become
    one layer each.
    """
    if path.suffix.lower() == ".shp":
        _write_members(job, path.parent, path.stem, bare=True)
        return
    folder = path.parent / "members"
    folder.mkdir()
    _write_members(job, folder, _file_stem(job.table.name), bare=False)
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(folder.iterdir()):
            archive.write(member, member.name)


def _write_members(job: ExportJob, folder: Path, stem: str, *, bare: bool) -> None:
    prefix = f"{stem}." if bare else ""
    names = _field_names(job)
    _write_fields(folder / f"{prefix}fields.csv", job.table, names)
    overflow: list[tuple[str, dbf.Overflow]] = []
    layers = list(_layers(job.table, stem))
    if bare and (len(layers) > 1 or job.table.geometries is None):
        raise BadInput(
            f"The table {job.table.name} is not one layer of one geometry type, which a single .shp is; "
            "name a .zip instead.",
            layers=len(layers),
        )
    for table in layers:
        overflow += [(table.name, item) for item in _write_one(job, table, folder, names)]
    if overflow:
        _write_overflow(folder / f"{prefix}overflow.csv", overflow)
        job.overflow = len(overflow)
        job.note(
            f"Texts that a shapefile cannot hold as they are (254 bytes, no outer spaces): {len(overflow)}; "
            "they are whole in overflow.csv."
        )
    _write_readme(folder / f"{prefix}README.txt", job)


def _file_stem(name: str) -> str:
    return (
        "".join(character if character.isalnum() or character in "-_" else "_" for character in name)
        or "layer"
    )


def _field_names(job: ExportJob) -> list[str]:
    fields = job.table.fields
    if len(fields) > dbf.MAX_FIELDS:
        raise BadInput(
            f"A shapefile holds {dbf.MAX_FIELDS} columns, the table {job.table.name} has {len(fields)}; "
            "export it as gpkg instead.",
            columns=len(fields),
        )
    wanted = [field.dbf_name or field.name for field in fields]
    for field, name in zip(fields, wanted, strict=True):
        require_encodable(field, [name], job.encoding, -1)
    return dbf_names(wanted, job.encoding)


def _layers(table: ExportTable, stem: str) -> Iterator[ExportTable]:
    """Split rows of different geometry types; rows without a place go with the first type."""
    if table.geometries is None or table.geometry_type != "Unknown":
        yield ExportTable(stem, table.fields, table.columns, table.geometries, table.geometry_type)
        return
    types = shapely.get_type_id(table.geometries)
    found = [kind for kind in _KINDS if np.isin(types, [int(member) for member in kind[2]]).any()]
    known = [int(member) for kind in _KINDS for member in kind[2]]
    odd = np.flatnonzero(~np.isin(types, [*known, int(shapely.GeometryType.MISSING)]))
    if odd.size:
        raise BadInput(
            f"Row {odd[0] + 1} is a {table.geometries[odd[0]].geom_type}, which a shapefile cannot hold; "
            "export it as gpkg instead.",
            row=int(odd[0]) + 1,
        )
    for number, (suffix, geometry_type, members) in enumerate(found or _KINDS[:1]):
        wanted = [int(member) for member in members]
        missing = (types == int(shapely.GeometryType.MISSING)) if number == 0 else False
        rows = np.flatnonzero(np.isin(types, wanted) | missing)
        yield table.subset(f"{stem}_{suffix}" if len(found) > 1 else stem, rows, geometry_type)


def _write_one(job: ExportJob, table: ExportTable, folder: Path, names: Sequence[str]) -> list[dbf.Overflow]:
    columns = dbf.plan_columns(table, names, job.encoding)
    _require_size(table, columns)
    if table.geometries is not None:
        shapes = ExportJob(table, job.crs, job.encoding)
        write_layer(
            shapes, folder / f"{table.name}.shp", driver="ESRI Shapefile", crs=_definition(job), names=()
        )
        _write_bounds(job, table, folder)
        _declare_crs(job, folder / f"{table.name}.prj")
    (folder / f"{table.name}.cpg").write_text(dbf.ENCODINGS[job.encoding][0], encoding="ascii")
    for column in columns:
        if column.source.kind == "integer" and column.kind == "C":
            job.note(
                f'The numbers of "{column.source.name}" are too long for a shapefile and written as text.'
            )
    # Written after the shapes, because GDAL leaves a .dbf of its own.
    return list(dbf.write_dbf(folder / f"{table.name}.dbf", table, columns, job.encoding))


def _definition(job: ExportJob) -> str | None:
    return None if declaration(job.crs) is None else job.crs.spec


def _declare_crs(job: ExportJob, path: Path) -> None:
    """Write the .prj in Esri's WKT, which is what readers of shapefiles expect; none for shifted systems."""
    path.unlink(missing_ok=True)
    declared = declaration(job.crs)
    if declared is not None:
        path.write_text(declared.to_wkt("WKT1_ESRI"), encoding="utf-8")


def _require_size(table: ExportTable, columns: Sequence[dbf.DbfColumn]) -> None:
    sizes = {".dbf": dbf.file_size(columns, len(table)), ".shp": _shapes_size(table)}
    for suffix, size in sizes.items():
        if size > SIZE_LIMIT:
            raise BadInput(
                f"The {suffix} of {table.name} would have {size / 1e9:.1f} GB, a shapefile ends at 2 GB; "
                "export it as gpkg instead.",
                size_bytes=size,
            )


def _shapes_size(table: ExportTable) -> int:
    """Compute an upper bound of the .shp's size: 16 bytes a vertex, 4 a ring, 52 a row."""
    if table.geometries is None:
        return 0
    vertices = int(shapely.get_num_coordinates(table.geometries).sum())
    rings = sum(len(shapely.get_rings(table.geometries[rows])) for rows in table.chunks())
    return _MAIN_HEADER + 16 * vertices + 4 * rings + 52 * len(table)


def _write_bounds(job: ExportJob, table: ExportTable, folder: Path) -> None:
    """Correct the extent in the headers: GDAL counts a leading row without a place as 0, 0."""
    corners: list[npt.NDArray[np.float64]] = []
    for rows in table.chunks():
        boxes = shapely.bounds(converted_geometries(table, rows, job.crs))
        known = boxes[np.isfinite(boxes).all(axis=1)]
        if known.size:
            corners.append(np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)]))
    if not corners:
        return
    found = np.array(corners)
    bounds = struct.pack("<4d", *found[:, :2].min(axis=0), *found[:, 2:].max(axis=0))
    for suffix in (".shp", ".shx"):
        with (folder / f"{table.name}{suffix}").open("r+b") as file:
            file.seek(_BOUNDS_AT)
            file.write(bounds)


def _write_fields(path: Path, table: ExportTable, names: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["short_name", "name", "kind", "label"])
        writer.writerows(
            [short, field.name, field.kind, field.label]
            for short, field in zip(names, table.fields, strict=True)
        )


def _write_overflow(path: Path, overflow: Sequence[tuple[str, dbf.Overflow]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["layer", "row", "field", "value"])
        writer.writerows([layer, item.row, item.field, item.value] for layer, item in overflow)


def _write_readme(path: Path, job: ExportJob) -> None:
    lines = [
        f"{job.table.name}: {len(job.table)} rows",
        f"Coordinate system: {job.crs.name}",
        f"Encoding of the .dbf: {job.encoding}",
        "fields.csv: the full names of the columns",
        *crs_notes(job.crs),
        *job.notes,
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
