"""Where a place is, over HTTP: on corners, in a gap, outside, at another time."""

from __future__ import annotations

import time

import numpy as np
import pytest

from accounts.models import Role
from boundaries.models import CellVersion, Level
from geogrid.core.offsets import gcj02_from_wgs84
from tests.api.test_problems import problem_of
from tests.api.town import cells_put, publish
from tests.layers.lands import at, box, five_lots, new_scheme

pytestmark = pytest.mark.django_db

ANSWER = [
    *("scheme", "edition", "on_edge", "method", "override", "reason", "cells", "responsible", "touching"),
    *("neighbours", "overlapping", "nearest", "border_m", "hotlines"),
]


def place(x, y):
    lon, lat = at(x, y)
    return {"lon": lon, "lat": lat}


@pytest.fixture
def locate(get):
    """The answer of the one scheme about a place."""

    def locate(x, y, **options):
        document = get("locate", **place(x, y), **options)
        (answer,) = document["schemes"]
        return answer

    return locate


def test_a_place_in_a_cell(town, get):
    document = get("locate", **place(2.5, 0.5))
    assert list(document) == ["lon", "lat", "at", "outside", "schemes"]
    assert (document["lon"], document["lat"], document["outside"]) == (118.025, 30.005, False)
    (answer,) = document["schemes"]
    assert sorted(answer) == sorted(ANSWER)
    assert [(cell["level"], cell["code"], cell["name"], cell["kind"]) for cell in answer["cells"]] == [
        ("city", "C", "小城", ""),
        ("lot", "100", "老街", ""),
    ]
    assert (answer["edition"], answer["method"], answer["on_edge"]) == (2, "within", False)
    assert answer["responsible"][0]["post_name"] == {"zh": "网格员", "en": "Warden"}
    assert answer["hotlines"] == ["12369"]
    assert answer["border_m"] == pytest.approx(482.4, abs=0.1)


def test_a_corner_belongs_to_the_lowest_code_and_names_its_neighbours(town, locate):
    answer = locate(1, 1)
    assert (answer["method"], answer["on_edge"], answer["border_m"]) == ("boundary_tiebreak", True, 0.0)
    assert answer["cells"][-1]["code"] == "10"
    assert answer["touching"] == ["2", "9"]
    assert [(one["level"], one["code"], one["name"]) for one in answer["neighbours"]] == [
        ("lot", "2", "新潭"),
        ("lot", "9", "屯光"),
    ]


def test_a_place_in_a_gap_has_no_leaf_but_the_cells_above_and_the_nearest(town, locate, get):
    answer = locate(2.5, 1.5)
    assert (answer["method"], answer["on_edge"]) == ("gap", False)
    assert [cell["code"] for cell in answer["cells"]] == ["C"]
    assert answer["nearest"] == {"code": "2", "name": "新潭", "distance_m": pytest.approx(482.36, abs=0.1)}
    assert "is in a gap" in answer["reason"]
    assert get("locate", **place(2.5, 1.5))["outside"] is False


def test_a_place_on_the_border_of_a_city_with_a_gap_there_is_not_the_citys(get, db):
    """The city's lots are far from the place, but say that it is no leaf."""
    land = new_scheme("twin")
    land.publish({"9": five_lots()["9"], "D": box(3, 0, 4, 1)})
    land.accept(box(3, 0, 4, 1))
    CellVersion.objects.filter(code="D").update(level=Level.objects.get(code="city"), parent=None)
    (answer,) = get("locate", **place(3, 0.5))["schemes"]
    assert answer["cells"][-1]["code"] == "D"
    assert answer["touching"] == []


def test_a_place_outside(town, get):
    document = get("locate", lon=118.5, lat=30.005)
    assert document["outside"] is True
    assert document["schemes"][0]["nearest"]["code"] == "100"
    assert document["schemes"][0]["cells"] == []


def test_the_past_answers_as_it_was(town, locate):
    assert locate(1.5, 1.5)["cells"][-1]["code"] == "2"
    then = locate(1.5, 1.5, at=town.between)
    assert (then["edition"], then["cells"][-1]["code"]) == (1, "B")


def test_before_the_first_edition_nothing_is_in_force(town, ask):
    problem_of(ask("locate", **place(1, 1), at="2001-01-01"), 404, "nothing-in-force")


def test_shifted_coordinates_are_brought_back(town, get):
    true = np.array([at(2.5, 0.5)])
    shifted = gcj02_from_wgs84(true)[0]
    document = get("locate", lon=repr(float(shifted[0])), lat=repr(float(shifted[1])), crs="GCJ02")
    assert document["lon"] == pytest.approx(true[0, 0], abs=2e-8)
    assert document["schemes"][0]["cells"][-1]["code"] == "100"


def test_private_phones_are_for_who_may_see_them(town, locate):
    phones = {by: locate(2.5, 0.5, by=by)["responsible"][0]["phone"] for by in (None, *Role)}
    private = {by for by, phone in phones.items() if phone == "13900000000"}
    assert private == {Role.PLANNER, Role.INSPECTOR, Role.LEADER, Role.ADMINISTRATOR}
    assert phones[None] == phones[Role.ANALYST] == "0559-1"


def test_two_schemes_answer_each_for_itself_in_order_of_their_codes(town, get):
    other = new_scheme("another")
    other.publish(five_lots())
    answers = get("locate", **place(0.5, 0.5))["schemes"]
    assert [answer["scheme"] for answer in answers] == ["another", "small"]
    assert [a["scheme"] for a in get("locate", **place(0.5, 0.5), scheme="small")["schemes"]] == ["small"]


def test_a_cell_of_a_level_that_does_not_divide_land_is_told_beside_the_chain(town, locate):
    Level.objects.create(
        scheme=town.scheme,
        code="site",
        ordinal=2,
        name_zh="园区",
        name_en="Site",
        rule="site",
        parent=town.scheme.levels.get(code="lot"),
    )
    draft = cells_put(town.scheme, "sites", "site", {"S": box(0.2, 0.2, 0.8, 0.8)})
    publish(draft, accept_gaps="a lake")
    answer = locate(0.5, 0.5)
    assert [cell["code"] for cell in answer["cells"]] == ["C", "10"]
    assert [(cell["level"], cell["code"]) for cell in answer["overlapping"]] == [("site", "S")]
    assert locate(0.1, 0.1)["overlapping"] == []


def test_a_warm_look_up_is_fast(town, get):
    get("locate", **place(2.5, 0.5))
    took = []
    for _ in range(10):
        start = time.perf_counter()
        get("locate", **place(2.5, 0.5))
        took.append(time.perf_counter() - start)
    assert sorted(took)[5] < 0.25  # 10 ms on an idle machine; the limit is for a busy one
