"""The land holds at every moment, past ones are written once, and one isolation level is refused."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from boundaries.models import CellVersion
from geogrid.db.target import current_target, psycopg_arguments
from tests.guards.raw import LONG_AGO, box, new_land, refused, ring, watched

SOON = timezone.now() + dt.timedelta(days=10)
LATER = timezone.now() + dt.timedelta(days=20)
YESTERDAY = timezone.now() - dt.timedelta(days=1)


@pytest.fixture
def towns(land):
    """A of the towns 1 and 2, whose border moves to the east from SOON on."""
    with watched():
        land.put("city", "A", box(0, 0, 2, 1))
        land.put("town", "1", box(0, 0, 1, 1), "A")
        land.put("town", "2", box(1, 0, 2, 1), "A")
    with watched():
        land.close("1", SOON)
        land.close("2", SOON)
        land.put("town", "1", ring((0, 0), (1, 0), (1.5, 0.5), (1, 1), (0, 1)), "A", since=SOON)
        land.put("town", "2", ring((1, 0), (2, 0), (2, 1), (1, 1), (1.5, 0.5)), "A", since=SOON)
    return land


def test_a_cell_that_ends_in_the_future_without_heirs_is_refused(towns):
    with refused("^gap: no cell covers land of A, "):
        towns.close("2", LATER)


def test_a_change_of_today_has_to_fit_what_begins_later(towns):
    """As of today the new cell of the city is fine; as of SOON it would lie on the town's land."""
    with watched():
        towns.put("city", "B", box(5, 0, 6, 1), until=SOON)
        towns.put("town", "3", box(5, 0, 6, 1), "B", until=SOON)
        towns.put("city", "C", box(5, 0, 6, 1), since=SOON)
        towns.put("town", "4", box(5, 0, 6, 1), "C", since=SOON)
    with refused("^overlap: "):
        CellVersion.objects.filter(code="B").update(valid=(LONG_AGO, None))


def test_a_gap_between_two_editions_is_refused(towns):
    with refused("^gap: "):
        CellVersion.objects.filter(code="1", valid__startswith=SOON).update(valid=(LATER, None))


def test_history_is_neither_changed_nor_deleted(land):
    with watched():
        land.put("city", "A", box(0, 0, 1, 1))
        land.close("A", YESTERDAY)
    past = CellVersion.objects.filter(code="A")
    for change in ({"name": "another"}, {"valid": (LONG_AGO, None)}, {"code": "B"}):
        with refused("^history: what A was until .* stays as it was published"):
            past.update(**change)
    with refused("^history: "):
        past.delete()
    assert past.update(code="A") == 1


def test_what_holds_now_may_end_and_be_renamed(land):
    with watched():
        land.put("city", "A", box(0, 0, 1, 1))
    with watched():
        CellVersion.objects.filter(code="A").update(name="another")
        land.close("A", timezone.now())


@pytest.mark.parametrize("bounds", ["(]", "[]", "()"])
def test_validity_has_its_first_moment_and_not_its_last(land, bounds):
    land.put("city", "A", box(0, 0, 1, 1))
    with refused("cell_version_bounds"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE boundaries_cellversion SET valid = tstzrange(lower(valid), %s, %s)", [LATER, bounds]
        )


@pytest.mark.django_db(transaction=True)
def test_repeatable_read_is_refused_and_serializable_is_not():
    land = new_land()
    land.put("city", "A", box(0, 0, 1, 1))
    rename = "UPDATE boundaries_cellversion SET geom = ST_Multi(ST_Translate(geom, 1, 0))"
    with psycopg.connect(**psycopg_arguments(current_target())) as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(
            psycopg.DatabaseError, match=r"repeatable read, .* use read committed or serializable"
        ):
            session.execute(rename)
        session.rollback()
        session.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        session.execute(rename)
        session.commit()
    assert CellVersion.objects.get().geom.extent == (1.0, 0.0, 1.01, 0.01)
