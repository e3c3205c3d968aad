"""The service for synchronous servers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.prod")


def _application() -> WSGIApplication:
    whole = get_wsgi_application()
    # Only now are the apps there.
    from boundaries.api.lean_places import lean_door

    return lean_door(whole)


def warmed() -> WSGIApplication:
    """Give the service to a process that takes requests at once and from many: what granian calls."""
    from boundaries.lookup.warming import warm_up_at_most

    warm_up_at_most()
    return application


application = _application()
