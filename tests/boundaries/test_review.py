"""A draft goes through its review: every step, who may take it, and what it leaves."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from accounts.models import Role
from accounts.services.roles import user_role_give
from boundaries.models import CellCode, Draft, DraftState
from boundaries.selectors import land_of_draft
from boundaries.selectors.schemes import draft_by_id
from boundaries.services.drafts import draft_open
from boundaries.services.edits import edit_make
from boundaries.services.publishing import draft_publish
from boundaries.services.review import draft_approve, draft_discard, draft_return, draft_submit
from geogrid.core.errors import DraftNotOpen, NotAllowed, StaleVersion
from tests.boundaries.towns import across, new_town

pytestmark = pytest.mark.django_db

STEPS = {
    "submit": (draft_submit, {DraftState.OPEN}),
    "approve": (draft_approve, {DraftState.SUBMITTED}),
    "return": (draft_return, {DraftState.SUBMITTED, DraftState.APPROVED}),
    "discard": (draft_discard, {DraftState.OPEN, DraftState.SUBMITTED, DraftState.APPROVED}),
}
MAY = {
    "submit": {Role.PLANNER, Role.ANALYST, Role.ADMINISTRATOR},
    "approve": {Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR},
    "return": {Role.PLANNER, Role.LEADER, Role.ADMINISTRATOR},
    "discard": {Role.PLANNER, Role.ANALYST, Role.ADMINISTRATOR},
}


@pytest.fixture
def draft(db):
    """A draft of a published town, with one edit."""
    scheme, _ = new_town()
    draft = draft_open(scheme=scheme, name="work")
    edit_make(draft=draft, action="split_cell", params=across("1"))
    return Draft.objects.get(pk=draft.pk)


def user(name, role):
    made = get_user_model().objects.create_user(name)
    user_role_give(user=made, role=role)
    return made


@pytest.mark.parametrize("state", list(DraftState))
@pytest.mark.parametrize("step", list(STEPS))
def test_each_step_is_taken_from_the_right_states_only(draft, step, state):
    take, states = STEPS[step]
    Draft.objects.filter(pk=draft.pk).update(state=state)
    if state in states:
        assert take(draft=draft).state != state
        return
    with pytest.raises(DraftNotOpen, match=state.value):
        take(draft=draft)
    draft.refresh_from_db()
    assert draft.state == state


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("step", list(STEPS))
def test_each_step_is_for_some_roles(draft, step, role):
    take, states = STEPS[step]
    Draft.objects.filter(pk=draft.pk).update(state=min(states))
    by = user(role.value, role)
    if role in MAY[step]:
        take(draft=draft, by=by)
        return
    with pytest.raises(NotAllowed):
        take(draft=draft, by=by)


def test_four_eyes_who_submits_does_not_approve(draft):
    planner, other = user("planner", Role.PLANNER), user("other", Role.PLANNER)
    draft_submit(draft=draft, by=planner)
    with pytest.raises(NotAllowed, match="somebody else"):
        draft_approve(draft=draft, by=planner)
    approved = draft_approve(draft=draft, by=other, note="well done")
    assert (approved.state, approved.approved_by, approved.note) == ("approved", other, "well done")
    assert approved.submitted_by == planner


def test_an_administrator_alone_may_do_both(draft):
    administrator = user("administrator", Role.ADMINISTRATOR)
    draft_submit(draft=draft, by=administrator)
    assert draft_approve(draft=draft, by=administrator).state == "approved"


def test_who_submitted_takes_it_back_and_a_reviewer_gives_it_back_with_a_note(draft):
    analyst, leader = user("analyst", Role.ANALYST), user("leader", Role.LEADER)
    draft_submit(draft=draft, by=analyst)
    assert draft_return(draft=draft, by=analyst).state == "open"
    draft_submit(draft=draft, by=analyst)
    returned = draft_return(draft=draft, by=leader, note="the lake is missing")
    assert (returned.state, returned.note, returned.submitted_by) == ("open", "the lake is missing", None)
    edit_make(draft=draft, action="split_cell", params=across("2"))


def test_an_approval_is_of_the_version_that_was_looked_at(draft):
    with pytest.raises(StaleVersion):
        draft_submit(draft=draft, version=0)
    draft_submit(draft=draft, version=1)


@pytest.mark.parametrize("state", ["open", "submitted", "approved"])
def test_a_draft_is_published_from_every_state_before_its_end(draft, state):
    Draft.objects.filter(pk=draft.pk).update(state=state)
    by = user("leader", Role.LEADER)
    edition = draft_publish(draft=draft, by=by).edition
    draft.refresh_from_db()
    assert (draft.state, draft.edition, draft.closed_by) == ("published", edition, by)
    with pytest.raises(DraftNotOpen):
        draft_publish(draft=draft)


def test_a_discarded_draft_stays_readable_and_its_codes_stay_taken(draft):
    made = set(land_of_draft(draft).code)
    held = set(CellCode.objects.values_list("code", flat=True))
    discarded = draft_discard(draft=draft, note="not needed")
    assert discarded.closed_at is not None
    again = draft_by_id(draft.pk)
    assert set(land_of_draft(again).code) == made
    assert again.edits.count() == 1
    assert set(CellCode.objects.values_list("code", flat=True)) == held
    fresh = draft_open(scheme=draft.scheme, name="work")
    assert fresh.pk != draft.pk
    new = edit_make(draft=fresh, action="split_cell", params=across("1"))
    assert not {cell.code for cell in new.change.created} & made
