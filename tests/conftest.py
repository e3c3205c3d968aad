"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.gis.db.backends.postgis.operations import PostGISOperations
from django.db import connection
from django.db.models.signals import post_migrate
from playwright.sync_api import Browser

from tests.e2e.browsing import CHROMIUM, started_browser

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real land beside the checkout; the tests that read it carry the marker `shared_data`."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data (../shared/data) are not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def standing_layers() -> Iterator[None]:
    """Make the standing layers again after a test with transactions, which empties all tables."""
    migration = import_module("layers.migrations.0002_standing_layers")

    def make(**_: object) -> None:
        migration.make_layers(apps, None)

    layers = apps.get_app_config("layers")
    post_migrate.connect(make, sender=layers)
    yield
    post_migrate.disconnect(make, sender=layers)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """Empty only the tables that a test with transactions has filled: to truncate them all takes a second."""

    def sql_flush(_style: object, tables: Sequence[str], **_: object) -> list[str]:
        with connection.cursor() as cursor:
            asked = " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables
            )
            cursor.execute(asked)
            filled = [name for (name,) in cursor.fetchall()]
        # Guards bind whoever deletes, so they rest meanwhile; foreign keys are looked at when all is gone.
        steps = (
            'ALTER TABLE "{}" DISABLE TRIGGER USER',
            'DELETE FROM "{}"',
            'ALTER TABLE "{}" ENABLE TRIGGER USER',
        )
        off, delete, on = ([step.format(name) for name in filled] for step in steps)
        # As a statement without rows does, so that processes which remember answers see that they changed.
        mark = "UPDATE boundaries_scheme SET code = code WHERE FALSE"
        before, after = "SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS ALL IMMEDIATE"
        return [before, *off, *delete, after, *on, mark]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostGISOperations, "sql_flush", lambda _, *given, **named: sql_flush(*given, **named))
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A chromium; one for all tests of a process, since Playwright runs once in a thread."""
    if not CHROMIUM.exists():
        pytest.fail(f"there is no {CHROMIUM}: script/test installs it")
    # Playwright's loop runs in this thread, where Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with started_browser() as started:
        yield started


@pytest.fixture
def unguarded(db: None) -> None:
    """Let a test write editions that the guard refuses; the guard is back when the test is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE boundaries_cellversion DISABLE TRIGGER USER")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what threads of tests have left open before the test database is dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--long` ask for the long profiles."""
    parser.addoption("--long", action="store_true", help="run the tests marked `long` as well")


def _slow_first(items: list[pytest.Item]) -> None:
    """Put the files that take long first: a file goes to one process, and the last ones should be short.

    Those with a browser alternate with others: two browsers at once, drawing maps, slow each other down.
    """
    files = list(dict.fromkeys(item.path for item in items))
    slow = [file for file in files if file.parent.name in {"scenarios", "infra", "demo"}]
    drawn = [file for file in files if file.parent.name in {"docs", "e2e"}]
    pairs = zip_longest(slow, drawn)
    order = dict.fromkeys([*(file for pair in pairs for file in pair if file), *files])
    rank = {file: number for number, file in enumerate(order)}
    items.sort(key=lambda item: rank[item.path])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they are asked for, and hold `shared_data` tests to their marker."""
    _slow_first(items)
    for item in items:
        uses = "shared_data" in getattr(item, "fixturenames", ())
        if uses and item.get_closest_marker("shared_data") is None:
            item.add_marker("shared_data")
        if item.get_closest_marker("long") is not None and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="long; run with --long"))
