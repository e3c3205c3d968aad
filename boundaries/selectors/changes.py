"""What a draft, or the editions since one, change: whole before and whole after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from uuid import UUID

import numpy as np
import shapely

from boundaries.models import Draft, Edition
from boundaries.selectors.cells import rows_of
from boundaries.selectors.grounds import StoredGround, ground_of_draft
from geogrid.core.area import polygon_areas
from geogrid.core.change import Change, Heir
from geogrid.core.coverage import Cell
from geogrid.core.redraws import noded_only

_LEAST_SHARE = 1e-9
"""Of the area of the predecessor: less is what snapping to the lattice leaves (geometry.md 15)."""


def ground_of_base(draft: Draft) -> StoredGround:
    """Give the cells as the edition has them from which a draft started; none if there is no such edition."""
    return StoredGround(draft.scheme, at=draft.base_at)


def draft_change(draft: Draft) -> Change:
    """Give what a draft makes of its base, all its edits and imports together."""
    ids = list(draft.cells.values_list("cell_id", flat=True))
    before = ground_of_base(draft).by_ident(ids)
    after = ground_of_draft(draft).by_ident(ids)
    ended = set(ids) - after.keys()
    gone = [cell for ident, cell in before.items() if ident in ended]
    heirs = heirs_of(gone, ended, after, _steps(draft))
    return Change.between(before, after, noded=only_noded(before, after), heirs=heirs)


def only_noded(before: Mapping[UUID, Cell], after: Mapping[UUID, Cell]) -> list[UUID]:
    """Give the cells that differ by nodes of their borders and by nothing else."""
    return [ident for ident, cell in after.items() if ident in before and cell_is_noded(before[ident], cell)]


def cell_is_noded(before: Cell, after: Cell) -> bool:
    """Tell whether two states of a cell differ at most by nodes of its border."""
    if before.content != after.content or before.shape is None or after.shape is None:
        return False
    return noded_only(before.shape, after.shape)


def _steps(draft: Draft) -> list[list[Heir]]:
    """Give the lineage of each edit that counts, the first one first."""
    edits = draft.edits.filter(dropped=False, number__lte=draft.head).order_by("number")
    return [
        [Heir(UUID(old), UUID(new), share) for old, new, share in lineage]
        for lineage in edits.values_list("lineage", flat=True)
        if lineage
    ]


def heirs_of(
    gone: Sequence[Cell], ended: Set[UUID], after: Mapping[UUID, Cell], steps: Sequence[Sequence[Heir]]
) -> list[Heir]:
    """Give who inherits from cells that are no more.

    Parameters
    ----------
    gone : sequence of Cell
        As they were.
    ended : set of UUID
        They, and those that began and ended since.
    after : mapping of UUID to Cell
        The cells that changed or are new, as they are.
    steps : sequence of sequence of Heir
        Lineage of the edits in their order: an heir may have heirs itself. Whose heirs it does not name, has
        them by land; so has a cell with land one of whose heirs has ended and named none.
    """
    heirs: list[Heir] = []
    orphans: list[Cell] = []
    for cell in gone:
        shares = _through(cell.ident, steps)
        if cell.shape is not None and shares.keys() & ended:
            orphans.append(cell)
            continue
        heirs += [
            Heir(cell.ident, heir, min(share, 1.0))
            for heir, share in sorted(shares.items(), key=lambda one: one[0].bytes)
            if heir not in ended and share > _LEAST_SHARE
        ]
    return heirs + _by_land(orphans, list(after.values()))


def _through(ident: UUID, steps: Sequence[Sequence[Heir]]) -> dict[UUID, float]:
    shares = {ident: 1.0}
    for step in steps:
        for old in {heir.predecessor for heir in step} & shares.keys():
            share = shares.pop(old)
            for heir in step:
                if heir.predecessor == old:
                    shares[heir.successor] = shares.get(heir.successor, 0.0) + share * heir.share
    return shares


def _by_land(gone: Iterable[Cell], after: Iterable[Cell]) -> list[Heir]:
    """Give the heirs of cells by the land that others of the same level have of them now."""
    now: dict[int, list[Cell]] = defaultdict(list)
    for cell in after:
        if cell.shape is not None:
            now[cell.level].append(cell)
    trees = {level: shapely.STRtree([cell.shape for cell in cells]) for level, cells in now.items()}
    heirs: list[Heir] = []
    for cell in gone:
        if cell.shape is None or cell.level not in trees:
            continue
        others = [now[cell.level][place] for place in trees[cell.level].query(cell.shape).tolist()]
        shapes = np.array([other.shape for other in others], dtype=object)
        areas = polygon_areas([*shapely.intersection(shapes, cell.shape), cell.shape])
        heirs += [
            Heir(cell.ident, other.ident, min(float(area / areas[-1]), 1.0))
            for other, area in zip(others, areas[:-1], strict=True)
            if area > _LEAST_SHARE * areas[-1]
        ]
    return sorted(heirs, key=lambda heir: (heir.predecessor.bytes, heir.successor.bytes))


def cells_changed_since(base: Edition, latest: Edition) -> set[UUID]:
    """Give the cells of which editions after a base, up to another, changed more than nodes."""
    rows = rows_of(
        "cells_changed_since",
        {"scheme": base.scheme_id, "base": base.effective, "latest": latest.effective},
    )
    return {row[0] for row in rows}
