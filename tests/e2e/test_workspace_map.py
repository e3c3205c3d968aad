"""The map: opened, zoomed, pointed at, by mouse, finger and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.api.town import make_town
from tests.e2e.browsing import picture
from tests.e2e.workspaces import Workspace, looking_at
from tests.layers.lands import at

PHONE = (360, 740)


@pytest.fixture(autouse=True)
def town(site, settings, tmp_path):
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    return make_town()


def test_the_map_opens_on_the_whole_land(visitor) -> None:
    page = visitor.open("/")
    workspace = Workspace(page).ready()
    expect(page.get_by_role("combobox", name="网格体系")).to_have_value("small")
    levels = page.get_by_role("tabpanel").get_by_role("switch", name=re.compile("^(市|地块)"))
    expect(levels).to_have_count(2)
    expect(page.get_by_text("存在盲区").or_(page.get_by_text("全覆盖、无盲区")).first).to_be_visible()
    assert 12 < workspace.zoom() < 16
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("size", "dark"),
    [
        (PHONE, False),
        (PHONE, True),
        ((1440, 900), False),
        ((1440, 900), True),
        pytest.param((3840, 2160), True, marks=pytest.mark.long),
    ],
)
def test_the_page_is_accessible(visitor, size, dark) -> None:
    page = visitor.open(looking_at(0.5, 0.5), size=size, dark=dark)
    workspace = Workspace(page).ready()
    assert visitor.accessibility_faults(page) == []
    workspace.click_middle()
    workspace.answers("黎阳")
    assert visitor.accessibility_faults(page) == []


def test_the_levels_change_with_the_zoom(visitor) -> None:
    page = visitor.open(looking_at(1, 1, zoom=9.6))
    workspace = Workspace(page).ready()
    fits = page.get_by_role("listitem").filter(has_text="当前")
    expect(fits).to_contain_text("地块")
    page.get_by_role("button", name="缩小").click()
    expect(fits).to_contain_text("市")
    page.get_by_role("button", name="放大").click()
    expect(fits).to_contain_text("地块")
    page.get_by_role("button", name="显示全部范围").click()
    expect(page).to_have_url(re.compile(r"z=1[2-5]"))
    assert workspace.zoom() > 12


def test_a_level_is_switched_off(visitor) -> None:
    page = visitor.open(looking_at(1, 1))
    Workspace(page).ready()
    page.get_by_role("switch", name=re.compile("^地块")).click()
    expect(page.get_by_role("listitem").filter(has_text="当前")).to_contain_text("市")


def test_a_click_tells_the_cells_and_who_answers(visitor) -> None:
    page = visitor.open(looking_at(2.5, 0.5))
    workspace = Workspace(page).ready()
    workspace.click_middle()
    chain = workspace.answer.get_by_role("navigation", name="所属网格")
    expect(chain.get_by_role("button")).to_have_text(["小城", "老街"])
    expect(workspace.answer.get_by_role("link", name=re.compile("热线")).first).to_have_attribute(
        "href", "tel:12369"
    )
    expect(workspace.answer.get_by_role("link", name="公开页面")).to_have_attribute("href", "/c/small/100")
    expect(page.get_by_role("status").filter(has_text="老街，小城")).to_be_attached()
    expect(page).to_have_url(re.compile("lon=118.025"))
    page.keyboard.press("Escape")
    expect(workspace.answer).to_be_hidden()
    page.go_back()
    expect(chain.get_by_role("button")).to_have_text(["小城", "老街"])


def test_the_keyboard_asks_for_the_place_under_the_cross_hair(visitor) -> None:
    page = visitor.open(looking_at(0.5, 0.5))
    workspace = Workspace(page).ready()
    workspace.canvas.focus()
    page.keyboard.press("Enter")
    workspace.answers("黎阳")


def test_in_the_gap_nobody_answers(visitor) -> None:
    page = visitor.open(looking_at(2.5, 1.5))
    workspace = Workspace(page).ready()
    workspace.click_middle()
    expect(workspace.answer.get_by_text("盲区：这里没有网格")).to_be_visible()
    picture(page, "state-gap")
    expect(workspace.answer.get_by_text("最近的网格")).to_be_visible()


def test_outside_the_land_the_nearest_cell_is_told(visitor) -> None:
    page = visitor.open(looking_at(-1, 0.5, zoom=12))
    workspace = Workspace(page).ready()
    workspace.click_middle()
    expect(workspace.answer.get_by_text("不在网格范围内")).to_be_visible()
    workspace.answer.get_by_role("button", name=re.compile("黎阳，相距")).click()
    workspace.answers("黎阳")
    expect(page).to_have_url(re.compile("cell=10&"))


def test_on_a_corner_exactly_one_cell_answers(visitor) -> None:
    lon, lat = at(1, 1)
    page = visitor.open(f"/?lon={lon}&lat={lat}")
    workspace = Workspace(page)
    expect(workspace.answer.get_by_text("正好在边界上")).to_be_visible()
    picture(page, "state-on-a-corner")
    chain = workspace.answer.get_by_role("navigation", name="所属网格")
    expect(chain.get_by_role("button")).to_have_count(2)


def test_a_finger_and_the_own_position_on_a_phone(visitor) -> None:
    lon, lat = at(1.5, 0.5)
    page = visitor.open(
        looking_at(0.5, 0.5),
        size=PHONE,
        has_touch=True,
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 12},
        permissions=["geolocation"],
    )
    workspace = Workspace(page).ready()
    workspace.tap_middle()
    workspace.answers("黎阳")
    workspace.answer.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="我的位置").click()
    workspace.answers("屯光")
    picture(page, "state-phone")
    expect(workspace.answer.get_by_text("定位精度约 12 m")).to_be_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, a:not(.skip-link), select, input")]
            .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
            .filter(([, {width, height}]) => width > 1 && (width < 44 || height < 44))
            .map(([html]) => html)"""
    )
    assert small == []


def test_a_refused_position_is_told(visitor) -> None:
    page = visitor.open("/", permissions=[])
    Workspace(page).ready()
    page.get_by_role("button", name="我的位置").click()
    expect(page.get_by_role("status").filter(has_text="浏览器没有允许使用位置")).to_be_visible()
