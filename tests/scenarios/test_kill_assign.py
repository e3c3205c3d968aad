"""`kill -9` at any moment of `assign`: the next start goes on; nothing is done twice, nothing is lost."""

from __future__ import annotations

import signal
import time

import pytest

from tests.scenarios.conftest import NewDatabase
from tests.scenarios.nested import SCHEME, MainJob
from tests.scenarios.running import connected
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
STORED = "SELECT count(*), count(DISTINCT feature_id), coalesce(min(id), 0) FROM layers_assignment"
UPTO = """
SELECT count(*) FROM layers_assignment a, layers_assignmentrun r WHERE a.feature_id > r.last_id
"""


@pytest.mark.parametrize("batches", [1, 3])
def test_assigning_that_is_killed_goes_on(
    job: MainJob,  # noqa: F811
    new_database: NewDatabase,
    batches: int,
) -> None:
    ready = MainJob(job.land, job.source, new_database(copy_of=job.database))
    database = ready.database
    database.done(*ready.import_command(ready.land.leaf))
    database.done("publish", SCHEME)
    database.ask(FILL)
    with connected(database.connection) as watcher, database.start("assign", SCHEME) as process:
        deadline = time.monotonic() + 240
        while process.poll() is None and watcher.execute(DONE).fetchall()[0][0] < 50_000 * batches:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.kill()
        _, stderr = process.communicate()
        assert process.returncode in {0, -signal.SIGKILL}, stderr
    time.sleep(1)
    ((stored, _, first),) = database.ask(STORED)
    assert stored == database.ask(DONE)[0][0]
    assert stored >= 50_000 * batches
    assert database.ask(UPTO) == [(0,)]
    again = database.run("assign", SCHEME, "--json")
    assert again.code == 0, str(again)
    if stored < FEATURES:
        assert f"behind {stored:,} features that are done" in again.stderr
        assert again.json["changed"] == again.json["total"] == FEATURES
    assert database.ask(STORED) == [(FEATURES, FEATURES, first)]
    assert database.run("assign", SCHEME, "--check").code == 0
