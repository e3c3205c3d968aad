"""The journal of a draft: every edit with the rows it is about, whole, before and after.

The rows stay in the database: what an edit replaces is copied there, and undo copies it back, byte for byte.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import shapely
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from boundaries.models import Draft, DraftState, Edit, EditSide
from boundaries.selectors import QUERIES
from boundaries.services.engine import ENGINE
from boundaries.services.locks import draft_lock
from geogrid.core.area import polygon_areas
from geogrid.core.change import CellChange, Change
from geogrid.core.errors import DraftNotOpen, StaleVersion

IMPORT = "import_cells"
"""The action of the entries that files of cells leave in a journal."""
REVERT = "revert"
"""The action of the entry that brings an earlier state back."""
REPAIR = "repair"
"""The action of the entries that accepted repairs leave."""
WHOLE_LAND = frozenset({IMPORT, REVERT, REPAIR})
"""What is written by the row, may be about all of the land, and cannot be made again on other land."""
_MOST_CODES = 500
"""How many codes of each kind an entry names: a file may be about all the land."""


def draft_for_writing(draft: Draft, version: int | None = None) -> Draft:
    """Lock a draft and read it anew.

    Parameters
    ----------
    version : int, optional
        The one that the writer knows.

    Raises
    ------
    DraftNotOpen
        If it is under review, published or discarded.
    StaleVersion
        If it went on meanwhile; the context says what was done since.
    """
    draft_lock(draft)
    asked = Draft.objects.select_related("scheme", "base").prefetch_related("scheme__levels")
    fresh = asked.get(pk=draft.pk)
    if fresh.state != DraftState.OPEN:
        raise DraftNotOpen(
            f"the draft {fresh.name} is {fresh.state}; only an open one can be changed",
            draft=fresh.pk,
            state=fresh.state,
        )
    refuse_stale(fresh, version)
    return fresh


def refuse_stale(draft: Draft, version: int | None) -> None:
    """Refuse who knows another version of a draft than the current one, and tell the difference."""
    if version is None or version == draft.version:
        return
    raise StaleVersion(
        f"the draft {draft.name} is at version {draft.version}, and you started from {version}; look at what "
        "was done since and try again",
        draft=draft.pk,
        version=draft.version,
        edits=[edit_summary(edit, draft) for edit in edits_since(draft, version)],
    )


def edits_since(draft: Draft, version: int) -> list[Edit]:
    """Give the edits that were made, undone or made again after a version, in that order."""
    return list(draft.edits.filter(version__gt=version).select_related("by").order_by("version", "pk"))


def edit_summary(edit: Edit, draft: Draft) -> dict[str, Any]:
    """Say which edit it was, by whom, and of which cells."""
    return {
        "number": edit.number,
        "action": edit.action,
        "by": edit.by.get_username() if edit.by else None,
        "at": edit.at.isoformat(),
        "state": edit_state(edit, draft),
        "cells": edit.touched.get("cells", 0),
        **{name: edit.touched.get(name, []) for name in ("changed", "removed", "created")},
    }


def edit_state(edit: Edit, draft: Draft) -> str:
    """Tell whether an edit counts: `made`; `undone`, and may be made again; or `dropped` for good."""
    if edit.dropped:
        return "dropped"
    return "made" if edit.number <= draft.head else "undone"


def edit_add(
    draft: Draft,
    *,
    action: str,
    params: Mapping[str, Any],
    given: Mapping[str, Any],
    touched: Mapping[str, Any],
    lineage: Sequence[Sequence[Any]] = (),
    by: User | None,
) -> Edit:
    """Enter an edit behind the last one that counts; what was undone can no longer be made again."""
    # After all numbers ever given: an edit keeps its number, and no other has it.
    last = draft.edits.aggregate(last=Max("number"))["last"] or 0
    if last > draft.head:
        draft.edits.filter(dropped=False, number__gt=draft.head).update(dropped=True)
    return Edit.objects.create(
        draft=draft,
        number=max(last, draft.head) + 1,
        action=action,
        params=params,
        given=given,
        touched=touched,
        lineage=list(lineage),
        engine=ENGINE,
        version=draft.version + 1,
        at=timezone.now(),
        by=by,
    )


def draft_move_on(draft: Draft, head: int) -> None:
    """Count a change of a draft, after which `head` is the last edit that counts."""
    draft.version += 1
    draft.head = head
    draft.save(update_fields=["version", "head"])


def edit_before(draft: Draft, head: int) -> int:
    """Give the number of the edit that counts before another; 0 if it is the first."""
    number = draft.edits.filter(dropped=False, number__lt=head).aggregate(last=Max("number"))["last"]
    return number or 0


def live_edits(draft: Draft) -> list[Edit]:
    """Give the edits that count, the first one first."""
    return list(
        draft.edits.filter(dropped=False, number__lte=draft.head).select_related("by").order_by("number")
    )


def has_files(draft: Draft) -> bool:
    """Whether rows came from elsewhere than edits: drafts from before there was a journal have no entries."""
    actions = set(draft.edits.filter(dropped=False, number__lte=draft.head).values_list("action", flat=True))
    return bool(actions & WHOLE_LAND) or (not actions and draft.cells.exists())


def side_keep(edit: Edit, side: EditSide, cells: Iterable[tuple[UUID, int, bool]]) -> None:
    """Copy rows of the draft into one side of an edit; cells come with their level, and whether noded."""
    ids, levels, noded = zip(*cells, strict=True) if cells else ((), (), ())
    _run(
        "edit_side_keep",
        draft=edit.draft_id,
        edit=edit.pk,
        side=side.value,
        cell_id=list(ids),
        level_id=list(levels),
        noded=list(noded),
    )


def side_restore(edit: Edit, side: EditSide) -> None:
    """Make the rows of the draft again what they were on one side of an edit."""
    facts = {"draft": edit.draft_id, "edit": edit.pk, "side": side.value}
    _run("edit_rows_drop", **facts)
    _run("edit_rows_restore", **facts)


def rows_write(draft: Draft, change: Change, level_ids: Sequence[int]) -> None:
    """Write what a change makes of cells into a draft; those that are no more stay as retired rows."""
    cells = [one.after or one.before for one in change.cells]
    shapes = [cell.shape for cell in cells if cell is not None]
    areas = polygon_areas(shapes) if shapes else []
    known = [cell for cell in cells if cell is not None]
    _run(
        "edit_rows_put",
        draft=draft.pk,
        cell_id=[cell.ident for cell in known],
        level_id=[level_ids[cell.level] for cell in known],
        retired=[one.after is None for one in change.cells],
        code=[cell.code for cell in known],
        name=[cell.name for cell in known],
        kind=[cell.kind for cell in known],
        parent_id=[cell.parent for cell in known],
        attributes=[json.dumps(dict(cell.attributes), ensure_ascii=False) for cell in known],
        geom=[_wkb(cell.shape) for cell in known],
        area_m2=[float(area) for area in areas],
        moved=[one.moved for one in change.cells],
    )


def rows_copy(draft: Draft, *, past: dt.datetime, latest: dt.datetime, cells: Sequence[UUID]) -> None:
    """Put cells into a draft as they were at a time; those that were not there then, as retired."""
    _run("draft_rows_copy", draft=draft.pk, past=past, latest=latest, cells=list(cells))


def codes_touched(codes: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Give codes, by what happens to their cells, as the journal keeps them: some, and how many in all."""
    touched = {name: sorted(some, key=str.encode) for name, some in codes.items()}
    kept: dict[str, Any] = {name: some[:_MOST_CODES] for name, some in touched.items()}
    return {**kept, "cells": sum(map(len, touched.values()))}


def rows_touched(rows: Iterable[tuple[str, bool, bool]]) -> dict[str, Any]:
    """Give the codes of rows: each with whether the cell ends, and whether it is new."""
    touched: dict[str, list[str]] = {"changed": [], "removed": [], "created": []}
    for code, ends, new in rows:
        touched["removed" if ends else "created" if new else "changed"].append(code)
    return codes_touched(touched)


def touched_by(change: Change) -> dict[str, Any]:
    """Give the codes of the cells that a change is about: by what happens to them."""
    touched: dict[str, list[str]] = {"changed": [], "noded": [], "removed": [], "created": []}
    for one in change.cells:
        cell = one.after or one.before
        assert cell is not None
        touched[_what(one)].append(cell.code)
    return codes_touched(touched)


def _what(one: CellChange) -> str:
    if one.before is None:
        return "created"
    if one.after is None:
        return "removed"
    return "noded" if one.noded else "changed"


def cells_of(change: Change, level_ids: Sequence[int]) -> list[tuple[UUID, int, bool]]:
    """Give the cells of a change as `side_keep` takes them."""
    found = []
    for one in change.cells:
        cell = one.after or one.before
        assert cell is not None
        found.append((cell.ident, level_ids[cell.level], one.noded))
    return found


def _run(query: str, **facts: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[query], facts)


def _wkb(shape: shapely.Geometry | None) -> bytes | None:
    return None if shape is None or shape.is_empty else bytes(shapely.to_wkb(shape))
