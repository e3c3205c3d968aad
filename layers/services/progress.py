"""How long jobs tell that they go on."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], object]


class Progress:
    """Say how far a job is, once a second; a job that is done within a second says nothing."""

    def __init__(self, say: Say | None = None) -> None:
        self._say = say
        self._last = time.monotonic()

    def __call__(self, text: str) -> None:
        """Say it, if the last word is a second ago."""
        now = time.monotonic()
        if self._say is not None and now - self._last >= 1.0:
            self._last = now
            self._say(text)
