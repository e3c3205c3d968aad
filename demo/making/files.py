"""Writing the files: one feature a line, the same bytes for the same content."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry

Feature = tuple[Mapping[str, Any], shapely.Geometry]


def write_features(path: Path, features: Iterable[Feature], *, digits: int) -> None:
    """Write GeoJSON; it says nothing of its coordinate system, the manifest does."""
    lines = [
        json.dumps(
            {"type": "Feature", "properties": dict(properties), "geometry": _geometry(shape, digits)},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for properties, shape in features
    ]
    body = ",\n".join(lines)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n', encoding="utf-8")


def _geometry(shape: shapely.Geometry, digits: int) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda xy: np.round(xy, digits))
    return dict(shapely.geometry.mapping(rounded))


def write_rows(path: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON for people to read."""
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
