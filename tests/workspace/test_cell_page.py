"""The public page of a cell, as the server writes it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from boundaries.models import Draft, DraftCell
from layers.services.assignments import features_assign
from tests.layers.lands import five_lots, lot, new_layer, point, put
from tests.workspace.lands import MAYOR, PRIVATE, name_cells, peopled_land, rename


@pytest.fixture
def read(client):
    """Give the status and the plain text of a page, in Chinese unless asked otherwise."""

    def read(address, language="zh-CN"):
        answer = client.get(address, headers={"accept-language": language})
        text = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
        return answer.status_code, re.sub(r"\s+", " ", text)

    return read


def test_a_cell_says_what_it_is_and_who_answers(peopled, read) -> None:
    status, text = read("/c/small/10")
    assert status == 200
    for words in (
        "老街社区",
        "样例体系",
        "社区",
        "样例市",
        "网格员乙",
        "网格员",
        "转 801",
        "12369",
        "1.07 km²",
    ):
        assert words in text


def test_private_phones_are_on_no_page(peopled, client, admin_user) -> None:
    client.force_login(admin_user)
    for code in ("C", "10", "9"):
        assert PRIVATE not in client.get(f"/c/small/{code}").content.decode()


def test_everything_is_there_in_english(peopled, read) -> None:
    _, text = read("/c/small/10", "en-GB")
    for words in ("Example scheme", "Community", "Keeper", "Who answers", "2 times every month", "Hotline"):
        assert words in text
    assert not re.search(r"[，。；：！？（）]", text)


def test_the_chain_and_the_children_are_links(peopled, client) -> None:
    page = client.get("/c/small/C").content.decode()
    for code in five_lots():
        assert f'href="/c/small/{code}"' in page
    assert 'href="/c/small/C"' in client.get("/c/small/10").content.decode()


def test_duties_are_those_of_the_level(peopled, read) -> None:
    assert "每月2次" in read("/c/small/10")[1]
    assert "9、10月" in read("/c/small/10")[1]
    assert "年报" not in read("/c/small/10")[1]
    assert "年报" in read("/c/small/C")[1]
    assert "巡查" not in read("/c/small/C")[1]


def test_a_mandatory_post_without_holder_is_told(peopled, read) -> None:
    assert "空缺" in read("/c/small/2")[1]
    assert "空缺" not in read("/c/small/10")[1]


def test_a_deputy_says_for_whom(peopled, read) -> None:
    assert re.search(r"代理丙.*代 离任丁", read("/c/small/9")[1])


def test_the_phone_is_a_link_that_calls(peopled, client) -> None:
    assert f'href="tel:{MAYOR.replace("-", "")}"' in client.get("/c/small/C").content.decode()


def test_objects_are_counted_by_layer(peopled, read) -> None:
    things = new_layer("thing")
    for number in range(3):
        put(things, str(number), point(0.2 + number / 10, 0.5))
    features_assign(scheme=peopled.land.scheme)
    assert re.search(r"thing 3", read("/c/small/10")[1])
    assert "thing" not in read("/c/small/100")[1]


def test_the_border_is_drawn_with_its_children_and_neighbours(peopled, client) -> None:
    city = client.get("/c/small/C").content.decode()
    assert city.count("<path") == 1 + len(five_lots()) + 1
    lot_page = client.get("/c/small/9").content.decode()
    # Two lots beside it, two above and beyond the corners.
    assert len(re.findall(r"<path", lot_page)) == 1 + 4 + 1
    assert " style=" not in city


def test_the_page_loads_no_script_of_its_own(peopled, client) -> None:
    page = client.get("/c/small/10").content.decode()
    assert re.findall(r'<script type="module" src="([^"]+)"', page) == ["/static/geogrid/js/page.js"]


def test_a_shared_link_has_a_title(peopled, client) -> None:
    page = client.get("/c/small/10").content.decode()
    assert re.search(r'<meta property="og:title"\s+content="老街社区 · 样例体系">', page)


def test_a_retired_code_answers_with_its_heirs(peopled, read) -> None:
    lots = five_lots()
    del lots["9"]
    lots["100"] = lot(1, 0).union(lot(2, 0)).normalize()
    peopled.land.publish(lots, timezone.now() - dt.timedelta(hours=1))
    name_cells(peopled.land)
    status, text = read("/c/small/9")
    assert status == 200
    today = timezone.localtime(timezone.now() - dt.timedelta(hours=1)).date().isoformat()
    assert f"本网格已于 {today} 撤销" in text
    assert re.search(r"原有地块现属于： 黎阳社区 100.0%", text)
    assert "撤销" not in read("/c/small/100")[1]


def test_an_old_code_leads_to_the_new_one(peopled, client) -> None:
    rename(peopled.land, "9", "900")
    answer = client.get("/c/small/9")
    assert (answer.status_code, answer["Location"]) == (302, "/c/small/900")


@pytest.mark.parametrize(
    "address", ["/c/small/10-7", "/c/nowhere/10", "/c/10-7", "/c/small/%3Cb%3E", "/c/small/a/b"]
)
def test_an_unknown_code_is_not_found_and_says_where_to_look(peopled, read, address) -> None:
    status, text = read(address)
    assert status == 404
    assert "可以在地图页按名称或编码搜索" in text


def test_the_cell_whose_code_begins_it_is_offered(peopled, read) -> None:
    assert re.search(r"编码开头相同的网格： 黎阳社区 \(100\)", read("/c/small/1007")[1])


def test_what_was_asked_is_shown_as_text(peopled, client) -> None:
    page = client.get("/c/small/%3Cscript%3Ealert(1)").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_code_alone_leads_to_its_cell(peopled, client) -> None:
    answer = client.get("/c/10")
    assert (answer.status_code, answer["Location"]) == (302, "/c/small/10")


def test_a_code_of_several_schemes_is_a_choice(peopled, client) -> None:
    peopled_land("other")
    page = client.get("/c/10", headers={"accept-language": "en"})
    assert page.status_code == 200
    for scheme in ("small", "other"):
        assert f'href="/c/{scheme}/10"' in page.content.decode()


def test_a_draft_is_on_no_page(peopled, client) -> None:
    scheme = peopled.land.scheme
    draft = Draft.objects.create(scheme=scheme, name="secret")
    DraftCell.objects.create(
        draft=draft, cell_id="00000000-0000-0000-0000-000000000001", level=scheme.levels.last(), code="55"
    )
    assert client.get("/c/small/55").status_code == 404
    assert client.get("/c/55").status_code == 404


def test_the_page_asks_the_database_a_bounded_number_of_times(
    peopled, client, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(20):
        client.get("/c/small/C")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_page_is_read_only(peopled, client, method) -> None:
    assert getattr(client, method)("/c/small/10").status_code == 405
