"""Small files for the tests of the readers, made on the spot."""

from __future__ import annotations

import json
import struct
import warnings
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pyogrio.raw
import shapely

from geogrid.core.errors import GeogridError
from importers.readers import SourceTable, read_table

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def read_or_sentence(path: Path, want: Any) -> SourceTable | str:
    """What a file gives: its table, or the sentence that refuses it. Any other error is a fault of ours."""
    try:
        return read_table(path, want=want)
    except GeogridError as error:
        return error.message


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def square(x: float, y: float, size: float = 1.0) -> dict[str, Any]:
    return polygon([[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]])


def collection(*features: Any, **members: Any) -> str:
    return json.dumps(
        {"type": "FeatureCollection", "features": list(features), **members}, ensure_ascii=False
    )


def dbf(
    rows: list[list[bytes]],
    fields: list[tuple[bytes, str, int, int]],
    *,
    driver: int = 0,
    end: bytes = b"\x1a",
) -> bytes:
    """A dBASE table of raw bytes, so that any encoding and any fault can be written."""
    header, width = 32 + 32 * len(fields) + 1, 1 + sum(size for _, _, size, _ in fields)
    out = (
        struct.pack("<BBBBIHH", 3, 126, 11, 24, len(rows), header, width) + bytes(17) + bytes([driver, 0, 0])
    )
    for name, kind, size, decimals in fields:
        out += name.ljust(11, b"\0")[:11] + kind.encode() + bytes(4) + bytes([size, decimals]) + bytes(14)
    out += b"\r"
    for row in rows:
        mark = b"*" if row[0].startswith(b"DELETED") else b" "
        cells = [cell.ljust(size)[:size] for cell, (_, _, size, _) in zip(row, fields, strict=True)]
        out += mark + b"".join(cells)
    return out + end


def shapefile(
    folder: Path,
    name: str,
    geometries: list[shapely.Geometry | None],
    table: bytes | None = None,
    *,
    prj: str | None = WGS84_PRJ,
    cpg: str | None = None,
    kind: str = "Polygon",
) -> Path:
    """A shapefile whose shapes GDAL wrote and whose table, if given, is ours."""
    path = folder / f"{name}.shp"
    wkb = np.array([None if g is None else shapely.to_wkb(g) for g in geometries], dtype=object)
    codes = np.array([f"{n:03}" for n in range(1, len(geometries) + 1)], dtype=object)
    pyogrio.raw.write(
        path, wkb, [codes], ["code"], geometry_type=kind, crs="EPSG:4326", driver="ESRI Shapefile"
    )
    for extension, text in (("prj", prj), ("cpg", cpg)):
        part = path.with_suffix(f".{extension}")
        part.unlink(missing_ok=True)
        if text is not None:
            part.write_text(text, encoding="utf-8")
    if table is not None:
        path.with_suffix(".dbf").write_bytes(table)
    return path


def zipped(path: Path, *members: tuple[str, Path]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, file in members:
            archive.write(file, name)
    return path


def geopackage(path: Path, layer: str, geometries: list[Any], codes: list[str], *, crs: str | None) -> Path:
    wkb = np.array(
        [g if g is None or isinstance(g, bytes) else shapely.to_wkb(g) for g in geometries], dtype=object
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.raw.write(
            path,
            wkb,
            [np.array(codes, dtype=object)],
            ["code"],
            geometry_type="Unknown",
            crs=crs,
            driver="GPKG",
            layer=layer,
            append=path.exists(),
        )
    return path
