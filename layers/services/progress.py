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

    def tell(self, text: str) -> None:
        """Say it in any case."""
        if self._say is not None:
            self._say(text)


class Pace:
    """How fast a job goes, and how long it will take."""

    def __init__(self, what: str, total: int, done: int = 0) -> None:
        self._what, self._total, self._began_with = what, total, done
        self._began = time.monotonic()

    def text(self, done: int) -> str:
        """Say how much is done, at what rate, and how much time is left."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        rate = (done - self._began_with) / seconds
        left = f", {_duration((self._total - done) / rate)} left" if rate > 0 and done < self._total else ""
        return f"{self._what}: {done:,} of {max(self._total, done):,} features, {rate:,.0f}/s{left}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
