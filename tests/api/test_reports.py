"""Reports over HTTP: counts of cells, blind spots, conflicts between schemes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Role, User
from boundaries.models import Cell, Scheme
from layers.models import Feature, Override
from layers.selectors.counts import counts_differences
from layers.services.assignments import features_assign
from layers.services.features import FeatureRow, features_upsert
from tests.api.test_problems import problem_of
from tests.api.town import DOCUMENT, cells_put, new_scheme, publish
from tests.layers.lands import box, five_lots, point

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


def test_blind_spots_are_listed_part_by_part(town, get):
    document = get("schemes/small/blind-spots")
    assert document["numbers"] == {
        "unassigned": 1,
        "straddling": 1,
        "on_edge": 1,
        "overridden": 0,
        "outside": 0,
    }
    assert [(row["key"], row["kinds"]) for row in document["results"]] == [
        ("K/2", ["unassigned"]),
        ("K3", ["straddling", "on_edge"]),
    ]
    lost = document["results"][0]
    assert (lost["layer"], lost["name"], lost["cell"], lost["nearest"]["code"]) == (
        "clinic",
        "湖心诊所",
        None,
        "2",
    )
    first = get("schemes/small/blind-spots", limit=1)
    assert [row["key"] for row in first["results"]] == ["K/2"]
    second = get(first["next"].split("/api/v1/")[1])
    assert ([row["key"] for row in second["results"]], second["next"]) == (["K3"], None)
    assert get("schemes/small/blind-spots", kind="outside")["results"] == []
    assert [row["key"] for row in get("schemes/small/blind-spots", cell="10")["results"]] == ["K3"]


def test_who_decided_and_private_keys_are_for_who_may_see_them(town, get):
    feature = Feature.objects.get(layer=town.layers["patient"])
    cell = Cell.objects.get(scheme=town.scheme, versions__code="9", versions__valid__upper_inf=True)
    Override.objects.create(
        feature=feature,
        scheme=town.scheme,
        cell=cell,
        reason="搬迁",
        valid=(timezone.now(), None),
        by=User.objects.create_user("wang"),
    )
    features_assign(scheme=town.scheme)
    (row,) = get("schemes/small/blind-spots", kind="overridden")["results"]
    assert (row["key"], row["cell"], row["override"]["reason"]) == (None, "9", "搬迁")
    assert (row["override"]["by"], row["override"]["heeded"]) == (None, True)
    (row,) = get("schemes/small/blind-spots", kind="overridden", by=Role.PLANNER)["results"]
    assert (row["key"], row["override"]["by"]) == ("42010119", "wang")


def test_a_kind_or_cell_that_is_not_there_is_said(town, ask):
    for name, value in (("kind", "odd"), ("cell", "X"), ("after", "K1"), ("limit", "9999")):
        problem = problem_of(ask("schemes/small/blind-spots", **{name: value}), 400, "bad-parameter")
        assert problem["context"]["parameter"] == name


def test_conflicts_are_counted_and_listed(town, get, ask):
    assert get("conflicts")["groups"] == []
    other = new_scheme("other")
    for scheme in (town.scheme, other):
        exclusive = [{"group": "care", "layers": ["clinic", "patient"]}]
        Scheme.objects.filter(pk=scheme.pk).update(document={**DOCUMENT, "exclusive": exclusive})
    (group,) = get("conflicts")["groups"]
    assert group == {
        "group": "care",
        "schemes": ["other", "small"],
        "layers": ["clinic", "patient"],
        "objects": 4,
        "one": 3,
        "none": 1,
        "several": 0,
        "pairs": [
            {"first": "other", "second": "small", "both": 0, "only_first": 0, "only_second": 3, "neither": 1}
        ],
    }
    document = get("conflicts/objects", group="care", limit=1)
    assert (document["next"], document["results"][0]["key"], document["results"][0]["kind"]) == (
        None,
        "K/2",
        "none",
    )
    assert get("conflicts/objects", group="care", layer="patient")["results"] == []
    problem_of(ask("conflicts/objects"), 400, "bad-parameter")
    problem = problem_of(ask("conflicts/objects", group="cure"), 400, "bad-parameter")
    assert problem["detail"] == "group: no scheme's document names a group 'cure'; there are: care"


def test_keys_in_conflict_lists_are_for_who_may_see_them(town, get):
    exclusive = [{"group": "care", "layers": ["patient"]}]
    other = new_scheme("other")
    Scheme.objects.filter(pk=other.pk).update(document={**DOCUMENT, "exclusive": exclusive})
    (row,) = get("conflicts/objects", group="care")["results"]
    assert (row["key"], row["kind"], row["cells"]) == (None, "none", [])
    (row,) = get("conflicts/objects", group="care", by=Role.PLANNER)["results"]
    assert row["key"] == "42010119"


def test_what_a_split_moves_is_counted_and_listed_anew(town, get):
    r"""The lot 10 is cut in two; K1 and the patient lie in the one, K3 in the other and in 9."""
    before = timezone.now()
    lots = {code: shape for code, shape in five_lots().items() if code in {"9", "100"}}
    lots |= {"2": box(0, 1, 2, 2), "11": box(0, 0, 0.7, 1), "12": box(0.7, 0, 1, 1)}
    publish(cells_put(town.scheme, "split", "lot", lots, replace=True), accept_gaps="a lake")
    now = counts(get("schemes/small/counts"))
    assert now["C"] == {"clinic": 2, "patient": 1}
    assert {code: counted for code, counted in now.items() if counted and code != "C"} == {
        "11": {"clinic": 1, "patient": 1},
        "12": {"clinic": 1},
    }
    assert counts(get("schemes/small/counts", at=before.isoformat()))["10"] == {"clinic": 2, "patient": 1}
    assert get("schemes/small/cells/10")["counts"] == {"clinic": 2, "patient": 1}  # as it was last
    assert counts_differences(town.scheme) == []
    (astride,) = get("schemes/small/blind-spots", kind="straddling")["results"]
    assert (astride["cell"], set(astride["shares"])) == ("12", {"12", "9"})
    (astride,) = get("schemes/small/blind-spots", kind="straddling", at=before.isoformat())["results"]
    assert (astride["cell"], set(astride["shares"])) == ("10", {"10", "9"})
