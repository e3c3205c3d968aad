"""The whole life of a cell: its versions, what changed from each to the next, its ancestors and its heirs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import UUID

import shapely

from boundaries.models import Scheme
from boundaries.selectors.cells import rows_of
from boundaries.selectors.lineage import Bond, CellName, bonds_of, cells_named
from geogrid.core.coverage import Cell
from geogrid.core.errors import NotFound
from geogrid.core.redraws import CellRedraw, Redraw, classify_cell

#: So many bonds are told in each direction: a city that was divided anew has thousands of heirs.
MOST_BONDS = 500


@dataclass(frozen=True)
class CellMoment:
    """A cell from one edition to another.

    Attributes
    ----------
    valid_from, valid_to : datetime
        `valid_to` is None while no end is known.
    changes : tuple of str
        What is other than in the version before: `created`, `revived` after a time in which it was not there,
        `noded`, `redigitised` or `moved`, `renamed`, `renumbered`, `reparented`, `described`.
    area_before_m2 : float, optional
    distance_m : float, optional
        How far its border went at most; None where there was none before, or only nodes came or went.
    exchanged_m2 : float, optional
        The land that it gained and that it lost, together.
    """

    edition: int
    effective: dt.datetime
    published_at: dt.datetime
    published_by: str | None
    valid_from: dt.datetime
    valid_to: dt.datetime | None
    level: str
    code: str
    name: str
    kind: str
    parent: str | None
    area_m2: float | None
    changes: tuple[str, ...] = ()
    area_before_m2: float | None = None
    distance_m: float | None = None
    exchanged_m2: float | None = None


@dataclass(frozen=True)
class BondFacts:
    """Land that went from one cell to another, `depth` steps away from the cell that was asked for."""

    bond: Bond
    depth: int
    predecessor: CellName | None
    successor: CellName | None


@dataclass(frozen=True)
class CellHistory:
    """The life of a cell; `truncated` if it has more ancestors or heirs than are told."""

    ident: UUID
    versions: list[CellMoment]
    predecessors: list[BondFacts]
    successors: list[BondFacts]
    truncated: bool


@dataclass(frozen=True)
class _Stored:
    """A row of `cell_versions`."""

    version: int
    moment: CellMoment
    cell: Cell
    noded: bool
    sha256: str


def cell_of_code(scheme: Scheme, code: str) -> UUID:
    """Give the cell that has a code, or had it last.

    Raises
    ------
    NotFound
        If no edition has such a code.
    """
    rows = rows_of("cell_of_code", {"scheme": scheme.pk, "code": code})
    if not rows:
        raise NotFound(f"the scheme {scheme.code} never had a cell {code!r}", cell=code)
    ident: UUID = rows[0][0]
    return ident


def cell_history(ident: UUID, *, depth: int = 3, most: int = MOST_BONDS) -> CellHistory:
    """Tell the life of a cell, past and future, with its ancestors and its heirs.

    Parameters
    ----------
    depth : int
        So many generations are followed each way.
    most : int
        So many bonds are told each way.
    """
    up, more_up = _followed(ident, depth, most, upwards=True)
    down, more_down = _followed(ident, depth, most, upwards=False)
    return CellHistory(ident, cell_moments(ident), up, down, more_up or more_down)


def cell_moments(ident: UUID) -> list[CellMoment]:
    """Give the versions of a cell in order of time, each with what it changed."""
    stored = [_stored(ident, row) for row in rows_of("cell_versions", {"cell": ident})]
    pairs = list(pairwise(stored))
    shapes = _shapes([one.version for pair in pairs if _moved(*pair) for one in pair])
    moments = [replace(stored[0].moment, changes=("created",))] if stored else []
    return [*moments, *(_changed(before, after, shapes) for before, after in pairs)]


def _stored(ident: UUID, row: Sequence[Any]) -> _Stored:
    version, edition, effective, published_at, by, since, until, level = row[:8]
    code, name, kind, attributes, parent_id, parent, area, noded, sha256 = row[8:]
    return _Stored(
        version,
        CellMoment(edition, effective, published_at, by, since, until, level, code, name, kind, parent, area),
        Cell(ident, 0, code, name, kind, parent_id, None, json.loads(attributes)),
        noded,
        sha256,
    )


def _moved(before: _Stored, after: _Stored) -> bool:
    """Tell whether the land has to be compared: hashes and the mark of publishing say the rest."""
    return before.sha256 != after.sha256 and not after.noded


def _shapes(versions: Sequence[int]) -> dict[int, shapely.MultiPolygon | None]:
    if not versions:
        return {}
    rows = rows_of("version_shapes", {"versions": sorted(set(versions))})
    return {number: None if wkb is None else shapely.from_wkb(bytes(wkb)) for number, wkb in rows}


def _changed(
    before: _Stored, after: _Stored, shapes: Mapping[int, shapely.MultiPolygon | None]
) -> CellMoment:
    old, new = (replace(one.cell, shape=shapes.get(one.version)) for one in (before, after))
    redraw = classify_cell(old, new)
    if after.noded and before.sha256 != after.sha256:
        redraw = CellRedraw(
            Redraw("noded", None, 0.0),
            **{flag: getattr(redraw, flag) for flag in ("renamed", "renumbered", "reparented", "described")},
        )
    there = before.moment.valid_to == after.moment.valid_from
    return replace(
        after.moment,
        changes=(*(() if there else ("revived",)), *redraw.words),
        area_before_m2=before.moment.area_m2,
        distance_m=redraw.land.distance_m,
        exchanged_m2=redraw.land.exchanged_m2,
    )


def _followed(ident: UUID, depth: int, most: int, *, upwards: bool) -> tuple[list[BondFacts], bool]:
    """Follow ancestors, or heirs, generation by generation; also tell whether some were left out.

    Of an ancestor only what it took before it gave counts, of an heir only what it gave after it took.
    """
    found: dict[tuple[UUID, UUID, dt.datetime], tuple[Bond, int]] = {}
    reached: dict[UUID, dt.datetime] = {}
    front = [ident]
    for step in range(1, depth + 1):
        following: set[UUID] = set()
        for bond in bonds_of(front, upwards=upwards):
            here, there = (bond.successor, bond.predecessor)[:: 1 if upwards else -1]
            if here in reached and not _goes_on(bond.at, reached[here], upwards=upwards):
                continue
            if len(found) >= most:
                return _named(list(found.values())), True
            found.setdefault((bond.predecessor, bond.successor, bond.at), (bond, step))
            if there not in reached or _goes_on(reached[there], bond.at, upwards=upwards):
                reached[there] = bond.at
                following.add(there)
        front = sorted(following - {ident}, key=lambda cell: cell.bytes)
    return _named(list(found.values())), False


def _goes_on(at: dt.datetime, reached: dt.datetime, *, upwards: bool) -> bool:
    """Tell whether a time lies beyond another: before it upwards, after it downwards."""
    return at < reached if upwards else at > reached


def _named(bonds: Sequence[tuple[Bond, int]]) -> list[BondFacts]:
    before = cells_named([(bond.predecessor, bond.at, True) for bond, _ in bonds])
    after = cells_named([(bond.successor, bond.at, False) for bond, _ in bonds])
    facts = [
        BondFacts(bond, step, predecessor, successor)
        for (bond, step), predecessor, successor in zip(bonds, before, after, strict=True)
    ]
    rank = {at: number for number, at in enumerate(dict.fromkeys(bond.at for bond, _ in bonds))}

    def order(one: BondFacts) -> tuple[int, int, float, bytes, bytes]:
        codes = [name.code.encode() if name else b"" for name in (one.predecessor, one.successor)]
        return one.depth, rank[one.bond.at], -one.bond.share, codes[0], codes[1]

    return sorted(facts, key=order)
