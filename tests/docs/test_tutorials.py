"""Whoever does what a tutorial says sees what it shows: every command is run, every step is taken.

With GEOGRID_PICTURES=folder the pictures of the pages are made on the way; script/screenshots does that.
"""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.docs.console import Shown, shown_in
from tests.docs.served import Place, copied, serving
from tests.docs.steps import Part, Walker, parts_of
from tests.e2e.browsing import picture
from tests.scenarios.conftest import NewDatabase
from tests.scenarios.running import ROOT

TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
ADDRESS = "http://localhost:8000"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
LONGEST_MS = 15_000


def test_there_is_a_tutorial_for_each_kind_of_user() -> None:
    assert {page.stem for page in TUTORIALS} == {"administrator", "analyst", "inspector", "leader", "planner"}


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_shows_what_happens(
    page: Path,
    demonstration: Place,
    new_database: NewDatabase,
    browser: Browser,
    tmp_path: Path,
) -> None:
    place = copied(demonstration, new_database(copy_of=demonstration.database), tmp_path)
    commands, parts = list(shown_in(page)), list(parts_of(page))
    assert commands or parts
    with serving(place) as address:
        done = sorted([*commands, *parts], key=lambda one: one.line)
        for one in done:
            if isinstance(one, Shown):
                _run(one, place, address)
            else:
                _take(one, place, address, browser)


def _run(shown: Shown, place: Place, address: str) -> None:
    done = subprocess.run(
        ["bash", "-c", shown.command.replace(ADDRESS, address)],
        cwd=place.folder,
        env=place.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    answer = done.stdout.replace(address, ADDRESS)
    assert shown.is_like(answer), f"{shown.page}:{shown.line}: $ {shown.command}\n{answer}"


def _take(part: Part, place: Place, address: str, browser: Browser) -> None:
    context = browser.new_context(
        base_url=address,
        viewport={"width": part.width, "height": part.height},
        locale=LANGUAGES[part.language],
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        has_touch=part.touch,
        geolocation={"longitude": 118.3376, "latitude": 29.7143, "accuracy": 12},
        permissions=["geolocation"],
        device_scale_factor=2 if part.touch else 1,
    )
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(LONGEST_MS)
    expect.set_options(timeout=LONGEST_MS)
    walker = Walker(Deeds(page, place).by_name())
    try:
        for step in part.steps:
            try:
                walker.take(step)
            except Exception as error:
                error.add_note(f"{step.page}:{step.line}: {step.words}")
                raise
    finally:
        context.close()
    assert complaints == []


class Deeds:
    """What each kind of step is in the browser."""

    def __init__(self, page: Page, place: Place) -> None:
        self._page, self._place = page, place

    def by_name(self) -> dict[str, object]:
        names = [name for name, _ in Walker.RULES]
        return {name: getattr(self, name) for name in names}

    def open(self, path: str) -> None:
        self._page.goto(path)

    def write(self, text: str, label: str) -> None:
        self._page.get_by_label(label).first.fill(text)

    def write_password(self, user: str, label: str) -> None:
        self.write(self._place.passwords[user], label)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def click(self, name: str) -> None:
        roles = ("button", "link", "tab", "checkbox", "switch", "option", "radio", "menuitem", "treeitem")
        every = [self._page.get_by_role(role, name=name) for role in roles]
        found = every[0]
        for other in every[1:]:
            found = found.or_(other)
        found.filter(visible=True).first.click()

    def choose(self, option: str, label: str) -> None:
        self._page.get_by_label(label).first.select_option(label=option)

    def click_map(self) -> None:
        canvas = self._page.locator("canvas.maplibregl-canvas").first
        self._page.wait_for_load_state("networkidle")
        box = canvas.bounding_box()
        assert box is not None
        self._page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def see(self, texts: str) -> None:
        for text in itertools.islice(texts.split("`"), 1, None, 2):
            expect(self._page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def picture(self, name: str) -> None:
        picture(self._page, name)
