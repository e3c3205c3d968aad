"""Processor time of the service, its database and the load: a busy machine falsifies it less than rates."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds of user and system time, since the processes began."""

    service: float
    database: float
    load: float

    def since(self, before: Spent) -> Spent:
        """Give what was spent since then."""
        return Spent(self.service - before.service, self.database - before.database, self.load - before.load)

    @property
    def total(self) -> float:
        """Give the sum."""
        return self.service + self.database + self.load

    def each(self, requests: int) -> str:
        """Write milliseconds a request."""
        parts = ((self.service, "service"), (self.database, "database"), (self.load, "load"))
        ms = " + ".join(f"{1000 * seconds / requests:.3f} {name}" for seconds, name in parts)
        return f"{1000 * self.total / requests:.3f} ms of processor time a request ({ms})"


def spent(session: int) -> Spent:
    """Read what the service's session, the database's processes, and loads that ended have taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    facts = list(_processes())
    postmaster = next((one.parent for one in facts if one.pid == backend), None)
    service = sum(one.own + one.ended for one in facts if one.session == session)
    database = sum(
        one.own + (one.ended if one.pid == postmaster else 0)
        for one in facts
        if postmaster is not None and postmaster in (one.pid, one.parent)
    )
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(service / _TICKS, database / _TICKS, load.ru_utime + load.ru_stime)


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    session: int
    own: int
    ended: int


def _processes() -> Iterator[_Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        own, ended = (int(words[one]) + int(words[one + 1]) for one in (11, 13))
        yield _Process(int(folder.name), int(words[1]), int(words[3]), own, ended)
