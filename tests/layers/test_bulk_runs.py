"""Assigning by the million: the same answers as one by one, in batches, cut short and gone on with."""

from __future__ import annotations

import datetime as dt
import re
import threading

import numpy as np
import pytest
import shapely
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from layers.models import Assignment, AssignmentRun, Feature, Override
from layers.selectors import assignable_from
from layers.services import runs as runs_module
from layers.services.assignments import assignments_check, features_assign
from layers.services.progress import Progress
from layers.services.runs import assignments_run, only_run
from layers.services.settling import Lands, Scope, differences, settle
from tests.layers.lands import LONG_AGO, at, box, five_lots, lot, new_layer, new_scheme, point, put

ANSWER = ("feature__key", "cell", "method", "share", "on_edge", "shares", "nearest_m")


def answers(land):
    rows = Assignment.objects.filter(scheme=land.scheme).order_by("feature__key", "valid")
    return list(rows.values_list(*ANSWER))


def register(layer, count=60, seed=3):
    """Points anywhere, on edges and corners too; lines, polygons, several points, nothing at all."""
    random = np.random.default_rng(seed)
    for number in range(count):
        x, y = random.uniform(-0.3, 3.3), random.uniform(-0.3, 2.3)
        if number % 4 == 0:
            x = round(x)
        if number % 6 == 0:
            y = round(y)
        put(layer, f"p{number}", point(x, y))
        w, h = random.uniform(0.05, 1.5, 2)
        put(layer, f"a{number}", box(x, y, x + w, y + h))
        put(layer, f"l{number}", shapely.LineString([at(x, y), at(x + w, y - h)]))
    put(layer, "several", shapely.MultiPoint([at(0.5, 0.5), at(1, 0.5), at(9, 9)]))
    put(layer, "nothing", shapely.Point())
    put(layer, "half", box(0.5, 0.2, 1.5, 0.4))


def two_changed_places():
    lots = five_lots()
    return {**lots, "9": lots["B"], "B": lots["9"]}


def one_by_one(land, *, layer=None):
    """Settle everything through the tables, without arrays."""
    scope = Scope(
        land.scheme,
        layer,
        list(Feature.objects.order_by("pk").values_list("pk", flat=True)),
        assignable_from(land.scheme, timezone.now()),
        Lands(land.scheme),
    )
    with connection.cursor() as cursor:
        return settle(cursor, scope)


def found_one_by_one(land):
    scope = Scope(
        land.scheme,
        None,
        list(Feature.objects.order_by("pk").values_list("pk", flat=True)),
        assignable_from(land.scheme, timezone.now()),
        Lands(land.scheme),
    )
    with connection.cursor() as cursor:
        return differences(cursor, scope)[1]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(runs_module, "BATCH", 7)


@pytest.mark.usefixtures("small_batches")
def test_arrays_give_the_answers_that_tables_give(land, things) -> None:
    register(things)
    told = assignments_run(scheme=land.scheme)
    assert told.total == told.changed == Feature.objects.count()
    assert found_one_by_one(land) == []
    in_arrays = answers(land)
    Assignment.objects.all().delete()
    tally = one_by_one(land)
    assert answers(land) == in_arrays
    assert (dict(tally.by_method), tally.on_edge, tally.straddling, tally.changed) == (
        dict(told.by_method),
        told.on_edge,
        told.straddling,
        told.changed,
    )
    assert {row[2] for row in in_arrays} == {"within", "boundary_tiebreak", "max_overlap", "gap", "outside"}
    assert assignments_check(scheme=land.scheme)[1] == []


@pytest.mark.usefixtures("small_batches")
def test_a_second_run_writes_nothing(land, things) -> None:
    register(things, 20)
    first = assignments_run(scheme=land.scheme)
    rows = set(Assignment.objects.values_list("pk", "valid"))
    again = assignments_run(scheme=land.scheme)
    assert again.changed == 0
    assert again.by_method == first.by_method
    assert (again.on_edge, again.straddling) == (first.on_edge, first.straddling)
    assert set(Assignment.objects.values_list("pk", "valid")) == rows


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("overrule", ["10", "C", None])
def test_people_s_word_counts_in_every_path(land, things, overrule) -> None:
    register(things, 20)
    if overrule:
        for feature in Feature.objects.filter(key__in=["p3", "a3", "l4", "half", "several"]):
            Override.objects.create(
                feature=feature,
                scheme=land.scheme,
                cell=land.cells[overrule],
                reason="so",
                valid=(LONG_AGO, None if feature.key == "half" else timezone.now() + dt.timedelta(days=1)),
            )
    told = assignments_run(scheme=land.scheme)
    assert len(told.unheeded) == (5 if overrule == "C" else 0)
    assert told.by_method.get("manual", 0) == (5 if overrule == "10" else 0)
    assert found_one_by_one(land) == []
    assert assignments_check(scheme=land.scheme)[1] == []


@pytest.mark.usefixtures("small_batches")
def test_coming_editions_are_stretches_of_time(land, things) -> None:
    register(things, 12)
    later = timezone.now() + dt.timedelta(days=3)
    land.publish(two_changed_places(), later)
    assignments_run(scheme=land.scheme)
    assert Assignment.objects.filter(valid__startswith=later).exists()
    assert found_one_by_one(land) == []
    assert assignments_run(scheme=land.scheme).changed == 0


@pytest.mark.usefixtures("small_batches")
def test_wrong_missing_and_surplus_answers_are_mended(land, things) -> None:
    register(things, 20)
    assignments_run(scheme=land.scheme)
    right = answers(land)
    Assignment.objects.filter(feature__key="p1").update(cell=land.cells["9"], method="within")
    Assignment.objects.filter(feature__key="p2").delete()
    Assignment.objects.filter(feature__key="p3").update(nearest_m=17, shares={"9": 1.0})
    Assignment.objects.filter(feature__key="p5").update(on_edge=True)
    Assignment.objects.filter(feature__key="a5").update(share=0.123)
    Assignment.objects.filter(feature__key="p7").update(valid=(LONG_AGO, timezone.now()))
    found = {one.key for one in assignments_check(scheme=land.scheme)[1]}
    assert found == {"p1", "p2", "p3", "p5", "a5", "p7"}
    assert assignments_run(scheme=land.scheme).changed == 6
    now = Assignment.objects.filter(valid__contains=timezone.now()).order_by("feature__key")
    assert list(now.values_list(*ANSWER)) == right


def fail_at(monkeypatch, batch):
    """Let the run break in a batch, after its rows are written."""
    count = {"of": 0}
    advance = runs_module.advance

    def breaking(*arguments) -> None:
        count["of"] += 1
        if count["of"] == batch:
            raise RuntimeError("the light went out")
        advance(*arguments)

    monkeypatch.setattr(runs_module, "advance", breaking)
    return lambda: monkeypatch.setattr(runs_module, "advance", advance)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_a_run_that_broke_goes_on_where_it_was(monkeypatch, batch) -> None:
    monkeypatch.setattr(runs_module, "BATCH", 7)
    land = new_scheme()
    land.publish(five_lots())
    things = new_layer("thing")
    for number in range(50):
        put(things, f"{number:02}", point(number % 30 / 10 + 0.05, number / 30 + 0.01))
    light_again = fail_at(monkeypatch, batch)
    with pytest.raises(RuntimeError, match="light"):
        assignments_run(scheme=land.scheme)
    run = AssignmentRun.objects.get()
    assert run.done == Assignment.objects.count() == 7 * (batch - 1)
    stood = set(Assignment.objects.values_list("pk", "valid"))
    light_again()
    said: list[str] = []
    told = assignments_run(scheme=land.scheme, progress=Progress(said.append))
    assert told.total == told.changed == 50
    assert stood <= set(Assignment.objects.values_list("pk", "valid"))
    assert Assignment.objects.count() == 50
    assert assignments_check(scheme=land.scheme)[1] == []
    assert bool(stood) == any("going on with the run of" in text for text in said)


@pytest.mark.django_db(transaction=True)
def test_an_edition_in_between_makes_the_run_begin_anew(monkeypatch) -> None:
    monkeypatch.setattr(runs_module, "BATCH", 7)
    land = new_scheme()
    land.publish(five_lots())
    things = new_layer("thing")
    for number in range(50):
        put(things, f"{number:02}", point(number % 30 / 10 + 0.05, number / 30 + 0.01))
    ends = runs_module.batch_end
    published = []

    def publishing(after, count):
        if after and not published:
            published.append(land.publish(two_changed_places(), timezone.now()))
        return ends(after, count)

    monkeypatch.setattr(runs_module, "batch_end", publishing)
    said: list[str] = []
    told = assignments_run(scheme=land.scheme, progress=Progress(said.append))
    assert told.edition == 2
    assert told.total == 50
    assert any("begins anew" in text for text in said)
    assert assignments_check(scheme=land.scheme)[1] == []


@pytest.mark.django_db(transaction=True)
def test_a_second_run_at_the_same_time_waits_and_says_so() -> None:
    land = new_scheme()
    land.publish(five_lots())
    holds, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with only_run(land.scheme, Progress()):
            holds.set()
            may_end.wait(30)
        connections.close_all()

    def told(text: str) -> None:
        said.append(text)
        may_end.set()

    said: list[str] = []
    thread = threading.Thread(target=first)
    thread.start()
    holds.wait(30)
    assert assignments_run(scheme=land.scheme, progress=Progress(told)).total == 0
    thread.join()
    assert "waiting for another run" in said[0]


def test_full_begins_with_the_first_feature(land, things) -> None:
    put(things, "one", point(0.5, 0.5))
    run = AssignmentRun.objects.create(
        scheme=land.scheme,
        land=str(land.scheme.editions.get().pk),
        total=1,
        last_id=Feature.objects.get().pk,
        started_at=timezone.now(),
        renewed_at=timezone.now(),
    )
    assert assignments_run(scheme=land.scheme).total == 0
    run.pk = None
    run.save()
    assert assignments_run(scheme=land.scheme, anew=True).total == 1


def test_progress_tells_the_rate_and_the_time_left(land, things, monkeypatch, capsys) -> None:
    register(things, 10)
    monkeypatch.setattr(runs_module, "BATCH", 7)
    clock = iter(range(10_000))
    monkeypatch.setattr("layers.services.progress.time.monotonic", lambda: float(next(clock)))
    call_command("assign", "small", "--json")
    told = capsys.readouterr()
    assert re.search(r"small: 7 of 33 features, \d+/s, \d+ s left\n", told.err)
    assert told.out.count("\n") == 1


def test_a_lot_of_another_layer_stays_as_it_is(land, things) -> None:
    put(things, "one", point(0.5, 0.5))
    more = new_layer("more")
    put(more, "two", lot(1, 0))
    assert assignments_run(scheme=land.scheme, layer=more).total == 1
    assert features_assign(scheme=land.scheme).changed == 1
