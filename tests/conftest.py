"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models.signals import post_migrate

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `--long` ask for the long profiles."""
    parser.addoption("--long", action="store_true", help="run the tests marked `long` as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out unless they are asked for, and hold `shared_data` tests to their marker."""
    for item in items:
        uses = "shared_data" in getattr(item, "fixturenames", ())
        if uses and item.get_closest_marker("shared_data") is None:
            item.add_marker("shared_data")
        if item.get_closest_marker("long") is not None and not config.getoption("--long"):
            item.add_marker(pytest.mark.skip(reason="long; run with --long"))
