"""Layers and their features: where they are, in which cell, and what of them is private."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.models import Role
from layers.services.features import FeatureRow, features_upsert
from tests.api.test_problems import problem_of
from tests.layers.lands import point

pytestmark = pytest.mark.django_db


def keys(document):
    return [row["key"] for row in document["results"]]


def test_layers_are_listed_with_the_fields_that_may_be_seen(town, get):
    layers = {row["code"]: row for row in get("layers")["results"]}
    assert list(layers) == ["building", "clinic", "enterprise", "patient", "pollution_source"]
    clinic = layers["clinic"]
    assert (clinic["name"], clinic["geometry_type"], clinic["count"]) == (
        {"zh": "诊所", "en": "Clinic"},
        "any",
        3,
    )
    assert [field["code"] for field in clinic["fields"]] == ["name"]
    seen = {row["code"]: row for row in get("layers", by=Role.PLANNER)["results"]}
    assert [field["code"] for field in seen["clinic"]["fields"]] == ["name", "phone"]


def test_features_come_in_byte_order_of_their_keys_with_their_cell(town, get):
    document = get("layers/clinic/features", scheme="small")
    assert [(row["key"], row["cell"], row["method"]) for row in document["results"]] == [
        ("K/2", None, "gap"),
        ("K1", "10", "within"),
        ("K3", "10", "boundary_tiebreak"),
    ]
    row = document["results"][1]
    assert (row["name"], row["attributes"]) == ("仁爱诊所", {"name": "仁爱诊所", "beds": 3})
    assert row["geometry"] == {"type": "Point", "coordinates": [118.005, 30.005]}
    assert [row["cell"] for row in get("layers/clinic/features")["results"]] == [None] * 3


def test_features_are_chosen_by_box_cell_and_text(town, get):
    assert keys(get("layers/clinic/features", bbox="118.004,30.004,118.006,30.006")) == ["K1"]
    assert keys(get("layers/clinic/features", scheme="small", cell="10")) == ["K1", "K3"]
    assert keys(get("layers/clinic/features", scheme="small", cell="C")) == ["K1", "K3"]
    assert keys(get("layers/clinic/features", scheme="small", cell="9")) == []
    assert keys(get("layers/clinic/features", q="诊所")) == ["K/2", "K1"]
    assert keys(get("layers/clinic/features", q="k3")) == ["K3"]


def test_a_feature_is_told_as_it_was(town, get, ask):
    before = timezone.now()
    features_upsert(layer=town.clinics, rows=[FeatureRow("K1", point(1.5, 0.5), {"name": "新址"})])
    now, then = get("layers/clinic/features/K1"), get("layers/clinic/features/K1", at=before.isoformat())
    assert [one["assignments"][0]["cell"] for one in (now, then)] == ["9", "10"]
    assert [one["name"] for one in (now, then)] == ["新址", "仁爱诊所"]
    names = [row["name"] for row in get("layers/clinic/features", at=before.isoformat())["results"]]
    assert names == ["湖心诊所", "仁爱诊所", "大楼"]
    problem_of(ask("layers/clinic/features/K1", at="2001-01-01"), 404, "not-found")


def test_one_feature_has_its_cell_in_each_scheme_with_the_shares(town, get, ask):
    document = get("layers/clinic/features/K3", scheme="small")
    assert list(document) == ["layer", "key", "name", "attributes", "geometry", "assignments"]
    (assignment,) = document["assignments"]
    assert (assignment["cell"], assignment["cell_name"], assignment["level"]) == ("10", "黎阳", "lot")
    assert assignment["shares"] == {"10": pytest.approx(0.5), "9": pytest.approx(0.5)}
    lost = get("layers/clinic/features/K/2")["assignments"][0]
    assert (lost["cell"], lost["method"]) == (None, "gap")
    assert lost["nearest_m"] == pytest.approx(482.36, abs=0.1)
    problem_of(ask("layers/clinic/features/nope"), 404, "not-found")
    problem_of(ask("layers/nope/features"), 404, "not-found")


def test_what_any_document_keeps_private_is_shown_to_none_but_who_may_see_it(town, get):
    """The layer keeps the telephone private, the scheme's document the contact."""
    for path in ("layers/clinic/features", "layers/clinic/features/K1"):
        for by in (None, *Role):
            document = json.dumps(get(path, by=by), ensure_ascii=False)
            assert ("李四" in document) == (by is not None), (path, by)
            assert ("13811112222" in document) == (by is not None), (path, by)


def test_who_may_not_see_an_attribute_cannot_find_by_it(town, get):
    assert keys(get("layers/clinic/features", q="13811112222")) == []
    assert keys(get("layers/clinic/features", q="李四")) == []
    assert keys(get("layers/clinic/features", q="李四", by=Role.ANALYST)) == ["K/2", "K1", "K3"]


def test_a_private_key_is_neither_shown_nor_an_address_nor_found(town, get, ask):
    (row,) = get("layers/patient/features")["results"]
    assert (row["key"], row["attributes"]) == (None, {})
    problem_of(ask("layers/patient/features/42010119"), 404, "not-found")
    assert keys(get("layers/patient/features", q="4201")) == []
    assert get("search", q="42010119")["results"] == []
    assert keys(get("layers/patient/features", by=Role.ANALYST)) == ["42010119"]
    assert get("layers/patient/features/42010119", by=Role.ANALYST)["key"] == "42010119"
    assert [hit["code"] for hit in get("search", q="42010119", by=Role.ANALYST)["results"]] == ["42010119"]
