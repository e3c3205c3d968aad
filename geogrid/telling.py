"""How services tell a person that they go on."""

from __future__ import annotations

from collections.abc import Callable

#: What takes a line for people: a command's stderr, a job's record.
Tell = Callable[[str], object]


def silent(_text: str) -> None:
    """Tell nobody."""
