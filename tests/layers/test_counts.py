"""How many features each cell holds is kept by the database, whoever writes, and for any time."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from geogrid.core.errors import Refused
from geogrid.web.pagination import Page
from layers.models import Assignment, CellCount, Override
from layers.selectors.counts import counts_differences, counts_list, features_counted, nowhere_counted
from layers.services.assignments import features_assign
from tests.layers.lands import LONG_AGO, box, five_lots, lot, new_layer, point, put
from tests.layers.test_assignment_lock import together

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def told(land, at=None, **options):
    """What is told of each cell that holds anything, by code."""
    rows = counts_list(land.scheme, Page(1, 1000), at=at or timezone.now(), **options).rows
    return {row.code: row.counts for row in rows if row.counts}


def by_hand(land, at=None):
    """The same from the assignments, one by one; all lots lie in C."""
    codes = {cell.pk: code for code, cell in land.cells.items()}
    counts: dict[str, dict[str, int]] = {}
    held = Assignment.objects.filter(
        scheme=land.scheme, cell__isnull=False, valid__contains=at or timezone.now()
    )
    for cell, layer in held.values_list("cell", "feature__layer__code"):
        for code in {codes[cell], "C"}:
            of_cell = counts.setdefault(code, {})
            of_cell[layer] = of_cell.get(layer, 0) + 1
    return counts


@pytest.fixture
def register(land, things):
    r"""Seven features::

    2 ·         B · ·     (gap) ·
    10 · ·      9         100        and one far away
    """
    for key, x, y in [
        ("a", 0.5, 0.5),
        ("b", 0.6, 0.5),
        ("c", 0.5, 1.5),
        ("d", 1.5, 1.5),
        ("e", 1.6, 1.5),
        ("gap", 2.5, 1.5),
        ("away", 9, 9),
    ]:
        put(things, key, point(x, y))
    put(new_layer("more"), "m", point(0.2, 0.2))
    features_assign(scheme=land.scheme)
    return things


def test_each_cell_tells_its_own_and_those_below_it(land, register) -> None:
    assert told(land) == {
        "C": {"thing": 5, "more": 1},
        "10": {"thing": 2, "more": 1},
        "2": {"thing": 1},
        "B": {"thing": 2},
    }
    assert features_counted(land.scheme, land.cells["C"].pk, timezone.now()) == {"thing": 5, "more": 1}
    assert features_counted(land.scheme, land.cells["9"].pk, timezone.now()) == {}
    assert nowhere_counted(land.scheme, at=timezone.now()) == {"gap": {"thing": 1}, "outside": {"thing": 1}}
    assert counts_differences(land.scheme) == []


def test_one_level_or_one_layer_can_be_asked_for_page_by_page(land, register) -> None:
    assert set(told(land, level="city")) == {"C"}
    assert told(land, layer=register)["C"] == {"thing": 5}
    first = counts_list(land.scheme, Page(1, 2), at=timezone.now(), level="lot")
    assert (first.count, [row.code for row in first.rows]) == (5, ["10", "100"])
    assert (first.rows[1].counts, first.rows[1].total, first.rows[1].parent) == ({}, 0, "C")
    beyond = counts_list(land.scheme, Page(9, 2), at=timezone.now(), level="lot")
    assert (beyond.count, beyond.rows) == (5, [])


def test_whatever_is_written_is_counted_in_the_same_statement(land, register) -> None:
    held = Assignment.objects.filter(scheme=land.scheme)
    held.filter(feature__key__in=["a", "b"]).update(cell=land.cells["9"])
    assert told(land) == by_hand(land)
    held.filter(feature__key="c").update(share=0.9)
    assert told(land) == by_hand(land)
    held.filter(feature__key="d").update(cell=None, method="gap")
    assert told(land) == by_hand(land)
    held.filter(feature__key="m").delete()
    assert (
        told(land)
        == by_hand(land)
        == {"C": {"thing": 4}, "9": {"thing": 2}, "2": {"thing": 1}, "B": {"thing": 1}}
    )
    assert counts_differences(land.scheme) == []


def test_what_is_rolled_back_is_not_counted(land, register) -> None:
    before = told(land)
    with transaction.atomic():
        Assignment.objects.filter(feature__key="a").delete()
        assert told(land) != before
        transaction.set_rollback(True)
    assert told(land) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(feature__key="b").update(method="gap")
    assert told(land) == before


def test_a_past_time_is_told_as_it_was(land, register) -> None:
    then, before = timezone.now(), told(land)
    lots = five_lots()
    del lots["B"]
    land.publish({**lots, "2": shapely.union_all([lot(0, 1), lot(1, 1)])}, timezone.now())
    features_assign(scheme=land.scheme)
    assert told(land)["2"] == {"thing": 3}
    assert told(land, then) == before
    assert features_counted(land.scheme, land.cells["B"].pk, then) == {"thing": 2}
    assert told(land, LONG_AGO + DAY) == {}
    assert counts_differences(land.scheme) == []


def test_what_is_foreseen_counts_once_its_time_has_come(land, register) -> None:
    lots, change = five_lots(), timezone.now() + DAY
    del lots["B"]
    land.publish({**lots, "2": shapely.union_all([lot(0, 1), lot(1, 1)])}, change)
    features_assign(scheme=land.scheme)
    assert told(land)["B"] == {"thing": 2}
    assert told(land, change)["2"] == {"thing": 3}
    assert "B" not in told(land, change)
    assert told(land, change - dt.timedelta(microseconds=1)) == told(land)
    assert counts_differences(land.scheme) == []
    # What was foreseen gives way.
    Assignment.objects.filter(valid__startswith__gte=change).delete()
    assert counts_differences(land.scheme) == []
    assert told(land, change)["2"] == {"thing": 1}


def test_a_decision_that_ends_is_counted_until_then(land, register) -> None:
    feature, end = register.features.get(key="a"), timezone.now() + DAY
    Override.objects.create(
        feature=feature, scheme=land.scheme, cell=land.cells["9"], reason="x", valid=(LONG_AGO, end)
    )
    features_assign(scheme=land.scheme)
    assert (told(land)["9"], told(land)["10"]["thing"]) == ({"thing": 1}, 1)
    assert (told(land, end).get("9"), told(land, end)["10"]["thing"]) == (None, 2)
    Override.objects.all().delete()
    features_assign(scheme=land.scheme)
    assert told(land) == told(land, end) == by_hand(land)
    assert counts_differences(land.scheme) == []


def test_a_history_of_many_writes_is_told_at_each_of_its_times(land, things) -> None:
    moments = []
    for number in range(12):
        put(things, str(number), point(0.5 + number % 3, 0.5))
        if number % 3 == 2:
            moved = things.features.get(key=str(number - 2))
            Override.objects.create(
                feature=moved,
                scheme=land.scheme,
                cell=land.cells["2"],
                reason="x",
                valid=(timezone.now(), None),
            )
        features_assign(scheme=land.scheme)
        moments.append(timezone.now())
    assert len({json.dumps(by_hand(land, at), sort_keys=True) for at in moments}) == 12
    for at in moments:
        assert told(land, at) == by_hand(land, at)
    assert counts_differences(land.scheme) == []
    # As many rows as cells hold a layer: none for each write.
    assert CellCount.objects.count() == 4


def test_the_check_finds_what_is_counted_wrongly_and_assigning_mends_it(land, register, capsys) -> None:
    CellCount.objects.filter(cell=land.cells["10"], layer=register).update(count=7)
    (found,) = counts_differences(land.scheme)
    assert (found.cell, found.layer, found.kept, found.counted, found.coming) == ("10", "thing", 7, 2, None)
    with pytest.raises(Refused, match="1 counts of features in cells of small"):
        call_command("assign", "small", "--check", "--json")
    (said,) = json.loads(capsys.readouterr().out)["counts"]
    assert said == {"cell": "10", "layer": "thing", "coming": None, "kept": 7, "counted": 2}
    with pytest.raises(Refused):
        call_command("assign", "small", "--check")
    assert "cell 10: 7 of thing are told, 2 are assigned" in capsys.readouterr().out
    call_command("assign", "small", "--full")
    assert counts_differences(land.scheme) == []
    assert told(land) == by_hand(land)


def test_counting_asks_the_database_once(land, register, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        features_counted(land.scheme, land.cells["C"].pk, timezone.now())
    with django_assert_num_queries(1):
        counts_list(land.scheme, Page(), at=timezone.now())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Writers of different features in one cell neither wait for each other nor lose a feature."""

    def test_nobody_waits_for_a_count(self, land, things) -> None:
        features = [put(things, str(number), point(0.5, 0.5)) for number in range(3)]
        add(land, features[0])
        with transaction.atomic():
            add(land, features[1])

            def second() -> None:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '2s'")
                    add(land, features[2])

            failures = together(second, 1)
            assert failures == []
            assert told(land)["10"] == {"thing": 3}
        assert told(land)["10"] == {"thing": 3}
        assert counts_differences(land.scheme) == []
        assert CellCount.objects.count() == 2

    def test_eight_writers_lose_nothing(self, land, things) -> None:
        features = [put(things, str(number), box(0.1, 0.1, 0.2, 0.2)) for number in range(80)]
        turns = iter(range(8))

        def work() -> None:
            turn = next(turns)
            for feature in features[turn * 10 : turn * 10 + 10]:
                with transaction.atomic():
                    add(land, feature)

        assert together(work, 8) == []
        assert told(land)["10"] == {"thing": 80}
        assert counts_differences(land.scheme) == []
        assert CellCount.objects.count() <= 8


def add(land, feature) -> None:
    Assignment.objects.create(
        feature=feature,
        scheme=land.scheme,
        cell=land.cells["10"],
        method="within",
        share=1,
        valid=(timezone.now(), None),
    )
