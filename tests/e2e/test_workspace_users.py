"""The workspace of who is signed in, and of who may not or not so often."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from rest_framework.settings import api_settings

from accounts.services.demo_users import demo_users_ensure
from boundaries.models import Draft, DraftVisibility
from tests.e2e.browsing import picture
from tests.e2e.workspaces import Workspace, looking_at, town_with_faults


@pytest.fixture(autouse=True)
def town(site, settings, tmp_path):
    """A town whose draft only its team may read."""
    settings.RATES_FILE = tmp_path / "rates.sqlite3"
    _, draft = town_with_faults()
    Draft.objects.filter(pk=draft.pk).update(visibility=DraftVisibility.TEAM)


@pytest.fixture
def passwords(site, tmp_path) -> dict[str, str]:
    return {one.name: one.password for one in demo_users_ensure(tmp_path / "demo_users.txt")}


def sign_in(page: Page, user: str, password: str) -> None:
    page.get_by_role("link", name="登录").click()
    page.get_by_label("用户名").fill(user)
    page.get_by_label("密码", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_a_planner_sees_the_drafts_of_the_team_and_signs_out(visitor, passwords) -> None:
    page = visitor.open("/", size=(1440, 900))
    Workspace(page).ready()
    draft = page.get_by_role("radio", name=re.compile("^faulty"))
    expect(draft).to_have_count(0)
    sign_in(page, "planner", passwords["planner"])
    Workspace(page).ready()
    expect(draft).to_be_attached()
    page.locator("summary").filter(has_text="planner").click()
    expect(page.get_by_text("规划员").first).to_be_visible()
    picture(page, "state-signed-in")
    assert visitor.accessibility_faults(page) == []
    page.get_by_role("button", name="退出").click()
    Workspace(page).ready()
    expect(draft).to_have_count(0)


def test_a_draft_in_the_address_is_refused_to_whom_may_not_read_it(visitor, passwords) -> None:
    page = visitor.open("/?draft=faulty", tolerate="status of 40[034]")
    Workspace(page).ready()
    expect(page.get_by_text("不存在，或者您无权查看")).to_be_visible()
    picture(page, "state-no-rights")


def test_who_asks_too_often_is_told_to_wait(visitor, settings) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"locate": "1/min"},
    }
    assert api_settings.DEFAULT_THROTTLE_RATES == {"locate": "1/min"}
    page = visitor.open(looking_at(0.5, 0.5), tolerate="status of 429")
    workspace = Workspace(page).ready()
    workspace.click_middle()
    workspace.answers("黎阳")
    middle = workspace.canvas.bounding_box()
    assert middle is not None
    page.mouse.click(middle["x"] + middle["width"] / 2 + 60, middle["y"] + middle["height"] / 2)
    expect(page.get_by_text("查询过于频繁，请稍候再试").first).to_be_visible()
    picture(page, "state-too-often")


def test_a_session_that_ended_asks_to_sign_in_and_loses_no_place(visitor, passwords) -> None:
    page = visitor.open(looking_at(0.5, 0.5))
    workspace = Workspace(page).ready()
    sign_in(page, "planner", passwords["planner"])
    workspace.ready()
    workspace.click_middle()
    workspace.answers("黎阳")
    page.context.clear_cookies(name="sessionid")
    page.reload()
    workspace.answers("黎阳")
    expect(page.get_by_role("link", name="登录")).to_be_visible()
