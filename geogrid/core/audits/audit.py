"""All geometric audits of a land in one call, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from geogrid.core.area import polygon_areas
from geogrid.core.audits.codes import audit_codes
from geogrid.core.audits.coverage import Tolerance, audit_coverage
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.polygons import PolygonFault, audit_polygons
from geogrid.core.audits.slivers import audit_slivers
from geogrid.core.audits.unmatched_edges import audit_unmatched_edges
from geogrid.core.codes import UNKNOWN_SYSTEM, CodeSystem
from geogrid.core.land import Land
from geogrid.core.lattice import FloatArray


@dataclass(frozen=True)
class LandAudit:
    """What the audits of a land found.

    Attributes
    ----------
    findings : tuple of Finding
    areas : (n,) float64
        m² of each cell of the land; 0 where it has none.
    levels : mapping
        Level code → `{cells, gaps, overlaps, gap_area_m2, overlap_area_m2, area_m2}`.
    """

    findings: tuple[Finding, ...]
    areas: FloatArray
    levels: Mapping[str, Mapping[str, Any]]


def audit_land(
    land: Land,
    *,
    tolerance: Tolerance,
    code_lengths: Mapping[str, int | None],
    faults: Mapping[int, PolygonFault],
    code_system: CodeSystem = UNKNOWN_SYSTEM,
) -> LandAudit:
    """Find every fault of a land that its geometry and its codes show.

    Parameters
    ----------
    land : Land
    tolerance : Tolerance
        What is below it is minor.
    code_lengths : mapping
        Level code → digits of its codes, None where free.
    faults : mapping
        Cell → what was wrong with its polygon as it came.
    code_system : CodeSystem
        Where it is nested, codes begin with their parents'.
    """
    # The two halves ask nothing of one another, and both spend their time where Python does not hold it up.
    with ThreadPoolExecutor(1) as beside:
        alone = beside.submit(_cell_by_cell, land, faults, tolerance)
        noded = NodedLand.of(land)
        together = [*audit_unmatched_edges(noded), *audit_coverage(noded, tolerance)]
        polygons, slivers, areas = alone.result()
    findings = [*audit_codes(land, code_lengths, code_system), *polygons, *together, *slivers]
    return LandAudit(tuple(findings), areas, _level_sums(land, findings, areas))


def _cell_by_cell(
    land: Land, faults: Mapping[int, PolygonFault], tolerance: Tolerance
) -> tuple[list[Finding], list[Finding], FloatArray]:
    """Look at each cell for itself: its polygon, its slivers, its area in m²."""
    areas = polygon_areas(land.shapes) if len(land) else np.zeros(0)
    return audit_polygons(land, faults), audit_slivers(land, tolerance), areas


def _level_sums(land: Land, findings: list[Finding], areas: FloatArray) -> dict[str, dict[str, Any]]:
    sums = {}
    for number, level in enumerate(land.levels):
        mine = land.level == number
        gaps = [f for f in findings if f.level == level.code and f.rule == "gap"]
        twice = [f for f in findings if f.level == level.code and f.rule in {"overlap", "duplicate_cell"}]
        sums[level.code] = {
            "cells": int(mine.sum()),
            "gaps": len(gaps),
            "overlaps": len(twice),
            "gap_area_m2": sum(f.area_m2 or 0.0 for f in gaps),
            "overlap_area_m2": sum(f.area_m2 or 0.0 for f in twice),
            "area_m2": float(areas[mine].sum()),
        }
    return sums
