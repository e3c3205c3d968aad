"""Several cells of a level claim the same land."""

from __future__ import annotations

from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.region_findings import region_finding
from geogrid.core.audits.regions import Region
from geogrid.core.audits.tolerance import Tolerance


def overlap(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Tell of land that several cells claim."""
    names = ", ".join(sorted(noded.land.code[cell] for cell in region.cells))
    words = f"{names} claim the same {{area}}, {{width}} wide"
    return region_finding(noded, region, tolerance, "overlap", words)
