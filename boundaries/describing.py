"""The whole of a cell and of a scheme, with what the upper apps know of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from boundaries.participants import registered
from boundaries.selectors.cells import (
    CellChild,
    CellFacts,
    ChainLink,
    Heir,
    cell_chains,
    cell_children,
    cell_find,
)
from boundaries.selectors.findings import findings_of_cell
from boundaries.selectors.lineage import cell_heirs
from boundaries.selectors.moments import AsOf
from geogrid.core.errors import NotFound

_BEFORE = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class CellDescription:
    """All that is known of a cell.

    Attributes
    ----------
    findings : int, optional
        Open ones of the last audit that name it; None where the past or the future is asked for.
    added : dict
        What the upper apps know: `counts`, `vacancies`.
    """

    as_of: AsOf
    cell: CellFacts
    chain: list[ChainLink]
    children: list[CellChild]
    heirs: list[Heir]
    responsible: list[dict[str, Any]]
    findings: int | None
    added: dict[str, Any] = field(default_factory=dict)


def cell_describe(as_of: AsOf, code: str, *, private: bool = False) -> CellDescription:
    """Describe the cell of a code; a retired one as it was last, with its heirs.

    Parameters
    ----------
    private : bool
        Whether to show what is not public of the people.

    Raises
    ------
    NotFound
        If no cell had the code by then.
    """
    cell = cell_find(as_of, code)
    if cell is None:
        raise NotFound(f"the scheme {as_of.scheme.code} has no cell {code!r} there", cell=code)
    last = _last_moment(as_of, cell)
    people = _people(last, cell, private=private)
    return CellDescription(
        as_of=as_of,
        cell=cell,
        chain=cell_chains(last, [cell.ident])[cell.ident],
        children=cell_children(last, cell.ident),
        heirs=[] if cell.ended is None else cell_heirs(cell.ident, cell.ended, as_of.land_at),
        responsible=people,
        findings=_findings(as_of, cell),
        added=_added(last, cell),
    )


def _last_moment(as_of: AsOf, cell: CellFacts) -> AsOf:
    """Move to the last moment of a cell that was retired."""
    if cell.ended is None:
        return as_of
    return replace(as_of, land_at=cell.ended - _BEFORE, at=cell.ended - _BEFORE)


def _people(as_of: AsOf, cell: CellFacts, *, private: bool) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for participant in registered():
        held = participant.who_answers(scheme=as_of.scheme, cells=[cell.ident], at=as_of.at, private=private)
        answers.extend(held.get(cell.ident, []))
    return answers


def _findings(as_of: AsOf, cell: CellFacts) -> int | None:
    """Count for a draft and for now; what the last audit found says nothing of other times."""
    now = as_of.draft is not None or (as_of.is_now and cell.ended is None)
    return findings_of_cell(as_of, cell.code) if now else None


def _added(as_of: AsOf, cell: CellFacts) -> dict[str, Any]:
    added: dict[str, Any] = {"counts": {}, "vacancies": []}
    for participant in registered():
        added |= participant.about_cell(
            scheme=as_of.scheme,
            cell=cell.ident,
            level=cell.level_id,
            at=as_of.at,
            stored=as_of.draft is None,
        )
    # Nobody is to be found any more for a cell that was retired.
    return added if cell.ended is None else {**added, "vacancies": []}
