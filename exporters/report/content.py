"""What a coverage report shows, as plain data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

GeometryArray = npt.NDArray[np.object_]
Verdict = Literal["full", "blind_spots"]


@dataclass(frozen=True)
class ReportLevel:
    """One level: the sums of the audit and its cells, one entry a cell in every sequence.

    Attributes
    ----------
    code, name : str
        The level's code, and what people call it.
    gaps, overlaps : int
        Findings of these rules at this level.
    gap_area_m2, overlap_area_m2, area_m2 : float
        Land in gaps, in overlaps, and in all cells of the level.
    codes, names, parents : sequence of str
        For each cell its code, its name, and the code of its parent cell ("" at the top).
    areas_m2 : sequence of float
        Area of each cell.
    geometries : array of shapely geometries
        Polygons or multipolygons, longitude/latitude; None where a cell has no land.
    """

    code: str
    name: str
    gaps: int
    overlaps: int
    gap_area_m2: float
    overlap_area_m2: float
    area_m2: float
    codes: Sequence[str]
    names: Sequence[str]
    parents: Sequence[str]
    areas_m2: Sequence[float]
    geometries: GeometryArray


@dataclass(frozen=True)
class ReportFinding:
    """One finding of the audit.

    Attributes
    ----------
    id, rule, level, severity, state : str
        As the audit gives them.
    cells : tuple of str
        Codes of the cells it concerns.
    area_m2, width_m : float, optional
        Its size, where it has one.
    geometry : shapely geometry, optional
        Its place, longitude/latitude.
    reason : str
        Why it was accepted, where it was.
    """

    id: str
    rule: str
    level: str
    cells: tuple[str, ...]
    area_m2: float | None = None
    width_m: float | None = None
    severity: str = ""
    state: str = "open"
    geometry: Any = None
    reason: str = ""


@dataclass(frozen=True)
class FeatureCounts:
    """How many objects of the registers lie where."""

    total: int = 0
    assigned: int = 0
    outside: int = 0
    in_gap: int = 0
    on_edge: int = 0
    straddling: int = 0


@dataclass(frozen=True)
class CoverageReport:
    """Everything on one page: is the land covered, and if not, where not.

    Attributes
    ----------
    scheme, scheme_name : str
        Code of the scheme, and what people call it.
    edition : str
        The edition or draft that was audited, as people should read it.
    made_at : datetime
        When the audit was made, with its zone.
    verdict : str
        "full" or "blind_spots", as the audit says.
    levels : sequence of ReportLevel
        Top level first.
    findings : sequence of ReportFinding
        All findings, the most important first.
    features : FeatureCounts
        Objects by where they lie.
    vacancies : int
        Mandatory posts that nobody holds.
    certificate : str
        The audit's certificate; its hash proves which land was audited.
    """

    scheme: str
    scheme_name: str
    edition: str
    made_at: dt.datetime
    verdict: Verdict
    levels: Sequence[ReportLevel]
    findings: Sequence[ReportFinding]
    features: FeatureCounts = field(default_factory=FeatureCounts)
    vacancies: int = 0
    certificate: str = ""
