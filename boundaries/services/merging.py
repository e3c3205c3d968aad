"""A draft is brought onto an edition that others published since its base.

Land that only one side changed merges by itself: edits are made again on the new land, with the same
identities and codes, so that their nodes and those of the others meet. What both sides changed by more than
nodes is a conflict for a person to decide, edit by edit. Nothing is lost silently: an edit that is
dropped stays in the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import shapely
from django.db import transaction

from accounts.models import User
from boundaries.models import Draft, Edit, Edition
from boundaries.policies import require
from boundaries.selectors import edition_latest
from boundaries.selectors.changes import cell_is_noded, cells_changed_since, ground_of_base
from boundaries.selectors.grounds import ground_at, ground_of_draft
from boundaries.services.edits import change_of_action, edit_rows, lineage_of
from boundaries.services.journal import (
    WHOLE_LAND,
    draft_for_writing,
    draft_move_on,
    edit_summary,
    live_edits,
    touched_by,
)
from boundaries.services.locks import draft_lock
from boundaries.services.merging_files import file_again, sides_of
from boundaries.services.transactions import whole
from geogrid.core.coverage import Cell
from geogrid.core.errors import BadInput, DraftConflict, EditRefused

Resolution = Literal["theirs", "mine", "again"]
RESOLUTIONS: tuple[Resolution, ...] = ("theirs", "mine", "again")
"""Drop my edit; or make it again on the new land: `mine` and `again` are two words for that."""
_MOST_CELLS = 200
"""How many cells a conflict shows: a file may be about all the land."""


@dataclass(frozen=True)
class CellConflict:
    """A cell that both sides changed; None where it is not there."""

    base: Cell | None
    mine: Cell | None
    theirs: Cell | None


@dataclass(frozen=True)
class EditConflict:
    """An edit that does not merge by itself.

    Attributes
    ----------
    edit : mapping
        Its number, action, author and cells.
    code : str
        `cells-changed`, or that of the refusal when it was made again.
    reason : str
    geometry : shapely geometry, optional
        Where it was refused.
    cells : tuple of CellConflict
        At most 200.
    """

    edit: Mapping[str, Any]
    code: str
    reason: str
    geometry: shapely.Geometry | None
    cells: tuple[CellConflict, ...]


@whole
def draft_rebase(
    *,
    draft: Draft,
    version: int | None = None,
    resolutions: Mapping[int, Resolution] | None = None,
    by: User | None = None,
) -> Draft:
    """Bring an open draft onto the latest edition.

    Parameters
    ----------
    resolutions : mapping
        By the number of an edit: `theirs` drops it; `mine`, or `again`, makes it again on the new land.

    Raises
    ------
    DraftConflict
        If an edit stays undecided, or cannot be made again; the draft is as it was.
    DraftNotOpen, StaleVersion, NotAllowed, BadInput
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = draft_for_writing(draft, version)
    latest = edition_latest(draft.scheme)
    known = {edit.number for edit in live_edits(draft)}
    for number in resolutions or {}:
        if number not in known:
            raise BadInput(
                f"resolutions: the draft {draft.name} has no edit {number}", parameter="resolutions"
            )
    if latest is not None and latest != draft.base:
        draft_bring_onto(draft, latest, resolutions or {})
    return draft


@whole
def draft_conflicts(*, draft: Draft) -> tuple[EditConflict, ...]:
    """Give the edits of a draft that would not merge by themselves with what was published since its base."""
    draft_lock(draft)
    draft = Draft.objects.select_related("scheme", "base").get(pk=draft.pk)
    latest = edition_latest(draft.scheme)
    if latest is None or latest == draft.base:
        return ()
    with transaction.atomic():
        found = draft_merge(draft, latest, {})
        transaction.set_rollback(True)
    return found


def draft_bring_onto(draft: Draft, latest: Edition, resolutions: Mapping[int, Resolution]) -> None:
    """Write a draft anew upon an edition; the transaction, with both locks, is the caller's.

    Raises
    ------
    DraftConflict
        If an edit stays undecided, or cannot be made again. The caller has to roll back.
    """
    base = f"edition {draft.base.number}" if draft.base else "no edition"
    conflicts = draft_merge(draft, latest, resolutions)
    if conflicts:
        raise DraftConflict(
            f"the draft {draft.name} started from {base}, and what was published up to edition "
            f"{latest.number} stands against {len(conflicts)} of its edits; decide each of them",
            draft=draft.pk,
            latest=latest.number,
            conflicts=[conflict_told(one) for one in conflicts],
        )


def conflict_told(conflict: EditConflict) -> dict[str, Any]:
    """Give a conflict without its geometries, which may be large: ask for the conflicts of the draft."""
    return {
        "edit": conflict.edit["number"],
        "action": conflict.edit["action"],
        "code": conflict.code,
        "reason": conflict.reason,
        "cells": sorted({code_of(cell) for cell in conflict.cells}),
    }


def code_of(cell: CellConflict) -> str:
    """Give the code by which a cell is known to both sides."""
    known = cell.base or cell.mine or cell.theirs
    return known.code if known else ""


def draft_merge(
    draft: Draft, latest: Edition, resolutions: Mapping[int, Resolution]
) -> tuple[EditConflict, ...]:
    """Write a draft anew upon an edition; if conflicts are given back, the caller has to roll back.

    What was undone cannot be made again afterwards: its rows are of the old land.
    """
    merge = _Merge(draft, latest, resolutions)
    draft.edits.filter(dropped=False, number__gt=draft.head).update(dropped=True)
    edits = live_edits(draft)
    draft.cells.all().delete()
    draft.base, draft.head = latest, 0
    draft.save(update_fields=["base", "head"])
    conflicts = [found for edit in edits if (found := merge.take(edit)) is not None]
    draft_move_on(draft, draft.head)
    return tuple(conflicts)


class _Merge:
    """The edits of a draft on their way to another edition."""

    def __init__(self, draft: Draft, latest: Edition, resolutions: Mapping[int, Resolution]) -> None:
        self._draft, self._resolutions = draft, resolutions
        self._old = ground_of_base(draft)
        self._new = ground_at(draft.scheme, latest.effective)
        self._baseless = draft.base is None
        self._theirs = cells_changed_since(draft.base, latest) if draft.base else set()

    def take(self, edit: Edit) -> EditConflict | None:
        """Bring one edit over, or drop it, or say why neither can be done."""
        resolution = self._resolutions.get(edit.number)
        before, after = sides_of(edit, self._old)
        real = [
            ident
            for ident in {*before, *after}
            if not _same_but_for_nodes(before.get(ident), after.get(ident))
        ]
        met = [ident for ident in real if ident in self._theirs]
        if resolution is None and (met or (self._baseless and edit.action in WHOLE_LAND)):
            reason = (
                f"{len(met)} of its cells were changed by an edition since"
                if met
                else "it was made before there was an edition, and there is one now"
            )
            return self._conflict(edit, "cells-changed", reason, None, met, after)
        if edit.action in WHOLE_LAND:
            refused = self._baseless and resolution == "theirs"
            return self._drop(edit) if refused else self._file(edit, real, met, resolution)
        if resolution == "theirs":
            return self._drop(edit)
        return self._again(edit, real, after)

    def _drop(self, edit: Edit) -> None:
        edit.dropped, edit.version = True, self._draft.version + 1
        edit.save(update_fields=["dropped", "version"])

    def _file(
        self, edit: Edit, real: Collection[UUID], met: Collection[UUID], resolution: Resolution | None
    ) -> None:
        left = set(met) if resolution == "theirs" else set()
        touched = file_again(self._draft, edit, set(real) - left)
        if touched is None:
            return self._drop(edit)
        return self._taken(edit, touched=touched)

    def _again(self, edit: Edit, real: Iterable[UUID], after: Mapping[UUID, Cell]) -> EditConflict | None:
        ground = ground_of_draft(self._draft)
        try:
            change, given, _ = change_of_action(self._draft, ground, edit.action, edit.params, edit.given)
        except (EditRefused, BadInput) as error:
            place = error.geometry if isinstance(error, EditRefused) else None
            return self._conflict(edit, error.code, error.message, place, real, after)
        edit.cells.all().delete()
        edit_rows(self._draft, ground, edit, change)
        return self._taken(edit, touched=touched_by(change), lineage=lineage_of(change), given=given)

    def _taken(self, edit: Edit, **facts: Any) -> None:
        self._draft.head = edit.number
        for name, value in {**facts, "version": self._draft.version + 1}.items():
            setattr(edit, name, value)
        edit.save(update_fields=[*facts, "version"])

    def _conflict(
        self,
        edit: Edit,
        code: str,
        reason: str,
        geometry: shapely.Geometry | None,
        cells: Iterable[UUID],
        after: Mapping[UUID, Cell],
    ) -> EditConflict:
        ids = sorted(cells, key=lambda ident: ident.bytes)[:_MOST_CELLS]
        base, theirs = self._old.by_ident(ids), self._new.by_ident(ids)
        return EditConflict(
            edit_summary(edit, self._draft),
            code,
            reason,
            geometry,
            tuple(CellConflict(base.get(one), after.get(one), theirs.get(one)) for one in ids),
        )


def _same_but_for_nodes(before: Cell | None, after: Cell | None) -> bool:
    if before is None or after is None:
        return before is after
    return cell_is_noded(before, after)
