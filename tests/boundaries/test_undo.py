"""Undo and redo: byte for byte, after a restart as well, files included."""

from __future__ import annotations

import pytest
from django.db import connection

from boundaries.models import Draft
from boundaries.services.drafts import draft_open
from boundaries.services.edits import draft_redo, draft_undo, edit_make
from boundaries.services.repairs import repair_accept, repair_propose
from geogrid.core.errors import EditRefused, StaleVersion
from tests.boundaries.towns import across, box, new_town, put, rows_of_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(db):
    """A draft of a published town."""
    scheme, _ = new_town()
    return draft_open(scheme=scheme, name="work")


def edit(draft, action="split_cell", **params):
    return edit_make(draft=draft, action=action, params=params)


def states(draft):
    return list(draft.edits.order_by("number").values_list("number", "dropped"))


def test_each_step_back_and_forth_restores_the_rows_byte_for_byte(draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 1)), "9": ("", box(5, 5, 6, 6))})
    seen = [rows_of_draft(draft)]
    steps = [
        ("split_cell", across("1")),
        ("edit_attributes", {"code": "9", "name": "nine", "new_code": "N"}),
        ("split_cell", across("5")),
        ("merge_cells", {"codes": ["2", "4"], "keep": "2"}),
        ("move_node", {"at": [0.03, 0.01], "to": [0.032, 0.011]}),
        ("retire_cell", {"code": "3", "into": "2"}),
    ]
    for action, params in steps:
        edit(draft, action, **params)
        seen.append(rows_of_draft(draft))
    assert len({str(rows) for rows in seen}) == len(seen)
    for rows in reversed(seen[:-1]):
        draft_undo(draft=draft)
        assert rows_of_draft(draft) == rows
    for rows in seen[1:]:
        draft_redo(draft=draft)
        assert rows_of_draft(draft) == rows


def test_a_file_is_undone_and_redone_like_an_edit(draft):
    before = rows_of_draft(draft)
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 0.5)), "9": ("W", box(0, 0.5, 1, 1))})
    after = rows_of_draft(draft)
    edit(draft, **across("5"))
    draft_undo(draft=draft)
    undone = draft_undo(draft=draft)
    assert (undone.action, undone.whole_land) == ("import_cells", True)
    assert rows_of_draft(draft) == before
    draft_redo(draft=draft)
    assert rows_of_draft(draft) == after


def test_what_was_undone_is_told_as_a_change_the_other_way(draft):
    made = edit(draft, **across("1"))
    undone = draft_undo(draft=draft)
    assert [cell.code for cell in undone.change.created] == ["1"]
    assert {cell.code for cell in undone.change.removed} == {cell.code for cell in made.change.created}
    assert {one.after.code for one in undone.change.cells if one.noded} == {"3", "W", "C"}
    assert undone.version == 2


def test_there_is_nothing_to_undo_or_redo_at_the_ends(draft):
    for turn in (draft_undo, draft_redo):
        with pytest.raises(EditRefused) as refusal:
            turn(draft=draft)
        assert refusal.value.code == "nothing-to-do"
    edit(draft, **across("1"))
    with pytest.raises(StaleVersion):
        draft_undo(draft=draft, version=0)


def test_a_new_edit_drops_what_was_undone_and_keeps_it_readable(draft):
    edit(draft, **across("1"))
    edit(draft, **across("5"))
    draft_undo(draft=draft)
    edit(draft, **across("6"))
    assert states(draft) == [(1, False), (2, True), (3, False)]
    dropped = draft.edits.get(number=2)
    assert dropped.params == across("5")
    assert dropped.cells.exists()
    with pytest.raises(EditRefused):
        draft_redo(draft=draft)
    draft_undo(draft=draft)
    draft_undo(draft=draft)
    assert rows_of_draft(draft) == []
    draft_redo(draft=draft)
    draft_redo(draft=draft)
    assert "6" not in {cell.code for cell in draft.cells.filter(retired=False)}


@pytest.mark.django_db(transaction=True)
def test_undo_and_redo_survive_a_restart():
    scheme, _ = new_town()
    draft = draft_open(scheme=scheme, name="work")
    edit(draft, **across("1"))
    after = rows_of_draft(draft)
    connection.close()
    draft_undo(draft=Draft.objects.get(name="work"))
    assert rows_of_draft(draft) == []
    connection.close()
    draft_redo(draft=Draft.objects.get(name="work"))
    assert rows_of_draft(draft) == after


def test_an_accepted_repair_is_undone_like_an_edit(draft):
    put(draft, "lot", {"1": ("W", box(0, 0, 1, 0.999999)), "9": ("", box(5, 5, 6, 6))})
    before = rows_of_draft(draft)
    work = Draft.objects.get(pk=draft.pk)
    proposal = repair_propose(draft=work)
    repair_accept(draft=work, proposal=proposal, version=proposal.version)
    assert rows_of_draft(draft) != before
    assert draft_undo(draft=draft).action == "repair"
    assert rows_of_draft(draft) == before
