"""The cases of the one rule over HTTP: one place, past places, tables of places, stored features."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from boundaries.models import CellVersion
from layers.models import Assignment, Layer, Override
from layers.selectors import assignment_numbers
from layers.services.assignments import assignments_check, features_assign
from layers.services.features import FeatureRow, features_upsert
from tests.vectors.rule import rule_lands, shape_of, tolerances
from tests.vectors.stored_rule import stored_land

pytestmark = pytest.mark.django_db

DRAWN = [case for case in rule_lands() if case.features]
every_drawn_land = pytest.mark.parametrize("case", DRAWN, ids=lambda case: case.name)
every_land = pytest.mark.parametrize("case", rule_lands(), ids=lambda case: case.name)
METHOD = {"gap": "gap", "outside": "outside"}


def expected(point):
    method = "boundary_tiebreak" if len(point["touching"]) > 1 else "within"
    metres = tolerances()["distance_m"]
    return {
        "lon": point["steps"][0] / 1e8,
        "lat": point["steps"][1] / 1e8,
        "cells": point["cells"],
        "on_edge": point["on_edge"],
        "touching": point["touching"][1:],
        "overlapping": point["beside"],
        "method": METHOD.get(point["reason"], method),
        "nearest": point["nearest"],
        "distance_m": None if point["leaf"] else pytest.approx(point["distance_m"], abs=metres),
    }


def told(document):
    (answer,) = document["schemes"]
    nearest = answer["nearest"] or {"code": None, "distance_m": None}
    return {
        "lon": document["lon"],
        "lat": document["lat"],
        "cells": [cell["code"] for cell in answer["cells"]],
        "on_edge": answer["on_edge"],
        "touching": answer["touching"],
        "overlapping": sorted(cell["code"] for cell in answer["overlapping"]),
        "method": answer["method"],
        "nearest": nearest["code"],
        "distance_m": nearest["distance_m"],
    }


@every_land
def test_places_are_answered_by_the_rule_at_either_door_in_tables_and_in_the_past(case, get):
    stored = stored_land(case)
    past = stored.first.effective.isoformat()
    # What strangers ask is answered by the lean door; with a time or as somebody, by the whole one.
    for door, options in {"lean": {}, "whole": {"by": Role.PLANNER}, "past": {"at": past}}.items():
        # The crooked lands have many points of a kind; all of them are in the table.
        for point in case.points[:: 1 if case.features else 7]:
            answer = told(get("locate", lon=repr(point["lon"]), lat=repr(point["lat"]), **options))
            assert answer == expected(point), (door, point)
    for query in ("", f"?at={past.replace('+', '%2B')}"):
        for point, row in zip(case.points, _table(case, query), strict=True):
            cells = [row[f"cell_{level}"] for level, _ in case.levels if row.get(f"cell_{level}")]
            assert (cells, row["on_edge"], row["outside"], row["locate_error"]) == (
                point["cells"],
                "true" if point["on_edge"] else "false",
                "true" if point["reason"] == "outside" else "false",
                "",
            ), (query, point)


def _table(case, query):
    table = "lon,lat\n" + "".join(f"{p['lon']!r},{p['lat']!r}\n" for p in case.points)
    response = Client().generic("POST", f"/api/v1/locate/batch{query}", table, content_type="text/csv")
    assert response.status_code == 200, response.content
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@every_drawn_land
def test_features_are_assigned_by_the_rule_as_they_arrive_and_all_together(case, get):
    stored = stored_land(case)
    layer = _layer(stored.scheme)
    features_upsert(layer=layer, rows=[_row(n, one) for n, one in enumerate(case.features)])
    _agree(case, layer, get)
    straddling = [str(n) for n, one in enumerate(case.features) if one["straddling"]]
    numbers = assignment_numbers(stored.scheme, timezone.now())
    assert (numbers.straddling, numbers.on_edge) == (
        len(straddling),
        sum(one["on_edge"] for one in case.features),
    )
    listed = get("schemes/rule/blind-spots", kind="straddling", by=Role.PLANNER)["results"]
    assert sorted(row["key"] for row in listed) == sorted(straddling)
    Assignment.objects.filter(feature__layer=layer).delete()
    assert features_assign(scheme=stored.scheme).straddling == len(straddling)
    _agree(case, layer, get)
    assert assignments_check(scheme=stored.scheme)[1] == []


@pytest.mark.parametrize(
    "case", [one for one in DRAWN if any("override" in f for f in one.features)], ids=lambda case: case.name
)
def test_what_a_person_decides_wins_survives_and_ends(case, get):
    stored = stored_land(case)
    layer = _layer(stored.scheme)
    features_upsert(layer=layer, rows=[_row(n, one) for n, one in enumerate(case.features)])
    now = timezone.now()
    for number, one in enumerate(case.features):
        if "override" in one:
            _decide(stored.scheme, layer, str(number), one["override"], now)
    for _ in range(2):
        features_assign(scheme=stored.scheme)
    for number, one in enumerate(case.features):
        decided = one.get("override")
        assignment = _assignment(get, layer, number)
        if decided is None:
            assert assignment["cell"] == one["leaf"]
            continue
        assert (assignment["cell"], assignment["method"]) == (decided["cell"], "manual")
        assert assignment["share"] == pytest.approx(decided["share"], abs=tolerances()["share"])
        later = now + dt.timedelta(days=30)
        after = _assignment(get, layer, number, at=later.isoformat())
        assert after["cell"] == (decided["cell"] if decided["days"] is None else one["leaf"])


def _layer(scheme):
    return Layer.objects.create(
        code="case", name_zh="case", name_en="case", geometry_type="any", key_fields=["no"], scheme=scheme
    )


def _row(number, feature):
    return FeatureRow(str(number), shape_of(feature["geometry"]), {"name": feature["name"]})


def _decide(scheme, layer, key, decided, now):
    until = None if decided["days"] is None else now + dt.timedelta(days=decided["days"])
    cell = CellVersion.objects.get(scheme=scheme, code=decided["cell"], valid__upper_inf=True).cell
    Override.objects.create(
        feature=layer.features.get(key=key),
        scheme=scheme,
        cell=cell,
        reason=decided["reason"],
        valid=(now - dt.timedelta(days=1), until),
    )


def _assignment(get, layer, number, **options):
    (assignment,) = get(f"layers/{layer.code}/features/{number}", **options)["assignments"]
    return assignment


def _agree(case, layer, get):
    share, metres = ({"abs": tolerances()[name]} for name in ("share", "distance_m"))
    for number, one in enumerate(case.features):
        found = _assignment(get, layer, number)
        assert (found["cell"], found["method"], found["on_edge"]) == (
            one["leaf"],
            one["method"],
            one["on_edge"],
        ), one
        assert found["share"] == pytest.approx(one["share"], **share), one
        assert found["shares"] == (one["shares"] and pytest.approx(one["shares"], **share)), one
        distance = one["distance_m"]
        assert found["nearest_m"] == (None if distance is None else pytest.approx(distance, **metres)), one
