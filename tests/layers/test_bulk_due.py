"""What an edition moves is assigned with it, or, where it is much, after it; and people are told so."""

from __future__ import annotations

import json
from functools import partial

import pytest
from django.core.management import call_command
from django.utils import timezone

from boundaries.models import Scheme
from boundaries.participants import registered
from boundaries.selectors import land_at
from boundaries.services.kept_audits import audit_current
from geogrid.core.change import Change
from layers.models import Assignment, AssignmentDue, AssignmentRun, Override
from layers.selectors.features import feature_assignments
from layers.selectors.runs import runs_due
from layers.services import assignments as assignments_module
from layers.services import due as due_module
from layers.services.assignments import assignments_check, features_assign, features_follow
from layers.services.due import due_work
from tests.layers.lands import LONG_AGO, five_lots, history, lot, new_scheme, now_in, point, put

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hardly_anything_is_little(monkeypatch):
    monkeypatch.setattr(assignments_module, "IN_THE_TRANSACTION", 2)
    monkeypatch.setattr(due_module, "_AT_ONCE", 2)


@pytest.fixture
def register(land, things):
    for number in range(5):
        put(things, f"nine{number}", point(1.1 + number / 10, 0.5))
    put(things, "ten", point(0.5, 0.5))
    features_assign(scheme=land.scheme, since=LONG_AGO)
    return things


def change_places(land, *, change: Change | None = None):
    lots = five_lots()
    edition = land.publish({**lots, "9": lots["B"], "B": lots["9"]}, timezone.now())
    whole = partial(land_at, land.scheme, edition.effective)
    return edition, features_follow(scheme=land.scheme, edition=edition, land=whole, change=change)


def about(scheme: Scheme):
    facts = {}
    for participant in registered():
        facts |= participant.about_scheme(scheme=scheme)
    return facts["reassigning"]


def test_much_is_left_and_done_from_the_editions_moment_on(land, register) -> None:
    edition, said = change_places(land)
    assert (said.due, said.changed) == (6, 0)
    assert now_in(land, "nine1")[0] == "9"
    (left,) = about(land.scheme)
    assert (left["edition"], left["state"], left["done"], left["total"]) == (2, "pending", 0, 6)
    feature = Assignment.objects.filter(feature__key="nine1").get().feature_id
    (told,) = feature_assignments(feature, timezone.now())
    assert (told.cell, told.renewing) == ("9", True)
    assert due_work() == 5
    assert about(land.scheme) == []
    (told,) = feature_assignments(feature, timezone.now())
    assert (told.cell, told.renewing) == ("B", False)
    assert [(row[0], row[2], row[3]) for row in history(land, "nine1")] == [
        ("9", LONG_AGO, edition.effective),
        ("B", edition.effective, None),
    ]
    assert assignments_check(scheme=land.scheme)[1] == []
    assert due_work() == 0


def test_nobody_says_full_while_features_wait(things) -> None:
    land, lots = new_scheme("whole"), {**five_lots(), "G": lot(2, 1)}
    land.publish(lots)
    for number in range(5):
        put(things, f"nine{number}", point(1.1 + number / 10, 0.5))
    features_assign(scheme=land.scheme, since=LONG_AGO)
    assert audit_current(scheme=land.scheme).verdict == "full"
    edition = land.publish({**lots, "9": lots["B"], "B": lots["9"]}, timezone.now())
    features_follow(scheme=land.scheme, edition=edition, land=None, change=None)
    meanwhile = audit_current(scheme=land.scheme)
    assert (meanwhile.verdict, meanwhile.document["reassigning"]) == ("blind_spots", 5)
    due_work()
    assert audit_current(scheme=land.scheme).verdict == "full"


def test_a_job_that_broke_goes_on(land, register, monkeypatch) -> None:
    change_places(land)
    (run,) = runs_due()
    due_module.advance(run.pk, 0, due_module.due_next(run, 2)[-1][0], due_module.Tally(), done=2)
    (left,) = about(land.scheme)
    assert (left["state"], left["done"]) == ("running", 2)
    assert due_work() == 3


def test_two_editions_that_left_something_are_done_one_after_the_other(land, register) -> None:
    first, _ = change_places(land)
    second = land.publish(five_lots(), timezone.now())
    features_follow(scheme=land.scheme, edition=second, land=None, change=None)
    assert [left["edition"] for left in about(land.scheme)] == [2, 3]
    due_work(scheme=land.scheme)
    assert [row[0] for row in history(land, "nine1")] == ["9", "B", "9"]
    assert [row[2] for row in history(land, "nine1")] == [LONG_AGO, first.effective, second.effective]
    assert assignments_check(scheme=land.scheme)[1] == []


def test_only_the_named_features_are_asked(land, register) -> None:
    lots = five_lots()
    edition = land.publish({**lots, "9": lots["B"], "B": lots["9"]}, timezone.now())
    ids = list(Assignment.objects.filter(cell=land.cells["9"]).values_list("feature", flat=True))
    due_module.due_leave(scheme=land.scheme, edition=edition, ids=ids)
    assert AssignmentDue.objects.count() == 5
    assert due_work() == 5
    assert AssignmentRun.objects.get().done == 5
    assert not AssignmentDue.objects.exists()


def test_what_people_decided_meanwhile_stands(land, register) -> None:
    change_places(land)
    feature = Assignment.objects.filter(feature__key="nine1").get().feature
    Override.objects.create(
        feature=feature, scheme=land.scheme, cell=land.cells["2"], reason="so", valid=(timezone.now(), None)
    )
    features_assign(scheme=land.scheme, ids=[feature.pk])
    due_work()
    assert now_in(land, "nine1") == ("2", "manual")
    assert [row[0] for row in history(land, "nine1")] == ["9", "B", "2"]


def test_the_command_does_what_is_left(land, register, capsys) -> None:
    change_places(land)
    call_command("assign", "--pending", "--json")
    assert json.loads(capsys.readouterr().out) == {"changed": 5}
    change_places(land)
    call_command("assign", "small", "--json")
    capsys.readouterr()
    assert runs_due() == []


def test_little_is_done_at_once(land, things) -> None:
    put(things, "one", point(1.5, 0.5))
    features_assign(scheme=land.scheme, since=LONG_AGO)
    _, said = change_places(land)
    assert (said.due, said.changed) == (0, 1)
    assert runs_due() == []
