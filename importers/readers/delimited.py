"""Delimited text (CSV and its kin): points by two fields, or any geometry as WKT.

Everything is text in such a file and stays text, so codes keep their leading zeros; empty is None.
"""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.errors import GEOSException

from geogrid.core.errors import BadInput, UnreadableFile
from importers.readers.table import (
    Attributes,
    Fault,
    ObjectArray,
    RawTable,
    as_objects,
    check_field,
    choose_layer,
    listed,
)
from importers.readers.texts import read_text

_DELIMITERS = ",;\t|"
_LONGITUDES = ("lon", "lng", "long", "longitude", "x", "经度")
_LATITUDES = ("lat", "latitude", "y", "纬度")
_SHAPES = ("wkt", "geometry", "geom", "the_geom")
_SAMPLE = 64

FloatArray = npt.NDArray[np.float64]


def read_delimited(
    path: Path, *, layer: str | None, encoding: str | None, lon_field: str | None, lat_field: str | None
) -> RawTable:
    """Read delimited text; the fields of the coordinates are guessed by their names unless given.

    Raises
    ------
    UnreadableFile
        If it is not text, or a quotation in it does not end.
    BadInput
        If no field holds coordinates, or a named field does not exist.
    """
    text, used = read_text(path, encoding)
    if "\x00" in text[:4096]:
        raise UnreadableFile(f"{path.name} is not text, and no other format that is read here.")
    records = _records(path, text)
    header = next(records, [])
    fields, notes = field_names(path, header)
    where = _where(path, fields, lon_field, lat_field)
    attributes, faults = _rows(records, fields)
    if len(where) == 1:
        geometries, found = _from_wkt([row[where[0]] for row in attributes])
    else:
        geometries, found = points_of([[row[name] for row in attributes] for name in where], where)
    return RawTable(
        layer=choose_layer(path, [path.stem], layer),
        fields=fields,
        encoding=used,
        attributes=attributes,
        geometries=geometries,
        declared_crs="EPSG:4326",
        crs_origin="default of the format",
        faults={**found, **faults},
        notes=notes,
    )


def _records(path: Path, text: str) -> Iterator[list[str]]:
    """Split text into records, leaving empty lines out."""
    # A geometry as text may be longer than the limit that the csv module starts with.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        for record in reader:
            if any(map(str.strip, record)):
                yield record
    except csv.Error as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as delimited text near line {reader.line_num}: {error}; "
            "is a quotation mark missing there?",
            line=reader.line_num,
        ) from error


def delimiter_of(text: str) -> str:
    """Take the delimiter that splits the first line into the most fields, quotations aside."""
    line = text[:65536].lstrip("\r\n").splitlines()[:1]
    counts = {mark: _count(line[0], mark) for mark in _DELIMITERS} if line else {}
    best = max(counts, key=lambda mark: counts[mark], default=",")
    return best if counts and counts[best] else ","


def _count(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def field_names(path: Path, header: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Make the names of the columns clean and different from each other."""
    if not header:
        raise UnreadableFile(f"{path.name} holds no rows.")
    names: list[str] = []
    notes = []
    for position, cell in enumerate(header, 1):
        name = candidate = cell.strip().lstrip("\ufeff") or f"column_{position}"
        again = 1
        while candidate in names:
            again += 1
            candidate = f"{name}_{again}"
        if candidate != cell.strip():
            notes.append(f'column {position} ("{cell.strip()}") is called "{candidate}" here')
        names.append(candidate)
    return tuple(names), notes


def _where(
    path: Path, fields: tuple[str, ...], lon_field: str | None, lat_field: str | None
) -> tuple[str, ...]:
    """Find the fields of the coordinates: two of numbers, or one of WKT."""
    folded = {name.casefold(): name for name in reversed(fields)}
    shape = [folded[name] for name in _SHAPES if name in folded]
    if shape and lon_field is None and lat_field is None:
        return (shape[0],)
    return coordinate_fields(path, fields, lon_field, lat_field)


def coordinate_fields(
    path: Path, fields: Sequence[str], lon_field: str | None, lat_field: str | None
) -> tuple[str, str]:
    """Give the fields of longitude and latitude: those that are named, or that are called so.

    Raises
    ------
    BadInput
        If there are none, or a named field does not exist.
    """
    if lon_field is not None or lat_field is not None:
        if lon_field is None or lat_field is None:
            raise BadInput("--lon-field and --lat-field go together; name both.")
        check_field(path, fields, lon_field)
        check_field(path, fields, lat_field)
        return lon_field, lat_field
    folded = {name.casefold(): name for name in reversed(fields)}
    lon = [folded[name] for name in _LONGITUDES if name in folded]
    lat = [folded[name] for name in _LATITUDES if name in folded]
    if lon and lat:
        return lon[0], lat[0]
    raise BadInput(
        f"{path.name} has no fields of coordinates that are recognised; it has {listed(fields)}: "
        "name them with --lon-field and --lat-field.",
        fields=list(fields),
    )


def _rows(records: Iterator[list[str]], fields: tuple[str, ...]) -> tuple[list[Attributes], dict[int, Fault]]:
    attributes: list[Attributes] = []
    faults: dict[int, Fault] = {}
    width = len(fields)
    for row, record in enumerate(records):
        cells: list[str | None] = [cell or None for cell in record]
        if len(cells) != width:
            if any(map(str.strip, record[width:])):
                sentence = f"has {len(record)} fields where the header has {width}"
                faults[row] = Fault("wrong-field-count", sentence)
            cells += [None] * (width - len(cells))
        attributes.append(dict(zip(fields, cells, strict=False)))
    return attributes, faults


def points_of(
    columns: Sequence[Sequence[str | None]], names: Sequence[str]
) -> tuple[ObjectArray, dict[int, Fault]]:
    """Make points of two columns of text; what is no number is looked at one by one."""
    faults: dict[int, Fault] = {}
    values = []
    for name, column in zip(names, columns, strict=True):
        numbers = _numbers(column)
        for row in np.flatnonzero(~np.isfinite(numbers)):
            number, fault = _number(column[row], name)
            numbers[row] = number
            if fault is not None:
                faults.setdefault(int(row), fault)
        values.append(numbers)
    geometries = as_objects([None] * len(columns[0]))
    good = np.ones(len(geometries), dtype=bool)
    good[list(faults)] = False
    geometries[good] = shapely.points(values[0][good], values[1][good])
    return geometries, faults


def _numbers(column: Sequence[str | None]) -> FloatArray:
    """Read numbers at once; NaN where a text is none."""
    return np.array(pd.to_numeric(pd.Series(column, dtype=object), errors="coerce"), dtype=np.float64)


def _number(text: str | None, name: str) -> tuple[float, Fault | None]:
    """Read one number as people write it (full-width digits, a decimal comma), or say what is wrong."""
    if text is None or not text.strip():
        return np.nan, Fault("no-geometry", f'has no value in "{name}"')
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return np.nan, Fault("not-a-number", f'"{text[:_SAMPLE]}" in "{name}" is not a number')
    if not np.isfinite(number):
        return np.nan, Fault(
            "not-finite", f'the coordinate {text[:_SAMPLE]} in "{name}" is not a usable number'
        )
    return number, None


def _from_wkt(column: list[str | None]) -> tuple[ObjectArray, dict[int, Fault]]:
    texts = as_objects(column)
    geometries = as_objects(list(shapely.from_wkt(texts, on_invalid="ignore")))
    faults = {}
    for row in np.flatnonzero(shapely.is_missing(geometries)):
        fault = _wkt_fault(texts[row])
        if fault is not None:
            faults[int(row)] = fault
    return geometries, faults


def _wkt_fault(text: str | None) -> Fault | None:
    if text is None or not text.strip():
        return None
    try:
        shapely.from_wkt(text)
    except (GEOSException, NotImplementedError) as error:
        said = str(error).removeprefix("ParseException: ")
        return Fault("broken-geometry", f'"{text[:_SAMPLE]}" is not a geometry as WKT ({said})')
    return Fault("broken-geometry", f'"{text[:_SAMPLE]}" is not a geometry as WKT')
