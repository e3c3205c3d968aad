"""A parameter that is not usable is refused in one sentence that names it."""

from __future__ import annotations

import pytest

from tests.api.test_problems import problem_of

pytestmark = pytest.mark.django_db

HERE = {"lon": "118.005", "lat": "30.005"}

BAD = [
    ("locate", {"lat": "30"}, "lon"),
    ("locate", {"lon": "118"}, "lat"),
    *(
        ("locate", {**HERE, "lat": value}, "lat")
        for value in (
            "",
            "nan",
            "NaN",
            "inf",
            "-Infinity",
            "1e308",
            "1e999",
            "12,5",
            "N30",
            "٣٠",
            "0x1e",
            "9" * 500,
        )
    ),
    ("locate", {**HERE, "at": "yesterday"}, "at"),
    ("locate", {**HERE, "at": "2026-13-01"}, "at"),
    ("locate", {**HERE, "at": "0000-01-01"}, "at"),
    ("locate", {**HERE, "at": "9999-12-31T23:59:59-23:59"}, "at"),
    ("locate", {**HERE, "scheme": "nope"}, "scheme"),
    ("locate", {**HERE, "scheme": "a\x00b"}, "scheme"),
    ("locate", {**HERE, "crs": "EPSG:999999"}, "crs"),
    ("locate", {**HERE, "crs": "+proj=longlat +nadgrids=/etc/passwd"}, "crs"),
    ("locate", {**HERE, "crs": "x" * 10_000}, "crs"),
    ("locate", {**HERE, "levle": "1"}, "levle"),
    ("schemes", {"page_size": "0"}, "page_size"),
    ("schemes", {"page_size": "1001"}, "page_size"),
    ("schemes", {"page_size": "ten"}, "page_size"),
    ("schemes/small/cells", {"level": "nope"}, "level"),
    ("schemes/small/cells", {"bbox": "1,2,3"}, "bbox"),
    ("schemes/small/cells", {"bbox": "3,2,1,4"}, "bbox"),
    ("schemes/small/cells", {"bbox": "1,4,2,3"}, "bbox"),
    ("schemes/small/cells", {"bbox": "1,2,3,91"}, "bbox"),
    ("schemes/small/cells", {"bbox": "a,b,c,d"}, "bbox"),
    ("schemes/small/cells", {"bbox": "1,2,3,nan"}, "bbox"),
    ("schemes/small/cells", {"q": "a\x00"}, "q"),
    ("schemes/small/cells", {"q": "x" * 10_000}, "q"),
    ("schemes/small/cells", {"geometry": "maybe"}, "geometry"),
    ("schemes/small/cells", {"edition": "99"}, "edition"),
    ("schemes/small/cells", {"edition": "0"}, "edition"),
    ("schemes/small/cells", {"edition": "9" * 30}, "edition"),
    ("schemes/small/cells", {"draft": "nope"}, "draft"),
    ("schemes/small/cells", {"draft": "filled", "at": "2026-01-01"}, "draft"),
    ("schemes/small/cells/9", {"edition": "1", "at": "2026-01-01"}, "edition"),
    ("schemes/small/audit", {"edition": "1", "draft": "filled"}, "draft"),
    ("schemes/small/audit", {"edition": "9"}, "edition"),
    ("schemes/small/findings", {"severity": "bad"}, "severity"),
    ("schemes/small/findings", {"state": "fixed"}, "state"),
    ("schemes/small/findings", {"level": "nope"}, "level"),
    ("layers/clinic/features", {"cell": "9"}, "cell"),
    ("layers/clinic/features", {"cell": "nope", "scheme": "small"}, "cell"),
    ("layers/clinic/features", {"scheme": "nope"}, "scheme"),
    ("search", {}, "q"),
    ("search", {"q": ""}, "q"),
    ("search", {"q": "   "}, "q"),
    ("search", {"q": "a\x00"}, "q"),
    ("search", {"q": "x" * 10_000}, "q"),
    ("search", {"q": "x", "draft": "filled"}, "draft"),
    ("search", {"q": "x", "scheme": "small", "draft": "filled", "at": "2026-01-01"}, "draft"),
    ("search", {"q": "x", "limit": "101"}, "limit"),
]


def test_each_is_refused_by_name(town, ask):
    for path, parameters, name in BAD:
        document = problem_of(ask(path, **parameters), 400, "bad-parameter")
        assert document["context"]["parameter"] == name, (path, parameters, document)
        assert name in document["detail"], (path, parameters, document)
        assert "\n" not in document["detail"]
        assert len(document["detail"]) < 400, document


@pytest.mark.parametrize(("lon", "lat"), [("118", "91"), ("181", "30"), ("29.7", "118.3"), ("1e9", "5")])
def test_a_place_that_is_not_on_the_earth_is_refused_with_its_coordinates(town, ask, lon, lat):
    document = problem_of(ask("locate", lon=lon, lat=lat), 400, "bad-coordinates")
    assert "is no place on the earth" in document["detail"]


@pytest.mark.parametrize(
    "q", ["' OR 1=1 --", "<script>alert(1)</script>", "%", "_", "\\", "'; DROP TABLE x", "💥"]
)
def test_sql_and_html_are_only_words(town, get, q):
    assert get("search", q=q) == {"query": q, "results": []}
    assert get("schemes/small/cells", q=q)["count"] == 0
    assert get("layers/clinic/features", q=q)["count"] == 0


@pytest.mark.parametrize(
    "path", ["schemes/a%00b", "schemes/small/cells/%00", "layers/%0a/features", "drafts/" + "9" * 40]
)
def test_an_address_that_no_code_can_have_is_not_found(town, ask, path):
    problem_of(ask(path), 404, "not-found")


def test_what_the_path_names_is_404_and_what_a_parameter_names_is_400(town, ask):
    problem_of(ask("schemes/nope/cells"), 404, "not-found")
    problem_of(ask("locate", lon=118, lat=30, scheme="nope"), 400, "bad-parameter")


def test_a_time_with_a_plus_sign_that_the_address_made_a_space_is_understood(town, client):
    moment = town.between.replace("+", " ")
    assert " " in moment
    document = client.get(f"/api/v1/locate?lon=118.005&lat=30.005&at={moment}").json()
    assert document["schemes"][0]["edition"] == 1
