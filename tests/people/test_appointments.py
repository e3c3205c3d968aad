"""Appointing and ending: what fits the post is written, everything else is refused in one sentence."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from boundaries.models import Cell, CellVersion, Edition, Level, Scheme, SchemeDocument
from geogrid.core.errors import BadInput, GeogridError, Refused
from people.models import Appointment, Person, Post
from people.services import appointment_add, appointment_end
from tests.people.conftest import Office, day, make_office

Add = Callable[..., Appointment]


@pytest.fixture
def add(office: Office) -> Add:
    """Appoint somebody to a post of the cell 01."""

    def _add(post: Post, since: int, until: int | None = None, **options: Any) -> Appointment:
        options.setdefault("cell", office.cells["01"])
        options.setdefault("person", options.get("person") or Person.objects.create(name="王"))
        return appointment_add(
            post=post, since=day(since), until=None if until is None else day(until), **options
        )

    return _add


def _refused(kind: type[GeogridError], said: str, call: Callable[[], object]) -> None:
    before = list(Appointment.objects.order_by("pk").values())
    with pytest.raises(kind, match=said) as refused:
        call()
    assert "\n" not in refused.value.message
    assert list(Appointment.objects.order_by("pk").values()) == before


def _published(office: Office, cell: Cell, code: str, since: int, until: int | None) -> None:
    edition = Edition.objects.create(
        scheme=office.scheme,
        number=office.scheme.editions.count() + 1,
        effective=day(since),
        published_at=day(since),
        certificate={},
    )
    CellVersion.objects.create(
        cell=cell,
        scheme=office.scheme,
        level=cell.level,
        edition=edition,
        code=code,
        valid=DateTimeTZRange(day(since), None if until is None else day(until)),
    )


def test_an_appointment_holds_from_its_first_moment_on(office: Office, add: Add) -> None:
    appointment = add(office.post("worker"), 5)
    appointment.refresh_from_db()
    assert (appointment.valid.lower, appointment.valid.upper) == (day(5), None)
    assert not appointment.deputy
    assert not appointment.to_confirm


def test_a_person_may_hold_several_posts_and_a_cell_several_persons(office: Office, add: Add) -> None:
    worker, helper = office.post("worker"), office.post("helper")
    person = add(worker, 0).person
    add(helper, 0, person=person)
    add(worker, 0, person=person, cell=office.cells["02"])
    add(worker, 0)
    assert Appointment.objects.filter(cell=office.cells["01"]).count() == 3


def test_the_post_must_be_one_of_the_level_of_the_cell(office: Office, add: Add) -> None:
    chief = office.post("chief", office.city)
    _published(office, office.cells["01"], "0101", 0, None)
    said = "the post chief is one of the level city, and the cell '0101' is of the level town"
    _refused(Refused, said, lambda: add(chief, 0))
    other = make_office("other")
    _refused(Refused, "choose a post of that level", lambda: add(other.post("worker"), 0))


def test_a_retired_post_is_not_given_any_more(office: Office, add: Add) -> None:
    post = office.post("worker", retired=True)
    _refused(Refused, "worker is no longer in the document", lambda: add(post, 0))


def test_a_retired_cell_gets_nobody_from_then_on(office: Office, add: Add) -> None:
    worker = office.post("worker")
    _published(office, office.cells["01"], "01", 0, 50)
    add(worker, 10)
    _refused(
        Refused, "the cell '01' was retired on .*, before the appointment begins", lambda: add(worker, 50)
    )


@pytest.mark.parametrize(
    ("since", "until", "fits"), [(0, 10, True), (20, None, True), (0, 11, False), (19, 21, False)]
)
def test_nobody_holds_the_same_post_for_the_same_cell_twice_at_a_time(
    office: Office, add: Add, since: int, until: int | None, fits: bool
) -> None:
    worker = office.post("worker")
    person = add(worker, 10, 20).person
    if fits:
        add(worker, since, until, person=person)
    else:
        said = "王 holds the post worker for the cell .* already, since .* until .*; end that first"
        _refused(Refused, said, lambda: add(worker, since, until, person=person))
        _refused(Refused, said, lambda: add(worker, since, until, person=person, deputy=True))


def test_the_most_holders_are_not_exceeded_at_any_time(office: Office, add: Add) -> None:
    worker = office.post("worker", maximum=2)
    add(worker, 0, 10)
    add(worker, 20, 30)
    add(worker, 25, 40)
    add(worker, 0, 25)
    # From 20 to 30 there are two, in changing company.
    said = r"worker of the cell .* takes 2 at a time, and on 2026-01-21T.* that is 王 since .*, 王 since"
    _refused(Refused, said, lambda: add(worker, 15, None))
    _refused(Refused, "takes 2 at a time", lambda: add(worker, 29, 30))
    add(worker, 10, 20)
    _refused(Refused, "takes 2 at a time", lambda: add(worker, 5, 6))
    add(worker, 30, None)
    add(worker, 40, None)
    _refused(Refused, "takes 2 at a time", lambda: add(worker, 100, 101))


def test_deputies_are_not_counted(office: Office, add: Add) -> None:
    worker = office.post("worker", maximum=1)
    add(worker, 0, deputy=True)
    add(worker, 0, deputy=True)
    add(worker, 0)
    add(worker, 0, deputy=True)
    _refused(Refused, "takes 1 at a time", lambda: add(worker, 0))


def test_the_times_follow_one_another_and_have_a_zone(office: Office, add: Add) -> None:
    worker = office.post("worker")
    _refused(BadInput, "would end on .*, not after it begins", lambda: add(worker, 5, 5))
    _refused(BadInput, "would end on .*, not after it begins", lambda: add(worker, 5, 4))
    facts = {"person": Person.objects.create(name="王"), "post": worker, "cell": office.cells["01"]}
    naive = dt.datetime(2026, 1, 1)  # noqa: DTZ001 -- what is refused
    _refused(BadInput, "2026-01-01T00:00:00 has no zone", lambda: appointment_add(**facts, since=naive))
    _refused(
        BadInput,
        "has no zone",
        lambda: appointment_add(**facts, since=day(0) - dt.timedelta(999), until=naive),
    )


def test_an_appointment_ends_and_the_place_is_free_from_that_moment(office: Office, add: Add) -> None:
    worker = office.post("worker", maximum=1)
    ended = appointment_end(appointment=add(worker, 0), at=day(10))
    ended.refresh_from_db()
    assert (ended.valid.lower, ended.valid.upper) == (day(0), day(10))
    _refused(Refused, "takes 1 at a time", lambda: add(worker, 9))
    add(worker, 10)


def test_an_end_may_come_sooner_but_not_later_and_not_before_the_beginning(office: Office, add: Add) -> None:
    appointment = add(office.post("worker"), 10, 30)
    appointment_end(appointment=appointment, at=day(20))
    # What the caller holds in its hands is older than what is stored.
    said = "of 王 ends on 2026-01-21T.* already; to prolong it, appoint anew"
    _refused(Refused, said, lambda: appointment_end(appointment=appointment, at=day(25)))
    for at in (10, 9):
        said = re.escape("cannot end on")
        _refused(Refused, said, lambda at=at: appointment_end(appointment=appointment, at=day(at)))
    naive = timezone.make_naive(day(15))
    _refused(BadInput, "has no zone", lambda: appointment_end(appointment=appointment, at=naive))


# --- Two at once ---------------------------------------------------------------------------------------


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[Office]:
    """An office that other connections see; its rows go one by one, for a flush would take the layers."""
    with django_db_blocker.unblock():
        office = make_office("raced", towns=1)
        yield office
        Appointment.objects.filter(post__scheme=office.scheme).delete()
        Person.objects.filter(name__startswith="raced").delete()
        for model in (Post, Cell, SchemeDocument):
            model.objects.filter(scheme=office.scheme).delete()
        for level in Level.objects.filter(scheme=office.scheme).order_by("-ordinal"):
            level.delete()
        Scheme.objects.filter(pk=office.scheme.pk).delete()
        connections.close_all()


def test_of_many_who_want_the_last_place_at_one_moment_one_gets_it(committed: Office) -> None:
    post, cell = committed.post("worker", maximum=1), committed.cells["01"]
    barrier = threading.Barrier(5, timeout=30)
    told: list[str] = []

    def appoint(number: int) -> None:
        person = Person.objects.create(name=f"raced {number}")
        barrier.wait()
        try:
            appointment_add(person=person, post=post, cell=cell, since=day(0))
            told.append("appointed")
        except Refused as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=appoint, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["appointed"] + ["refused"] * 4
