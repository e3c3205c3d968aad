"""Shapefiles, bare or zipped: GDAL reads the shapes, the table and the coordinate system are read here."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from geogrid.core.errors import UnreadableFile
from importers.readers.dbf import DbfTable, read_dbf
from importers.readers.gdal import geometries_of
from importers.readers.table import ObjectArray, RawTable, choose_layer
from importers.readers.wkb import parse_wkb

Parts = Mapping[str, Path]
"""The files of one shapefile by extension, in small letters and without the dot."""

EXTENSIONS = ("shp", "shx", "dbf", "prj", "cpg")
MAGIC = b"\x00\x00\x27\x0a"
_HEADER = 100
_MULTIPATCH = 31


def read_bare_shapefile(path: Path, *, layer: str | None, encoding: str | None) -> RawTable:
    """Read a .shp file with the files beside it, however their extensions are written."""
    parts = {
        extension: sibling
        for sibling in sorted(path.parent.iterdir())
        if sibling.stem == path.stem and (extension := sibling.suffix[1:].lower()) in EXTENSIONS
    }
    parts["shp"] = path
    return read_shapefile(parts, path, layer=choose_layer(path, [path.stem], layer), encoding=encoding)


def read_shapefile(parts: Parts, shown_as: Path, *, layer: str, encoding: str | None) -> RawTable:
    """Read one shapefile from its parts.

    Raises
    ------
    UnreadableFile
        If a part is missing, damaged or cut off, or shapes and rows are not of the same number.
    """
    count = _check_shapes(parts, shown_as, layer)
    table = _table(parts, shown_as, layer, encoding)
    if table.total != count:
        raise UnreadableFile(
            f"{shown_as.name}: {layer} has {count} shapes but {table.total} rows in its .dbf; "
            "the files do not belong together."
        )
    shapes = _shapes(parts, shown_as)
    if len(shapes) != count:
        raise UnreadableFile(
            f"{shown_as.name}: only {len(shapes)} of the {count} shapes of {layer} can be read."
        )
    geometries, faults, closed = parse_wkb(shapes[table.kept])
    notes = list(table.notes)
    if closed:
        notes.append(f"rings that were not closed have been closed in {closed} rows")
    declared = _declared_crs(parts)
    return RawTable(
        layer=layer,
        fields=table.fields,
        encoding=table.encoding,
        attributes=table.attributes,
        geometries=geometries,
        declared_crs=declared,
        crs_origin="declared by the file",
        numbers=(table.kept + 1).astype(np.int64),
        faults=faults,
        notes=notes,
    )


def _check_shapes(parts: Parts, shown_as: Path, layer: str) -> int:
    """Return how many shapes there are, after a look at the parts that must exist."""
    for extension, meaning in (("shx", "the index of its shapes"), ("dbf", "the table of its attributes")):
        if extension not in parts:
            raise UnreadableFile(
                f"{shown_as.name}: {layer} has no .{extension} file ({meaning}); "
                "a shapefile is .shp, .shx and .dbf side by side: give all of them, best as one zip.",
                missing=extension,
            )
    shapes, index = parts["shp"].read_bytes()[:_HEADER], parts["shx"].read_bytes()
    for extension, data in (("shp", shapes), ("shx", index)):
        if len(data) < _HEADER or not data.startswith(MAGIC):
            raise UnreadableFile(
                f"{shown_as.name}: the .{extension} file of {layer} is not one, or it is damaged."
            )
    declared = 2 * struct.unpack_from(">i", shapes, 24)[0]
    actual = parts["shp"].stat().st_size
    if declared > actual:
        raise UnreadableFile(
            f"{shown_as.name}: the .shp file of {layer} is cut off: {actual} of {declared} bytes are there."
        )
    if struct.unpack_from("<i", shapes, 32)[0] == _MULTIPATCH:
        raise UnreadableFile(
            f"{shown_as.name}: {layer} holds multipatch shapes (solids); convert them to polygons."
        )
    return (len(index) - _HEADER) // 8


def _table(parts: Parts, shown_as: Path, layer: str, encoding: str | None) -> DbfTable:
    cpg = parts["cpg"].read_bytes()[:64].decode("ascii", "replace") if "cpg" in parts else None
    name = parts["dbf"].name if parts["shp"] == shown_as else f"{shown_as.name}/{layer}.dbf"
    return read_dbf(parts["dbf"].read_bytes(), name, encoding=encoding, cpg=cpg)


def _shapes(parts: Parts, shown_as: Path) -> ObjectArray:
    """Let GDAL read the shapes alone: it would decode the table its own way, and drop rows of it."""
    with TemporaryDirectory(prefix="geogrid-shp-") as folder:
        staged = Path(folder) / "shapes.shp"
        staged.symlink_to(parts["shp"].resolve())
        staged.with_suffix(".shx").symlink_to(parts["shx"].resolve())
        return geometries_of(staged, "a shapefile", shown_as)


def _declared_crs(parts: Parts) -> str | None:
    if "prj" not in parts:
        return None
    return parts["prj"].read_bytes()[:65536].decode("utf-8-sig", "replace").strip("\x00 \r\n\t") or None
