"""Several drafts that give codes at one time: nobody waits for a neighbour, nobody gets the same code."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connections, transaction

from boundaries.models import CellCode
from boundaries.services.codes import codes_allot
from boundaries.services.locks import codes_lock, scheme_lock
from geogrid.core.change import CellChange, Change
from geogrid.core.errors import EditRefused
from tests.boundaries.coding import CITY, TOWN, ZONE, allotted, codes_of, creation, draft_of, new, with_codes
from tests.boundaries.schemes import three_levels

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works):
    """Run works at one time, each in a transaction that ends when all are done; give what they gave."""
    barrier = threading.Barrier(len(works))
    given = {}

    def run(number, work):
        try:
            with transaction.atomic():
                given[number] = work()
                barrier.wait(timeout=60)
        except BaseException as error:  # noqa: BLE001 - told to the test, which raises it
            given[number] = error
            barrier.abort()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for outcome in given.values():
        if isinstance(outcome, BaseException):
            raise outcome
    return [given[number] for number in range(len(works))]


@pytest.mark.parametrize("free", [True, False])
def test_drafts_that_allot_at_the_same_time_wait_for_nobody_and_get_different_codes(free):
    scheme = three_levels()
    if not free:
        with_codes(scheme, local_kinds=[])
    city = new(CITY, code="34")
    allotted(draft_of(scheme), city)
    town = new(TOWN, city.ident, code="3401")
    allotted(draft_of(scheme), town)

    def work(name):
        draft, count = draft_of(scheme, name), 50 if free else 24
        cells = [new(ZONE, town.ident, (x / 100, 0), code="") for x in range(count)]
        # The town is in no draft: it comes with the change, as it would be in the ground.
        there = CellChange(town, town)
        return lambda: sorted(
            codes_of(codes_allot(draft=draft, change=Change((*creation(*cells).cells, there)))).values()
        )

    outcomes = together(*map(work, "abcd"))
    everything = [code for codes in outcomes for code in codes]
    assert len(set(everything)) == len(everything) == (200 if free else 96)
    for codes in outcomes:
        owners = set(scheme.codes.filter(code__in=codes).values_list("cell_id", flat=True))
        assert len(owners) == len(codes)
    assert free or all(code.startswith("3401") for code in everything)


def test_drafts_that_allot_again_and_again_never_get_a_code_twice():
    scheme = three_levels()
    drafts = [draft_of(scheme, name) for name in "abcd"]
    given = []

    def work(draft):
        try:
            for _ in range(10):
                codes = allotted(draft, *(new(TOWN, None, (x / 100, 0)) for x in range(5)))
                given.extend(codes)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == len(set(given)) == 200
    assert scheme.codes.count() == 200


def test_allotting_does_not_wait_for_who_publishes():
    scheme = three_levels()
    draft = draft_of(scheme)
    locked, done = threading.Event(), threading.Event()

    def publish():
        try:
            with transaction.atomic():
                scheme_lock(scheme)
                locked.set()
                done.wait(timeout=60)
        finally:
            connections.close_all()

    publisher = threading.Thread(target=publish)
    publisher.start()
    assert locked.wait(timeout=60)
    waited = allotted(draft, new(TOWN))
    still_publishing = publisher.is_alive()
    done.set()
    publisher.join()
    assert still_publishing
    assert waited == ["town-0001"]


def test_an_edit_waits_until_an_import_has_its_codes_and_goes_on_after_them():
    scheme = three_levels()
    draft = draft_of(scheme)
    locked, given = threading.Event(), []

    def edit():
        try:
            locked.wait(timeout=60)
            given.extend(allotted(draft, new(TOWN)))
        finally:
            connections.close_all()

    editor = threading.Thread(target=edit)
    editor.start()
    with transaction.atomic():
        codes_lock(scheme, alone=True)
        locked.set()
        CellCode.objects.create(scheme=scheme, code="town-0001", cell_id=uuid.uuid4())
        CellCode.objects.create(scheme=scheme, code="town-0002", cell_id=uuid.uuid4())
    editor.join()
    assert given == ["town-0003"]


def test_a_code_that_is_being_given_at_this_moment_cannot_be_brought_by_another_draft():
    scheme = three_levels()
    here, there = draft_of(scheme), draft_of(scheme, "there")
    told = []

    def bring():
        try:
            allotted(there, new(TOWN, code="town-0001"))
        except EditRefused as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    with transaction.atomic():
        assert allotted(here, new(TOWN)) == ["town-0001"]
        other = threading.Thread(target=bring)
        other.start()
        other.join()
    assert told == ["code-taken"]
