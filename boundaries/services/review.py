"""Where a draft stands: open, submitted, approved; then published, or discarded. All of it stays readable."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Role, User
from accounts.selectors import roles_of
from boundaries.models import LIVING_STATES, Draft, DraftState
from boundaries.policies import allowed, require
from boundaries.services.journal import refuse_stale
from boundaries.services.locks import draft_lock
from boundaries.services.transactions import whole
from geogrid.core.errors import DraftNotOpen, NotAllowed


@whole
def draft_submit(
    *, draft: Draft, version: int | None = None, note: str = "", by: User | None = None
) -> Draft:
    """Hand an open draft in for review; until it comes back nobody changes it.

    Raises
    ------
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = _in_state(draft, version, DraftState.OPEN)
    draft.state, draft.submitted_at, draft.submitted_by, draft.note = (
        *(DraftState.SUBMITTED, timezone.now(), by),
        note,
    )
    draft.save(update_fields=["state", "submitted_at", "submitted_by", "note"])
    return draft


@whole
def draft_approve(
    *, draft: Draft, version: int | None = None, note: str = "", by: User | None = None
) -> Draft:
    """Approve a submitted draft. Four eyes: who submitted it does not, unless an administrator.

    Raises
    ------
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.approve", scheme=draft.scheme, draft=draft)
    draft = _in_state(draft, version, DraftState.SUBMITTED)
    if by is not None and by == draft.submitted_by and Role.ADMINISTRATOR not in roles_of(by):
        raise NotAllowed(
            f"{by.get_username()} submitted the draft {draft.name}; somebody else approves it",
            action="draft.approve",
        )
    draft.state, draft.approved_at, draft.approved_by, draft.note = (
        *(DraftState.APPROVED, timezone.now(), by),
        note,
    )
    draft.save(update_fields=["state", "approved_at", "approved_by", "note"])
    return draft


@whole
def draft_return(
    *, draft: Draft, version: int | None = None, note: str = "", by: User | None = None
) -> Draft:
    """Open a submitted or approved draft again: a reviewer gives it back, or who submitted it takes it back.

    Raises
    ------
    DraftNotOpen, StaleVersion, NotAllowed
    """
    own = by is not None and Draft.objects.filter(pk=draft.pk, submitted_by=by.pk).exists()
    if not (own and allowed(by, "draft.edit", scheme=draft.scheme, draft=draft)):
        require(by, "draft.approve", scheme=draft.scheme, draft=draft)
    draft = _in_state(draft, version, DraftState.SUBMITTED, DraftState.APPROVED)
    draft.state, draft.note = DraftState.OPEN, note
    draft.submitted_at = draft.submitted_by = draft.approved_at = draft.approved_by = None
    draft.save(update_fields=["state", "note", "submitted_at", "submitted_by", "approved_at", "approved_by"])
    return draft


@whole
def draft_discard(
    *, draft: Draft, version: int | None = None, note: str = "", by: User | None = None
) -> Draft:
    """Put a draft away. It stays readable, and the codes that it allotted are not given again.

    Raises
    ------
    DraftNotOpen, StaleVersion, NotAllowed
    """
    require(by, "draft.edit", scheme=draft.scheme, draft=draft)
    draft = _in_state(draft, version, *LIVING_STATES)
    draft.state, draft.closed_at, draft.closed_by, draft.note = (
        *(DraftState.DISCARDED, timezone.now(), by),
        note,
    )
    draft.save(update_fields=["state", "closed_at", "closed_by", "note"])
    return draft


def _in_state(draft: Draft, version: int | None, *states: DraftState) -> Draft:
    """Lock a draft and read it anew; refuse one that stands elsewhere, or that has gone on."""
    draft_lock(draft)
    fresh = Draft.objects.select_related("scheme", "base", "submitted_by").get(pk=draft.pk)
    if fresh.state not in states:
        raise DraftNotOpen(
            f"the draft {fresh.name} is {fresh.state}; this is for one that is {' or '.join(states)}",
            draft=fresh.pk,
            state=fresh.state,
        )
    refuse_stale(fresh, version)
    return fresh
