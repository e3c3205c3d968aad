"""`kill -9` of the whole private database during an import: the next start has all of it or nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geogrid.cluster.processes import running_postmaster
from geogrid.cluster.server import Cluster
from tests.infra.conftest import checkout, clean_environment, new_root
from tests.scenarios.door import Door
from tests.scenarios.nested import NESTED, SCHEME, MainJob
from tests.scenarios.running import Database

__all__ = ["checkout", "clean_environment", "new_root"]  # fixtures of the tests of the cluster

pytestmark = pytest.mark.infra

KILLS = 2
LAND = next(land for land in NESTED if land.name == "providence_extract")


def _kill_everything(cluster: Cluster) -> None:
    """What a power cut would do, as far as processes go: the postmaster and all its backends."""
    pid = cluster.status().pid
    assert pid is not None
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    while running_postmaster(cluster.data) is not None:
        time.sleep(0.01)


@pytest.fixture(scope="module")
def manage(checkout: Path, clean_environment: dict[str, str]) -> Callable[..., subprocess.Popen[str]]:
    """`script/manage` of a checkout with a database of its own."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(checkout / "script" / "manage"), *map(str, arguments)],
            cwd=checkout,
            env=clean_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def test_a_database_killed_in_the_middle_of_an_import_comes_back_with_all_of_it_or_nothing(
    manage: Callable[..., subprocess.Popen[str]], checkout: Path, extracts: Path, door: Door, tmp_path: Path
) -> None:
    def told(*arguments: object) -> Any:
        with manage(*arguments, "--json") as process:
            stdout, stderr = process.communicate(timeout=300)
        assert process.returncode == 0, stderr
        return json.loads(stdout)

    def leaves() -> int:
        audit = told("audit", SCHEME, "--draft", "import")
        return int(audit["levels"][LAND.leaf.level]["cells"])

    job = MainJob(LAND, extracts, Database(Cluster(checkout).start().as_owner(), tmp_path, door))
    with manage("migrate", "--noinput", "--verbosity", "0") as process:
        process.communicate(timeout=300)
    assert process.returncode == 0
    job.load()
    for level in LAND.levels[:-1]:
        told(*job.import_command(level))
    assert leaves() == 0
    started = time.monotonic()
    told(*job.import_command(LAND.leaf), "--dry-run")
    seconds = time.monotonic() - started

    cluster, rng = Cluster(checkout), random.Random(3)
    for number in range(KILLS):
        with manage(*job.import_command(LAND.leaf)) as process:
            time.sleep(seconds * (number + 0.2 + 0.8 * rng.random()) / KILLS)
            _kill_everything(cluster)
            _, stderr = process.communicate(timeout=300)
        assert "Traceback" not in stderr
        assert leaves() in {0, LAND.leaf.cells}, "script/manage starts the database again by itself"
    told(*job.import_command(LAND.leaf))
    assert leaves() == LAND.leaf.cells
    assert told("publish", SCHEME)["published"] is True
    _kill_everything(cluster)
    assert told("audit", SCHEME)["verdict"] == "full"
