"""Static files collected as in production."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import translation

from geogrid.settings import base


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Static files hashed and compressed in a folder of their own, and a site that serves them."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=base.STORAGES, MIDDLEWARE=base.MIDDLEWARE):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


@pytest.fixture
def site(collected):
    """A browser without scripts on that site."""
    with translation.override(None):
        yield Client()
