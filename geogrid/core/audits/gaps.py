"""Land that should be some cell's is no cell's."""

from __future__ import annotations

from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.region_findings import region_finding
from geogrid.core.audits.regions import Region
from geogrid.core.audits.tolerance import Tolerance


def gap(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Tell of land of a cell that none of the cells below it covers."""
    codes = noded.land.code
    of = f" in {', '.join(sorted(codes[p] for p in region.parents))}" if region.parents else ""
    return region_finding(noded, region, tolerance, "gap", f"no cell covers {{area}}{of}, {{width}} wide")


def hole(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Tell of a hole inside the land of the top level: a gap, or land that is somebody else's."""
    words = "no cell covers {area} inside the land, {width} wide: a gap, or land that is somebody else's"
    return region_finding(noded, region, tolerance, "gap", words, "suspected")
