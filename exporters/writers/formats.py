"""The formats that exist, how a file's name chooses one, and the one way to write a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exporters.writers.coordinates import TargetCrs, crs_notes
from exporters.writers.csv_file import write_csv
from exporters.writers.export_job import ExportJob, WriteReport
from exporters.writers.geojson_file import write_geojson
from exporters.writers.gpkg_file import write_gpkg
from exporters.writers.shapefile import write_shapefile
from exporters.writers.staging import staged
from exporters.writers.table import ExportTable
from geogrid.core.errors import BadInput

_ENCODING_NAMES = {
    "utf8": "utf-8",
    "utf8sig": "utf-8-sig",
    "utf8bom": "utf-8-sig",
    "gbk": "gbk",
    "gb2312": "gbk",
    "cp936": "gbk",
    "936": "gbk",
    "gb18030": "gb18030",
}


@dataclass(frozen=True)
class Format:
    """A file format that tables can be written in.

    Attributes
    ----------
    name : str
        What ``--format`` calls it.
    suffixes : tuple of str
        Ends of file names that mean it, lower case.
    encodings : tuple of str
        Encodings of texts that it can have; the first is the default.
    write : callable
        Writes a job to a path; the path is private until the writer returns.
    """

    name: str
    suffixes: tuple[str, ...]
    encodings: tuple[str, ...]
    write: Callable[[ExportJob, Path], None]


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("shp", (".zip", ".shp"), ("utf-8", "gbk"), write_shapefile),
        Format("geojson", (".geojson", ".json"), ("utf-8",), write_geojson),
        Format("gpkg", (".gpkg",), ("utf-8",), write_gpkg),
        Format("csv", (".csv",), ("utf-8-sig", "utf-8", "gbk", "gb18030"), write_csv),
    )
}
"""Every format by name."""


def format_of(path: Path, name: str | None) -> str:
    """Choose a format: by its name if one is given, else by the end of the file's name.

    Raises
    ------
    BadInput
        If there is no such format; the sentence lists what exists.
    """
    if name is not None:
        if name.lower() in FORMATS:
            return name.lower()
        raise BadInput(f'There is no format "{name}"; there are {", ".join(FORMATS)}.', format=name)
    for entry in FORMATS.values():
        if path.suffix.lower() in entry.suffixes:
            return entry.name
    ends = ", ".join(suffix for entry in FORMATS.values() for suffix in entry.suffixes)
    raise BadInput(
        f'The name "{path.name}" does not say which format to write: let it end in one of {ends}, '
        f"or name one of {', '.join(FORMATS)} with --format.",
        path=str(path),
    )


def write_table(
    table: ExportTable,
    path: Path,
    *,
    format: str,  # noqa: A002 - the word that the command line uses
    crs: TargetCrs,
    encoding: str | None = None,
    spreadsheet_safe: bool = False,
) -> WriteReport:
    """Write a table into a file; an existing file is replaced only when the new one is complete.

    Parameters
    ----------
    table : ExportTable
        The rows, in longitude/latitude EPSG:4326.
    path : Path
        Where the file goes; its folder exists.
    format : str
        A key of `FORMATS`, as `format_of` gives it.
    crs : TargetCrs
        The coordinate system of the file; in EPSG:4326 coordinates leave bit for bit.
    encoding : str, optional
        Encoding of the texts, one that the format can have; its default if absent.
    spreadsheet_safe : bool
        CSV only: put an apostrophe before texts that a spreadsheet program would run as formulas.

    Returns
    -------
    WriteReport
        What was written, with the sentences that people should read.

    Raises
    ------
    BadInput
        If the file cannot be written, or cannot express a value or a place; nothing is written then.
    """
    entry = FORMATS[format_of(path, format)]
    job = ExportJob(table, crs, _encoding(entry, encoding), spreadsheet_safe=spreadsheet_safe)
    if table.geometries is not None:
        for sentence in crs_notes(crs):
            job.note(sentence)
    with staged(path) as place:
        entry.write(job, place)
    return WriteReport(
        path=path,
        format=entry.name,
        rows=len(table),
        size_bytes=path.stat().st_size if path.exists() else 0,
        crs=crs.name,
        encoding=job.encoding,
        overflow=job.overflow,
        notes=tuple(job.notes),
    )


def _encoding(entry: Format, wanted: str | None) -> str:
    if wanted is None:
        return entry.encodings[0]
    plain = wanted.lower().replace("-", "").replace("_", "").replace(" ", "")
    encoding = _ENCODING_NAMES.get(plain, wanted)
    if encoding not in entry.encodings:
        raise BadInput(
            f'A {entry.name} file cannot be written in the encoding "{wanted}"; '
            f"choose {' or '.join(entry.encodings)}.",
            encoding=wanted,
        )
    return encoding
