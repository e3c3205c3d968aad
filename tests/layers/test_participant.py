"""Publishing re-assigns the features; audits count them and find those that nobody answers for."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from django.utils import timezone

from boundaries.models import Draft, DraftCell
from boundaries.participants import registered
from boundaries.selectors import land_at, land_of_draft
from layers.models import Assignment, Override
from layers.participant import LayersParticipant
from layers.services.assignments import features_assign
from tests.layers.lands import LONG_AGO, at, box, five_lots, geos, lot, new_scheme, now_in, point, put

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
NO_OVERRIDES = {"overrides_followed": 0, "overrides_ignored": []}


@pytest.fixture
def participant() -> LayersParticipant:
    (found,) = [one for one in registered() if isinstance(one, LayersParticipant)]
    return found


@pytest.fixture
def register(things):
    """One feature of each kind: inside, on an edge, straddling, in the gap, outside."""
    put(things, "in", point(0.5, 0.5))
    put(things, "edge", point(1, 0.5))
    put(things, "wide", box(0.45, 0.2, 1.45, 0.4))
    put(things, "lost", point(2.5, 1.5))
    put(things, "away", point(9, 9))
    return things


def audited(participant, land, *, stored=True, at=None, on=None):
    moment = at or timezone.now()
    return participant.land_audited(
        scheme=land.scheme, land=on or land_at(land.scheme, moment), at=moment, stored=stored
    )


def by_rule(share):
    return {found.rule: found for found in share.findings}


def test_an_edition_that_takes_effect_re_assigns_what_it_moves(land, things, participant) -> None:
    put(things, "moves", point(1.5, 1.5))
    put(things, "stays", point(0.5, 0.5))
    features_assign(scheme=land.scheme)
    lots = five_lots()
    lots["new"] = lots.pop("B")
    edition = land.publish(lots, timezone.now())
    said = participant.edition_published(
        scheme=land.scheme, edition=edition, land=lambda: land_at(land.scheme, edition.effective), change=None
    )
    assert said == {"reassigned": 1, "features": 2, **NO_OVERRIDES}
    assert now_in(land, "moves") == ("new", "within")


def test_publishing_before_there_is_any_feature_is_no_work(land, participant) -> None:
    edition = land.publish({**five_lots(), "fill": lot(2, 1)}, timezone.now())
    said = participant.edition_published(
        scheme=land.scheme, edition=edition, land=lambda: land_at(land.scheme, edition.effective), change=None
    )
    assert said == {"reassigned": 0, "features": 0, **NO_OVERRIDES}


def test_an_edition_for_later_re_assigns_for_later(land, things, participant) -> None:
    put(things, "lost", point(2.5, 1.5))
    features_assign(scheme=land.scheme)
    edition = land.publish({**five_lots(), "fill": lot(2, 1)}, timezone.now() + 5 * DAY)
    said = participant.edition_published(
        scheme=land.scheme, edition=edition, land=lambda: land_at(land.scheme, edition.effective), change=None
    )
    assert said == {"reassigned": 1, "features": 1, **NO_OVERRIDES}
    assert now_in(land, "lost") == (None, "gap")
    assert now_in(land, "lost", edition.effective) == ("fill", "within")


@pytest.mark.parametrize("stored", [True, False])
def test_an_audit_counts_where_the_features_lie(land, register, participant, stored) -> None:
    features_assign(scheme=land.scheme)
    share = audited(participant, land, stored=stored)
    assert share.numbers == {
        "features": {"total": 5, "assigned": 3, "outside": 1, "in_gap": 1, "on_edge": 1, "straddling": 1}
    }


def test_stored_and_computed_audits_find_the_same(land, register, participant) -> None:
    features_assign(scheme=land.scheme)
    stored, computed = (audited(participant, land, stored=stored) for stored in (True, False))
    assert stored.numbers == computed.numbers
    assert {one.ident: one.message for one in stored.findings} == {
        one.ident: one.message for one in computed.findings
    }
    assert len(stored.findings) == 2


def test_an_object_in_a_gap_is_found_with_its_place_and_the_nearest_cell(land, register, participant) -> None:
    features_assign(scheme=land.scheme)
    found = by_rule(audited(participant, land))["object_in_gap"]
    assert found.subject == "thing/lost"
    assert found.cells in (("100",), ("B",))
    assert shapely.equals(found.geometry, point(2.5, 1.5))
    assert "thing/lost lies in no cell" in found.message
    assert found.cells[0] in found.message
    assert found.severity == "major"
    assert found.is_blind_spot


def test_a_straddling_object_is_found_with_all_its_cells_and_is_no_blind_spot(
    land, register, participant
) -> None:
    features_assign(scheme=land.scheme)
    found = by_rule(audited(participant, land))["straddling"]
    assert found.subject == "thing/wide"
    assert found.cells == ("10", "9")
    assert found.severity == "minor"
    assert shapely.intersects(found.geometry, box(0.45, 0.2, 1.45, 0.4))
    assert not found.is_blind_spot


def test_each_object_in_a_gap_is_a_finding_of_its_own(land, things, participant) -> None:
    for key in ("a", "b"):
        put(things, key, point(2.5, 1.5))
    features_assign(scheme=land.scheme)
    findings = audited(participant, land).findings
    assert len({found.ident for found in findings}) == 2


def test_a_persons_decision_settles_a_gap_and_a_straddling_object(land, register, participant) -> None:
    for feature in register.features.all():
        Override.objects.create(
            feature=feature, scheme=land.scheme, cell=land.cells["9"], reason="gate", valid=(LONG_AGO, None)
        )
    features_assign(scheme=land.scheme)
    for stored in (True, False):
        share = audited(participant, land, stored=stored)
        assert list(share.findings) == []
        assert share.numbers["features"]["assigned"] == 5


def test_a_draft_is_audited_on_its_own_land(land, register, participant) -> None:
    features_assign(scheme=land.scheme)
    draft = Draft.objects.create(scheme=land.scheme, name="fill", base=land.scheme.editions.get())
    DraftCell.objects.create(
        draft=draft,
        cell_id="00000000-0000-4000-8000-000000000001",
        level=land.scheme.levels.get(code="lot"),
        code="fill",
        parent_id=land.cells["C"].pk,
        geom=geos(shapely.MultiPolygon([lot(2, 1)])),
    )
    before = Assignment.objects.count()
    share = audited(participant, land, stored=False, on=land_of_draft(draft))
    assert share.numbers["features"]["in_gap"] == 0
    assert share.numbers["features"]["assigned"] == 4
    assert Assignment.objects.count() == before


def test_features_that_were_never_assigned_are_placed_for_the_audit(land, register, participant) -> None:
    share = audited(participant, land)
    assert share.numbers["features"]["total"] == 5
    assert share.numbers["features"]["in_gap"] == 1


def test_an_audit_of_the_past_takes_the_places_and_answers_of_then(land, register, participant) -> None:
    features_assign(scheme=land.scheme, since=LONG_AGO)
    edition = land.publish({**five_lots(), "fill": lot(2, 1)}, timezone.now())
    participant.edition_published(
        scheme=land.scheme, edition=edition, land=lambda: land_at(land.scheme, edition.effective), change=None
    )
    assert audited(participant, land).numbers["features"]["in_gap"] == 0
    then = LONG_AGO + DAY
    assert audited(participant, land, at=then).numbers["features"]["in_gap"] == 1
    assert by_rule(audited(participant, land, at=then))["object_in_gap"].subject == "thing/lost"


def test_a_land_without_cells_leaves_every_feature_outside(things, participant) -> None:
    land = new_scheme()
    put(things, "p", point(0.5, 0.5))
    share = participant.land_audited(
        scheme=land.scheme, land=land_at(land.scheme), at=timezone.now(), stored=True
    )
    assert share.numbers["features"]["outside"] == 1
    assert list(share.findings) == []


def test_features_hold_no_posts(land, participant) -> None:
    cells = [cell.pk for cell in land.cells.values()]
    assert participant.who_answers(scheme=land.scheme, cells=cells, at=timezone.now(), private=True) == {}


def test_a_tie_of_shares_is_on_the_edge(land, things, participant) -> None:
    put(things, "even", shapely.LineString([at(0.5, 0.5), at(1.5, 0.5)]))
    features_assign(scheme=land.scheme)
    assert now_in(land, "even")[0] == "10"
    assert audited(participant, land).numbers["features"]["on_edge"] == 1
