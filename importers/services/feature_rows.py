"""From the rows of a table to features of a layer: keys, places, attributes, and each row's own fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import GeometryType

from geogrid.core.errors import BadCoordinates, BadInput
from geogrid.core.lattice import snap
from importers.readers import RefusedRow, SourceTable, require_field
from importers.readers.antimeridian import crosses_antimeridian, split_antimeridian
from importers.readers.table import Fault, ObjectArray, listed
from layers.models import Layer
from layers.services.attribute_rules import AttributeRules
from layers.services.features import FeatureRow

_LITERAL_KEYS = ("key", "id", "fid")
_LONGEST_KEY_BYTES = 500
_KINDS = {
    "point": (GeometryType.POINT, GeometryType.MULTIPOINT),
    "line": (GeometryType.LINESTRING, GeometryType.MULTILINESTRING),
    "polygon": (GeometryType.POLYGON, GeometryType.MULTIPOLYGON),
}
_WHOLE_LATITUDES, _WHOLE_LONGITUDES = 90.0, 180.0


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """The rows that can be taken, all that cannot, in the order of the file, and how they were read."""

    rows: Sequence[FeatureRow]
    refused: Sequence[RefusedRow]
    key_fields: tuple[str, ...]
    notes: tuple[str, ...]


def feature_rows(table: SourceTable, layer: Layer, *, key_field: str | None) -> FeatureRows:
    """Make features of a table's rows.

    Raises
    ------
    BadInput
        If no field can be the key, or the layer's schema is not understood.
    """
    fields = key_fields_of(table, layer, key_field)
    # Who names the key himself has another file than the layer's document had in mind.
    exempt = () if key_field is None else [name for name in layer.key_fields if name not in table.fields]
    rules = AttributeRules(layer.code, layer.schema, exempt=exempt)
    geometries, faults = _places(table, layer)
    rows: list[FeatureRow] = []
    refused = list(table.refused)
    first: dict[str, int] = {}
    for index, source in enumerate(table.attributes):
        number = int(table.numbers[index])
        key, fault = _key(source, fields)
        attributes, said = rules.applied(source) if fault is None else (source, None)
        fault = (
            fault or faults.get(index) or (said and Fault("bad-attribute", said)) or _json_fault(attributes)
        )
        if fault is None and key in first:
            fault = Fault("key-twice", f'the key "{key}" was there before, in row {first[key]}')
        if fault is not None:
            refused.append(RefusedRow(number, fault.reason, fault.code, source))
            continue
        first[key] = number
        rows.append(FeatureRow(key, geometries[index], attributes))
    refused.sort(key=lambda row: row.row)
    return FeatureRows(rows, refused, fields, (*table.notes, *_notes(rows)))


def _notes(rows: Sequence[FeatureRow]) -> list[str]:
    crossing = np.count_nonzero(~shapely.is_valid([row.geometry for row in rows]))
    if not crossing:
        return []
    return [f"{crossing} shapes cross or touch themselves; kept as they are, measured by the even-odd rule"]


def key_fields_of(table: SourceTable, layer: Layer, key_field: str | None) -> tuple[str, ...]:
    """Give the fields of the key: the named one, the layer's own, or one that is called as keys are."""
    if key_field is not None:
        return (require_field(table, key_field),)
    own = tuple(layer.key_fields)
    if own and all(name in table.fields for name in own):
        return own
    folded = {name.casefold(): name for name in reversed(table.fields)}
    for name in _LITERAL_KEYS:
        found = name if name in table.fields else folded.get(name)
        if found is not None:
            return (found,)
    usual = "field called key, id or fid"
    missing = f"neither the key of the layer ({', '.join(own)}) nor a {usual}" if own else f"no {usual}"
    raise BadInput(
        f"{table.path.name} has {missing}; it has {listed(table.fields) or 'no fields'}: "
        "name the field that tells one object from another with --key-field",
        fields=list(table.fields),
    )


def _key(attributes: Mapping[str, Any], fields: Sequence[str]) -> tuple[str, Fault | None]:
    parts = []
    for name in fields:
        text = _key_text(attributes.get(name))
        if text is None:
            return "", Fault("no-key", f'has no key: "{name}" is empty')
        parts.append(text)
    key = "|".join(parts)
    if not _storable(key):
        return "", Fault("bad-key", "has a key with characters that cannot be stored")
    if len(key.encode()) > _LONGEST_KEY_BYTES:
        return "", Fault("bad-key", f"has a key of more than {_LONGEST_KEY_BYTES} bytes")
    return key, None


def _key_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _places(table: SourceTable, layer: Layer) -> tuple[ObjectArray, dict[int, Fault]]:
    """Bring all geometries to longitude/latitude on the lattice; say which have no place there."""
    faults = _wrong_kinds(table.geometries, layer)
    geometries = shapely.transform(table.geometries, table.crs.to_lonlat)
    good = np.ones(len(geometries), dtype=bool)
    faults |= {row: fault for row, fault in _off_the_earth(geometries).items() if row not in faults}
    good[list(faults)] = False
    for row in np.flatnonzero(good)[crosses_antimeridian(geometries[good])]:
        try:
            geometries[row] = split_antimeridian(geometries[row])
        except BadCoordinates as error:
            faults[int(row)] = Fault("antimeridian", error.message)
            good[row] = False
    geometries[good] = shapely.transform(geometries[good], snap)
    for row in np.flatnonzero(good)[_vanished(geometries[good])]:
        faults[int(row)] = Fault("no-extent", "is smaller than the millimetre that coordinates are kept to")
    return _single_points(geometries), faults


def _wrong_kinds(geometries: ObjectArray, layer: Layer) -> dict[int, Fault]:
    taken = _KINDS.get(layer.geometry_type)
    if taken is None:
        return {}
    wrong = ~np.isin(shapely.get_type_id(geometries), taken)
    sentence = "is a {}, and the layer takes {}s"
    return {
        int(row): Fault(
            "wrong-geometry-type", sentence.format(geometries[row].geom_type, layer.geometry_type)
        )
        for row in np.flatnonzero(wrong)
    }


def _off_the_earth(geometries: ObjectArray) -> dict[int, Fault]:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    lost = ~(np.abs(xy[:, 1]) <= _WHOLE_LATITUDES) | ~(np.abs(xy[:, 0]) <= 2 * _WHOLE_LONGITUDES)
    return {
        int(row): Fault("out-of-range", "has a place that is not on the earth")
        for row in np.unique(owner[lost])
    }


def _vanished(geometries: ObjectArray) -> npt.NDArray[np.bool_]:
    """Tell which areas and lines are nothing but a point or a line, on the lattice."""
    dimensions = shapely.get_dimensions(geometries)
    flat = np.flatnonzero((dimensions == 2) & (shapely.area(geometries) == 0.0))
    # The two wings of a bow tie may cancel each other out.
    flat = flat[shapely.area(shapely.make_valid(geometries[flat])) == 0.0]
    vanished: npt.NDArray[np.bool_] = (dimensions == 1) & (shapely.length(geometries) == 0.0)
    vanished[flat] = True
    return vanished


def _single_points(geometries: ObjectArray) -> ObjectArray:
    """Take the point out of several points that are one: some programs write all points so."""
    several = shapely.get_type_id(geometries) == GeometryType.MULTIPOINT
    single = several & (shapely.get_num_geometries(geometries) == 1)
    geometries[single] = shapely.get_geometry(geometries[single], 0)
    return geometries


def _json_fault(attributes: Mapping[str, Any]) -> Fault | None:
    """Say whether some text can be written as JSON and yet not be stored."""
    text = json.dumps(attributes, ensure_ascii=False)
    if "\\u0000" not in text and _storable(text):
        return None
    for name, value in attributes.items():
        if not (_storable(name) and all(map(_storable, _texts(value)))):
            return Fault("bad-attribute", f'has characters in "{name[:30]!a}" that cannot be stored')
    return None


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for name, item in value.items() for text in (name, *_texts(item))]
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _storable(text: str) -> bool:
    """Tell whether PostgreSQL takes a text: no NUL, no half of a character."""
    try:
        return b"\x00" not in text.encode("utf-8")
    except UnicodeEncodeError:
        return False
