"""Answers out of the files are those out of the database, byte for byte."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from django.utils import timezone

from boundaries import locating
from boundaries.lookup.standing import standing
from boundaries.selectors import land_at
from geogrid.core.lattice import snap
from tests.layers.lands import at, five_lots, new_scheme

pytestmark = pytest.mark.django_db

NOW = timezone.now() + dt.timedelta(hours=1)


def places_of(scheme, count=120, seed=7):
    """Random places around a land, its vertices, midpoints of its edges, whole tenths of lots."""
    rng = np.random.default_rng(seed)
    vertices = shapely.get_coordinates(land_at(scheme).shapes)
    first = rng.integers(0, len(vertices) - 1, count)
    around = rng.uniform(at(-0.7, -0.7), at(3.7, 2.7), (count, 2))
    tenths = np.array([at(x, y) for x, y in (rng.integers(-3, 34, (count, 2)) / 10).tolist()])
    far = [[-71.4, 41.8], [118.0, -30.0], [-179.99, 0.0]]
    middles = (vertices[first] + vertices[first + 1]) / 2
    return snap(np.concatenate([around, vertices, middles, tenths, far])).tolist()


def both(edition, place, moment, *, private=False):
    """What is said of a place by the files, and by the database."""
    who = partial(standing(moment).who_answers, edition.scheme, private=private)
    places = locating.edition_places(edition)
    new = locating._in_edition(places, tuple(place), who, moment)
    old = locating.in_past(edition.scheme, edition, tuple(place), moment, private=private)
    return [json.dumps(answer.as_json(), ensure_ascii=False) for answer in (new, old)]


@pytest.mark.parametrize("private", [False, True])
def test_every_answer_is_that_of_the_database(town, private) -> None:
    (edition,) = standing(NOW).in_force.values()
    answers = [both(edition, place, NOW, private=private) for place in places_of(town.scheme)]
    assert [new for new, _ in answers] == [old for _, old in answers]
    said = "".join(new for new, _ in answers)
    for method in ("within", "boundary_tiebreak", "gap", "outside"):
        assert f'"method": "{method}"' in said
    for part in ('"code": "E1"', '"code": "S"', '"post": "warden"', '"nearest": {'):
        assert part in said
    assert ("13900000000" in said) is private


def test_a_land_without_a_leaf_answers_as_well(db) -> None:
    land = new_scheme()
    edition = land.publish({"9": five_lots()["9"]})
    for place in (at(0.5, 0.5), at(1.5, 0.5), at(1, 0.5), at(9, 9)):
        new, old = both(edition, place, NOW)
        assert new == old


@pytest.fixture
def frozen(monkeypatch):
    """One moment for all answers."""
    monkeypatch.setattr(locating, "timezone", SimpleNamespace(now=lambda: NOW))


def sent(response):
    return response.status_code, response.headers, response.content


PLAIN = [
    *(f"lon={x:.8f}&lat={y:.8f}" for x, y in (at(0.5, 0.5), at(1, 1), at(2.5, 1.5), at(2.5, 0.5), at(9, 9))),
    "lat=30.005&lon=118.025",
    "lon=118.025&lat=30.005&scheme=small",
    "lon=118&lat=30",
    "lon=-0.0&lat=0",
    "lon=180&lat=90",
    "lon=118.0250000000000004&lat=30.005",
]
ODD = [
    "",
    "lon=118",
    "lon=118&lat=95",
    "lon=30&lat=118",
    "lon=118&lat=30&scheme=none",
    "lon=118&lat=30&lon=119",
    "lon=118&lat=30&",
    "lon=118&lat=30&colour=red",
    "lon=1e2&lat=30",
    "lon=%2B118&lat=30",
    "lon=nan&lat=30",
    "lon=118&lat=30&crs=gcj02",
    "lon=118&lat=30&at=2001-01-01",
    "lon=118&lat=30&at=2036-01-01",
    "lon=١١٨&lat=30",
    "lon=118&lat=30&scheme=",
    "lon=118&lat=30=",
]


@pytest.mark.parametrize("query", [*PLAIN, *ODD])
def test_the_lean_door_answers_like_the_whole_one(town, client, frozen, monkeypatch, query) -> None:
    taken = []
    monkeypatch.setattr("boundaries.api.places.lean_answer", lambda request: None)
    whole = client.get(f"/api/v1/locate?{query}")
    monkeypatch.undo()
    monkeypatch.setattr(locating, "timezone", SimpleNamespace(now=lambda: NOW))
    from boundaries.api import lean_places

    lean = lean_places.lean_answer
    monkeypatch.setattr(
        "boundaries.api.places.lean_answer", lambda request: taken.append(lean(request)) or taken[0]
    )
    assert sent(client.get(f"/api/v1/locate?{query}")) == sent(whole)
    assert (taken[0] is not None) is (query in PLAIN)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Token wrong"},
        {"Accept": "text/html"},
        {"Accept": "application/json; indent=4"},
        {"Cookie": "sessionid=none"},
    ],
)
def test_who_says_who_they_are_or_wants_another_form_comes_by_the_whole_door(
    town, client, frozen, monkeypatch, headers
) -> None:
    asked = "/api/v1/locate?lon=118.025&lat=30.005"
    usual = sent(client.get(asked, headers=headers))
    monkeypatch.setattr("boundaries.api.places.lean_answer", lambda request: None)
    assert sent(client.get(asked, headers=headers)) == usual


def test_other_methods_come_by_the_whole_door(town, client) -> None:
    asked = "/api/v1/locate?lon=118.025&lat=30.005"
    assert client.head(asked).status_code == 200
    assert client.post(asked).status_code == 405
    assert client.options(asked).status_code in {200, 405}


def test_who_asks_too_often_is_told_by_both_doors(town, client, settings) -> None:
    rates = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"locate": "3/day"}}
    settings.REST_FRAMEWORK = rates
    answers = [client.get("/api/v1/locate?lon=118.025&lat=30.005") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].json()["code"] == "too-many-requests"
    assert int(answers[3].headers["Retry-After"]) > 0


def test_a_time_in_force_or_to_come_is_answered_out_of_files_and_the_past_by_the_database(
    town, get, monkeypatch
) -> None:
    asked = []
    past = locating.in_past
    monkeypatch.setattr(locating, "in_past", lambda *a, **k: asked.append("database") or past(*a, **k))
    get("locate", lon=118.025, lat=30.005)
    get("locate", lon=118.025, lat=30.005, at=(timezone.now() + dt.timedelta(days=9)).isoformat())
    assert asked == []
    get("locate", lon=118.025, lat=30.005, at=town.between)
    assert asked == ["database"]
