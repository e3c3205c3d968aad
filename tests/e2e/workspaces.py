"""A land for the map's tests, and the map's page as its visitors use it."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from boundaries.models import Draft, DraftVisibility
from tests.api.town import Town, cells_put, make_town
from tests.layers.lands import at, box


def looking_at(x: float, y: float, zoom: float = 14.0) -> str:
    """Give the address of the map with a place in its middle, counted in lots from the south-west corner."""
    lon, lat = at(x, y)
    return f"/?z={zoom}/{lon}/{lat}"


def town_with_faults() -> tuple[Town, Draft]:
    """Make the town, and a draft for everybody in which the lot 9 reaches into the lot 100."""
    town = make_town()
    draft = cells_put(town.scheme, "faulty", "lot", {"9": box(1, 0, 2.5, 1)})
    Draft.objects.filter(pk=draft.pk).update(visibility=DraftVisibility.PUBLIC)
    return town, draft


class Workspace:
    """The page of the map."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def ready(self) -> Workspace:
        """Wait until the map has drawn its first tiles."""
        expect(self.page.locator("#ws-map canvas")).to_be_visible(timeout=20_000)
        expect(self.page.locator("#ws-map")).to_have_attribute("data-drawn", "true", timeout=20_000)
        return self

    @property
    def canvas(self) -> Locator:
        return self.page.locator("#ws-map canvas")

    @property
    def answer(self) -> Locator:
        return self.page.get_by_role("region", name=re.compile("这里归谁负责|Who answers here"))

    def answers(self, name: str) -> None:
        """Wait until the panel names a cell; where the processor draws the map, that may take a while."""
        expect(self.answer.get_by_text(name, exact=True).first).to_be_visible(timeout=20_000)

    @property
    def search(self) -> Locator:
        return self.page.get_by_role("combobox", name=re.compile("搜索|Search"))

    def zoom(self) -> float:
        """Give the zoom that the address keeps."""
        found = re.search(r"[?&]z=([\d.]+)/", self.page.url)
        assert found, self.page.url
        return float(found[1])

    def click_middle(self) -> None:
        """Point at the middle of the map."""
        middle = self._middle()
        self.page.mouse.click(*middle)

    def tap_middle(self) -> None:
        self.page.touchscreen.tap(*self._middle())

    def _middle(self) -> tuple[float, float]:
        box: Any = self.canvas.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
