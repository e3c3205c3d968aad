"""Several cells of a level are the same land."""

from __future__ import annotations

import numpy as np

from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand
from geogrid.core.audits.region_findings import region_finding
from geogrid.core.audits.regions import Region
from geogrid.core.audits.tolerance import Tolerance
from geogrid.core.chains import net_edges


def duplicate(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Tell of cells that are the same land."""
    names = ", ".join(sorted(noded.land.code[cell] for cell in region.cells))
    return region_finding(noded, region, tolerance, "duplicate_cell", f"{names} are the same land, {{area}}")


def same_land(noded: NodedLand, cells: tuple[int, ...]) -> bool:
    """Tell whether cells have the same land: the borders of each minus those of the first cancel."""
    first = noded.edge_cell == cells[0]
    for other in cells[1:]:
        second = noded.edge_cell == other
        both = first | second
        weight = np.where(noded.edge_cell[both] == other, 1, -1)
        if len(net_edges(noded.edges[both], weight.astype(np.int64))[0]):
            return False
    return True
