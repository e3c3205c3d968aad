"""What a process remembers is never older than what the database says."""

from __future__ import annotations

import datetime as dt
import gc
import random
import threading
import time

import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.utils import timezone

from boundaries.lookup import standing as module
from boundaries.lookup.standing import standing
from boundaries.lookup.warming import warm_up
from boundaries.selectors import QUERIES
from geogrid.db.prepared import prepared_text
from people.models import Appointment, Organisation, Person
from tests.api.town import cells_put, make_town, publish
from tests.layers.lands import at, five_lots

pytestmark = pytest.mark.django_db(transaction=True)

LON, LAT = at(2.5, 0.5)


@pytest.fixture
def warden(town, get):
    """Ask who answers in the lot 100."""

    def warden():
        (answer,) = get("locate", lon=LON, lat=LAT)["schemes"]
        return [(one["person"], one["phone"]) for one in answer["responsible"]]

    assert len(warden()) == 1
    return warden


@pytest.fixture
def town(transactional_db):
    return make_town()


def test_the_second_answer_asks_one_cheap_statement(warden, monkeypatch) -> None:
    warden()
    asked = []
    monkeypatch.setattr(module, "prepared_text", lambda query: asked.append(query) or prepared_text(query))
    refused = pytest.fail
    with connection.execute_wrapper(lambda *_: refused("another statement")):
        warden()
    assert asked == [QUERIES["change_mark"]]


def test_a_new_name_or_phone_is_told_at_once(warden) -> None:
    Person.objects.update(name="改名")
    assert warden()[0][0] == "改名"
    Organisation.objects.update(phone="0559-9")
    Person.objects.update(office_phone="", organisation=Organisation.objects.first())
    assert warden() == [("改名", "0559-9")]


def test_who_leaves_is_not_told_any_more(warden) -> None:
    Appointment.objects.all().delete()
    assert warden() == []


def test_an_appointment_that_ends_or_begins_needs_no_change_to_be_seen(warden) -> None:
    held = Appointment.objects.get()
    soon = timezone.now() + dt.timedelta(seconds=0.7)
    next_one = Person.objects.create(name="后任", office_phone="0559-7")
    held.valid = (held.valid.lower, soon)
    held.save()
    Appointment.objects.create(person=next_one, post=held.post, cell=held.cell, valid=(soon, None))
    assert warden()[0][0] != "后任"
    time.sleep(max((soon - timezone.now()).total_seconds(), 0) + 0.01)
    assert warden() == [("后任", "0559-7")]


def test_a_new_edition_is_in_force_at_once_and_a_later_one_in_time(town, get) -> None:
    def edition():
        (answer,) = get("locate", lon=LON, lat=LAT)["schemes"]
        return answer["edition"], answer["cells"][-1]["code"]

    assert edition() == (2, "100")
    draft = cells_put(town.scheme, "named", "lot", {"9": five_lots()["9"]})
    draft.cells.update(name="新名")
    soon = timezone.now() + dt.timedelta(seconds=3)
    publish(draft, accept_gaps="a lake", effective=soon)
    assert edition() == (2, "100")
    time.sleep(max((soon - timezone.now()).total_seconds(), 0) + 0.01)
    assert edition() == (3, "100")


def mark():
    return prepared_text(QUERIES["change_mark"])


def test_what_is_asked_for_one_cell_is_known_of_its_neighbours_after_a_while(town, get) -> None:
    def answers():
        asked = [at(x + 0.5, y + 0.5) for y in range(2) for x in range(3)]
        return [get("locate", lon=lon, lat=lat)["schemes"][0]["responsible"] for lon, lat in asked]

    statements = []

    def count(execute, sql, *rest):
        statements.append(sql)
        return execute(sql, *rest)

    Person.objects.create(name="somebody else")
    for _ in range(20):  # as if so many others had been asked for
        next(standing(timezone.now())._width)
    with connection.execute_wrapper(count):
        first = answers()
    assert sum("held AS" in sql for sql in statements) == 1
    with connection.execute_wrapper(lambda *_: pytest.fail("another statement")):
        assert answers() == first
    assert any(first)
    assert not all(first)


def test_a_connection_that_was_cut_is_opened_again(transactional_db) -> None:
    before = mark()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params() | {"autocommit": True}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    assert mark() == before


def test_a_statement_that_fails_is_told_as_django_tells_it(transactional_db) -> None:
    for _ in range(2):
        with pytest.raises(DataError):
            prepared_text("SELECT 1 / (count(*) - count(*)) FROM boundaries_scheme")
        assert mark()


def test_a_process_that_starts_has_read_what_the_first_answer_needs(town, folder) -> None:
    folder.mkdir(exist_ok=True)
    assert gc.get_freeze_count() == 0
    try:
        warm_up()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
    assert {path.suffix for path in folder.iterdir() if path.name != "lock"} == {".cells", ".facts"}


def test_a_process_starts_without_a_database(town, monkeypatch, caplog) -> None:
    monkeypatch.setattr("boundaries.lookup.warming.standing", lambda now: prepared_text("SELECT broken"))
    try:
        warm_up()
    finally:
        gc.unfreeze()
    assert "the first requests will wait" in caplog.text


def test_each_transaction_leaves_one_mark_and_no_mark_comes_back(transactional_db) -> None:
    seen = {mark()}
    for number in range(120):
        with transaction.atomic():
            Person.objects.create(name=str(number))
            Person.objects.filter(name=str(number)).update(name="x")
        assert mark() not in seen
        seen.add(mark())
    assert int(mark().split(":")[0]) < 121
    before = mark()
    with transaction.atomic():
        Person.objects.create(name="undone")
        transaction.set_rollback(True)
    assert mark() == before


def test_a_mark_is_seen_with_what_it_stands_for_however_transactions_overlap(transactional_db) -> None:
    """Readers who saw a mark before some rows and the same mark after them would remember something stale."""
    stop = threading.Event()
    seen: list[tuple[str, int]] = []

    def write(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for number in range(40):
                with transaction.atomic():
                    Person.objects.create(name=f"{seed} {number}")
                    time.sleep(rng.random() / 200)
        finally:
            connection.close()

    def read() -> None:
        try:
            while not stop.is_set():
                with connection.cursor() as cursor:
                    marked = f"SELECT ({QUERIES['change_mark']}), (SELECT count(*) FROM people_person)"
                    cursor.execute(marked)
                    seen.append(cursor.fetchone())
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    reader = threading.Thread(target=read)
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert len({count for _, count in seen}) > 10
    assert len(set(seen)) == len({text for text, _ in seen})


def test_within_a_transaction_its_own_changes_are_seen(town) -> None:
    with transaction.atomic():
        first = standing(timezone.now())
        town.scheme.editions.filter(number=2).update(number=7)
        assert standing(timezone.now()).in_force["small"].number == 7
        transaction.set_rollback(True)
    assert first.in_force["small"].number == 2
    assert standing(timezone.now()).in_force["small"].number == 2
