"""GeoJSON: collections, single features, newline-delimited features; one broken feature spoils one row.

GDAL reads GeoJSON too, but it ignores a coordinate system it does not know, turns long numbers into floats
and gives up the whole file for one bad number; here each row keeps its own reason.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import shapely

from geogrid.core.errors import UnreadableFile
from importers.readers.json_geometry import BrokenGeometryError, GeometryBuilder
from importers.readers.json_scan import JsonScanner
from importers.readers.table import Attributes, Fault, RawTable, as_objects, choose_layer
from importers.readers.texts import read_text

_GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_NOT_A_FEATURE = Fault("not-a-feature", "is not a GeoJSON feature")


def read_geojson(path: Path, *, layer: str | None, encoding: str | None) -> RawTable:
    """Read a GeoJSON file, whatever its name.

    Raises
    ------
    UnreadableFile
        If it is not JSON, is cut off, or is JSON of another kind.
    """
    text, used = read_text(path, encoding)
    document = _Document(path)
    try:
        document.read(JsonScanner(text))
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            f"{path.name} is not complete GeoJSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            line=error.lineno,
        ) from error
    return document.table(layer, used)


class _Document:
    """The features found so far and what the file says about itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._builder = GeometryBuilder()
        self._fields: dict[str, None] = {}
        self._attributes: list[Attributes] = []
        self._geometries: list[shapely.Geometry | None] = []
        self._faults: dict[int, Fault] = {}
        self._names: list[str] = []
        self._crs: Any = None
        self._declares_crs = False
        self._lost_numbers = 0

    def read(self, scanner: JsonScanner) -> None:
        while scanner.peek():
            members: dict[str, Any] = {}
            for name, value, is_feature in scanner.members("features"):
                if is_feature:
                    self._feature(value)
                else:
                    members[name] = value
            self._close(members)

    def _close(self, members: dict[str, Any]) -> None:
        """Take a finished top-level object: a collection (its features are taken), a feature, a geometry."""
        kind = members.get("type")
        if kind == "FeatureCollection":
            if isinstance(members.get("name"), str):
                self._names.append(members["name"])
        elif kind == "Feature":
            self._feature(members)
        elif kind in _GEOMETRIES:
            self._feature({"type": "Feature", "properties": {}, "geometry": members})
        else:
            what = f'its type is "{kind}"' if isinstance(kind, str) else "it does not say what it is"
            raise UnreadableFile(f"{self._path.name} is JSON but not GeoJSON: {what}; convert it to GeoJSON.")
        if "crs" in members:
            self._crs, self._declares_crs = members["crs"], True

    def _feature(self, feature: Any) -> None:
        row = len(self._attributes)
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            self._attributes.append({})
            self._geometries.append(None)
            self._faults[row] = _NOT_A_FEATURE
            return
        properties = feature.get("properties")
        attributes = dict(properties) if isinstance(properties, dict) else {}
        if isinstance(feature.get("id"), str | int) and "id" not in attributes:
            attributes = {"id": feature["id"], **attributes}
        self._fields.update(dict.fromkeys(attributes))
        self._attributes.append({name: self._plain(value) for name, value in attributes.items()})
        try:
            self._geometries.append(self._builder.build(feature.get("geometry")))
        except BrokenGeometryError as error:
            self._geometries.append(None)
            self._faults[row] = error.fault

    def _plain(self, value: Any) -> Any:
        """Replace what JSON cannot say (NaN, infinity) by None."""
        if isinstance(value, float) and not math.isfinite(value):
            self._lost_numbers += 1
            return None
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, dict):
            return {name: self._plain(item) for name, item in value.items()}
        return value

    def table(self, layer: str | None, encoding: str) -> RawTable:
        name = self._path.stem if layer == self._path.stem or not self._names else self._names[0]
        fields = tuple(self._fields)
        for attributes in self._attributes:
            for missing in self._fields.keys() - attributes.keys():
                attributes[missing] = None
        return RawTable(
            layer=choose_layer(self._path, [name], layer),
            fields=fields,
            encoding=encoding,
            attributes=self._attributes,
            geometries=as_objects(self._geometries),
            declared_crs=self._declared_crs(),
            crs_origin="declared by the file" if self._declares_crs else "default of the format",
            faults=self._faults,
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        counted = (
            ("rings that were not closed were closed", self._builder.closed_rings),
            ("parts of geometries had Z values, which were dropped", self._builder.heights),
            ("attributes that were NaN or infinite became empty", self._lost_numbers),
        )
        return [f"{what}: {count}" for what, count in counted if count]

    def _declared_crs(self) -> str | None:
        """Return what the old `crs` member names; None where it names nothing that can be understood."""
        if not self._declares_crs:
            return "EPSG:4326"
        member = self._crs if isinstance(self._crs, dict) else {}
        properties = member.get("properties")
        if isinstance(properties, dict):
            named = properties.get("name")
            if isinstance(named, str):
                return named
            if isinstance(properties.get("code"), int | str):
                return f"EPSG:{properties['code']}"
        return None
