"""Answers out of the files are those out of the database, byte for byte."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial

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
    places = locating.edition_places(edition)
    who = partial(standing(moment).who_answers, places, private=private)
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
