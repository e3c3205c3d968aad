"""Small lands, features and scheme documents, written as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
import shapely.geometry

WEST, SOUTH = 118.30, 29.70
#: Side of a unit square, in degrees: 967 m by 1,108 m.
UNIT = 0.01


def at(x: float, y: float) -> tuple[float, float]:
    """Give the longitude and latitude of a place in units from the south-west corner of the small lands."""
    return round(WEST + x * UNIT, 9), round(SOUTH + y * UNIT, 9)


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """Make a rectangle, in units."""
    return polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def polygon(*corners: tuple[float, float], hole: Sequence[tuple[float, float]] = ()) -> shapely.Polygon:
    """Make a polygon, in units; valid or not."""
    return shapely.Polygon(
        [at(*corner) for corner in corners], [[at(*corner) for corner in hole]] if hole else []
    )


def write_scheme(folder: Path, scheme: str, levels: Sequence[str | Mapping[str, Any]], **blocks: Any) -> Path:
    """Write a scheme document; a level that is only named is a partition."""
    document = {
        "scheme": scheme,
        "name": scheme,
        "levels": [
            {"code": level, "rule": "partition"} if isinstance(level, str) else dict(level)
            for level in levels
        ],
        **blocks,
    }
    path = folder / f"{scheme}.yaml"
    # JSON is YAML.
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def write_geojson(
    path: Path, rows: Iterable[tuple[shapely.Geometry | Mapping[str, Any] | None, Mapping[str, Any]]]
) -> Path:
    """Write features; a geometry may be a shape, a GeoJSON object, however wrong, or None."""
    features = [
        {
            "type": "Feature",
            "properties": dict(properties),
            "geometry": shapely.geometry.mapping(shape) if isinstance(shape, shapely.Geometry) else shape,
        }
        for shape, properties in rows
    ]
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table; numbers with all their digits."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a table, with a byte-order mark or without."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
