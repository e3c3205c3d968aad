"""An edition is taken back by a new one; nothing that was published is unmade."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from boundaries.models import Draft, DraftState, EditSide, Scheme
from boundaries.policies import require
from boundaries.selectors import edition_get, edition_latest
from boundaries.selectors.cells import rows_of
from boundaries.services.drafts import draft_open
from boundaries.services.journal import REVERT, draft_move_on, edit_add, rows_copy, rows_touched, side_keep
from boundaries.services.locks import scheme_lock
from boundaries.services.publishing import Publication, draft_publish
from boundaries.services.transactions import whole
from geogrid.core.errors import BadInput
from geogrid.telling import Tell, silent


@whole
def edition_revert(
    *,
    scheme: Scheme,
    to: int,
    effective: dt.datetime | None = None,
    accept_gaps: str | None = None,
    by: User | None = None,
    tell: Tell = silent,
) -> Publication:
    """Publish the cells of an earlier edition as the next one; cells that come back are the same as before.

    Raises
    ------
    BadInput
        If the edition is the latest, or nothing differs.
    NotFound
        If there is no such edition.
    NotAllowed
    """
    require(by, "draft.edit", scheme=scheme)
    require(by, "draft.publish", scheme=scheme)
    scheme_lock(scheme)
    past, latest = edition_get(scheme, to), edition_latest(scheme)
    if latest is None or past == latest:
        raise BadInput(
            f"edition {to} is the latest of the scheme {scheme.code}; there is nothing to take back"
        )
    draft = draft_open(scheme=scheme, name=_free_name(scheme, f"revert to {to}"), by=by)
    _fill(draft, past.effective, latest.effective, to, by)
    return draft_publish(draft=draft, effective=effective, accept_gaps=accept_gaps, by=by, tell=tell)


def _free_name(scheme: Scheme, name: str) -> str:
    """Give a name that no draft has yet: one that was refused stays, to be looked into."""
    taken = set(scheme.drafts.exclude(state=DraftState.PUBLISHED).values_list("name", flat=True))
    number = 1
    while (free := name if number == 1 else f"{name} ({number})") in taken:
        number += 1
    return free


def _fill(draft: Draft, past: dt.datetime, latest: dt.datetime, to: int, by: User | None) -> None:
    """Put into a draft what makes the latest edition the past one."""
    rows = rows_of("cells_differing", {"scheme": draft.scheme_id, "past": past, "latest": latest})
    cells = [(cell, level, False) for cell, level, *_ in rows]
    touched = rows_touched((code, not was, not now) for _, _, code, was, now in rows)
    if not cells:
        raise BadInput(f"the cells of edition {to} are those of the latest edition")
    edit = edit_add(draft, action=REVERT, params={"to": to}, given={}, touched=touched, by=by)
    side_keep(edit, EditSide.BEFORE, cells)
    rows_copy(draft, past=past, latest=latest, cells=[cell for cell, _, _ in cells])
    side_keep(edit, EditSide.AFTER, cells)
    draft_move_on(draft, edit.number)
