"""The workspace beside the map: search, dates, drafts, languages, and what can go wrong."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.browsing import ARGUMENTS, CHROMIUM, picture
from tests.e2e.workspaces import Workspace, looking_at, town_with_faults

UNREACHABLE = "ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED"


@pytest.fixture(autouse=True)
def town(site, settings, tmp_path):
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    return town_with_faults()


def test_search_by_name_with_the_keyboard(visitor) -> None:
    page = visitor.open("/")
    workspace = Workspace(page).ready()
    workspace.search.fill("老街")
    option = page.get_by_role("option", name=re.compile("老街"))
    expect(option).to_contain_text("小城")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(workspace.answer).to_be_focused()
    workspace.answers("老街")
    expect(page).to_have_url(re.compile("cell=100&"))


def test_pasted_coordinates_are_offered_in_both_systems(visitor) -> None:
    page = visitor.open("/")
    workspace = Workspace(page).ready()
    workspace.search.fill("N30°00′18″ E118°00′18″")
    options = page.get_by_role("listbox", name="搜索结果").get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.nth(1)).to_contain_text("GCJ-02")
    options.first.click()
    workspace.answers("黎阳")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "'; DROP TABLE boundaries_cell; --", "{{7*7}}", "%", "\\"]
)
def test_what_is_typed_stays_text(visitor, text) -> None:
    page = visitor.open("/")
    workspace = Workspace(page)
    workspace.search.fill(text)
    expect(page.get_by_text(f"没有找到“{text}”。")).to_be_visible()
    picture(page, "state-nothing-found")
    assert page.locator("#ws-search-box img").count() == 0


def test_the_language_is_switched_in_place(visitor) -> None:
    page = visitor.open(looking_at(0.5, 0.5))
    workspace = Workspace(page).ready()
    workspace.click_middle()
    workspace.answers("黎阳")
    page.get_by_role("button", name="English").click()
    expect(workspace.answer.get_by_role("heading", name="Who answers here")).to_be_visible()
    workspace.answers("黎阳")
    assert page.evaluate("() => document.documentElement.lang") == "en"


def test_the_planted_fault_of_a_draft_beside_the_edition(visitor) -> None:
    page = visitor.open("/", size=(1440, 900))
    workspace = Workspace(page).ready()
    page.get_by_role("radio", name=re.compile("^faulty")).check()
    expect(page.get_by_text("草稿 · faulty").first).to_be_visible()
    expect(page.locator("#ws-map-draft")).to_have_attribute("data-drawn", "true", timeout=20_000)
    page.get_by_role("tab", name=re.compile("问题")).click()
    expect(page.get_by_role("heading", name=re.compile("重叠"))).to_be_visible()
    before = workspace.zoom()
    page.get_by_role("tabpanel").get_by_role("button", name=re.compile("100、9")).click()
    expect(page).to_have_url(re.compile(r"draft=\d+&finding="))
    page.wait_for_function("before => !location.search.includes(`z=${before}`)", arg=f"{before:.2f}")
    same = page.evaluate("() => document.querySelectorAll('.maplibregl-ctrl-scale')[0].textContent")
    assert same == page.evaluate("() => document.querySelectorAll('.maplibregl-ctrl-scale')[1].textContent")
    divider = page.get_by_role("separator")
    divider.focus()
    page.keyboard.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "55")
    assert visitor.accessibility_faults(page) == []


def test_a_draft_of_the_team_is_not_offered_to_strangers(visitor) -> None:
    page = visitor.open("/?draft=overlapping")
    Workspace(page).ready()
    expect(page.get_by_text("不存在，或者您无权查看")).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("^faulty"))).to_be_attached()
    expect(page.get_by_role("radio", name=re.compile("^overlapping"))).to_have_count(0)


def test_another_date_is_shown_and_left(visitor) -> None:
    page = visitor.open("/")
    workspace = Workspace(page).ready()
    yesterday = (timezone.now() - dt.timedelta(days=2)).date().isoformat()
    page.get_by_label("截至日期").first.fill(yesterday)
    expect(page.get_by_role("heading", name=f"{yesterday} 还没有网格")).to_be_visible()
    expect(page).to_have_url(re.compile(f"at={yesterday}"))
    picture(page, "state-before-the-first-edition")
    assert visitor.accessibility_faults(page) == []
    page.get_by_role("button", name="回到今天").first.click()
    expect(page.get_by_text("还没有网格")).to_be_hidden()
    expect(workspace.canvas).to_be_visible()


def test_a_server_that_stops_is_told(visitor, site) -> None:
    page = visitor.open(looking_at(0.5, 0.5), tolerate=UNREACHABLE)
    workspace = Workspace(page).ready()
    site.stop()
    workspace.click_middle()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("连接不到服务器")
    expect(workspace.answer).to_contain_text("连接不到服务器")
    picture(page, "state-server-gone")
    site.start()
    banner.get_by_role("button", name="重试").click()
    workspace.answers("黎阳")
    expect(banner).to_be_hidden()


def test_what_a_lost_network_left_undone_is_done_when_it_is_back(visitor) -> None:
    page = visitor.open(looking_at(0.5, 0.5), tolerate=UNREACHABLE)
    workspace = Workspace(page).ready()
    page.context.set_offline(True)
    page.get_by_role("button", name="缩小").click()
    workspace.click_middle()
    expect(page.get_by_role("alert")).to_contain_text("连接不到服务器")
    page.context.set_offline(False)
    workspace.answers("黎阳")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_without_webgl_everything_but_the_map_works(browser, site) -> None:
    blind = browser.browser_type.launch(
        executable_path=CHROMIUM, chromium_sandbox=False, args=[*ARGUMENTS, "--disable-3d-apis"]
    )
    page = blind.new_page(base_url=site.url, locale="zh-CN")
    page.goto("/")
    expect(page.get_by_role("heading", name="这个浏览器画不了地图")).to_be_visible()
    picture(page, "state-no-webgl")
    workspace = Workspace(page)
    workspace.search.fill("30.005, 118.005")
    page.keyboard.press("Enter")
    workspace.answers("黎阳")
    page.get_by_role("tab", name=re.compile("问题")).click()
    expect(page.get_by_role("heading", name=re.compile("缝隙"))).to_be_visible()
    blind.close()


def test_without_scripts_the_page_says_so(visitor) -> None:
    page = visitor.open("/", java_script_enabled=False)
    # Neither roles nor texts are looked for inside <noscript>.
    expect(page.locator("noscript h2")).to_have_text("地图需要 JavaScript")
    expect(page.locator("noscript h2")).to_be_visible()
    expect(page.locator("noscript a")).to_have_attribute("href", "/lookup/")
