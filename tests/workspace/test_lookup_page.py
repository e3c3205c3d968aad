"""The page of the look-up, as the server writes it."""

from __future__ import annotations

import json
import re

from workspace.selectors import land_box


def data_of(answer):
    written = re.search(
        r'<script id="page-data" type="application/json">(.*?)</script>', answer.content.decode()
    )
    return json.loads(written[1])


def test_the_page_knows_what_people_call_schemes_and_levels(peopled, client) -> None:
    data = data_of(client.get("/lookup/"))
    assert data["schemes"]["small"]["name"] == {"zh": "样例体系", "en": "Example scheme"}
    assert data["schemes"]["small"]["levels"]["lot"] == {"zh": "社区", "en": "Community"}
    assert data["bbox"] == [118.0, 30.0, 118.03, 30.02]


def test_an_empty_database_has_a_page(client, db) -> None:
    assert land_box() is None
    answer = client.get("/lookup/")
    assert answer.status_code == 200
    assert data_of(answer) == {"schemes": {}, "bbox": None}


def test_the_page_is_there_in_both_languages(client, db) -> None:
    for language, words in (("zh-CN", "使用我的位置"), ("en", "Use my position")):
        assert words in client.get("/lookup/", headers={"accept-language": language}).content.decode()


def test_every_field_has_its_label(client, db) -> None:
    page = client.get("/lookup/").content.decode()
    for field in ("lookup-place", "lookup-system", "lookup-day"):
        assert f'for="{field}"' in page
        assert f'id="{field}"' in page


def test_positions_may_be_used_by_the_page_itself_only(client, db) -> None:
    assert "geolocation=(self)" in client.get("/lookup/")["Permissions-Policy"]
