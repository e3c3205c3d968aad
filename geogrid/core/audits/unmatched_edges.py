"""Neighbours, and levels, that share a border but not its nodes."""

from __future__ import annotations

from geogrid.core.audits.finding import Finding
from geogrid.core.audits.noded_land import NodedLand


def audit_unmatched_edges(noded: NodedLand) -> list[Finding]:
    """Find cells whose rings lack nodes that other cells have on them (geometry.md 6, 11)."""
    land = noded.land
    return [
        Finding(
            rule="unmatched_edge",
            level=land.levels[int(land.level[cell])].code,
            cells=(land.code[cell],),
            message=f"the border of {land.code[cell]} lacks nodes that its neighbours or levels have on it",
            geometry=land.shapes[cell],
        )
        for cell in noded.gained.tolist()
    ]
