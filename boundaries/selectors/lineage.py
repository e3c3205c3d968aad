"""Whose land went to whom: as publishing wrote it, or, where an old edition wrote nothing, by the land."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import shapely

from boundaries.selectors.cells import Heir, rows_of
from geogrid.core.area import polygon_areas

#: A smaller share of a cell is no inheritance: borders that were computed twice lie that far apart.
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class Bond:
    """Land that went from one cell to another.

    Attributes
    ----------
    predecessor, successor : UUID
    at : datetime
        When it went.
    edition : int, optional
        With which edition.
    share : float
        Of the predecessor's area, 0 to 1.
    derived : bool
        Nobody wrote it down: it is concluded from the land before and after.
    """

    predecessor: UUID
    successor: UUID
    at: dt.datetime
    edition: int | None
    share: float
    derived: bool


def bonds_of(cells: Sequence[UUID], *, upwards: bool) -> list[Bond]:
    """Give who inherited from some cells, or, upwards, from whom they inherited.

    The latest first upwards, the earliest first downwards; then the largest share.
    """
    if not cells:
        return []
    asked = {"cells": list(cells), "upwards": upwards}
    bonds = [Bond(*row, derived=False) for row in rows_of("lineage_of", asked)]
    written = {(bond.successor if upwards else bond.predecessor, bond.at) for bond in bonds}
    for cell, at, edition in rows_of("cells_turned", asked):
        if (cell, at) not in written:
            bonds += _derived(cell, at, edition, upwards=upwards)
    order = sorted(bonds, key=lambda bond: (-bond.share, bond.predecessor.bytes, bond.successor.bytes))
    return sorted(order, key=lambda bond: bond.at, reverse=upwards)


def _derived(cell: UUID, at: dt.datetime, edition: int | None, *, upwards: bool) -> list[Bond]:
    """Conclude from the land who has taken whose when a cell ended, or, upwards, began."""
    rows = rows_of("cells_over", {"cell": cell, "at": at, "upwards": upwards})
    if not rows:
        return []
    own = shapely.from_wkb(bytes(rows[0][2]))
    others = shapely.from_wkb([bytes(row[1]) for row in rows])
    shared = polygon_areas(shapely.intersection(others, own))
    whole = polygon_areas(others if upwards else [own])
    bonds = []
    for (other, *_), share in zip(rows, (shared / whole).tolist(), strict=True):
        if share > _LEAST_SHARE:
            before, after = (other, cell) if upwards else (cell, other)
            bonds.append(Bond(before, after, at, edition, min(round(share, 9), 1.0), derived=True))
    return bonds


def cell_heirs(cell: UUID, ended: dt.datetime, at: dt.datetime | None = None) -> list[Heir]:
    """Give who has the land of a cell that ended, the largest share first.

    Parameters
    ----------
    ended : datetime
    at : datetime, optional
        Heirs that have ended by then are followed to theirs; those of the moment it ended if not given.
    """
    moment = max(at or ended, ended)
    shares: dict[UUID, float] = defaultdict(float)
    front = {cell: (ended, 1.0)}
    while front:
        bonds = [
            bond for bond in bonds_of(list(front), upwards=False) if bond.at == front[bond.predecessor][0]
        ]
        ends = _ends({bond.successor: bond.at for bond in bonds}, moment)
        following: dict[UUID, tuple[dt.datetime, float]] = {}
        for bond in bonds:
            share = front[bond.predecessor][1] * bond.share
            end = ends.get(bond.successor)
            if end is None:
                shares[bond.successor] += share
            else:
                following[bond.successor] = (end, following.get(bond.successor, (end, 0.0))[1] + share)
        front = following
    names = cells_named([(heir, moment, False) for heir in shares])
    heirs = [
        Heir(name.code, name.name, round(share, 9))
        for name, share in zip(names, shares.values(), strict=True)
        if name is not None and share > _LEAST_SHARE
    ]
    return sorted(heirs, key=lambda heir: (-heir.share, heir.code.encode()))


def _ends(since: dict[UUID, dt.datetime], moment: dt.datetime) -> dict[UUID, dt.datetime]:
    """Give the cells that ended after they took land and by a moment, and when."""
    if not since:
        return {}
    ends: dict[UUID, dt.datetime] = {}
    for cell, at, _ in rows_of("cells_turned", {"cells": list(since), "upwards": False}):
        if since[cell] < at <= moment and at < ends.get(cell, dt.datetime.max.replace(tzinfo=dt.UTC)):
            ends[cell] = at
    return ends


@dataclass(frozen=True)
class CellName:
    """What a cell is called."""

    code: str
    name: str
    level: str


def cells_named(asked: Sequence[tuple[UUID, dt.datetime, bool]]) -> list[CellName | None]:
    """Say what cells were called, each at a time, or just before it; None where it was not there."""
    if not asked:
        return []
    cells, times, before = zip(*asked, strict=True)
    rows = rows_of("cells_named", {"cells": list(cells), "at": list(times), "before": list(before)})
    names: list[CellName | None] = [None] * len(asked)
    for number, *name in rows:
        names[number - 1] = CellName(*name)
    return names
