"""The cases of the one rule as the look-up page shows them: typed, or come by a link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.vectors.rule import rule_lands
from tests.vectors.stored_rule import stored_land

DRAWN = [case for case in rule_lands() if case.features]
GAP, OUTSIDE = "空白区：没有网格负责这里", "不在管辖范围内"


def name_of(code: str) -> str:
    """The names that the second edition gives: only the cells of the top level have new ones."""
    return f"name of {code}"


def shown(page: Page, point) -> None:
    """Hold a page to what the file says of a point."""
    card = page.locator("article.lookup-card")
    heading = card.locator("h2")
    if point["leaf"] is None:
        expect(heading).to_have_text(GAP if point["reason"] == "gap" else OUTSIDE)
        nearest = card.get_by_role("link", name=re.compile(rf"name of {point['nearest']}$"))
        expect(nearest.last).to_be_visible()
        return
    expect(heading).to_have_text(re.compile(rf"name of {point['leaf']}$"))
    expect(card.locator(".lookup-code")).to_have_text(point["leaf"])
    chain = card.locator(".lookup-chain li")
    expect(chain).to_have_text([re.compile(rf"name of {code}\s*$") for code in point["cells"]])
    border = card.locator(".callout[data-tone=warn]", has_text="边界")
    if not point["on_edge"]:
        expect(border).to_have_count(0)
    elif point["touching"][1:]:
        expect(border).to_contain_text("按规则归")
        for code in point["touching"]:
            expect(border).to_contain_text(name_of(code))
    else:
        expect(border).to_be_visible()


def chosen(case):
    """Take two points of every kind."""
    kinds, found = {}, []
    for point in case.points:
        kind = (
            point["reason"],
            len(point["touching"]),
            point["on_edge"],
            point["lon"] == round(point["lon"], 8),
        )
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= 2:
            found.append(point)
    return found


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case.name)
def test_what_is_typed_is_answered_by_the_rule(case, transactional_db, visitor) -> None:
    stored_land(case)
    page = visitor.open("/lookup/")
    for point in chosen(case):
        page.get_by_label("坐标", exact=True).fill(f"{point['lon']!r}, {point['lat']!r}")
        page.get_by_role("button", name="查询").click()
        shown(page, point)


@pytest.mark.parametrize("case", DRAWN[:1], ids=lambda case: case.name)
def test_what_a_link_asks_is_answered_by_the_rule(case, transactional_db, visitor) -> None:
    stored_land(case)
    page = visitor.open()
    for point in chosen(case)[::6]:
        page.goto(f"/lookup/?lon={point['lon']!r}&lat={point['lat']!r}")
        shown(page, point)
