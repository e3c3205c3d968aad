"""What the map marks cells with."""

from __future__ import annotations

from boundaries.participants import registered
from boundaries.selectors.cells import rows_of
from boundaries.selectors.moments import AsOf


def cell_states(as_of: AsOf) -> dict[str, str]:
    """Give the state of each cell about which somebody who takes part has something to say, by its code."""
    rows = rows_of("cell_levels", as_of.facts)
    codes = {cell: code for cell, code, _ in rows}
    levels = {cell: level for cell, _, level in rows}
    states: dict[str, str] = {}
    for participant in registered():
        found = participant.cell_states(scheme=as_of.scheme, cells=levels, at=as_of.at)
        states.update({codes[cell]: state for cell, state in found.items()})
    return states
