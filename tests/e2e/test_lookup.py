"""Who is responsible here, asked as an inspector does: on a phone, by position, by what was sent to him."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import picture
from tests.layers.lands import at
from tests.workspace.lands import OFFICE, PRIVATE, Peopled, peopled_land

PHONE = {"size": (360, 740), "has_touch": True, "is_mobile": True}
FULL_WIDTH = {ord(sign): ord(sign) - 0x20 + 0xFF00 for sign in "0123456789.,"}
GONE = "Failed to load resource"


@pytest.fixture
def peopled(transactional_db) -> Peopled:
    return peopled_land()


def place(x: float, y: float) -> dict[str, float]:
    """A place counted in lots, as a device gives it."""
    lon, lat = at(x, y)
    return {"longitude": lon, "latitude": lat}


def address(x: float, y: float, **more: str) -> str:
    lon, lat = at(x, y)
    return "/lookup/?" + "&".join(
        [f"lon={lon}&lat={lat}", *(f"{key}={value}" for key, value in more.items())]
    )


def asked(page: Page, text: str) -> None:
    page.get_by_label("坐标", exact=True).fill(text)
    page.get_by_role("button", name="查询").click()


def shown(page: Page, words: str | re.Pattern[str]) -> Locator:
    """Words of the answer, not of what is read out."""
    return page.locator("#lookup-result").get_by_text(words)


def test_one_tap_tells_the_cell_and_calls_who_answers(peopled, visitor) -> None:
    page = visitor.open("/lookup/", geolocation=place(0.5, 0.5), permissions=["geolocation"], **PHONE)
    page.get_by_role("button", name="使用我的位置").tap()
    expect(page.get_by_role("heading", name="老街社区").first).to_be_in_viewport()
    call = page.get_by_role("link", name=f"拨打网格员乙 {OFFICE}")
    expect(call).to_have_attribute("href", "tel:05592512345,801")
    assert call.bounding_box()["height"] >= 44
    expect(page.get_by_role("link", name="拨打热线 12369")).to_have_attribute("href", "tel:12369")
    expect(page.locator(".lookup-chain")).to_have_text(re.compile(r"样例市\s+老街社区"))
    expect(page).to_have_url(re.compile(r"\?lon=118\.005&lat=30\.005$"))


def test_a_private_phone_is_not_shown_to_strangers(peopled, visitor) -> None:
    page = visitor.open(address(0.5, 0.5))
    expect(page.get_by_text(OFFICE)).to_be_visible()
    assert PRIVATE not in page.content()


def test_an_inaccurate_position_near_a_border_says_so(peopled, visitor) -> None:
    # Two hundredths of a lot are about 19 m.
    page = visitor.open(
        "/lookup/", geolocation={**place(0.98, 0.5), "accuracy": 45}, permissions=["geolocation"], **PHONE
    )
    page.get_by_role("button", name="使用我的位置").tap()
    expect(page.get_by_text("定位精度 ±45 m")).to_be_visible()
    expect(shown(page, re.compile(r"离边界只有 19\.\d m，而定位误差有 ±45 m"))).to_be_visible()


def test_a_bad_position_is_called_bad(peopled, visitor) -> None:
    page = visitor.open(
        "/lookup/", geolocation={**place(0.5, 0.5), "accuracy": 900}, permissions=["geolocation"], **PHONE
    )
    page.get_by_role("button", name="使用我的位置").tap()
    expect(page.get_by_text("定位不准：±900 m")).to_be_visible()


def test_a_refused_position_says_what_to_do(peopled, visitor) -> None:
    page = visitor.open("/lookup/", permissions=[], **PHONE)
    page.get_by_role("button", name="使用我的位置").tap()
    expect(page.get_by_role("heading", name="没有获得定位权限")).to_be_in_viewport()
    picture(page, "state-position-refused")
    expect(page.get_by_label("坐标", exact=True)).to_be_enabled()
    assert visitor.accessibility_faults(page) == []


def test_a_browser_without_positions_says_so(peopled, visitor) -> None:
    page = visitor.open()
    page.add_init_script("delete Navigator.prototype.geolocation")
    page.goto("/lookup/")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.get_by_role("heading", name="这里无法定位")).to_be_visible()


@pytest.mark.parametrize(
    ("code", "words"), [(2, "手机没有给出位置"), (3, "定位超时")], ids=["unavailable", "timeout"]
)
def test_a_device_that_finds_nothing_says_so(peopled, visitor, code, words) -> None:
    page = visitor.open()
    page.add_init_script(
        "Geolocation.prototype.getCurrentPosition = (done, failed) => failed("
        f"{{code: {code}, PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2, TIMEOUT: 3}})"
    )
    page.goto("/lookup/")
    page.get_by_role("button", name="使用我的位置").click()
    expect(page.get_by_role("heading", name=words)).to_be_visible()


@pytest.mark.parametrize(
    "text",
    [
        "118.005, 30.005",
        "30.005 118.005",
        "N30°0'18\" E118°0'18\"",
        "北纬30度0分18秒，东经118度0分18秒",
        "118.005, 30.005".translate(FULL_WIDTH),
    ],
)
def test_coordinates_are_read_in_any_form(peopled, visitor, text) -> None:
    page = visitor.open("/lookup/")
    asked(page, text)
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()


@pytest.mark.parametrize(
    "text", ["", "老街", "<img src=x onerror=alert(1)>", "'; DROP TABLE x; --", "118.005"]
)
def test_what_is_no_place_is_told_at_the_field(peopled, visitor, text) -> None:
    page = visitor.open("/lookup/")
    asked(page, text)
    field = page.get_by_label("坐标", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#lookup-fault")).to_be_visible()
    expect(page.locator("#lookup-result")).to_be_empty()


def test_the_coordinate_system_is_chosen_and_remembered(peopled, visitor) -> None:
    page = visitor.open("/lookup/")
    page.get_by_label("坐标来源").select_option("gcj02")
    # In GCJ-02 this is some 500 m to the west and south: the lot beside.
    asked(page, "118.0125, 30.005")
    expect(page).to_have_url(re.compile("crs=gcj02"))
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()
    page.goto("/lookup/")
    expect(page.get_by_label("坐标来源")).to_have_value("gcj02")


def test_on_a_border_the_neighbour_and_the_rule_are_named(peopled, visitor) -> None:
    page = visitor.open(address(1, 0.5))
    expect(shown(page, "正好在与新安社区的边界上；按规则归老街社区。")).to_be_visible()


def test_near_a_border_the_distance_is_told(peopled, visitor) -> None:
    page = visitor.open(address(0.98, 0.5))
    expect(shown(page, re.compile(r"离网格边界 19\.\d m。"))).to_be_visible()


def test_in_a_gap_nobody_answers_but_the_hotline(peopled, visitor) -> None:
    page = visitor.open(address(2.5, 1.5))
    expect(page.get_by_role("heading", name="空白区：没有网格负责这里")).to_be_visible()
    expect(shown(page, re.compile("最近的网格在 .* 之外："))).to_be_visible()
    expect(page.get_by_role("link", name="拨打热线 12369")).to_be_visible()
    assert visitor.accessibility_faults(page) == []


def test_outside_the_land_the_nearest_cell_is_named(peopled, visitor) -> None:
    page = visitor.open(address(-0.5, 0.5))
    expect(page.get_by_role("heading", name="不在管辖范围内")).to_be_visible()
    nearest = shown(page, re.compile(r"最近的网格在 48\d m 之外："))
    expect(nearest.get_by_role("link", name="老街社区")).to_have_attribute("href", "/c/small/10")


def test_a_cell_without_holder_says_so_and_names_the_cell_above(peopled, visitor) -> None:
    page = visitor.open(address(0.5, 1.5))
    expect(shown(page, "屯光社区暂无在岗的责任人。")).to_be_visible()
    expect(page.get_by_text("市长甲")).to_be_visible()


def test_who_acts_for_somebody_says_so(peopled, visitor) -> None:
    page = visitor.open(address(1.5, 0.5))
    expect(page.get_by_text("代理丙")).to_be_visible()
    expect(page.get_by_text("代 离任丁")).to_be_visible()


def test_each_scheme_has_its_own_answer(peopled, visitor) -> None:
    peopled_land("other")
    page = visitor.open(address(0.5, 0.5))
    expect(page.locator("article.lookup-card")).to_have_count(2)
    page.goto(address(0.5, 0.5, scheme="other"))
    expect(page.locator("article.lookup-card")).to_have_count(1)


def test_a_day_before_the_first_edition_has_no_answer(peopled, visitor) -> None:
    page = visitor.open(address(0.5, 0.5, at="1999-01-01"), tolerate="status of 404")
    expect(page.get_by_role("heading", name="这一天没有生效的网格")).to_be_visible()
    expect(page.get_by_label("日期（空白为今天）")).to_have_value("1999-01-01")


@pytest.mark.parametrize(
    "wrong", ["lon=999&lat=30", "lon=118&lat=30&crs=mars", "lon=118&lat=30&at=yesterday"]
)
def test_an_address_that_asks_nonsense_is_answered_in_a_sentence(peopled, visitor, wrong) -> None:
    page = visitor.open(f"/lookup/?{wrong}", tolerate="status of 400")
    expect(page.locator(".lookup-notice h2")).to_be_visible()
    expect(page.locator(".lookup-notice h2")).not_to_have_text("")


def test_what_an_address_brings_is_shown_as_text(peopled, visitor) -> None:
    evil = quote("<img src=x onerror=alert(1)>")
    page = visitor.open(f"/lookup/?lon=118.005&lat=30.005&scheme={evil}", tolerate="status of 40")
    expect(page.locator(".lookup-notice")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_a_server_that_is_gone_is_told_and_asked_again(peopled, visitor, site) -> None:
    page = visitor.open("/lookup/", tolerate=GONE, **PHONE)
    site.stop()
    asked(page, "118.005, 30.005")
    expect(page.get_by_role("heading", name="连接不到服务器")).to_be_in_viewport()
    expect(page.get_by_label("坐标", exact=True)).to_have_value("118.005, 30.005")
    assert visitor.accessibility_faults(page) == []
    site.start()
    page.get_by_role("button", name="重试").tap()
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()


def test_back_leads_to_the_question_before(peopled, visitor) -> None:
    page = visitor.open("/lookup/")
    asked(page, "118.005, 30.005")
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()
    asked(page, "118.015, 30.005")
    expect(page.get_by_role("heading", name="新安社区").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()
    page.go_back()
    expect(page.locator("#lookup-result")).to_be_empty()


def test_the_answer_is_copied(peopled, visitor) -> None:
    page = visitor.open(address(0.5, 0.5), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    text = page.evaluate("() => navigator.clipboard.readText()")
    for words in ("老街社区 (10)", "网格员乙", OFFICE, "12369", page.url):
        assert words in text


def test_the_language_switch_keeps_the_question(peopled, visitor) -> None:
    page = visitor.open("/lookup/")
    asked(page, "118.005, 30.005")
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("link", name="Call 网格员乙")).to_be_visible()
    expect(page.get_by_label("Coordinates")).to_have_value("118.005, 30.005")


def test_the_answer_is_announced_and_gets_the_focus(peopled, visitor) -> None:
    page = visitor.open("/lookup/")
    asked(page, "118.005, 30.005")
    expect(page.locator("#lookup-announcement")).to_contain_text("老街社区")
    expect(page.locator("#lookup-result")).to_be_focused()


@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (3840, 2160)])
@pytest.mark.parametrize("dark", [False, True])
def test_the_answer_fits_and_is_accessible(peopled, visitor, size, dark) -> None:
    page = visitor.open(address(0.98, 0.5), size=size, dark=dark)
    expect(page.get_by_role("heading", name="老街社区").first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert visitor.accessibility_faults(page) == []


def test_an_empty_database_is_told(visitor) -> None:
    page = visitor.open("/lookup/", tolerate="status of 404")
    asked(page, "118.005, 30.005")
    expect(page.get_by_role("heading", name="这一天没有生效的网格")).to_be_visible()
