"""Somebody signs in, guesses wrong, has to wait, changes the password, signs out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from accounts.services.demo_users import demo_users_ensure
from tests.e2e.browsing import picture

LOGIN = "/accounts/login/"
MISSING = "/no/such/page"
TOLERATED = "status of 404|status of 429"
SIZES = [(360, 740), (768, 1024), (1280, 800), (3840, 2160)]


@pytest.fixture
def passwords(site, tmp_path) -> dict[str, str]:
    """The passwords of the first start."""
    return {one.name: one.password for one in demo_users_ensure(tmp_path / "demo_users.txt")}


def fill_in(page: Page, user: str, password: str) -> None:
    page.get_by_label("用户名").fill(user)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_card_fits_and_is_accessible_with_an_error_too(visitor, passwords, size, dark) -> None:
    page = visitor.open(LOGIN, size=size, dark=dark)
    for _ in range(2):
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert visitor.accessibility_faults(page) == []
        fill_in(page, "planner", "wrong")
        expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确。")


def test_one_signs_in_by_keyboard_and_comes_back_to_where_one_was(visitor, passwords) -> None:
    page = visitor.open(f"{MISSING}?a=1", tolerate=TOLERATED)
    page.get_by_role("link", name="登录").click()
    expect(page.get_by_label("用户名")).to_be_focused()
    page.keyboard.type("planner")
    page.keyboard.press("Tab")
    page.keyboard.type(passwords["planner"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/no/such/page\?a=1$"))
    expect(page.get_by_role("link", name="planner")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_who_guesses_too_often_is_told_how_long_to_wait(visitor, passwords) -> None:
    page = visitor.open(LOGIN, tolerate=TOLERATED)
    for _ in range(5):
        fill_in(page, "planner", "wrong")
    expect(page.get_by_role("heading", level=1)).to_have_text("请稍候")
    picture(page, "state-locked-out")
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"请在 10 分钟后（\d\d:\d\d 起）重试。"))
    assert visitor.accessibility_faults(page) == []
    page.get_by_role("main").get_by_role("link", name="登录").click()
    fill_in(page, "planner", passwords["planner"])
    expect(page.get_by_role("heading", level=1)).to_have_text("请稍候")


@pytest.mark.parametrize("size", SIZES[:1] + SIZES[2:3])
def test_the_password_is_changed(visitor, passwords, size) -> None:
    page = visitor.open(f"{LOGIN}?next=/accounts/password/", size=size)
    fill_in(page, Role.LEADER.value, passwords["leader"])
    page.get_by_label("当前密码").fill(passwords["leader"])
    page.get_by_label("新密码", exact=True).fill("12345")
    page.get_by_label("再次输入新密码").fill("12345")
    page.get_by_role("button", name="修改密码").click()
    expect(page.locator(".field-error")).to_have_text("密码太短，至少需要 8 个字符。")
    assert visitor.accessibility_faults(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("当前密码").fill(passwords["leader"])
    page.get_by_label("新密码", exact=True).fill("quiet-river-99")
    page.get_by_label("再次输入新密码").fill("quiet-river-99")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("status")).to_have_text("密码已修改。")
