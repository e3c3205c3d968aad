"""What has been asked lately, in one small file that all processes of the service share.

Django's database cache costs several statements a request and loses counts when two processes write at once;
so does its file cache, which lists its folder each time. One statement of SQLite does neither (ADR 0009).
"""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

logger = logging.getLogger(__name__)

_PATIENCE_S = 0.25
_SWEEP_ONE_IN = 2000

_TABLE = "CREATE TABLE IF NOT EXISTS taken (who TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID"

# The generic cell rate algorithm: `until` is when all that was taken will have been earned again. A value
# beyond the whole period comes from a clock that was put back, or from a longer period: it starts anew.
_TAKE = """
INSERT INTO taken (who, until) VALUES (:who, :now + :each)
ON CONFLICT (who) DO UPDATE
SET until = CASE WHEN until > :now + :period THEN :now ELSE max(until, :now) END + :each
WHERE until > :now + :period OR max(until, :now) + :each <= :now + :period
RETURNING until
"""
_UNTIL = "SELECT until FROM taken WHERE who = :who"
_SWEEP = "DELETE FROM taken WHERE until < :now"


class RateStore:
    """The file, opened once by each process; threads take turns, which is shorter than a request notices."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Keep the place; nothing is opened yet, so that a process that forks opens its own."""
        self.path, self._clock = path, clock
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened_by = 0

    def take(self, who: str, *, count: int, seconds: float) -> float:
        """Take one of `count` in `seconds`: 0 if it may be had, else the seconds until there is one again.

        All may be taken at once; they come back one by one. Where the file cannot be used everything is
        allowed, and the log says so: a full disk is no reason not to tell who answers for a place.
        """
        period = int(seconds * 1_000_000)
        now = int(self._clock() * 1_000_000)
        facts = {"who": who, "now": now, "each": max(period // count, 1), "period": period}
        try:
            with self._turn:
                return self._take(self._open(), facts)
        except sqlite3.OperationalError as error:
            logger.error("rates are not limited: %s: %s", self.path, error)
        except sqlite3.DatabaseError as error:
            logger.error("starting %s anew: %s", self.path, error)
            self._start_anew()
        return 0.0

    def _take(self, connection: sqlite3.Connection, facts: dict[str, int | str]) -> float:
        if random.randrange(_SWEEP_ONE_IN) == 0:  # noqa: S311 -- when to sweep is no secret
            connection.execute(_SWEEP, facts)
        with closing(connection.execute(_TAKE, facts)) as cursor:
            if cursor.fetchone():
                return 0.0
        row = connection.execute(_UNTIL, facts).fetchone()
        now, each, period = int(facts["now"]), int(facts["each"]), int(facts["period"])
        return max((row[0] + each - period - now) / 1_000_000, 0.001) if row else 0.0

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._opened_by != os.getpid():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch(mode=0o600)  # it holds addresses; SQLite's files beside it have the same mode
            connection = sqlite3.connect(
                self.path, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            try:
                for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", _TABLE):
                    connection.execute(statement)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection, self._opened_by = connection, os.getpid()
        return self._connection

    def _start_anew(self) -> None:
        with self._turn:
            self.close()
            for ending in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
