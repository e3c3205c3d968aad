"""What every page does in a browser, on the page of an address that is not there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

MISSING = "/no/such/page"
NOT_FOUND = "status of 404"
SIZES = [(360, 740), (768, 1024), (1280, 800), (3840, 2160)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_and_is_accessible(visitor, size, dark) -> None:
    page = visitor.open(MISSING, size=size, dark=dark, tolerate=NOT_FOUND)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert visitor.accessibility_faults(page) == []


def test_the_language_is_switched_where_one_is(visitor) -> None:
    page = visitor.open(f"{MISSING}?a=1", tolerate=NOT_FOUND)
    expect(page.get_by_role("heading")).to_have_text("这个网址没有内容")
    page.evaluate("() => history.replaceState(null, '', '?a=2#here')")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading")).to_have_text("There is nothing at this address")
    expect(page).to_have_url(re.compile(r"\?a=2#here$"))


def test_the_first_tab_skips_to_the_content(visitor) -> None:
    page = visitor.open(MISSING, tolerate=NOT_FOUND)
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="跳到正文")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_focus_is_visible(visitor) -> None:
    page = visitor.open(MISSING, tolerate=NOT_FOUND)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"


def test_an_inline_script_is_refused(visitor) -> None:
    page = visitor.open(MISSING, tolerate=f"{NOT_FOUND}|Content Security Policy")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.text = "window.hacked = 1";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("() => window.hacked") is None


def test_modules_are_fetched_by_their_hashed_names_only(visitor) -> None:
    page = visitor.open(tolerate=NOT_FOUND)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(MISSING)
    page.wait_for_load_state("networkidle")
    scripts = [url for url in asked if url.endswith(".js")]
    assert scripts
    assert all(re.search(r"\.[0-9a-f]{12}\.js$", url) for url in scripts), scripts
