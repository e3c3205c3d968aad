"""Each question of the selectors asks the database as often as it must, whatever it is about."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geogrid.core.errors import BadInput, NotFound
from layers import selectors
from layers.models import Override
from layers.services.assignments import features_assign
from tests.layers.lands import LONG_AGO, box, five_lots, lot, new_layer, new_scheme, point, put

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def register(land, things):
    """Twenty features, assigned: inside, straddling, in the gap."""
    for number in range(10):
        put(things, f"in {number}", point(0.5, 0.5))
    for number in range(5):
        put(things, f"wide {number}", box(0.55, 0.2, 1.55, 0.4))
        put(things, f"lost {number}", point(2.5, 1.5))
    features_assign(scheme=land.scheme)
    return things


def queries(number):
    return Queries(connection, number)


class Queries(CaptureQueriesContext):
    """Hold what happens inside to a number of statements."""

    def __init__(self, database, number) -> None:
        super().__init__(database)
        self._number = number

    def __exit__(self, *error) -> None:
        super().__exit__(*error)
        if error[0] is None:
            assert len(self) == self._number, [query["sql"] for query in self.captured_queries]


def test_a_layer_is_one_question_and_an_unknown_one_names_the_known(things) -> None:
    with queries(1):
        assert selectors.layer_get("thing") == things
    with queries(2), pytest.raises(NotFound, match=r"no layer 'thin'; there are: .*building.*thing"):
        selectors.layer_get("thin")


def test_the_threshold_is_the_documents_or_the_usual_one() -> None:
    with queries(0):
        pass
    assert selectors.straddling_threshold(new_scheme("a").scheme) == 0.6
    assert selectors.straddling_threshold(new_scheme("b", straddling_threshold=0.5).scheme) == 0.5


def test_the_stretches_of_time_are_two_questions_however_many_editions_come(land) -> None:
    now = timezone.now()
    for days in (3, 1):
        with queries(2):
            before = selectors.stretches_from(land.scheme, now)
        land.publish(
            {**five_lots(), "2": lot(0, 1).difference(box(0.2, 1.2, 0.3 + days / 10, 1.5))},
            now + (4 - days) * DAY,
        )
        assert len(selectors.stretches_from(land.scheme, now)) == len(before) + 1
    stretches = selectors.stretches_from(land.scheme, now)
    assert [one.edition.number for one in stretches] == [1, 2, 3]
    assert [one.start for one in stretches[1:]] == [one.end for one in stretches[:-1]]
    assert stretches[0].start == now
    assert stretches[-1].end is None


def test_before_the_first_edition_there_is_no_stretch(land) -> None:
    assert selectors.stretches_from(new_scheme("new").scheme, timezone.now()) == []
    (only,) = selectors.stretches_from(land.scheme, LONG_AGO - DAY)
    assert only.start == LONG_AGO
    with pytest.raises(BadInput, match="no edition yet"):
        selectors.assignable_from(new_scheme("newer").scheme, timezone.now())


def test_the_schemes_that_answer_for_a_layer(land) -> None:
    other = new_scheme("other")
    other.publish(five_lots())
    new_scheme("unpublished")
    common, own = new_layer("common"), new_layer("own", scheme=other.scheme)
    with queries(1):
        assert selectors.schemes_answering_for(common) == [land.scheme, other.scheme]
    assert selectors.schemes_answering_for(own) == [other.scheme]


def test_whether_there_are_features_at_all(land, things) -> None:
    with queries(1):
        assert not selectors.features_exist(land.scheme)
    put(things, "p", point(0, 0))
    assert selectors.features_exist(land.scheme)


def test_counting_is_one_question(land, register) -> None:
    with queries(1):
        numbers = selectors.assignment_numbers(land.scheme, timezone.now())
    assert numbers == selectors.AssignmentNumbers(
        features=20, total=20, assigned=15, outside=0, in_gap=5, on_edge=0, straddling=5
    )
    assert selectors.assignment_numbers(land.scheme, LONG_AGO - DAY).total == 0


def test_what_lies_in_a_gap_and_what_straddles_is_one_question_each(land, register) -> None:
    with queries(1):
        lost = selectors.objects_in_gap(land.scheme, timezone.now())
    with queries(1):
        wide = selectors.straddling_objects(land.scheme, timezone.now())
    with queries(1):
        names = selectors.feature_names([*lost.ids, *(one.feature for one in wide)])
    assert {names[feature] for feature in lost.ids} == {("thing", f"lost {n}") for n in range(5)}
    assert {names[one.feature] for one in wide} == {("thing", f"wide {n}") for n in range(5)}
    assert {one.cell for one in wide} == {"9"}
    assert set(wide[0].shares) == {"9", "10"}


def test_peoples_decisions_are_one_question_and_ended_ones_are_left_out(land, register) -> None:
    first, second = register.features.order_by("pk")[:2]
    common = {"scheme": land.scheme, "cell": land.cells["9"], "reason": "gate"}
    Override.objects.create(feature=first, valid=(LONG_AGO, LONG_AGO + DAY), **common)
    Override.objects.create(feature=second, valid=(LONG_AGO, None), **common)
    with queries(1):
        (only,) = selectors.overrides_from(land.scheme, timezone.now())
    assert only.feature_id == second.pk
    with queries(1):
        assert selectors.overrides_at(land.scheme, LONG_AGO) == dict.fromkeys(
            (first.pk, second.pk), land.cells["9"].pk
        )


def test_features_come_in_pieces_and_each_once(land, register, monkeypatch) -> None:
    monkeypatch.setattr(selectors, "CHUNK", 6)
    pieces = list(selectors.features_now(land.scheme))
    assert [len(piece.ids) for piece in pieces] == [6, 6, 6, 2]
    ids = [feature for piece in pieces for feature in piece.ids]
    assert ids == sorted(set(ids))
    assert ids == [
        feature for piece in selectors.features_at(land.scheme, timezone.now()) for feature in piece.ids
    ]
    assert list(selectors.features_at(land.scheme, LONG_AGO - DAY)) == []
