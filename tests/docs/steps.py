"""The steps in a browser that a page of documentation lists, and taking them for real.

A comment `<!-- browser: 1280x800 en -->` opens such a part; it says the size of the window and the language,
and `touch` for a phone. Below it, up to the next heading, every item of a numbered list is a step:

    1. Open `/accounts/login/`.
    2. Write `planner` into “User name”.           (or: Write the password of `planner` into “Password”.)
    3. Click “Sign in”.                            (a button, link, tab or switch by its name)
    4. Choose `planted` in “Draft”.
    5. Press `Enter`.
    6. Click the middle of the map.
    7. You see `歙县` and `341021`.
    8. ![What is seen](../images/search.png)       (the picture is made by script/screenshots)

Words after the full stop of an item are for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(r"^<!-- browser: (\d+)x(\d+) (en|zh)( touch)? -->$")
_ITEM = re.compile(r"^\d+\. (.*)$")


@dataclass(frozen=True)
class Step:
    """One item of a list."""

    page: str
    line: int
    words: str


@dataclass(frozen=True)
class Part:
    """A list of steps and the window they are taken in."""

    page: str
    line: int
    width: int
    height: int
    language: str
    touch: bool
    steps: tuple[Step, ...]


def parts_of(page: Path) -> Iterator[Part]:
    """Give the parts of a page that are for a browser."""
    opened: tuple[int, re.Match[str]] | None = None
    steps: list[Step] = []
    for number, line in enumerate([*page.read_text(encoding="utf-8").splitlines(), "#"], 1):
        begins = _PART.match(line)
        if opened and (begins or line.startswith("#")):
            yield _part(page.name, *opened, steps)
            opened, steps = None, []
        if begins:
            opened = (number, begins)
        elif opened and (item := _ITEM.match(line)):
            steps.append(Step(page.name, number, item[1]))


def _part(page: str, line: int, begins: re.Match[str], steps: list[Step]) -> Part:
    width, height, language, touch = begins.groups()
    return Part(page, line, int(width), int(height), language, bool(touch), tuple(steps))


class Walker:
    """Somebody who takes the steps.

    Parameters
    ----------
    deeds : mapping
        What to do for each kind of step, by the name of its rule below; called with the rule's groups.
    """

    RULES = (
        ("open", re.compile(r"Open `([^`]+)`")),
        ("write_password", re.compile(r"Write the password of `([^`]+)` into “([^”]+)”")),
        ("write", re.compile(r"Write `([^`]+)` into “([^”]+)”")),
        ("press", re.compile(r"Press `([^`]+)`")),
        ("click_map", re.compile(r"(?:Click|Tap) the middle of the map")),
        ("click", re.compile(r"(?:Click|Tap) “([^”]+)”")),
        ("choose", re.compile(r"Choose `([^`]+)` in “([^”]+)”")),
        ("see", re.compile(r"You see (`[^`]+`(?:(?:, | and |, and )`[^`]+`)*)")),
        ("picture", re.compile(r"!\[[^\]]+\]\(\.\./images/([\w-]+)\.png\)")),
    )

    def __init__(self, deeds: dict[str, Callable[..., None]]) -> None:
        self._deeds = deeds

    def take(self, step: Step) -> None:
        """Take a step; words that are no step are an error of the page."""
        for name, rule in self.RULES:
            if said := rule.match(step.words):
                self._deeds[name](*said.groups())
                return
        raise AssertionError(f"{step.page}:{step.line}: nobody can do “{step.words}”")
