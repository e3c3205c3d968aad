"""Which cells may hold objects."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from geogrid.core.land import Land

#: A cell with cells of these levels below it is divided among them, to the last corner.
DIVIDING_RULES = frozenset({"partition", "ragged"})


def holders_of(land: Land) -> dict[UUID, str]:
    """Give the cells that an object may be put into, with their codes: leaves (geometry.md 14).

    The parent of cells of a `partial` level is a leaf where they leave land over.
    """
    divides = np.array([level.divides_land for level in land.levels], dtype=bool)[land.level] & land.has_land
    dividing = np.array([level.rule in DIVIDING_RULES for level in land.levels], dtype=bool)[land.level]
    parents = land.land_parent[dividing & land.has_land]
    divides[parents[parents >= 0]] = False
    return {land.ident[cell]: land.code[cell] for cell in np.flatnonzero(divides)}
