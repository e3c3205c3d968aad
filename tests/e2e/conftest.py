"""The product in a real browser: real PostGIS, static files as in production, no complaint unnoticed.

A test takes `visitor` and opens pages with it; the data it makes are committed and gone after it. Complaints
of the console (violations of the policy are among them) and requests to other servers fail the test at its
end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser

from geogrid.settings import base
from tests.e2e.browsing import Visitor
from tests.e2e.site import Site


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files, hashed and compressed."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=base.STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


@pytest.fixture
def site(collected: Path, transactional_db: None) -> Iterator[Site]:
    """The product at `site.url`."""
    with override_settings(STATIC_ROOT=collected, STORAGES=base.STORAGES, MIDDLEWARE=base.MIDDLEWARE):
        served = Site()
        yield served
        served.stop()


@pytest.fixture
def visitor(browser: Browser, site: Site, repository: Path) -> Iterator[Visitor]:
    """Somebody who opens pages of the site."""
    made = Visitor(browser, site.url, repository / "node_modules" / "axe-core" / "axe.min.js")
    yield made
    made.leave()
    assert made.complaints == []
