"""The made files, and one database that the demonstration was loaded into."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from geogrid.settings.environment import connection
from tests.scenarios.door import Door
from tests.scenarios.running import ROOT, Database, create_database, drop_database, environment_of

FOLDER = ROOT / "data" / "huangshan"
Empty = Callable[[], Database]


@pytest.fixture(scope="session")
def folder() -> Path:
    """The files of the demonstration."""
    return FOLDER


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Empty]:
    """Make databases that have the project's tables and nothing in them."""
    server = connection(ROOT)
    door = Door(environment_of(server))
    run = os.environ.get("GEOGRID_TEST_DB", "test_geogrid")
    prefix = f"{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_demo"
    tables = Database(server.to(f"{prefix}_tables"), tmp_path_factory.mktemp("tables"), door)
    made = [tables.connection.name]
    create_database(server, tables.connection.name)
    tables.done("migrate", "--noinput", "--verbosity", "0")

    def make() -> Database:
        name = f"{prefix}_{len(made)}"
        made.append(name)
        create_database(server, name, template=tables.connection.name)
        return Database(server.to(name), tmp_path_factory.mktemp("folder"), door)

    yield make
    door.close()
    for name in reversed(made):
        drop_database(server, name)


@dataclass(frozen=True)
class Loaded:
    """The database after `load_demo --json`, and what that answered."""

    database: Database
    answer: Any
    progress: str


@pytest.fixture(scope="session")
def loaded(empty: Empty) -> Loaded:
    """Load the demonstration, once."""
    database = empty()
    result = database.done("load_demo", "--json")
    return Loaded(database, result.json, result.stderr)


def features_of(name: str) -> list[dict[str, Any]]:
    """Read the features of a made file."""
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))["features"]
    return found
