"""Search across cells and features: the best first, as of a time, in a draft."""

from __future__ import annotations

import pytest

from accounts.models import Role
from boundaries.models import CellVersion
from layers.api.search import BETWEEN
from tests.api.test_problems import problem_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(get):
    def found(q, **options):
        return [(hit["kind"], hit["code"]) for hit in get("search", q=q, **options)["results"]]

    return found


def test_a_hit_says_what_it_is_where_it_is_and_what_lies_above(town, get):
    cell, *_ = get("search", q="黎阳")["results"]
    assert cell == {
        "kind": "cell",
        "scheme": "small",
        "level": "lot",
        "layer": None,
        "code": "10",
        "name": "黎阳",
        "path": "小城",
        "centre": [118.005, 30.005],
        "bbox": [118.0, 30.0, 118.01, 30.01],
    }
    (clinic,) = get("search", q="仁爱")["results"]
    assert (clinic["kind"], clinic["layer"], clinic["code"], clinic["path"]) == (
        "feature",
        "clinic",
        "K1",
        f"小城{BETWEEN}黎阳",
    )
    assert clinic["centre"] == [118.005, 30.005]


def test_the_exact_code_comes_before_the_beginning_before_the_middle(town, found):
    CellVersion.objects.filter(code="9", valid__upper_inf=True).update(name="在10旁")
    assert found("10") == [("cell", "10"), ("cell", "100"), ("cell", "9")]
    assert found("100") == [("cell", "100")]


def test_case_does_not_matter(town, found):
    assert found("k1") == [("feature", "K1")]
    assert found("c")[0] == ("cell", "C")


def test_cells_come_before_features_of_the_same_rank(town, found):
    CellVersion.objects.filter(code="9", valid__upper_inf=True).update(name="诊所旁")
    assert found("诊所") == [("cell", "9"), ("feature", "K/2"), ("feature", "K1")]


def test_the_past_and_drafts_are_searched_when_asked_for(town, found):
    assert found("奕棋") == []
    assert found("奕棋", at=town.between) == [("cell", "B")]
    assert found("L") == []
    assert found("L", scheme="small", draft="filled") == [("cell", "L")]


def test_a_draft_of_the_team_is_no_strangers(town, found, ask):
    asked = {"q": "9", "scheme": "small", "draft": "overlapping"}
    problem_of(ask("search", **asked), 400, "bad-parameter")
    assert found(**asked, by=Role.ANALYST) == [("cell", "9")]


def test_not_more_than_the_limit(town, found):
    assert len(found("1", limit=1)) == 1
