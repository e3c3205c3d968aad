"""Gaps, overlaps, duplicate cells and land outside the parent: every place that is not covered once.

Where such places are, one walk over the arrangement tells; what each is, the rule of its kind says.
"""

from __future__ import annotations

from geogrid.core.audits.duplicates import duplicate, same_land
from geogrid.core.audits.finding import Finding
from geogrid.core.audits.gaps import gap, hole
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.outside_parent import outside_parent
from geogrid.core.audits.overlaps import overlap
from geogrid.core.audits.regions import Region, faulty_regions
from geogrid.core.audits.tolerance import Tolerance

__all__ = ["Tolerance", "audit_coverage", "audit_level"]


def audit_coverage(noded: NodedLand, tolerance: Tolerance) -> list[Finding]:
    """Find what is covered by nobody, by several, or from outside, on every level that divides land.

    Returns
    -------
    list of Finding
        Of the rules `gap`, `overlap`, `duplicate_cell` and `outside_parent`: one place, one finding. Levels
        from the top down, the largest first.
    """
    return [
        finding
        for number, level in enumerate(noded.land.levels)
        if level.divides_land
        for finding in audit_level(noded, number, tolerance)
    ]


def audit_level(noded: NodedLand, level: int, tolerance: Tolerance) -> list[Finding]:
    """Find the same on one level, given by its index; it has to divide land."""
    return [_finding(noded, region, tolerance) for region in faulty_regions(noded, level)]


def _finding(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Let the most specific rule tell of a place."""
    if region.kind == "overlap" and same_land(noded, region.cells):
        return duplicate(noded, region, tolerance)
    rule = {"gap": gap, "hole": hole, "overlap": overlap, "outside": outside_parent}[region.kind]
    return rule(noded, region, tolerance)
