"""What files brought into a draft, on its way to another edition: rows, not intents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import shapely

from boundaries.models import Draft, Edit, EditCell, EditSide
from boundaries.selectors.grounds import StoredGround
from boundaries.services.journal import rows_touched, side_keep
from boundaries.services.working import (
    WorkingCell,
    settle_cells,
    settle_parents,
    working_cells,
    write_cells,
)
from geogrid.core.coverage import Cell


def sides_of(edit: Edit, base: StoredGround) -> tuple[dict[UUID, Cell], dict[UUID, Cell]]:
    """Give the cells of an edit before and after it, as its draft had them; `base` is the draft's."""
    rows = list(edit.cells.all())
    sides: dict[str, dict[UUID, Cell]] = {EditSide.BEFORE: {}, EditSide.AFTER: {}}
    place = {pk: index for index, pk in enumerate(base.level_ids)}
    for row in rows:
        if row.present and not row.retired:
            sides[row.side][row.cell_id] = Cell(
                ident=row.cell_id,
                level=place[row.level_id],
                code=row.code,
                name=row.name,
                kind=row.kind,
                parent=row.parent_id,
                shape=_shape(row),
                attributes=row.attributes,
            )
    absent = [row for row in rows if not row.present]
    known = base.by_ident(row.cell_id for row in absent)
    for row in absent:
        if row.cell_id in known:
            sides[row.side][row.cell_id] = known[row.cell_id]
    return sides[EditSide.BEFORE], sides[EditSide.AFTER]


def file_again(draft: Draft, edit: Edit, wanted: Collection[UUID]) -> dict[str, Any] | None:
    """Put rows that a file brought upon another base, settled with it; tell the codes touched.

    Rows that only gained nodes are left out: they gain them again. None if nothing comes of it.
    """
    cells = {cell.cell_id: cell for cell in working_cells(draft)}
    there = set(cells)
    for row in edit.cells.filter(side=EditSide.AFTER, present=True, cell_id__in=list(wanted)):
        cells[row.cell_id] = _put(cells.get(row.cell_id), row)
    everything = list(cells.values())
    extent = draft.scheme.extent
    settle_cells(everything, shapely.from_wkb(bytes(extent.wkb)) if extent else None)
    settle_parents(everything, draft.scheme.levels.order_by("ordinal"))
    for cell in everything:
        cell.dirty = cell.dirty and not cell.is_as_published
    dirty = [cell for cell in everything if cell.dirty]
    if not dirty:
        return None
    edit.cells.all().delete()
    rows = [(cell.cell_id, cell.level_id, False) for cell in dirty]
    side_keep(edit, EditSide.BEFORE, rows)
    write_cells(draft, everything)
    side_keep(edit, EditSide.AFTER, rows)
    return rows_touched((cell.code, cell.retired, cell.cell_id not in there) for cell in dirty)


def _put(there: WorkingCell | None, row: EditCell) -> WorkingCell:
    """Give a row as it lies on the lattice.

    From its source it would be settled in the file's coordinate system, where the new base is not, and the
    nodes that they share would not fit any more (geometry.md 6).
    """
    return WorkingCell(
        cell_id=row.cell_id,
        level_id=row.level_id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        parent_id=row.parent_id,
        parent_code=row.parent_code,
        attributes=row.attributes,
        shape=_shape(row),
        fault=row.fault,
        fault_doubtful=row.fault_doubtful,
        fault_at=None if row.fault_at is None else shapely.from_wkb(bytes(row.fault_at.wkb)),
        retired=row.retired,
        own=True,
        dirty=True,
        published=there.published if there else None,
    )


def _shape(row: EditCell) -> shapely.MultiPolygon | None:
    return None if row.geom is None else shapely.from_wkb(bytes(row.geom.wkb))
