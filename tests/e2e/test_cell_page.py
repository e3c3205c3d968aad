"""The public page of a cell in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.workspace.lands import Peopled, peopled_land


@pytest.fixture
def peopled(transactional_db) -> Peopled:
    return peopled_land()


@pytest.mark.parametrize("size", [(360, 740), (1280, 800), (3840, 2160)])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_fits_and_is_accessible(peopled, visitor, size, dark) -> None:
    for code in ("C", "10"):
        page = visitor.open(f"/c/small/{code}", size=size, dark=dark)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert visitor.accessibility_faults(page) == []


def test_it_works_without_scripts(peopled, visitor) -> None:
    page = visitor.open("/c/small/C", java_script_enabled=False)
    expect(page.get_by_role("heading", name="样例市")).to_be_visible()
    expect(page.get_by_role("img", name="网格边界图")).to_be_visible()
    page.get_by_role("link", name="老街社区").click()
    expect(page.get_by_role("heading", name="老街社区")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Who answers")).to_be_visible()


def test_the_border_is_drawn_in_the_colours_of_the_page(peopled, visitor) -> None:
    fills = set()
    for dark in (False, True):
        page = visitor.open("/c/small/10", dark=dark)
        fills.add(page.locator(".drawing-cell").evaluate("part => getComputedStyle(part).fill"))
    assert len(fills) == 2


def test_on_paper_there_is_the_cell_and_no_navigation(peopled, visitor) -> None:
    page = visitor.open("/c/small/10")
    page.emulate_media(media="print")
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_text("在地图上看")).to_be_hidden()
    expect(page.get_by_text("网格员乙")).to_be_visible()


def test_the_link_to_the_map_names_the_cell(peopled, visitor) -> None:
    page = visitor.open("/c/small/10")
    link = page.get_by_role("link", name="在地图上看")
    expect(link).to_have_attribute("href", re.compile(r"^/\?scheme=small&cell=10$"))
