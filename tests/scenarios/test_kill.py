"""`kill -9` at any moment of an import or a publish leaves all of it or nothing, and the next run works."""

from __future__ import annotations

import hashlib
import math
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.scenarios.conftest import NewDatabase
from tests.scenarios.nested import NESTED, SCHEME, MainJob, Nested
from tests.scenarios.running import Database, connected

KILLS = 5
KILLS_LONG = 16
LANDS = [
    pytest.param(land, id=land.name, marks=[pytest.mark.shared_data, pytest.mark.long] if land.full else [])
    for land in NESTED
    if land.name.startswith("providence")
]
# What the land and the objects are, without what differs between two runs: random ids, times.
CONTENT = """
SELECT 'draft', d.state, l.code, c.code, c.name, c.retired::text, md5(ST_AsBinary(c.geom)),
    (SELECT p.code FROM boundaries_draftcell p WHERE p.draft_id = c.draft_id AND p.cell_id = c.parent_id)
FROM boundaries_draftcell c
JOIN boundaries_draft d ON d.id = c.draft_id
JOIN boundaries_level l ON l.id = c.level_id
UNION ALL
SELECT 'edition', e.number::text, l.code, v.code, v.name, upper_inf(v.valid)::text, md5(ST_AsBinary(v.geom)),
    (SELECT p.code FROM boundaries_cellversion p WHERE p.cell_id = v.parent_id AND upper_inf(p.valid))
FROM boundaries_cellversion v
JOIN boundaries_edition e ON e.id = v.edition_id
JOIN boundaries_level l ON l.id = v.level_id
UNION ALL
SELECT 'object', a.method, '', f.key, '', upper_inf(a.valid)::text, md5(ST_AsBinary(f.geom)),
    (SELECT p.code FROM boundaries_cellversion p WHERE p.cell_id = a.cell_id AND upper_inf(p.valid))
FROM layers_assignment a
JOIN layers_feature f ON f.id = a.feature_id
ORDER BY 1, 2, 3, 4, 7, 5, 6, 8
"""
JOURNAL = """
SELECT d.name, d.state, d.version, d.head, e.number, e.action, c.side, l.code, c.code, c.present::text,
    md5(ST_AsBinary(c.geom))
FROM boundaries_draft d
LEFT JOIN boundaries_edit e ON e.draft_id = d.id
LEFT JOIN boundaries_editcell c ON c.edit_id = e.id
LEFT JOIN boundaries_level l ON l.id = c.level_id
ORDER BY 1, 5, 7, 8, 9, 11, 10
"""
#: One edit of very many cells: the largest of the top level is divided, and all below it along the same line.
EDIT = """
from boundaries.selectors import scheme_get, draft_get
from boundaries.services.edits import edit_make
from geogrid.core.errors import EditRefused
line = {{"type": "LineString", "coordinates": {line}}}
try:
    edit_make(
        draft=draft_get(scheme_get({scheme!r}), "edits"),
        action="split_cell",
        params={{"code": {code!r}, "lines": line, "astride": "split"}},
    )
except EditRefused as refusal:
    print(refusal.code)
"""
OPEN = """
from boundaries.selectors import scheme_get
from boundaries.services.drafts import draft_open
draft_open(scheme=scheme_get({scheme!r}), name="edits")
"""
LARGEST = """
SELECT v.code, ST_XMin(v.geom), ST_YMin(v.geom), ST_XMax(v.geom), ST_YMax(v.geom)
FROM boundaries_cellversion v
JOIN boundaries_level l ON l.id = v.level_id
ORDER BY l.ordinal, v.area_m2 DESC
LIMIT 1
"""
AGE = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8 FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@dataclass(frozen=True)
class State:
    """What a database holds: how many rows in every table, and what the land is."""

    rows: dict[str, int]
    content: str


def state_of(database: Database) -> State:
    return State(
        database.rows(),
        hashlib.sha256(repr([database.ask(CONTENT), database.ask(JOURNAL)]).encode()).hexdigest(),
    )


def _run_until(database: Database, seconds: float, command: Sequence[object]) -> float:
    """Start a command and kill it once a transaction of its is so old; give the age of the oldest one seen.

    Returns when the server has noticed that the command is gone.
    """
    oldest = 0.0
    with connected(database.connection) as watcher, database.start(*command) as process:
        while process.poll() is None and oldest < seconds:
            (age,) = watcher.execute(AGE).fetchall()[0]
            oldest = max(oldest, age)
            time.sleep(0.002)
        process.kill()
        _, stderr = process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, stderr
        deadline = time.monotonic() + 120
        while watcher.execute(OTHERS).fetchall() != [(0,)]:
            assert time.monotonic() < deadline, "a backend of the killed command lives on"
            time.sleep(0.05)
    return oldest


@dataclass(frozen=True)
class Attempt:
    """A command, the database it starts from, and what comes of it when nobody kills it."""

    new_database: NewDatabase
    base: Database
    command: Sequence[object]
    kills: int

    def check(self, once_more: Callable[[Database, bool], None]) -> None:
        """Kill the command at moments spread over its transaction; `once_more` is told whether all was done.

        The next attempt starts from what the last kill left, so that every run but the first is one after a
        kill. Where a command was done before it could be killed, the next ones are killed sooner.
        """
        whole = self.new_database(copy_of=self.base)
        lasts = _run_until(whole, math.inf, self.command)
        before, after = state_of(self.base), state_of(whole)
        assert before.content != after.content
        rng = random.Random(20161020)
        trial, cut_short = self.new_database(copy_of=self.base), 0
        for number in range(self.kills):
            age = lasts * (number + rng.random()) / self.kills
            seen = _run_until(trial, age, self.command)
            now = state_of(trial)
            assert now in (before, after), f"killed after {age:.2f} of {lasts:.2f} s: {now.rows}"
            cut_short += now == before
            if now == after:
                lasts = min(lasts, seen)
                once_more(trial, True)
                trial = self.new_database(copy_of=self.base)
        once_more(trial, False)
        assert state_of(trial).content == after.content
        assert cut_short >= self.kills // 2, f"only {cut_short} kills came before the end"


@pytest.fixture(scope="module", params=LANDS)
def job(request: pytest.FixtureRequest, new_database: NewDatabase, extracts: Path) -> MainJob:
    """A draft with all levels but the leaves."""
    land: Nested = request.param
    source = request.getfixturevalue("shared_data") if land.full else extracts
    job = MainJob(land, source, new_database())
    job.load()
    for level in land.levels[:-1]:
        job.database.done(*job.import_command(level))
    return job


def _kills(job: MainJob) -> int:
    """Kill more often in the long profile, on the full land."""
    return KILLS_LONG if job.land.full else KILLS


def test_an_import_that_is_killed_is_all_there_or_not_at_all(job: MainJob, new_database: NewDatabase) -> None:
    command = job.import_command(job.land.leaf)

    def once_more(trial: Database, _: bool) -> None:
        trial.done(*command)

    Attempt(new_database, job.database, command, _kills(job)).check(once_more)


def test_a_publish_that_is_killed_is_all_there_or_not_at_all(job: MainJob, new_database: NewDatabase) -> None:
    ready = MainJob(job.land, job.source, new_database(copy_of=job.database))
    ready.database.done(*ready.import_command(ready.land.leaf))
    ready.import_points()

    def once_more(trial: Database, is_done: bool) -> None:
        result = trial.run("publish", SCHEME, "--json")
        if is_done:
            assert result.code in {1, 2}, str(result)
            assert "Traceback" not in result.stderr
        else:
            assert result.json["published"] is True, str(result)
        assert trial.told("audit", SCHEME)["verdict"] == "full"
        assert trial.run("assign", SCHEME, "--check").code == 0

    Attempt(new_database, ready.database, ("publish", SCHEME), _kills(job)).check(once_more)


def test_an_import_of_objects_that_is_killed_is_all_there_or_not_at_all(
    job: MainJob, new_database: NewDatabase
) -> None:
    ready = MainJob(job.land, job.source, new_database(copy_of=job.database))
    ready.database.done(*ready.import_command(ready.land.leaf))
    ready.database.done("publish", SCHEME)
    fields = ("--key-field", "id", "--lon-field", "x", "--lat-field", "y", "--crs", job.land.crs)
    command = ("import_features", "enterprise", ready.points, *fields)

    def once_more(trial: Database, _: bool) -> None:
        trial.done(*command)
        assert trial.run("assign", SCHEME, "--check").code == 0

    Attempt(new_database, ready.database, command, _kills(job)).check(once_more)


@pytest.fixture(scope="module")
def edited(job: MainJob, new_database: NewDatabase) -> tuple[MainJob, tuple[object, ...]]:
    """A published land with an open draft, and the command that makes an edit of it."""
    ready = MainJob(job.land, job.source, new_database(copy_of=job.database))
    ready.database.done(*ready.import_command(ready.land.leaf))
    ready.database.done("publish", SCHEME)
    ready.database.done("shell", "-c", OPEN.format(scheme=SCHEME))
    ((code, west, south, east, north),) = ready.database.ask(LARGEST)
    middle = (west + east) / 2
    line = [[middle, south - 0.01], [middle, north + 0.01]]
    return ready, ("shell", "-c", EDIT.format(scheme=SCHEME, code=code, line=line))


def test_an_edit_that_is_killed_is_all_there_or_not_at_all(
    edited: tuple[MainJob, tuple[object, ...]], job: MainJob, new_database: NewDatabase
) -> None:
    ready, command = edited

    def once_more(trial: Database, is_done: bool) -> None:
        said = trial.done(*command).stdout
        assert ("no-such-cell" in said) == is_done

    Attempt(new_database, ready.database, command, _kills(job) - 2).check(once_more)


def test_a_publish_of_edits_that_is_killed_is_all_there_or_not_at_all(
    edited: tuple[MainJob, tuple[object, ...]], job: MainJob, new_database: NewDatabase
) -> None:
    ready, command = edited
    base = new_database(copy_of=ready.database)
    base.done(*command)

    def once_more(trial: Database, is_done: bool) -> None:
        result = trial.run("publish", SCHEME, "--draft", "edits", "--json")
        assert result.code == (2 if is_done else 0), str(result)
        assert "Traceback" not in result.stderr
        assert trial.told("audit", SCHEME)["verdict"] == "full"

    Attempt(new_database, base, ("publish", SCHEME, "--draft", "edits"), _kills(job) - 2).check(once_more)
