"""An edit of a draft: written whole, kept in the journal, refused or previewed without a trace."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from accounts.models import Role
from accounts.services.roles import user_role_give
from boundaries.models import Cell, CellCode, CellVersion, Draft, DraftCell, Edit, EditCell, Finding
from boundaries.selectors import land_of_draft
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.edits import draft_undo, edit_make
from boundaries.services.review import draft_submit
from geogrid.core.errors import BadInput, DraftNotOpen, EditRefused, NotAllowed, StaleVersion
from tests.boundaries.towns import across, box, ident_of, line, new_town, put, rows_of_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db):
    """A draft of a published town."""
    scheme, _ = new_town()
    return draft_open(scheme=scheme, name="work")


def edit(draft, action="split_cell", version=None, **params):
    return edit_make(draft=draft, action=action, params=params, version=version)


def codes(draft):
    return set(land_of_draft(Draft.objects.get(pk=draft.pk)).code)


def counts():
    for kind in (DraftCell, Edit, EditCell, CellCode, Cell, CellVersion, Finding):
        yield kind.__name__, kind.objects.count()


def test_a_split_gives_two_cells_and_its_neighbours_their_node(draft):
    outcome = edit(draft, version=0, **across("1"))
    assert (outcome.number, outcome.version) == (1, 1)
    (first, second) = (cell.code for cell in outcome.change.created)
    assert codes(draft) >= {first, second}
    assert "1" not in codes(draft)
    noded = {one.after.code for one in outcome.change.cells if one.noded}
    assert noded == {"3", "W", "C"}
    assert {area["code"] for area in outcome.impact["areas"]} == {"1", first, second}
    assert [heir["share"] for heir in outcome.impact["heirs"]] == pytest.approx([0.5, 0.5])
    assert outcome.findings == ()
    assert audit_run(scheme=draft.scheme, draft=Draft.objects.get(pk=draft.pk)).verdict == "full"


def test_the_journal_keeps_what_was_asked_and_what_was_given(draft):
    edit(draft, **across("1"))
    kept = draft.edits.get()
    assert kept.params == across("1")
    assert len(kept.given["ids"]) == 2
    assert sorted(kept.given["codes"].values()) == kept.touched["created"]
    assert kept.touched["removed"] == ["1"]
    assert kept.touched["noded"] == ["3", "C", "W"]
    assert {(one[0], one[2]) for one in kept.lineage} == {(str(ident_of(draft.scheme, "1")), 0.5)}


def test_an_edited_cell_forgets_the_file_that_it_came_from(draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 1)), "9": ("", box(5, 5, 6, 6))})
    assert draft.cells.get(code="9").source is not None
    edit(draft, "edit_attributes", code="9", name="nine")
    row = draft.cells.get(code="9")
    assert (row.source, row.source_crs, row.parent_code, row.name) == (None, "", "", "nine")


def test_a_stale_version_is_refused_with_what_was_done_since(draft):
    edit(draft, version=0, **across("1"))
    edit(draft, version=1, **across("5"))
    draft_undo(draft=draft, version=2)
    with pytest.raises(StaleVersion) as refusal:
        edit(draft, version=1, **across("2"))
    assert refusal.value.context["version"] == 3
    (since,) = refusal.value.context["edits"]
    assert (since["number"], since["action"], since["state"]) == (2, "split_cell", "undone")
    assert since["removed"] == ["5"]
    assert len(since["created"]) == 2


def test_a_refused_edit_leaves_nothing_and_says_where(draft):
    before = dict(counts())
    with pytest.raises(EditRefused) as refusal:
        edit(draft, code="1", lines=line((5, 5), (6, 6)))
    assert refusal.value.code == "line-does-not-split"
    assert refusal.value.geometry is not None
    assert dict(counts()) == before
    draft.refresh_from_db()
    assert draft.version == 0


@pytest.mark.parametrize(
    ("action", "params"),
    [("no_such", {}), ("split_cell", {}), ("split_cell", {"code": 5}), ("fill_gap", {"finding": 3})],
)
def test_an_action_that_is_none_or_lacks_something_is_bad_input(draft, action, params):
    with pytest.raises(BadInput):
        edit(draft, action, **params)


def test_a_preview_tells_the_same_and_leaves_no_trace(draft):
    before, rows = dict(counts()), rows_of_draft(draft)
    told = edit_make(draft=draft, action="split_cell", params=across("1"), version=0, preview=True)
    assert dict(counts()) == before
    assert rows_of_draft(draft) == rows
    draft.refresh_from_db()
    assert (draft.version, draft.head) == (0, 0)
    done = edit(draft, version=0, **across("1"))
    assert (told.number, told.version) == (None, 0)
    assert {cell.code for cell in told.change.created} == {cell.code for cell in done.change.created}
    assert told.impact == done.impact


def test_codes_of_edits_are_never_given_again(draft):
    first = {cell.code for cell in edit(draft, **across("1")).change.created}
    draft_undo(draft=draft)
    second = {cell.code for cell in edit(draft, **across("1")).change.created}
    assert not first & second
    assert CellCode.objects.filter(code__in=first | second).count() == 4


def test_a_code_that_was_another_cells_is_taken(draft):
    gone = next(cell.code for cell in edit(draft, **across("1")).change.created)
    draft_undo(draft=draft)
    with pytest.raises(EditRefused) as refusal:
        edit(draft, "edit_attributes", code="2", new_code=gone)
    assert refusal.value.code == "code-taken"


def test_a_gap_of_the_draft_is_filled_by_the_id_of_its_finding(draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 0.5))})
    draft = Draft.objects.get(pk=draft.pk)
    (gap,) = audit_run(scheme=draft.scheme, draft=draft).findings
    assert gap.finding.rule == "gap"
    edit(draft, "fill_gap", finding=gap.ident, into="1")
    draft = Draft.objects.get(pk=draft.pk)
    assert audit_run(scheme=draft.scheme, draft=draft).verdict == "full"
    with pytest.raises(EditRefused) as refusal:
        edit(draft, "fill_gap", finding=gap.ident, into="1")
    assert refusal.value.code == "no-such-gap"


def test_an_overlap_of_the_draft_is_resolved_by_the_id_of_its_finding(draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1.5, 1))})
    draft = Draft.objects.get(pk=draft.pk)
    (overlap,) = audit_run(scheme=draft.scheme, draft=draft).findings
    edit(draft, "resolve_overlap", finding=overlap.ident, to="second")
    draft = Draft.objects.get(pk=draft.pk)
    assert audit_run(scheme=draft.scheme, draft=draft).verdict == "full"


def test_a_draft_under_review_is_not_edited(draft):
    edit(draft, **across("1"))
    draft_submit(draft=draft)
    for action in (lambda: edit(draft, **across("2")), lambda: draft_undo(draft=draft)):
        with pytest.raises(DraftNotOpen, match="submitted"):
            action()
    with pytest.raises(DraftNotOpen, match="submitted"):
        put(draft, "lot", {"1": ("W", box(0, 0, 1, 1))})


@pytest.mark.parametrize("role", list(Role))
def test_who_may_not_edit_changes_nothing(draft, role):
    user = get_user_model().objects.create_user(role.value)
    user_role_give(user=user, role=role)
    if role in {Role.PLANNER, Role.ANALYST, Role.ADMINISTRATOR}:
        edit_make(draft=draft, action="split_cell", params=across("1"), by=user)
        assert draft.edits.get().by == user
        return
    with pytest.raises(NotAllowed):
        edit_make(draft=draft, action="split_cell", params=across("1"), by=user, preview=True)
    assert not EditCell.objects.filter(edit__draft=draft).exists()


def test_a_new_code_has_the_form_that_the_level_wants(draft):
    draft.scheme.levels.filter(code="lot").update(code_length=1)
    with pytest.raises(BadInput, match="code"):
        edit(draft, "edit_attributes", code="2", new_code="22")
    edit(draft, "edit_attributes", code="2", new_code="9")
    assert CellCode.objects.get(code="9").cell_id == ident_of(draft.scheme, "2")
