"""The commands and answers that a page of documentation shows, and whether the real ones are like that.

A page shows them in blocks marked `console`. A line that begins with `$` is a command; the lines below it,
up to the next command, are what it is to print. `…` stands for any text, a line of its own for any lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY_LINES = "…"


@dataclass(frozen=True)
class Shown:
    """A command of a page and the answer that the page shows."""

    page: str
    line: int
    command: str
    answer: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the real answer is to match, blanks at the ends of lines aside."""
        parts = []
        for line in self.answer:
            if line.strip() == _ANY_LINES:
                parts.append(r"(?:[^\n]*\n)*?")
            else:
                parts.append(
                    ".*?".join(re.escape(piece) for piece in line.rstrip().split(_ANY_LINES)) + r"\n"
                )
        return re.compile("".join(parts))

    def is_like(self, answer: str) -> bool:
        """Tell whether an answer is the one shown."""
        lines = "".join(f"{line.rstrip()}\n" for line in answer.strip("\n").splitlines())
        return self.pattern.fullmatch(lines) is not None


def shown_in(page: Path) -> Iterator[Shown]:
    """Give the commands of a page in their order; a command goes on where a line ends with a backslash."""
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        command, answer, begun = "", [], first
        for number, line in enumerate(block[1].splitlines(), first):
            if command.endswith("\\"):
                command = f"{command[:-1].rstrip()} {line.strip()}"
            elif line.startswith("$ "):
                if command:
                    yield Shown(page.name, begun, command, tuple(answer))
                command, answer, begun = line[2:], [], number
            else:
                answer.append(line)
        if command:
            yield Shown(page.name, begun, command, tuple(answer))
