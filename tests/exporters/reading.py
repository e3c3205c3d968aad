"""Reading exports back."""

from __future__ import annotations

import json

import pyogrio
import shapely


def by_pyogrio(path):
    """Rows of a file by pyogrio's own GDAL: geometries only, exact."""
    found = []
    for layer, _ in pyogrio.list_layers(path):
        options = {"GEOM_POSSIBLE_NAMES": "geometry"} if path.suffix == ".csv" else {}
        found += shapely.from_wkb(pyogrio.raw.read(path, layer=layer, **options)[2]).tolist()
    return found


def parsed(value):
    """A JSON column: some drivers give it parsed, some as text."""
    return json.loads(value) if isinstance(value, str) and value else value or None
