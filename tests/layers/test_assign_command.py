"""`assign`: the numbers, the check and its exit codes."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

import manage
from geogrid.core.errors import BadInput, NotFound, Refused
from layers.models import Assignment, Override
from tests.layers.lands import LONG_AGO, box, new_layer, new_scheme, point, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    def command(*arguments):
        call_command("assign", *arguments, "--json")
        return json.loads(capsys.readouterr().out)

    return command


@pytest.fixture
def register(land, things):
    put(things, "in", point(0.5, 0.5))
    put(things, "edge", point(1, 0.5))
    put(things, "wide", box(0.55, 0.2, 1.55, 0.4))
    put(things, "lost", point(2.5, 1.5))
    put(things, "away", point(9, 9))


def test_the_numbers_are_those_of_the_features(register, run) -> None:
    first = run("small")
    assert first == {
        "scheme": "small",
        "edition": 1,
        "total": 5,
        "assigned": 3,
        "outside": 1,
        "in_gap": 1,
        "on_edge": 1,
        "straddling": 1,
        "changed": 5,
        "by_method": {"boundary_tiebreak": 1, "gap": 1, "max_overlap": 1, "outside": 1, "within": 1},
        "overrides_ignored": [],
    }
    assert run("small", "--full") == {**first, "changed": 0}


def test_one_layer_can_be_assigned_alone(register, run) -> None:
    put(new_layer("more"), "m", point(0.5, 0.5))
    assert run("small", "--layer", "more")["total"] == 1
    assert Assignment.objects.count() == 1


def test_a_check_without_differences_says_so_and_ends_well(register, run) -> None:
    run("small")
    said = run("small", "--check")
    assert said["differences"] == []
    assert said["changed"] == 0


def test_a_check_that_finds_a_difference_lists_it_and_ends_with_1(
    land, register, run, capsys, monkeypatch
) -> None:
    run("small")
    Assignment.objects.filter(feature__key="in").update(cell=land.cells["9"])
    with pytest.raises(Refused, match="1 of 5 features in small"):
        run("small", "--check")
    (difference,) = json.loads(capsys.readouterr().out)["differences"]
    assert (difference["layer"], difference["key"]) == ("thing", "in")
    assert difference["stored"][0]["cell"] == "9"
    assert difference["computed"][0]["cell"] == "10"
    assert difference["computed"][0]["method"] == "within"
    assert difference["computed"][0]["to"] is None
    assert Assignment.objects.get(feature__key="in").cell == land.cells["9"]
    run("small")
    assert run("small", "--check")["differences"] == []
    Assignment.objects.filter(feature__key="in").delete()
    monkeypatch.setattr("sys.argv", ["manage.py", "assign", "small", "--check"])
    assert manage.main() == 1


def test_the_words_for_people_name_the_difference(land, register, run, capsys) -> None:
    run("small")
    Assignment.objects.filter(feature__key="in").update(cell=land.cells["9"])
    with pytest.raises(Refused):
        call_command("assign", "small", "--check")
    assert "thing in: stored 9 (within, 1), computed 10 (within, 1)" in capsys.readouterr().out


def test_a_decision_that_cannot_be_followed_is_reported(land, register, run) -> None:
    feature = new_layer("more").features.create(
        key="m", geom="SRID=4326;POINT(118.005 30.005)", valid=(LONG_AGO, None)
    )
    Override.objects.create(
        feature=feature, scheme=land.scheme, cell=land.cells["C"], reason="x", valid=(LONG_AGO, None)
    )
    (ignored,) = run("small")["overrides_ignored"]
    assert (ignored["layer"], ignored["key"]) == ("more", "m")


def test_what_is_not_there_is_bad_input(register) -> None:
    with pytest.raises(NotFound, match="no scheme 'smal'"):
        call_command("assign", "smal")
    with pytest.raises(NotFound, match="no layer 'thin'"):
        call_command("assign", "small", "--layer", "thin")
    new_scheme("empty")
    with pytest.raises(BadInput, match="empty has no edition yet"):
        call_command("assign", "empty")
