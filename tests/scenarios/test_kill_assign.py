"""`kill -9` at any moment of `assign`: the next start goes on; nothing is done twice, nothing is lost.

As many features as these are assigned apart: nothing is seen of them before all of them are.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from geogrid.cluster.connection import Connection
from tests.scenarios.conftest import NewDatabase
from tests.scenarios.nested import SCHEME, MainJob
from tests.scenarios.running import Database, Result, connected, drop_database
from tests.scenarios.test_kill import job  # noqa: F401 -- a fixture

FEATURES = 260_000
FILL = """
INSERT INTO layers_feature (layer_id, key, geom, attributes, valid)
SELECT l.id, n::text, ST_SetSRID(ST_MakePoint(
    floor((ST_XMin(b.e) + random() * (ST_XMax(b.e) - ST_XMin(b.e))) * 1e8 + 0.5) / 1e8,
    floor((ST_YMin(b.e) + random() * (ST_YMax(b.e) - ST_YMin(b.e))) * 1e8 + 0.5) / 1e8), 4326), '{}',
    tstzrange(now(), NULL)
FROM (SELECT ST_Extent(geom)::box2d AS e FROM boundaries_cellversion) AS b,
    layers_layer l, generate_series(1, 260000) AS n
WHERE l.code = 'building'
RETURNING 1
"""
DONE = "SELECT coalesce(sum(done), 0)::bigint FROM layers_assignmentrun"
STORED = "SELECT count(*), count(DISTINCT feature_id) FROM layers_assignment"


APART = r"SELECT relname FROM pg_class WHERE relname ~ '^layers_assignment_s\d+_r\d+$' AND NOT relispartition"
PLACED = "putting the answers in force"


@pytest.fixture
def ready(job: MainJob, new_database: NewDatabase) -> MainJob:  # noqa: F811
    """The land published, and the features nowhere."""
    ready = MainJob(job.land, job.source, new_database(copy_of=job.database))
    ready.database.done(*ready.import_command(ready.land.leaf))
    ready.database.done("publish", SCHEME)
    ready.database.ask(FILL)
    return ready


def all_there(database: Database) -> None:
    assert database.ask(STORED) == [(FEATURES, FEATURES)]
    assert database.ask(APART) == []
    assert database.run("assign", SCHEME, "--check").code == 0


@pytest.mark.parametrize("batches", [1, 3])
def test_assigning_that_is_killed_goes_on(ready: MainJob, batches: int) -> None:
    database = ready.database
    with connected(database.connection) as watcher, database.start("assign", SCHEME) as process:
        deadline = time.monotonic() + 240
        while process.poll() is None and watcher.execute(DONE).fetchall()[0][0] < 50_000 * batches:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        _, stderr = process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, stderr
    time.sleep(1)
    done = database.ask(DONE)[0][0]
    assert done >= 50_000 * batches
    again = killed_and_again(database, done)
    if database.ask("SELECT count(*) FROM layers_assignmentrun") == [(1,)]:
        assert again.json["changed"] == again.json["total"] == FEATURES
    all_there(database)


def killed_and_again(database: Database, done: int) -> Result:
    """Look at what a killed run left, and run again."""
    apart = database.ask(APART)
    if apart:
        assert database.ask(STORED) == [(0, 0)]
        ((table,),) = apart
        kept = f"SELECT count(*), count(DISTINCT feature_id) FROM {table}"
        assert database.ask(kept) == [(done, done)]
    again = database.run("assign", SCHEME, "--json")
    assert again.code == 0, str(again)
    assert bool(apart) == (f"behind {done:,} features that are done" in again.stderr)
    return again


@pytest.mark.parametrize("after_s", [0.1, 0.7])
def test_killed_while_the_answers_are_put_in_force_it_goes_on(ready: MainJob, after_s: float) -> None:
    database = ready.database
    with database.start("assign", SCHEME) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if PLACED in line:
                break
        time.sleep(after_s)
        process.kill()
        process.communicate()
    time.sleep(1)
    killed_and_again(database, FEATURES)
    all_there(database)


def test_a_backup_of_a_scheme_that_was_assigned_apart_comes_back(
    ready: MainJob, server: Connection, tmp_path: Path
) -> None:
    database = ready.database
    database.done("assign", SCHEME)
    database.done("backup", str(tmp_path / "all.backup"))
    database.ask("DELETE FROM layers_assignment RETURNING 1")
    database.done("restore", str(tmp_path / "all.backup"))
    drop_database(server, f"{database.connection.name}_before_restore")
    all_there(database)
