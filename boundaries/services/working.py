"""A draft in memory: all its cells are read, changed and settled together; the changed ones are written."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection

from boundaries.models import Draft, Level
from boundaries.selectors import QUERIES
from geogrid.core.area import polygon_areas
from geogrid.core.audits.polygons import PolygonFault
from geogrid.core.crs import SourceCrs, resolve_crs
from geogrid.core.extents import extent_along
from geogrid.core.nesting import parents_by_share
from geogrid.core.settling import Settled, settle

_ROWS_AT_ONCE = 2000


@dataclass
class WorkingCell:
    """A cell of a draft."""

    cell_id: UUID
    level_id: int
    code: str
    name: str = ""
    kind: str = ""
    parent_id: UUID | None = None
    parent_code: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    shape: shapely.MultiPolygon | None = None
    source: bytes | None = None
    source_crs: str = ""
    fault: str = ""
    fault_doubtful: bool = False
    fault_at: shapely.Point | None = None
    retired: bool = False
    own: bool = False
    dirty: bool = False
    published: tuple[Any, ...] | None = None

    @property
    def content(self) -> tuple[Any, ...]:
        """What a cell says, except its land."""
        return (self.code, self.name, self.kind, self.parent_id, self.attributes)

    @property
    def is_as_published(self) -> bool:
        """Whether it says and covers what its version in the base does."""
        if self.published is None or self.shape is None or self.retired:
            return False
        shape, *content = self.published
        return tuple(content) == self.content and bool(shapely.equals_identical(shape, self.shape))


def working_cells(draft: Draft) -> list[WorkingCell]:
    """Read a draft over its base, in no order."""
    parameters = {"draft": draft.pk, "scheme": draft.scheme_id, "at": draft.base_at}
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["draft_rows"], parameters)
        rows = cursor.fetchall()
    shapes = shapely.from_wkb([None if row[8] is None else bytes(row[8]) for row in rows])
    cells = [
        WorkingCell(
            cell_id=row[0],
            level_id=row[1],
            code=row[2],
            name=row[3],
            kind=row[4],
            parent_id=row[5],
            parent_code=row[6],
            attributes=json.loads(row[7]),
            shape=shape,
            source=None if row[9] is None else bytes(row[9]),
            source_crs=row[10],
            fault=row[11],
            fault_at=None if row[12] is None else shapely.from_wkb(bytes(row[12])),
            fault_doubtful=row[13],
            retired=row[14],
            own=row[15],
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]
    for cell in cells:
        if not cell.own:
            cell.published = (cell.shape, *cell.content)
    return cells


def settle_cells(cells: list[WorkingCell], extent: shapely.MultiPolygon | None) -> Settled:
    """Bring all cells that have land to the lattice together, from their sources where they have one.

    Cells whose geometry changes by it are marked dirty: also those that only gained nodes. The extent, where
    the scheme has one, gives its nodes to the cells along it.
    """
    landed = [cell for cell in cells if not cell.retired and (cell.source or cell.shape is not None)]
    shapes = np.empty(len(landed), dtype=object)
    shapes[:] = [shapely.from_wkb(cell.source) if cell.source else cell.shape for cell in landed]
    specs = {cell.source_crs for cell in landed if cell.source}
    systems: dict[str, SourceCrs | None] = {spec: resolve_crs(spec) for spec in specs}
    of_cells = [systems.get(cell.source_crs) if cell.source else None for cell in landed]
    if extent is None:
        settled = settle(shapes, of_cells)
    else:
        there = np.array([cell.shape for cell in landed if not cell.source], dtype=object)
        along = extent_along(extent, there) if len(there) else extent
        settled = settle(np.append(shapes, np.array([along], dtype=object)), [*of_cells, None])
    for number, cell in enumerate(landed):
        shape = settled.shapes[number]
        if cell.shape is None or not shapely.equals_identical(cell.shape, shape):
            cell.shape, cell.dirty = shape, True
        if cell.source is not None:
            _set_fault(cell, settled.faults.get(number))
    return settled


def _set_fault(cell: WorkingCell, fault: PolygonFault | None) -> None:
    reason, doubtful = (fault.reason, fault.doubtful) if fault else ("", False)
    if (cell.fault, cell.fault_doubtful) != (reason, doubtful):
        cell.fault, cell.fault_doubtful, cell.dirty = reason, doubtful, True
        cell.fault_at = fault.at if fault else None


def levels_over(level: Level) -> list[Level]:
    """Give the levels above one, the nearest first: cells may bypass those between."""
    over = []
    upper = level.parent
    while upper is not None:
        over.append(upper)
        upper = upper.parent
    return over


def settle_parents(cells: list[WorkingCell], levels: Iterable[Level]) -> None:
    """Find the parent of every cell: by its code where one was named, else by the largest share.

    A cell that was published or made by an edit keeps its parent while that is there, on whatever level.
    """
    present: dict[int, list[WorkingCell]] = defaultdict(list)
    there: set[UUID] = set()
    for cell in cells:
        if not cell.retired:
            present[cell.level_id].append(cell)
            there.add(cell.cell_id)
    for level in levels:
        above = present[level.parent_id] if level.parent_id else []
        by_code: dict[str, UUID] = {}
        for upper in levels_over(level):
            for cell in present[upper.pk]:
                by_code.setdefault(cell.code, cell.cell_id)
        unnamed = []
        for cell in present[level.pk]:
            if cell.parent_code:
                _set_parent(cell, by_code.get(cell.parent_code))
            elif not (cell.source is None and cell.parent_id in there):
                unnamed.append(cell)
        _parents_by_share(unnamed, above)


def _parents_by_share(cells: list[WorkingCell], above: list[WorkingCell]) -> None:
    above = [cell for cell in above if cell.shape is not None]
    shapes = np.empty(len(cells), dtype=object)
    shapes[:] = [cell.shape or shapely.MultiPolygon() for cell in cells]
    lands = np.empty(len(above), dtype=object)
    lands[:] = [cell.shape for cell in above]
    found = parents_by_share(shapes, lands, [cell.code for cell in above])
    for cell, place in zip(cells, found.tolist(), strict=True):
        _set_parent(cell, above[place].cell_id if place >= 0 else None)


def _set_parent(cell: WorkingCell, parent_id: UUID | None) -> None:
    if cell.parent_id != parent_id:
        cell.parent_id, cell.dirty = parent_id, True


def write_cells(draft: Draft, cells: list[WorkingCell]) -> int:
    """Write the dirty cells into the draft; give how many there were."""
    dirty = [cell for cell in cells if cell.dirty]
    areas = polygon_areas([cell.shape for cell in dirty]) if dirty else np.zeros(0)
    with connection.cursor() as cursor:
        for start in range(0, len(dirty), _ROWS_AT_ONCE):
            some = dirty[start : start + _ROWS_AT_ONCE]
            cursor.execute(
                QUERIES["draft_rows_put"],
                {
                    "draft": draft.pk,
                    "cell_id": [cell.cell_id for cell in some],
                    "level_id": [cell.level_id for cell in some],
                    "retired": [cell.retired for cell in some],
                    "code": [cell.code for cell in some],
                    "name": [cell.name for cell in some],
                    "kind": [cell.kind for cell in some],
                    "parent_id": [cell.parent_id for cell in some],
                    "parent_code": [cell.parent_code for cell in some],
                    "attributes": [json.dumps(cell.attributes, ensure_ascii=False) for cell in some],
                    "geom": [_wkb(cell.shape) for cell in some],
                    "area_m2": areas[start : start + _ROWS_AT_ONCE].tolist(),
                    "fault": [cell.fault for cell in some],
                    "fault_doubtful": [cell.fault_doubtful for cell in some],
                    "fault_at": [_wkb(cell.fault_at) for cell in some],
                    "source": [cell.source for cell in some],
                    "source_crs": [cell.source_crs for cell in some],
                },
            )
    return len(dirty)


def _wkb(shape: shapely.Geometry | None) -> bytes | None:
    return None if shape is None or shape.is_empty else bytes(shapely.to_wkb(shape))
