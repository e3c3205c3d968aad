"""Two drafts of one edition: what merges by itself, what is a conflict, and how it is decided."""

from __future__ import annotations

import pytest

from boundaries.models import Draft
from boundaries.selectors import edition_latest, land_at, land_of_draft
from boundaries.services.audits import audit_run
from boundaries.services.drafts import draft_open
from boundaries.services.edits import draft_redo, draft_undo, edit_make
from boundaries.services.merging import draft_conflicts, draft_rebase
from boundaries.services.publishing import draft_publish
from geogrid.core.errors import BadInput, DraftConflict, EditRefused
from tests.boundaries.towns import across, box, ident_of, line, new_town, put, rows_of_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def scheme(db):
    """A published town."""
    return new_town()[0]


@pytest.fixture
def mine(scheme):
    """A draft of the first edition."""
    return draft_open(scheme=scheme, name="mine")


@pytest.fixture
def theirs(scheme):
    """Another draft of the same edition."""
    return draft_open(scheme=scheme, name="theirs")


def edit(draft, action="split_cell", **params):
    return edit_make(draft=draft, action=action, params=params)


def publish(draft):
    publication = draft_publish(draft=draft)
    assert publication.edition is not None, publication.sentence
    return publication.edition


def fresh(draft):
    return Draft.objects.select_related("scheme", "base").get(pk=draft.pk)


def full(scheme):
    report = audit_run(scheme=scheme)
    return report.verdict == "full" and not report.findings


def test_two_drafts_in_different_streets_merge_without_a_word(scheme, mine, theirs):
    west = edit(mine, **across("1"))
    east = edit(theirs, **across("6"))
    assert publish(theirs).number == 2
    assert draft_conflicts(draft=mine) == ()
    assert publish(mine).number == 3
    codes = set(land_at(scheme).code)
    assert codes >= {cell.code for outcome in (west, east) for cell in outcome.change.created}
    assert full(scheme)


def test_both_sides_nodes_on_one_border_are_kept(scheme, mine, theirs):
    """Lot 3 is split above the border y 1 by one draft, lot 1 below it by the other, at other places.

    ::

        | 3  :    |        : theirs, x 0.7
        +----+----+
        |  : 1    |        : mine, x 0.3
    """
    edit(mine, **across("1", 0.3))
    edit(theirs, **across("3", 0.7))
    publish(theirs)
    assert draft_conflicts(draft=mine) == ()
    publish(mine)
    land = land_at(scheme)
    street = land.shapes[land.code.index("W")]
    assert "MULTIPOLYGON" in street.wkt
    assert full(scheme)


def test_a_rebased_edit_keeps_its_identities_and_codes(scheme, mine, theirs):
    made = edit(mine, **across("1"))
    edit(theirs, **across("6"))
    publish(theirs)
    rebased = draft_rebase(draft=mine)
    assert rebased.base == edition_latest(scheme)
    land = land_of_draft(rebased)
    for cell in made.change.created:
        assert land.ident[land.code.index(cell.code)] == cell.ident
    assert (rebased.version, rebased.head) == (2, 1)
    draft_undo(draft=mine)
    assert rows_of_draft(mine) == []
    draft_redo(draft=mine)
    assert set(land_of_draft(fresh(mine)).code) == set(land.code)


def test_the_same_cell_on_both_sides_is_a_conflict_shown_side_by_side(scheme, mine, theirs):
    edit(mine, **across("1", 0.3))
    edit(theirs, **across("1", 0.7))
    publish(theirs)
    rows = rows_of_draft(mine)
    with pytest.raises(DraftConflict) as refusal:
        draft_publish(draft=mine)
    (told,) = refusal.value.context["conflicts"]
    assert (told["edit"], told["cells"]) == (1, ["1"])
    (conflict,) = draft_conflicts(draft=mine)
    (cell,) = conflict.cells
    assert (cell.base.code, cell.mine, cell.theirs) == ("1", None, None)
    assert rows_of_draft(mine) == rows
    assert (fresh(mine).state, fresh(mine).version, fresh(mine).base.number) == ("open", 1, 1)


def test_a_conflict_is_decided_for_theirs_and_the_edit_stays_in_the_journal(scheme, mine, theirs):
    edit(mine, **across("1", 0.3))
    other = edit(mine, **across("5"))
    edit(theirs, **across("1", 0.7))
    publish(theirs)
    rebased = draft_rebase(draft=mine, resolutions={1: "theirs"})
    dropped = mine.edits.get(number=1)
    assert dropped.dropped
    assert dropped.cells.exists()
    assert (rebased.head, rebased.edits.filter(dropped=False).count()) == (2, 1)
    publish(mine)
    assert {cell.code for cell in other.change.created} <= set(land_at(scheme).code)
    assert full(scheme)


def test_a_conflict_is_decided_by_making_the_edit_again_on_their_land(scheme, mine, theirs):
    edit(mine, "edit_attributes", code="1", name="mine")
    bent = line((1, 0), (1.2, 0.5), (1, 1))
    params = {"level": "lot", "from": [0.01, 0], "to": [0.01, 0.01], "line": bent}
    edit(theirs, "redraw_edge", **params)
    publish(theirs)
    assert [one.edit["number"] for one in draft_conflicts(draft=mine)] == [1]
    draft_rebase(draft=mine, resolutions={1: "again"})
    publish(mine)
    land = land_at(scheme)
    place = land.code.index("1")
    assert land.name[place] == "mine"
    assert land.shapes[place].bounds[2] == 0.012
    assert full(scheme)


def test_an_edit_that_is_refused_on_their_land_stays_a_conflict_with_the_reason(scheme, mine, theirs):
    edit(mine, **across("1", 0.3))
    edit(theirs, "retire_cell", code="1", into="2")
    publish(theirs)
    with pytest.raises(DraftConflict) as refusal:
        draft_rebase(draft=mine, resolutions={1: "mine"})
    (conflict,) = refusal.value.context["conflicts"]
    assert conflict["code"] == "no-such-cell"
    assert fresh(mine).base.number == 1
    draft_rebase(draft=mine, resolutions={1: "theirs"})
    assert fresh(mine).base.number == 2


def test_an_edit_that_stands_on_a_dropped_one_is_a_conflict_too(scheme, mine, theirs):
    created = edit(mine, **across("1", 0.3)).change.created
    first = min(created, key=lambda cell: cell.code)
    edit(mine, "edit_attributes", code=first.code, name="piece")
    edit(theirs, **across("1", 0.7))
    publish(theirs)
    with pytest.raises(DraftConflict) as refusal:
        draft_rebase(draft=mine, resolutions={1: "theirs"})
    (conflict,) = refusal.value.context["conflicts"]
    assert (conflict["edit"], conflict["code"]) == (2, "no-such-cell")
    draft_rebase(draft=mine, resolutions={1: "theirs", 2: "theirs"})
    with pytest.raises(BadInput, match="changes nothing"):
        draft_publish(draft=mine)


def test_a_decision_about_an_edit_that_is_none_is_refused(mine):
    with pytest.raises(BadInput, match="no edit 7"):
        draft_rebase(draft=mine, resolutions={7: "theirs"})


def test_undone_edits_are_dropped_by_a_rebase_and_stay_readable(scheme, mine, theirs):
    edit(mine, **across("1"))
    edit(mine, **across("2"))
    draft_undo(draft=mine)
    edit(theirs, **across("6"))
    publish(theirs)
    draft_rebase(draft=mine)
    with pytest.raises(EditRefused):
        draft_redo(draft=mine)
    assert mine.edits.get(number=2).cells.exists()


def test_rows_of_a_file_are_carried_where_others_changed_nothing(scheme, mine, theirs):
    put(mine, "lot", {"1": ("W", box(0, 0, 0.5, 1)), "1b": ("W", box(0.5, 0, 1, 1))})
    edit(mine, **across("5"))
    edit(theirs, **across("6"))
    publish(theirs)
    assert draft_conflicts(draft=mine) == ()
    publish(mine)
    land = land_at(scheme)
    assert land.ident[land.code.index("1b")] == ident_of(scheme, "1b")
    assert full(scheme)


def test_rows_of_a_file_that_others_changed_are_decided_as_one(scheme, mine, theirs):
    put(mine, "lot", {"1": ("W", box(0, 0, 1, 1)), "2": ("W", box(1, 0, 2, 1)), "9": ("", box(5, 5, 6, 6))})
    put(mine, "lot", {"2": ("W", box(1, 0, 1.5, 1)), "2b": ("W", box(1.5, 0, 2, 1))})
    edit(theirs, "edit_attributes", code="2", name="theirs")
    publish(theirs)
    assert [(one.edit["number"], one.edit["action"]) for one in draft_conflicts(draft=mine)][-1] == (
        2,
        "import_cells",
    )
    draft_rebase(draft=mine, resolutions={1: "mine", 2: "mine"})
    land = land_of_draft(fresh(mine))
    assert "2b" in land.code
    assert land.shapes[land.code.index("2")].bounds[2] == 0.015
