"""Reports over HTTP: counts of cells."""

from __future__ import annotations

import pytest
from django.utils import timezone

from layers.services.features import FeatureRow, features_upsert
from tests.api.test_problems import problem_of
from tests.layers.lands import point

pytestmark = pytest.mark.django_db


def counts(document):
    return {row["code"]: row["counts"] for row in document["results"]}


def test_cells_are_listed_with_what_lies_in_them(town, get):
    document = get("schemes/small/counts")
    assert [row["code"] for row in document["results"]] == ["C", "10", "100", "2", "9"]
    assert document["count"] == 5
    assert document["results"][0] == {
        "code": "C",
        "name": "小城",
        "level": "city",
        "parent": None,
        "counts": {"clinic": 2, "patient": 1},
        "total": 3,
    }
    assert counts(document)["9"] == {}
    assert counts(get("schemes/small/counts", level="lot", layer="patient")) == {
        "10": {"patient": 1},
        "100": {},
        "2": {},
        "9": {},
    }
    assert get("schemes/small/counts", level="lot", page_size=3)["next"].endswith("page=2&page_size=3")


def test_counts_are_current_and_the_past_is_as_it_was(town, get):
    before = timezone.now()
    features_upsert(layer=town.clinics, rows=[FeatureRow("K1", point(1.5, 0.5), {"name": "仁爱诊所"})])
    assert counts(get("schemes/small/counts", level="lot"))["9"] == {"clinic": 1}
    assert get("schemes/small/cells/9")["counts"] == {"clinic": 1}
    assert get("schemes/small/cells/C")["counts"] == {"clinic": 2, "patient": 1}
    past = counts(get("schemes/small/counts", level="lot", at=before.isoformat()))
    assert (past["9"], past["10"]) == ({}, {"clinic": 2, "patient": 1})
    assert get("schemes/small/cells/10", at=before.isoformat())["counts"] == {"clinic": 2, "patient": 1}


def test_what_a_parameter_names_and_is_not_there_is_said(town, ask):
    assert "street" in problem_of(ask("schemes/small/counts", level="street"), 400, "bad-parameter")["detail"]
    assert "shop" in problem_of(ask("schemes/small/counts", layer="shop"), 400, "bad-parameter")["detail"]
    assert ask("schemes/none/counts").status_code == 404
