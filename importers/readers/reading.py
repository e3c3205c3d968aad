"""One way to read a file: find out what it is, read it, settle its coordinate system, sift its rows."""

from __future__ import annotations

from pathlib import Path

from geogrid.core.crs import SourceCrs, resolve_crs
from geogrid.core.errors import UnknownCrs, UnreadableFile
from importers.readers import archive, delimited, geojson, geopackage, shapefile
from importers.readers.rows import Want, sift
from importers.readers.table import RawTable, SourceTable

_HEAD_BYTES = 4096
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_BY_EXTENSION = {
    ".shp": "shapefile",
    ".zip": "zip",
    ".gpkg": "geopackage",
    ".geojson": "geojson",
    ".geojsonl": "geojson",
    ".geojsons": "geojson",
    ".ndjson": "geojson",
    ".json": "geojson",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".txt": "delimited",
}
_PARTS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj")
_READ_HERE = "GeoJSON, shapefile (.shp or .zip), GeoPackage or CSV"
_KINDS = {"shapefile": "a shapefile", "zip": "a zip archive", "geopackage": "a GeoPackage"}


def read_table(
    path: Path,
    *,
    want: Want,
    layer: str | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    lon_field: str | None = None,
    lat_field: str | None = None,
) -> SourceTable:
    """Read one layer of a file: GeoJSON, shapefile (bare or zipped), GeoPackage or delimited text.

    Parameters
    ----------
    path : Path
        The file; its content decides where its extension says nothing.
    want : {"polygon", "any"}
        Whether rows that are not polygons are refused.
    layer : str, optional
        Needed where the file has several.
    crs : str, optional
        What the user says; it wins over what the file declares.
    encoding : str, optional
        What the user says; the only one tried.
    lon_field, lat_field : str, optional
        The fields of the coordinates in delimited text; guessed by their names if absent.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, damaged, of another kind, or holds no rows.
    UnknownCrs
        If its coordinate system is not declared, not known or not safe.
    BadInput
        If a layer, field or encoding that was named does not exist.
    """
    path = Path(path)
    given = None if crs is None else resolve_crs(crs)
    try:
        raw = _read(path, layer=layer, encoding=encoding, lon_field=lon_field, lat_field=lat_field)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if not raw.attributes:
        raise UnreadableFile(f"{path.name} holds no rows.")
    system, origin = _settle(path, raw, given)
    return sift(path, raw, system, origin, want=want)


def _read(
    path: Path, *, layer: str | None, encoding: str | None, lon_field: str | None, lat_field: str | None
) -> RawTable:
    kind = _kind(path)
    if kind == "shapefile":
        return shapefile.read_bare_shapefile(path, layer=layer, encoding=encoding)
    if kind == "zip":
        return archive.read_zipped_shapefile(path, layer=layer, encoding=encoding)
    if kind == "geopackage":
        return geopackage.read_geopackage(path, layer=layer)
    if kind == "geojson":
        return geojson.read_geojson(path, layer=layer, encoding=encoding)
    return delimited.read_delimited(
        path, layer=layer, encoding=encoding, lon_field=lon_field, lat_field=lat_field
    )


def _kind(path: Path) -> str:
    """Find out the format: by the extension where it is known, and the content must agree."""
    head = _head(path)
    extension = path.suffix.lower()
    if extension in _PARTS:
        raise UnreadableFile(
            f"{path.name} is one part of a shapefile; name the .shp file or a zip of all parts."
        )
    expected = _BY_EXTENSION.get(extension)
    found = _kind_by_content(head)
    if expected in _KINDS and found != expected:
        raise UnreadableFile(f"{path.name} is not {_KINDS[expected]}, or it is damaged; get a complete copy.")
    if expected is not None:
        return expected
    if found is not None and extension not in (".xlsx", ".ods", ".kmz", ".docx"):
        return found
    raise UnreadableFile(f"{path.name} is of a kind that is not read here; convert it to {_READ_HERE}.")


def _head(path: Path) -> bytes:
    if not path.exists():
        raise UnreadableFile(f"{path.name} does not exist.", path=str(path))
    if not path.is_file():
        raise UnreadableFile(f"{path.name} is a folder or no plain file; name a file: {_READ_HERE}.")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise UnreadableFile(f"{path.name} is empty (0 bytes).")
    return head


def _kind_by_content(head: bytes) -> str | None:
    if head.startswith(shapefile.MAGIC):
        return "shapefile"
    if head.startswith(_ZIP_MAGIC):
        return "zip"
    if head.startswith(geopackage.MAGIC):
        return "geopackage"
    text = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x1e")
    if text.startswith(b"{"):
        return "geojson"
    if b"\x00" in head or text.startswith((b"<", b"%PDF")):
        return None
    first = text.splitlines()[0] if text else b""
    return "delimited" if any(mark in first for mark in (b",", b";", b"\t", b"|")) else None


def _settle(path: Path, raw: RawTable, given: SourceCrs | None) -> tuple[SourceCrs, str]:
    """Decide on the coordinate system: the user's word, else the file's, else the user is asked."""
    if given is not None:
        if raw.declared_crs is not None and raw.crs_origin == "declared by the file":
            _note_contradiction(raw, given)
        return given, "given"
    if raw.declared_crs is None:
        hint = " (there is no .prj file)" if path.suffix.lower() in (".shp", ".zip") else ""
        raise UnknownCrs(f"{path.name} does not say its coordinate system{hint}; name it with --crs.")
    try:
        return resolve_crs(raw.declared_crs), raw.crs_origin
    except UnknownCrs as error:
        raise UnknownCrs(f"{path.name}: {error.message}", **error.context) from error


def _note_contradiction(raw: RawTable, given: SourceCrs) -> None:
    try:
        declared = resolve_crs(str(raw.declared_crs)).name
    except UnknownCrs:
        declared = "a coordinate system that is not usable"
    if declared != given.name:
        raw.notes.append(f"the file declares {declared}; {given.name} was given and is used")
