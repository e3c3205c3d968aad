"""The workspace before there is anything to show."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.api.town import new_scheme
from tests.e2e.browsing import picture


@pytest.fixture(autouse=True)
def unlimited(settings, tmp_path) -> None:
    settings.RATES_FILE = tmp_path / "rates.sqlite3"


def test_an_empty_database_says_what_to_do_next(visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="还没有网格体系")).to_be_visible()
    expect(page.get_by_text("script/manage load_demo")).to_be_visible()
    picture(page, "state-empty")
    assert visitor.accessibility_faults(page) == []


def test_a_scheme_without_an_edition_says_what_to_do_next(site, visitor) -> None:
    new_scheme()
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="“小城网格”还没有发布过版本")).to_be_visible()
    expect(page.get_by_text("script/manage publish small")).to_be_visible()
    picture(page, "state-no-edition")
    assert visitor.accessibility_faults(page) == []


def test_an_unknown_scheme_in_the_address_is_told(site, visitor) -> None:
    new_scheme()
    page = visitor.open("/?scheme=nowhere")
    expect(page.get_by_text("地址里的体系不存在")).to_be_visible()
