"""Gaps, overlaps, duplicate cells and land outside the parent: every place that is not covered once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geogrid.core.audits.finding import Finding, Severity
from geogrid.core.audits.noded_land import NodedLand, width_m
from geogrid.core.audits.regions import Region, faulty_regions
from geogrid.core.mesh import net_edges


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Below these sizes a finding is minor; it is found all the same.

    Attributes
    ----------
    area_m2, width_m : float
    """

    area_m2: float = 1.0
    width_m: float = 0.2


def audit_coverage(noded: NodedLand, tolerance: Tolerance) -> list[Finding]:
    """Find what is covered by nobody, by several, or from outside, on every level that divides land.

    Returns
    -------
    list of Finding
        Of the rules `gap`, `overlap`, `duplicate_cell` and `outside_parent`: one place, one finding. Levels
        from the top down, the largest first.
    """
    return [
        _WORDS[region.kind](noded, region, tolerance)
        for number, level in enumerate(noded.land.levels)
        if level.divides_land
        for region in faulty_regions(noded, number)
    ]


def _gap(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Land of a cell that none of the cells below it covers."""
    codes = noded.land.code
    of = f" in {', '.join(sorted(codes[p] for p in region.parents))}" if region.parents else ""
    return _finding(noded, region, tolerance, "gap", f"no cell covers {{area}}{of}, {{width}} wide")


def _hole(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """A hole inside the land of the top level: a gap, or land that is somebody else's."""
    words = "no cell covers {area} inside the land, {width} wide: a gap, or land that is somebody else's"
    return _finding(noded, region, tolerance, "gap", words, "suspected")


def _overlap(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Land that several cells claim; cells that are the same land are duplicates."""
    names = ", ".join(sorted(noded.land.code[cell] for cell in region.cells))
    if _same_land(noded, region.cells):
        return _finding(noded, region, tolerance, "duplicate_cell", f"{names} are the same land, {{area}}")
    return _finding(noded, region, tolerance, "overlap", f"{names} claim the same {{area}}, {{width}} wide")


def _outside(noded: NodedLand, region: Region, tolerance: Tolerance) -> Finding:
    """Land of a cell that is not in its parent."""
    (cell,) = region.cells
    parent = noded.land.land_parent[cell]
    of = f"its parent {noded.land.code[parent]}" if parent >= 0 else "the land above it"
    words = f"{noded.land.code[cell]} has {{area}} outside {of}, {{width}} wide"
    return _finding(noded, region, tolerance, "outside_parent", words)


_WORDS: dict[str, Callable[[NodedLand, Region, Tolerance], Finding]] = {
    "gap": _gap,
    "hole": _hole,
    "overlap": _overlap,
    "outside": _outside,
}


def _finding(
    noded: NodedLand,
    region: Region,
    tolerance: Tolerance,
    rule: str,
    words: str,
    severity: Severity | None = None,
) -> Finding:
    width = width_m(region.shape, region.area_m2)
    small = region.area_m2 < tolerance.area_m2 or width < tolerance.width_m
    return Finding(
        rule=rule,
        level=noded.land.levels[region.level].code,
        cells=tuple(sorted(noded.land.code[cell] for cell in region.cells)),
        message=words.format(area=_square_metres(region.area_m2), width=_metres(width)),
        severity=severity or ("minor" if small else "major"),
        area_m2=region.area_m2,
        width_m=width,
        geometry=region.shape,
        subject=",".join(sorted(noded.land.code[cell] for cell in region.parents)),
    )


def _same_land(noded: NodedLand, cells: tuple[int, ...]) -> bool:
    """Tell whether cells have the same land: the borders of each minus those of the first cancel."""
    first = noded.edge_cell == cells[0]
    for other in cells[1:]:
        second = noded.edge_cell == other
        both = first | second
        weight = np.where(noded.edge_cell[both] == other, 1, -1)
        if len(net_edges(noded.edges[both], weight.astype(np.int64))[0]):
            return False
    return True


def _square_metres(area: float) -> str:
    if area >= 1e5:
        return f"{area / 1e6:,.3f} km²"
    return f"{area:,.1f} m²" if area >= 0.1 else f"{area:.2g} m²"


def _metres(width: float) -> str:
    return f"{width:,.2f} m" if width >= 0.01 else f"{width * 1000:.2g} mm"
