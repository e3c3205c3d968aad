"""A cell has land outside its parent."""

from __future__ import annotations

from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.region_findings import region_finding
from geogrid.core.audits.regions import Region
from geogrid.core.audits.tolerance import Tolerance


def outside_parent(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Tell of land of a cell that is not in its parent."""
    (cell,) = region.cells
    parent = noded.land.land_parent[cell]
    of = f"its parent {noded.land.code[parent]}" if parent >= 0 else "the land above it"
    words = f"{noded.land.code[cell]} has {{area}} outside {of}, {{width}} wide"
    return region_finding(noded, region, tolerance, "outside_parent", words)
