"""A migrated database for every module of scenarios, and the small extracts of real land."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geogrid.cluster.connection import Connection
from geogrid.settings.environment import connection
from tests.scenarios.door import Door
from tests.scenarios.running import ROOT, Database, create_database, drop_database, environment_of

NewDatabase = Callable[..., Database]


@pytest.fixture(scope="session")
def server() -> Connection:
    """The server that the settings name."""
    return connection(ROOT)


@pytest.fixture(scope="session")
def door(server: Connection) -> Iterator[Door]:
    """The door to the commands."""
    door = Door(environment_of(server))
    yield door
    door.close()


@pytest.fixture(scope="session")
def new_database(
    server: Connection, door: Door, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewDatabase]:
    """Make databases with the project's tables, or copies of one made here; all are dropped at the end."""
    run = os.environ.get("GEOGRID_TEST_DB", "test_geogrid")
    prefix = f"{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    made: list[str] = []

    def make(copy_of: Database | None = None) -> Database:
        name = f"{prefix}_{len(made)}"
        made.append(name)
        create_database(server, name, template=(copy_of or tables).connection.name)
        return Database(server.to(name), tmp_path_factory.mktemp("folder"), door)

    tables = Database(server.to(f"{prefix}_tables"), tmp_path_factory.mktemp("tables"), door)
    create_database(server, tables.connection.name)
    tables.done("migrate", "--noinput", "--verbosity", "0")
    yield make
    for name in (*made, tables.connection.name):
        drop_database(server, name)


@pytest.fixture(scope="module")
def database(new_database: NewDatabase) -> Database:
    """The database of this module."""
    return new_database()


@pytest.fixture(scope="session")
def extracts(repository: Path) -> Path:
    """The small extracts of real land that are part of the repository."""
    return repository / "tests" / "data"
