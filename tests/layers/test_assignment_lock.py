"""Assigning in a scheme is serial: whoever comes second waits, and finds nothing left to do."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from boundaries.services.locks import scheme_lock
from layers.models import Assignment
from layers.services.assignments import assignments_check, features_assign
from tests.layers.lands import five_lots, new_layer, new_scheme, point, put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def land():
    land = new_scheme()
    land.publish(five_lots())
    things = new_layer("thing")
    for number in range(200):
        put(things, str(number), point(number % 30 / 10, number / 150))
    return land


def together(work, times):
    """Run the same work in several threads; give what failed."""
    failures = []

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test is to show it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_eight_at_once_leave_one_assignment_a_feature(land) -> None:
    assert together(lambda: features_assign(scheme=land.scheme), 8) == []
    assert Assignment.objects.count() == 200
    assert Assignment.objects.values("feature").distinct().count() == 200
    assert assignments_check(scheme=land.scheme)[1] == []


def test_assigning_waits_for_whoever_holds_the_schemes_lock(land) -> None:
    done = threading.Event()

    def work() -> None:
        features_assign(scheme=land.scheme)
        done.set()

    with transaction.atomic():
        scheme_lock(land.scheme)
        thread = threading.Thread(target=together, args=(work, 1))
        thread.start()
        assert not done.wait(0.7)
        assert Assignment.objects.count() == 0
    thread.join()
    assert done.is_set()
    assert Assignment.objects.count() == 200
