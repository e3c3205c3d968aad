"""Overlaps by plain geometry, and the findings of an audit in the same form."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import shapely

FINDING_KEYS = {"id", "rule", "level", "cells", "area_m2", "width_m", "severity", "state", "geometry"}
Pairs = dict[tuple[str, str], float]


def read_polygons(
    path: Path, code_field: str, layer: str | None = None
) -> list[tuple[str, shapely.Geometry]]:
    """Read codes and polygons of a file in degrees."""
    _, _, shapes, (codes,) = pyogrio.raw.read(path, layer=layer, columns=[code_field])
    return [(str(code), shapely.from_wkb(wkb)) for code, wkb in zip(codes, shapes, strict=True)]


def overlapping_pairs(cells: Iterable[tuple[str, shapely.Geometry]]) -> Pairs:
    """Measure the common land of every two valid polygons, in m², in an equal-area projection."""
    codes, shapes = zip(*cells, strict=True)
    polygons = np.array(shapes, dtype=object)
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs: Pairs = defaultdict(float)
    for i, j in zip(one.tolist(), other.tolist(), strict=True):
        if i < j:
            pairs[pair(codes[i], codes[j])] += area_m2(shapely.intersection(polygons[i], polygons[j]))
    return {codes: area for codes, area in pairs.items() if area > 0}


def area_m2(shape: shapely.Geometry) -> float:
    """Measure a small shape in degrees in an equal-area projection around it."""
    if shape.is_empty:
        return 0.0
    middle = shape.centroid
    flat = f"+proj=laea +lon_0={middle.x} +lat_0={middle.y} +ellps=WGS84"
    move = pyproj.Transformer.from_crs(4326, flat, always_xy=True)
    on_plane = shapely.transform(shape, lambda xy: np.column_stack(move.transform(*xy.T)))
    return float(on_plane.area)


def pair(one: str, other: str) -> tuple[str, str]:
    """Name two cells in one way."""
    return (one, other) if one <= other else (other, one)


def found_pairs(audit: Mapping[str, Any], level: str) -> Pairs:
    """Sum the overlaps of an audit by pairs: land that three cells claim counts for each two of them."""
    pairs: Pairs = defaultdict(float)
    for finding in of_rule(audit, "overlap", "duplicate_cell"):
        if finding["level"] == level:
            for one, other in combinations(finding["cells"], 2):
                pairs[pair(one, other)] += finding["area_m2"]
    return dict(pairs)


def of_rule(audit: Mapping[str, Any], *rules: str) -> list[dict[str, Any]]:
    """Give an audit's findings of some rules."""
    return [finding for finding in audit["findings"] if finding["rule"] in rules]


def reference(shared_data: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Read the independent figures: path and layer, row."""
    with (shared_data / "AUDIT_REFERENCE.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["path"], row["layer"]): row for row in csv.DictReader(stream)}
