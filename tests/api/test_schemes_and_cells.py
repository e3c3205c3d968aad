"""Schemes, their cells, and what is told of each: now, then, and in a draft."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Role
from tests.api.test_problems import problem_of
from tests.api.town import cells_put, new_scheme, publish
from tests.layers.lands import box, city

pytestmark = pytest.mark.django_db


def codes(document):
    assert document["count"] >= len(document["results"])
    return [row["code"] for row in document["results"]]


def test_the_front_door_lists_every_address(get):
    document = get("")
    assert document["schema"] == "http://testserver/api/schema/"
    assert document["endpoints"]["cell"] == "http://testserver/api/v1/schemes/{scheme}/cells/{code}"
    assert len(document["endpoints"]) == 35


class TestSchemes:
    def test_a_scheme_is_told_with_its_levels_and_its_edition(self, town, get):
        (scheme,) = get("schemes")["results"]
        assert scheme["code"] == "small"
        assert scheme["name"] == {"zh": "小城网格", "en": "Small town"}
        assert scheme["description"] == {"zh": "样例", "en": "A sample"}
        assert scheme["edition"]["number"] == 2
        assert dt.datetime.fromisoformat(scheme["edition"]["effective"]) == town.second.effective
        assert [(level["code"], level["cells"], level["parent"]) for level in scheme["levels"]] == [
            ("city", 1, None),
            ("lot", 4, "city"),
        ]
        assert [level["zoom"] for level in scheme["levels"]] == [[0, 9], [9, 24]]
        assert scheme["bbox"] == [118.0, 30.0, 118.03, 30.02]
        assert scheme["hotlines"] == ["12369"]

    def test_the_verdict_is_null_until_an_audit_holds_and_again_when_it_no_longer_does(self, town, get):
        assert get("schemes")["results"][0]["verdict"] is None
        get("schemes/small/audit")
        assert get("schemes")["results"][0]["verdict"] == "blind_spots"
        town.scheme.tolerance_area_m2 = 5
        town.scheme.save()
        assert get("schemes")["results"][0]["verdict"] is None

    def test_one_scheme_adds_editions_layers_kinds_and_the_drafts_that_may_be_read(self, town, get):
        document = get("schemes/small")
        assert [edition["number"] for edition in document["editions"]] == [2, 1]
        assert [draft["name"] for draft in document["drafts"]] == ["filled"]
        assert document["kinds"] == {"lot": ["park"]}
        counts = {layer["code"]: layer["count"] for layer in document["layers"]}
        assert (counts["clinic"], counts["patient"], counts["enterprise"]) == (3, 1, 0)
        names = [draft["name"] for draft in get("schemes/small", by=Role.ANALYST)["drafts"]]
        assert names == ["filled", "overlapping"]

    def test_a_scheme_of_which_nothing_is_published_is_empty_not_wrong(self, get, ask):
        new_scheme("fresh")
        document = get("schemes/fresh")
        assert (document["edition"], document["bbox"], document["verdict"]) == (None, None, None)
        assert get("schemes/fresh/cells") == {"count": 0, "next": None, "previous": None, "results": []}
        assert get("schemes/fresh/findings")["count"] == 0
        problem_of(ask("schemes/fresh/audit"), 404, "nothing-in-force")
        problem_of(ask("locate", lon=118, lat=30), 404, "nothing-in-force")
        problem_of(ask("locate", lon=118, lat=30, scheme="fresh"), 404, "nothing-in-force")
        assert get("search", q="x")["results"] == []


class TestCells:
    def test_the_top_comes_first_then_byte_order(self, town, get):
        document = get("schemes/small/cells")
        assert codes(document) == ["C", "10", "100", "2", "9"]
        row = document["results"][0]
        assert (row["level"], row["parent"], row["children"], row["kind"]) == ("city", None, 4, "")
        assert row["area_m2"] == pytest.approx(6416810, abs=1)
        assert "geometry" not in row
        assert [row["parent"] for row in document["results"][1:]] == ["C"] * 4

    def test_the_centre_of_a_cell_lies_in_it(self, town, get):
        for row in get("schemes/small/cells", level="lot")["results"]:
            lon, lat = row["centre"]
            located = get("locate", lon=lon, lat=lat)["schemes"][0]
            assert (located["method"], located["cells"][-1]["code"]) == ("within", row["code"])

    def test_geometry_comes_when_it_is_asked_for(self, town, get):
        row = get("schemes/small/cells", level="lot", geometry="true")["results"][0]
        assert row["geometry"]["type"] == "MultiPolygon"
        assert row["geometry"]["coordinates"][0][0][0] == [118.0, 30.0]

    def test_cells_are_chosen_by_level_parent_text_and_box(self, town, get):
        assert codes(get("schemes/small/cells", level="city")) == ["C"]
        assert codes(get("schemes/small/cells", parent="C")) == ["10", "100", "2", "9"]
        assert codes(get("schemes/small/cells", parent="nope")) == []
        assert codes(get("schemes/small/cells", q="10")) == ["10", "100"]
        assert codes(get("schemes/small/cells", q="光")) == ["9"]
        assert codes(get("schemes/small/cells", q="c")) == ["C"]
        assert codes(get("schemes/small/cells", level="lot", bbox="118.011,30.001,118.012,30.002")) == ["9"]
        # A box in the lake meets no lot, though it lies in the city.
        assert codes(get("schemes/small/cells", bbox="118.024,30.014,118.025,30.015")) == ["C"]

    def test_the_past_is_asked_for_by_time_or_by_edition(self, town, get):
        then = ["C", "10", "100", "2", "9", "B"]
        assert codes(get("schemes/small/cells", edition=1)) == then
        assert codes(get("schemes/small/cells", at=town.between)) == then
        assert codes(get("schemes/small/cells", edition=2)) == ["C", "10", "100", "2", "9"]
        assert codes(get("schemes/small/cells", at="2001-01-01")) == []

    def test_a_draft_is_asked_for_by_name_or_by_its_own_address(self, town, get):
        there = ["C", "10", "100", "2", "9", "L"]
        assert codes(get("schemes/small/cells", draft="filled")) == there
        assert codes(get(f"drafts/{town.public.pk}/cells")) == there
        assert codes(
            get(f"drafts/{town.public.pk}/cells", level="lot", bbox="118.024,30.014,118.025,30.015")
        ) == ["L"]

    def test_an_unchanged_list_is_not_sent_twice(self, town, ask):
        first = ask("schemes/small/cells")
        again = ask("schemes/small/cells", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        other = ask("schemes/small/cells", level="lot", headers={"If-None-Match": first["ETag"]})
        assert other.status_code == 200
        lots = {
            code: box(x, y, x + 1, y + 1)
            for code, (x, y) in {"10": (0, 0), "9": (1, 0), "100": (2, 0)}.items()
        }
        new = cells_put(town.scheme, "third", "lot", {**lots, "2": box(0, 1, 3, 2)})
        publish(new)
        assert ask("schemes/small/cells", headers={"If-None-Match": first["ETag"]}).status_code == 200

    def test_a_changed_draft_is_sent_again(self, town, ask):
        path = f"drafts/{town.public.pk}/cells"
        first = ask(path)
        assert ask(path, headers={"If-None-Match": first["ETag"]}).status_code == 304
        cells_put(town.scheme, "filled", "city", {"C": city()})
        cells_put(town.scheme, "filled", "lot", {"L": box(2, 1, 3, 1.5)})
        assert ask(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


class TestCell:
    def test_all_of_a_cell(self, town, get):
        document = get("schemes/small/cells/100")
        assert list(document) == [
            *("scheme", "edition", "draft", "code", "name", "level", "kind", "area_m2", "chain", "children"),
            *("attributes", "valid", "heirs", "centre", "bbox", "geometry", "counts", "responsible"),
            *("vacancies", "hotlines", "findings"),
        ]
        assert document["chain"] == [
            {"level": "city", "code": "C", "name": "小城"},
            {"level": "lot", "code": "100", "name": "老街"},
        ]
        assert document["responsible"] == [
            {
                "level": "lot",
                "post": "warden",
                "post_name": {"zh": "网格员", "en": "Warden"},
                "person": "王一",
                "phone": "0559-1",
                "acting_for": None,
            }
        ]
        assert (document["vacancies"], document["heirs"], document["hotlines"]) == ([], [], ["12369"])
        assert document["valid"]["to"] is None
        assert dt.datetime.fromisoformat(document["valid"]["from"]) == town.first.effective

    def test_a_cell_above_counts_what_lies_below_it(self, town, get):
        document = get("schemes/small/cells/C")
        assert document["counts"] == {"clinic": 2, "patient": 1}
        assert [child["code"] for child in document["children"]] == ["10", "100", "2", "9"]
        assert get("schemes/small/cells/10")["counts"] == {"clinic": 2, "patient": 1}
        assert get("schemes/small/cells/9")["counts"] == {}

    def test_a_post_that_nobody_holds_is_told(self, town, get):
        document = get("schemes/small/cells/9")
        assert document["vacancies"] == [{"post": "warden", "post_name": {"zh": "网格员", "en": "Warden"}}]
        assert document["responsible"] == []
        get("schemes/small/audit")
        assert get("schemes/small/cells/9")["findings"] == 2  # the vacancy, and the house that straddles

    def test_a_retired_code_answers_with_its_last_state_its_end_and_its_heirs(self, town, get):
        document = get("schemes/small/cells/B")
        assert (document["code"], document["name"], document["edition"]) == ("B", "奕棋", 2)
        assert dt.datetime.fromisoformat(document["valid"]["to"]) == town.second.effective
        assert document["heirs"] == [{"code": "2", "name": "新潭", "share": 1.0}]
        assert [link["code"] for link in document["chain"]] == ["C", "B"]
        assert document["bbox"] == [118.01, 30.01, 118.02, 30.02]
        assert (document["vacancies"], document["findings"]) == ([], None)

    def test_a_cell_is_told_as_it_was(self, town, get, ask):
        assert get("schemes/small/cells/B", edition=1)["heirs"] == []
        before, after = get("schemes/small/cells/2", at=town.between), get("schemes/small/cells/2")
        assert before["area_m2"] * 2 == pytest.approx(after["area_m2"])
        assert (before["edition"], after["edition"]) == (1, 2)
        assert before["findings"] is None
        problem_of(ask("schemes/small/cells/2", at="2001-01-01"), 404, "not-found")

    def test_a_cell_of_a_draft_is_told_with_its_vacancy(self, town, get, ask):
        document = get("schemes/small/cells/L", draft="filled")
        assert (document["draft"], document["edition"], document["counts"]) == ("filled", 2, {})
        assert [vacancy["post"] for vacancy in document["vacancies"]] == ["warden"]
        assert document["valid"] == {"from": None, "to": None}
        problem_of(ask("schemes/small/cells/L"), 404, "not-found")

    def test_a_code_that_nobody_has_is_not_found(self, town, ask):
        document = problem_of(ask("schemes/small/cells/nope"), 404, "not-found")
        assert document["context"] == {"cell": "nope"}


class TestPages:
    def test_the_pages_together_are_the_list(self, town, get):
        seen, page = [], get("schemes/small/cells", page_size=2)
        assert page["previous"] is None
        while True:
            seen += codes(page)
            if page["next"] is None:
                break
            page = get(page["next"].removeprefix("http://testserver/api/v1/"))
        assert seen == ["C", "10", "100", "2", "9"]
        assert page["count"] == 5
        assert page["previous"] == "http://testserver/api/v1/schemes/small/cells?page=2&page_size=2"

    @pytest.mark.parametrize("page", ["0", "-1", "x", "4", "9999999999", "٣", "1.5"])
    def test_a_page_that_is_not_there(self, town, ask, page):
        for path in ("schemes/small/cells", "schemes/small/findings", "layers/clinic/features"):
            problem_of(ask(path, page=page, page_size=2), 404, "no-such-page")

    def test_the_first_page_of_nothing_is_there(self, town, get):
        assert get("schemes/small/cells", q="nope", page=1)["results"] == []
