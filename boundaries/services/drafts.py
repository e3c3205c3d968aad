"""Drafts and the cells that are put into them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import shapely
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from boundaries.models import (
    LIVING_STATES,
    Draft,
    DraftState,
    DraftVisibility,
    EditSide,
    Level,
    Scheme,
)
from boundaries.policies import require
from boundaries.selectors import QUERIES, edition_latest
from boundaries.services.codes import codes_give, codes_reserve
from boundaries.services.journal import (
    IMPORT,
    draft_for_writing,
    draft_move_on,
    edit_add,
    rows_touched,
    side_keep,
)
from boundaries.services.locks import draft_lock
from boundaries.services.transactions import whole
from boundaries.services.working import (
    WorkingCell,
    levels_over,
    settle_cells,
    settle_parents,
    working_cells,
    write_cells,
)
from geogrid.core.crs import SourceCrs
from geogrid.core.errors import BadCoordinates, DraftNotOpen
from geogrid.telling import Tell, silent


@dataclass(frozen=True)
class IncomingCell:
    """A cell as a file has it.

    Attributes
    ----------
    row : int
        Its number in the file, for messages.
    code : str
        Empty if it has none.
    parent_code : str
        Empty if the parent is to be found by share.
    kind : str
        Empty if the file does not say; the cell keeps its own.
    shape : shapely Polygon or MultiPolygon
        In the file's coordinate system.
    """

    row: int
    code: str
    name: str
    parent_code: str
    attributes: dict[str, Any]
    shape: shapely.Geometry
    kind: str = ""


class RefusedCell(NamedTuple):
    """A cell that was not taken: its row, a stable code, and a sentence."""

    row: int
    code: str
    reason: str


@dataclass
class DraftChange:
    """What putting cells into a draft did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    generated: int = 0
    refused: list[RefusedCell] = field(default_factory=list)
    vertices: int = 0
    vertices_added: int = 0
    moved_m: float = 0.0


@whole
def draft_open(*, scheme: Scheme, name: str, by: User | None = None) -> Draft:
    """Give the open draft of that name; make it on the latest edition if there is none.

    It waits for nobody: of two who open the same name at once, both get the same draft.

    Raises
    ------
    DraftNotOpen
        If the draft of that name is under review.
    """
    require(by, "draft.edit", scheme=scheme)
    draft = draft_find(scheme, name)
    if draft is None:
        new = Draft(scheme=scheme, name=name, base=edition_latest(scheme), created_by=by)
        new.clean_fields(exclude=["base", "created_by"])
        try:
            with transaction.atomic():
                new.save()
            return new
        except IntegrityError:
            draft = draft_find(scheme, name)
            if draft is None:
                raise
    if draft.state != DraftState.OPEN:
        raise DraftNotOpen(
            f"the draft {name} is {draft.state}; give another name, or have it returned first",
            draft=draft.pk,
            state=draft.state,
        )
    return draft


def draft_find(scheme: Scheme, name: str) -> Draft | None:
    """Give the draft of that name that is not closed; None if there is none."""
    return scheme.drafts.filter(name=name, state__in=LIVING_STATES).select_related("scheme", "base").first()


@transaction.atomic
def draft_show(*, draft: Draft, visibility: DraftVisibility, by: User | None = None) -> Draft:
    """Say who may read a draft; to put one out for comment takes the right to publish it."""
    require(by, "draft.publish", scheme=draft.scheme, draft=draft)
    draft_lock(draft)
    draft.visibility = DraftVisibility(visibility)
    draft.save(update_fields=["visibility"])
    return draft


@whole
def draft_cells_put(
    *,
    draft: Draft,
    level: Level,
    system: SourceCrs,
    incoming: Sequence[IncomingCell],
    replace: bool = False,
    give_codes: bool = True,
    by: User | None = None,
    tell: Tell = silent,
) -> DraftChange:
    """Put cells of a level into a draft and settle the whole draft anew.

    A code that is there already is updated, the second row with a code the second cell with it, and so on.
    Nothing is removed unless `replace` is asked for. Rows that cannot be taken are given back with a reason.
    Cells without a code are given one, or, without `give_codes`, keep none: that is a fault of the draft.

    Raises
    ------
    BadCoordinates
        If the land, with what the draft holds already, spans more than half the earth.
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft_for_writing(draft)
    draft.refresh_from_db(fields=["version", "head"])
    cells = working_cells(draft)
    there = {cell.cell_id for cell in cells}
    change = DraftChange()
    taken = _Intake(draft, level, cells, change).take(incoming, system)
    if draft.edits.filter(dropped=False, number__lte=draft.head).exclude(action=IMPORT).exists():
        _forget_sources(cells)
    if replace:
        _retire_others(cells, level, taken, change)
    tell(f"settling {sum(not cell.retired for cell in cells):,} cells of the draft together …")
    extent = draft.scheme.extent
    settled = settle_cells(cells, shapely.from_wkb(bytes(extent.wkb)) if extent else None)
    _refuse_half_the_earth(cells)
    settle_parents(cells, draft.scheme.levels.order_by("ordinal"))
    _count_as_published(cells, change)
    if give_codes:
        change.generated = codes_give(draft.scheme, level, cells)
    change.vertices, change.vertices_added = settled.vertices, settled.added
    change.moved_m = settled.moved_m
    if any(cell.dirty for cell in cells):
        _write(draft, level, cells, there, by)
    return change


def _forget_sources(cells: list[WorkingCell]) -> None:
    """Keep cells as they lie on the lattice, once edits have changed some of them.

    Settled from their sources, in the file's coordinate system, they would get the nodes that they share with
    edited neighbours only after the projection has bent their edges (geometry.md 6).
    """
    for cell in cells:
        if cell.source is not None and cell.shape is not None and not cell.dirty:
            cell.source, cell.source_crs, cell.dirty = None, "", True


def _write(
    draft: Draft, level: Level, cells: list[WorkingCell], there: Container[UUID], by: User | None
) -> None:
    """Write the changed cells as one edit of the draft, so that it can be undone."""
    dirty = [cell for cell in cells if cell.dirty]
    touched = rows_touched((cell.code, cell.retired, cell.cell_id not in there) for cell in dirty)
    edit = edit_add(draft, action=IMPORT, params={"level": level.code}, given={}, touched=touched, by=by)
    rows = [(cell.cell_id, cell.level_id, False) for cell in dirty]
    side_keep(edit, EditSide.BEFORE, rows)
    write_cells(draft, cells)
    side_keep(edit, EditSide.AFTER, rows)
    _reserve_codes(draft.scheme, cells)
    draft_move_on(draft, edit.number)


def _count_as_published(cells: list[WorkingCell], change: DraftChange) -> None:
    """Leave cells of the base alone that an import only repeats."""
    for cell in cells:
        if cell.dirty and cell.is_as_published:
            cell.dirty = False
            if cell.source is not None:
                change.changed -= 1
                change.unchanged += 1


def _refuse_half_the_earth(cells: list[WorkingCell]) -> None:
    shapes = [cell.shape for cell in cells if not cell.retired and cell.shape is not None]
    if not shapes:
        return
    west, _, east, _ = shapely.total_bounds(shapes)
    if east - west > 180:
        raise BadCoordinates(
            f"the land would span {east - west:.0f}° of longitude, from {west:.4f} to {east:.4f}; "
            "land that crosses 180° is not taken, divide it into two schemes"
        )


def _reserve_codes(scheme: Scheme, cells: list[WorkingCell]) -> None:
    first: dict[str, UUID] = {}
    for cell in cells:
        if cell.dirty and cell.code and not cell.retired:
            first.setdefault(cell.code, cell.cell_id)
    codes_reserve(scheme, first)


def _retire_others(cells: list[WorkingCell], level: Level, taken: set[UUID], change: DraftChange) -> None:
    for cell in cells:
        if cell.level_id == level.pk and cell.cell_id not in taken and not cell.retired:
            cell.retired, cell.dirty = True, True
            change.removed += 1


class _Intake:
    """The matching of incoming cells with those of a draft."""

    def __init__(self, draft: Draft, level: Level, cells: list[WorkingCell], change: DraftChange) -> None:
        self._draft, self._level, self._cells, self._change = draft, level, cells, change
        self._by_code: dict[str, list[WorkingCell]] = defaultdict(list)
        self._by_source: dict[bytes, list[WorkingCell]] = defaultdict(list)
        for cell in sorted(cells, key=lambda cell: (cell.retired, str(cell.cell_id))):
            if cell.level_id == level.pk:
                self._by_code[cell.code].append(cell)
                if cell.source is not None:
                    self._by_source[cell.source].append(cell)
        self._ids = {cell.cell_id for cell in cells}
        over = {upper.pk for upper in levels_over(level)}
        above = [cell for cell in cells if cell.level_id in over and not cell.retired]
        self._parents = {cell.code for cell in above}
        #: Files may come in any order: before the level above has cells, nobody is missed there.
        self._knows_parents = any(cell.level_id == level.parent_id for cell in above)

    def take(self, incoming: Sequence[IncomingCell], system: SourceCrs) -> set[UUID]:
        """Put each incoming cell into the draft or among the refused; give the ids of those taken."""
        identities = self._identities([one.code for one in incoming if one.code])
        taken: set[UUID] = set()
        for one in incoming:
            if self._is_refused(one, identities):
                continue
            source = bytes(shapely.to_wkb(one.shape))
            known = self._by_code[one.code] if one.code else self._by_source[source]
            free = [cell for cell in known if cell.cell_id not in taken]
            same = (cell for cell in free if cell.source == source)
            cell = next(same, free[0] if free else None) or self._new(one, identities)
            taken.add(cell.cell_id)
            self._update(cell, one, source, system.spec)
        return taken

    def _identities(self, codes: list[str]) -> dict[str, tuple[UUID, bool]]:
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["codes_known"], {"scheme": self._draft.scheme_id, "code": codes})
            return {code: (cell_id, retired) for code, cell_id, retired in cursor.fetchall()}

    def _is_refused(self, one: IncomingCell, identities: dict[str, tuple[UUID, bool]]) -> bool:
        refusal = None
        if one.parent_code and self._knows_parents and one.parent_code not in self._parents:
            above = " or ".join(upper.code for upper in levels_over(self._level))
            refusal = RefusedCell(
                one.row, "no-such-parent", f"its parent {one.parent_code!r} is no cell of the level {above}"
            )
        elif identities.get(one.code, (None, False))[1] and not self._by_code[one.code]:
            refusal = RefusedCell(
                one.row, "retired-code", f"the code {one.code!r} was a cell's that is retired; give another"
            )
        if refusal:
            self._change.refused.append(refusal)
        return refusal is not None

    def _new(self, one: IncomingCell, identities: dict[str, tuple[UUID, bool]]) -> WorkingCell:
        reserved = identities.get(one.code, (None, False))[0]
        identity = uuid4() if reserved is None or reserved in self._ids else reserved
        cell = WorkingCell(identity, self._level.pk, one.code)
        self._ids.add(identity)
        self._cells.append(cell)
        return cell

    def _update(self, cell: WorkingCell, one: IncomingCell, source: bytes, spec: str) -> None:
        before = (
            *(cell.source, cell.source_crs, cell.name, cell.kind, cell.parent_code, cell.attributes),
            cell.retired,
        )
        after = (source, spec, one.name, one.kind or cell.kind, one.parent_code, one.attributes, False)
        if not cell.own and cell.published is None:
            self._change.new += 1
        elif before == after:
            self._change.unchanged += 1
            return
        else:
            self._change.changed += 1
        cell.source, cell.source_crs, cell.name, cell.kind, cell.parent_code, cell.attributes = after[:-1]
        cell.retired = False
        cell.dirty = True
