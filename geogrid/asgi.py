"""The service for asynchronous servers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geogrid.settings.prod")

application = get_asgi_application()
