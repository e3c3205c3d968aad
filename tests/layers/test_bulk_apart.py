"""One answer at a time for each feature and scheme: the database's own guard, whoever writes."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import suppress

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction

from layers.models import Assignment
from tests.layers.lands import LONG_AGO, five_lots, new_layer, new_scheme, point, put

DAY = dt.timedelta(days=1)
#: Pairs of stretches, in days after `LONG_AGO`; None has no end.
MEETING = [
    ((0, None), (0, None)),
    ((0, None), (5, None)),
    ((0, 10), (5, None)),
    ((0, 10), (5, 7)),
    ((0, 10), (9, 12)),
    ((5, None), (0, 6)),
    ((5, None), (6, 8)),
]
APART = [((0, 10), (10, None)), ((10, None), (0, 10)), ((0, 5), (5, 10)), ((5, 10), (20, None))]


def span(days):
    begin, end = days
    return LONG_AGO + begin * DAY, None if end is None else LONG_AGO + end * DAY


def write(land, feature, days):
    return Assignment.objects.create(
        feature=feature,
        scheme=land.scheme,
        cell=land.cells["10"],
        method="within",
        share=1,
        valid=span(days),
    )


@pytest.fixture
def feature(land, things):
    return put(things, "one", point(0.5, 0.5))


@pytest.mark.parametrize(("first", "second"), MEETING)
def test_two_answers_that_meet_in_time_are_refused(land, feature, first, second) -> None:
    write(land, feature, first)
    with pytest.raises(IntegrityError), transaction.atomic():
        write(land, feature, second)
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(("first", "second"), MEETING)
def test_an_answer_cannot_be_moved_onto_another(land, feature, first, second) -> None:
    write(land, feature, first)
    moved = write(land, feature, (-20, -10))
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=moved.pk).update(valid=span(second))


@pytest.mark.parametrize(("first", "second"), MEETING)
def test_two_answers_of_one_statement_are_refused(land, feature, first, second) -> None:
    rows = [
        Assignment(
            feature=feature,
            scheme=land.scheme,
            cell=land.cells["10"],
            method="within",
            share=1,
            valid=span(days),
        )
        for days in (first, second)
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.bulk_create(rows)


@pytest.mark.parametrize(("first", "second"), APART)
def test_answers_one_after_the_other_are_fine(land, feature, first, second) -> None:
    write(land, feature, first)
    write(land, feature, second)


def test_answers_in_two_schemes_or_of_two_features_are_fine(land, things, feature) -> None:
    other = new_scheme("other")
    other.publish(five_lots())
    write(land, feature, (0, 10))
    write(other, feature, (5, None))
    write(land, put(things, "two", point(0.5, 0.5)), (5, None))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second"), MEETING)
def test_two_who_write_at_once_cannot_both_have_their_way(first, second) -> None:
    land = new_scheme()
    land.publish(five_lots())
    feature = put(new_layer("thing"), "one", point(0.5, 0.5))
    written, failures = threading.Event(), []

    def other() -> None:
        try:
            with transaction.atomic():
                written.wait(30)
                write(land, feature, second)
        except IntegrityError as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    with suppress(IntegrityError), transaction.atomic():
        write(land, feature, first)
        written.set()
        # The other one has all the time to look, and must not see nothing and go ahead.
        thread.join(0.5)
    thread.join(30)
    assert len(failures) == 1
    assert Assignment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_of_the_whole_transaction_is_refused() -> None:
    land = new_scheme()
    land.publish(five_lots())
    feature = put(new_layer("thing"), "one", point(0.5, 0.5))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(NotSupportedError, match="REPEATABLE READ"), transaction.atomic():
            write(land, feature, (0, None))
