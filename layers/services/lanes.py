"""Connections to the database beside one's own, on which work is done at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: More than there are processors, because whoever is ready first waits for those before him.
LANES = 6
P = ParamSpec("P")
T = TypeVar("T")


class Lanes:
    """Threads with a connection each."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(LANES)
        self._opened: set[BaseDatabaseWrapper] = set()

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have something done on one of them."""

        def on_a_lane() -> T:
            mine = connections["default"]
            if mine not in self._opened:
                self._opened.add(mine)
                mine.inc_thread_sharing()
            return work(*args, **kwargs)

        return self._pool.submit(on_a_lane)

    def close(self) -> None:
        """Leave no connection open."""
        self._pool.shutdown(cancel_futures=True)
        for one in self._opened:
            one.close()
