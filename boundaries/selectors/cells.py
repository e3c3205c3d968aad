"""Questions about cells, one or many, as of a time or as a draft has them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from boundaries.selectors import QUERIES
from boundaries.selectors.moments import AsOf
from geogrid.core.lattice import snap
from geogrid.web.pagination import Listed, Page

Box = tuple[float, float, float, float]
Place = list[float]


@dataclass(frozen=True)
class CellRow:
    """A cell in a list; `centre` lies inside it, `bbox` is west, south, east, north."""

    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    area_m2: float | None
    children: int
    centre: Place | None
    bbox: Place | None
    geometry: dict[str, Any] | None


@dataclass(frozen=True)
class CellChild:
    """A cell right below another."""

    code: str
    name: str
    kind: str
    area_m2: float | None


@dataclass(frozen=True)
class ChainLink:
    """A cell in the chain from the top to another."""

    level: str
    code: str
    name: str


@dataclass(frozen=True)
class Heir:
    """A cell that took land of one that is no more, and which share of it."""

    code: str
    name: str
    share: float


@dataclass(frozen=True)
class CellFacts:
    """All that the stored cells say of one; `ended` is when a retired one was last what is told here."""

    ident: UUID
    level_id: int
    level: str
    code: str
    name: str
    kind: str
    area_m2: float | None
    attributes: dict[str, Any]
    centre: Place | None
    bbox: Place | None
    geometry: dict[str, Any] | None
    parent_id: UUID | None
    valid_from: dt.datetime | None
    valid_to: dt.datetime | None
    ended: dt.datetime | None


@dataclass(frozen=True)
class CellHit:
    """A cell that a search found; the lower the rank, the better."""

    rank: int
    ident: UUID
    level: str
    code: str
    name: str
    centre: Place | None
    bbox: Place | None


def place_of(numbers: Sequence[float | None]) -> Place | None:
    """Bring coordinates to the lattice; None if there are none."""
    if any(number is None for number in numbers):
        return None
    lattice: Place = snap(np.array(numbers, dtype=np.float64)).tolist()
    return lattice


def box_facts(box: Box | None) -> dict[str, float | None]:
    """Give a box as parameters of a statement."""
    return dict(zip(("west", "south", "east", "north"), box or (None,) * 4, strict=True))


def rows_of(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a named statement of this app."""
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], parameters)
        return cursor.fetchall()


def cells_list(
    as_of: AsOf,
    page: Page,
    *,
    level: str | None = None,
    parent: str | None = None,
    q: str | None = None,
    bbox: Box | None = None,
    geometry: bool = False,
) -> Listed[CellRow]:
    """Give one page of cells, the top level first, in byte order of their codes."""
    wanted = {"level": level, "parent": parent, "q": q, "geometry": geometry, **box_facts(bbox)}
    window = {"limit": page.size, "offset": page.offset}
    rows = rows_of("cells_listed", {**as_of.facts, **wanted, **window})
    return Listed(rows[0][0], [_cell_row(row) for row in rows if row[1] is not None])


def _cell_row(row: tuple[Any, ...]) -> CellRow:
    _, code, name, level, kind, parent, area, children = row[:8]
    shape = json.loads(row[14]) if row[14] else None
    return CellRow(
        code, name, level, kind, parent, area, children, place_of(row[8:10]), place_of(row[10:14]), shape
    )


def cell_find(as_of: AsOf, code: str) -> CellFacts | None:
    """Give the cell of a code, a retired one as it was last; None if no cell had it by then."""
    rows = rows_of("cell_found", {**as_of.facts, "code": code})
    if not rows:
        return None
    row = rows[0]
    ident, level_id, level, known, name, kind, area, attributes = row[:8]
    parent_id, since, until, ended, there = row[15:]
    return CellFacts(
        ident=ident,
        level_id=level_id,
        level=level,
        code=known,
        name=name,
        kind=kind,
        area_m2=area,
        attributes=json.loads(attributes),
        centre=place_of(row[8:10]),
        bbox=place_of(row[10:14]),
        geometry=json.loads(row[14]) if row[14] else None,
        parent_id=parent_id,
        valid_from=since,
        valid_to=until,
        ended=None if there else ended,
    )


def cell_children(as_of: AsOf, cell: UUID) -> list[CellChild]:
    """Give the cells right below one."""
    return [CellChild(*row) for row in rows_of("cell_children", {**as_of.facts, "cell": cell})]


def cell_chains(as_of: AsOf, cells: Sequence[UUID]) -> dict[UUID, list[ChainLink]]:
    """Give for each cell the cells above it and itself, the top first."""
    chains: dict[UUID, list[ChainLink]] = {cell: [] for cell in cells}
    if cells:
        for origin, level, code, name in rows_of("cell_chains", {**as_of.facts, "ids": list(chains)}):
            chains[origin].append(ChainLink(level, code, name))
    return chains


def cells_search(as_of: AsOf, q: str, limit: int) -> list[CellHit]:
    """Find cells by code or name, the best first."""
    rows = rows_of("cells_searched", {**as_of.facts, "q": q, "limit": limit})
    return [CellHit(*row[:5], place_of(row[5:7]), place_of(row[7:11])) for row in rows]
