"""The demonstration in a database of its own, and a browser."""

from __future__ import annotations

import pytest

from tests.docs.served import Place, place_of
from tests.scenarios.conftest import NewDatabase, door, new_database, server

__all__ = ["door", "new_database", "server"]  # fixtures of the scenarios


@pytest.fixture(scope="session")
def demonstration(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The demonstration as the first start makes it, its pages ready to be served."""
    place = place_of(new_database(), tmp_path_factory.mktemp("demonstration"))
    place.manage("first_start")
    place.manage("collectstatic", "--noinput", "--verbosity", "0")
    return place
