"""Edits of a draft: made, undone, made again. A preview is an edit that is rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from boundaries.models import Draft, Edit, EditSide
from boundaries.policies import require
from boundaries.selectors.grounds import StoredGround, ground_of_draft
from boundaries.services.audits import AuditFinding
from boundaries.services.codes import code_renumber_check, codes_allot
from boundaries.services.engine import Identities, action_carry_out, audit_around, findings_since
from boundaries.services.impact import impact_of
from boundaries.services.journal import (
    WHOLE_LAND,
    cells_of,
    draft_for_writing,
    draft_move_on,
    edit_add,
    edit_before,
    has_files,
    rows_write,
    side_keep,
    side_restore,
    touched_by,
)
from boundaries.services.locks import clock
from boundaries.services.resolving import params_resolve
from boundaries.services.transactions import whole
from geogrid.core.actions import refuse_faults
from geogrid.core.audits.nearby import NearbyAudit
from geogrid.core.change import Change, Overlaid
from geogrid.core.coverage import Ground
from geogrid.core.errors import EditRefused
from geogrid.core.land import LandLevel
from geogrid.core.remembering import Remembered


@dataclass(frozen=True)
class EditOutcome:
    """What an edit, or undoing one, came to.

    Attributes
    ----------
    number : int, optional
        Of the edit in its draft; a preview has none.
    version : int
        The draft's afterwards; a preview leaves it as it is.
    change : Change
        With the codes of new cells. Empty where `whole_land`.
    levels : tuple of LandLevel
    findings : tuple of AuditFinding
        Those of the touched land, as it is afterwards.
    impact : mapping
    whole_land : bool
        The rows of a file came or went: read the draft anew.
    """

    number: int | None
    action: str
    version: int
    change: Change
    levels: tuple[LandLevel, ...]
    findings: tuple[AuditFinding, ...]
    impact: Mapping[str, Any]
    whole_land: bool = False


@whole
def edit_make(
    *,
    draft: Draft,
    action: str,
    params: Mapping[str, Any],
    version: int | None = None,
    by: User | None = None,
    preview: bool = False,
) -> EditOutcome:
    """Change a draft by one action, all of it or nothing.

    Parameters
    ----------
    action : str
        Its name, as design.md 7 has it.
    params : mapping
        What the action takes.
    version : int, optional
        Of the draft, as who asks knows it; not compared if not given.
    preview : bool
        Tell what would come of it; nothing stays.

    Raises
    ------
    BadInput
        If there is no such action, or its parameters are not usable.
    EditRefused
        If it cannot be done there.
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = draft_for_writing(draft, version)
    with transaction.atomic():
        stored = ground_of_draft(draft)
        # All before anything is written: it reads the land as it was, and most of it once.
        ground = Remembered(stored)
        change, given, audit = change_of_action(draft, ground, action, params, {})
        findings = findings_since(draft.scheme, audit)
        impact = impact_of(draft.scheme, change, ground, clock())
        edit = edit_write(draft, stored, change, action=action, params=params, given=given, by=by)
        if preview:
            transaction.set_rollback(True)
    number, now = (None, draft.version - 1) if preview else (edit.number, draft.version)
    return EditOutcome(number, action, now, change, ground.levels, findings, impact)


def change_of_action(
    draft: Draft, ground: Ground, action: str, params: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[Change, dict[str, Any], NearbyAudit]:
    """Compute an action, new or again, and audit what it touches.

    The second answer is what makes it the same another time.

    Raises
    ------
    EditRefused
        If it cannot be done there, or would leave a fault that was not there.
    """
    resolved = given.get("resolved") or params_resolve(draft, action, params)
    ids = Identities(given.get("ids", ()))
    change = action_carry_out(action, {**params, **resolved}, ground, ids)
    known = {UUID(ident): code for ident, code in given.get("codes", {}).items()}
    new = {cell.ident for cell in change.created}
    change = change.with_codes({ident: code for ident, code in known.items() if ident in new})
    for one in change.cells:
        if one.before is not None and one.after is not None and one.before.code != one.after.code:
            code_renumber_check(draft=draft, cell=one.after, new_code=one.after.code)
    change = codes_allot(draft=draft, change=change, merged=action == "merge_cells")
    sound = draft.base is not None and not has_files(draft)
    audit = audit_around(draft.scheme, ground, change, sound=sound)
    refuse_faults(ground, audit)
    codes = {str(cell.ident): cell.code for cell in change.created}
    return change, {"ids": ids.taken, "codes": codes, "resolved": dict(resolved)}, audit


def edit_write(
    draft: Draft,
    ground: StoredGround,
    change: Change,
    *,
    action: str,
    params: Mapping[str, Any],
    given: Mapping[str, Any],
    by: User | None,
) -> Edit:
    """Write a change into a draft and its journal, as the draft's next edit."""
    edit = edit_add(
        draft,
        action=action,
        params=params,
        given=given,
        touched=touched_by(change),
        lineage=lineage_of(change),
        by=by,
    )
    edit_rows(draft, ground, edit, change)
    draft_move_on(draft, edit.number)
    return edit


def edit_rows(draft: Draft, ground: StoredGround, edit: Edit, change: Change) -> None:
    """Write the rows of an edit, and both of its sides into the journal."""
    cells = cells_of(change, ground.level_ids)
    side_keep(edit, EditSide.BEFORE, cells)
    rows_write(draft, change, ground.level_ids)
    side_keep(edit, EditSide.AFTER, cells)


def lineage_of(change: Change) -> list[list[Any]]:
    """Give who inherits from whom as the journal keeps it."""
    return [[str(heir.predecessor), str(heir.successor), heir.share] for heir in change.heirs]


@whole
def draft_undo(*, draft: Draft, version: int | None = None, by: User | None = None) -> EditOutcome:
    """Take the last edit of a draft back.

    Raises
    ------
    EditRefused
        If there is none.
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = draft_for_writing(draft, version)
    edit = draft.edits.filter(dropped=False, number=draft.head).first()
    if edit is None:
        raise EditRefused("nothing-to-do", f"the draft {draft.name} has no edit that could be undone")
    return _turn(draft, edit, EditSide.BEFORE, edit_before(draft, edit.number))


@whole
def draft_redo(*, draft: Draft, version: int | None = None, by: User | None = None) -> EditOutcome:
    """Make the edit again that was undone last.

    Raises
    ------
    EditRefused
        If there is none, for example because another edit was made since.
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = draft_for_writing(draft, version)
    edit = draft.edits.filter(dropped=False, number__gt=draft.head).order_by("number").first()
    if edit is None:
        raise EditRefused("nothing-to-do", f"the draft {draft.name} has no undone edit to make again")
    return _turn(draft, edit, EditSide.AFTER, edit.number)


def _turn(draft: Draft, edit: Edit, side: EditSide, head: int) -> EditOutcome:
    """Bring the rows of an edit to one of its sides."""
    ground = ground_of_draft(draft)
    if edit.action in WHOLE_LAND:
        _restore(draft, edit, side, head)
        return EditOutcome(
            edit.number, edit.action, draft.version, Change(()), ground.levels, (), {}, whole_land=True
        )
    rows = list(edit.cells.filter(side=side).values_list("cell_id", "noded"))
    ids = [cell for cell, _ in rows]
    before = ground.by_ident(ids)
    _restore(draft, edit, side, head)
    after = ground.by_ident(ids)
    change = Change.between(before, after, noded=[cell for cell, noded in rows if noded])
    was = Overlaid(ground, change.inverse())
    findings = findings_since(draft.scheme, audit_around(draft.scheme, was, change))
    impact = impact_of(draft.scheme, change, was, clock())
    return EditOutcome(edit.number, edit.action, draft.version, change, ground.levels, findings, impact)


def _restore(draft: Draft, edit: Edit, side: EditSide, head: int) -> None:
    side_restore(edit, side)
    draft_move_on(draft, head)
    edit.version = draft.version
    edit.save(update_fields=["version"])
