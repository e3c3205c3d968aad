"""A place that is not covered once, as a finding: what all rules about such places say alike."""

from __future__ import annotations

from geogrid.core.audits.finding import Finding, Severity
from geogrid.core.audits.noded_land import NodedLand, width_m
from geogrid.core.audits.regions import Region
from geogrid.core.audits.tolerance import Tolerance


def region_finding(
    noded: NodedLand,
    region: Region,
    tolerance: Tolerance,
    rule: str,
    words: str,
    severity: Severity | None = None,
) -> Finding:
    """Give the finding of a region; `words` may say {area} and {width}.

    It is minor if it is smaller than the tolerance, m², or nowhere as wide, m, unless a severity is given.
    """
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


def _square_metres(area: float) -> str:
    if area >= 1e5:
        return f"{area / 1e6:,.3f} km²"
    return f"{area:,.1f} m²" if area >= 0.1 else f"{area:.2g} m²"


def _metres(width: float) -> str:
    return f"{width:,.2f} m" if width >= 0.01 else f"{width * 1000:.2g} mm"
