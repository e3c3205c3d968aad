"""The demonstration in a database of its own, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.docs.served import Place, place_of
from tests.e2e.browsing import CHROMIUM, started_browser
from tests.scenarios.conftest import NewDatabase, door, new_database, server

__all__ = ["door", "new_database", "server"]  # fixtures of the scenarios


@pytest.fixture(scope="session")
def demonstration(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The demonstration as the first start makes it, its pages ready to be served."""
    place = place_of(new_database(), tmp_path_factory.mktemp("demonstration"))
    place.manage("first_start")
    place.manage("collectstatic", "--noinput", "--verbosity", "0")
    return place


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A chromium."""
    if not CHROMIUM.exists():
        pytest.fail(f"there is no {CHROMIUM}: script/test installs it")
    with started_browser() as started:
        yield started
